"""Mails speak the language that their reader chose: words, days and spans; the record of them stays the office's."""

import os
import re
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.conf import settings
from django.core import mail
from django.urls import reverse
from django.utils import translation
from django.utils.translation.template import templatize

from assignments.models import Feedback
from core import clock
from core.languages import compile_catalogues, spoken
from core.moments import say_day, say_moment
from core.spans import say_span
from notifications import kinds, planner, sender
from notifications.models import ACCOUNT_MAIL, Notice

# Amara's deadline: Sunday 23:59 New York, a week before the clocks change there.
DUE = datetime(2027, 3, 8, 4, 59, tzinfo=UTC)
NEW_YEAR = datetime(2027, 1, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def remind(paper, participant_in_kolkata, participant_in_sydney):
    """Plans and sends until three days before the deadline, as beat does every minute."""

    def _remind():
        for ago in range(90, 60, -3):
            now = paper.due_at - timedelta(hours=ago)
            planner.plan(now=now)
            sender.send_due(now=now)

    return _remind


def test_a_moment_is_said_in_the_language_that_is_spoken():
    with spoken("es"):
        assert say_moment(DUE, "Asia/Kolkata", "America/New_York", now=NEW_YEAR) == (
            "lunes 8 de marzo, 10:29 Kolkata, es decir, domingo 7 de marzo, 23:59 New York"
        )
        assert say_moment(DUE, "Asia/Kolkata", "America/New_York", now=NEW_YEAR, form="short") == (
            "lun 8 mar, 10:29 Kolkata (dom 23:59 New York)"
        )
        assert say_day(date(2028, 2, 1), now=NEW_YEAR) == "martes 1 de febrero de 2028"


def test_spans_are_counted_in_the_language_that_is_spoken():
    with spoken("es"):
        assert say_span(timedelta(hours=1, minutes=20)) == "1 hora 20 minutos"
        assert say_span(timedelta(days=3, hours=1)) == "3 días 1 hora"


def test_a_language_that_is_not_offered_is_the_sites():
    with translation.override("es"), spoken("tlh"):
        assert say_span(timedelta(hours=2)) == "2 hours"


def test_each_reader_of_one_batch_gets_their_own_language(participant_in_kolkata, remind):
    participant_in_kolkata.user.language = "es"
    participant_in_kolkata.user.save()

    remind()

    hers, his = sorted(mail.outbox, key=lambda message: "jack" in message.to[0])
    assert "vence el domingo" in hers.subject or "vence el lunes" in hers.subject
    assert "Hola, Amara Rao:" in hers.body
    assert "Escríbalo aquí" in hers.body
    assert "Recibe este mensaje porque participa en" in hers.body
    assert '<html lang="es">' in hers.alternatives[0].content
    assert "is due" in his.subject
    assert "Dear Jack Nguyen," in his.body


def test_the_record_says_why_in_the_language_of_the_office(participant_in_kolkata, remind):
    participant_in_kolkata.user.language = "es"
    participant_in_kolkata.user.save()

    remind()

    assert Notice.objects.get(status=Notice.Status.SENT, recipient=participant_in_kolkata.user).reason.startswith(
        "you take part in"
    )


def test_a_catalogue_that_changed_is_compiled_anew(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    compile_catalogues()
    compiled = tmp_path / "locale" / "es" / "LC_MESSAGES" / "django.mo"
    first = compiled.read_bytes()
    compiled.write_bytes(b"")
    os.utime(compiled, (0, 0))

    compile_catalogues()

    assert compiled.read_bytes() == first


def test_the_profile_offers_the_languages_and_keeps_the_choice(client, participant_in_kolkata):
    user = participant_in_kolkata.user
    client.force_login(user)
    page = client.get("/profile/").content.decode()
    assert "Español" in page

    client.post("/profile/", {"name": user.name, "zone": user.zone, "language": "es"})

    user.refresh_from_db()
    assert user.language == "es"


# --- nothing is left out --------------------------------------------------------------------------------------------

OTHER_LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# What stands in words for something to be put in: {{ title }}, {% when due_at %}, {number}, %(name)s.
PLACES = re.compile(r"{{.*?}}|{%.*?%}|{\w+}|%\(\w+\)s")
# Labels that templates translate as they come.
LABELS = [label for _, label in Feedback.Result.choices]


def short_texts():
    """All that is looked up in a catalogue, as (context, English): by declarations, code, templates of mails."""
    for words in (words for kind in kinds.declared() for words in (kind.subject, kind.why)):
        yield None, words
    yield from ((None, label) for label in LABELS)
    sources = [
        settings.BASE_DIR / app for app in ("core", "notifications", "assignments", "cohorts", "modules", "dashboards")
    ]
    for path in (path for source in sources for path in source.rglob("*.py")):
        yield from looked_up(path.read_bytes())
    for path in (settings.BASE_DIR / "templates" / "mail").rglob("*.*"):
        if path.relative_to(settings.BASE_DIR / "templates" / "mail").parts[0] not in OTHER_LANGUAGES:
            yield from looked_up(templatize(path.read_text(), origin=str(path)).encode())


def looked_up(code):
    for _, message, _, context in extract("python", BytesIO(code), keywords=KEYWORDS):
        yield context, message[0] if isinstance(message, tuple) else message


KEYWORDS = {"gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "_": None}
KEYWORDS |= {f"{name}_lazy": places for name, places in KEYWORDS.items() if name != "_"}


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_every_short_text_is_translated_with_the_same_places(language):
    with (settings.BASE_DIR / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    for context, english in short_texts():
        if not PLACES.sub("", english).strip():
            continue  # nothing but what is put in
        entry = catalogue.get(english, context)
        assert entry is not None, f'add to locale/{language}:\nmsgid "{english}"\nmsgstr ""'
        for said in [entry.string] if isinstance(entry.string, str) else entry.string:
            assert said, f"“{english}” is not translated"
            assert sorted(PLACES.findall(said)) == sorted(PLACES.findall(english)), english


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_every_mail_is_translated_whole_and_tells_the_same(language):
    for kind in kinds.declared():
        for ending in ("txt", "html"):
            english = settings.BASE_DIR / "templates" / f"{kind.template}.{ending}"
            theirs = settings.BASE_DIR / "templates" / "mail" / language / f"{english.parent.name}/{english.name}"
            if kind.key == ACCOUNT_MAIL:
                continue  # sealed as the account library wrote it
            assert theirs.exists(), f"{theirs.relative_to(settings.BASE_DIR)} is missing"
            assert told(theirs) == told(english), theirs.name


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_every_mail_about_the_account_is_translated(language):
    for english in (settings.BASE_DIR / "templates").glob("*/email/*.txt"):
        if english.name == "base_message.txt":
            continue  # it says nothing itself
        theirs = english.parent.parent / language / "email" / english.name
        assert theirs.exists(), f"{theirs.relative_to(settings.BASE_DIR)} is missing"
        assert told(theirs) == told(english), theirs.name


def test_a_code_to_sign_in_comes_in_the_readers_language(client, participant_in_kolkata):
    user = participant_in_kolkata.user
    user.language = "es"
    user.save()

    client.post(reverse("account_request_login_code"), {"email": user.email})
    sender.send_due(now=clock.now())

    (message,) = mail.outbox
    assert message.subject == "Su código para entrar"
    assert "vale unos minutos" in message.body
    assert "Recibe este mensaje porque trata del acceso con esta dirección." in message.body


def told(path):
    """The values that a template shows, whatever words stand around them."""
    shown = re.findall(r"{{\s*([\w.]+)|{% (?:moment|when|day|on_day|translate) ([\w.]+)", path.read_text())
    return sorted({value or other for value, other in shown})

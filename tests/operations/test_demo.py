from collections import Counter
from datetime import UTC, datetime
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db.models import F

from accounts.models import User
from assignments.models import BankedComment, ChairMark, Comment, Feedback, Submission, Tagging
from cohorts.models import Enrollment
from modules.models import Module
from notifications.models import Notice
from operations.demo.building import DemoThere, build_demo
from operations.demo.people import SHOWN
from programs.models import Session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]

# A Thursday; the clocks of New York and Belgrade have changed since the demo's class began.
TODAY = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demo class, built once for this module and taken away after it."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_program", "operations/programs/loa.yaml", "operations/programs/cpv.yaml", stdout=StringIO())
        build_demo(now=TODAY, say=lambda line: None)
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("slug", ["loa-demo", "cpv-demo"])
def test_modules_lie_behind_around_and_ahead_of_today(slug):
    modules = Module.objects.filter(session__slug=slug)

    assert modules.filter(releases_at__lt=datetime(2026, 11, 15, tzinfo=UTC)).exists()
    assert modules.filter(releases_at__range=(datetime(2026, 11, 16, tzinfo=UTC), TODAY)).exists()
    assert modules.filter(releases_at__gt=TODAY).exists()


@pytest.mark.parametrize("slug", ["loa-demo", "cpv-demo"])
def test_thirty_people_of_at_least_twelve_zones_take_part(slug):
    people = Enrollment.objects.filter(session__slug=slug)

    assert people.count() == 30
    assert people.values("user__zone").distinct().count() >= 12


def test_everybody_lives_under_example_org():
    assert not User.objects.exclude(email__endswith="@example.org").exists()


def test_everybodys_address_is_verified_and_follows_from_the_name():
    verified = EmailAddress.objects.filter(verified=True, primary=True, email=F("user__email"))

    assert verified.count() == User.objects.count()
    assert User.objects.get(name="Tomasz Wiśniewski").email == "tomasz.wisniewski@example.org"
    assert User.objects.get(name="María José Fernández de la Cruz y Villanueva").email == "maria.villanueva@example.org"


def test_every_remark_is_on_a_whole_sentence():
    remarks = Comment.objects.select_related("feedback__submission")

    assert remarks
    for remark in remarks:
        text = remark.feedback.submission.text
        assert text[: remark.starts_at_char].endswith("\n\n")
        assert text[remark.ends_at_char - 1] in ".?!”"
        assert text[remark.ends_at_char :][:1].isspace()


def test_every_role_that_a_session_has_is_among_those_shown():
    shown = User.objects.filter(email__in=[person.email for person, _ in SHOWN])
    roles = set(shown.values_list("appointments__role", flat=True))

    assert {"faculty chair", "program director", "program coordinator", "head teaching fellow"} <= roles


def test_every_paper_stands_in_one_queue_or_under_no_reader_yet():
    waiting = set(Submission.objects.awaiting_feedback().values_list("pk", flat=True))
    readers = User.objects.filter(readings__submission__in=waiting).distinct()
    stands = Counter(pk for user in readers for pk in Submission.objects.in_queue_of(user).values_list("pk", flat=True))
    stands.update(Submission.objects.without_reader().values_list("pk", flat=True))

    assert waiting
    assert stands == dict.fromkeys(waiting, 1)


def test_there_is_something_for_each_page_to_show():
    assert {"held", "released"} <= set(Feedback.objects.values_list("status", flat=True))
    assert {"complete", "please_revise"} <= set(Feedback.objects.values_list("result", flat=True))
    assert Submission.objects.filter(authors__late_by__isnull=False).exists()
    assert Session.objects.published().upcoming(TODAY).count() == 2


def test_nobody_is_written_to_about_the_time_before_the_demo():
    assert not Notice.objects.open().filter(send_at__lt=TODAY).exists()


def test_what_was_told_has_been_opened_by_most_and_is_still_new_to_some():
    told = Notice.objects.filter(kind="announcements.announced", status="sent")

    assert 0 < told.filter(read_at=None).count() < told.exclude(read_at=None).count()
    assert not Notice.objects.filter(read_at__gt=TODAY).exists()


def test_each_person_who_is_shown_can_be_entered(client, settings):
    settings.IS_DEMO = True

    for person, _ in SHOWN:
        client.logout()
        client.post("/demo/enter/", {"email": person.email})
        # Asked of a page: a session that names the wrong backend holds the person and signs in nobody.
        page = client.get("/profile/")
        assert page.status_code == 200
        assert page.wsgi_request.user.email == person.email


def test_outside_the_demo_nobody_is_entered(client):
    assert client.post("/demo/enter/", {"email": SHOWN[0][0].email}).status_code == 404


def test_building_it_again_changes_nothing():
    with pytest.raises(DemoThere):
        build_demo(now=TODAY, say=print)


def test_production_is_never_filled_with_made_up_people(settings):
    settings.IS_PRODUCTION = True

    with pytest.raises(CommandError, match="production"):
        call_command("make_demo")


def test_the_desk_has_revisions_marks_and_kept_comments_to_look_at():
    session = Session.objects.get(slug="loa-demo")
    revisions = Submission.objects.filter(assignment__session=session, number=2)

    assert revisions.exists()
    assert Comment.objects.filter(feedback__submission__superseded_at__isnull=False).exists()
    assert ChairMark.objects.filter(submission__assignment__session=session).count() == 4
    assert Tagging.objects.filter(tag__session=session).exists()
    assert BankedComment.objects.exists()

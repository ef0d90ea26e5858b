"""The languages that mails are written in: catalogues of short texts, and templates under the name of a language."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import translation

CATALOGUE = Path("LC_MESSAGES")


def compile_catalogues() -> None:
    """Make what Django reads from each `locale/xx/LC_MESSAGES/django.po`, where it is missing or older.

    The committed text is the source; the compiled file lies with the data of this machine. Safe in several processes
    that start at once: each writes a file of its own and puts it in place.
    """
    for source in sorted((settings.BASE_DIR / "locale").glob("*/LC_MESSAGES/django.po")):
        target = settings.VAR_DIR / "locale" / source.parent.parent.name / CATALOGUE / "django.mo"
        if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
            _compile(source, target)


def _compile(source: Path, target: Path) -> None:
    from babel.messages.mofile import write_mo  # only here: most starts find everything compiled
    from babel.messages.pofile import read_po

    with source.open("rb") as text:
        catalogue = read_po(text, locale=source.parent.parent.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=target.parent, delete=False) as compiled:
        write_mo(compiled, catalogue)
    os.replace(compiled.name, target)


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Texts, days and spans in that language while the block runs; one that is not offered any more is the site's."""
    offered = dict(settings.LANGUAGES)
    with translation.override(language if language in offered else settings.LANGUAGE_CODE):
        yield


def spoken_template(name: str) -> str:
    """The template in the language that is spoken: `mail/es/app/kind.txt` for `mail/app/kind.txt`, if there is one."""
    language = translation.get_language()
    if not language or language == settings.LANGUAGE_CODE:
        return name
    folder, _, rest = name.partition("/")
    localized = f"{folder}/{language}/{rest}"
    try:
        get_template(localized)
    except TemplateDoesNotExist:
        return name
    return localized

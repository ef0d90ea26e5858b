"""How single values of a program file are read: each reader gives a plain value, or refuses in words."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db.models import TextChoices

from core.rules import DateRule, RuleError, parse_rule
from operations.program_files.nodes import Node, Scalar

LONGEST_TEXT = 50_000
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
CODE = re.compile(r"[A-Z][A-Z0-9]{1,11}")
SHARE = re.compile(r"[01](?:\.\d{1,2})?")
NUMBER = re.compile(r"-?\d{1,9}")
# Other than line feed and tab: control characters, half characters, separators that no editor shows.
UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
YES_NO = {"yes": "true", "no": "false", "on": "true", "off": "false", "y": "true", "n": "false"}

ReadScalar = Callable[[str], Any]
link_address = URLValidator(schemes=["https", "http"])


class Refusal(Exception):
    """Why a value cannot be taken; reads on from “file, line, key:”."""


def suggest(said: str, known: Iterable[str]) -> str:
    """ " Did you mean “release”?", or nothing."""
    known = list(known)
    plain = said.strip().lower().replace("-", "_").replace(" ", "_")
    near = [plain] if plain in known else get_close_matches(said, known, n=1, cutoff=0.6)
    return f" Did you mean “{near[0]}”?" if near else ""


def scalar(node: Node) -> str:
    """The text of a single value, without the space around it."""
    if not isinstance(node, Scalar):
        raise Refusal("Write a single value here, not a list or further keys.")
    return node.text.strip()


def line(longest: int = 200) -> ReadScalar:
    """A text on one line."""

    def read(said: str) -> str:
        if "\n" in said:
            raise Refusal("Write this on one line.")
        return text(longest)(said)

    return read


def text(longest: int = LONGEST_TEXT) -> ReadScalar:
    """A text of any number of lines; space at the ends of lines is no part of it."""

    def read(said: str) -> str:
        cleaned = "\n".join(one.rstrip() for one in said.split("\n")).strip()
        unseen = next((one for one in cleaned if one not in "\n\t" and unicodedata.category(one) in UNSEEN), None)
        if unseen is not None:
            raise Refusal(f"An invisible character (code {ord(unseen)}) stands in this text; remove it.")
        if len(cleaned) > longest:
            raise Refusal(f"This has {len(cleaned)} characters; at most {longest} are possible.")
        return cleaned

    return read


def number(least: int, most: int) -> ReadScalar:
    """A whole number between two bounds, both included."""

    def read(said: str) -> int:
        if not NUMBER.fullmatch(said):
            raise Refusal(f"“{_short(said)}” is no whole number; write one from {least} to {most}.")
        if not least <= int(said) <= most:
            raise Refusal(f"{said} is out of range; write a whole number from {least} to {most}.")
        return int(said)

    return read


def share(said: str) -> float:
    """A part of a whole, in hundredths: more than nothing, at most all."""
    if not SHARE.fullmatch(said) or not 0 < float(said) <= 1:
        raise Refusal(f"“{_short(said)}” is no share; write a number above 0 and up to 1, such as 0.5 for a half.")
    return float(said)


def flag(said: str) -> bool:
    """True or false, in these words."""
    if said in ("true", "false"):
        return said == "true"
    instead = YES_NO.get(said.lower()) or (said.lower() if said.lower() in ("true", "false") else "true or false")
    raise Refusal(f"“{_short(said)}” is not an answer; write {instead}.")


def choice(choices: type[TextChoices]) -> ReadScalar:
    """One of a model's choices, by the name it has in the database."""

    def read(said: str) -> str:
        if said not in choices.values:
            raise Refusal(f"“{_short(said)}” is not one of {', '.join(choices.values)}.{suggest(said, choices.values)}")
        return said

    return read


def slug(longest: int) -> ReadScalar:
    """A name for addresses."""

    def read(said: str) -> str:
        if not SLUG.fullmatch(said):
            plain = unicodedata.normalize("NFKD", said).encode("ascii", "ignore").decode().lower()
            better = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
            instead = f"; write {better[:longest].strip('-')}" if better else ""
            raise Refusal(f"“{_short(said)}” may hold small letters a-z, digits and single hyphens only{instead}.")
        return line(longest)(said)

    return read


def code(said: str) -> str:
    """The short name that begins receipt numbers."""
    if not CODE.fullmatch(said):
        raise Refusal(f"“{_short(said)}” must be 2 to 12 capital letters A-Z and digits, such as LOA.")
    return said


def rule(said: str) -> str:
    """A date as it is meant in every session, in its canonical text."""
    try:
        read = parse_rule(said)
    except RuleError as error:
        raise Refusal(str(error)) from None
    if isinstance(read, DateRule):
        raise Refusal(f"“{read}” is a date of one session; a program file counts weeks, such as week 3, Sunday, 23:59.")
    return str(read)


def email(said: str) -> str:
    """An address for mail."""
    return _validated(said, validate_email, "is no e-mail address, such as office@example.org")


def url(said: str) -> str:
    """An address of a page."""
    return _validated(said, link_address, "is no address of a page; write it in full, such as https://example.org/")


def _validated(said: str, check: Callable[[str], None], why: str) -> str:
    try:
        check(said)
    except ValidationError:
        raise Refusal(f"“{_short(said)}” {why}.") from None
    return line()(said)


def _short(said: str) -> str:
    return said if len(said) <= 60 else said[:57] + "…"

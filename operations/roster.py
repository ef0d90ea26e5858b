"""The roster of a session from a CSV file: read, checked row by row, shown, and only then written, all or nothing.

Running the same file again changes nothing; a corrected one updates. Nobody is removed by being absent from a file.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Lower

from accounts.models import User
from audit.services import record
from cohorts.models import Enrollment, Section
from cohorts.services import enroll_person, place_in_section
from core.zones import find_zone
from operations.placing import follow_people
from programs.models import Session

LARGEST_FILE = 2 * 1024 * 1024
MOST_ROWS = 5000
LONGEST = {"name": 200, "addressed_as": 100, "section": 60}

# What a spreadsheet may call a column, beside our own word for it.
COLUMNS = {
    "email": "email",
    "e-mail": "email",
    "e-mail address": "email",
    "email address": "email",
    "name": "name",
    "full name": "name",
    "name as shown": "name",
    "addressed as": "addressed_as",
    "addressed_as": "addressed_as",
    "section": "section",
    "kind": "kind",
    "zone": "zone",
    "time zone": "zone",
    "timezone": "zone",
}


class UnreadableRoster(Exception):
    """The file as a whole cannot be taken; the message says what to do."""


class RosterHasErrors(Exception):
    """Some rows are wrong, so nothing was written."""

    def __init__(self, roster: "Roster") -> None:
        self.roster = roster
        count = sum(bool(row.errors) for row in roster.rows)
        super().__init__(f"{count} of {len(roster.rows)} rows need correcting first; nothing was changed.")


class Change(Enum):
    """What a row does when the roster is written."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass
class RosterRow:
    """A line of the file; `line` is its number in the file, the header being 1."""

    line: int
    email: str = ""
    name: str = ""
    addressed_as: str = ""
    section: str = ""
    kind: str = Enrollment.Kind.PARTICIPANT
    zone: str = ""
    errors: list[str] = field(default_factory=list)
    change: Change = Change.NEW
    changes: list[str] = field(default_factory=list)
    # What of the account the office may still correct; see `_correctable`.
    correctable: tuple[str, ...] = ()


@dataclass
class Roster:
    """A file, checked against a session."""

    rows: list[RosterRow]
    # People of the session who are not in the file; they stay as they are.
    absent: list[Enrollment]

    @property
    def has_errors(self) -> bool:
        """Whether any row must be corrected before the roster can be written."""
        return any(row.errors for row in self.rows)

    def count(self, change: Change) -> int:
        """How many good rows do this."""
        return sum(row.change is change and not row.errors for row in self.rows)


def read_roster(content: bytes, session: Session) -> Roster:
    """Check a file against a session; writes nothing. Raises UnreadableRoster."""
    rows = [_read_row(line, values) for line, values in _lines(content)]
    if not rows:
        raise UnreadableRoster("The file has a header but no people; add a line for each person.")
    _mark_repeated(rows)
    sections = {section.name.casefold(): section for section in session.sections.all()}
    known = {user.email.casefold(): user for user in _users_named_in(rows)}
    enrolled = {
        row.user_id: row for row in Enrollment.objects.filter(session=session).select_related("user", "section")
    }
    elsewhere = _users_known_elsewhere(known.values(), session)
    for row in rows:
        user = known.get(row.email.casefold())
        if user is not None and user.pk not in elsewhere:
            row.correctable = _correctable(user)
        _compare(row, sections, user, enrolled)
    named = {row.email.casefold() for row in rows}
    absent = [row for row in enrolled.values() if row.user.email.casefold() not in named]
    return Roster(rows=rows, absent=absent)


@transaction.atomic
def write_roster(*, content: bytes, session: Session, actor: User, now: datetime) -> Roster:
    """Enrol and update everybody in the file, or nobody. Invites nobody. Locks the session's row.

    Raises UnreadableRoster, RosterHasErrors, and what enrolling raises (SessionFull, SectionFull).
    """
    Session.objects.select_for_update().get(pk=session.pk)
    roster = read_roster(content, session)
    if roster.has_errors:
        raise RosterHasErrors(roster)
    sections = {section.name.casefold(): section for section in session.sections.all()}
    moved: list[Enrollment | None] = []
    for row in roster.rows:
        if row.change is not Change.UNCHANGED:
            section = sections.get(row.section.casefold())
            moved.append(_write_row(row, session=session, section=section, actor=actor, now=now))
    follow_people(enrollments=filter(None, moved), actor=actor, now=now)
    return roster


def _lines(content: bytes) -> Iterable[tuple[int, dict[str, str]]]:
    text = _decode(content)
    first_line = text.split("\n", 1)[0]
    separator = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = next(reader, None)
        if header is None:
            raise UnreadableRoster("The file is empty; its first line names the columns: email, name, section.")
        columns = [COLUMNS.get(name.strip().casefold(), "") for name in header]
        for needed in ("email", "name"):
            if columns.count(needed) != 1:
                raise UnreadableRoster(
                    f"The first line must name the column “{needed}” once; it says: {', '.join(header)[:200]}."
                )
        for count, values in enumerate(reader, start=1):
            if count > MOST_ROWS:
                raise UnreadableRoster(f"The file has more than {MOST_ROWS} lines; split it.")
            if any(value.strip() for value in values):
                yield (
                    reader.line_num,
                    {column: value.strip() for column, value in zip(columns, values, strict=False) if column},
                )
    except csv.Error as broken:
        raise UnreadableRoster(
            f"Line {reader.line_num} cannot be read as CSV ({broken}); save the sheet as “CSV UTF-8” and try again."
        ) from broken


def _decode(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise UnreadableRoster("The file is larger than 2 MB; a roster holds only addresses, names and sections.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif b"\x00" in content[:4096] or content.startswith(b"PK\x03\x04"):
        raise UnreadableRoster("This is not a CSV file; save the sheet as “CSV UTF-8” and choose that file.")
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as unreadable:
        raise UnreadableRoster(
            "The letters of this file cannot be read for sure; save the sheet as “CSV UTF-8” and try again."
        ) from unreadable


def _read_row(line: int, values: dict[str, str]) -> RosterRow:
    row = RosterRow(
        line=line,
        email=values.get("email", ""),
        name=values.get("name", ""),
        addressed_as=values.get("addressed_as", ""),
        section=values.get("section", ""),
    )
    try:
        validate_email(row.email)
    except ValidationError:
        row.errors.append(f"“{row.email}” is not an e-mail address." if row.email else "The e-mail address is missing.")
    if not row.name:
        row.errors.append("The name is missing.")
    for name, longest in LONGEST.items():
        value = getattr(row, name)
        if len(value) > longest:
            row.errors.append(f"The {name.replace('_', ' ')} is longer than {longest} characters.")
        if any(ord(character) < 32 for character in value):
            row.errors.append(f"The {name.replace('_', ' ')} contains a line break or another control character.")
    kind = values.get("kind", "").casefold() or Enrollment.Kind.PARTICIPANT
    if kind in Enrollment.Kind.values:
        row.kind = kind
    else:
        row.errors.append(f"The kind is “participant” or “observer”, not “{values['kind']}”.")
    if zone := values.get("zone", ""):
        found = find_zone(zone)
        row.zone = found.key if found else ""
        if found is None:
            row.errors.append(f"“{zone}” is not a time zone; write a name such as Asia/Kolkata, or leave it empty.")
    return row


def _mark_repeated(rows: list[RosterRow]) -> None:
    first_line: dict[str, int] = {}
    for row in rows:
        before = first_line.setdefault(row.email.casefold(), row.line)
        if row.email and before != row.line:
            row.errors.append(f"This address stands in line {before} too.")


def _users_named_in(rows: list[RosterRow]) -> Iterable[User]:
    return User.objects.annotate(lower_email=Lower("email")).filter(
        lower_email__in=[row.email.lower() for row in rows if row.email]
    )


def _compare(row: RosterRow, sections: dict[str, Section], user: User | None, enrolled: dict[int, Enrollment]) -> None:
    section = sections.get(row.section.casefold())
    if row.section and section is None:
        names = ", ".join(found.name for found in sections.values()) or "there are none yet"
        row.errors.append(f"There is no section “{row.section}” in this session ({names}).")
    if row.section and row.kind == Enrollment.Kind.OBSERVER:
        row.errors.append("An observer belongs to no section; leave the section empty.")
    if user is None:
        return
    if not user.is_active:
        row.errors.append("This account was closed; reopen it before you enrol the person.")
    enrollment = enrolled.get(user.pk)
    if enrollment is None:
        return
    if section is not None and enrollment.section_id != section.pk:
        row.changes.append(f"section {enrollment.section or 'none'} → {section}")
    if enrollment.kind != row.kind:
        row.changes.append(f"{enrollment.get_kind_display().lower()} → {Enrollment.Kind(row.kind).label.lower()}")
    for name in row.correctable:
        if getattr(row, name) and getattr(user, name) != getattr(row, name):
            row.changes.append(f"{name.replace('_', ' ')} “{getattr(user, name)}” → “{getattr(row, name)}”")
    row.change = Change.UPDATED if row.changes else Change.UNCHANGED


def _correctable(user: User) -> tuple[str, ...]:
    """Once somebody has signed in, name and zone are their own."""
    return ("name", "addressed_as", "zone") if user.last_login is None and user.first_steps_at is None else ()


def _users_known_elsewhere(users: Iterable[User], session: Session) -> set[int]:
    """People whom another program knows too, or who work here: this office does not rename them."""
    pks = [user.pk for user in users]
    enrolled = Enrollment.objects.filter(user__in=pks).exclude(session__program_id=session.program_id)
    return set(enrolled.values_list("user_id", flat=True)) | set(
        User.objects.filter(pk__in=pks).exclude(appointments=None, fellowships=None).values_list("pk", flat=True)
    )


def _write_row(
    row: RosterRow, *, session: Session, section: Section | None, actor: User, now: datetime
) -> Enrollment | None:
    """Gives the place if it stands in another section now than it did."""
    enrollment, is_new = enroll_person(
        session=session,
        email=row.email,
        name=row.name,
        zone=row.zone,
        kind=row.kind,
        section=section,
        actor=actor,
        now=now,
    )
    user = enrollment.user
    mine = {name: getattr(row, name) for name in row.correctable if getattr(row, name)}
    before = {name: getattr(user, name) for name in mine if getattr(user, name) != mine[name]}
    if before:
        for name in before:
            setattr(user, name, mine[name])
        user.save(update_fields=list(before))
        after = {name: mine[name] for name in before}
        record(
            actor=actor, verb="corrected by roster", on=user, before=before, after=after, scope=session.scope, now=now
        )
    if is_new:
        return None
    section_before = enrollment.section_id
    if enrollment.kind != row.kind:
        kind_before, enrollment.kind = enrollment.kind, row.kind
        if row.kind == Enrollment.Kind.OBSERVER:
            place_in_section(enrollment=enrollment, section=None, actor=actor, now=now)
        enrollment.save(update_fields=["kind"])
        record(
            actor=actor,
            verb="changed the kind of place",
            on=enrollment,
            before={"kind": kind_before},
            after={"kind": row.kind},
            scope=session.scope,
            now=now,
        )
    if section is not None:
        place_in_section(enrollment=enrollment, section=section, actor=actor, now=now)
    return enrollment if enrollment.section_id != section_before else None

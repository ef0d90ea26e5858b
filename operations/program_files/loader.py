"""Brings checked program files into the database: all or nothing, once each, and never into a session that exists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.db import connection, transaction

from accounts.models import User
from audit.services import record
from operations.program_files.problems import BrokenProgramFile, Problem
from operations.program_files.reader import ProgramFile
from programs.content import ProgramContent, plain_content
from programs.models import Credit, Program, ProgramVersion

# Any number that nothing else in the product locks by.
LOADING = 7_041_966


class Outcome(Enum):
    """What loading a file came to."""

    NEW_PROGRAM = "a new program"
    NEW_VERSION = "a new version"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Loaded:
    """A file and the version that holds its content."""

    version: ProgramVersion
    outcome: Outcome


@transaction.atomic
def load_programs(*, files: Sequence[ProgramFile], actor: User | None, now: datetime) -> list[Loaded]:
    """Load checked files together; a new version arises only where the content is in no version of the program yet.

    Sessions keep what they were made from. Takes a lock for the transaction, so that of two loads at once the second
    finds what the first did. Raises BrokenProgramFile where files and programs contradict each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOADING])
    problems = list(_contradictions(files))
    if problems:
        raise BrokenProgramFile(problems)
    return [_load(file, actor, now) for file in files]


def _contradictions(files: Sequence[ProgramFile]) -> Iterable[Problem]:
    """What only the other files and the programs that exist can tell."""
    taken = {code: slug for slug, code in Program.objects.values_list("slug", "code")}
    codes = {slug: code for code, slug in taken.items()}
    seen: dict[str, str] = {}
    for file in files:
        slug, code = file.content.slug, file.content.code
        if slug in seen:
            yield Problem(file.name, file.lines["slug"], "slug", f"“{slug}” is the program of {seen[slug]}, too.")
        elif codes.get(slug, code) != code:
            why = f"The program “{slug}” has the code {codes[slug]}, which stands in its receipts; keep it."
            yield Problem(file.name, file.lines["code"], "code", why)
        elif taken.get(code, slug) != slug:
            why = f"The program “{taken[code]}” has the code {code} already; choose another."
            yield Problem(file.name, file.lines["code"], "code", why)
        seen[slug] = file.name
        taken.setdefault(code, slug)


def _load(file: ProgramFile, actor: User | None, now: datetime) -> Loaded:
    content = file.content
    program = Program.objects.filter(slug=content.slug).first()
    if program is None:
        program = Program.objects.create(
            slug=content.slug, code=content.code, title=content.title, office_email=content.office
        )
        outcome, before = Outcome.NEW_PROGRAM, None
    else:
        same = program.versions.filter(content_hash=file.content_hash).first()
        if same is not None:
            return Loaded(same, Outcome.UNCHANGED)
        outcome, before = Outcome.NEW_VERSION, program.versions.first()
    version = ProgramVersion.objects.create(
        program=program,
        number=before.number + 1 if before else 1,
        content_hash=file.content_hash,
        content=plain_content(content),
        source=file.source,
        loaded_at=now,
    )
    _bring_up_to_date(program, content, before.outline if before else None)
    _name_credits(program, content)
    record(
        actor=actor,
        verb="loaded a program file",
        on=version,
        after={"program": program.title, "version": version.number, "content": version.content_hash},
        scope=program.scope,
        now=now,
    )
    return Loaded(version, outcome)


def _bring_up_to_date(program: Program, content: ProgramContent, before: ProgramContent | None) -> None:
    """Only what the file changed: what the office wrote over it in the meantime stays."""
    if before is None:
        return
    if content.title != before.title:
        program.title = content.title
    if content.office != before.office:
        program.office_email = content.office
    program.save(update_fields=["title", "office_email"])


def _name_credits(program: Program, content: ProgramContent) -> None:
    program.credits.all().delete()
    Credit.objects.bulk_create(
        Credit(program=program, kind=credit.kind, name=credit.name, position=position)
        for position, credit in enumerate(content.credits)
    )

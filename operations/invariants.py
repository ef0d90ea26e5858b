"""What must hold whatever happened, as far as a query can tell; `manage.py check_invariants` goes through all of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q

from assignments.invariants import (
    answers_released_under_review,
    attempts_numbered_wrongly,
    covers_that_are_wrong,
    days_that_are_not_days,
    items_that_block_too_long,
    lateness_that_is_wrong,
    papers_left_with_silent_peers,
    papers_whose_item_is_not_done,
    promises_that_were_slept_through,
    readers_who_may_not_read,
    second_readings_that_are_not_blind,
)
from assignments.models import Assignment, Feedback, Reader, Submission, SubmissionAuthor
from cohorts.models import Enrollment, Meeting
from core.rules import CalendarError, Side, resolve
from files.inspection import inspect_files
from modules.models import Module
from notifications.models import Notice

# Triggers that keep what was recorded or handed in as it was.
TRIGGERS = {
    "audit_entry_rows_stay": "the record",
    "audit_entry_table_stays": "the record",
    "submission_is_kept": "what was handed in",
    "author_is_kept": "the authors of what was handed in",
    "submission_file_is_kept": "the files that were handed in",
    "quoting_choice_is_kept": "what writers said about being quoted",
}
ALTERED = """
    SELECT receipt FROM assignments_submission
    WHERE encode(sha256(convert_to(text, 'UTF8')), 'hex') <> sha256 ORDER BY receipt
"""
ENABLED = "SELECT tgname FROM pg_trigger WHERE tgname = ANY(%s) AND tgenabled IN ('O', 'A')"


@dataclass(frozen=True)
class Invariant:
    """A sentence that must be true, and what finds the rows that break it, each as a sentence."""

    promise: str
    broken: Callable[[datetime], Iterator[str]]


def papers_in_several_queues(now: datetime) -> Iterator[str]:
    """A waiting paper stands in one queue, or under "No reader yet" where it has no primary reader."""
    reading = Q(readers__ended_at__isnull=True, readers__kind__in=Reader.IN_QUEUE)
    waiting = Submission.objects.awaiting_feedback().order_by("pk").annotate(queues=Count("readers", filter=reading))
    for paper in waiting.filter(queues__gt=1):
        yield f"Paper {paper.receipt} stands in {paper.queues} queues."


def papers_that_count_wrongly(now: datetime) -> Iterator[str]:
    """Of the attempts of one person at one assignment exactly one counts."""
    counting = Count("pk", filter=Q(superseded_at__isnull=True))
    each = Submission.objects.order_by().values("assignment", "enrollment").annotate(counting=counting)
    for row in each.exclude(counting=1).order_by("assignment", "enrollment"):
        yield (
            f"Of the attempts of enrollment {row['enrollment']} at assignment {row['assignment']} "
            f"{row['counting']} count, not one."
        )


def papers_without_their_author(now: datetime) -> Iterator[str]:
    """Whoever handed a paper in is among its authors, whose rows say by when it was due."""
    author = SubmissionAuthor.objects.filter(submission=OuterRef("pk"), enrollment=OuterRef("enrollment"))
    for paper in Submission.objects.filter(~Exists(author)).order_by("pk"):
        yield f"Paper {paper.receipt} has no author row for the one who handed it in."


def papers_that_were_altered(now: datetime) -> Iterator[str]:
    """The text is that of which the receipt bears the SHA-256."""
    with connection.cursor() as cursor:
        cursor.execute(ALTERED)
        receipts = cursor.fetchall()
    for (receipt,) in receipts:
        yield f"The text of paper {receipt} is not the one its receipt was given for."


def answers_released_unfinished(now: datetime) -> Iterator[str]:
    """Released feedback has a result, says when it was released, and a revision its reason and date."""
    unsaid = Q(result="") | Q(released_at__isnull=True)
    revision = Q(result=Feedback.Result.PLEASE_REVISE) & (Q(revise_reason="") | Q(revise_until__isnull=True))
    released = Feedback.objects.filter(status=Feedback.Status.RELEASED)
    for answer in released.filter(unsaid | revision).select_related("submission").order_by("pk"):
        yield f"The feedback on paper {answer.submission.receipt} is released, and not complete."


def instants_that_left_their_rule(now: datetime) -> Iterator[str]:
    """What lies ahead is stored as its rule resolves to."""
    modules = Module.objects.filter(releases_at__gt=now).select_related("session__program")
    for module in modules.prefetch_related("session__breaks").order_by("pk"):
        yield from differing(f"Module {module.pk} opens", module.release_rule, module.session, module.releases_at, True)
    works = Assignment.objects.filter(Q(due_at__gt=now) | Q(closes_at__gt=now)).select_related("session__program")
    for work in works.prefetch_related("session__breaks").order_by("pk"):
        if work.due_at > now:
            yield from differing(f"Assignment {work.pk} is due", work.due_rule, work.session, work.due_at)
        if work.closes_rule is not None and work.closes_at > now:
            yield from differing(f"Assignment {work.pk} closes", work.closes_rule, work.session, work.closes_at)
        if work.closes_rule is None and work.closes_at not in (work.session.work_ends_at, work.due_at):
            yield f"Assignment {work.pk} closes {work.closes_at:%Y-%m-%d %H:%M} UTC, not with its session’s work."


def differing(what: str, rule: object, session: object, stored: datetime, is_release: bool = False) -> Iterator[str]:
    """Nothing where the stored instant is that of the rule."""
    try:
        meant = resolve(rule, session.calendar(), Side.RELEASE if is_release else Side.DEADLINE)  # type: ignore
    except CalendarError as refused:
        yield f"{what} by a rule that cannot be resolved: {refused}"
        return
    if meant != stored:
        yield f"{what} {stored:%Y-%m-%d %H:%M} UTC, and “{rule}” means {meant:%Y-%m-%d %H:%M} UTC."


def rows_in_sections_of_other_sessions(now: datetime) -> Iterator[str]:
    """A section belongs to the session of its people and meetings."""
    for model in (Enrollment, Meeting):
        strays = model._default_manager.filter(section__isnull=False).exclude(section__session=F("session"))
        for row in strays.order_by("pk"):
            yield f"{model.__name__} {row.pk} is in a section of another session."


def files_that_are_lost(now: datetime) -> Iterator[str]:
    """Every stored file has its bytes, as many as came."""
    findings = inspect_files(now=now)
    for sha256 in findings.missing:
        yield f"The bytes of stored file {sha256} are missing."
    for sha256 in findings.damaged:
        yield f"The bytes of stored file {sha256} are damaged."


def notices_told_twice(now: datetime) -> Iterator[str]:
    """One row for each person and thing to be told."""
    key = ("kind", "object_type", "object_id", "recipient", "address", "occurrence")
    for row in Notice.objects.order_by().values(*key).annotate(rows=Count("pk")).filter(rows__gt=1).order_by(*key):
        yield f"{row['rows']} notices say the same “{row['kind']}” to {row['recipient'] or row['address']}."


def notices_still_sealed(now: datetime) -> Iterator[str]:
    """A mail that bears a token is erased once it is settled."""
    for notice in Notice.objects.exclude(status__in=Notice.OPEN).exclude(sealed_mail="").order_by("pk"):
        yield f"Notice {notice.pk} is settled and still keeps its sealed mail."


def guards_that_are_gone(now: datetime) -> Iterator[str]:
    """The database itself refuses to change what was recorded and handed in."""
    with connection.cursor() as cursor:
        cursor.execute(ENABLED, [list(TRIGGERS)])
        present = {name for (name,) in cursor.fetchall()}
    for name in sorted(TRIGGERS.keys() - present):
        yield f"Nothing guards {TRIGGERS[name]} any more: the trigger {name} is missing or disabled."


INVARIANTS = (
    Invariant("Every handed-in paper stands in one queue or under “No reader yet”", papers_in_several_queues),
    Invariant("Of each person’s attempts one counts", papers_that_count_wrongly),
    Invariant("Every waiting paper waits for somebody who can answer it", readers_who_may_not_read),
    Invariant("What peers leave unanswered goes to staff in time", papers_left_with_silent_peers),
    Invariant("Attempts are numbered without a gap", attempts_numbered_wrongly),
    Invariant("Everybody is as late as the deadline said", lateness_that_is_wrong),
    Invariant("What is handed in is done", papers_whose_item_is_not_done),
    Invariant("What is finished and promised goes out", promises_that_were_slept_through),
    Invariant("Who covers for a colleague was asked to, as long as it lasts", covers_that_are_wrong),
    Invariant("Nothing goes out about a paper under review", answers_released_under_review),
    Invariant("A second reader knows nothing of the first answer", second_readings_that_are_not_blind),
    Invariant("Days of an extension are days", days_that_are_not_days),
    Invariant("Closed work keeps no module closed", items_that_block_too_long),
    Invariant("Every paper has its author", papers_without_their_author),
    Invariant("Every paper is the one its receipt was given for", papers_that_were_altered),
    Invariant("Released feedback is complete", answers_released_unfinished),
    Invariant("What lies ahead is stored as its rule means it", instants_that_left_their_rule),
    Invariant("People and meetings are in sections of their own session", rows_in_sections_of_other_sessions),
    Invariant("Every stored file is there", files_that_are_lost),
    Invariant("Nobody is told the same thing twice", notices_told_twice),
    Invariant("Settled mails keep no token", notices_still_sealed),
    Invariant("What was recorded and handed in is guarded", guards_that_are_gone),
)


def find_violations(*, now: datetime) -> list[tuple[str, list[str]]]:
    """Each promise with the sentences that say where it is broken."""
    return [(invariant.promise, list(invariant.broken(now))) for invariant in INVARIANTS]

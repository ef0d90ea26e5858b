"""Reading the same samples before the first deadline, each alone, then looking at one table together."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.roles import Perm
from assignments import notices
from assignments.models import (
    Assignment,
    CalibrationAnswer,
    CalibrationLevel,
    CalibrationLook,
    CalibrationPaper,
    Level,
)
from assignments.notices.pairs import people_who_read
from audit.services import record
from cohorts.access import membership_of
from notifications import outbox


class MayNotCalibrate(Exception):
    """Only who reads papers here answers a sample."""

    def __init__(self) -> None:
        super().__init__("Samples are answered by those who read papers in this session.")


class CalibrationClosed(Exception):
    """The table is open: what is answered now would not be made alone."""

    def __init__(self) -> None:
        super().__init__("The table is open to all readers by now, so answers no longer change.")


class TableSeen(Exception):
    """The person has seen how the others read it: what they answered now would not be made alone."""

    def __init__(self) -> None:
        super().__init__("You have seen how the others read it, so your own answer no longer changes.")


class SampleIncomplete(Exception):
    """What an answer to a sample lacks."""


@transaction.atomic
def add_calibration_paper(
    *, assignment: Assignment, title: str, text: str, key: UUID | None = None, actor: User, now: datetime
) -> CalibrationPaper:
    """Put a sample before everybody who reads in the session, and tell the others of them, once a day however many
    samples come. The same key again is the sample that is there."""
    session = assignment.session
    # Of two posts at once, one waits here.
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    if key and (same := CalibrationPaper.objects.filter(session=session, key=key, added_by=actor).first()):
        return same
    paper = CalibrationPaper.objects.create(
        session=session, assignment=assignment, title=title.strip(), text=text, key=key, added_by=actor, added_at=now
    )
    record(actor=actor, verb="added a sample paper", on=paper, scope=session.scope, now=now)
    readers = people_who_read(session).exclude(pk=actor.pk).values_list("pk", flat=True)
    outbox.enqueue([notices.samples_waiting(session, user, now) for user in readers], now=now)
    return paper


@transaction.atomic
def answer_calibration(
    *, paper: CalibrationPaper, levels: Mapping[int, int], result: str, note: str, actor: User, now: datetime
) -> CalibrationAnswer:
    """Save what this reader makes of it; again replaces it, until the table is open.

    Locks the paper, so that nobody answers while it opens. Raises MayNotCalibrate, CalibrationClosed, TableSeen,
    SampleIncomplete.
    """
    locked = CalibrationPaper.objects.select_for_update(of=("self",), no_key=True).get(pk=paper.pk)
    if not membership_of(actor, paper.session, now).may(Perm.READ_PAPERS):
        raise MayNotCalibrate
    if locked.opened_at is not None:
        raise CalibrationClosed
    if locked.looks.filter(user=actor).exists():
        raise TableSeen
    known = Level.objects.filter(pk__in=levels.values(), criterion__assignment=paper.assignment_id)
    chosen = {level.criterion_id: level.pk for level in known if levels.get(level.criterion_id) == level.pk}
    lines = set(paper.assignment.criteria.filter(levels__isnull=False).values_list("pk", flat=True))
    if not result or lines - set(chosen):
        raise SampleIncomplete("Choose a level for each line of the rubric, and a result.")
    answer, _ = CalibrationAnswer.objects.update_or_create(
        paper=paper, user=actor, defaults={"result": result, "note": note.strip(), "saved_at": now}
    )
    answer.levels.all().delete()
    CalibrationLevel.objects.bulk_create(
        CalibrationLevel(answer=answer, criterion_id=criterion, level_id=level) for criterion, level in chosen.items()
    )
    return answer


@transaction.atomic
def open_calibration(*, paper: CalibrationPaper, actor: User, now: datetime) -> bool:
    """Show the table to everybody who reads; from then on no answer changes. False where it was open already."""
    rows = CalibrationPaper.objects.filter(pk=paper.pk, opened_at=None)
    if not rows.update(opened_at=now, opened_by=actor):
        return False
    paper.opened_at, paper.opened_by = now, actor
    record(actor=actor, verb="opened the calibration", on=paper, scope=paper.session.scope, now=now)
    return True


@transaction.atomic
def look_at_table(*, paper: CalibrationPaper, actor: User, now: datetime) -> CalibrationLook:
    """Show the table to one of those who say who reads, before it is open to all; from then on their own answer no
    longer changes, and where there is none they do not answer. Safe to call twice. Locks the paper."""
    locked = CalibrationPaper.objects.select_for_update(of=("self",), no_key=True).get(pk=paper.pk)
    look, is_new = CalibrationLook.objects.get_or_create(paper=locked, user=actor, defaults={"at": now})
    if is_new:
        record(
            actor=actor,
            verb="looked at the calibration before it was opened",
            on=paper,
            scope=paper.session.scope,
            now=now,
        )
    return look

"""What one person has to hand in and got back, as the pages of their week and of a module say it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from django.urls import reverse

from assignments.models import Assignment, Submission
from assignments.standing import Standing
from core.windows import Phase
from dashboards.lines import work_address
from modules.models import Module
from modules.outline import Outline


@dataclass(frozen=True)
class Task:
    """One assignment as it stands for one person."""

    assignment: Assignment
    module: Module
    standing: Standing
    phase: Phase
    # How far off the deadline is: "tomorrow"; empty when it is over.
    due_in: str

    @property
    def address(self) -> str:
        """Where it is written."""
        return work_address(self.module.session.slug, self.assignment.pk)

    @property
    def action(self) -> str:
        """What the button says."""
        if self.is_to_revise:
            return "Revise it"
        return "Go on writing" if self.standing.chip == "draft" else "Write it"

    @property
    def is_to_revise(self) -> bool:
        """Its feedback asks for another version."""
        return self.standing.chip == "revise"

    @property
    def is_late(self) -> bool:
        """Its deadline has passed and it is still taken."""
        return self.phase is Phase.LATE and self.standing.is_open

    @property
    def released_at(self) -> datetime | None:
        """When the feedback on it came; None while there is none."""
        answer = self.assignment.own_answer
        return None if answer is None else datetime.fromtimestamp(float(answer["released_at"]), UTC)

    @property
    def feedback_address(self) -> str:
        """Where the feedback on it is read; empty while there is none."""
        answer = self.assignment.own_answer
        if answer is None:
            return ""
        return reverse(
            "assignments:feedback-read", args=[self.module.session.slug, self.assignment.pk, answer["number"]]
        )


def own_tasks(outline: Outline, modules: Iterable[Module] | None = None) -> list[Task]:
    """Everything to hand in of these (or all) modules that are open for the person, the next due first. One query.

    Empty for staff and observers, who hand nothing in.
    """
    enrollment = outline.enrollment
    if enrollment is None or outline.is_staff or enrollment.kind != enrollment.Kind.PARTICIPANT:
        return []
    by_key = {module.pk: module for module in (outline.readable if modules is None else modules)}
    rows = (
        Assignment.objects.filter(item__module__in=by_key)
        .select_related("item")
        .with_state_for(enrollment)
        .with_answer_for(enrollment)
        .order_by("own_due_at", "item__module__position", "item__position")  # type: ignore[misc]
    )
    tz = enrollment.user.tz
    return [
        Task(
            assignment=row,
            module=by_key[row.item.module_id],
            standing=row.standing(outline.at),
            phase=row.own_window.phase(outline.at),
            due_in=say_distance(row.own_due_at, outline.at, tz),
        )
        for row in rows
    ]


def count_to_answer(outline: Outline, tasks: Iterable[Task]) -> int:
    """How many papers of fellow participants wait for the person's answer. One query where peers answer anything."""
    enrollment = outline.enrollment
    if enrollment is None or all(task.assignment.answered_by != Assignment.AnsweredBy.PEERS for task in tasks):
        return 0
    waiting = Submission.objects.in_queue_of(enrollment.user).for_peers()
    return waiting.filter(assignment__session=outline.session).count()


def say_distance(instant: datetime, at: datetime, zone: tzinfo) -> str:
    """How far off it is: by the days of the person's own calendar, and in hours where two days would say too much.

    Due on Monday at 6, somebody reads on Saturday night "in 32 hours". Empty when it is over.
    """
    days = (instant.astimezone(zone).date() - at.astimezone(zone).date()).days
    if days < 0:
        return ""
    if days < 2:
        return ("today", "tomorrow")[days]
    hours = int((instant - at) / timedelta(hours=1))
    return f"in {hours} hours" if hours < 48 else f"in {days} days"

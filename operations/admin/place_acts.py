"""Buttons over somebody's place in a session, for one row or for several."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.roles import Perm
from cohorts.models import Enrollment, Section
from cohorts.services import JustInvited, NothingToInvite, ObserverUnplaced, SectionFull, send_invitations
from cohorts.services.invitations import SessionNotPublished
from operations.placing import change_place, place_person
from programs.scoped_admin import Act, ActForm, ReasonForm

Status = Enrollment.Status
# Whether somebody has completed is the director's word, not the coordinator's.
CERTIFIED = frozenset({Status.COMPLETED, Status.NOT_COMPLETED})


def ways_on(row: Enrollment) -> set[str]:
    """Where this place may move next."""
    return set(Enrollment.MOVES[Status(row.status)])


def shared_ways(rows: Iterable[Any], among: Iterable[str]) -> list[tuple[str, str]]:
    """The statuses to which each of these places may move, as choices."""
    shared = set(among).intersection(*(ways_on(row) for row in rows))
    return [(value, label) for value, label in Status.choices if value in shared]


class StatusForm(ReasonForm):
    """A new status, and why."""

    status = forms.ChoiceField(label="New status")
    field_order = ("status", "reason")
    among: Iterable[str] = frozenset(Status) - CERTIFIED

    def prepare(self) -> None:
        choices = shared_ways(self.rows, self.among)
        self.fields["status"].choices = [("", "Choose…"), *choices]  # type: ignore[attr-defined]
        if not choices:
            self.fields["status"].help_text = "The chosen places have no next status in common; choose fewer."


class CompletionForm(StatusForm):
    """Completed or not."""

    among = CERTIFIED


class SectionForm(ActForm):
    """A section of the session, or none."""

    section = forms.ModelChoiceField(Section.objects.none(), required=False, empty_label="No section")

    def prepare(self) -> None:
        rows: list[Any] = list(self.rows)
        sessions = {row.session_id for row in rows}
        field: Any = self.fields["section"]
        if len(sessions) == 1:
            field.queryset = Section.objects.filter(session__in=sessions)
        else:
            field.help_text = "The chosen people belong to different sessions; choose those of one."
        self.initial["section"] = rows[0].section_id if len(rows) == 1 else None

    def clean(self) -> dict[str, Any]:
        """Of several sessions no section can be chosen, and none is no answer: it would empty their sections."""
        answers = super().clean() or self.cleaned_data
        if len({row.session_id for row in self.rows}) > 1:  # type: ignore[attr-defined]
            raise ValidationError("Choose people of one session: a section belongs to one.")
        return answers


def invite(row: Enrollment, answers: dict[str, Any], actor: User, now: datetime) -> str:
    send_invitations(enrollments=[row], actor=actor, now=now)
    return f"The invitation to {row.user.email} goes out now."


def change(row: Enrollment, answers: dict[str, Any], actor: User, now: datetime) -> str:
    change_place(enrollment=row, to=answers["status"], reason=answers["reason"], actor=actor, now=now)
    return f"{row.user}: {row.get_status_display().lower()}."


def place(row: Enrollment, answers: dict[str, Any], actor: User, now: datetime) -> str:
    place_person(enrollment=row, section=answers["section"], actor=actor, now=now)
    return f"{row.user} is in {answers['section'] or 'no section'} now."


PLACE_ACTS = (
    Act(
        name="invite",
        label="Send the invitation",
        perm=Perm.MANAGE_PEOPLE,
        explains="A mail with the way to the place. Those who have taken theirs already are passed over.",
        do=invite,
        is_possible=lambda row, now: row.status == Status.INVITED,
        refusals=(NothingToInvite, JustInvited, SessionNotPublished),
        is_bulk=True,
    ),
    Act(
        name="section",
        label="Place in a section",
        perm=Perm.MANAGE_PEOPLE,
        explains="Papers that are not answered yet go to the new section’s teaching fellow.",
        form=SectionForm,
        do=place,
        is_possible=lambda row, now: row.kind == Enrollment.Kind.PARTICIPANT,
        refusals=(SectionFull, ObserverUnplaced),
        is_bulk=True,
    ),
    Act(
        name="status",
        label="Change the status",
        perm=Perm.MANAGE_PEOPLE,
        explains=(
            "On leave: reads and may hand in, is not reminded. Deferred and removed: nothing is open any more. "
            "Withdrawn: only the own papers and the feedback on them stay readable."
        ),
        form=StatusForm,
        do=change,
        is_possible=lambda row, now: bool(ways_on(row) - CERTIFIED),
        is_bulk=True,
    ),
    Act(
        name="completion",
        label="Completed or not",
        perm=Perm.MANAGE_SESSION,
        form=CompletionForm,
        do=change,
        is_possible=lambda row, now: bool(ways_on(row) & CERTIFIED),
        is_bulk=True,
    ),
)

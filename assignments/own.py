"""One assignment as one participant has it: what the page about it shows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.db.models import F

from accounts.roles import Role
from assignments import due
from assignments.declared import Declared
from assignments.due import ALLOTTED, FELLOW, SECTION
from assignments.models import Assignment, Draft, DraftFile, ExtensionRequest, KeptText, Submission
from assignments.own_time import Offer, offer_of
from assignments.promises import PromiseIf, is_past
from assignments.querysets import AssignmentQuerySet
from assignments.standing import Standing
from cohorts.models import Enrollment
from core.windows import Phase
from programs.own_time import OwnTimeRule


@dataclass
class OwnWork:
    """An assignment with its person's texts. `enrollment` is None for staff, who only look."""

    assignment: Assignment
    enrollment: Enrollment | None
    at: datetime
    rule: OwnTimeRule | None = None
    draft: Draft | None = None
    attempts: list[Submission] = field(default_factory=list)

    @cached_property
    def phase(self) -> Phase:
        """On time, late, or closed, for this person."""
        return self.assignment.own_window.phase(self.at)

    @cached_property
    def standing(self) -> Standing:
        """As lists say it."""
        return self.assignment.standing(self.at)

    @property
    def is_late(self) -> bool:
        return self.phase is Phase.LATE

    @property
    def is_closed(self) -> bool:
        return self.phase is Phase.CLOSED

    @property
    def counting(self) -> Submission | None:
        """The newest attempt."""
        return self.attempts[0] if self.attempts else None

    @property
    def is_to_revise(self) -> bool:
        """Whether the answer to the newest attempt asks for another."""
        return self.assignment.own_result == "please_revise"

    @property
    def promised_at(self) -> datetime | None:
        """Until when the newest attempt is answered, or one that is handed in now; None once it is answered, and where
        no day is said."""
        if self.counting is not None and not self.is_to_revise:
            return None if self.assignment.own_result or self.comes_later else self.counting.promised_at
        return self.assignment.own_promise if self.may_write else None

    @property
    def comes_later(self) -> bool:
        """Whether the answer comes later than was promised, and no day is said for it."""
        return self.counting is not None and self.counting.comes_later and not self.assignment.own_result

    @property
    def words_at(self) -> datetime | None:
        """When the director wrote to the person about this work; None where they have not."""
        said = self.assignment.own_words
        return None if said is None else datetime.fromtimestamp(float(said["at"]), UTC)

    @property
    def is_overdue(self) -> bool:
        """Whether the promise was not kept."""
        return self.counting is not None and is_past(self.promised_at, self.at)

    @property
    def may_write(self) -> bool:
        """Whether it can be handed in now, by this person."""
        return self.enrollment is not None and self.enrollment.may_hand_in and not self.is_closed

    @property
    def is_writing(self) -> bool:
        """Whether the page is about writing: not when something is handed in and nothing waits."""
        return self.may_write and (self.counting is None or self.is_to_revise or self.has_waiting_text)

    @property
    def has_waiting_text(self) -> bool:
        """Whether the draft holds what was not handed in."""
        return self.assignment.own_draft_saved_at is not None

    @cached_property
    def kept(self) -> list[KeptText]:
        """Texts that lost against the draft and wait for their writer's choice."""
        if self.draft is None or not self.draft.has_kept_texts:
            return []
        return list(self.draft.kept_texts.filter(settled_at=None))

    @cached_property
    def offer(self) -> Offer | None:
        """More time that can be taken now without asking; None where there is none."""
        if self.enrollment is None or not self.is_to_do:
            return None
        offer = offer_of(self.assignment, self.rule, self.at)
        return None if offer is None or offer.refusal else offer

    @property
    def is_to_do(self) -> bool:
        """Whether something is still to be handed in from this place, closed or not."""
        takes_work = self.enrollment is not None and self.enrollment.may_hand_in
        return takes_work and (self.counting is None or self.is_to_revise)

    @property
    def asked(self) -> dict[str, Any] | None:
        """What was asked about more time, and what was answered; nothing that was taken back."""
        asked = self.assignment.own_request
        return None if asked is None or asked["status"] == ExtensionRequest.Status.WITHDRAWN else asked

    @property
    def needs_time_now(self) -> bool:
        """Whether more time is what the page is about: the deadline has passed, or something was asked."""
        return self.asked is not None or (self.is_to_do and (self.is_late or self.is_closed))

    @property
    def may_ask(self) -> bool:
        """Whether more time can be asked for: one question at a time."""
        return self.is_to_do and (self.asked is None or self.asked["status"] != ExtensionRequest.Status.OPEN)

    @cached_property
    def files(self) -> list[DraftFile]:
        """What is to be handed in beside the text; a query only where files are taken or were."""
        if self.draft is None or not (self.assignment.takes_files or self.draft.has_waiting_files):
            return []
        return list(self.draft.files.current().select_related("stored").defer("text"))

    @property
    def text(self) -> str:
        """What stands in the editor."""
        return self.draft.text if self.draft else ""

    @property
    def declared(self) -> Declared:
        """What stands beside it."""
        return self.draft.declared if self.draft else Declared()

    @property
    def revision(self) -> int:
        """What a save from this page begins from."""
        return self.draft.revision if self.draft else 0


def read_own_work(
    rows: AssignmentQuerySet, place: Enrollment | None, at: datetime, rule: OwnTimeRule | None = None
) -> OwnWork:
    """Everything about the one assignment in `rows`; three queries at most, for staff one.

    `rule`: what may be taken unasked. Raises Assignment.DoesNotExist.
    """
    rows = rows.select_related("item__module").with_rubric().with_readers_for(place)
    if place is None:
        return OwnWork(as_for_everybody(rows.get()), None, at)
    own_promise = PromiseIf("feedback_days", "own_due_at", at, "session_id")
    own = rows.with_state_for(place).with_answer_for(place).with_time_for(place).with_commitment_for(place)
    own = own.with_words_for(place)
    assignment = own.annotate(own_promise=own_promise).get()  # type: ignore[no-redef]
    drafts = Draft.objects.filter(assignment=assignment, enrollment=place)
    return OwnWork(
        assignment,
        place,
        at,
        rule,
        drafts.annotate(has_kept_texts=due.HasKeptTexts(F("pk"))).first(),  # type: ignore[no-redef]
        read_attempts(assignment, place),
    )


def read_attempts(assignment: Assignment, place: Enrollment) -> list[Submission]:
    """What this person handed in, the newest first, without the texts; no query where there is nothing."""
    if assignment.own_handed_in_at is None:
        return []
    attempts = Submission.objects.filter(assignment=assignment, enrollment=place).order_by("-number")
    counted = attempts.with_lateness().with_promise().annotate(file_count=due.FileCount(F("pk")))
    return list(counted.defer("text", "prompt"))


def as_for_everybody(assignment: Assignment) -> Assignment:
    """The assignment with the deadline that nobody's extension has moved."""
    assignment.own_due_at, assignment.own_closes_at = assignment.due_at, assignment.closes_at
    assignment.own_handed_in_at = assignment.own_late_by = assignment.own_result = None
    assignment.own_draft_saved_at = assignment.own_extension = assignment.own_answer = assignment.own_request = None
    assignment.own_commitment = assignment.own_words = None
    return assignment


@dataclass(frozen=True)
class NamedReaders:
    """Who may read what is handed in: names, told to the writer beforehand."""

    answering: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    chairs: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()


FELLOWS = Role.TEACHING_FELLOW.value


def name_readers(assignment: Assignment) -> NamedReaders:
    """By what they are to the paper, after `with_readers_for`. No query.

    Who answers is who was allotted a paper already; before, the fellows of the section, or those of the session where
    it has no sections.
    """
    named: dict[str, list[str]] = {}
    for what, name in assignment.named_readers:
        named.setdefault(what, []).append(name)
    return NamedReaders(
        answering=tuple(sorted(named.get(ALLOTTED) or named.get(FELLOW if SECTION in named else FELLOWS, []))),
        heads=tuple(sorted(named.get(Role.HEAD_TEACHING_FELLOW, []))),
        chairs=tuple(sorted(named.get(Role.FACULTY_CHAIR, []))),
        directors=tuple(sorted(named.get(Role.DIRECTOR, []))),
    )

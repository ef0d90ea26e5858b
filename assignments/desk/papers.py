"""One paper on the desk: its attempts, the answers to them, the rubric; three queries, and one when texts were kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Value

from accounts.models import User
from accounts.roles import Perm
from assignments.desk.queues import RESULT_CHIPS
from assignments.desk.remarks import EarlierRemark, Remark, remarks_before
from assignments.desk.rubrics import CriterionRow, rubric_of
from assignments.desk.states import Comments, Files, GivenLevels, LateBy, Marks, NewestConcern, OthersHere
from assignments.differing import Part, differences
from assignments.models import (
    Assignment,
    Comment,
    Concern,
    Feedback,
    FirstLook,
    KeptAnswer,
    Presence,
    Reader,
    Submission,
    SubmissionFile,
)
from assignments.passages import ReadFile, Source, read_files, sources_of
from assignments.promises import PromisedAt, is_past
from assignments.source import Page, outline_of, page_of
from cohorts.access import Membership
from core.spans import say_span
from programs.models import Session

STATUS = Feedback.Status


@dataclass(frozen=True)
class TagRow:
    """A tag that can be given, and whether the paper bears it."""

    pk: int
    title: str
    is_given: bool


@dataclass(frozen=True)
class ConcernView:
    """That the work is or was under review."""

    pk: int
    status: str
    note: str
    raised_by: str
    raised_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether what is written waits."""
        return self.status == Concern.Status.OPEN


class AnswerView:
    """An answer with its parts at hand."""

    def __init__(self, feedback: Feedback) -> None:
        self.feedback = feedback
        self.levels: dict[int, int] = {
            int(criterion): level
            for criterion, level in feedback.given_levels.items()  # type: ignore[attr-defined]
        }
        self.remarks = [
            Remark(number, *columns)
            for number, columns in enumerate(feedback.comment_rows, 1)  # type: ignore[attr-defined]
        ]
        self.has_kept: bool = feedback.has_kept  # type: ignore[attr-defined]
        self.awaits_look: bool = feedback.awaits_look  # type: ignore[attr-defined]

    @property
    def is_draft(self) -> bool:
        """Being written."""
        return self.feedback.status == STATUS.DRAFT

    @property
    def is_held(self) -> bool:
        """Finished, not released."""
        return self.feedback.status == STATUS.HELD

    @property
    def is_kept_back(self) -> bool:
        """Whether somebody holds it beyond its promised instant."""
        return self.feedback.held_by_id is not None

    @property
    def is_released(self) -> bool:
        """The participant reads it."""
        return self.feedback.status == STATUS.RELEASED

    @property
    def result_chip(self) -> str:
        """The chip's kind for its result."""
        return RESULT_CHIPS.get(self.feedback.result, "")


@dataclass
class Attempt:
    """A handed-in paper and what was answered, the newest answer first."""

    submission: Submission
    answers: list[AnswerView]
    files: Sequence[SubmissionFile] = ()

    @property
    def newest(self) -> AnswerView | None:
        """The newest version, released or not."""
        return self.answers[0] if self.answers else None

    @property
    def in_force(self) -> AnswerView | None:
        """What the participant reads."""
        return next((answer for answer in self.answers if answer.is_released), None)

    @property
    def late(self) -> str:
        """How late it was, in words; empty when on time."""
        late_by = self.submission.late_by
        return "" if late_by is None else say_span(late_by)

    @property
    def promised_by(self) -> datetime | None:
        """Until when an answer was promised."""
        return self.submission.promised_at

    @cached_property
    def sources(self) -> list[Source]:
        """Every text of it that can be commented on."""
        return sources_of(self.submission, self.files)

    @property
    def prefix(self) -> str:
        """Before the names of its places on a page that shows several attempts."""
        return f"attempt-{self.submission.number}"

    def lines(self, remarks: Sequence[Remark] = ()) -> Page:
        """The text with these comments marked."""
        return page_of(self.submission.text, [(one.starts_at, one.ends_at) for one in remarks if not one.file])

    def read_files(self, remarks: Sequence[Remark] = ()) -> list[ReadFile]:
        """Its files, with these comments marked in their texts."""
        return read_files(self.files, [one.span for one in remarks])


@dataclass(frozen=True)
class KeptView:
    """Two texts of one answer: what stands, and what came too late."""

    row: KeptAnswer
    standing: Feedback

    @property
    def parts(self) -> list[Part]:
        """The late text, with what it has that does not stand, and what stands and it has not."""
        return differences(self.standing.text, self.row.text)

    @property
    def remarks_differ(self) -> bool:
        """Whether its comments are others than those that stand."""
        ours = sorted((one.get("file", 0), one["starts_at"], one["ends_at"], one["text"]) for one in self.row.remarks)
        standing = self.standing.comment_rows  # type: ignore[attr-defined]
        return ours != sorted((*span, text) for *span, _, text, _, _ in standing)


@dataclass
class Paper:
    """What the page of one paper shows to one reader."""

    attempt: Attempt
    earlier: list[Attempt]
    newer: Attempt | None
    rubric: list[CriterionRow]
    may_answer: bool
    may_release: bool
    is_for_peers: bool
    is_head: bool
    at: datetime
    # The last review of the work, for those who may know of it.
    concern: ConcernView | None = None

    @property
    def submission(self) -> Submission:
        """The attempt that the address names."""
        return self.attempt.submission

    @property
    def assignment(self) -> Assignment:
        """What it answers."""
        return self.submission.assignment

    @cached_property
    def earlier_remarks(self) -> list[EarlierRemark]:
        """What was asked for before and not yet found in an attempt between: open, or resolved in this one."""
        return remarks_before(self.attempt, self.earlier)

    @property
    def open_remarks(self) -> int:
        """How many of them are open."""
        return sum(not one.is_resolved for one in self.earlier_remarks)

    @property
    def changes(self) -> list[Part]:
        """This attempt against the one before it, word by word."""
        if not self.earlier:
            return []
        # Marks are not what readers look for: a word made bold is the same word.
        return differences(outline_of(self.earlier[0].submission.text), outline_of(self.submission.text))

    @property
    def marked_by(self) -> str | None:
        """Who wants the chair to see it."""
        marks: dict[str, Any] = self.submission.marks  # type: ignore[attr-defined]
        return marks["chair"]

    @property
    def tags(self) -> list[TagRow]:
        """All tags of the session, and which of them it bears."""
        marks: dict[str, Any] = self.submission.marks  # type: ignore[attr-defined]
        return [TagRow(*row) for row in marks["tags"]]

    @property
    def others(self) -> list[str]:
        """Who else has it open now."""
        names: list[str] = self.submission.others  # type: ignore[attr-defined]
        return names

    @property
    def is_writable(self) -> bool:
        """Whether the reader writes here: nothing is begun yet, or a draft is."""
        if not self.may_answer or (self.newer and self.attempt.newest is None):
            return False
        return self.attempt.newest is None or self.attempt.newest.is_draft

    @property
    def is_under_review(self) -> bool:
        """Whether nothing of what is written goes out now."""
        return self.concern is not None and self.concern.is_open

    @property
    def may_hold(self) -> bool:
        """Whether this reader may hold what is finished, and let it go."""
        return not self.is_for_peers and (self.may_answer or self.may_release)

    @property
    def goes_out_at_once(self) -> bool:
        """Whether finishing means releasing: no promise to wait for lies ahead."""
        promised_at = self.attempt.promised_by
        return self.is_for_peers or promised_at is None or is_past(promised_at, self.at)

    @property
    def is_seen_first(self) -> bool:
        """Whether the head teaching fellow sees what this reader writes here before it goes out."""
        asked: bool = self.submission.is_seen_first  # type: ignore[attr-defined]
        newest = self.attempt.newest
        return asked and not self.is_head and not (newest and newest.feedback.looked_at)

    @property
    def notes(self) -> AnswerView | None:
        """What was written about an earlier attempt and could be taken along: only before anything is begun here."""
        if not self.is_writable or self.attempt.newest is not None:
            return None
        return next((one.newest for one in self.earlier if one.newest), None)

    @property
    def shown(self) -> list[Remark]:
        """The comments that are marked in the text."""
        return self.attempt.newest.remarks if self.attempt.newest else []

    @property
    def text(self) -> Page:
        """The paper with its marks."""
        return self.attempt.lines(self.shown)

    @property
    def files(self) -> list[ReadFile]:
        """Its files with their marks."""
        return self.attempt.read_files(self.shown)

    def kept(self, user: User) -> list[KeptView]:
        """What this reader wrote and could not save, against what stands; a query only where there is some."""
        answers = {answer.feedback.pk: answer.feedback for answer in self.attempt.answers if answer.has_kept}
        rows = KeptAnswer.objects.filter(feedback__in=answers, user=user, settled_at=None) if answers else []
        return [KeptView(row, answers[row.feedback_id]) for row in rows]


def comment_on(found: Paper, pk: int | None) -> Comment | None:
    """A comment that the page of this paper shows on an earlier attempt. One query."""
    shown = [one.pk for one in found.earlier_remarks if one.pk == pk]
    return Comment.objects.filter(pk__in=shown).select_related("feedback__submission").first()


def find_paper(pk: int, session: Session, user: User, membership: Membership, at: datetime) -> Paper | None:
    """The paper with its attempts as far as this person may read them; None: not theirs to read."""
    is_head = membership.may(Perm.GIVE_FEEDBACK) and membership.may(Perm.READ_ALL_PAPERS)
    attempts = _attempts(pk, session, user, at, is_head=is_head)
    here = next((one for one in attempts if one.submission.pk == pk), None)
    if here is None:
        return None
    assignment = here.submission.assignment
    is_for_peers = assignment.answered_by == Assignment.AnsweredBy.PEERS
    answers_here = membership.may(Perm.GIVE_FEEDBACK) or (is_for_peers and membership.may(Perm.DO_WORK))
    is_reader: bool = here.submission.is_reader  # type: ignore[attr-defined]
    may_answer = is_head or (answers_here and is_reader)
    releases_own = is_for_peers or membership.may(Perm.RELEASE_OWN_FEEDBACK)
    newer = [one for one in attempts if one.submission.number > here.submission.number]
    return Paper(
        attempt=here,
        earlier=[one for one in attempts if one.submission.number < here.submission.number],
        newer=newer[0] if newer else None,
        rubric=[] if is_for_peers else rubric_of(assignment),
        may_answer=may_answer,
        may_release=membership.may(Perm.RELEASE_ALL_FEEDBACK) or (may_answer and releases_own),
        is_for_peers=is_for_peers,
        is_head=is_head,
        at=at,
        concern=_concern(here.submission) if may_answer or membership.may(Perm.SEE_CONCERNS) else None,
    )


def _concern(paper: Submission) -> ConcernView | None:
    row: dict[str, Any] | None = paper.concern_row  # type: ignore[attr-defined]
    if row is None:
        return None
    return ConcernView(row["pk"], row["status"], row["note"], row["by"], datetime.fromtimestamp(float(row["at"]), UTC))


def _attempts(pk: int, session: Session, user: User, at: datetime, *, is_head: bool) -> list[Attempt]:
    """All attempts of the person whose paper that is, the newest first: never one's own."""
    same_work = Submission.objects.filter(pk=pk, assignment=OuterRef("assignment"), enrollment=OuterRef("enrollment"))
    reading = Reader.objects.current().primary().filter(submission=OuterRef("pk"), user=user)
    papers = list(
        Submission.objects.visible_to(user, at)
        .filter(Exists(same_work), assignment__session=session)
        .exclude(enrollment__user=user)
        .with_quoting()
        .annotate(  # type: ignore[no-redef]
            late_by=LateBy(F("pk"), F("enrollment_id")),
            promised_at=PromisedAt(F("pk")),
            is_reader=Exists(reading),
            is_seen_first=Exists(FirstLook.objects.filter(session=session, user=user, ended_at=None)),
            file_rows=Files(F("pk")),
            marks=Marks(F("pk"), F("assignment__session")),
            concern_row=NewestConcern(F("assignment_id"), F("enrollment_id")),
            others=OthersHere(F("pk"), Value(user.pk), Value(at - Presence.LASTS)),
        )
        .select_related("assignment__item", "enrollment__user", "enrollment__section")
        .order_by("-number")
    )
    for paper in papers:
        paper.assignment.session = session
    if not any(paper.pk == pk for paper in papers):
        return []
    answers: dict[int, list[AnswerView]] = {paper.pk: [] for paper in papers}
    mine = papers if is_head else [paper for paper in papers if paper.is_reader]
    by_key = {paper.pk: paper for paper in papers}
    for feedback in _answers(papers, mine, user):
        feedback.submission = by_key[feedback.submission_id]
        answers[feedback.submission_id].append(AnswerView(feedback))
    return [Attempt(paper, answers[paper.pk], _files(paper)) for paper in papers]


def _files(paper: Submission) -> list[SubmissionFile]:
    """Without their stored bytes, which a page does not need."""
    return [SubmissionFile(**row) for row in paper.file_rows]  # type: ignore[attr-defined]


def _answers(papers: Sequence[Submission], mine: Sequence[Submission], user: User) -> Any:
    """To papers that this person may read, what `Feedback.visible_to` gives: all of their own to answer, the released
    ones of the others."""
    looked_for = Feedback.objects.awaiting_look().filter(pk=OuterRef("pk"))
    kept = KeptAnswer.objects.filter(feedback=OuterRef("pk"), user=user, settled_at=None)
    return (
        Feedback.objects.filter(Q(submission__in=papers, status=STATUS.RELEASED) | Q(submission__in=mine))
        .annotate(
            given_levels=GivenLevels(F("pk")),
            comment_rows=Comments(F("pk")),
            has_kept=Exists(kept),
            awaits_look=Exists(looked_for),
        )
        .select_related("author", "held_by")
        .order_by("-version")
    )

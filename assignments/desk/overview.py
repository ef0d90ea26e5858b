"""All queues of a session: who reads how many, how old the oldest is, and what stands under “No reader yet”."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, Min, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.roles import Role
from assignments.desk.queues import Row, rows_of
from assignments.desk.states import IsAnswered, IsUnderReview, State, to_answer
from assignments.models import Assignment, Feedback, FirstLook, Reader, Submission
from assignments.notices.pairs import people_who_read
from assignments.promises import PromisedAt, past
from cohorts.models import SectionFellow
from core.conditions import asked_after
from programs.models import Appointment, Session

NO_SECTION = "No section"
# Many with a paper each: one line.
PEERS = "Fellow participants"


@dataclass
class Queue:
    """What one reader has of one section."""

    section: str
    reader: str
    # 0: fellow participants.
    reader_id: int
    by_state: Counter[str] = field(default_factory=Counter)
    oldest_at: datetime | None = None
    # How many are not answered although it was promised.
    overdue: int = 0


@dataclass
class Held:
    """Finished answers that wait for their release, of one section or one assignment."""

    pk: int
    title: str
    count: int = 0
    # Of these, how many somebody holds beyond the promised instant; the others go out by themselves.
    kept_back: int = 0

    @property
    def going_out(self) -> int:
        """How many nobody holds."""
        return self.count - self.kept_back


@dataclass(frozen=True)
class Overview:
    """Everything on the page of all queues but the papers without a reader."""

    queues: list[Queue]
    held_by_section: list[Held]
    held_by_assignment: list[Held]
    total: Counter[str]
    oldest_at: datetime | None
    overdue: int
    # The same by state: waiting, or finished and not out.
    overdue_by_state: Counter[str]
    # For those who look after them.
    under_review: int


def overview(session: Session, at: datetime) -> Overview:
    """Two queries, however many papers and readers there are."""
    queues: dict[tuple[str, int], Queue] = {}
    for section, user_id, name in fellows(session):
        queues[section, user_id] = Queue(section, name, user_id)
    sections: dict[int, Held] = {}
    assignments: dict[int, Held] = {}
    total: Counter[str] = Counter()
    overdue: Counter[str] = Counter()
    under_review = 0
    for row in counted(session, at):
        total[row["state"]] += row["papers"]
        overdue[row["state"]] += row["overdue"]
        under_review += row["under_review"]
        section = row["enrollment__section__name"] or NO_SECTION
        if row["state"] == State.HELD:
            if row["enrollment__section"]:
                _add(sections, row["enrollment__section"], section, row)
            _add(assignments, row["assignment"], row["assignment__item__title"], row)
        if row["queue_of__user"] is not None:
            reader_id, name = row["queue_of__user"], row["queue_of__user__name"]
            if row["assignment__answered_by"] == Assignment.AnsweredBy.PEERS and (section, reader_id) not in queues:
                reader_id, name = 0, PEERS
            queue = queues.setdefault((section, reader_id), Queue(section, name, reader_id))
            queue.by_state[row["state"]] += row["papers"]
            queue.overdue += row["overdue"]
            if row["state"] == State.WAITING:
                queue.oldest_at = min(filter(None, (queue.oldest_at, row["oldest_at"])))
    oldest = [queue.oldest_at for queue in queues.values() if queue.oldest_at]
    ordered = sorted(queues.values(), key=lambda queue: (queue.section == NO_SECTION, queue.section, queue.reader))
    return Overview(
        queues=ordered,
        held_by_section=list(sections.values()),
        held_by_assignment=list(assignments.values()),
        total=total,
        oldest_at=min(oldest, default=None),
        overdue=overdue.total(),
        overdue_by_state=overdue,
        under_review=under_review,
    )


def counted(session: Session, at: datetime) -> QuerySet[Any, dict[str, Any]]:
    """How many papers stand how, by assignment, section and reader."""
    kept_back = Feedback.objects.filter(submission=OuterRef("pk"), held_by__isnull=False)
    papers = to_answer(Submission.objects.filter(assignment__session=session)).annotate(
        promised_by=PromisedAt(F("pk")),
        is_kept_back=Exists(kept_back),
        is_answered=IsAnswered(F("pk")),
        is_under_review=IsUnderReview(F("assignment_id"), F("enrollment_id")),
        queue_of=FilteredRelation("readers", condition=Q(readers__ended_at=None, readers__kind__in=Reader.IN_QUEUE)),
    )
    columns = (
        "assignment", "assignment__item__title", "assignment__answered_by",
        "enrollment__section", "enrollment__section__name", "queue_of__user", "queue_of__user__name", "state",
    )  # fmt: skip
    by = papers.order_by("assignment__due_at").values(*columns)
    # What is held beyond its promise is late too; a correction of what was answered is not.
    overdue = asked_after(Q(is_answered=False), past(at))
    return by.annotate(
        papers=Count("pk"),
        oldest_at=Min("handed_in_at"),
        overdue=Count("pk", filter=overdue),
        kept_back=Count("pk", filter=Q(is_kept_back=True)),
        under_review=Count("pk", filter=Q(is_under_review=True)),
    )


def fellows(session: Session) -> list[tuple[str, int, str]]:
    """Who leads which section, so that a queue without a paper is seen to be empty."""
    led = SectionFellow.objects.filter(section__session=session)
    return list(led.values_list("section__name", "user_id", "user__name"))


def without_reader(session: Session) -> list[Row]:
    """“No reader yet”, oldest first. One query."""
    papers = to_answer(Submission.objects.filter(assignment__session=session).without_reader())
    return rows_of(papers, session)


def possible_readers(session: Session) -> list[tuple[int, str]]:
    """Everybody whose role lets them read papers here, by name. One query."""
    return list(people_who_read(session).order_by("sort_key", "name").values_list("pk", "name"))


def who_arranges(session: Session) -> list[User]:
    """Whom a teaching fellow asks to say who reads in whose place: the head teaching fellows, where there is none the
    directors. One query."""
    roles = (Role.HEAD_TEACHING_FELLOW.value, Role.DIRECTOR.value)
    appointed = Appointment.objects.filter(role__in=roles, user__is_active=True)
    here = appointed.filter(Q(session=session) | Q(program=session.program_id)).select_related("user")
    by_role: dict[str, dict[int, User]] = {role: {} for role in roles}
    for one in here.order_by("user__sort_key", "user__name", "user"):
        by_role[one.role][one.user_id] = one.user
    heads, directors = by_role.values()
    return list((heads or directors).values())


@dataclass(frozen=True)
class SeenFirst:
    """Whose feedback is seen before it goes out, and the papers whose answer waits for that."""

    looks: list[FirstLook]
    waiting: list[Submission]


def seen_first(session: Session) -> SeenFirst:
    """Two queries."""
    looks = FirstLook.objects.filter(session=session, ended_at=None).select_related("user")
    waiting = Feedback.objects.awaiting_look().filter(submission__assignment__session=session)
    papers = Submission.objects.filter(pk__in=waiting.values("submission")).select_related(
        "assignment__item", "enrollment__user"
    )
    return SeenFirst(list(looks), list(papers.defer("text")))


def readers_of(papers: list[int]) -> dict[int, str]:
    """By paper, whose queue it is in. One query."""
    names: dict[int, str] = defaultdict(str)
    rows = Reader.objects.current().primary().filter(submission__in=papers)
    names.update(rows.values_list("submission", F("user__name")))
    return names


def _add(held: dict[int, Held], pk: int, title: str, row: dict[str, Any]) -> None:
    one = held.setdefault(pk, Held(pk, title))
    one.count += row["papers"]
    one.kept_back += row["kept_back"]

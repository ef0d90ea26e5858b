"""Who answers a paper. Each paper that waits for an answer is in one reader's queue, or under “No reader yet”."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

from django.db import connection, transaction
from django.db.models import Count, Q

from accounts.models import User
from accounts.roles import GRANTS, Perm, Role
from assignments.models import Assignment, Cover, Feedback, PassedOn, Reader, Seat, Submission
from assignments.notices import paper_to_answer
from assignments.querysets import SubmissionQuerySet
from assignments.standing_in import RunningCover, RunningCovers
from audit.services import record
from cohorts.models import Enrollment, Section, SectionFellow
from notifications import outbox
from programs.models import Appointment, Session

# The first of the two numbers of PostgreSQL's advisory lock; the second is the session's key.
ALLOTTING = 411


class MayNotRead(Exception):
    """This person holds no role in the session that reads papers, or wrote this one."""

    def __init__(self, user: User) -> None:
        super().__init__(f"{user} cannot read this paper: choose a teaching fellow of the session.")


class Allotment:
    """Who may read in one session, and how much each reads already.

    To be made inside a transaction: it holds the session's lock until that ends, or two people handing in at once would
    both count the same. So make it last.
    """

    def __init__(self, session: Session) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ALLOTTING, session.pk])
        self.session = session
        self._writers: dict[int, list[int]] = {}
        # By cover and colleague; filled with `loads`.
        self.covered: Counter[tuple[int, int]] = Counter()

    @cached_property
    def fellows(self) -> dict[int, list[int]]:
        """By section, those who lead it."""
        led: dict[int, list[int]] = {pk: [] for pk in self.session.sections.values_list("pk", flat=True)}
        rows = SectionFellow.objects.filter(section__session=self.session, user__is_active=True)
        for section_id, user_id in rows.values_list("section_id", "user_id"):
            led[section_id].append(user_id)
        return led

    @cached_property
    def appointed(self) -> dict[Role, set[int]]:
        """By role, those who are appointed to the session or its program."""
        by_role: dict[Role, set[int]] = defaultdict(set)
        rows = Appointment.objects.filter(user__is_active=True)
        rows = rows.filter(session=self.session) | rows.filter(program_id=self.session.program_id)
        for role, user_id in rows.values_list("role", "user_id"):
            by_role[Role(role)].add(user_id)
        return by_role

    @cached_property
    def may_read(self) -> set[int]:
        """Everybody whose role lets them read papers here."""
        staff = (people for role, people in self.appointed.items() if Perm.READ_PAPERS in GRANTS[role])
        return set().union(*self.fellows.values(), *staff)

    @cached_property
    def covers(self) -> RunningCovers:
        """Those that run."""
        return RunningCovers.of(self.session)

    @cached_property
    def running(self) -> set[int]:
        """Their keys."""
        return {cover.pk for cover in self.covers.all}

    @cached_property
    def away(self) -> dict[int, int]:
        """By cover, over or not, in whose place it is read."""
        return dict(Cover.objects.filter(session=self.session).values_list("pk", "away_id"))

    @cached_property
    def loads(self) -> Counter[tuple[int, int | None]]:
        """Papers by reader and assignment, and by reader under None."""
        reading = Reader.objects.current().primary().filter(submission__superseded_at=None)
        counted: Counter[tuple[int, int | None]] = Counter()
        here = reading.filter(submission__assignment__session=self.session).values_list(
            "user_id", "submission__assignment_id", "cover_id", "way"
        )
        for user_id, assignment_id, cover_id, way, papers in here.annotate(papers=Count("pk")):
            seat = Seat(user_id, (*way, cover_id) if cover_id else ())
            # What somebody covers counts for the one who is away: the shares of those who lead stay even.
            counted[self.home(seat), assignment_id] += papers
            counted[self.home(seat), None] += papers
            for step in self._steps(seat):
                self.covered[step] += papers
        return counted

    def home(self, seat: Seat) -> int:
        """In whose place a paper is read, at the far end of the way; the reader's own key where in nobody's."""
        return self.away[seat.way[0]] if seat.way else seat.user_id

    def _steps(self, seat: Seat) -> list[tuple[int, int]]:
        """By each cover of the way, who has the paper by it: themself, or whoever stands in for them."""
        if not seat.way:
            return []
        return list(zip(seat.way, [*(self.away[pk] for pk in seat.way[1:]), seat.user_id], strict=True))

    def pool(self, paper: Submission) -> Iterable[int]:
        """Those who could answer it: the fellows of its section, or the session's where it has no sections; for work
        that peers answer, the others who have handed in the same, until it was passed on."""
        if self.is_for_peers(paper):
            return [user_id for user_id in self.writers(paper.assignment) if user_id != paper.enrollment.user_id]
        if self.fellows:
            return self.fellows.get(paper.enrollment.section_id or 0, [])
        return self.appointed[Role.TEACHING_FELLOW]

    def is_for_peers(self, paper: Submission) -> bool:
        """Whether it is other participants who answer it."""
        if paper.assignment.answered_by != Assignment.AnsweredBy.PEERS:
            return False
        return (paper.assignment_id, paper.enrollment_id) not in self.passed_on

    @cached_property
    def passed_on(self) -> set[tuple[int, int]]:
        """Work of which peers did not answer a paper in time, by assignment and enrollment."""
        here = PassedOn.objects.filter(submission__assignment__session=self.session)
        return set(here.values_list("submission__assignment", "submission__enrollment"))

    def writers(self, assignment: Assignment) -> list[int]:
        """Participants who have handed this in and are told of what they are to answer; nobody on leave is."""
        if assignment.pk not in self._writers:
            told = Enrollment.objects.working().notified()
            papers = Submission.objects.counting().filter(assignment=assignment, enrollment__in=told)
            self._writers[assignment.pk] = list(papers.values_list("enrollment__user_id", flat=True))
        return self._writers[assignment.pk]

    def keeps(self, paper: Submission, reader: Reader | None) -> bool:
        """Whether that reader goes on: chosen by hand as long as they may read, else while they are of the pool, or
        cover for somebody who is. A paper that was given to somebody by hand stays even while they are away."""
        if reader is None:
            return False
        if not reader.allotted_by_id:
            return reader.seat in self.seats(paper)
        return self.running.issuperset(reader.seat.way) and reader.user_id in self.may_read

    def seats(self, paper: Submission) -> set[Seat]:
        """Everybody who could read it now: of the pool, those who are away replaced by who covers for them."""
        if self.is_for_peers(paper):
            return {Seat(user_id) for user_id in self.pool(paper)}
        section_id, may = paper.enrollment.section_id, self.may_read - {paper.enrollment.user_id}
        return {seat for user_id in self.pool(paper) for seat in self.covers.seats(user_id, section_id, may)}

    def stand_in(self, paper: Submission, user_id: int, way: tuple[int, ...] = ()) -> Seat:
        """Who reads in this person's place: they themself, or who has the fewest papers of the cover, or of theirs in
        turn. `way` are the covers by which this person has the paper."""
        covered = self._cover_of(paper, user_id, way)
        if covered is None:
            return Seat(user_id, way)
        cover, able = covered
        loads = self.loads
        chosen = min(able, key=lambda one: (self.covered[cover.pk, one], loads[one, None], one))
        return self.stand_in(paper, chosen, (*way, cover.pk))

    def _cover_of(self, paper: Submission, user_id: int, way: tuple[int, ...]) -> tuple[RunningCover, list[int]] | None:
        if self.is_for_peers(paper):
            return None
        may = self.may_read - {paper.enrollment.user_id}
        return self.covers.able(user_id, paper.enrollment.section_id, may, self.covers.passed(way))

    def way_back(self, paper: Submission, reader: Reader) -> Seat | None:
        """Where a covered paper stands once covers of its way are over: with whoever was away by the first of them, or
        who covers for them by now; if they may no longer read it, with whoever it is for, or who covers for them; if
        that cannot be, with whoever of the pool reads least."""
        seat = reader.seat
        over = next((number for number, pk in enumerate(seat.way) if pk not in self.running), None)
        if over is None:
            back = self.stand_in(paper, seat.user_id, seat.way)
        else:
            back = self.stand_in(paper, self.away[seat.way[over]], seat.way[:over])
        # Whoever stood in may have left.
        for there in (back, self.stand_in(paper, self.home(seat))):
            if self._is_possible(paper, there, is_by_hand=reader.allotted_by_id is not None):
                return there
        return self.choose(paper)

    def _is_possible(self, paper: Submission, seat: Seat, *, is_by_hand: bool) -> bool:
        if is_by_hand:
            return seat.user_id in self.may_read and seat.user_id != paper.enrollment.user_id
        return seat in self.seats(paper)

    def follow(self, paper: Submission, before: Reader | None) -> tuple[Seat | None, User | None]:
        """Where it goes from that reader by the covers that run now, and who chose by hand whoever it is for."""
        seat = self.way_back(paper, before) if before else self.choose(paper)
        is_theirs = before is not None and seat is not None and self.home(seat) == self.home(before.seat)
        return seat, before.allotted_by if before is not None and is_theirs else None

    def finishes(self, paper: Submission, reader: Reader) -> bool:
        """Whether they have it by a cover that is over, and are writing its answer: it goes home when that is done."""
        if self.running.issuperset(reader.seat.way) or reader.user_id not in self.may_read:
            return False
        begun = Feedback.objects.filter(submission=paper, author=reader.user_id, status=Feedback.Status.DRAFT)
        seat, _ = self.follow(paper, reader)
        return seat is not None and self.home(seat) == self.home(reader.seat) and begun.exists()

    def choose(self, paper: Submission) -> Seat | None:
        """Whoever of the pool reads least, of this assignment, then of all, or who covers for them. None: nobody."""

        def load(user_id: int) -> tuple[int, int, int]:
            return (self.loads[user_id, paper.assignment_id], self.loads[user_id, None], user_id)

        chosen = min(self.pool(paper), key=load, default=None)
        return None if chosen is None else self.stand_in(paper, chosen)

    def hand_over(
        self, paper: Submission, before: Reader | None, seat: Seat | None, *, by: User | None, now: datetime
    ) -> Reader | None:
        """Take the paper out of one queue and put it into another (None: under “No reader yet”)."""
        live = Reader.objects.current().filter(submission=paper)
        if before is not None:
            live.filter(pk=before.pk).update(ended_at=now)
            self._count(paper, before.seat, -1)
        if seat is None:
            return None
        # Somebody who read it, or an earlier attempt, as a second now reads it as the first.
        Reader.objects.current().filter(
            kind=Reader.Kind.SECOND,
            user_id=seat.user_id,
            submission__assignment=paper.assignment_id,
            submission__enrollment=paper.enrollment_id,
        ).update(ended_at=now)
        self._count(paper, seat, 1)
        reader = Reader.objects.create(
            submission=paper,
            user_id=seat.user_id,
            kind=Reader.Kind.COVERING if seat.way else Reader.Kind.PRIMARY,
            cover_id=seat.way[-1] if seat.way else None,
            way=list(seat.way[:-1]),
            allotted_by=by,
            since=now,
        )
        # Staff look at their queue; a participant is told.
        if paper.assignment.answered_by == Assignment.AnsweredBy.PEERS and seat.user_id not in self.may_read:
            outbox.enqueue(paper_to_answer(reader), now=now)
        return reader

    def _count(self, paper: Submission, seat: Seat, papers: int) -> None:
        if paper.superseded_at is not None:
            return
        home = self.home(seat)
        self.loads[home, paper.assignment_id] += papers
        self.loads[home, None] += papers
        for step in self._steps(seat):
            self.covered[step] += papers


def allot_reader(*, submission: Submission, previous: Submission | None, now: datetime) -> Reader | None:
    """Give a newly handed-in paper to the reader of the attempt before, or to whoever of the pool reads least.

    None: it stands under “No reader yet”. Where peers answer, papers that were handed in before may find their reader
    by this one.
    """
    if submission.assignment.answered_by == Assignment.AnsweredBy.NOBODY:
        return None
    allotment = Allotment(submission.assignment.session)
    before = primary_readers([previous]).get(previous.pk) if previous else None
    if before is not None and allotment.keeps(submission, before):
        return allotment.hand_over(submission, None, before.seat, by=before.allotted_by, now=now)
    seat, by = allotment.follow(submission, before)
    reader = allotment.hand_over(submission, None, seat, by=by, now=now)
    if submission.assignment.answered_by == Assignment.AnsweredBy.PEERS:
        waiting = Submission.objects.filter(assignment=submission.assignment_id).without_reader()
        for paper in waiting.select_related("assignment", "enrollment"):
            allotment.hand_over(paper, None, allotment.choose(paper), by=None, now=now)
    return reader


@transaction.atomic
def assign_reader(*, submission: Submission, user: User, reason: str = "", actor: User, now: datetime) -> Reader:
    """Give a paper and its earlier attempts to this reader; later attempts will follow. Raises MayNotRead."""
    allotment = Allotment(submission.assignment.session)
    if user.pk == submission.enrollment.user_id or user.pk not in allotment.may_read:
        raise MayNotRead(user)
    attempts = Submission.objects.filter(assignment=submission.assignment_id, enrollment=submission.enrollment_id)
    papers = list(attempts.select_related("assignment", "enrollment"))
    hand_attempts_over(allotment, papers, Seat(user.pk), reason, actor, now, by=actor)
    return primary_readers([submission])[submission.pk]


@transaction.atomic
def reallot_section(*, section: Section, actor: User | None, now: datetime) -> int:
    """After its fellows or its people changed: papers follow to the present fellows. How many people's did."""
    # And whatever is covered: who covers may have been of this section only.
    papers = Submission.objects.filter(assignment__session=section.session_id).filter(
        Q(enrollment__section=section) | Q(pk__in=Reader.objects.current().covering().values("submission"))
    )
    return _reallot(section.session, papers, actor, now)


@transaction.atomic
def reallot_enrollment(*, enrollment: Enrollment, actor: User | None, now: datetime) -> int:
    """After somebody changed section or status: their papers follow, and those they were to read as a peer.

    Somebody who comes back may be the reader for whom papers of peers have been waiting.
    """
    read_as_peer = Reader.objects.current().primary().filter(user_id=enrollment.user_id).values("submission")
    without_peer = Submission.objects.without_reader().filter(assignment__answered_by=Assignment.AnsweredBy.PEERS)
    theirs = Q(enrollment=enrollment) | Q(pk__in=read_as_peer) | Q(pk__in=without_peer.values("pk"))
    papers = Submission.objects.filter(theirs, assignment__session=enrollment.session_id)
    return _reallot(enrollment.session, papers, actor, now)


@transaction.atomic
def reallot_session(*, session: Session, actor: User | None, now: datetime) -> int:
    """After the fellows of a session without sections changed, or its first section was formed."""
    return _reallot(session, Submission.objects.filter(assignment__session=session), actor, now)


def primary_readers(papers: Iterable[Submission]) -> dict[int, Reader]:
    """By paper, in whose queue it stands. One query."""
    readers = Reader.objects.current().primary().filter(submission__in=papers)
    return {reader.submission_id: reader for reader in readers.select_related("user", "allotted_by")}


def _reallot(session: Session, papers: SubmissionQuerySet, actor: User | None, now: datetime) -> int:
    allotment = Allotment(session)
    everybodys: dict[tuple[int, int], list[Submission]] = defaultdict(list)
    for paper in papers.select_related("assignment", "enrollment").order_by("number"):
        if paper.assignment.answered_by != Assignment.AnsweredBy.NOBODY:
            everybodys[paper.assignment_id, paper.enrollment_id].append(paper)
    readers = primary_readers(papers)
    waiting = set(papers.awaiting_feedback().values_list("pk", flat=True))
    changed = 0
    for attempts in everybodys.values():
        newest = attempts[-1]
        if newest.assignment.answered_by == Assignment.AnsweredBy.PEERS and newest.pk not in waiting:
            # One peer has read and answered it: nobody else has a reason to.
            continue
        reader = readers.get(newest.pk)
        if allotment.keeps(newest, reader) or (reader and allotment.finishes(newest, reader)):
            continue
        seat, by = allotment.follow(newest, reader)
        changed += hand_attempts_over(allotment, attempts, seat, "", actor, now, by=by)
    return changed


def hand_attempts_over(
    allotment: Allotment,
    attempts: list[Submission],
    seat: Seat | None,
    reason: str,
    actor: User | None,
    now: datetime,
    by: User | None = None,
) -> bool:
    """Hand over all attempts of one person, and record it. Whether anything changed."""
    readers = primary_readers(attempts)
    has_changed = False
    for paper in attempts:
        before = readers.get(paper.pk)
        present = before.seat if before else None
        if present == seat and (before is None or before.allotted_by == by):
            continue
        after = allotment.hand_over(paper, before, seat, by=by, now=now)
        record(
            actor=actor,
            verb="gave the paper to a reader" if after else "took the paper from its reader",
            on=paper,
            before={"reader": before.user.email if before else None},
            after={"reader": after.user.email if after else None},
            reason=reason,
            scope=allotment.session.scope,
            now=now,
        )
        has_changed = True
    return has_changed

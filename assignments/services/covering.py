"""Reading in a colleague's place: from one moment to another, or for good. Papers change hands in the act itself, begun
answers go along, and at the end what the colleague has not begun goes back by itself."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import User
from assignments import notices
from assignments.models import Cover, Feedback, MovedPromise, Reader, Submission
from assignments.models.cover import CoverQuerySet
from assignments.querysets import ReaderQuerySet, SubmissionQuerySet
from assignments.services.allotting import Allotment, hand_attempts_over, primary_readers
from assignments.standing_in import sections_covered_by
from audit.services import record
from cohorts.models import Enrollment, Section
from notifications import outbox
from programs.models import Session


class CoverRefused(Exception):
    """Such a cover cannot be; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What somebody means to arrange."""

    session: Session
    away: User
    colleagues: tuple[User, ...]
    sections: tuple[Section, ...] = ()
    starts_at: datetime
    # None: for good.
    ends_at: datetime | None = None
    # What is promised earlier is promised for then.
    promises_to: datetime | None = None


@dataclass(frozen=True)
class Prospect:
    """What a plan would come to."""

    papers: list[Submission]
    shares: list[tuple[User, int]]
    begun: int
    moved: list[Submission]
    told: int


@dataclass(frozen=True)
class Return:
    """What ending a cover would come to: by papers, what goes back and what stays until it is finished; and how many
    participants know of the cover and are told."""

    back: int
    begun: int
    told: int


def preview_cover(*, plan: Plan, now: datetime) -> Prospect:
    """What `arrange_cover` would come to; changes nothing. Raises CoverRefused."""
    with transaction.atomic():
        _check(plan, Allotment(plan.session), now)
    papers = list(papers_of(plan).select_related("assignment__item", "enrollment__user").with_promise())
    shares = Counter(number % len(plan.colleagues) for number in range(len(papers)))
    return Prospect(
        papers=papers,
        shares=[(user, shares[number]) for number, user in enumerate(plan.colleagues)],
        begun=Feedback.objects.filter(submission__in=papers, status=Feedback.Status.DRAFT).count(),
        moved=[paper for paper in papers if _is_too_early(paper, plan)],
        told=len(_people(plan, papers, now)),
    )


@transaction.atomic
def arrange_cover(*, plan: Plan, message: str, key: UUID | None = None, actor: User, now: datetime) -> Cover:
    """Let colleagues read in somebody's place, move promises that cannot hold, and tell the participants, once.

    Begins at once where its beginning has come. The same key again gives the same cover. Raises CoverRefused.
    """
    allotment = Allotment(plan.session)
    if key and (again := Cover.objects.filter(key=key, session=plan.session, arranged_by=actor).first()):
        return again
    _check(plan, allotment, now)
    cover = Cover.objects.create(
        session=plan.session,
        away=plan.away,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        message=message.strip(),
        arranged_by=actor,
        arranged_at=now,
        key=key,
    )
    cover.colleagues.set(plan.colleagues)
    cover.sections.set(plan.sections)
    papers = list(papers_of(plan).select_related("assignment__item", "enrollment").with_promise())
    moved = _move_promises(papers, plan, actor, now)
    record(
        actor=actor,
        verb="arranged cover",
        on=cover,
        after={
            "away": plan.away.email,
            "colleagues": sorted(user.email for user in plan.colleagues),
            "sections": [str(section) for section in plan.sections],
            "starts_at": plan.starts_at,
            "ends_at": plan.ends_at,
            "promises_moved": len(moved),
        },
        scope=plan.session.scope,
        now=now,
    )
    people = _people(plan, papers, now)
    outbox.enqueue([notices.cover_arranged(cover, user, moved.get(user, ())) for user in people], now=now)
    outbox.enqueue(notices.cover_for_colleagues(cover, now=now), now=now)
    if plan.starts_at <= now:
        _end_due(Cover.objects.filter(session=plan.session), now)
        begin_cover(cover=cover, actor=actor, now=now)
    return cover


@transaction.atomic
def begin_cover(*, cover: Cover, actor: User | None, now: datetime) -> bool:
    """Hand the papers over, evenly; False where somebody was quicker, or it was called off. Begun answers go along."""
    allotment = Allotment(cover.session)
    if not Cover.objects.planned().filter(pk=cover.pk).update(began_at=now):
        return False
    cover.began_at = now
    record(actor=actor, verb="cover began", on=cover, scope=cover.session.scope, now=now)
    waiting = queue_of(cover.away, cover.session, [section.pk for section in cover.sections.all()])
    _move_on(allotment, waiting, actor, now)
    return True


def preview_end(*, cover: Cover, now: datetime) -> Return:
    """What `end_cover` would come to; changes nothing."""
    readers = Reader.objects.current().covering().filter(_leads_through(cover))
    waiting = readers.filter(submission__in=Submission.objects.awaiting_feedback())
    counted = waiting.aggregate(all=Count("pk"), begun=Count("pk", filter=_is_being_answered()))
    told = _people_to_tell(cover, now).count()
    return Return(back=counted["all"] - counted["begun"], begun=counted["begun"], told=told)


@transaction.atomic
def end_cover(*, cover: Cover, message: str = "", actor: User | None, now: datetime) -> bool:
    """Give back what the colleagues have not begun; what they have follows when it is finished. False where it was
    over already. One that has not begun is called off.

    Without an actor its time is over, which everybody knows. Else colleagues are told, and in these words the
    participants who know of it and whom it still concerns.
    """
    allotment = Allotment(cover.session)
    is_early = actor is not None and not cover.is_over(now)
    said = {"ended_by": actor, "end_message": message.strip()} if is_early else {}
    if not Cover.objects.standing().filter(pk=cover.pk).update(ended_at=now, **said):
        return False
    cover.refresh_from_db()
    notices.hold_covers_notices(cover)
    record(actor=actor, verb="cover ended", on=cover, scope=cover.session.scope, now=now)
    if cover.end_message:
        outbox.enqueue([notices.cover_over(cover, place.user_id) for place in _people_to_tell(cover, now)], now=now)
    if is_early:
        outbox.enqueue(notices.cover_over_for_colleagues(cover, now=now), now=now)
    _give_back(allotment, actor, now)
    return True


def mind_covers(*, now: datetime) -> int:
    """End and begin what is due, and give back what was finished since; safe to run twice or in parallel. How many
    covers ended or began.

    Ends first: who comes back may be whoever stands in from that moment.
    """
    count = _end_due(Cover.objects.all(), now)
    for cover in Cover.objects.planned().filter(starts_at__lte=now).select_related("session", "away").order_by("pk"):
        count += begin_cover(cover=cover, actor=None, now=now)
    left = covered_no_longer().values("submission__assignment__session")
    for session in Session.objects.filter(pk__in=left).order_by("pk"):
        with transaction.atomic():
            _give_back(Allotment(session), None, now)
    return count


def _end_due(covers: CoverQuerySet, now: datetime) -> int:
    due = covers.standing().filter(ends_at__lte=now).select_related("session", "away").order_by("pk")
    return sum(end_cover(cover=cover, actor=None, now=now) for cover in due)


def covered_no_longer() -> ReaderQuerySet:
    """Who has a paper still by a way that leads through a cover that is over, and is not writing about it."""
    over = Cover.objects.filter(ended_at__isnull=False).order_by().values("pk")
    covering = Reader.objects.current().covering().filter(~_is_being_answered())
    return covering.filter(Q(cover__ended_at__isnull=False) | (~Q(way=[]) & Q(way__overlap=ArraySubquery(over))))


def papers_of(plan: Plan) -> SubmissionQuerySet:
    """The papers that would change hands now, oldest first."""
    return queue_of(plan.away, plan.session, [section.pk for section in plan.sections])


def queue_of(away: User, session: Session, sections: Collection[int]) -> SubmissionQuerySet:
    """What waits in somebody's queue, of these sections or of all; what they read as a peer stays with them."""
    waiting = Submission.objects.in_queue_of(away).filter(assignment__session=session)
    waiting = waiting.exclude(pk__in=Submission.objects.for_peers().values("pk"))
    if sections:
        waiting = waiting.filter(enrollment__section__in=sections)
    return waiting.order_by("handed_in_at", "pk")


def attempts_of(papers: SubmissionQuerySet) -> list[list[Submission]]:
    """All attempts of each of these papers, the newest last. Two queries."""
    order = list(papers.values_list("assignment_id", "enrollment_id"))
    works = Q(pk__in=[])
    for assignment_id, enrollment_id in order:
        works |= Q(assignment=assignment_id, enrollment=enrollment_id)
    found: dict[tuple[int, int], list[Submission]] = defaultdict(list)
    for paper in Submission.objects.filter(works).select_related("assignment", "enrollment").order_by("number"):
        found[paper.assignment_id, paper.enrollment_id].append(paper)
    return [found[work] for work in order]


def _give_back(allotment: Allotment, actor: User | None, now: datetime) -> None:
    """To whoever was away, if they may still read it, else to whoever of the pool reads least."""
    over = covered_no_longer().filter(submission__assignment__session=allotment.session)
    papers = Submission.objects.counting().filter(pk__in=over.values("submission")).order_by("handed_in_at", "pk")
    _move_on(allotment, papers, actor, now)
    # Older attempts whose newest one has another reader by now.
    over.filter(submission__superseded_at__isnull=False).update(ended_at=now)


def _move_on(allotment: Allotment, papers: SubmissionQuerySet, actor: User | None, now: datetime) -> None:
    """Each to where it belongs by the covers that run now, with its earlier attempts."""
    for attempts in attempts_of(papers):
        newest = attempts[-1]
        before = primary_readers(attempts)[newest.pk]
        seat, by = allotment.follow(newest, before)
        hand_attempts_over(allotment, attempts, seat, "", actor, now, by=by)


def _is_being_answered() -> Exists:
    """Whether this reader has begun an answer and not finished it."""
    begun = Feedback.objects.filter(
        submission=OuterRef("submission"), author=OuterRef("user"), status=Feedback.Status.DRAFT
    )
    return Exists(begun)


def _is_too_early(paper: Submission, plan: Plan) -> bool:
    return plan.promises_to is not None and paper.promised_at is not None and paper.promised_at < plan.promises_to


def _move_promises(papers: Iterable[Submission], plan: Plan, actor: User, now: datetime) -> dict[int, list[Submission]]:
    """By the person to be told, whose promise is another one now."""
    moved: dict[int, list[Submission]] = defaultdict(list)
    for paper in papers:
        if plan.promises_to is not None and _is_too_early(paper, plan):
            MovedPromise.objects.create(submission=paper, promised_at=plan.promises_to, moved_by=actor, moved_at=now)
            record(
                actor=actor,
                verb="moved the promised date",
                on=paper,
                before={"promised_at": paper.promised_at},
                after={"promised_at": plan.promises_to},
                scope=plan.session.scope,
                now=now,
            )
            paper.promised_at = plan.promises_to
            moved[paper.enrollment.user_id].append(paper)
    return moved


def _people(plan: Plan, papers: Iterable[Submission], now: datetime) -> list[int]:
    """Participants whom it concerns: of the covered sections, or of those that the person leads; and whoever waits."""
    sections = [section.pk for section in plan.sections]
    concerned = _concerned(plan.session, plan.away, sections, Q(pk__in=[paper.enrollment_id for paper in papers]), now)
    return list(concerned.values_list("user_id", flat=True))


def _people_to_tell(cover: Cover, now: datetime) -> QuerySet[Enrollment]:
    """Of those who know of a cover, whom its end concerns: of its sections, or with a paper in it."""
    sections = [section.pk for section in cover.sections.all()]
    papers = queue_of(cover.away, cover.session, sections)
    if cover.began_at is not None:
        through = Reader.objects.covering().filter(_leads_through(cover))
        papers = Submission.objects.filter(pk__in=through.values("submission"))
    whose = Q(pk__in=papers.order_by().values("enrollment"))
    concerned = _concerned(cover.session, cover.away, sections, whose, now)
    return concerned.filter(user__in=notices.who_heard(cover))


def _concerned(
    session: Session, away: User, sections: Collection[int], others: Q, now: datetime
) -> QuerySet[Enrollment]:
    where = Q(section__in=sections)
    if not sections:
        where = Q(section__in=away.fellowships.filter(section__session=session).values("section"))
        where |= Q(section__in=sections_covered_by(away, session))
    return Enrollment.objects.reading(now).working().filter(where | others, session=session).order_by("pk")


def _leads_through(cover: Cover) -> Q:
    """Of readers: who has, or had, the paper by this cover, or by one of whoever stands in."""
    return Q(cover=cover) | Q(way__contains=[cover.pk])


def _check(plan: Plan, allotment: Allotment, now: datetime) -> None:
    """Under the session's lock, so that two who arrange at once see each other.

    Whoever is away stands in for nobody in that time, so no way of covers leads back into itself.
    """
    names = {user.pk for user in plan.colleagues}
    if not names:
        raise CoverRefused("Choose who reads meanwhile.")
    if plan.away.pk in names:
        raise CoverRefused(f"{plan.away} cannot cover for themself.")
    for user in (plan.away, *plan.colleagues):
        if user.pk not in allotment.may_read:
            raise CoverRefused(f"{user} does not read papers in this session.")
    if plan.ends_at is not None and plan.ends_at <= max(plan.starts_at, now):
        raise CoverRefused("Cover ends after it begins, and not in the past.")
    if plan.promises_to is not None and plan.promises_to <= now:
        raise CoverRefused("A promise can only be moved to a day that lies ahead.")
    meanwhile = Cover.objects.standing().filter(session=plan.session)
    meanwhile = meanwhile.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=plan.starts_at))
    if plan.ends_at is not None:
        meanwhile = meanwhile.filter(starts_at__lt=plan.ends_at)
    of_the_same = meanwhile.filter(away=plan.away)
    if plan.sections:
        of_the_same = of_the_same.filter(Q(sections=None) | Q(sections__in=plan.sections))
    if of_the_same.exists():
        raise CoverRefused(f"{plan.away} is covered for in that time already: end that cover first.")
    if busy := meanwhile.filter(away__in=names).select_related("away").first():
        raise CoverRefused(f"{busy.away} is away in that time too.")

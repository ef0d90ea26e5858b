"""Papers that participants answer each other: whoever stays silent is replaced in time for the promise."""

from collections import defaultdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Greatest

from assignments import notices
from assignments.models import Feedback, PassedOn, Reader, Submission
from assignments.promises import PromisedAt
from assignments.querysets import SubmissionQuerySet
from assignments.services.allotting import Allotment, hand_attempts_over, primary_readers
from notifications import outbox
from programs.models import Session

# So long before the promise a paper goes from a silent peer to staff, who need the time to answer it.
BEFORE_PROMISE = timedelta(days=2)
# So long peers have where no day is promised: from the deadline, or from when it was handed in if that was later.
WITHOUT_PROMISE = timedelta(days=14)


def unanswered_by_peers(at: datetime) -> SubmissionQuerySet:
    """Papers that peers have not answered although it is time; those for which an answer is finished wait for it."""
    finished = Feedback.objects.filter(submission=OuterRef("pk"), status=Feedback.Status.HELD)
    waiting = Submission.objects.awaiting_feedback().for_peers().filter(~Exists(finished))
    timed = waiting.annotate(promised=PromisedAt(F("pk")), began=Greatest(F("handed_in_at"), F("authors__due_at")))
    return timed.filter(
        Q(promised__lte=at + BEFORE_PROMISE) | Q(promised__isnull=True, began__lte=at - WITHOUT_PROMISE),
    )


def pass_on_silent(*, now: datetime) -> int:
    """Give to staff what peers have not answered in time, one act for each session; safe to run twice or in parallel.
    How many papers were passed on."""
    found: dict[int, list[int]] = defaultdict(list)
    for pk, session_id in unanswered_by_peers(now).values_list("pk", "assignment__session"):
        found[session_id].append(pk)
    return sum(_pass_on(Session.objects.get(pk=session_id), papers, now) for session_id, papers in found.items())


@transaction.atomic
def _pass_on(session: Session, papers: list[int], now: datetime) -> int:
    """Asked again under the session's lock: a peer may have answered meanwhile, or another worker passed it on."""
    allotment = Allotment(session)
    late = unanswered_by_peers(now).filter(pk__in=papers).order_by("handed_in_at", "pk")
    late_papers = list(late.select_related("assignment__session", "enrollment"))
    before = primary_readers(late_papers)
    PassedOn.objects.bulk_create(PassedOn(submission=paper, at=now) for paper in late_papers)
    for paper in late_papers:
        silent = before.get(paper.pk)
        if allotment.keeps(paper, silent):
            # Staff were asked by hand already.
            continue
        attempts = Submission.objects.filter(assignment=paper.assignment_id, enrollment=paper.enrollment_id)
        ordered = list(attempts.select_related("assignment__session", "enrollment").order_by("number"))
        hand_attempts_over(allotment, ordered, allotment.choose(paper), "Not answered by a peer in time", None, now)
        if silent:
            outbox.enqueue(notices.paper_passed_on(silent), now=now)
        after = Reader.objects.current().primary().filter(submission=paper).first()
        if after:
            outbox.enqueue(notices.paper_to_take_over(after), now=now)
    return len(late_papers)

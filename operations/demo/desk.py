"""What makes the reading desk worth a look: revisions of papers that were answered, marks, tags, kept comments."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from assignments.models import Feedback, Submission, Tag
from assignments.services import bank_comment, hand_in, mark_for_chair, tag_paper
from assignments.texts import fingerprint
from cohorts.models import Enrollment
from operations.demo import texts
from programs.models import Session

NAMESPACE = UUID("2c1f8a52-6d0b-4a7e-9b7d-0f5c3e1a9d44")
# In how many papers somebody sees something that the chair should see.
MARKED = 4
REVISED = 3


def show_desk(session: Session, *, now: datetime) -> None:
    """A few hand in again what was to be revised; readers mark papers and keep comments."""
    revise_some(session, now)
    tags = list(Tag.objects.filter(session=session))
    waiting = Submission.objects.awaiting_feedback().filter(assignment__session=session, readers__kind="primary")
    papers = waiting.exclude(assignment__answered_by="peers").select_related("assignment__session__program")
    for number, submission in enumerate(papers.order_by("handed_in_at", "pk")[:MARKED]):
        reader = submission.readers.current().primary().select_related("user").get().user
        mark_for_chair(submission=submission, is_marked=True, actor=reader, now=now - timedelta(hours=number + 1))
        for tag in tags[number % len(tags) :][: 1 + number % 2] if tags else ():
            tag_paper(submission=submission, tag=tag, is_tagged=True, actor=reader, now=now)
        for text in texts.KEPT_COMMENTS:
            bank_comment(text=text, actor=reader, now=now)


def revise_some(session: Session, now: datetime) -> None:
    """The first of those whose papers are to be revised do so, as the comment asked."""
    asked = Feedback.objects.asking_for_revision().filter(
        submission__assignment__session=session, revise_until__gt=now, submission__superseded_at=None
    )
    papers = asked.select_related("submission__assignment__session__program", "submission__enrollment__user")
    active = papers.filter(submission__enrollment__status=Enrollment.Status.ACTIVE)
    for number, feedback in enumerate(active.order_by("pk")[:REVISED], start=1):
        older = feedback.submission
        hand_in(
            assignment=older.assignment,
            enrollment=older.enrollment,
            text=revised(older, feedback),
            declared=older.declared,
            affirmed=fingerprint(session.honesty),
            key=uuid5(NAMESPACE, older.receipt),
            actor=older.enrollment.user,
            now=now - timedelta(hours=5, minutes=number),
        )


def revised(older: Submission, feedback: Feedback) -> str:
    """The paper with what was commented on written anew, and something that was tried."""
    text = older.text
    comment = feedback.comments.first()
    if comment is not None:
        text = text[: comment.starts_at_char] + texts.WRITTEN_ANEW + text[comment.ends_at_char :]
    return f"{text}\n\n{texts.TRIED}"

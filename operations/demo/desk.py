"""What makes the reading desk worth a look: revisions, marks, tags, kept comments, second readings, reviews."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from accounts.models import User
from accounts.roles import Role
from assignments.models import Assignment, Feedback, Submission, Tag
from assignments.services import bank_comment, hand_in, mark_for_chair, tag_paper
from assignments.services.concerns import clear_concern, raise_concern
from assignments.services.second_readings import DrawRefused, draw_sample, finish_second_reading
from assignments.texts import fingerprint
from cohorts.models import Enrollment
from operations.demo import texts
from programs.models import Session

NAMESPACE = UUID("2c1f8a52-6d0b-4a7e-9b7d-0f5c3e1a9d44")
# In how many papers somebody sees something that the chair should see.
MARKED = 4
REVISED = 3
DRAWN = 6


def show_desk(session: Session, *, now: datetime) -> None:
    """A few hand in again what was to be revised; readers read a second time, mark papers and keep comments."""
    revise_some(session, now)
    compare_some(session, now)
    review_some(session, now)
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


def compare_some(session: Session, now: datetime) -> None:
    """Answered papers are drawn for a second reading; most are read, so that there is something to compare."""
    head = User.objects.filter(appointments__session=session, appointments__role=Role.HEAD_TEACHING_FELLOW).first()
    answered = Feedback.objects.in_force().filter(submission__superseded_at=None).values("submission__assignment")
    work = Assignment.objects.filter(session=session, answered_by=Assignment.AnsweredBy.FELLOW, pk__in=answered)
    assignment = work.select_related("session__program").order_by("due_at", "pk").first()
    if head is None or assignment is None:
        return
    try:
        sample = draw_sample(
            assignment=assignment,
            count=DRAWN,
            key=uuid5(NAMESPACE, session.slug),
            actor=head,
            now=now - timedelta(days=2),
        )
    except DrawRefused:
        # Of a session whose papers have one reader only.
        return
    criteria = [list(criterion.levels.all()) for criterion in assignment.criteria.prefetch_related("levels")]
    for number, reading in enumerate(sample.readings.select_related("reader__user").order_by("pk")[: DRAWN - 1]):
        reading.sample = sample
        levels = {one[0].criterion_id: one[-1 - (number + place) % 2].pk for place, one in enumerate(criteria) if one}
        finish_second_reading(
            reading=reading,
            levels=levels,
            result=Feedback.Result.PLEASE_REVISE if number % 3 == 2 else Feedback.Result.COMPLETE,
            note=texts.SECOND_NOTES[number % len(texts.SECOND_NOTES)],
            actor=reading.reader.user,
            now=now - timedelta(days=1, hours=number),
        )


def review_some(session: Session, now: datetime) -> None:
    """One paper is under review; with another the review has ended, and its feedback goes on."""
    heads = User.objects.filter(appointments__session=session, appointments__role=Role.HEAD_TEACHING_FELLOW)
    papers = Submission.objects.awaiting_feedback().filter(assignment__session=session, feedback=None)
    asked = papers.exclude(assignment__answered_by="peers").select_related("assignment__session__program", "enrollment")
    for number, submission in enumerate(asked.order_by("-handed_in_at", "-pk")[:2]):
        reader = submission.readers.current().primary().select_related("user").first()
        if reader is None:
            continue
        concern = raise_concern(
            submission=submission,
            note=texts.CONCERNS[number],
            actor=reader.user,
            now=max(submission.handed_in_at, now - timedelta(hours=4 + 20 * number)),
        )
        head = heads.first()
        if number and head:
            clear_concern(concern=concern, outcome=texts.OUTCOME, actor=head, now=now - timedelta(hours=2))


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

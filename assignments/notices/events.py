"""What is told at once, in the transaction of what happened."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from assignments.models import Assignment, Feedback, Reader, Submission, SubmissionAuthor, SubmissionFile
from assignments.notices.pairs import answering, staff_among, told_of, who_answers
from assignments.texts import is_blank
from cohorts.models import Enrollment
from notifications.hours import is_near
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Wanted, instant_key, register
from notifications.models import Lane, Notice

UNREADABLE = "the person can no longer read what it leads to"


def receipt(submission: Submission) -> NoticeRequest:
    """That a paper has arrived."""
    return RECEIPT.to(submission.enrollment.user_id, on=submission, scope=submission.assignment.session.scope)


def feedback_released(feedback: Feedback) -> NoticeRequest:
    """That a paper is answered; a corrected answer is another row and told again."""
    submission = feedback.submission
    return FEEDBACK_RELEASED.to(submission.enrollment.user_id, on=feedback, scope=submission.assignment.session.scope)


def deadline_changed(
    assignment: Assignment, enrollment: Enrollment, *, was_due_at: datetime, due_at: datetime, now: datetime
) -> NoticeRequest:
    """That this person's deadline is another one than before: granted, revoked or moved. By itself when one is near."""
    return DEADLINE_CHANGED.to(
        enrollment.user_id,
        on=assignment,
        occurrence=f"{instant_key(now)} from {instant_key(was_due_at)}",
        scope=assignment.session.scope,
        context={"was_due_at": was_due_at.isoformat()},
        alone=is_near(was_due_at, due_at, now=now),
    )


def paper_to_answer(reader: Reader) -> NoticeRequest:
    """To a participant: that a fellow participant's paper waits for their answer."""
    return PAPER_TO_ANSWER.to(reader.user_id, on=reader, scope=reader.submission.assignment.session.scope)


def unanswered_papers(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While they are still the reader and the paper still waits."""
    readers = Reader.objects.current().filter(pk__in=_objects(notices))
    waiting = Submission.objects.awaiting_feedback()
    rows = set(readers.filter(submission__in=waiting).values_list("pk", "user"))
    return {
        notice.pk: True if (notice.object_id, notice.recipient_id) in rows else "the paper waits for them no longer"
        for notice in notices
    }


def readable_receipts(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """A receipt is told whatever the status, as long as the person can read the paper."""
    places = Enrollment.objects.reading_own_work(now)
    rows = Submission.objects.filter(pk__in=_objects(notices), enrollment__in=places)
    return _only(notices, set(rows.values_list("pk", "enrollment__user")))


def readable_answers(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """An answer likewise, and only while it is released."""
    places = Enrollment.objects.reading_own_work(now)
    rows = Feedback.objects.filter(
        pk__in=_objects(notices), status=Feedback.Status.RELEASED, submission__enrollment__in=places
    )
    return _only(notices, set(rows.values_list("pk", "submission__enrollment__user")))


def readable_deadlines(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """To people who still do the work."""
    told = told_of(notices, Enrollment.objects.reading(now).working(), now)
    return _only(notices, set(told))


def describe_receipts(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """What arrived when, and who will answer it; never the text itself."""
    papers = Submission.objects.with_promise().select_related(
        "assignment__item", "assignment__session__program", "handed_in_by"
    )
    rows = papers.in_bulk(_objects(notices))
    files: dict[int, list[SubmissionFile]] = {}
    for file in SubmissionFile.objects.filter(submission__in=rows).defer("text"):
        files.setdefault(file.submission_id, []).append(file)
    authors = {row.submission_id: row for row in SubmissionAuthor.objects.filter(submission__in=rows)}
    readers = Reader.objects.current().primary().filter(submission__in=rows).select_related("user")
    by_paper = {row.submission_id: row.user for row in readers}
    staff = staff_among((rows[paper].assignment.session, user) for paper, user in by_paper.items())
    return {
        notice.pk: Described(
            context=_receipt_context(submission, authors[submission.pk], files.get(submission.pk, [])),
            reply_to=answering(submission.assignment.session, by_paper.get(submission.pk), staff),
            # It says how the work came to be: by whom it was handed in and why, with what help.
            is_confidential=True,
        )
        for notice in notices
        if (submission := rows.get(notice.object_id))
    }


def describe_answers(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """That it is there and what it comes to; the answer itself is read on the page."""
    rows = (
        Feedback.objects.with_revision_due()
        .select_related("author", "submission__assignment__item", "submission__assignment__session__program")
        .in_bulk(_objects(notices))
    )
    staff = staff_among((row.submission.assignment.session, row.author) for row in rows.values())
    return {
        notice.pk: Described(
            context={
                **_about(feedback.submission.assignment),
                "author": str(feedback.author),
                "result": feedback.get_result_display(),
                "revise_until": feedback.revision_due_at,
                "is_correction": feedback.version > 1,
                "path": feedback.get_absolute_url(),
            },
            reply_to=answering(feedback.submission.assignment.session, feedback.author, staff),
            # It names the result.
            is_confidential=True,
        )
        for notice in notices
        if (feedback := rows.get(notice.object_id))
    }


def describe_deadlines(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """The deadline as it stands now, whatever it was when this was written."""
    told = told_of(notices, Enrollment.objects.reading(now).working(), now)
    fellows = who_answers(work.section for work in told.values())
    return {
        notice.pk: Described(
            context={
                **_about(work),
                "due_at": work.own_due_at,
                "closes_at": work.own_closes_at,
                "was_due_at": datetime.fromisoformat(notice.context["was_due_at"]),
                "granted_by": work.granted_by,
                "path": work.get_absolute_url(),
            },
            reply_to=fellows.get(work.section) or work.session.answers_to,
        )
        for notice in notices
        if (work := told.get((notice.object_id, notice.recipient_id or 0)))
    }


def describe_papers(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """Whose paper it is and where it is read."""
    rows = Reader.objects.select_related(
        "submission__assignment__item", "submission__assignment__session__program", "submission__enrollment__user"
    ).in_bulk(_objects(notices))
    return {
        notice.pk: Described(
            context={
                **_about(reader.submission.assignment),
                "writer": str(reader.submission.enrollment.user),
                "path": reverse("assignments:desk-peer-queue", args=[reader.submission.assignment.session.slug]),
            },
            reply_to=reader.submission.assignment.session.answers_to,
        )
        for notice in notices
        if (reader := rows.get(notice.object_id))
    }


def _objects(notices: Sequence[Notice]) -> set[int]:
    return {notice.object_id for notice in notices}


def _only(notices: Sequence[Notice], readable: set[tuple[int, int]]) -> dict[int, Wanted]:
    return {
        notice.pk: True if (notice.object_id, notice.recipient_id) in readable else UNREADABLE for notice in notices
    }


def _about(assignment: Assignment) -> dict[str, Any]:
    return {
        "title": assignment.item.title,
        "session": str(assignment.session),
        "program_zone": assignment.session.zone,
    }


def _receipt_context(
    submission: Submission, author: SubmissionAuthor, files: Sequence[SubmissionFile]
) -> dict[str, Any]:
    return {
        **_about(submission.assignment),
        "receipt": submission.receipt,
        "attempt": submission.number,
        "handed_in_at": submission.handed_in_at,
        "words": submission.words,
        "sha256": submission.sha256,
        "entered_by": "" if submission.entered_at is None else str(submission.handed_in_by),
        "entered_note": submission.entered_note,
        "has_text": not is_blank(submission.text),
        "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in files],
        "late_by": author.late_by,
        "answered_by": submission.assignment.answered_by,
        "promised_at": None if submission.comes_later else submission.promised_at,
        # What was said beside it: that it was, as with the text.
        "quoting": submission.quoting,
        "has_commitment": not is_blank(submission.commitment),
        "has_help": not is_blank(submission.help_used),
        "link_host": submission.link_host if submission.link else "",
        "path": submission.get_absolute_url(),
    }


RECEIPT = register(
    Kind(
        key="assignments.receipt",
        name="Receipts for what you hand in",
        lane=Lane.ACCOUNT,
        is_optional=False,
        audience=Audience.PARTICIPANTS,
        subject="Handed in: “{{ title }}” ({{ receipt }})",
        why="you handed in “{{ title }}” in {{ session }}",
        lasts=timedelta(days=7),
        still_wanted=readable_receipts,
        describe=describe_receipts,
    )
)
FEEDBACK_RELEASED = register(
    Kind(
        key="assignments.feedback_released",
        name="Feedback on your work",
        lane=Lane.EVENT,
        is_optional=True,
        audience=Audience.PARTICIPANTS,
        subject="Your feedback on “{{ title }}”",
        why="you handed in “{{ title }}” in {{ session }}",
        lasts=timedelta(days=7),
        still_wanted=readable_answers,
        describe=describe_answers,
    )
)
DEADLINE_CHANGED = register(
    Kind(
        key="assignments.deadline_changed",
        name="Deadlines that change",
        lane=Lane.REMINDER,
        is_optional=False,
        audience=Audience.PARTICIPANTS,
        subject="“{{ title }}” is now due {% when due_at %}",
        why="your deadline for “{{ title }}” in {{ session }} was changed",
        still_wanted=readable_deadlines,
        describe=describe_deadlines,
    )
)
PAPER_TO_ANSWER = register(
    Kind(
        key="assignments.paper_to_answer",
        name="Papers for you to answer",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.PARTICIPANTS,
        subject="A paper for you to answer: “{{ title }}”",
        why="you take part in {{ session }}, where participants answer each other’s “{{ title }}”",
        lasts=timedelta(days=7),
        still_wanted=unanswered_papers,
        describe=describe_papers,
    )
)

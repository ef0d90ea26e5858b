from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Perm
from assignments.declared import ANSWERS, Quoting
from assignments.models import Feedback, PaperOpening, Submission
from assignments.passages import read_files
from assignments.querysets import SubmissionQuerySet
from assignments.services import change_quoting
from assignments.source import page_of
from assignments.texts import remark_on_length
from cohorts.http import SessionRequest
from core.access import requires
from core.refusals import conflict


def own_papers(request: SessionRequest, pk: int) -> SubmissionQuerySet:
    """What this person handed in for the assignment."""
    papers = Submission.objects.own_of(request.user, request.now)
    return papers.filter(assignment=pk, assignment__session=request.program_session)


@requires(Perm.READ_OWN_WORK)
@require_safe
def receipt_read(request: SessionRequest, session_slug: str, pk: int, receipt: str) -> HttpResponse:
    """What arrived, when, and the text itself. Three queries."""
    papers = (
        own_papers(request, pk)
        .with_lateness()
        .with_quoting()
        .with_promise()
        .select_related("assignment__item__module", "handed_in_by")
    )
    submission = get_object_or_404(papers, receipt=receipt)
    submission.assignment.session = request.program_session
    context = {
        "session": request.program_session,
        "program_zone": request.program_session.zone,
        "submission": submission,
        "assignment": submission.assignment,
        "text": page_of(submission.text),
        "length_remark": length_remark(submission),
        "files": submission.files.select_related("stored").defer("text"),
        "quotings": ANSWERS,
        "openings": PaperOpening.objects.filter(submission=submission).select_related("user"),
    }
    return render(request, "assignments/receipt.html", context)


def length_remark(submission: Submission) -> str:
    """What is said of a length that was not asked for; nothing of a short text where files may hold the rest."""
    assignment = submission.assignment
    least = None if assignment.most_files else assignment.min_words
    return remark_on_length(submission.words, least, assignment.max_words) if not submission.superseded_at else ""


@requires(Perm.READ_OWN_WORK)
@require_POST
def quoting_change(request: SessionRequest, session_slug: str, pk: int, receipt: str) -> HttpResponse:
    """Say otherwise whether it may be quoted, at any time."""
    papers = own_papers(request, pk).select_related("assignment")
    submission = get_object_or_404(papers, receipt=receipt)
    submission.assignment.session = request.program_session
    choice = request.POST.get("quoting")
    if choice not in Quoting.values:
        return conflict(request, "Choose one of the three, and save it once more.")
    change_quoting(submission=submission, choice=Quoting(choice), actor=request.user, now=request.now)
    return redirect(f"{submission.get_absolute_url()}#quoting")


@requires(Perm.READ_OWN_WORK)
@require_safe
def receipt_text(request: SessionRequest, session_slug: str, pk: int, receipt: str) -> HttpResponse:
    """The very bytes that the receipt's SHA-256 is of, to be kept."""
    submission = get_object_or_404(own_papers(request, pk), receipt=receipt)
    return HttpResponse(
        submission.text.encode(),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{submission.receipt}.txt"'},
    )


@requires(Perm.READ_OWN_WORK)
@require_safe
def feedback_read(request: SessionRequest, session_slug: str, pk: int, number: int) -> HttpResponse:
    """The paper with the released answer to it. Five queries."""
    answers = Feedback.objects.visible_to(request.user, at=request.now).in_force().with_revision_due()
    mine = answers.filter(
        submission__assignment=pk,
        submission__assignment__session=request.program_session,
        submission__enrollment=request.membership.enrollment,
    )
    answer = get_object_or_404(
        mine.select_related("author", "submission__assignment__item__module"), submission__number=number
    )
    answer.submission.assignment.session = request.program_session
    comments = list(answer.comments.select_related("file"))
    spans = [(one.file.position if one.file else 0, one.starts_at_char, one.ends_at_char) for one in comments]
    remarked = {one.file.position: one.file for one in comments if one.file}
    context = {
        "session": request.program_session,
        "program_zone": request.program_session.zone,
        "answer": answer,
        "submission": answer.submission,
        "assignment": answer.submission.assignment,
        "files": answer.submission.files.defer("text"),
        "levels": answer.levels.select_related("criterion", "level").order_by("criterion__position"),
        "comments": comments,
        "asked_before": answer.asked_before() if answer.submission.number > 1 else [],
        "text": page_of(answer.submission.text, [(begins, ends) for of, begins, ends in spans if not of]),
        "remarked_files": read_files(remarked.values(), spans),
    }
    return render(request, "assignments/feedback.html", context)

"""Files of papers, fetched by those who read the papers; each fetch is recorded like the look at a text."""

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.roles import Perm
from assignments.models import Assignment, Submission, SubmissionFile
from assignments.querysets import SubmissionFileQuerySet
from assignments.services.looks import note_look
from cohorts.http import SessionRequest
from core.access import requires
from files.responses import attachment, shown_picture


@requires(Perm.OPEN_DESK)
@require_safe
def paper_file(request: SessionRequest, session_slug: str, pk: int, position: int) -> FileResponse:
    """A file as it was handed in, to be downloaded."""
    return download(request, files_of(request, pk), position)


@requires(Perm.OPEN_DESK)
@require_safe
def paper_file_shown(request: SessionRequest, session_slug: str, pk: int, position: int) -> FileResponse:
    """The copy of a picture that stands on the page."""
    return show(request, files_of(request, pk), position)


@requires(Perm.DO_WORK)
@require_safe
def peer_paper_file(request: SessionRequest, session_slug: str, pk: int, position: int) -> FileResponse:
    """As above for the fellow participant who was asked to answer the paper."""
    return download(request, for_peers(files_of(request, pk)), position)


@requires(Perm.DO_WORK)
@require_safe
def peer_paper_file_shown(request: SessionRequest, session_slug: str, pk: int, position: int) -> FileResponse:
    """As above."""
    return show(request, for_peers(files_of(request, pk)), position)


def files_of(request: SessionRequest, pk: int) -> SubmissionFileQuerySet:
    """The files of a paper of this session that is this person's to read and not their own."""
    mine = SubmissionFile.objects.visible_to(request.user, request.now).exclude(
        submission__enrollment__user=request.user
    )
    return mine.filter(submission=pk, submission__assignment__session=request.program_session)


def for_peers(files: SubmissionFileQuerySet) -> SubmissionFileQuerySet:
    """Only those of work that participants answer."""
    return files.filter(submission__assignment__answered_by=Assignment.AnsweredBy.PEERS)


def download(request: SessionRequest, files: SubmissionFileQuerySet, position: int) -> FileResponse:
    """Record the look and send the bytes as they came."""
    found = find(request, files, position)
    return attachment(found.stored, name_for(request, found), content_type=found.admitted_as.content_type)


def show(request: SessionRequest, files: SubmissionFileQuerySet, position: int) -> FileResponse:
    """Record the look and send the copy; 404 for what is no picture."""
    found = find(request, files.filter(shown__isnull=False), position)
    if found.shown is None:
        raise Http404
    return shown_picture(found.shown, f"{name_for(request, found)}.jpg")


def name_for(request: SessionRequest, found: SubmissionFile) -> str:
    """Its own; a second reader, who is not told who wrote the paper, gets it by its number."""
    papers = Submission.objects.visible_to(request.user, request.now)
    if papers.filter(pk=found.submission_id).exists():
        return found.name
    return f"File {found.position}.{found.name.rpartition('.')[2]}"


def find(request: SessionRequest, files: SubmissionFileQuerySet, position: int) -> SubmissionFile:
    """The file, when it was recorded who asked for it."""
    rows = files.select_related("stored", "shown", "submission__assignment__session").defer("text", "submission__text")
    found = get_object_or_404(rows, position=position)
    note_look(submission=found.submission, file=found.name, actor=request.user, now=request.now)
    return found

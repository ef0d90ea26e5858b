"""Files beside the text that is being written: added, taken out, fetched by their writer; all of it without script."""

from collections.abc import Sequence

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Perm
from assignments.forms import PaperForm
from assignments.models import Assignment, DraftFile, SubmissionFile
from assignments.querysets import DraftFileQuerySet
from assignments.services import StaleDraft, add_file, remove_file, save_draft
from cohorts.http import SessionRequest
from cohorts.models import Enrollment
from core.access import requires
from files.admission import Refused
from files.responses import attachment
from files.services import NoRoom
from files.uploads import Limits, TooLarge, refused_uploads, takes_files, uploads


def own_assignment(request: SessionRequest, pk: int) -> Assignment:
    """The assignment that is written in, or Http404."""
    mine = Assignment.objects.visible_within(request.program_session, request.membership, at=request.now)
    assignment = get_object_or_404(mine.select_related("item"), pk=pk)
    assignment.session = request.program_session
    return assignment


def own_enrollment(request: SessionRequest) -> Enrollment:
    """The place that the work hangs on, or Http404."""
    if request.membership.enrollment is None:
        raise Http404
    return request.membership.enrollment


def upload_limits(request: SessionRequest, session_slug: str, pk: int, **_: object) -> Limits:
    """What the form of this assignment may bring. Raises Http404."""
    assignment = own_assignment(request, pk)
    return Limits(assignment.most_files, assignment.most_bytes)


def own_files(request: SessionRequest, pk: int) -> DraftFileQuerySet:
    """Those of the own draft of this assignment, in their order."""
    mine = DraftFile.objects.visible_to(request.user, request.now)
    return mine.filter(draft__assignment=pk, draft__assignment__session=request.program_session)


def take_in(request: SessionRequest, assignment: Assignment) -> list[Exception]:
    """Put the files that came with the form beside the draft; gives why some were refused, each in a sentence."""
    refused: list[Exception] = [*refused_uploads(request)]
    for file in uploads(request, "files"):
        try:
            add_file(
                assignment=assignment,
                enrollment=own_enrollment(request),
                content=file,
                name=file.name or "",
                actor=request.user,
                now=request.now,
            )
        except (Refused, NoRoom) as refusal:
            refused.append(refusal)
    return refused


def status_of(refused: Sequence[Exception]) -> int:
    """413 when something was too large to come in at all."""
    return 413 if any(isinstance(one, TooLarge) for one in refused) else 422


@requires(Perm.READ_OWN_WORK)
@require_POST
@takes_files(upload_limits)
def file_add(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Add files from the page itself, which gets the list anew."""
    assignment = own_assignment(request, pk)
    refused = take_in(request, assignment)
    return show_list(request, assignment, refused)


@requires(Perm.READ_OWN_WORK)
@require_POST
@takes_files(upload_limits)
def file_remove(request: SessionRequest, session_slug: str, pk: int, file: int) -> HttpResponse:
    """Take a file out; what was typed beside it is saved, and other files that were chosen are added."""
    assignment = own_assignment(request, pk)
    refused = take_in(request, assignment)
    remove_file(file=get_object_or_404(own_files(request, pk), pk=file), actor=request.user, now=request.now)
    if "part" in request.POST:
        return show_list(request, assignment, refused)
    keep_typed(request, assignment)
    return redirect(f"{assignment.get_absolute_url()}#files")


def keep_typed(request: SessionRequest, assignment: Assignment) -> None:
    """Save the text that came with a button beside it; a text that lost against a newer one is kept and offered."""
    form = PaperForm(request.POST)
    if not form.is_valid() or form.cleaned_data["writer"] != request.user.pk:
        return
    fields = {name: form.cleaned_data[name] for name in ("text", "based_on", "editor")}
    try:
        save_draft(
            assignment=assignment,
            enrollment=own_enrollment(request),
            declared=form.declared,
            actor=request.user,
            now=request.now,
            **fields,
        )
    except StaleDraft:
        return


def show_list(request: SessionRequest, assignment: Assignment, refused: Sequence[Exception]) -> HttpResponse:
    """The files of the draft, and what was refused."""
    context = {
        "session": request.program_session,
        "assignment": assignment,
        "files": own_files(request, assignment.pk).select_related("stored").defer("text"),
        "refused": refused,
    }
    return render(request, "assignments/parts/file_list.html", context)


@requires(Perm.READ_OWN_WORK)
@require_safe
def file_read(request: SessionRequest, session_slug: str, pk: int, file: int) -> FileResponse:
    """The file as it came, to its writer and nobody else."""
    found = get_object_or_404(own_files(request, pk).select_related("stored").defer("text"), pk=file)
    return attachment(found.stored, found.name, content_type=found.admitted_as.content_type)


@requires(Perm.READ_OWN_WORK)
@require_safe
def receipt_file(request: SessionRequest, session_slug: str, pk: int, receipt: str, position: int) -> FileResponse:
    """A file as it was handed in: the very bytes that the receipt's SHA-256 is of."""
    mine = SubmissionFile.objects.visible_to(request.user, request.now).filter(
        submission__enrollment__user=request.user,
        submission__assignment=pk,
        submission__assignment__session=request.program_session,
    )
    files = mine.select_related("stored").defer("text")
    found = get_object_or_404(files, submission__receipt=receipt, position=position)
    return attachment(found.stored, found.name, content_type=found.admitted_as.content_type)

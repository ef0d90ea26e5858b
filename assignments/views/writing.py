"""The page on which a paper is written and handed in; all of it works without script."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.roles import Perm
from assignments.declared import ANSWERS
from assignments.forms import AskForm, PaperForm
from assignments.models import Assignment, KeptText
from assignments.own import OwnWork, name_readers, read_own_work
from assignments.services import (
    BadLink,
    EmptyText,
    NotAffirmed,
    NotTaken,
    StaleDraft,
    hand_in,
    save_draft,
    settle_kept_text,
)
from assignments.texts import LONGEST_TEXT, count_words, fingerprint
from assignments.views.lists import check_may_look, own_place
from assignments.views.own_files import own_assignment, status_of, take_in, upload_limits
from cohorts.http import SessionRequest
from core.access import requires, signed_in
from core.moments import say_moment
from core.refusals import conflict
from files.admission import endings_of, kinds_of
from files.uploads import takes_files

SOMEBODY_ELSE = (
    "Somebody else is signed in on this computer now, so this text was not saved. Sign in as yourself again."
)


@signed_in
@require_safe
def assignment_open(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """The task, its deadline, who reads it, and where it is written. Three queries."""
    check_may_look(request)
    return show(request, pk)


@requires(Perm.READ_OWN_WORK)
@takes_files(upload_limits)
def draft_save(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Save by the button, with the files that were chosen beside the text."""
    assignment = own_assignment(request, pk)
    if request.method != "POST":
        return redirect(assignment)
    form = PaperForm(request.POST)
    if not form.is_valid():
        return show(request, pk, form=form, status=422)
    if form.cleaned_data["writer"] != request.user.pk:
        return conflict(request, SOMEBODY_ELSE, keep=form.typed)
    refused = take_in(request, assignment)
    try:
        draft = save_draft(**what_was_sent(request, assignment, form))
    except StaleDraft as stale:
        messages.warning(request, str(stale))
    else:
        messages.success(request, f"Draft saved at {clock(request, draft.saved_at)}.")
    if refused:
        return show(request, pk, refused=refused, status=status_of(refused))
    return redirect(f"{assignment.get_absolute_url()}#files" if request.FILES else assignment)


@requires(Perm.READ_OWN_WORK)
@require_POST
def draft_autosave(request: SessionRequest, session_slug: str, pk: int) -> JsonResponse:
    """Save by the page itself: JSON in, JSON out. 409: it went on elsewhere, both are kept."""
    assignment = own_assignment(request, pk)
    form = PaperForm(read_json(request))
    if not form.is_valid():
        return JsonResponse({"message": " ".join(form.said)}, status=422)
    if form.cleaned_data["writer"] != request.user.pk:
        return JsonResponse({"message": SOMEBODY_ELSE}, status=403)
    try:
        draft = save_draft(**what_was_sent(request, assignment, form))
    except StaleDraft as stale:
        return JsonResponse({"message": str(stale), "revision": stale.draft.revision}, status=409)
    return JsonResponse({"revision": draft.revision, "saved": clock(request, draft.saved_at)})


@requires(Perm.READ_OWN_WORK)
@takes_files(upload_limits)
def paper_hand_in(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Hand in and show the receipt; the same post gives the same one."""
    assignment = own_assignment(request, pk)
    if request.method != "POST":
        return redirect(assignment)
    form = PaperForm(request.POST)
    if not form.is_valid():
        return show(request, pk, form=form, status=422)
    if form.cleaned_data["writer"] != request.user.pk:
        return conflict(request, SOMEBODY_ELSE, keep=form.typed)
    # What was chosen and not yet added is meant to be handed in; when one of them is refused nothing is.
    if refused := take_in(request, assignment):
        return show(request, pk, form=form, refused=refused, status=status_of(refused))
    sent = what_was_sent(request, assignment, form)
    sent.pop("editor")
    try:
        submission = hand_in(key=form.cleaned_data["key"] or uuid4(), affirmed=form.cleaned_data["affirmed"], **sent)
    except EmptyText as empty:
        form.add_error("text", str(empty))
        return show(request, pk, form=form, status=422)
    except (NotAffirmed, BadLink) as missing:
        return show(request, pk, form=form, missing=missing, status=422)
    except NotTaken as refusal:
        return show(request, pk, problem=str(refusal), status=409)
    return redirect(submission)


@requires(Perm.READ_OWN_WORK)
@require_POST
def kept_text_settle(request: SessionRequest, session_slug: str, pk: int, kept: int) -> HttpResponse:
    """Go on with one of two texts."""
    assignment = own_assignment(request, pk)
    mine = KeptText.objects.filter(draft__assignment=assignment, draft__enrollment=request.membership.enrollment)
    settle_kept_text(
        kept=get_object_or_404(mine, pk=kept),
        is_chosen=request.POST.get("choose") == "kept",
        actor=request.user,
        now=request.now,
    )
    return redirect(assignment)


def show(
    request: SessionRequest,
    pk: int,
    *,
    form: PaperForm | None = None,
    ask: AskForm | None = None,
    problem: str = "",
    missing: NotTaken | None = None,
    refused: Sequence[Exception] = (),
    status: int = 200,
) -> HttpResponse:
    """The page, with what was typed when it could not be taken."""
    work = own_work(request, pk)
    typed = work.text if form is None else form.typed
    began_from = work.revision if form is None else form.cleaned_data.get("based_on", work.revision)
    if missing and missing.draft and not missing.kept:
        # What was sent is the draft now; the page goes on from there.
        began_from = missing.draft.revision
    honesty = request.program_session.honesty
    context = {
        "session": request.program_session,
        "program_zone": request.program_session.zone,
        "work": work,
        "assignment": work.assignment,
        "readers": name_readers(work.assignment),
        "form": form,
        "ask": ask or (AskForm(initial={"key": uuid4()}) if work.may_ask else None),
        "problem": str(missing or problem),
        "lacks_tick": isinstance(missing, NotAffirmed),
        "lacks_link": isinstance(missing, BadLink),
        "beside": work.declared if form is None else form.typed_beside,
        "quotings": ANSWERS,
        "honesty": honesty,
        "honesty_mark": fingerprint(honesty) if honesty else "",
        "is_affirmed": form is not None and form.data.get("affirmed") == fingerprint(honesty),
        "refused": refused,
        "text": typed,
        "words": count_words(typed),
        "longest": LONGEST_TEXT,
        "revision": began_from,
        "files": work.files,
        "file_kinds": [kind.key for kind in kinds_of(work.assignment.file_groups)],
        "endings": endings_of(work.assignment.file_groups),
        "editor": uuid4(),
        "key": uuid4(),
    }
    return render(request, "assignments/assignment.html", context, status=status)


def own_work(request: SessionRequest, pk: int) -> OwnWork:
    """The assignment as this person has it. Raises Http404."""
    mine = Assignment.objects.visible_within(request.program_session, request.membership, at=request.now)
    try:
        work = read_own_work(mine.filter(pk=pk), own_place(request), request.now, request.program_session.own_time)
    except Assignment.DoesNotExist:
        raise Http404 from None
    work.assignment.session = request.program_session
    return work


def what_was_sent(request: SessionRequest, assignment: Assignment, form: PaperForm) -> dict[str, Any]:
    """For the services that take a text."""
    return {
        "assignment": assignment,
        "enrollment": request.membership.enrollment,
        "text": form.cleaned_data["text"],
        "declared": form.declared,
        "based_on": form.cleaned_data["based_on"],
        "editor": form.cleaned_data["editor"],
        "actor": request.user,
        "now": request.now,
    }


def read_json(request: SessionRequest) -> dict[str, Any]:
    """What the page sent; empty when it cannot be read, which the form then says."""
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return {}
    return sent if isinstance(sent, dict) else {}


def clock(request: SessionRequest, instant: Any) -> str:
    """The time on the person's own clock."""
    return say_moment(instant, request.user.tz, now=request.now, form="time")

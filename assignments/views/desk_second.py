"""Papers that are read a second time: drawn, read without knowing the first answer, compared."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Perm
from assignments.desk.filters import number_in
from assignments.desk.rubrics import rubric_of
from assignments.desk.second import compare, kept_beside, samples_of, waiting_for
from assignments.models import Assignment, Feedback, SecondReading, SecondSample
from assignments.services.looks import note_look
from assignments.services.second_readings import (
    DrawRefused,
    Impression,
    NotReadingSecond,
    ReadingIncomplete,
    StaleReading,
    draw_sample,
    finish_second_reading,
    impression_of,
    save_second_reading,
    settle_kept_reading,
    take_back_reading,
)
from assignments.source import page_of
from assignments.texts import as_counted, storable
from assignments.views.desk_answers import INCOMPLETE, asks_for_json
from cohorts.http import SessionRequest
from core.access import requires
from core.moments import say_moment
from core.refusals import conflict

LONGEST_NOTE = 5000


class DrawForm(forms.Form):
    """How many of which papers."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    assignment = forms.ModelChoiceField(
        Assignment.objects.none(),
        empty_label="Choose…",
        error_messages={"required": "Choose the assignment to draw from."},
    )
    count = forms.IntegerField(
        label="Papers", min_value=1, max_value=500, required=False, help_text="So many of them; or a share below."
    )
    share = forms.IntegerField(
        label="Share in percent", min_value=1, max_value=100, required=False, help_text="Of those that can be drawn."
    )

    def __init__(self, *args: Any, work: QuerySet[Assignment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assignment"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - it is declared above
        field.queryset = work

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        both = said.get("count"), said.get("share")
        if not {"count", "share"} & set(self.errors) and (both[0] is None) == (both[1] is None):
            self.add_error("count", "Say either how many papers, or which share of them.")
        return said


class PageForm(forms.Form):
    """The revision that the page began from, and which open page it is."""

    based_on = forms.IntegerField(min_value=0)
    editor = forms.UUIDField()


@requires(Perm.OPEN_DESK)
@require_safe
def second_list(request: SessionRequest, session_slug: str) -> HttpResponse:
    """What waits for the person, and the draws for those who say who reads. Two queries."""
    session = request.program_session
    may_draw = request.membership.may(Perm.ALLOT_READERS)
    context = {
        "session": session,
        "readings": waiting_for(request.user, session, request.now),
        "samples": samples_of(request.user, session, request.now) if may_draw else [],
        "may_draw": may_draw,
    }
    return render(request, "assignments/desk/second_list.html", context)


@requires(Perm.ALLOT_READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def second_draw(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Draw a sample; the same post twice draws once."""
    session = request.program_session
    work = Assignment.objects.visible_within(session, request.membership, at=request.now).select_related("item")
    asked = work.filter(answered_by=Assignment.AnsweredBy.FELLOW).order_by("due_at")
    form = DrawForm(request.POST or None, work=asked, initial={"key": uuid4()})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        chosen["assignment"].session = session
        try:
            sample = draw_sample(**chosen, actor=request.user, now=request.now)
        except DrawRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Drawn. Who reads them is told now.")
            return redirect("assignments:desk-second-sample", session_slug, sample.pk)
    context = {"session": session, "form": form}
    return render(request, "assignments/desk/second_draw.html", context, status=422 if form.is_bound else 200)


@requires(Perm.ALLOT_READERS)
@require_safe
def second_sample(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """The two readings side by side for the head teaching fellow, who reads every paper; for others how many agree."""
    session = request.program_session
    samples = samples_of(request.user, session, request.now)
    sample = get_object_or_404(samples, pk=pk)
    context = {
        "session": session,
        "sample": sample,
        "comparison": compare(sample),
        "sees_levels": request.membership.may(Perm.READ_ALL_PAPERS),
    }
    return render(request, "assignments/desk/second_sample.html", context)


@requires(Perm.ALLOT_READERS)
@require_POST
def second_take_back(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """No longer ask for one of them."""
    samples = SecondSample.objects.visible_to(request.user, at=request.now)
    reading = get_object_or_404(
        SecondReading.objects.filter(sample__in=samples, sample__assignment__session=request.program_session)
        .select_related("sample__assignment__session"),
        pk=pk,
    )  # fmt: skip
    if take_back_reading(reading=reading, actor=request.user, now=request.now):
        messages.success(request, "Taken back. The paper can be drawn again.")
    return redirect("assignments:desk-second-sample", session_slug, reading.sample_id)


@requires(Perm.READ_PAPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def second_read(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """The paper alone, and what the person makes of it. That it was looked at is recorded."""
    session = request.program_session
    mine = SecondReading.objects.visible_to(request.user, at=request.now)
    here = mine.filter(sample__assignment__session=session).select_related(
        "sample__assignment__item", "reader__submission__enrollment"
    )
    reading = here.filter(pk=pk).first()
    if reading is None:
        return _no_longer(request, pk)
    reading.sample.assignment.session = session
    if request.method == "POST":
        return _take(request, reading)
    return _show(request, reading, impression_of(reading))


def _show(request: SessionRequest, reading: SecondReading, said: Impression, problem: str = "") -> HttpResponse:
    submission = reading.reader.submission
    submission.assignment = reading.sample.assignment
    note_look(submission=submission, actor=request.user, now=request.now)
    rubric = rubric_of(submission.assignment)
    context = {
        "session": request.program_session,
        "reading": reading,
        "submission": submission,
        "blocks": page_of(submission.text),
        "files": submission.files.defer("text"),
        "rubric": rubric,
        "typed": said,
        "chosen": set(said.levels.values()),
        "results": Feedback.Result.choices,
        "problem": problem,
        "editor": uuid4(),
        "kept": kept_beside(reading, rubric),
    }
    return render(request, "assignments/desk/second_read.html", context, status=422 if problem else 200)


def _take(request: SessionRequest, reading: SecondReading) -> HttpResponse:
    """Save what the page sends, on its own or by its buttons; then finish, if that was the button."""
    said, act = _sent(request), request.POST.get("act", "finish")
    back = redirect("assignments:desk-second-read", request.program_session.slug, reading.pk)
    try:
        if act in ("kept-take", "kept-leave"):
            kept = get_object_or_404(reading.kept.all(), pk=number_in(request.POST, "kept"))
            settle_kept_reading(kept=kept, is_chosen=act == "kept-take", actor=request.user, now=request.now)
            return back
        page = PageForm(request.POST)
        if not page.is_valid() or "note" not in request.POST:
            # A post that was cut off must not blank what is saved.
            if asks_for_json(request):
                return JsonResponse({"message": INCOMPLETE}, status=422)
            return _show(request, reading, said, INCOMPLETE)
        saved = save_second_reading(
            reading=reading, said=said, **page.cleaned_data, actor=request.user, now=request.now
        )
        saved.sample, saved.reader = reading.sample, reading.reader
        saved_at = say_moment(request.now, request.user.tz, now=request.now, form="time")
        if asks_for_json(request):
            return JsonResponse({"revision": saved.revision, "saved": saved_at, "problem": ""})
        if act == "save":
            messages.success(request, f"Saved at {saved_at}. Nobody else sees it yet.")
            return back
        finish_second_reading(
            reading=saved, levels=said.levels, result=said.result, note=said.note, actor=request.user, now=request.now
        )
    except ReadingIncomplete as incomplete:
        return _show(request, saved, said, f"Saved. {incomplete}")
    except StaleReading as stale:
        if asks_for_json(request):
            return JsonResponse({"message": str(stale), "revision": stale.current.revision}, status=409)
        messages.warning(request, str(stale))
        return back
    except NotReadingSecond as refused:
        if asks_for_json(request):
            return JsonResponse({"message": str(refused)}, status=403)
        return conflict(request, refused, keep=said.note)
    messages.success(request, "Finished. The head teaching fellow sees it; the participant never does.")
    return redirect("assignments:desk-second", request.program_session.slug)


def _no_longer(request: SessionRequest, pk: int) -> HttpResponse:
    """404, but whoever was to do it until now learns so, and gets back what they had typed; a double click does not."""
    theirs = SecondReading.objects.filter(
        reader__user=request.user, sample__assignment__session=request.program_session
    )
    reading = get_object_or_404(theirs, pk=pk)
    said = _sent(request)
    is_same = bool(reading.finished_at) and (said.result, said.note.strip()) == (reading.result, reading.note)
    if request.method == "POST" and asks_for_json(request):
        return JsonResponse({"message": str(NotReadingSecond())}, status=403)
    if request.method == "POST" and not is_same:
        return conflict(request, NotReadingSecond(), keep=said.note)
    if request.method != "POST":
        messages.info(request, str(NotReadingSecond()))
    return redirect("assignments:desk-second", request.program_session.slug)


def _sent(request: SessionRequest) -> Impression:
    """What the page sends."""
    levels = {
        int(name[6:]): number
        for name in request.POST
        if name.startswith("level-") and number_in({"of": name[6:]}, "of") and (number := number_in(request.POST, name))
    }
    result = request.POST.get("result", "")
    return Impression(
        levels=levels,
        result=result if result in Feedback.Result.values else "",
        note=as_counted(storable(request.POST.get("note", "")))[:LONGEST_NOTE],
    )

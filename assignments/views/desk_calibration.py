"""Samples that everybody who reads answers alone, and the table that is then opened to all."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.roles import Perm
from assignments.desk.calibration import papers_for, table_of
from assignments.desk.filters import number_in
from assignments.models import Assignment, CalibrationAnswer, CalibrationPaper, Feedback
from assignments.services.calibrating import (
    CalibrationClosed,
    MayNotCalibrate,
    SampleIncomplete,
    TableSeen,
    add_calibration_paper,
    answer_calibration,
    look_at_table,
    open_calibration,
)
from assignments.source import page_of
from assignments.texts import as_counted, storable
from cohorts.http import SessionRequest
from core.access import requires

REFUSALS = (CalibrationClosed, MayNotCalibrate, SampleIncomplete, TableSeen)


class SampleForm(forms.ModelForm):
    """A sample for one assignment."""

    # Makes the same post the same, however often it is sent.
    key = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = CalibrationPaper
        fields = ["assignment", "title", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 14, "class": "form-control"})}

    def __init__(self, *args: Any, work: QuerySet[Assignment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["assignment"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - a foreign key
        field.queryset = work


@requires(Perm.OPEN_DESK)
@require_safe
def calibration_list(request: SessionRequest, session_slug: str) -> HttpResponse:
    """The samples of the session, and which of them wait for the person."""
    context = {
        "session": request.program_session,
        "papers": papers_for(request.user, request.program_session, request.now),
        "may_open": request.membership.may(Perm.ALLOT_READERS),
        "may_answer": request.membership.may(Perm.READ_PAPERS),
    }
    return render(request, "assignments/desk/calibration_list.html", context)


@requires(Perm.ALLOT_READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def calibration_add(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Put a sample before the readers."""
    session = request.program_session
    work = Assignment.objects.visible_within(session, request.membership, at=request.now).select_related("item")
    form = SampleForm(
        request.POST if request.method == "POST" else None,
        work=work.filter(answered_by=Assignment.AnsweredBy.FELLOW),
        initial={"key": uuid4()},
    )
    if request.method == "POST" and not form.is_valid() and (key := form.cleaned_data.get("key")):
        # Sent twice: the title is taken by the first of the two.
        samples = CalibrationPaper.objects.visible_to(request.user, at=request.now).filter(session=session)
        if same := samples.filter(added_by=request.user, key=key).first():
            return redirect("assignments:desk-calibration", session_slug, same.pk)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        chosen["assignment"].session = session
        paper = add_calibration_paper(**chosen, actor=request.user, now=request.now)
        messages.success(request, "Added. Everybody who reads papers here finds it on their desk.")
        return redirect("assignments:desk-calibration", session_slug, paper.pk)
    context = {"session": session, "form": form}
    return render(request, "assignments/desk/calibration_add.html", context, status=422 if form.is_bound else 200)


@requires(Perm.OPEN_DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def calibration_read(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """The sample, the own answer to it, and the table for whoever may see it by now."""
    session = request.program_session
    paper = get_object_or_404(papers_for(request.user, session, request.now), pk=pk)
    paper.session = paper.assignment.session = session
    status = 200
    if request.method == "POST":
        try:
            answer_calibration(paper=paper, **_sent(request), actor=request.user, now=request.now)
        except REFUSALS as refused:
            messages.error(request, str(refused))
            status = 422
        else:
            messages.success(request, "Saved. Nobody else who reads sees it before the table is opened.")
            return redirect("assignments:desk-calibration", session_slug, pk)
    may_open, reads = (request.membership.may(perm) for perm in (Perm.ALLOT_READERS, Perm.READ_PAPERS))
    is_open = paper.opened_at is not None
    table = table_of(paper, request.user, request.now)
    own = next((line.answer for line in table.lines if line.answer.user_id == request.user.pk), None)
    typed = _sent(request) if status != 200 else _saved(own)
    context = {
        "session": session,
        "paper": paper,
        "table": table,
        "text": page_of(paper.text),
        "sees_table": is_open or (may_open and (paper.has_looked or not reads)),
        "may_open": may_open,
        "may_answer": reads and not is_open and not paper.has_looked,
        "own": own,
        "typed": typed,
        "chosen": set(typed["levels"].values()),
        "results": Feedback.Result.choices,
    }
    return render(request, "assignments/desk/calibration.html", context, status=status)


@requires(Perm.ALLOT_READERS)
@require_POST
def calibration_open(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Show the table to everybody who reads."""
    papers = CalibrationPaper.objects.visible_to(request.user, at=request.now).filter(session=request.program_session)
    paper = get_object_or_404(papers.select_related("session"), pk=pk)
    if open_calibration(paper=paper, actor=request.user, now=request.now):
        messages.success(request, "Open: everybody who reads here sees the table.")
    return redirect("assignments:desk-calibration", session_slug, pk)


@requires(Perm.ALLOT_READERS)
@require_POST
def calibration_look(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Show the table to the person alone, who from then on answers no more."""
    papers = CalibrationPaper.objects.visible_to(request.user, at=request.now).filter(session=request.program_session)
    paper = get_object_or_404(papers.select_related("session"), pk=pk)
    look_at_table(paper=paper, actor=request.user, now=request.now)
    return redirect("assignments:desk-calibration", session_slug, pk)


def _sent(request: SessionRequest) -> dict[str, Any]:
    """What the page sends."""
    levels = {
        int(name[6:]): number
        for name in request.POST
        if name.startswith("level-") and number_in({"of": name[6:]}, "of") and (number := number_in(request.POST, name))
    }
    result = request.POST.get("result", "")
    return {
        "levels": levels,
        "result": result if result in Feedback.Result.values else "",
        "note": as_counted(storable(request.POST.get("note", "")))[:5000],
    }


def _saved(own: CalibrationAnswer | None) -> dict[str, Any]:
    if own is None:
        return {"levels": {}, "result": "", "note": ""}
    levels = {level.criterion_id: level.level_id for level in own.levels.all()}
    return {"levels": levels, "result": own.result, "note": own.note}

"""All papers of an assignment in one ZIP: asked for, and fetched by a door that asks again who may read them."""

from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.roles import Perm
from assignments.desk.grant_forms import WorkField
from assignments.desk.grants import work_of
from assignments.models import Assignment, Bundle
from assignments.services import MayNotBundle, NothingToBundle, start_bundle
from assignments.services.bundling import ZIP, note_fetch, reason_needed
from cohorts.http import SessionRequest
from cohorts.models import Section
from core.access import requires
from core.refusals import conflict
from files.responses import attachment
from files.services import BytesMissing


class BundleForm(forms.Form):
    """Of which papers; who reads them only with a reason gives it here."""

    assignment = WorkField(
        Assignment.objects.none(),
        label="Which work",
        empty_label="Choose…",
        error_messages={"required": "Choose the work whose papers you want."},
    )
    section = forms.ModelChoiceField(
        Section.objects.none(), required=False, label="Of which section", empty_label="All sections"
    )
    reason = forms.CharField(
        max_length=500,
        label="Why you need them",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It is recorded with your name for each paper; the writers may read it.",
    )
    # Makes the same post the same, however often it is sent.
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, work: QuerySet[Assignment], sections: QuerySet[Section], asks_reason: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, rows in (("assignment", work), ("section", sections)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
            field.queryset = rows
        if not asks_reason:
            del self.fields["reason"]


@requires(Perm.WATCH_QUEUES)
@require_http_methods(["GET", "HEAD", "POST"])
def bundle_ask(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Which papers, and why where that is asked; then the page of the job that packs them."""
    session = request.program_session
    asks_reason = reason_needed(request.membership)
    form = BundleForm(
        request.POST or None,
        work=work_of(session),
        sections=session.sections.order_by("name"),
        asks_reason=asks_reason,
        initial={"key": uuid4()},
    )
    if request.method == "POST" and form.is_valid():
        meant = {"reason": ""} | form.cleaned_data
        meant["assignment"].session = session
        try:
            bundle = start_bundle(**meant, actor=request.user, now=request.now)
        except (MayNotBundle, NothingToBundle) as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("jobs:job-detail", bundle.job_id)
    mine = Bundle.objects.visible_to(request.user, at=request.now).filter(assignment__session=session)
    context = {
        "session": session,
        "program_zone": session.zone,
        "form": form,
        "asks_reason": asks_reason,
        "bundles": mine.select_related("assignment__item", "job", "stored"),
    }
    return render(request, "assignments/desk/bundles.html", context, status=422 if form.errors else 200)


@requires(Perm.WATCH_QUEUES)
@require_safe
def bundle_fetch(request: SessionRequest, session_slug: str, pk: int) -> FileResponse | HttpResponse:
    """The ZIP, for whoever asked for it and may still read what is in it. That it was fetched is recorded."""
    mine = Bundle.objects.visible_to(request.user, at=request.now).filter(assignment__session=request.program_session)
    bundle = get_object_or_404(mine.exclude(stored=None).select_related("assignment__item", "stored"), pk=pk)
    bundle.assignment.session = request.program_session
    assert bundle.stored is not None  # noqa: S101 - asked above
    try:
        answer = attachment(bundle.stored, f"{session_slug}, {bundle.assignment}, {bundle.of}.zip", content_type=ZIP)
    except BytesMissing as missing:
        return conflict(request, missing)
    note_fetch(bundle=bundle, actor=request.user, now=request.now)
    return answer

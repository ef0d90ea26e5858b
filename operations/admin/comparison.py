"""What another version of the program says otherwise than a session, each difference taken over by hand."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.roles import Perm
from assignments.services import TimeWouldShrink
from operations.admin.dates_page import DatesPage
from operations.sessions import (
    CannotTakeOver,
    DatesDoNotFit,
    Difference,
    NoSuchDifference,
    find_differences,
    take_over,
)
from operations.sessions.differences import WORDS
from programs.models import ProgramVersion, Session
from programs.scoped_admin import signed_in


class TakeOverForm(forms.Form):
    """Which of the differences disappear, and why."""

    chosen = forms.MultipleChoiceField(
        required=True, error_messages={"required": "Tick what the session should take over."}
    )
    reason = forms.CharField(max_length=500, required=False, help_text="Kept in the record.")

    def __init__(self, data: Any = None, *, differences: tuple[Difference, ...]) -> None:
        super().__init__(data)
        self.fields["chosen"].choices = [(one.key, str(one)) for one in differences]  # type: ignore[attr-defined]


class ComparisonPage(DatesPage):
    """Adds the page to a session's admin, and a button that leads there."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.compare_view)
        page = path("<path:object_id>/compare/<int:version_pk>/", view, name="programs_session_compare")
        return [page, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        if row is not None and self.may(request, Perm.EDIT_CURRICULUM, row):
            newest = row.program.versions.order_by("-number").first()
            way = ("Compare with the program file", self.url_to("compare", row.pk, newest.pk))
            context["ways"] = [*context.get("ways", []), way]
        return super().render_change_form(request, context, *args, **kwargs)

    def compare_view(self, request: HttpRequest, object_id: str, version_pk: int) -> HttpResponse:
        """Show every difference; take over those that are ticked, all of them or none."""
        session = self.get_object(request, unquote(object_id))
        if session is None:
            return self.say_gone(request, object_id)
        if not self.may(request, Perm.EDIT_CURRICULUM, session):
            raise PermissionDenied
        version = session.program.versions.filter(pk=version_pk).first()
        if version is None:
            raise Http404
        differences = find_differences(version=version, session=session)
        form = TakeOverForm(request.POST if request.method == "POST" else None, differences=differences)
        losses: tuple[Any, ...] = ()
        if request.method == "POST" and form.is_valid():
            try:
                return self._take_over(request, session, version, form)
            except TimeWouldShrink as shrinks:
                losses = shrinks.losses
                form.add_error(None, str(shrinks))
            except DatesDoNotFit as refused:
                form.add_error(None, ValidationError(list(refused.problems)))
            except (CannotTakeOver, NoSuchDifference) as refused:
                form.add_error(None, str(refused))
        return self._show_differences(request, session, version, differences, form, losses)

    def _take_over(
        self, request: HttpRequest, session: Session, version: ProgramVersion, form: TakeOverForm
    ) -> HttpResponse:
        asked = signed_in(request)
        taken = take_over(
            session=session,
            version=version,
            keys=form.cleaned_data["chosen"],
            confirmed=request.POST.getlist("confirmed"),
            actor=asked.user,
            now=asked.now,
            reason=form.cleaned_data["reason"],
        )
        messages.success(
            request, "One difference is taken over." if len(taken) == 1 else f"{len(taken)} differences are taken over."
        )
        return HttpResponseRedirect(request.path)

    def _show_differences(
        self,
        request: HttpRequest,
        session: Session,
        version: ProgramVersion,
        differences: tuple[Difference, ...],
        form: TakeOverForm,
        losses: tuple[Any, ...],
    ) -> TemplateResponse:
        chosen = set(request.POST.getlist("chosen"))
        context = {
            **self.admin_site.each_context(request),
            "title": "Compare with the program file",
            "subtitle": f"{session}, {version}",
            "row": session,
            "opts": self.opts,
            "media": self.media + form.media,
            "back": self.url_to("change", session.pk),
            "form": form,
            "lines": [(one, WORDS.get(one.field, one.field), one.key in chosen) for one in differences],
            "versions": session.program.versions.order_by("-number"),
            "version": version,
            "losses": losses,
            "program_zone": session.zone,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "office/comparison.html", context)

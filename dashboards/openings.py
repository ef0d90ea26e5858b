"""What staff do to a module: open it for one person, set it ready, put it back into preparation."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.roles import Perm
from cohorts.http import SessionRequest
from cohorts.models import Enrollment
from core.access import requires
from modules.forms import OpeningForm
from modules.models import Module
from modules.services import (
    AlreadyOpen,
    AlreadyReleased,
    ModuleInPreparation,
    open_module_for,
    set_in_preparation,
    set_ready,
)


def own_module(request: SessionRequest, module_key: str) -> Module:
    """Raises Http404."""
    mine = Module.objects.readable_by(request.user, at=request.now).for_session(request.program_session)
    module = get_object_or_404(mine, key=module_key)
    module.session = request.program_session
    return module


@requires(Perm.OPEN_MODULE)
@require_http_methods(["GET", "POST"])
def opening_add(request: SessionRequest, session_slug: str, module_key: str) -> HttpResponse:
    """Open a module for one person whom the role sees: a fellow's own section, a director's whole session."""
    module = own_module(request, module_key)
    people = Enrollment.objects.visible_to(request.user, at=request.now).filter(session=request.program_session)
    form = OpeningForm(request.POST or None, people=people.working().select_related("user", "section"))
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            open_module_for(module=module, actor=request.user, now=request.now, **chosen)
        except (AlreadyOpen, ModuleInPreparation) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{module.short_name} is open for {chosen['enrollment'].user}, who is told.")
            return redirect("dashboards:module-detail", session_slug, module_key)
    theirs = module.openings.filter(enrollment__in=people.order_by().values("pk"))
    openings = theirs.select_related("enrollment__user", "opened_by").order_by("-opened_at")
    context = {"session": request.program_session, "module": module, "form": form, "openings": openings}
    return render(request, "modules/opening.html", context, status=422 if form.is_bound else 200)


@requires(Perm.EDIT_CURRICULUM)
@require_POST
def readiness_set(request: SessionRequest, session_slug: str, module_key: str) -> HttpResponse:
    """Ready, or in preparation."""
    module = own_module(request, module_key)
    try:
        if request.POST.get("ready") == "no":
            set_in_preparation(module=module, actor=request.user, now=request.now)
            messages.success(
                request, f"{module.short_name} is in preparation. It does not open before you set it ready."
            )
        else:
            set_ready(module=module, actor=request.user, now=request.now)
            messages.success(request, f"{module.short_name} is ready.")
    except AlreadyReleased as refused:
        messages.error(request, str(refused))
    return redirect("dashboards:module-detail", session_slug, module_key)

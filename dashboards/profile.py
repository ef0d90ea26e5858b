"""What a person says about themselves: the profile, the first steps, and the answer about the time zone."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms import FirstStepsForm, ProfileForm, ZoneAnswerForm
from accounts.requests import SignedInRequest
from core.access import signed_in
from core.templatetags.moments import ZONE_COOKIE
from core.zones import say_zone
from operations.profiles import change_zone, confirm_first_steps, keep_zone, update_profile


@signed_in
@require_http_methods(["GET", "POST"])
def profile_edit(request: SignedInRequest) -> HttpResponse:
    """Everything about oneself on one page."""
    form = ProfileForm(
        request.POST or None, user=request.user, now=request.now, from_browser=request.COOKIES.get(ZONE_COOKIE)
    )
    if request.method == "POST" and form.is_valid():
        update_profile(user=request.user, changes=form.changes(), actor=request.user, now=request.now)
        messages.success(request, "Saved. The change shows everywhere at once.")
        return redirect("dashboards:profile-edit")
    return render(request, "dashboards/profile.html", {"form": form})


@signed_in
@require_http_methods(["GET", "POST"])
def first_steps(request: SignedInRequest) -> HttpResponse:
    """Where signing in leads: to three questions the first time, later straight on to the home page."""
    if request.user.first_steps_at:
        return redirect("dashboards:home")
    form = FirstStepsForm(
        request.POST or None, user=request.user, now=request.now, from_browser=request.COOKIES.get(ZONE_COOKIE)
    )
    if request.method == "POST" and form.is_valid():
        confirm_first_steps(user=request.user, changes=form.changes(), now=request.now)
        return redirect("dashboards:home")
    return render(request, "dashboards/first_steps.html", {"form": form})


@signed_in
@require_GET
def zone_question(request: SignedInRequest) -> HttpResponse:
    """The banner alone, for a page that was already open when the computer's zone changed; empty if there is none."""
    return render(request, "parts/zone_question.html", {"question_next": request.GET.get("next", "/")})


@signed_in
@require_POST
def zone_answer(request: SignedInRequest) -> HttpResponse:
    """Change to the computer's zone, or keep the profile's; back to the page where it was asked."""
    form = ZoneAnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, "That zone is not known here. Choose yours from the list.")
        return redirect("dashboards:profile-edit")
    zone = form.cleaned_data["zone"]
    if form.cleaned_data["answer"] == "change":
        change_zone(user=request.user, zone=zone, now=request.now)
        messages.success(request, f"Times are now shown on {say_zone(zone)} clocks. Nothing is due at another moment.")
    else:
        keep_zone(user=request.user, browser_zone=zone, now=request.now)
    back = form.cleaned_data["next"]
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "/")

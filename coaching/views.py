from django.contrib import messages
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.roles import Perm
from coaching.forms import OfferForm
from coaching.models import Booking, Slot, SlotQuerySet
from coaching.services import (
    DoubleBooked,
    EnoughBooked,
    SlotGone,
    SlotInThePast,
    SlotTaken,
    book_slot,
    cancel_booking,
    offer_slots,
    withdraw_slot,
)
from cohorts.http import SessionRequest
from core.access import requires

LONGEST_ABOUT = 500


def slots_of(request: SessionRequest) -> SlotQuerySet:
    """The hours of this session that the person sees, each with its booking under `held`."""
    held = Booking.objects.filter(cancelled_at__isnull=True).select_related("enrollment__user")
    slots = Slot.objects.visible_to(request.user, at=request.now).filter(
        session=request.program_session, withdrawn_at__isnull=True
    )
    return slots.select_related("coach", "session__program").prefetch_related(
        Prefetch("bookings", queryset=held, to_attr="held")  # type: ignore[no-redef]
    )


@requires(Perm.VIEW_SESSION)
def slot_list(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Coaches see who comes; participants their own hours and what is free, never who has taken the others."""
    slots = list(slots_of(request).still_ahead(request.now))
    mine = request.membership.enrollment
    may_coach = request.membership.may(Perm.COACH)
    context = {
        "session": request.program_session,
        "may_coach": may_coach,
        "offered": [slot for slot in slots if slot.coach_id == request.user.pk] if may_coach else [],
        "booked": [slot for slot in slots if mine and any(one.enrollment_id == mine.pk for one in slot.held)],
        "free": [slot for slot in slots if not slot.held] if request.membership.may(Perm.DO_WORK) else [],
        "others": [slot for slot in slots if slot.coach_id != request.user.pk]
        if request.membership.may(Perm.VIEW_PEOPLE)
        else [],
    }
    return render(request, "coaching/slots.html", context)


@requires(Perm.COACH)
def slot_offer(request: SessionRequest, session_slug: str) -> HttpResponse:
    """Offer one hour or several in a row."""
    form = OfferForm(request.POST or None, session=request.program_session)
    if request.method == "POST" and form.is_valid():
        try:
            made = offer_slots(
                session=request.program_session, coach=request.user, now=request.now, **form.cleaned_data
            )
        except (DoubleBooked, SlotInThePast) as refused:
            form.add_error("at_time", str(refused))
        else:
            messages.success(request, "It is offered." if len(made) == 1 else f"{len(made)} times are offered.")
            return redirect("coaching:slot-list", session_slug=session_slug)
    context = {"session": request.program_session, "form": form}
    return render(request, "coaching/offer.html", context, status=422 if form.is_bound else 200)


@require_POST
@requires(Perm.DO_WORK)
def slot_book(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Take a free hour."""
    slot = get_object_or_404(slots_of(request), pk=pk)
    mine = request.membership.enrollment
    if mine is None:
        raise Http404
    try:
        book_slot(slot=slot, enrollment=mine, about=request.POST.get("about", "")[:LONGEST_ABOUT], now=request.now)
    except (SlotTaken, SlotGone, EnoughBooked, DoubleBooked) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "It is yours. You are reminded the day before.")
    return redirect("coaching:slot-list", session_slug=session_slug)


@require_POST
@requires(Perm.COACH)
def slot_withdraw(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Take back an offer of one's own."""
    slot = get_object_or_404(slots_of(request).filter(coach=request.user), pk=pk)
    try:
        withdraw_slot(slot=slot, actor=request.user, now=request.now)
    except SlotGone as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "It is no longer offered; whoever had taken it is told.")
    return redirect("coaching:slot-list", session_slug=session_slug)


@require_POST
@requires(Perm.DO_WORK)
def booking_cancel(request: SessionRequest, session_slug: str, pk: int) -> HttpResponse:
    """Give an hour of one's own back."""
    slot = get_object_or_404(slots_of(request), pk=pk)
    mine = request.membership.enrollment
    booking = next((one for one in slot.held if mine and one.enrollment_id == mine.pk), None)
    if booking is None:
        raise Http404
    try:
        cancel_booking(booking=booking, actor=request.user, now=request.now)
    except SlotGone as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "You have given it back; your coach is told.")
    return redirect("coaching:slot-list", session_slug=session_slug)

import threading
from datetime import UTC, date, datetime, time

import pytest
import time_machine
from django.core import mail
from django.db import connections

from coaching.models import Booking, Slot
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
from cohorts.services import change_status
from notifications import planner, sender
from notifications.models import Notice
from operations.profiles import change_zone
from tests import cast
from tests.cast import WEEK_3


def offer(session, coach, *, at=time(10, 0), on=date(2027, 2, 19), **fields):
    return offer_slots(session=session, coach=coach, on_date=on, at_time=at, now=WEEK_3, **fields)


@pytest.fixture
def slot(loa, section, fellow):
    """Friday 19 February 2027, 10:00 New York: 20:30 in Kolkata."""
    return offer(loa, fellow)[0]


def test_several_times_in_a_row_follow_each_other(loa, section, fellow):
    slots = offer(loa, fellow, times=3)

    assert [slot.at_time for slot in slots] == [time(10, 0), time(10, 30), time(11, 0)]


def test_a_coach_is_never_in_two_places(slot, fellow):
    with pytest.raises(DoubleBooked):
        offer(slot.session, fellow, at=time(9, 45))

    assert Slot.objects.count() == 1


def test_a_row_of_times_that_overlaps_leaves_none_of_them(slot, fellow):
    with pytest.raises(DoubleBooked):
        offer(slot.session, fellow, at=time(9, 0), times=3)

    assert Slot.objects.count() == 1


def test_coaching_is_not_offered_for_the_past(loa, section, fellow):
    with pytest.raises(SlotInThePast):
        offer(loa, fellow, on=date(2027, 2, 1))

    assert not Slot.objects.exists()


def test_a_booked_time_is_taken_and_the_coach_is_told_once(slot, participant_in_kolkata, participant_in_sydney, fellow):
    for _ in range(2):
        book_slot(slot=slot, enrollment=participant_in_kolkata, about="My first one-to-ones", now=WEEK_3)

    with pytest.raises(SlotTaken):
        book_slot(slot=slot, enrollment=participant_in_sydney, now=WEEK_3)
    assert Notice.objects.get().recipient == fellow


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_take_one_time_at_once_one_has_it():
    session = cast.make_session(cast.make_program())
    coach = cast.make_user("Milica Petrović", zone="Europe/Belgrade")
    cast.make_section(session, coach)
    slot = offer(session, coach)[0]
    enrollments = [cast.enroll(cast.make_user(f"Person {n}"), session) for n in range(8)]
    outcomes, ready = [], threading.Barrier(8)

    def take(enrollment):
        try:
            ready.wait()
            book_slot(slot=slot, enrollment=enrollment, now=WEEK_3)
            outcomes.append("taken")
        except SlotTaken:
            outcomes.append("too late")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take, args=(row,)) for row in enrollments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["taken"] + ["too late"] * 7
    assert Booking.objects.filter(cancelled_at__isnull=True).count() == 1


def test_nobody_holds_more_than_two_ahead_or_two_at_the_same_time(loa, section, fellow, participant_in_kolkata):
    other = cast.make_user("Andre Baptiste", zone="America/New_York")
    cast.make_section(loa, other, name="Section B")
    first, second, third = offer(loa, fellow, times=3)
    book_slot(slot=first, enrollment=participant_in_kolkata, now=WEEK_3)
    with pytest.raises(DoubleBooked):
        book_slot(slot=offer(loa, other)[0], enrollment=participant_in_kolkata, now=WEEK_3)

    book_slot(slot=second, enrollment=participant_in_kolkata, now=WEEK_3)

    with pytest.raises(EnoughBooked):
        book_slot(slot=third, enrollment=participant_in_kolkata, now=WEEK_3)


def test_a_time_given_back_can_be_taken_by_somebody_else(slot, participant_in_kolkata, participant_in_sydney):
    booking = book_slot(slot=slot, enrollment=participant_in_kolkata, now=WEEK_3)

    cancel_booking(booking=booking, actor=participant_in_kolkata.user, now=WEEK_3)

    assert book_slot(slot=slot, enrollment=participant_in_sydney, now=WEEK_3).enrollment == participant_in_sydney


def test_a_withdrawn_time_tells_whoever_had_taken_it_and_takes_nobody_more(slot, participant_in_kolkata, fellow):
    book_slot(slot=slot, enrollment=participant_in_kolkata, now=WEEK_3)

    withdraw_slot(slot=slot, actor=fellow, now=WEEK_3)

    sender.send_due(now=WEEK_3)
    assert any(participant_in_kolkata.user.email in letter.to[0] for letter in mail.outbox)
    with pytest.raises(SlotGone):
        book_slot(slot=slot, enrollment=participant_in_kolkata, now=WEEK_3)


def test_what_has_begun_is_neither_taken_nor_given_back(slot, participant_in_kolkata, participant_in_sydney):
    booking = book_slot(slot=slot, enrollment=participant_in_kolkata, now=WEEK_3)

    with pytest.raises(SlotGone):
        cancel_booking(booking=booking, actor=participant_in_kolkata.user, now=slot.starts_at)


def test_both_are_reminded_at_nine_of_their_own_day_before(slot, participant_in_kolkata, fellow):
    book_slot(slot=slot, enrollment=participant_in_kolkata, now=WEEK_3)

    planner.plan(now=datetime(2027, 2, 18, 3, 25, tzinfo=UTC))

    reminders = Notice.objects.filter(kind="coaching.coaching_tomorrow")
    assert {row.recipient: row.send_at for row in reminders} == {
        participant_in_kolkata.user: datetime(2027, 2, 18, 3, 30, tzinfo=UTC)
    }
    planner.plan(now=datetime(2027, 2, 18, 7, 55, tzinfo=UTC))
    assert reminders.get(recipient=fellow).send_at == datetime(2027, 2, 18, 8, 0, tzinfo=UTC)


def test_who_takes_a_zone_in_which_that_morning_is_past_is_reminded_at_once(slot, participant_in_kolkata):
    """Of the hour, Friday morning in New York, nine on Thursday is still to come there and past in Kolkata."""
    book_slot(slot=slot, enrollment=participant_in_kolkata, now=WEEK_3)
    change_zone(user=participant_in_kolkata.user, zone="America/New_York", now=WEEK_3)
    arrived_at = datetime(2027, 2, 18, 5, 0, tzinfo=UTC)

    for _ in range(2):
        change_zone(user=participant_in_kolkata.user, zone="Asia/Kolkata", now=arrived_at)

    assert Notice.objects.get(kind="coaching.coaching_tomorrow").send_at == arrived_at


@pytest.mark.parametrize("was_planned", [True, False])
def test_nobody_is_reminded_of_coaching_with_somebody_who_takes_part_no_longer(
    slot, participant_in_kolkata, director, was_planned
):
    book_slot(slot=slot, enrollment=participant_in_kolkata, now=WEEK_3)
    sender.send_due(now=WEEK_3)
    nine = datetime(2027, 2, 18, 8, 0, tzinfo=UTC)
    if was_planned:
        planner.plan(now=datetime(2027, 2, 18, 3, 25, tzinfo=UTC))
        planner.plan(now=datetime(2027, 2, 18, 7, 55, tzinfo=UTC))
    change_status(enrollment=participant_in_kolkata, to="withdrawn", reason="Moved", actor=director, now=WEEK_3)
    planner.plan(now=nine)
    sender.send_due(now=nine)

    assert not [message.subject for message in mail.outbox if message.subject.startswith("Coaching with")]


class TestPages:
    @pytest.fixture(autouse=True)
    def in_week_3(self):
        with time_machine.travel(WEEK_3, tick=False):
            yield

    def test_a_participant_sees_the_free_times_of_the_own_section_and_not_who_took_the_others(
        self, client, loa, fellow, section, participant_in_kolkata, participant_in_sydney
    ):
        taken, _ = offer(loa, fellow, times=2)
        book_slot(slot=taken, enrollment=participant_in_sydney, about="A private matter", now=WEEK_3)
        elsewhere = cast.make_user("Andre Baptiste", zone="America/New_York")
        cast.make_section(loa, elsewhere, name="Section B")
        offer(loa, elsewhere)
        client.force_login(participant_in_kolkata.user)

        text = client.get(f"/s/{loa.slug}/coaching/").content.decode()

        assert "Milica Petrović" in text
        assert "Andre Baptiste" not in text
        assert "Jack Nguyen" not in text
        assert "A private matter" not in text
        assert text.count("Take it") == 1

    def test_taking_and_giving_back(self, client, slot, participant_in_kolkata):
        client.force_login(participant_in_kolkata.user)
        path = f"/s/{slot.session.slug}/coaching/"

        client.post(f"{path}{slot.pk}/book/", {"about": "My team"})
        assert "Give it back" in client.get(path).content.decode()

        client.post(f"{path}{slot.pk}/cancel/")
        assert "Give it back" not in client.get(path).content.decode()

    def test_a_coach_offers_and_what_overlaps_is_refused_with_what_was_typed(self, client, slot, fellow):
        client.force_login(fellow)
        form = {
            "on_date": "2027-02-19",
            "at_time": "10:15",
            "minutes": 30,
            "times": 1,
            "link": "https://meet.example.org/x",
        }

        answer = client.post(f"/s/{slot.session.slug}/coaching/offer/", form)

        assert answer.status_code == 422
        assert "another coaching hour" in answer.content.decode()
        assert "https://meet.example.org/x" in answer.content.decode()

    def test_nobody_gives_back_what_somebody_else_has_taken(
        self, client, slot, participant_in_kolkata, participant_in_sydney
    ):
        book_slot(slot=slot, enrollment=participant_in_sydney, now=WEEK_3)
        client.force_login(participant_in_kolkata.user)

        assert client.post(f"/s/{slot.session.slug}/coaching/{slot.pk}/cancel/").status_code == 404

    def test_the_list_costs_the_same_for_one_time_and_for_many(
        self, client, loa, section, fellow, participant_in_kolkata, django_assert_num_queries
    ):
        client.force_login(participant_in_kolkata.user)
        offer(loa, fellow)
        with django_assert_num_queries(5):
            client.get(f"/s/{loa.slug}/coaching/")

        offer(loa, fellow, at=time(12, 0), times=4)
        with django_assert_num_queries(5):
            client.get(f"/s/{loa.slug}/coaching/")

    def test_somebody_of_another_program_finds_nothing(self, client, slot, outsider):
        client.force_login(outsider.user)

        assert client.get(f"/s/{slot.session.slug}/coaching/").status_code == 404
        assert client.post(f"/s/{slot.session.slug}/coaching/{slot.pk}/book/").status_code == 404

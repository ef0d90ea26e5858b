import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from accounts.models import User
from audit.models import Entry
from cohorts.models import Enrollment
from cohorts.services import (
    JustInvited,
    SectionFull,
    SessionFull,
    accept_place,
    change_status,
    enroll_person,
    place_in_section,
    send_invitations,
)
from cohorts.services.invitations import NothingToInvite, SessionNotPublished
from core.moves import WrongState
from notifications.models import Notice
from programs.models import Session
from tests import cast
from tests.cast import WEEK_3


def invite(session, **fields):
    fields.setdefault("email", "tomoko@example.org")
    fields.setdefault("name", "Tomoko Ito")
    return enroll_person(session=session, actor=None, now=WEEK_3, **fields)


def test_a_new_address_becomes_an_account_without_a_password_and_an_invited_place(loa):
    enrollment, is_new = invite(loa, zone="Asia/Tokyo")

    assert is_new
    assert enrollment.status == Enrollment.Status.INVITED
    assert enrollment.user.zone == "Asia/Tokyo"
    assert not enrollment.user.has_usable_password()


def test_a_known_person_keeps_their_own_name_and_zone(loa):
    known = cast.make_user("Tomoko Ito", zone="Asia/Tokyo", email="tomoko@example.org")

    enrollment, _ = invite(loa, email="Tomoko@Example.org", name="T. Ito", zone="Europe/Paris")

    known.refresh_from_db()
    assert enrollment.user == known
    assert (known.name, known.zone) == ("Tomoko Ito", "Asia/Tokyo")


def test_enrolling_twice_gives_the_same_place(loa):
    first, _ = invite(loa)

    again, is_new = invite(loa)

    assert (again, is_new) == (first, False)
    assert User.objects.filter(email="tomoko@example.org").count() == 1


def test_enrolling_tells_nobody_until_the_director_says_so(loa, director):
    enrollment, _ = invite(loa)
    assert not Notice.objects.exists()

    send_invitations(enrollments=[enrollment], actor=director, now=WEEK_3)

    assert Notice.objects.get().recipient == enrollment.user


def test_sending_the_invitation_again_is_a_second_mail_and_only_to_those_who_wait(loa, director):
    waiting, _ = invite(loa)
    taken = cast.enroll(cast.make_user("Ana Silva"), loa)
    send_invitations(enrollments=[waiting, taken], actor=director, now=WEEK_3)

    send_invitations(enrollments=[waiting, taken], actor=director, now=cast.WEEK_6)

    assert Notice.objects.filter(recipient=waiting.user).count() == 2
    assert not Notice.objects.filter(recipient=taken.user).exists()


def test_the_same_invitation_within_a_minute_is_not_sent_a_second_time(loa, director):
    waiting, _ = invite(loa)
    send_invitations(enrollments=[waiting], actor=director, now=WEEK_3)
    newcomer, _ = enroll_person(session=loa, email="ana@example.org", name="Ana Silva", actor=director, now=WEEK_3)

    with pytest.raises(JustInvited):
        send_invitations(enrollments=[waiting], actor=director, now=WEEK_3 + timedelta(seconds=59))
    sent = send_invitations(enrollments=[waiting, newcomer], actor=director, now=WEEK_3 + timedelta(seconds=59))
    assert sent == [newcomer]
    assert Notice.objects.filter(recipient=waiting.user).count() == 1

    send_invitations(enrollments=[waiting], actor=director, now=WEEK_3 + timedelta(seconds=60))
    assert Notice.objects.filter(recipient=waiting.user).count() == 2


def test_an_invitation_to_nobody_who_waits_is_refused(loa, director):
    taken = cast.enroll(cast.make_user("Ana Silva"), loa)

    with pytest.raises(NothingToInvite):
        send_invitations(enrollments=[taken], actor=director, now=WEEK_3)


def test_nobody_is_invited_to_a_session_that_is_not_published(loa, director):
    Session.objects.filter(pk=loa.pk).update(status=Session.Status.DRAFT)
    enrollment, _ = invite(loa)

    with pytest.raises(SessionNotPublished):
        send_invitations(enrollments=[enrollment], actor=director, now=WEEK_3)

    enrollment.refresh_from_db()
    assert enrollment.invited_at is None


def test_a_place_is_taken_once(loa):
    enrollment, _ = invite(loa)

    accept_place(enrollment=enrollment, actor=enrollment.user, now=WEEK_3)

    assert enrollment.accepted_at == WEEK_3
    with pytest.raises(WrongState):
        accept_place(enrollment=enrollment, actor=enrollment.user, now=WEEK_3)


def test_a_change_of_status_says_who_why_and_what_was_before(participant_in_kolkata, director):
    change_status(
        enrollment=participant_in_kolkata,
        to=Enrollment.Status.ON_LEAVE,
        reason="Parental leave until April",
        actor=director,
        now=WEEK_3,
    )

    entry = Entry.objects.about(participant_in_kolkata).get()
    assert (entry.actor, entry.reason) == (director, "Parental leave until April")
    assert (entry.before, entry.after) == ({"status": "active"}, {"status": "on_leave"})


def test_somebody_removed_cannot_complete(participant_in_kolkata, director):
    change_status(
        enrollment=participant_in_kolkata, to=Enrollment.Status.REMOVED, reason="x", actor=director, now=WEEK_3
    )

    with pytest.raises(WrongState):
        change_status(
            enrollment=participant_in_kolkata, to=Enrollment.Status.COMPLETED, reason="x", actor=director, now=WEEK_3
        )


def test_a_full_session_takes_nobody_more_but_an_observer(loa):
    Session.objects.filter(pk=loa.pk).update(capacity=1)
    invite(loa)

    with pytest.raises(SessionFull):
        invite(loa, email="second@example.org")

    invite(loa, email="observer@example.org", kind=Enrollment.Kind.OBSERVER)
    assert not User.objects.filter(email="second@example.org").exists()


def test_a_full_section_takes_nobody_more(loa, fellow):
    small = cast.make_section(loa, fellow, name="Section B", capacity=1)
    first, second = (cast.enroll(cast.make_user(name), loa) for name in ("Ana Silva", "Ben Cole"))
    place_in_section(enrollment=first, section=small, actor=None, now=WEEK_3)

    with pytest.raises(SectionFull):
        place_in_section(enrollment=second, section=small, actor=None, now=WEEK_3)


@pytest.mark.django_db(transaction=True)
def test_the_last_place_of_a_section_goes_to_one_of_eight_who_come_at_once():
    session = cast.make_session(cast.make_program())
    section = cast.make_section(session, capacity=1)
    enrollments = [cast.enroll(cast.make_user(f"Person {n}"), session) for n in range(8)]
    outcomes, ready = [], threading.Barrier(8)

    def take(enrollment):
        try:
            ready.wait()
            place_in_section(enrollment=enrollment, section=section, actor=None, now=WEEK_3)
            outcomes.append("placed")
        except SectionFull:
            outcomes.append("full")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take, args=(row,)) for row in enrollments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["full"] * 7 + ["placed"]
    assert section.enrollments.count() == 1


def test_a_section_of_another_session_is_refused_by_the_database(participant_in_kolkata, outsider):
    from django.db import IntegrityError

    elsewhere = cast.make_section(outsider.session)

    with pytest.raises(IntegrityError):
        Enrollment.objects.filter(pk=participant_in_kolkata.pk).update(section=elsewhere)
        connection.check_constraints()

"""More time from the desk: for one, a section, or all who have not handed in, with a preview of who gets it."""

from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from assignments.models import Extension
from cohorts.models import Enrollment
from core.windows import hours
from notifications.models import Notice
from tests import cast
from tests.cast import WEEK_3


@pytest.fixture(autouse=True)
def _in_week_3(time_machine):
    time_machine.move_to(WEEK_3, tick=False)


@pytest.fixture
def bo(loa):
    """Of another section, without a fellow."""
    return cast.enroll(cast.make_user("Bo Lind"), loa, section=cast.make_section(loa, name="Section B"))


@pytest.fixture
def send(client, loa, paper):
    """Sends the form: send(fellow, "preview", whom="person:3")."""

    def _send(user, act, **fields):
        client.force_login(user)
        sent = {"act": act, "assignment": paper.pk, "reason": "A storm", "grant_id": str(uuid4())}
        sent |= {"hours": "", "days": "", "until_on": "", "until_at": "23:59", **fields}
        return client.post(reverse("assignments:desk-time", args=[loa.slug]), sent)

    return _send


def ticked(reply):
    page = BeautifulSoup(reply.content, "html.parser")
    return {int(box["value"]) for box in page.select('input[name="person"]')}


def test_a_head_fellow_sees_who_of_the_session_has_not_handed_in(send, paper, give, amara, jack, bo, head_fellow):
    give(amara)

    assert ticked(send(head_fellow, "preview", whom="missing", hours=24)) == {jack.pk, bo.pk}
    assert not Extension.objects.exists()


def test_a_fellow_sees_only_the_own_section(send, paper, amara, jack, bo, fellow):
    assert ticked(send(fellow, "preview", whom="missing", hours=24)) == {amara.pk, jack.pk}
    assert send(fellow, "preview", whom=f"person:{bo.pk}", hours=24).status_code == 422
    assert send(fellow, "preview", whom=f"section:{bo.section_id}", hours=24).status_code == 422


def test_a_section_is_meant_with_and_without_who_has_handed_in(send, give, section, amara, jack, bo, director):
    give(amara)

    assert ticked(send(director, "preview", whom=f"section:{section.pk}", hours=24)) == {amara.pk, jack.pk}
    assert ticked(send(director, "preview", whom=f"section-missing:{section.pk}", hours=24)) == {jack.pk}


def test_nobody_is_meant_who_does_not_do_the_work(send, loa, section, amara, fellow):
    cast.enroll(cast.make_user("Wiltrud Gone"), loa, section=section, status=Enrollment.Status.WITHDRAWN)
    cast.enroll(cast.make_user("Olga Seeing"), loa, kind=Enrollment.Kind.OBSERVER)

    assert ticked(send(fellow, "preview", whom="missing", hours=24)) == {amara.pk}


@pytest.mark.parametrize(
    ("amount", "due"),
    [
        ({"hours": 48}, "Tue 23 Feb, 23:59"),
        ({"days": 2}, "Tue 23 Feb, 23:59"),
        ({"until_on": "2027-02-25", "until_at": "12:00"}, "Thu 25 Feb, 12:00"),
    ],
)
def test_the_preview_tells_each_new_date_before_anything_is_granted(send, amara, director, amount, due):
    page = send(director, "preview", whom=f"person:{amara.pk}", **amount).content.decode()

    assert due in page
    assert "Sun 21 Feb, 23:59" in page
    assert not Notice.objects.exists()


def test_whoever_is_still_ticked_gets_it_and_is_told_once_however_often_it_is_sent(
    send, paper, amara, jack, bo, head_fellow
):
    grant_id = str(uuid4())
    for _ in range(2):
        reply = send(
            head_fellow, "grant", whom="missing", hours=48, grant_id=grant_id, person=[str(amara.pk), str(bo.pk)]
        )

    assert reply.status_code == 302
    assert {row.enrollment for row in Extension.objects.all()} == {amara, bo}
    assert {str(row.grant_id) for row in Extension.objects.all()} == {grant_id}
    assert {notice.recipient for notice in Notice.objects.all()} == {amara.user, bo.user}
    assert Notice.objects.count() == 2
    assert paper.window_for(jack).due_at == paper.due_at


def test_a_fellow_who_ticks_somebody_elses_person_grants_them_nothing(send, amara, bo, fellow):
    send(fellow, "grant", whom="missing", hours=48, person=[str(bo.pk)])

    assert not Extension.objects.exists()


@pytest.mark.parametrize("amount", [{}, {"hours": 4, "days": 1}, {"until_on": "2027-02-19"}, {"hours": 0}])
def test_what_is_no_later_or_said_twice_is_asked_again(send, amara, director, amount):
    reply = send(director, "preview", whom=f"person:{amara.pk}", **amount)

    assert reply.status_code == 422
    assert not ticked(reply)


def test_a_grant_is_revoked_as_a_whole(send, client, loa, paper, amara, jack, director):
    send(director, "grant", whom="missing", hours=48, person=[str(amara.pk), str(jack.pk)])
    grant = Extension.objects.values_list("grant_id", flat=True)[:1].get()
    assert (
        "48 hours more, granted by Dana Whitfield"
        in client.get(reverse("assignments:desk-time", args=[loa.slug])).content.decode()
    )

    client.post(reverse("assignments:desk-time-revoke", args=[loa.slug, grant]), {"reason": "By mistake"})

    assert not Extension.objects.in_force().exists()
    assert Extension.objects.count() == 2
    assert paper.window_for(jack).due_at == paper.due_at
    assert Notice.objects.count() == 4


def test_a_fellow_does_not_revoke_what_was_granted_beyond_the_own_section(
    send, client, loa, amara, bo, director, fellow
):
    send(director, "grant", whom="missing", hours=48, person=[str(amara.pk), str(bo.pk)])
    grant = Extension.objects.values_list("grant_id", flat=True)[:1].get()
    client.force_login(fellow)

    page = client.get(reverse("assignments:desk-time", args=[loa.slug])).content.decode()
    reply = client.post(reverse("assignments:desk-time-revoke", args=[loa.slug, grant]), follow=True)

    assert "Bo Lind" not in page
    assert "not in your section" in reply.content.decode()
    assert Extension.objects.in_force().count() == 2


def test_what_participants_took_themselves_stands_on_the_page(client, loa, paper, amara, fellow, bo):
    for place in (amara, bo):
        cast.extend(paper, place, by=hours(48), granter=place.user, taken=1)
    client.force_login(fellow)

    page = BeautifulSoup(client.get(reverse("assignments:desk-time", args=[loa.slug])).content, "html.parser")

    rows = [" ".join(row.text.split()) for row in page.select("#taken ~ table tbody tr")]
    assert len(rows) == 1
    assert rows[0].startswith(f"{amara.user} {paper.item.title} 48 hours more")
    assert "Everybody has the deadlines" not in page.text


def test_the_page_and_its_preview_cost_the_same_for_one_and_for_many(
    send, client, loa, paper, section, amara, director, django_assert_max_num_queries
):
    client.force_login(director)
    cast.extend(paper, amara, by=hours(4), granter=director)
    address = reverse("assignments:desk-time", args=[loa.slug])
    costs = []
    for _ in range(2):
        with django_assert_max_num_queries(26) as asked:
            client.get(address)
        costs.append(len(asked))
        with django_assert_max_num_queries(26) as asked:
            send(director, "preview", whom="missing", hours=24)
        costs.append(len(asked))
        for number in range(3):
            place = cast.enroll(cast.make_user(f"Person {number}"), loa, section=section)
            cast.extend(paper, place, by=hours(4), granter=director)

    assert costs[:2] == costs[2:]

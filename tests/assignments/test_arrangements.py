"""Standing arrangements: made for one person, told once, why for head teaching fellow and director only."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.core import mail
from django.urls import reverse

from assignments.models import Arrangement
from assignments.services import AlreadyRevoked, MayNotArrange, make_arrangement, revoke_arrangement
from audit.models import Entry
from core.windows import hours
from notifications import sender
from notifications.models import Notice
from tests import cast
from tests.cast import WEEK_3

WHY = "The power is cut for eight hours a day."


@pytest.fixture
def arrange(amara, head_fellow):
    def _arrange(place=amara, *, actor=head_fellow, key=None, **amount):
        return make_arrangement(
            enrollment=place,
            from_on=date(2027, 2, 15),
            until_on=date(2027, 4, 30),
            reason=WHY,
            key=key or uuid4(),
            actor=actor,
            now=WEEK_3,
            **(amount or {"by": hours(48)}),
        )

    return _arrange


def test_it_is_recorded_without_the_reason_and_told_once_with_the_new_dates(arrange, paper, loa, module, amara):
    cast.make_assignment(module, title="Skill practice")
    cast.make_assignment(cast.make_module(loa, number=9), title="Not open yet")
    before = cast.make_assignment(cast.make_module(loa, number=1), title="Due before")
    key = uuid4()
    for _ in range(2):
        arrangement = arrange(key=key)

    entry = Entry.objects.about(arrangement).get()
    assert WHY not in str((entry.reason, entry.before, entry.after))
    assert Notice.objects.count() == 1
    sender.send_due(now=WEEK_3)
    [told] = mail.outbox
    assert amara.user.email in told.to[0]
    assert "“Reflection paper” is due Wednesday 24 February, 10:29 Kolkata" in told.body
    assert "“Skill practice” is due Wednesday 24 February, 10:29 Kolkata" in told.body
    assert "15 February" in told.body
    for hidden in ("Not open yet", str(before), WHY):
        assert hidden not in told.body


def test_revoking_keeps_it_on_record_and_tells_once(arrange, paper, amara, director):
    arrangement = arrange()

    revoke_arrangement(arrangement=arrangement, actor=director, now=WEEK_3)

    assert paper.window_for(amara).due_at == paper.due_at
    assert Arrangement.objects.get().revoked_by == director
    assert [notice.occurrence for notice in Notice.objects.order_by("pk")] == ["made", "revoked"]
    sender.send_due(now=WEEK_3)
    assert "has ended" in mail.outbox[-1].body
    with pytest.raises(AlreadyRevoked):
        revoke_arrangement(arrangement=arrangement, actor=director, now=WEEK_3)


def test_only_head_fellow_and_director_make_and_revoke_it(arrange, fellow, chair, coordinator, amara, director):
    for stranger in (fellow, chair, coordinator, amara.user):
        with pytest.raises(MayNotArrange):
            arrange(actor=stranger)
    arrangement = arrange(actor=director)
    with pytest.raises(MayNotArrange):
        revoke_arrangement(arrangement=arrangement, actor=fellow, now=WEEK_3)


def test_work_that_comes_later_is_covered_without_asking(arrange, loa, amara):
    arrange(days=2)
    paper = cast.make_assignment(cast.make_module(loa, number=5))

    assert paper.window_for(amara).due_at == datetime(2027, 3, 10, 4, 59, tzinfo=UTC)


@pytest.mark.parametrize("who", ["fellow", "amara", "head_fellow", "director"])
def test_fellow_and_person_see_that_it_exists_and_only_two_see_why(
    who, request, client, time_machine, arrange, loa, paper
):
    time_machine.move_to(WEEK_3, tick=False)
    arrange()
    whose = request.getfixturevalue(who)
    client.force_login(whose.user if who == "amara" else whose)
    address = paper.get_absolute_url() if who == "amara" else reverse("assignments:desk-time", args=[loa.slug])

    page = client.get(address).content.decode()

    assert "48 hours more" in page
    assert (WHY in page) is (who in ("head_fellow", "director"))


def test_it_is_made_and_revoked_on_the_desk(client, time_machine, loa, paper, amara, director):
    time_machine.move_to(WEEK_3, tick=False)
    client.force_login(director)
    address = reverse("assignments:desk-arrangement-add", args=[loa.slug])
    sent = {
        "enrollment": amara.pk,
        "from_on": "2027-02-15",
        "until_on": "2027-04-30",
        "reason": WHY,
        "key": str(uuid4()),
    }
    assert client.post(address, sent).status_code == 422
    assert client.post(address, sent | {"hours": 4, "days": 1}).status_code == 422
    assert client.post(address, sent | {"hours": 4, "until_on": "2027-02-01"}).status_code == 422
    assert client.post(address, sent | {"hours": 48}).status_code == 302
    assert paper.window_for(amara).due_at == paper.due_at + hours(48)

    client.post(reverse("assignments:desk-arrangement-revoke", args=[loa.slug, Arrangement.objects.get().pk]))
    assert paper.window_for(amara).due_at == paper.due_at

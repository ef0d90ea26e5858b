"""Time that participants take without asking, as far as the program file allows it."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.urls import reverse

from assignments.models import Assignment, Extension
from assignments.services import TimeNotTaken, grant_extension, take_time
from audit.models import Entry
from cohorts.models import Enrollment
from core.windows import hours
from notifications.models import Notice
from programs.models import Session
from tests import cast
from tests.cast import WEEK_3
from tests.races import at_once

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def allow(session, **rule):
    """The rule of the session: 48 hours, once, up to a day after the deadline, for half of the work."""
    rule = {"hours": 48, "times": 1, "until_hours": 24, "share": Decimal("0.5")} | rule
    Session.objects.filter(pk=session.pk).update(**{f"own_time_{name}": value for name, value in rule.items()})
    session.refresh_from_db()


@pytest.fixture
def papers(loa, module):
    """Six, so that three may be later."""
    allow(loa)
    return [cast.make_assignment(module, title=f"Paper {number}") for number in range(6)]


@pytest.fixture
def take(papers, amara):
    def _take(paper=None, *, number=1, at=WEEK_3, place=amara):
        paper = Assignment.objects.select_related("item", "session__program").get(pk=(paper or papers[0]).pk)
        return take_time(assignment=paper, enrollment=place, number=number, actor=place.user, now=at)

    return _take


def test_the_deadline_moves_by_as_much_and_says_who_took_it(take, papers, amara):
    extension = take()

    window = papers[0].window_for(amara)
    assert window.due_at == papers[0].due_at + hours(48)
    assert window.closes_at == papers[0].closes_at + hours(48)
    assert window.provenance[1] == "48 hours more, taken by Amara Rao"
    assert Entry.objects.about(extension).get().verb == "took more time"
    assert Notice.objects.get().kind == "assignments.deadline_changed"


def test_the_same_button_twice_takes_it_once(take):
    assert take().pk == take().pk
    assert Extension.objects.count() == Notice.objects.count() == 1


def test_it_is_taken_once_for_an_assignment(take):
    take()

    with pytest.raises(TimeNotTaken, match="already"):
        take(number=2)


def test_a_program_may_allow_it_twice_for_an_assignment(take, loa, papers, amara):
    allow(loa, times=2)
    take()
    take(number=2)

    assert papers[0].window_for(amara).due_at == papers[0].due_at + hours(96)
    with pytest.raises(TimeNotTaken):
        take(number=3)


@pytest.mark.parametrize(
    ("after", "is_taken"),
    [(-hours(100), True), (hours(24), True), (hours(24) + MINUTE - SECOND, True), (hours(24) + MINUTE, False)],
)
def test_it_is_taken_until_a_day_after_the_deadline(take, papers, after, is_taken):
    if is_taken:
        take(at=papers[0].due_at + after)
    else:
        with pytest.raises(TimeNotTaken, match="24 hours after the deadline"):
            take(at=papers[0].due_at + after)
    assert Extension.objects.exists() is is_taken


def test_it_is_taken_for_half_of_the_assignments(take, papers):
    for paper in papers[:3]:
        take(paper)

    with pytest.raises(TimeNotTaken, match="as many assignments as the program allows"):
        take(papers[3])
    assert Extension.objects.count() == 3


@pytest.mark.parametrize(("share", "allowed"), [("0.5", 3), ("0.49", 2), ("1", 6), ("0.1", 0)])
def test_the_share_is_the_programs(take, loa, papers, share, allowed):
    allow(loa, share=Decimal(share))
    for paper in papers[:allowed]:
        take(paper)

    if allowed < len(papers):
        with pytest.raises(TimeNotTaken):
            take(papers[allowed])


def test_what_was_revoked_counts_for_its_assignment_and_not_for_the_share(take, papers, director):
    taken = [take(paper) for paper in papers[:3]]
    Extension.objects.filter(pk=taken[0].pk).update(revoked_at=WEEK_3, revoked_by=director)

    take(papers[3])
    assert take().pk == taken[0].pk
    assert Extension.objects.count() == 4


def test_whoever_has_as_long_already_takes_nothing(take, papers, amara, director):
    grant_extension(assignment=papers[0], enrollment=amara, by=hours(72), reason="Ill", actor=director, now=WEEK_3)

    with pytest.raises(TimeNotTaken, match="as long already"):
        take()


def test_a_program_without_the_rule_gives_none(take, loa):
    allow(loa, hours=None)

    with pytest.raises(TimeNotTaken, match="no more time without asking"):
        take()


def test_nobody_takes_it_who_does_not_do_the_work(take, papers, amara, jack):
    paper = papers[0]
    with pytest.raises(TimeNotTaken):
        take_time(assignment=paper, enrollment=amara, number=1, actor=jack.user, now=WEEK_3)
    for status in (Enrollment.Status.WITHDRAWN, Enrollment.Status.COMPLETED):
        Enrollment.objects.filter(pk=amara.pk).update(status=status)
        with pytest.raises(TimeNotTaken):
            take()


def test_of_work_that_is_not_open_nothing_is_taken(take, loa):
    closed = cast.make_assignment(cast.make_module(loa, number=9))

    with pytest.raises(TimeNotTaken, match="not open for you"):
        take(closed)


# --- the page -----------------------------------------------------------------------------------------------------


def test_the_button_works_without_script_and_tells_what_is_left(client, time_machine, papers, amara, take):
    time_machine.move_to(WEEK_3, tick=False)
    client.force_login(amara.user)
    take(papers[1])
    paper = papers[0]

    page = client.get(paper.get_absolute_url()).content.decode()
    assert "Take 48 more hours" in page
    assert "for 3 assignments of the program; you have 2 left" in page

    answer = client.post(
        reverse("assignments:time-take", args=[paper.session.slug, paper.pk]), {"number": "1"}, follow=True
    )
    page = answer.content.decode()
    assert "Wednesday 24 February, 10:29 Kolkata" in page
    assert "48 hours more, taken by you" in page
    assert "Take 48 more hours" not in page


def test_the_button_is_there_as_long_as_it_would_do_something(client, time_machine, papers, amara, give):
    paper, address = papers[0], papers[0].get_absolute_url()
    last = paper.due_at + hours(24) + MINUTE - SECOND
    for moment, is_there in ((last, True), (last + SECOND, False)):
        time_machine.move_to(moment, tick=False)
        client.force_login(amara.user)
        assert ("Take 48 more hours" in client.get(address).content.decode()) is is_there

    time_machine.move_to(WEEK_3, tick=False)
    give(amara, assignment=paper)
    client.force_login(amara.user)
    assert "Take 48 more hours" not in client.get(address).content.decode()


# --- at the same instant ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_tabs_take_it_once(transactional_db, take):
    """Seen to fail without the lock on the enrollment: the constraint refused the second with a server error."""
    outcomes = at_once(*[take] * 6)

    assert len({extension.pk for extension in outcomes}) == 1
    assert Extension.objects.count() == Notice.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_share_holds_when_all_are_taken_at_once(transactional_db, take, papers):
    """Seen to fail without the lock on the enrollment: all six were taken."""
    outcomes = at_once(*[partial(take, paper) for paper in papers])

    assert Extension.objects.count() == 3
    assert sum(isinstance(outcome, TimeNotTaken) for outcome in outcomes) == 3

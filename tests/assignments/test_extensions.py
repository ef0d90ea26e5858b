from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from assignments.models import Extension
from assignments.services import (
    AlreadyRevoked,
    MayNotExtend,
    NotLater,
    grant_extension,
    grant_extensions,
    resolve_days,
    revoke_extension,
)
from audit.models import Entry
from core.windows import days, hours
from notifications.models import Notice
from tests import cast
from tests.cast import WEEK_3

LATER = WEEK_3 + timedelta(hours=1)
WHY = "A family matter"


@pytest.fixture
def grant(paper, director):
    def _grant(enrollment, *, actor=director, assignment=paper, now=WEEK_3, **amount):
        return grant_extension(
            assignment=assignment,
            enrollment=enrollment,
            reason=WHY,
            actor=actor,
            now=now,
            **(amount or {"by": hours(48)}),
        )

    return _grant


def test_a_relative_extension_follows_the_deadline_when_it_moves(grant, paper, amara):
    grant(amara, by=hours(48))
    paper.due_at += timedelta(days=2)
    paper.save()

    assert paper.window_for(amara).due_at == paper.due_at + hours(48)


def test_an_extension_is_recorded_and_told(grant, paper, amara, director):
    extension = grant(amara, by=hours(48))

    entry = Entry.objects.about(extension).get()
    assert (entry.actor, entry.verb, entry.reason) == (director, "granted an extension", WHY)
    assert entry.after["extension"] == "48 hours more, granted by Dana Whitfield"
    notice = Notice.objects.get()
    assert (notice.kind, notice.recipient) == ("assignments.deadline_changed", amara.user)
    assert datetime.fromisoformat(notice.context["was_due_at"]) == paper.due_at


def test_many_are_granted_as_one_row_each_with_a_shared_grant(paper, amara, jack, director):
    grant_id = uuid4()
    for _ in range(2):
        granted = grant_extensions(
            assignment=paper,
            enrollments=[amara, jack],
            by=hours(24),
            reason=WHY,
            actor=director,
            now=WEEK_3,
            grant_id=grant_id,
        )

    assert {row.grant_id for row in granted} == {grant_id}
    assert Extension.objects.count() == Notice.objects.count() == 2


def test_an_extension_that_changes_nothing_is_not_told(grant, amara):
    grant(amara, by=hours(48))
    grant(amara, by=hours(24), now=LATER)

    assert Notice.objects.count() == 1


@pytest.mark.parametrize("amount", [{"by": hours(0)}, {"by": hours(-1)}, {"until": cast.WEEK_3}, {}])
def test_an_extension_only_makes_later(paper, amara, director, amount):
    with pytest.raises(NotLater):
        grant_extension(assignment=paper, enrollment=amara, reason=WHY, actor=director, now=WEEK_3, **amount)


def test_a_fellow_extends_in_the_own_section_only(grant, loa, amara, fellow, chair):
    elsewhere = cast.enroll(cast.make_user("Bo Lind"), loa, section=cast.make_section(loa, name="Section B"))
    grant(amara, actor=fellow)

    with pytest.raises(MayNotExtend, match="not in your section"):
        grant(elsewhere, actor=fellow)
    with pytest.raises(MayNotExtend):
        grant(amara, actor=chair)
    with pytest.raises(MayNotExtend):
        grant(amara, actor=amara.user)


def test_nobody_of_another_session_is_extended(grant, outsider):
    with pytest.raises(MayNotExtend):
        grant(outsider)


def test_a_revoked_extension_stays_on_record_and_is_told(grant, paper, amara, director):
    extension = grant(amara, by=hours(48))

    revoke_extension(extension=extension, reason="By mistake", actor=director, now=LATER)

    assert paper.window_for(amara).due_at == paper.due_at
    assert Extension.objects.get().revoked_by == director
    assert Notice.objects.count() == 2
    assert Entry.objects.about(extension).first().verb == "revoked an extension"


def test_of_two_who_revoke_one_is_told_that_it_is_done(grant, amara, director):
    extension = grant(amara)
    revoke_extension(extension=extension, actor=director, now=LATER)

    with pytest.raises(AlreadyRevoked):
        revoke_extension(extension=extension, actor=director, now=LATER)


@pytest.fixture
def paper_before_the_change(loa):
    """Due on Sunday 7 March, 23:59 New York; the clocks go forward in the night to the 14th."""
    return cast.make_assignment(cast.make_module(loa, number=5))


def test_days_are_days_on_the_clocks_and_hours_are_elapsed(grant, paper_before_the_change, amara, jack):
    paper = paper_before_the_change
    grant(amara, assignment=paper, by=days(7, "America/New_York"))
    grant(jack, assignment=paper, by=hours(7 * 24))

    window = paper.window_for(amara)
    assert window.due_at == datetime(2027, 3, 15, 3, 59, tzinfo=UTC)
    assert window.provenance[1] == "7 days more, granted by Dana Whitfield"
    assert paper.window_for(jack).due_at == datetime(2027, 3, 15, 4, 59, tzinfo=UTC)


def test_days_are_resolved_again_when_the_deadline_moves_past_a_change_of_clocks(grant, loa, amara):
    paper = cast.make_assignment(cast.make_module(loa, number=5))
    grant(amara, assignment=paper, by=days(7, "America/New_York"))
    paper.due_at = datetime(2027, 3, 15, 3, 59, tzinfo=UTC)
    paper.save()

    assert resolve_days(paper) == 1
    assert resolve_days(paper) == 0

    assert paper.window_for(amara).due_at == datetime(2027, 3, 22, 3, 59, tzinfo=UTC)

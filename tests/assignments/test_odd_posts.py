"""What no page of ours sends: refused in words, or not found, never an error of the server."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from assignments.services import ask_for_time, grant_extension
from assignments.services.calibrating import add_calibration_paper
from core.windows import hours
from tests.assignments.answering import all_levels
from tests.assignments.pages import a_form
from tests.cast import WEEK_3

# A clock cannot be asked about the first and the last; of the one between no later close could be kept.
far = pytest.mark.parametrize("day", ["0001-01-01", "9999-12-20", "9999-12-31"])


@pytest.fixture(autouse=True)
def _in_week_3(time_machine):
    time_machine.move_to(WEEK_3, tick=False)


@pytest.fixture
def status(client, loa):
    """Of the answer to what somebody sends: status(fellow, "desk-time", until_on="…")."""

    def _status(user, name, *args, **fields):
        client.force_login(user)
        return client.post(reverse(f"assignments:{name}", args=[loa.slug, *args]), fields).status_code

    return _status


@pytest.mark.parametrize("fields", [{"assignment": "abc"}, {"assignment": "9" * 40}, {"reason": "a\x00b"}])
def test_a_grant_is_revoked(status, paper, amara, fellow, fields):
    granted = grant_extension(
        assignment=paper, enrollment=amara, by=hours(24), reason="A storm", actor=fellow, now=WEEK_3
    )

    assert status(fellow, "desk-time-revoke", granted.grant_id, **fields) == 302


@pytest.mark.parametrize("fields", [{"note": "a\x00b"}, {"level-1": "9" * 30}])
def test_a_sample_is_answered(status, paper, section, head_fellow, fellow, fields):
    sample = add_calibration_paper(assignment=paper, title="One", text="We asked.", actor=head_fellow, now=WEEK_3)
    chosen = {f"level-{criterion}": level for criterion, level in all_levels(paper, 1).items()}

    assert status(fellow, "desk-calibration", sample.pk, result="complete", **chosen | fields) == 302


def test_a_comment_is_kept_to_use_again(status, section, fellow):
    assert status(fellow, "desk-bank", act="add", text="a\x00b") == 302


@far
@pytest.mark.parametrize("act", ["preview", "grant"])
def test_a_far_day_is_not_granted(status, paper, amara, fellow, day, act):
    chosen = {"assignment": paper.pk, "whom": f"person:{amara.pk}", "person": amara.pk, "grant_id": str(uuid4())}

    assert status(fellow, "desk-time", act=act, until_on=day, until_at="23:59", reason="A storm", **chosen) == 422


@far
def test_a_far_day_is_no_answer_to_a_question(status, paper, amara, fellow, day):
    asked = ask_for_time(
        assignment=paper,
        enrollment=amara,
        text="My daughter is ill.",
        wished_on=date(2027, 2, 25),
        key=uuid4(),
        actor=amara.user,
        now=WEEK_3,
    )

    assert status(fellow, "desk-request", asked.pk, act="grant", until_on=day, until_at="23:59") == 422


@far
def test_nobody_asks_for_a_far_day(status, paper, amara, day):
    assert status(amara.user, "time-ask", paper.pk, text="I am ill.", key=str(uuid4()), wished_on=day) == 422


@far
def test_nothing_arrived_on_a_far_day(status, paper, amara, fellow, day):
    came = {"assignment": paper.pk, "enrollment": amara.pk, "note": "By mail", "text": "I asked.", "key": str(uuid4())}

    assert status(fellow, "desk-hand-in", on_date=day, at_time="23:59", **came) == 422


@far
@pytest.mark.parametrize("name", ["starts_on", "ends_on", "promises_on"])
def test_nobody_covers_on_a_far_day(status, paper, section, fellow, head_fellow, day, name):
    asked = {"away": fellow.pk, "colleagues": head_fellow.pk, "message": "She is away.", "act": "arrange"}

    assert status(head_fellow, "desk-cover-arrange", **asked | {name: day}) == 422


@far
@pytest.mark.parametrize("name", ["from_on", "until_on"])
def test_no_arrangement_reaches_to_a_far_day(status, paper, amara, head_fellow, day, name):
    days = {"from_on": "2027-02-01", "until_on": "2027-03-01", name: day}

    made = {"enrollment": amara.pk, "days": 180, "reason": "Private", "key": str(uuid4())}
    assert status(head_fellow, "desk-arrangement-add", **made | days) == 422


@far
def test_a_revision_is_not_due_on_a_far_day(status, give, paper, amara, fellow, day):
    answer = a_form(paper, fellow, act="release", result="please_revise", revise_reason="More.", revise_on=day)

    assert status(fellow, "desk-answer", give(amara).pk, **answer) == 422


def test_a_save_that_is_nested_without_end_is_not_understood(client, loa, paper, amara):
    client.force_login(amara.user)
    address = reverse("assignments:draft-autosave", args=[loa.slug, paper.pk])

    assert client.post(address, "[" * 100_000, content_type="application/json").status_code == 422

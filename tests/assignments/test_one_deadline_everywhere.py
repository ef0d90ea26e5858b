"""At the edges of each kind of deadline, page, receipt, mail, calendar feed, export, what is stored, and the desk's
lists say the same."""

from csv import DictReader
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.urls import reverse
from icalendar import Calendar

from assignments.desk.missing import missing_of
from assignments.models import Assignment, SubmissionAuthor
from assignments.services import AssignmentClosed, grant_extension, make_arrangement, start_bundle, take_time
from cohorts.models import Enrollment
from core.moments import say_moment
from core.spans import say_span
from core.windows import days, hours
from dashboards.calendar.address import token_of
from files.places import place_of
from jobs.services import run_jobs
from notifications import sender
from programs.models import Session
from tests import cast
from tests.jobs.work import Ticking

KOLKATA, NEW_YORK = "Asia/Kolkata", "America/New_York"
# Wednesday of week 5; the paper is due on its Sunday and closes on the Wednesday after. New York's clocks change in
# the night to 14 March.
BEFORE = datetime(2027, 3, 3, 17, 0, tzinfo=UTC)


def at(day, hour, minute=59):
    return datetime(2027, 3, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def paper(loa):
    Session.objects.filter(pk=loa.pk).update(own_time_hours=48, own_time_share=1)
    loa.refresh_from_db()
    return cast.make_assignment(cast.make_module(loa, number=5), closes="week 6, Wednesday, 23:59")


def nothing(paper, place, **people):
    """The deadline that everybody has."""


def relative_hours(paper, place, director, **people):
    grant_extension(assignment=paper, enrollment=place, by=hours(48), reason="Ill", actor=director, now=BEFORE)


def days_across_the_change(paper, place, director, **people):
    grant_extension(assignment=paper, enrollment=place, by=days(7, NEW_YORK), reason="Ill", actor=director, now=BEFORE)


def absolute(paper, place, director, **people):
    grant_extension(assignment=paper, enrollment=place, until=at(12, 17, 0), reason="Ill", actor=director, now=BEFORE)


def self_service(paper, place, **people):
    take_time(assignment=paper, enrollment=place, number=1, actor=place.user, now=BEFORE)


def standing_arrangement(paper, place, director, **people):
    make_arrangement(
        enrollment=place,
        days=8,
        from_on=date(2027, 3, 1),
        until_on=date(2027, 3, 31),
        reason="War",
        key=KEY,
        actor=director,
        now=BEFORE,
    )


def revision(paper, place, fellow, give, **people):
    first = give(place, "The first attempt.", at=BEFORE, assignment=paper)
    cast.make_feedback(first, fellow, result="please_revise", revise_until=at(20, 3), at=BEFORE)


KEY = UUID("0b9c2f1e-8a57-4d35-9f0d-1f0f6f0a7c11")
# How it came about, when it is due then, and until when it is taken.
KINDS = {
    "nothing": (nothing, at(8, 4), at(11, 4)),
    "hours": (relative_hours, at(10, 4), at(13, 4)),
    "days across the change": (days_across_the_change, at(15, 3), at(18, 3)),
    "a fixed day": (absolute, at(12, 17, 0), at(15, 17, 0)),
    "taken without asking": (self_service, at(10, 4), at(13, 4)),
    "a standing arrangement": (standing_arrangement, at(16, 3), at(19, 3)),
    "a revision": (revision, at(20, 3), at(23, 3)),
}
SECOND, END_OF_MINUTE = timedelta(seconds=1), timedelta(seconds=59.999)
ON_TIME, CLOSED = "on time", "closed"
# From which of the two instants, and how late it is then.
MOMENTS = {
    "due -1 s": ("due", -SECOND, ON_TIME),
    "due": ("due", timedelta(0), ON_TIME),
    "due +1 s": ("due", SECOND, ON_TIME),
    "the end of the shown minute": ("due", END_OF_MINUTE, ON_TIME),
    "a minute after": ("due", timedelta(minutes=1), timedelta(minutes=1)),
    "late": ("due", timedelta(hours=3), timedelta(hours=3)),
    "the end of the closing minute": ("close", END_OF_MINUTE, "as late as the close"),
    "after closing": ("close", timedelta(minutes=1), CLOSED),
}


@pytest.fixture
def see(client, time_machine, loa):
    """A page as somebody sees it at a moment."""

    def _see(user, address, moment):
        time_machine.move_to(moment, tick=False)
        client.force_login(user)
        return BeautifulSoup(client.get(address).content, "html.parser")

    return _see


def calendar_entry(client, place, paper):
    """Of this person's feed, the entry of this paper."""
    client.logout()
    feed = client.get(reverse("dashboards:calendar-feed", args=[token_of(place.user)]))
    uid = f"deadline-{paper.pk}-{place.pk}@"
    [entry] = [one for one in Calendar.from_ical(feed.content).walk("VEVENT") if uid in one["UID"]]
    return entry


def exported(paper, user, now):
    """The lines of the index of all papers, packed at that moment."""
    bundle = start_bundle(assignment=paper, section=None, reason="", key=uuid4(), actor=user, now=now)
    run_jobs(Ticking(now, timedelta(milliseconds=1)))
    bundle.refresh_from_db()
    index = ZipFile(place_of(bundle.stored.sha256)).read("index.csv").decode("utf-8-sig")
    return list(DictReader(StringIO(index, newline="")))


def words(part):
    return " ".join(part.get_text(" ").split())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_everything_says_the_same(
    kind, moment, see, client, give, loa, paper, amara, fellow, head_fellow, director, settings, tmp_path
):
    bring_about, due_at, closes_at = KINDS[kind]
    since, after, expected = MOMENTS[moment]
    bring_about(paper, amara, fellow=fellow, director=director, give=give)
    now = (due_at if since == "due" else closes_at) + after
    late_by = expected if isinstance(expected, timedelta) else None
    if expected == "as late as the close":
        late_by = closes_at - due_at + after
    said = f"{say_span(late_by)} after the deadline; accepted" if late_by else ""

    # The window, its twin, and the list of those who owe something.
    window = paper.window_for(amara)
    row = Assignment.objects.with_due_for(amara).get(pk=paper.pk)
    assert (window.due_at, window.closes_at) == (row.own_due_at, row.own_closes_at) == (due_at, closes_at)
    if kind != "a revision":
        owes = missing_of(Enrollment.objects.filter(pk=amara.pk), loa, now).exists()
        assert owes is (expected != ON_TIME)

    # The page before handing in.
    page = see(amara.user, paper.get_absolute_url(), now)
    line = words(page.select_one(".due-line"))
    assert line.startswith("Due" if expected == ON_TIME else "Was due")
    assert say_moment(due_at, KOLKATA, NEW_YORK, now=now).split(",")[0] in line
    assert (page.select_one("#editor") is None) is (expected == CLOSED)
    listed = words(see(amara.user, reverse("assignments:assignment-list", args=[loa.slug]), now))
    if kind != "a revision":
        chip = {ON_TIME: "To do", CLOSED: "Closed"}.get(expected, "Late, still taken")
        assert chip in listed

    # The calendar that the person takes along: the instant, and in words what the page says.
    entry = calendar_entry(client, amara, paper)
    assert entry["DTSTART"].dt == due_at
    assert say_moment(due_at, KOLKATA, NEW_YORK, now=now) in entry["DESCRIPTION"]
    assert say_moment(closes_at, KOLKATA, NEW_YORK, now=now) in entry["DESCRIPTION"]

    if expected == CLOSED:
        with pytest.raises(AssignmentClosed):
            give(amara, "Too late.", at=now, assignment=paper)
        return
    submission = give(amara, "My paper.", at=now, assignment=paper)

    # What is stored.
    author = SubmissionAuthor.objects.get(submission=submission)
    assert (author.due_at, author.late_by) == (due_at, late_by)
    # The receipt on the page and in the mail.
    receipt = words(see(amara.user, submission.get_absolute_url(), now))
    mail.outbox.clear()
    sender.send_due(now=now)
    [told] = [one for one in mail.outbox if submission.receipt in one.subject]
    assert ("after the deadline; accepted" in receipt) is ("after the deadline; accepted" in told.body) is bool(said)
    assert said in receipt
    assert said in told.body
    # The page and the list afterwards, and the desk's list.
    after_it = words(see(amara.user, paper.get_absolute_url(), now))
    assert said in after_it
    queue = words(see(fellow, reverse("assignments:desk-queue", args=[loa.slug]), now))
    assert "Amara Rao" in queue
    assert (f"{say_span(late_by)} late" in queue) if late_by else (" late " not in queue.split("Handed in")[-1])
    # The index of the ZIP of all papers, in hours.
    settings.STORED_FILES_DIR = tmp_path / "files"
    [line] = [row for row in exported(paper, head_fellow, now) if row["Receipt"] == submission.receipt]
    assert line["Late by (hours)"] == (str(round(late_by / hours(1), 2)) if late_by else "")
    assert line["Handed in, program time"] == f"{now.astimezone(loa.tz):%Y-%m-%d %H:%M:%S}"


def test_without_a_close_work_is_taken_late_until_the_sessions_end_of_work(loa, module, give, amara):
    """23:59 of the last day of work on the clocks of the session, whole minute included."""
    paper = cast.make_assignment(module)
    last = loa.work_ends_at + timedelta(seconds=59)

    submission = give(amara, at=last, assignment=paper)

    assert SubmissionAuthor.objects.get(submission=submission).late_by == last - paper.due_at
    with pytest.raises(AssignmentClosed):
        give(amara, "Once more.", at=last + SECOND, assignment=paper)

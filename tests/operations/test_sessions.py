"""A session is built from a version and owns its curriculum from then on."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignments.models import Assignment, Criterion, Level
from audit.models import Entry
from cohorts.models import Meeting
from core.rules import BreakSpan, parse_rule
from core.zones import say_zone
from modules.models import Item, Module
from operations.program_files import load_programs, open_program_file, read_program_file
from operations.sessions import DatesDoNotFit, SessionExists, create_session
from programs.models import Session
from tests.cast import ENROLLED
from tests.operations.small_program import SMALL, spoiled

SPRING = BreakSpan("Spring break", date(2027, 3, 22), date(2027, 3, 28))


def load(text=SMALL):
    return load_programs(files=[read_program_file(text.encode(), "neg.yaml")], actor=None, now=ENROLLED)[0].version


def load_shipped(name):
    file = open_program_file(Path(f"operations/programs/{name}.yaml"))
    return load_programs(files=[file], actor=None, now=ENROLLED)[0].version


def make(version, *, starts_on=date(2027, 2, 1), label="2027", zone="America/New_York", **fields):
    fields.setdefault("work_ends_on", date(2027, 6, 6))
    fields.setdefault("access_ends_on", date(2027, 12, 31))
    return create_session(
        version=version, label=label, starts_on=starts_on, zone=zone, actor=None, now=ENROLLED, **fields
    )


def due_of(session):
    return {one.item.key: one.due_at for one in Assignment.objects.filter(session=session).select_related("item")}


def local(instant, zone):
    return instant.astimezone(ZoneInfo(zone)).strftime("%a %H:%M")


@pytest.mark.django_db
def test_a_third_program_is_a_third_file():
    session = make(load(), starts_on=date(2027, 9, 1), zone="Europe/Belgrade", work_ends_on=date(2027, 10, 3))

    assert (session.slug, session.status, session.order) == ("negotiating-2027", "draft", "calendar")
    assert session.teaching_ends_on == date(2027, 9, 26)
    prepare, meet = session.modules.order_by("position")
    assert (prepare.number, meet.number, meet.kind) == (1, None, "live")
    # Week 1 holds Wednesday 1 September: it begins on Monday 30 August, Belgrade is two hours ahead of UTC.
    assert prepare.releases_at == datetime(2027, 8, 30, 7, 0, tzinfo=UTC)
    assert meet.releases_at == datetime(2027, 8, 23, 7, 0, tzinfo=UTC)
    read, paper = prepare.items.order_by("position")
    assert (read.kind, read.body, read.blocks_until) == ("reading", "A page.", None)
    assignment = paper.assignment
    assert assignment.session == session
    assert assignment.due_at == datetime(2027, 9, 12, 21, 59, tzinfo=UTC)
    assert assignment.closes_at == paper.blocks_until == datetime(2027, 9, 19, 21, 59, tzinfo=UTC)
    assert [level.title for level in assignment.criteria.get().levels.all()] == ["Not yet", "Fully"]
    meeting = meet.items.get().meeting
    assert (meeting.on_date, meeting.at_time, meeting.minutes) == (date(2027, 9, 22), time(12, 0), 60)
    assert meeting.starts_at == datetime(2027, 9, 22, 10, 0, tzinfo=UTC)
    assert Entry.objects.about(session).get().scope == session.scope


@pytest.mark.django_db
def test_work_closes_with_the_session_where_the_file_names_no_close():
    session = make(load(spoiled("          closes: week 3, Sunday, 23:59\n", "")))
    assignment = Assignment.objects.get()
    assert assignment.closes_rule is None
    assert assignment.closes_at == session.work_ends_at == assignment.item.blocks_until


@pytest.mark.django_db
def test_the_deadlines_of_loa_meet_the_clock_changes_of_2027():
    """The check values: computed by hand from the zone database."""
    due = due_of(make(load_shipped("loa")))
    table = {
        "paper-narrative": ("Sun 7 Mar", "Mon 10:29", "Mon 10:44", "Mon 05:59", "Mon 15:59"),
        "practice-one-to-ones": ("Sun 14 Mar", "Mon 09:29", "Mon 09:44", "Mon 04:59", "Mon 14:59"),
        "project-part-2": ("Sun 28 Mar", "Mon 09:29", "Mon 09:44", "Mon 05:59", "Mon 14:59"),
        "paper-power": ("Sun 4 Apr", "Mon 09:29", "Mon 09:44", "Mon 05:59", "Mon 13:59"),
    }
    zones = ("Asia/Kolkata", "Asia/Kathmandu", "Europe/Belgrade", "Australia/Sydney")
    for key, (new_york, *elsewhere) in table.items():
        wall = due[key].astimezone(ZoneInfo("America/New_York"))
        assert f"{wall:%a} {wall.day} {wall:%b}" == new_york, key
        assert f"{wall:%H:%M}" == "23:59"
        for zone, expected in zip(zones, elsewhere, strict=True):
            assert local(due[key], zone) == expected, (key, say_zone(zone))


@pytest.mark.django_db
def test_every_deadline_of_loa_is_a_sunday_at_one_minute_to_midnight():
    session = make(load_shipped("loa"))
    walls = [due.astimezone(session.tz) for due in due_of(session).values()]
    assert {(wall.weekday(), wall.hour, wall.minute) for wall in walls} == {(6, 23, 59)}
    assert {session.calendar().week_of(wall.date()) for wall in walls} == set(range(1, 16))


@pytest.mark.django_db
def test_a_break_moves_the_weeks_behind_it_by_seven_days():
    version = load_shipped("loa")
    plain, broken = make(version), make(version, label="2027b", breaks=[SPRING])
    before, after = due_of(plain), due_of(broken)
    assert after["project-part-2"].astimezone(broken.tz).date() == date(2027, 4, 4)
    for key, due in before.items():
        days = (after[key].astimezone(broken.tz).date() - due.astimezone(plain.tz).date()).days
        assert days == (7 if due.astimezone(plain.tz).date() > SPRING.starts_on else 0), key
    assert (plain.teaching_ends_on, broken.teaching_ends_on) == (date(2027, 5, 16), date(2027, 5, 23))


@pytest.mark.django_db
def test_the_known_session_of_2018_ends_on_its_published_day():
    session = make(
        load_shipped("loa"), label="2018", starts_on=date(2018, 2, 5), work_ends_on=date(2018, 6, 3)
    )  # fmt: skip
    assert session.teaching_ends_on == date(2018, 5, 20)


@pytest.mark.django_db
def test_cpv_is_eight_modules_in_strict_order_and_a_live_class_that_waits_for_nothing():
    session = make(load_shipped("cpv"), work_ends_on=date(2027, 4, 18))
    *core, live = session.modules.order_by("position")
    assert session.order == Session.Order.STRICT
    assert [module.number for module in core] == list(range(1, 9))
    assert {module.kind for module in core} == {"core"}
    assert (live.kind, live.number, live.items.get().kind) == ("live", None, "live")
    assert live.items.get().meeting.on_date == date(2027, 3, 31)
    for module in core:
        kinds = [item.kind for item in module.items.all()]
        assert kinds.count("video") >= 1
        assert kinds.count("reading") >= 1
        work = Assignment.objects.filter(item__module=module).order_by("item__position")
        assert [one.kind for one in work] == ["reflection", "project"]
    assert all(module.is_sample for module in [*core, live])


@pytest.mark.django_db
def test_loa_is_ten_units_of_which_nine_have_a_number():
    session = make(load_shipped("loa"))
    modules = list(session.modules.order_by("position"))
    assert [module.number for module in modules] == [None, *range(1, 10)]
    assert (modules[0].title, modules[0].kind) == ("Course Overview", "orientation")
    assert modules[-1].kind == "wrap_up"
    practices = list(dict.fromkeys(module.practice for module in modules if module.practice))
    assert practices == list(session.version.outline.practices)
    assert Item.objects.filter(module__session=session, title__startswith="Section meeting").count() == 15


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["cpv", "loa"])
def test_whatever_was_never_published_says_that_it_is_a_sample(name):
    content = load_shipped(name).outline
    for module in content.modules:
        assert module.is_sample_at("introduction")
        assert module.is_sample_at("outcome")
        assert module.is_sample_at("release")
        assert all(item.sample is True for item in module.items)
    if name == "cpv":
        assert all(module.is_sample_at("title") for module in content.modules)
    else:
        assert not any(module.is_sample_at("title") for module in content.modules)
    assert content.is_sample_at("office")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["cpv", "loa"])
def test_the_first_deadline_is_gentle(name):
    """Most of those whom a comparable course lost, it lost before the first submission."""
    version = load_shipped(name)
    session = make(version, work_ends_on=date(2027, 6, 6))
    first = Assignment.objects.filter(session=session).order_by("due_at", "item__position").first()
    assert first.answered_by == Assignment.AnsweredBy.NOBODY
    assert first.min_words <= 60
    assert first.closes_at == session.work_ends_at
    assert (first.due_at - first.item.module.releases_at).days >= 9


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_curriculum():
    small, large = load(), load_shipped("loa")
    with CaptureQueriesContext(
        connection,
    ) as few:
        make(small, label="small")
    with CaptureQueriesContext(connection) as many:
        make(large, label="large")
    # The small one has a live class besides, the large one tags.
    assert (len(few), len(many)) == (12, 12)
    assert Criterion.objects.count() == 36
    assert Level.objects.count() > 100


@pytest.mark.django_db
def test_everything_that_does_not_fit_is_told_and_nothing_is_made():
    text = spoiled("release: week 1, Monday, 09:00", 'release: break "Spring break", Monday, 09:00')
    text = spoiled("at: week 4, Wednesday, 12:00", 'at: break "Easter", Monday, 09:00', text=text)
    version = load(text)
    with pytest.raises(DatesDoNotFit) as refused:
        make(version, breaks=[SPRING], starts_on=date(2027, 3, 1))
    assert refused.value.problems == (
        "Module 1, “Reflection paper”: It would be due (“week 2, Sunday, 23:59”) before its module opens.",
        "“Live class”: “break \"Easter\", Monday, 09:00”: the session has no break called “Easter”; its breaks are "
        "“Spring break”.",
    )  # fmt: skip
    with pytest.raises(DatesDoNotFit, match="after the last day on which work is taken"):
        make(load(), work_ends_on=date(2027, 2, 28), starts_on=date(2027, 2, 22), teaching_ends_on=date(2027, 2, 28))
    with pytest.raises(DatesDoNotFit, match="not a time zone"):
        make(version, zone="New York")
    with pytest.raises(DatesDoNotFit, match="must start after week 1"):
        make(version, breaks=[SPRING], starts_on=date(2027, 3, 22))
    assert not Session.objects.exists()
    assert not Module.objects.exists()
    assert not Meeting.objects.exists()


@pytest.mark.django_db
def test_the_same_session_made_twice_is_refused_and_the_first_stays_whole():
    version = load()
    make(version)
    before = Item.objects.count()
    with pytest.raises(SessionExists, match="already a session “2027” of this program"):
        make(version)
    with pytest.raises(SessionExists, match="the address “negotiating-2027”"):
        make(version, label="Another", slug="negotiating-2027")
    assert Item.objects.count() == before
    with pytest.raises(DatesDoNotFit, match="must follow each other"):
        make(version, label="Wrong", access_ends_on=date(2027, 3, 1))


@pytest.mark.django_db
def test_loading_a_newer_file_leaves_a_session_as_it_is():
    session = make(load())
    before = list(Item.objects.order_by("pk").values()), list(Assignment.objects.order_by("pk").values())
    load(spoiled("body: A page.", "body: Another page."))
    assert (list(Item.objects.order_by("pk").values()), list(Assignment.objects.order_by("pk").values())) == before
    session.refresh_from_db()
    assert session.version.number == 1


@pytest.mark.django_db
def test_facts_of_the_file_stand_in_the_session_unless_others_are_given():
    version = load_shipped("cpv")
    session = make(version, fee_amount=2900, is_sample=True)
    assert (session.fee_covers, session.fee_amount, session.is_sample) == (
        "Tuition and curricular materials", 2900, True,
    )  # fmt: skip
    assert make(version, label="b", fee_covers="Nothing").fee_covers == "Nothing"
    assert parse_rule("week 1, Monday, 09:00") == session.modules.get(number=1).release_rule


@pytest.mark.django_db
def test_more_time_without_asking_is_the_sessions_own():
    rule = "office: neg-office@example.org\nself_extension:\n  hours: 36\n  per_assignment: 2\n  share: 0.25"
    without = make(load())
    version = load(spoiled("office: neg-office@example.org", rule))
    with_it = Session.objects.get(pk=make(version, label="2028").pk)

    assert without.own_time is None
    assert with_it.own_time.length == timedelta(hours=36)
    assert with_it.own_time.until_after_due == timedelta(hours=24)
    assert (with_it.own_time.times, with_it.own_time.allowed(11)) == (2, 2)

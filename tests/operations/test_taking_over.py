"""A newer file shows its differences to a session, and each is taken over by hand."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assignments.models import Assignment, Draft, FeedbackLevel
from assignments.services import TimeWouldShrink
from audit.models import Entry
from modules.models import Item, Module
from operations.program_files import load_programs, read_program_file
from operations.sessions import (
    CannotTakeOver,
    DatesDoNotFit,
    NoSuchDifference,
    create_session,
    find_differences,
    take_over,
)
from programs.models import Session
from tests import cast
from tests.cast import ENROLLED
from tests.operations.small_program import SMALL, spoiled

# Tuesday of week 1: module 1 is open, nothing is due.
WEEK_1 = datetime(2027, 2, 2, 17, 0, tzinfo=UTC)
BEFORE = datetime(2027, 1, 20, 17, 0, tzinfo=UTC)

NEW_ITEM = """\
      - key: watch
        kind: video
        title: Watch
        transcript: Words.
      - key: paper
"""
FULLY = "                Fully: Something"
NEW_MODULE = """\
  - key: bargain
    kind: core
    number: 2
    title: Bargain
    release: week 3, Monday, 09:00
    items:
      - key: try
        kind: assignment
        title: Try it
        assignment:
          kind: practice
          answered_by: peers
          prompt: Bargain for something.
          due: week 3, Sunday, 23:59
          rubric:
            - key: calm
              title: Calm
              levels: {Less: "", More: ""}
  - key: meet
"""


def load(text=SMALL):
    return load_programs(files=[read_program_file(text.encode(), "neg.yaml")], actor=None, now=ENROLLED)[0].version


@pytest.fixture
def session(db):
    session = create_session(
        version=load(),
        label="2027",
        starts_on=date(2027, 2, 1),
        work_ends_on=date(2027, 3, 14),
        access_ends_on=date(2027, 12, 31),
        zone="America/New_York",
        actor=None,
        now=ENROLLED,
    )
    Session.objects.filter(pk=session.pk).update(status="published")
    return Session.objects.get(pk=session.pk)


@pytest.fixture
def office(session):
    user = cast.make_user("Dana Whitfield")
    cast.appoint(user, "program director", program=session.program)
    return user


def told(session, version):
    return [(one.change.value, str(one.place), one.field) for one in find_differences(version=version, session=session)]


def take_all(session, version, office, *, now=BEFORE, **fields):
    keys = [one.key for one in find_differences(version=version, session=session)]
    return take_over(session=session, version=version, keys=keys, actor=office, now=now, **fields)


def test_a_session_does_not_differ_from_the_version_it_was_made_from(session):
    assert find_differences(version=session.version, session=session) == ()


def test_each_difference_says_where_it_is_and_what_both_sides_have(session):
    text = spoiled("title: Read first", "title: Read this first")
    text = spoiled("due: week 2, Sunday, 23:59", "due: week 2, Saturday, 23:59", text=text)
    text = spoiled("Not yet: Nothing went wrong.", "Not yet: Nothing went wrong?", text=text)
    text = spoiled("      - key: paper\n", NEW_ITEM, text=text)
    text = spoiled("  - key: meet\n", NEW_MODULE, text=text)
    version = load(text)
    assert told(session, version) == [
        ("changed", "prepare/read", "title"),
        ("added", "prepare/watch", ""),
        ("changed", "prepare/paper", "due"),
        ("changed", "prepare/paper/honest", "levels"),
        ("added", "bargain", ""),
    ]
    title = find_differences(version=version, session=session)[0]
    assert (title.ours, title.theirs) == ("Read first", "Read this first")
    assert str(title) == "Module 1, “Read this first”: title"


def test_only_what_was_chosen_is_taken_over(session, office):
    text = spoiled("title: Read first", "title: Read this first")
    text = spoiled("body: A page.", "body: Two pages.", text=text)
    version = load(text)
    title = find_differences(version=version, session=session)[1]
    assert title.field == "body"
    take_over(session=session, version=version, keys=[title.key], actor=office, now=BEFORE, reason="Better")
    item = Item.objects.get(key="read")
    assert (item.title, item.body) == ("Read first", "Two pages.")
    assert told(session, version) == [("changed", "prepare/read", "title")]
    entry = Entry.objects.about(item).get()
    assert (entry.verb, entry.before, entry.after, entry.reason) == (
        "took over from the program file", {"body": "A page."}, {"body": "Two pages."}, "Better",
    )  # fmt: skip
    assert session.version.number == 1


def test_with_everything_taken_over_the_session_is_of_the_new_version(session, office):
    text = spoiled("title: Read first", "title: Read this first")
    text = spoiled("      - key: paper\n", NEW_ITEM, text=text)
    text = spoiled("  - key: meet\n", NEW_MODULE, text=text)
    text = spoiled("due: week 2, Sunday, 23:59", "due: week 2, Saturday, 23:59", text=text)
    text = spoiled("closes: week 3, Sunday, 23:59", "closes: week 4, Sunday, 23:59", text=text)
    text = spoiled("prompt: What did", "prompt: And what did", text=text)
    text = spoiled(FULLY, f"                Nearly:\n{FULLY}", text=text)
    version = load(text)
    take_all(session, version, office)
    assert find_differences(version=version, session=session) == ()
    assert session.version == version
    assert [module.key for module in session.modules.order_by("position")] == ["prepare", "bargain", "meet"]
    assert [item.key for item in Item.objects.filter(module__key="prepare").order_by("position")] == [
        "read", "watch", "paper",
    ]  # fmt: skip
    new = Assignment.objects.get(item__key="try")
    assert new.item.blocks_until == new.closes_at == session.work_ends_at
    old = Assignment.objects.get(item__key="paper")
    assert str(old.due_rule) == "week 2, Saturday, 23:59"
    assert old.item.blocks_until == old.closes_at
    assert [level.title for level in old.criteria.get().levels.all()] == ["Not yet", "Nearly", "Fully"]


def test_a_new_order_is_one_difference_and_keeps_what_only_the_session_has(session, office):
    prepare = session.modules.get(key="prepare")
    cast.make_item(prepare, key="ours", position=3)
    swapped = SMALL.replace("  - key: meet\n", "  - key: X\n")
    head, rest = SMALL.split("  - key: prepare\n")
    first, second = rest.split("  - key: meet\n")
    swapped = f"{head}  - key: meet\n{second}  - key: prepare\n{first}"
    version = load(swapped)
    assert told(session, version) == [("changed", "", "order"), ("removed", "prepare/ours", "")]
    [order, _] = find_differences(version=version, session=session)
    assert (order.ours, order.theirs) == (("prepare", "meet"), ("meet", "prepare"))
    take_over(session=session, version=version, keys=[order.key], actor=office, now=BEFORE)
    assert [module.key for module in session.modules.order_by("position")] == ["meet", "prepare"]
    assert prepare.items.filter(key="ours").exists()


def test_what_the_file_no_longer_has_is_removed(session, office):
    text = spoiled("      - key: read\n        kind: reading\n        title: Read first\n        body: A page.\n", "")
    version = load(text)
    take_all(session, version, office)
    assert [item.key for item in Item.objects.filter(module__key="prepare")] == ["paper"]
    assert Entry.objects.filter(verb="removed, as in the program file").count() == 1


def test_text_that_may_have_been_read_is_marked_as_changed(session, office):
    text = spoiled("body: A page.", "body: Two pages.")
    text = spoiled("prompt: What did", "prompt: And what did", text=text)
    text = spoiled("title: Live class\n    release", "title: The live class\n    release", text=text)
    text = spoiled("kind: reading", "minutes: 5\n        kind: reading", text=text)
    version = load(text)
    take_all(session, version, office, now=WEEK_1)
    assert Item.objects.get(key="read").changed_at == WEEK_1
    assert Item.objects.get(key="paper").changed_at == WEEK_1
    assert Module.objects.get(key="meet").changed_at == WEEK_1
    assert Module.objects.get(key="prepare").changed_at is None


def test_text_that_nobody_has_read_is_not_marked(session, office):
    text = spoiled("body: A page.", "body: Two pages.")
    text = spoiled("Not yet: Nothing went wrong.", "Not yet: Nothing went wrong?", text=text)
    take_all(session, load(text), office, now=BEFORE)
    assert not Item.objects.filter(changed_at__isnull=False).exists()


def test_what_was_handed_in_keeps_the_prompt_that_it_answers(session, office):
    paper = Assignment.objects.get(item__key="paper")
    submission = cast.make_submission(paper, cast.enroll(cast.make_user(), session))
    take_all(session, load(spoiled("prompt: What did", "prompt: And what did")), office, now=WEEK_1)
    submission.refresh_from_db()
    assert submission.prompt == "What did you prepare for in vain?"


def test_a_choice_that_is_older_than_the_session_is_refused(session, office):
    version = load(spoiled("body: A page.", "body: Two pages."))
    [difference] = find_differences(version=version, session=session)
    Item.objects.filter(key="read").update(body="Edited meanwhile.")
    with pytest.raises(NoSuchDifference):
        take_over(session=session, version=version, keys=[difference.key], actor=office, now=BEFORE)
    assert Item.objects.get(key="read").body == "Edited meanwhile."


def test_work_that_was_begun_is_not_removed(session, office):
    paper = Assignment.objects.get(item__key="paper")
    Draft.objects.create(assignment=paper, enrollment=cast.enroll(cast.make_user(), session), text="I", saved_at=WEEK_1)
    start, end = SMALL.index("      - key: paper"), SMALL.index("  - key: meet")
    version = load(SMALL[:start] + SMALL[end:])
    with pytest.raises(CannotTakeOver, match="have begun"):
        take_all(session, version, office)
    assert Assignment.objects.filter(pk=paper.pk).exists()
    Draft.objects.all().delete()
    take_all(session, version, office)
    assert not Assignment.objects.exists()


def test_a_level_that_an_answer_uses_is_not_removed(session, office):
    paper = Assignment.objects.get(item__key="paper")
    submission = cast.make_submission(paper, cast.enroll(cast.make_user(), session))
    criterion = paper.criteria.get()
    three = spoiled(FULLY, f"                Nearly: ''\n{FULLY}")
    take_all(session, load(three), office)
    feedback = cast.make_feedback(submission, office)
    FeedbackLevel.objects.create(feedback=feedback, criterion=criterion, level=criterion.levels.get(title="Fully"))
    with pytest.raises(CannotTakeOver, match="answered"):
        take_all(session, load(SMALL), office)
    assert [level.title for level in criterion.levels.all()] == ["Not yet", "Nearly", "Fully"]


def test_an_earlier_deadline_from_a_file_needs_the_same_confirmation(session, office):
    cast.enroll(cast.make_user(), session)
    version = load(spoiled("due: week 2, Sunday, 23:59", "due: week 2, Saturday, 23:59"))
    with pytest.raises(TimeWouldShrink) as refused:
        take_all(session, version, office, now=WEEK_1)
    take_all(session, version, office, now=WEEK_1, confirmed=[loss.key for loss in refused.value.losses])
    assert find_differences(version=version, session=session) == ()


def test_a_module_that_is_open_does_not_open_later(session, office):
    version = load(spoiled("release: week 1, Monday, 09:00", "release: week 1, Thursday, 09:00"))
    with pytest.raises(DatesDoNotFit, match="already open"):
        take_all(session, version, office, now=WEEK_1)


def test_work_that_would_already_be_due_is_not_added(session, office):
    version = load(spoiled("  - key: meet\n", NEW_MODULE))
    with pytest.raises(CannotTakeOver, match="“Try it” would already be due"):
        take_all(session, version, office, now=datetime(2027, 2, 25, 12, 0, tzinfo=UTC))
    assert not Item.objects.filter(key="try").exists()


def test_an_item_of_another_kind_is_another_item(session, office):
    version = load(spoiled("kind: reading", "kind: page"))
    with pytest.raises(CannotTakeOver, match="give it a key of its own"):
        take_all(session, version, office)


def test_numbers_change_places_only_together(session, office):
    take_all(session, load(spoiled("  - key: meet\n", NEW_MODULE)), office)
    text = spoiled("  - key: meet\n", NEW_MODULE)
    swapped = spoiled("    number: 1\n", "", text=text)
    swapped = spoiled("    number: 2\n", "    number: 1\n", text=swapped)
    version = load(swapped)
    one, two = find_differences(version=version, session=session)
    assert {one.field, two.field} == {"number"}
    with pytest.raises(CannotTakeOver, match="together"):
        take_over(session=session, version=version, keys=[two.key], actor=office, now=BEFORE)
    take_over(session=session, version=version, keys=[one.key, two.key], actor=office, now=BEFORE)
    assert list(session.modules.order_by("position").values_list("number", flat=True)) == [None, 1, None]


def test_nobody_loses_a_module_that_is_open_to_new_work_before_it(session, office):
    Session.objects.filter(pk=session.pk).update(order="strict")
    take_all(session, load(spoiled("  - key: meet\n", NEW_MODULE)), office)
    amara = cast.enroll(cast.make_user(), session)
    paper = Assignment.objects.get(item__key="paper")
    paper.item.progress.create(enrollment=amara, done_at=WEEK_1)
    # Module 2 is open for her. A further required paper in module 1 would close it.
    week_3 = datetime(2027, 2, 16, 17, 0, tzinfo=UTC)
    new = NEW_ITEM.replace(
        "        kind: video\n        title: Watch\n        transcript: Words.\n",
        "        kind: assignment\n        title: More\n        assignment:\n          kind: reflection\n"
        "          answered_by: on_handing_in\n          prompt: More.\n          due: week 4, Sunday, 23:59\n",
    )
    text = spoiled("      - key: paper\n", new, text=spoiled("  - key: meet\n", NEW_MODULE))
    with pytest.raises(CannotTakeOver, match="would close for them"):
        take_all(session, load(text), office, now=week_3)
    optional = text.replace("title: More\n", "title: More\n        required: false\n")
    take_all(session, load(optional), office, now=week_3)
    assert Item.objects.filter(key="watch").exists()


TITLES = st.sampled_from(["One", "Two", "Three"])
DAYS = st.sampled_from(["Monday", "Tuesday", "Friday"])


def some(draw, keys, at_least=0):
    """Any of these, in any order."""
    return draw(st.permutations(keys))[: draw(st.integers(at_least, len(keys)))]


@st.composite
def curricula(draw):
    """Any choice and order of the same modules, items, criteria and levels, with any of a few texts and weeks."""
    return "".join(
        f"  - {{key: {key}, kind: core, title: {draw(TITLES)}, release: 'week 1, {draw(DAYS)}, 09:00', "
        f"items: [{', '.join(draw(items(name)) for name in some(draw, ['read', 'one', 'two']))}]}}\n"
        for key in some(draw, ["a", "b", "c", "d"], at_least=1)
    )


@st.composite
def items(draw, name):
    if name == "read":
        return f"{{key: read, kind: reading, title: {draw(TITLES)}, body: {draw(TITLES)}}}"
    return (
        f"{{key: {name}, kind: assignment, title: {draw(TITLES)}, assignment: {{kind: project, answered_by: peers, "
        f"prompt: {draw(TITLES)}, due: 'week {draw(st.integers(2, 4))}, Sunday, 23:59', "
        f"rubric: [{', '.join(draw(criteria(key)) for key in some(draw, ['p', 'q', 'r']))}]}}}}"
    )


@st.composite
def criteria(draw, key):
    levels = ", ".join(f"{level}: {draw(TITLES)}" for level in some(draw, ["L", "M", "N"], at_least=2))
    return f"{{key: {key}, title: {draw(TITLES)}, levels: {{{levels}}}}}"


class Undone(Exception):
    """Takes an example back."""


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(curricula(), curricula())
def test_whatever_two_files_say_taking_all_over_leaves_no_difference(one, other):
    head = SMALL[: SMALL.index("  - key: prepare")]
    with pytest.raises(Undone), transaction.atomic():
        first, second = load(head + one), load(head + other)
        session = create_session(
            version=first,
            label="2027",
            starts_on=date(2027, 2, 1),
            work_ends_on=date(2027, 3, 14),
            access_ends_on=date(2027, 12, 31),
            zone="America/New_York",
            actor=None,
            now=ENROLLED,
        )
        assert find_differences(version=first, session=session) == ()
        take_all(session, second, cast.make_user(), now=BEFORE)
        assert find_differences(version=second, session=session) == ()
        assert session.version == second
        positions = list(session.modules.order_by("position").values_list("position", flat=True))
        assert positions == list(range(1, len(positions) + 1))
        for work in Assignment.objects.filter(session=session).select_related("item"):
            assert work.item.blocks_until == work.closes_at
        raise Undone

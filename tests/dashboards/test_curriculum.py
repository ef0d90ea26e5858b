from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import reverse

from cohorts.models import Enrollment
from modules.models import Item, ItemProgress, Module
from modules.services import mark_done
from tests import cast
from tests.cast import WEEK_3

SECOND = timedelta(seconds=1)
# Monday of week 4, 09:00 New York.
OPENS = datetime(2027, 2, 22, 14, 0, tzinfo=UTC)


@pytest.fixture
def amara(participant_in_kolkata):
    return participant_in_kolkata


@pytest.fixture
def later(loa):
    """Module 4, each of whose texts bears the word that must not be read before it opens."""
    module = cast.make_module(loa, number=4, title="Building relationships", introduction="CANARY introduction")
    for kind in (Item.Kind.READING, Item.Kind.VIDEO, Item.Kind.LINK, Item.Kind.DISCUSSION):
        cast.make_item(
            module,
            kind=kind,
            key=f"secret-{kind}",
            title=f"CANARY {kind}",
            body="CANARY body",
            transcript="CANARY transcript",
            url="https://canary.example.org/CANARY",
        )
    meeting = cast.make_meeting(loa, title="Live class", on=date(2027, 3, 1), at=time(12, 0))
    cast.make_item(module, kind=Item.Kind.LIVE, key="secret-live", title="CANARY live", body="CANARY", meeting=meeting)
    cast.make_assignment(module, title="CANARY paper", prompt="CANARY prompt")
    return module


def words(soup):
    return " ".join(soup.get_text(" ").split())


def outline_of(session):
    return reverse("dashboards:module-list", args=[session.slug])


def address(item):
    return reverse("dashboards:item-detail", args=[item.module.session.slug, item.module.key, item.key])


def ticks(module):
    return reverse("dashboards:item-done", args=[module.session.slug, module.key])


# What is not released is nowhere


def addresses_of(module):
    """Every address that is the module's own."""
    return [module.get_absolute_url(), *(address(item) for item in module.items.all())]


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_module_and_its_items_are_found_from_their_instant_on(visit, amara, later, method):
    for path in addresses_of(later):
        assert visit(amara.user, path, OPENS - SECOND, method=method).status == 404, path
        assert visit(amara.user, path, OPENS, method=method).status in (200, 302), path


def test_nothing_of_a_closed_module_stands_on_any_page(visit, amara, loa, module, later):
    last = cast.make_item(module, kind=Item.Kind.READING, title="The last of module 3")
    pages = [
        f"/s/{loa.slug}/",
        outline_of(loa),
        module.get_absolute_url(),
        address(last),
        f"/s/{loa.slug}/assignments/",
        f"/s/{loa.slug}/meetings/",
        f"/s/{loa.slug}/people/",
        "/?all",
        *addresses_of(later),
    ]
    for path in pages:
        page = visit(amara.user, path, OPENS - SECOND)
        assert "canary" not in str(page).lower(), path
        assert not page.find("a", href=later.get_absolute_url()), path


def test_once_it_is_open_it_stands_on_the_pages(visit, amara, loa, module, later):
    for path in (f"/s/{loa.slug}/", module.get_absolute_url(), outline_of(loa)):
        assert visit(amara.user, path, OPENS).find("a", href=later.get_absolute_url()), path
    assert "CANARY introduction" in words(visit(amara.user, later.get_absolute_url(), OPENS))
    assert "CANARY body" in words(visit(amara.user, address(later.items.first()), OPENS))


def test_an_item_of_a_closed_module_cannot_be_ticked(visit, amara, later):
    item = later.items.first()

    assert visit(amara.user, ticks(later), OPENS - SECOND, method="post", data={"item": item.key}).status == 404
    assert not ItemProgress.objects.exists()


def test_an_item_stands_under_its_own_module_only(visit, amara, module, later, loa):
    reading = cast.make_item(module)

    for key, item in ((module.key, later.items.first()), (later.key, reading), ("no-such-module", reading)):
        path = reverse("dashboards:item-detail", args=[loa.slug, key, item.key])
        assert visit(amara.user, path, OPENS - SECOND).status == 404


def test_strangers_learn_nothing_and_visitors_are_asked_to_sign_in(visit, outsider, loa, module):
    reading = cast.make_item(module)

    for path in (outline_of(loa), module.get_absolute_url(), address(reading)):
        assert visit(outsider.user, path).status == 404
        assert visit(None, path).location.startswith("/accounts/login/")


def test_staff_read_what_is_not_open_yet_and_tick_nothing(
    visit, section, fellow, head_fellow, chair, director, loa, later
):
    for person in (fellow, head_fellow, chair, director):
        page = visit(person, later.get_absolute_url())
        assert "CANARY introduction" in words(page)
        assert "Opens for participants Monday 22 February" in words(page)
        assert not page.select("form#ticks")
        assert visit(person, address(later.items.first())).status == 200
        assert visit(person, ticks(later), method="post", data={"item": "secret-reading"}).status == 403


# The outline


def test_the_outline_tells_of_a_closed_module_its_name_its_outcome_and_its_time(visit, amara, loa):
    cast.make_module(loa, number=4, title="Building relationships", outcome="You have held five conversations.")

    (step,) = visit(amara.user, outline_of(loa)).select(".timeline > li")

    assert "is-locked" in step["class"]
    assert "Module 4 · Building relationships You have held five conversations." in words(step)
    assert "Opens Monday 22 February, 19:30 Kolkata , that is 09:00 New York" in words(step)
    assert not step.find("a")


def test_the_outline_says_how_far_one_is_and_where_the_class_is(visit, amara, loa):
    first, second, third = (cast.make_module(loa, number=number) for number in (1, 2, 3))
    for module in (first, second):
        mark_done(item=cast.make_item(module), enrollment=amara, now=WEEK_3)
    for module in (second, third):
        cast.make_item(module)

    steps = visit(amara.user, outline_of(loa)).select(".timeline > li")

    assert [step["class"] for step in steps] == [["is-past"], ["is-open"], ["is-now"]]
    assert "All done" in words(steps[0])
    assert "1 of 2 done" in words(steps[1])
    assert steps[2]["aria-current"] == "step"


def test_in_strict_order_the_outline_names_the_work_that_a_module_waits_for(visit, outsider):
    cpv = outsider.session
    for number in (1, 2, 3):
        cast.make_assignment(cast.make_module(cpv, number=number), title=f"Paper {number}")

    steps = visit(outsider.user, outline_of(cpv)).select(".timeline > li")

    assert "Opens when you have handed in “Paper 1”" in words(steps[1])
    # What is in the second module is not told before it is open.
    assert "Opens once the work before it is handed in" in words(steps[2])
    assert "Paper 2" not in words(steps[2])
    early = visit(outsider.user, outline_of(cpv), WEEK_3 - timedelta(days=7)).select(".timeline > li")
    assert "once the work before it is handed in" in words(early[2])
    assert "Opens Monday 15 February" in words(early[2])


def test_a_module_in_preparation_opens_shortly(visit, amara, loa):
    module = cast.make_module(loa, number=3, is_ready=False)

    assert "Opens shortly" in words(visit(amara.user, outline_of(loa)))
    assert "Opens Monday 15 February" in words(visit(amara.user, outline_of(loa), module.releases_at - SECOND))
    assert visit(amara.user, module.get_absolute_url()).status == 404


def test_samples_say_that_they_are(visit, amara, loa):
    module = cast.make_module(loa, number=3, is_sample=True, introduction="Written for demonstration.")
    item = cast.make_item(module, is_sample=True)

    for path in (outline_of(loa), module.get_absolute_url(), address(item)):
        assert "sample" in words(visit(amara.user, path)).lower()


# A module and its items


def test_a_text_that_changed_says_when(visit, amara, module):
    Module.objects.filter(pk=module.pk).update(changed_at=WEEK_3 - timedelta(days=1))
    item = cast.make_item(module, changed_at=WEEK_3 - timedelta(hours=2))

    assert "This introduction was changed Tuesday 16 February, 22:30 Kolkata" in words(
        visit(amara.user, module.get_absolute_url())
    )
    assert "This text was changed Wednesday 17 February, 20:30 Kolkata" in words(visit(amara.user, address(item)))


def test_a_module_leads_to_the_first_thing_not_done(visit, amara, module):
    done, waiting = cast.make_item(module), cast.make_item(module, title="A map of actors")
    mark_done(item=done, enrollment=amara, now=WEEK_3)

    page = visit(amara.user, module.get_absolute_url())

    (action,) = page.main.select(".btn-primary")
    assert (action.string, action["href"]) == ("Go on: A map of actors", address(waiting))


def test_a_paper_stands_in_its_module_with_the_own_deadline_and_leads_to_its_page(visit, amara, paper):
    page = visit(amara.user, paper.item.module.get_absolute_url())

    (row,) = page.select(".item")
    assert "due Monday 22 February, 10:29 Kolkata" in words(row)
    assert row.select_one("a.item-title")["href"] == paper.get_absolute_url()
    assert not row.find("button")
    assert visit(amara.user, address(paper.item)).location == paper.get_absolute_url()


def test_the_way_leads_from_item_to_item(visit, amara, module, paper):
    first, last = cast.make_item(module, position=1, title="First"), cast.make_item(module, position=2, title="Last")

    page = visit(amara.user, address(last))
    assert page.find("a", rel="prev")["href"] == address(first)
    assert page.find("a", rel="next")["href"] == paper.get_absolute_url()
    assert visit(amara.user, address(first)).find("a", rel="prev") is None


@pytest.mark.parametrize("sources", [[], ["https://player.example.org"]])
def test_a_player_stands_in_the_page_only_from_a_source_that_is_allowed(visit, amara, module, settings, sources):
    settings.FRAME_SOURCES = sources
    video = cast.make_item(
        module, kind=Item.Kind.VIDEO, url="https://player.example.org/v/1", transcript="He said: *begin*."
    )

    page = visit(amara.user, address(video))

    assert page.find("em", string="begin")
    if sources:
        assert page.iframe["src"] == video.url
        assert page.iframe["title"] == video.title
    else:
        assert page.iframe is None
        assert page.find("a", href=video.url)["rel"] == ["noopener", "noreferrer"]


def test_a_look_alike_of_an_allowed_source_is_a_link(visit, amara, module, settings):
    settings.FRAME_SOURCES = ["https://player.example.org"]
    for url in (
        "https://player.example.org.evil.example/v",
        "http://player.example.org/v",
        "https://x@player.example.org/",
    ):
        video = cast.make_item(module, kind=Item.Kind.VIDEO, url=url)
        assert visit(amara.user, address(video)).iframe is None, url


def test_a_live_item_shows_its_meeting_and_joins_from_fifteen_minutes_before(visit, amara, loa, module):
    meeting = cast.make_meeting(loa, on=date(2027, 2, 17), at=time(12, 0))
    item = cast.make_item(module, kind=Item.Kind.LIVE, meeting=meeting)
    starts = meeting.starts_at

    before = visit(amara.user, address(item), starts - timedelta(minutes=15, seconds=1))
    assert before.find("a", string="Join") is None
    assert before.find("a", href=meeting.link)
    joining = visit(amara.user, address(item), starts - timedelta(minutes=15))
    assert joining.select_one("a.btn-primary")["href"] == meeting.link


def test_a_discussion_says_where_it_takes_place(visit, amara, module):
    item = cast.make_item(module, kind=Item.Kind.DISCUSSION, body="Whose problem is it?")

    said = words(visit(amara.user, address(item)))

    assert "Whose problem is it?" in said
    assert "in your section meeting" in said


@pytest.mark.parametrize("kind", [kind for kind in Item.Kind if kind != Item.Kind.ASSIGNMENT])
def test_every_kind_of_item_has_a_page_even_when_it_is_empty(visit, amara, module, kind):
    item = cast.make_item(module, kind=kind, url="https://example.org/" if kind == Item.Kind.LINK else "")

    assert visit(amara.user, address(item)).status == 200


def test_work_that_is_not_set_up_yet_says_so(visit, amara, module):
    item = cast.make_item(module, kind=Item.Kind.ASSIGNMENT)

    assert "not set up yet" in words(visit(amara.user, address(item)))


# Done


def test_an_item_is_ticked_and_unticked_where_one_is(visit, amara, module):
    item = cast.make_item(module)

    ticked = visit(amara.user, ticks(module), method="post", data={"item": item.key})
    assert ticked.location == address(item)
    assert ItemProgress.objects.get().done_at == WEEK_3
    assert "Done" in words(visit(amara.user, address(item)).find(id="done"))

    unticked = visit(amara.user, ticks(module), method="post", data={"undo": item.key, "from": "module"})
    assert unticked.location == module.get_absolute_url()
    assert not ItemProgress.objects.exists()


def test_a_tick_sent_twice_is_one(visit, amara, module):
    item = cast.make_item(module)

    for at in (WEEK_3, WEEK_3 + SECOND):
        visit(amara.user, ticks(module), at, method="post", data={"item": item.key})

    assert ItemProgress.objects.get().done_at == WEEK_3


def test_work_is_done_by_handing_it_in_and_not_by_a_tick(visit, amara, paper, give):
    for data in ({"item": paper.item.key}, {"undo": paper.item.key}):
        assert visit(amara.user, ticks(paper.item.module), method="post", data=data).status == 404
    assert not ItemProgress.objects.exists()

    give(amara)
    visit(amara.user, ticks(paper.item.module), method="post", data={"undo": paper.item.key})
    assert ItemProgress.objects.exists()


@pytest.mark.parametrize("data", [{}, {"item": "no-such-item"}, {"item": ""}])
def test_a_tick_of_nothing_is_refused(visit, amara, module, data):
    assert visit(amara.user, ticks(module), method="post", data=data).status == 404


def test_an_observer_reads_and_ticks_nothing(visit, loa, module):
    observer = cast.enroll(cast.make_user("Bea Lund"), loa, kind=Enrollment.Kind.OBSERVER)
    item = cast.make_item(module)

    page = visit(observer.user, address(item))
    assert page.status == 200
    assert not page.main.find("form")
    assert visit(observer.user, ticks(module), method="post", data={"item": item.key}).status == 403


def test_who_has_completed_reads_and_ticks_no_more(visit, amara, module):
    Enrollment.objects.filter(pk=amara.pk).update(status="completed")
    item = cast.make_item(module)

    assert not visit(amara.user, address(item)).main.find("form")
    assert visit(amara.user, ticks(module), method="post", data={"item": item.key}).status == 404


def test_on_leave_one_ticks_as_before(visit, amara, module):
    Enrollment.objects.filter(pk=amara.pk).update(status="on_leave")
    item = cast.make_item(module)

    visit(amara.user, ticks(module), method="post", data={"item": item.key})

    assert ItemProgress.objects.get().item == item


def test_what_somebody_else_has_done_is_not_done(visit, amara, participant_in_sydney, module):
    mark_done(item=cast.make_item(module), enrollment=participant_in_sydney, now=WEEK_3)

    assert "0 of 1" in words(visit(amara.user, module.get_absolute_url()))


# What it costs


def test_each_page_costs_the_same_for_one_and_for_three(costs, loa, amara):
    """Sign-in, person, session with roles, modules, items; a module also the work in it, an item also itself."""
    for number in (1, 2, 3):
        module = cast.make_module(loa, number=number)
        for _ in range(number):
            reading = cast.make_item(module)
            cast.make_item(module, kind=Item.Kind.LIVE, meeting=cast.make_meeting(loa))
            cast.make_assignment(module)
            mark_done(item=reading, enrollment=amara, now=WEEK_3)
        costs(5, amara.user, outline_of(loa))
        costs(6, amara.user, module.get_absolute_url())
        costs(6, amara.user, address(reading))

"""What people are told is there to be read in the app, whatever became of the mail."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from assignments.services import hand_in
from notifications import outbox, planner, sender
from notifications.models import ACCOUNT_MAIL, CameBack, Lane, Notice, Return, UnreadOf
from notifications.returns import Trouble, trouble_of
from tests.cast import WEEK_3

Status = Notice.Status


@pytest.fixture
def visit(now):
    """The page that somebody gets, as soup with `status` and `location`."""

    def _visit(user, path="/inbox/", *, at=now, method="get", data=None):
        client = Client()
        with time_machine.travel(at, tick=False):
            client.force_login(user)
            answer = getattr(client, method)(path, data)
        soup = BeautifulSoup(answer.content, "html.parser")
        soup.status, soup.location = answer.status_code, answer.headers.get("Location", "")
        return soup

    return _visit


def titles(soup):
    return [title.get_text(strip=True) for title in soup.select(".inbox .rows-title")]


def count_in_header(soup):
    found = soup.select_one(".inbox-count")
    return int(found.get_text().split()[0].rstrip("+")) if found else 0


def test_what_was_told_stands_in_the_inbox_the_newest_first_and_only_in_the_own(tell, ada, dev, now, visit):
    tell(ada, "Spring")
    tell(ada, "Summer", send_at=now + timedelta(minutes=1))
    tell(dev, "Autumn")

    page = visit(ada, at=now + timedelta(minutes=2))

    assert titles(page) == ["Summer", "Spring"]
    assert "You receive this because you asked for it." in page.text
    assert count_in_header(page) == 2


def test_the_page_says_how_an_entry_becomes_read_and_alone_reads_none(tell, ada, now, visit):
    tell(ada, "Spring")

    for _ in range(2):
        page = visit(ada)
        assert "An entry is new until you open it, or until you mark all as read." in page.text
        assert count_in_header(page) == 1


def test_somebody_who_was_told_nothing_reads_so(ada, visit):
    page = visit(ada)

    assert "Nothing yet" in page.text
    assert not page.select("form[action='/inbox/read/']")


def test_each_is_there_from_its_own_moment_on_whatever_becomes_of_the_mail(tell, ada, now, visit):
    mailed, waiting, undeliverable, late, cancelled = (tell(ada, title) for title in "ABCDE")
    tell(ada, "tomorrow", send_at=now + timedelta(days=1))
    set_status(mailed, Status.SENT, accepted_at=now)
    set_status(undeliverable, Status.FAILED, reason="the mail server refused it")
    set_status(late, Status.EXPIRED)
    set_status(cancelled, Status.CANCELLED, reason="it was handed in")

    page = visit(ada)

    assert waiting.status == Status.WAITING
    assert set(titles(page)) == {"A", "B", "C", "D"}
    assert "The mail could not be delivered." in page.text


def set_status(notice, status, **changes):
    Notice.objects.filter(pk=notice.pk).update(status=status, **changes)


def test_what_is_kept_out_of_the_mail_is_read_in_the_app_with_the_reason(tell, ada, visit):
    why = "you switched “Fairs” off"
    set_status(tell(ada, "Spring"), Status.CANCELLED, withheld=Notice.Withheld.CHOICE, reason=why)

    page = visit(ada)

    assert (titles(page), count_in_header(page)) == (["Spring"], 1)
    assert f"Not mailed, because {why}." in page.text


def test_what_has_lost_its_cause_and_was_not_mailed_yet_is_not_shown(declare, ada, now, visit):
    gone = declare("fair.opens", Lane.EVENT, still_wanted=lambda notices, now: {})
    outbox.enqueue(gone.to(ada, context={"title": "Spring"}), now=now)

    assert titles(visit(ada)) == []


def test_of_what_was_mailed_and_is_no_longer_so_the_title_stays_and_no_word(declare, ada, now, visit):
    kind = declare("fair.opens", Lane.EVENT, still_wanted=lambda notices, now: {one.pk: "it is off" for one in notices})
    outbox.enqueue(kind.to(ada, context={"title": "The secret fair"}), now=now)
    set_status(Notice.objects.get(), Status.SENT, accepted_at=now)

    page = visit(ada)

    assert titles(page) == ["Fairs"]
    assert "This is no longer so." in page.text
    assert "secret" not in page.text


def test_what_is_no_longer_so_is_not_new(declare, ada, now, visit):
    """What was mailed and lost its cause, and what was put off and has. Seen to fail when both stayed in the count."""
    kind = declare("fair.opens", Lane.EVENT, still_wanted=lambda notices, now: {one.pk: "it is off" for one in notices})
    for occurrence, status in (("mailed", Status.SENT), ("put off", Status.WAITING)):
        outbox.enqueue(kind.to(ada, occurrence=occurrence), now=now)
        row = Notice.objects.get(occurrence=occurrence)
        set_status(row, status, accepted_at=now if status == Status.SENT else None)
    Notice.objects.filter(occurrence="put off").update(waits_until=now + timedelta(hours=9))
    outbox.enqueue(declare("fair.closes", Lane.EVENT).to(ada, context={"title": "Spring"}), now=now)
    sound = Notice.objects.get(kind="fair.closes")

    page = visit(ada)

    assert (len(titles(page)), count_in_header(page)) == (2, 1)
    assert [chip.find_parent("li").find("h2").text.strip() for chip in page.select(".inbox .rows-side")] == ["Spring"]
    assert User.objects.annotate(unread=UnreadOf(now)).get(pk=ada.pk).unread == 1
    assert Notice.objects.filter(read_at=None).get() == sound


def test_a_text_that_cannot_be_written_hides_no_other(declare, ada, now, visit):
    broken = declare("fair.opens", Lane.EVENT, describe=lambda notices, now: 1 / 0)
    sound = declare("fair.closes", Lane.EVENT)
    outbox.enqueue([broken.to(ada), sound.to(ada, context={"title": "Spring"})], now=now)

    assert titles(visit(ada)) == ["Spring"]


def test_mails_about_signing_in_are_not_in_the_inbox(ada, now, visit):
    outbox.enqueue(make_account_mail(ada), now=now)

    page = visit(ada)

    assert (titles(page), count_in_header(page)) == ([], 0)


def make_account_mail(person):
    from notifications.notices import ACCOUNT_MAIL as ACCOUNT_KIND

    return ACCOUNT_KIND.to(person, occurrence="x", context={"mail": "login_code"})


def test_opening_one_leads_where_it_leads_and_is_reading_it_once(declare, ada, now, visit):
    kind = declare("fair.opens", Lane.EVENT)
    outbox.enqueue(kind.to(ada, context={"title": "Spring", "path": "/programs/"}), now=now)
    notice = Notice.objects.get()

    first = visit(ada, f"/inbox/{notice.pk}/", at=now + timedelta(minutes=1))
    visit(ada, f"/inbox/{notice.pk}/", at=now + timedelta(minutes=9))

    notice.refresh_from_db()
    assert first.location == "/programs/"
    assert notice.read_at == now + timedelta(minutes=1)
    assert count_in_header(visit(ada)) == 0


@pytest.mark.parametrize("path", ["https://example.org/", "//example.org/", "javascript:alert(1)", ""])
def test_a_notice_leads_nowhere_else_than_into_this_site(declare, ada, now, visit, path):
    kind = declare("fair.opens", Lane.EVENT)
    outbox.enqueue(kind.to(ada, context={"title": "Spring", "path": path}), now=now)

    assert visit(ada, f"/inbox/{Notice.objects.get().pk}/").location == "/inbox/"


def test_nobody_opens_what_another_was_told(tell, ada, dev, visit):
    notice = tell(ada)

    assert visit(dev, f"/inbox/{notice.pk}/").status == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_all_are_marked_as_read_in_one_post_and_again_changes_nothing(tell, ada, dev, now, visit):
    tell(ada, "Spring")
    tell(ada, "Summer")
    tell(dev, "Spring")
    later = now + timedelta(minutes=1)

    for moment in (later, later + timedelta(hours=1)):
        answer = visit(ada, "/inbox/read/", at=moment, method="post")

    assert answer.location == "/inbox/"
    assert list(ada.notices.values_list("read_at", flat=True)) == [later, later]
    assert dev.notices.get().read_at is None


def test_what_came_after_the_page_was_shown_stays_new(tell, ada, now, visit):
    tell(ada, "Spring")
    shown = visit(ada).select_one("[name=seen_until]")["value"]
    tell(ada, "Summer", send_at=now + timedelta(minutes=1))

    visit(ada, "/inbox/read/", at=now + timedelta(minutes=5), method="post", data={"seen_until": shown})

    assert [notice.context["title"] for notice in ada.notices.filter(read_at=None)] == ["Summer"]


@pytest.mark.parametrize("said", ["", "yesterday", "2027-13-45T99:99", "2027-03-14T12:00:00", "9999-01-01T00:00:00Z"])
def test_an_odd_moment_marks_what_is_there_now(tell, ada, visit, said):
    tell(ada)

    assert visit(ada, "/inbox/read/", method="post", data={"seen_until": said}).status == 302
    assert ada.notices.get().read_at is not None


def test_three_hundred_stand_on_pages(ada, fair, now, visit):
    outbox.enqueue(
        [fair.to(ada, occurrence=str(n), context={"title": f"Fair {n}"}, send_at=now - timedelta(minutes=n))
         for n in range(300)],
        now=now,
    )  # fmt: skip

    first, last, beyond = visit(ada), visit(ada, "/inbox/?page=12"), visit(ada, "/inbox/?page=9999")

    assert (titles(first)[0], len(titles(first))) == ("Fair 0", 25)
    assert first.select_one("[rel=next]")["href"] == "?page=2"
    assert titles(last)[-1] == titles(beyond)[-1] == "Fair 299"
    assert first.select_one(".inbox-count").text.startswith("99+")


def test_the_inbox_costs_the_same_for_one_and_for_many(tell, ada, now):
    client = Client()
    found = []
    for number in (1, 3, 20):
        for n in range(number):
            tell(ada, f"{number} {n}")
        with time_machine.travel(now, tick=False):
            client.force_login(ada)
            with CaptureQueriesContext(connection) as queries:
                client.get("/inbox/")
            found.append(len(queries))
    # Sign-in, person with the count, how many, the page; what a kind asks comes on top, once for each kind.
    assert found == [4, 4, 4]


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("moves", ["past", "ahead"])
@pytest.mark.parametrize("kind", ["fair.opens", ACCOUNT_MAIL])
def test_the_count_of_the_header_is_what_the_inbox_holds_unread(ada, dev, now, status, moves, kind):
    """The number in SQL and the queryset are one rule."""
    send_at = now + timedelta(hours=1 if moves == "ahead" else -1)
    for person in (ada, dev):
        for read_at in (None, now):
            Notice.objects.create(
                recipient=person,
                kind=kind,
                occurrence=str(read_at),
                lane=Lane.EVENT,
                status=status,
                accepted_at=now if status == Status.SENT else None,
                created_at=now,
                send_at=send_at,
                next_try_at=send_at,
                expires_at=now + timedelta(days=2),
                read_at=read_at,
            )

    counted = User.objects.annotate(unread=UnreadOf(now)).get(pk=ada.pk).unread

    assert counted == Notice.objects.visible_to(ada, at=now).unread().count()
    assert counted == int(moves == "past" and kind == "fair.opens" and status not in (Status.CANCELLED, Status.EXPIRED))


def test_only_a_person_reads(fair, now, db):
    outbox.enqueue(fair.to("guest@example.org"), now=now)

    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.update(read_at=now)


def test_a_receipt_is_read_in_the_inbox_with_both_clocks(loa, paper, participant_in_kolkata, visit):
    hand_in(
        assignment=paper,
        enrollment=participant_in_kolkata,
        text="I asked ten neighbours.",
        key=uuid4(),
        actor=participant_in_kolkata.user,
        now=WEEK_3,
    )

    page = visit(participant_in_kolkata.user, at=WEEK_3 + timedelta(minutes=1))

    (row,) = page.select(".inbox li")
    assert paper.item.title in row.text
    assert "Kolkata" in row.text
    assert "New York" in row.text


def test_a_reminder_is_in_the_inbox_until_the_paper_is_handed_in(loa, paper, participant_in_kolkata, visit):
    amara = participant_in_kolkata
    day_before = paper.due_at - timedelta(hours=20)
    planner.plan(now=day_before - timedelta(hours=30))
    planner.plan(now=day_before)
    assert paper.item.title in visit(amara.user, at=day_before).text

    hand_in(assignment=paper, enrollment=amara, text="Done.", key=uuid4(), actor=amara.user, now=day_before)

    reminders = Notice.objects.filter(recipient=amara.user, kind__endswith="deadline_coming")
    shown = visit(amara.user, at=day_before + timedelta(seconds=1))
    assert reminders.filter(status=Status.WAITING).exists()
    assert not shown.select(f"a[href='/inbox/{reminders.get().pk}/']")
    sender.send_due(now=day_before + timedelta(minutes=1))
    assert reminders.get().status == Status.CANCELLED


@pytest.mark.parametrize("sort", Return.Sort)
@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("address", ["ada@example.org", "old@example.org"])
@pytest.mark.parametrize("apart", [timedelta(hours=19), timedelta(hours=20)])
def test_which_mail_came_back_is_known_with_who_is_signed_in(ada, now, sort, settled, address, apart):
    """The column in SQL and the querysets are one rule."""
    for number, at in enumerate((now, now + apart)):
        Return.objects.create(
            person=ada,
            address=address,
            message_id="<x@example.org>",
            sort=sort,
            code=f"5.1.{number}",
            mail_sent_at=at,
            returned_at=at,
            settled_at=now if settled else None,
        )
    User.objects.filter(pk=ada.pk).update(email="Ada@example.org")

    known = User.objects.annotate(mail_came_back=CameBack()).get(pk=ada.pk)

    theirs = Return.objects.filter(person=ada, address="ada@example.org")
    latest, is_final = theirs.standing().order_by("-returned_at").first(), theirs.not_working().exists()
    expected = latest and Trouble(sort=sort, code="5.1.1", returned_at=latest.returned_at, is_final=is_final)
    assert trouble_of(known) == trouble_of(ada) == expected

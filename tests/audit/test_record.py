import contextlib
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg2
import pytest
import structlog
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from audit.models import Entry
from audit.services import record
from audit.values import NotRecordable, json_safe

MONDAY = datetime(2027, 3, 8, 14, 0, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def director(db):
    return User.objects.create_user("dana@example.org", name="Dana Okafor")


@pytest.fixture
def participant(db):
    return User.objects.create_user("ravi@example.org", name="Ravi Iyer", zone="Asia/Kolkata")


def test_an_entry_says_who_did_what_to_whom_when_and_why(director, participant):
    record(
        actor=director,
        verb="deadline extended",
        on=participant,
        before={"due_at": datetime(2027, 3, 14, 23, 59, tzinfo=NEW_YORK)},
        after={"due_at": datetime(2027, 3, 16, 23, 59, tzinfo=NEW_YORK)},
        reason="No power in the city for two days.",
        scope="session:12",
        now=MONDAY,
    )

    entry = Entry.objects.get()
    assert (entry.at, entry.actor, entry.verb) == (MONDAY, director, "deadline extended")
    assert (entry.object_type, entry.object_id) == ("accounts.user", str(participant.pk))
    assert (entry.before, entry.after) == ({"due_at": "2027-03-15T03:59:00Z"}, {"due_at": "2027-03-17T03:59:00Z"})
    assert (entry.reason, entry.scope) == ("No power in the city for two days.", "session:12")


def test_the_platform_itself_acts_without_a_person(participant):
    assert record(actor=None, verb="module opened", on=participant, now=MONDAY).actor is None


def test_an_entry_bears_the_id_of_the_request_in_which_it_was_written(participant):
    with structlog.contextvars.bound_contextvars(request_id="5f0c"):
        inside = record(actor=None, verb="seen", on=participant, now=MONDAY)
    outside = record(actor=None, verb="seen", on=participant, now=MONDAY)

    assert (inside.request_id, outside.request_id) == ("5f0c", "")


def test_about_finds_what_was_done_to_one_row_newest_first(director, participant):
    first = record(actor=director, verb="invited", on=participant, now=MONDAY)
    second = record(actor=director, verb="enrolled", on=participant, now=TUESDAY)
    record(actor=director, verb="invited", on=director, now=TUESDAY)

    assert list(Entry.objects.about(participant)) == [second, first]


def test_in_scope_finds_what_was_done_in_one_session(director, participant):
    mine = record(actor=director, verb="invited", on=participant, scope="session:12", now=MONDAY)
    record(actor=director, verb="invited", on=participant, scope="session:1", now=MONDAY)

    assert list(Entry.objects.in_scope("session:12")) == [mine]


def test_what_has_no_key_yet_cannot_be_recorded(db):
    with pytest.raises(ValueError, match="Save the person"):
        record(actor=None, verb="seen", on=User(email="new@example.org"), now=MONDAY)


def test_an_act_that_fails_leaves_no_record(participant):
    def change_and_fail():
        with transaction.atomic():
            record(actor=None, verb="result changed", on=participant, now=MONDAY)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()

    assert not Entry.objects.exists()


class Colour(Enum):
    GREEN = "green"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (datetime(2027, 3, 14, 3, 30, tzinfo=NEW_YORK), "2027-03-14T07:30:00Z"),
        (datetime(2027, 11, 7, 1, 30, tzinfo=NEW_YORK, fold=1), "2027-11-07T06:30:00Z"),
        (date(2027, 3, 8), "2027-03-08"),
        (time(23, 59), "23:59:00"),
        (timedelta(hours=48), 172800.0),
        (Colour.GREEN, "green"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (Decimal("2900.00"), "2900.00"),
        (NEW_YORK, "America/New_York"),
        ({"weeks": (1, 2), Colour.GREEN: {3}}, {"weeks": [1, 2], "green": [3]}),
        (True, True),
        (None, None),
    ],
)
def test_values_are_written_in_words_of_json(value, written):
    assert json_safe(value) == written


def test_a_row_is_written_with_its_name_and_key(participant):
    assert json_safe({"reader": participant}) == {"reader": f"Ravi Iyer [{participant.pk}]"}


@pytest.mark.parametrize("value", [datetime(2027, 3, 8), object(), b"bytes", float("nan"), float("inf")])
def test_what_has_no_agreed_form_is_refused(value):
    with pytest.raises(NotRecordable):
        json_safe({"value": value})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET reason = 'polished'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "TRUNCATE accounts_user CASCADE",
    ],
)
def test_the_database_refuses_to_change_or_remove_what_was_recorded(participant, statement):
    entry = record(actor=None, verb="result changed", on=participant, reason="as it was", now=MONDAY)

    with connection.cursor() as cursor:
        # Tests may empty the record between themselves; here it is as in production.
        cursor.execute("SET LOCAL audit.may_be_emptied = off")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
            cursor.execute(statement)

    entry.refresh_from_db()
    assert entry.reason == "as it was"


def test_neither_saving_nor_deleting_an_entry_changes_it(participant):
    entry = record(actor=None, verb="result changed", on=participant, now=MONDAY)

    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.delete()


def test_a_connection_that_says_nothing_may_not_empty_the_record(db):
    plain = {name: value for name, value in connection.get_connection_params().items() if name != "options"}

    with contextlib.closing(psycopg2.connect(**plain)) as elsewhere:
        cursor = elsewhere.cursor()
        with pytest.raises(psycopg2.errors.RestrictViolation, match="TRUNCATE is refused"):
            cursor.execute("TRUNCATE audit_entry")


def test_whoever_acted_stays(director, participant):
    record(actor=director, verb="invited", on=participant, now=MONDAY)

    with pytest.raises(IntegrityError), transaction.atomic():
        director.delete()

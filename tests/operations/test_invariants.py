"""Each promise is broken by hand, its constraint dropped, and the command says so in words."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from files.places import place_of
from files.services import store_file
from modules.services import mark_done
from notifications.models import Notice
from tests import cast
from tests.cast import WEEK_3

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_week_3():
    with time_machine.travel(WEEK_3, tick=False):
        yield


@pytest.fixture
def handed_in(paper, participant_in_kolkata, fellow):
    submission = cast.make_submission(paper, participant_in_kolkata)
    submission.readers.create(user=fellow, since=WEEK_3)
    mark_done(item=paper.item, enrollment=participant_in_kolkata, now=WEEK_3)
    return submission


def sql(*statements):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements:
            cursor.execute(statement)


def checked():
    """What the command says, and whether it would exit with 1."""
    said = StringIO()
    try:
        call_command("check_invariants", stdout=said)
    except CommandError as failed:
        return said.getvalue(), failed.returncode == 1
    return said.getvalue(), False


def test_all_holds_where_nothing_was_broken(handed_in, fellow, participant_in_kolkata, module):
    cast.make_feedback(handed_in, fellow, result="please_revise")
    cast.make_module(module.session, number=9)
    cast.make_meeting(module.session, section=participant_in_kolkata.section)

    said, failed = checked()

    assert not failed, said
    assert "BROKEN" not in said


def test_a_paper_in_two_queues_is_found(handed_in, head_fellow):
    sql("DROP INDEX reader_one_queue")
    handed_in.readers.create(user=head_fellow, since=WEEK_3)

    said, failed = checked()

    assert failed
    assert f"Paper {handed_in.receipt} stands in 2 queues." in said


def test_two_counting_attempts_are_found(handed_in):
    newer = cast.make_submission(handed_in.assignment, handed_in.enrollment)
    sql(
        "DROP INDEX submission_one_counts",
        "ALTER TABLE assignments_submission DISABLE TRIGGER submission_is_kept",
        f"UPDATE assignments_submission SET superseded_at = NULL WHERE id <> {newer.pk}",  # noqa: S608
    )

    said, failed = checked()

    assert failed
    assert "2 count, not one." in said


def test_no_counting_attempt_is_found(handed_in):
    sql("UPDATE assignments_submission SET superseded_at = handed_in_at")

    said, failed = checked()

    assert failed
    assert "0 count, not one." in said


def test_a_paper_without_author_is_found(handed_in):
    sql(
        "ALTER TABLE assignments_submissionauthor DISABLE TRIGGER author_is_kept",
        "DELETE FROM assignments_submissionauthor",
    )

    said, failed = checked()

    assert failed
    assert f"Paper {handed_in.receipt} has no author row" in said


def test_an_altered_paper_is_found(handed_in):
    sql(
        "ALTER TABLE assignments_submission DISABLE TRIGGER submission_is_kept",
        "UPDATE assignments_submission SET text = text || ' More.'",
        "ALTER TABLE assignments_submission ENABLE TRIGGER submission_is_kept",
    )

    said, failed = checked()

    assert failed
    assert f"The text of paper {handed_in.receipt} is not the one its receipt was given for." in said


def test_feedback_released_without_a_result_is_found(handed_in, fellow):
    cast.make_feedback(handed_in, fellow)
    sql(
        "ALTER TABLE assignments_feedback DROP CONSTRAINT feedback_finished_has_result",
        "UPDATE assignments_feedback SET result = ''",
    )

    said, failed = checked()

    assert failed
    assert f"The feedback on paper {handed_in.receipt} is released, and not complete." in said


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE assignments_assignment SET due_at = due_at + interval '1 hour'", "is due"),
        ("UPDATE assignments_assignment SET closes_at = closes_at + interval '1 hour'", "not with its session’s work"),
        ("UPDATE modules_module SET releases_at = releases_at + interval '1 hour'", "opens"),
    ],
)
def test_an_instant_that_is_not_its_rules_is_found(loa, statement, words):
    cast.make_assignment(cast.make_module(loa, number=9))
    sql(statement)

    said, failed = checked()

    assert failed
    assert words in said


def test_what_is_past_may_be_as_it_was(paper):
    sql("UPDATE modules_module SET releases_at = '2027-02-17 16:00 UTC'")

    assert not checked()[1]


def test_somebody_in_a_section_of_another_session_is_found(participant_in_kolkata, outsider):
    foreign = cast.make_section(outsider.session)
    sql(
        "ALTER TABLE cohorts_enrollment DROP CONSTRAINT cohorts_enrollment_section_in_session",
        f"UPDATE cohorts_enrollment SET section_id = {foreign.pk} WHERE id = {participant_in_kolkata.pk}",  # noqa: S608
    )

    said, failed = checked()

    assert failed
    assert f"Enrollment {participant_in_kolkata.pk} is in a section of another session." in said


def test_a_stored_file_without_bytes_is_found(db, settings, tmp_path):
    settings.STORED_FILES_DIR = tmp_path
    stored = store_file(content=b"A roster.", content_type="text/csv", now=WEEK_3)
    place_of(stored.sha256).unlink()

    said, failed = checked()

    assert failed
    assert f"The bytes of stored file {stored.sha256} are missing." in said


def make_notice(user, **fields):
    return Notice.objects.create(
        recipient=user,
        kind="cohorts.invitation",
        lane="event",
        created_at=WEEK_3,
        send_at=WEEK_3,
        next_try_at=WEEK_3,
        expires_at=WEEK_3 + timedelta(days=1),
        **fields,
    )


def test_a_notice_that_stands_there_twice_is_found(fellow):
    sql("ALTER TABLE notifications_notice DROP CONSTRAINT notice_once")
    make_notice(fellow)
    make_notice(fellow)

    said, failed = checked()

    assert failed
    assert f"2 notices say the same “cohorts.invitation” to {fellow.pk}." in said


def test_a_sealed_mail_of_a_settled_notice_is_found(fellow):
    sql("ALTER TABLE notifications_notice DROP CONSTRAINT notice_sealed_mail_erased")
    notice = make_notice(fellow, status=Notice.Status.CANCELLED, sealed_mail="sealed")

    said, failed = checked()

    assert failed
    assert f"Notice {notice.pk} is settled and still keeps its sealed mail." in said


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("DROP TRIGGER audit_entry_rows_stay ON audit_entry", "audit_entry_rows_stay"),
        ("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_table_stays", "audit_entry_table_stays"),
        ("ALTER TABLE assignments_submission DISABLE TRIGGER submission_is_kept", "submission_is_kept"),
    ],
)
def test_a_record_that_nothing_guards_is_found(db, statement, name):
    sql(statement)

    said, failed = checked()

    assert failed
    assert f"the trigger {name} is missing or disabled" in said

"""Real beats, workers and loops: too many of them at once, and none for six hours.

Seen failing with, of tests/faults/broken.py:
- plans_without_turn_or_key (too many): some had two rows, and both were sent;
- looks_at_the_present_minute (none for six hours): nobody was told anything.
"""

import json
import re
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from notifications.asking import TOO_LATE
from tests.faults.waiting import Coming, wait_for
from tests.size import sized

MANY = sized(2000, 200)
CLASS = 12
COMING, DRAFT, OPEN = "assignments.deadline_coming", "assignments.draft_waiting", "modules.module_open"
# What would be true only at the moment for which it was planned.
RELATIVE = re.compile(r"\b(in \w+ (minutes?|hours?|days?)|\d+ (minutes?|hours?|days?)|today|tomorrow|this morning)\b")


def rows_of(stack, kind, thing):
    """(recipient, occurrence, status, reason) of each notice of that kind about it."""
    asked = (
        "SELECT recipient_id, occurrence, status, reason FROM notifications_notice WHERE kind = %s AND object_id = %s"
    )
    return stack.query(asked, kind, thing)


def test_two_beats_four_workers_and_a_loop_write_and_send_exactly_what_is_due(engines, slow_mail_server):
    everybody = [("worker", number) for number in range(1, 5)] + [("beat", 1), ("beat", 2), ("loop", 1)]
    for name, number in everybody:
        engines.start(name, number=number)
    seated = json.loads(engines.act("seat_reminded", "A1", MANY))
    engines.act("plan_again_and_again", 8, seated["since"])

    reminders = Coming(slow_mail_server, "Paper A1")
    wait_for(lambda: len(reminders.told()) == MANY, seconds=240)
    # Each ends what it has begun.
    for name, number in everybody:
        assert engines.stop(name, number=number) == 0, (name, number)

    rows = rows_of(engines, COMING, seated["paper"])
    assert Counter(row[:3] for row in rows) == Counter(
        (person, seated["occurrence"], "sent") for person in seated["people"]
    )
    assert set(reminders.told().values()) == {1}


def test_after_six_hours_without_beat_and_workers_each_gets_one_mail_of_what_is_still_of_use(engines, slow_mail_server):
    told = json.loads(engines.act("stand_still", "S1", CLASS))
    papers = told["papers"]
    engines.start("worker")
    engines.start("beat")

    def mails():
        return [mail for mail in list(slow_mail_server.mails) if mail["X-Envelope-To"] in told["people"].values()]

    wait_for(lambda: len(mails()) >= CLASS)
    for name in ("beat", "worker"):
        assert engines.stop(name) == 0

    assert Counter(mail["X-Envelope-To"] for mail in mails()) == Counter(told["people"].values())
    for mail in mails():
        said = mail.get_body(("plain",)).get_content()
        assert told["opening"]["title"] in said
        assert papers["passed"]["title"] not in said
        for name in ("next", "last"):
            due_at = datetime.fromisoformat(papers[name]["due_at"]).astimezone(ZoneInfo(told["zone"]))
            assert f"“{papers[name]['title']}” is due {due_at:%A} {due_at.day} {due_at:%B}, {due_at:%H:%M}" in said
        assert RELATIVE.search(said) is None
    each = sorted(int(person) for person in told["people"])
    assert sorted(row[::2] for row in rows_of(engines, OPEN, told["opening"]["pk"])) == [(pk, "sent") for pk in each]
    for name in ("next", "last"):
        rows = rows_of(engines, COMING, papers[name]["pk"])
        assert sorted(row[::2] for row in rows) == [(pk, "sent") for pk in each]
    passed = rows_of(engines, DRAFT, papers["passed"]["pk"])
    assert sorted((pk, *rest) for pk, _, *rest in passed) == [(pk, "expired", TOO_LATE) for pk in each]

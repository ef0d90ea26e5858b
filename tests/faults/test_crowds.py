"""A whole class at once: on web workers as in production, and on PostgreSQL that writes before it answers.

Seen failing with:
- a window that ends at the deadline instead of with the minute that is shown: receipts were late that were not;
- a form whose key is not heeded: double clicks, and posts sent again after a kill, made papers of their own;
- an answer that is saved whatever revision it began from: nobody was refused, and what others had saved was gone;
- an answer that is refused and not kept beside the other.
"""

import email
import email.policy
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from queue import Empty, SimpleQueue
from uuid import uuid4

import pytest

from tests.faults.browsing import NO_ANSWER, Line
from tests.faults.conftest import wait_for
from tests.size import sized

HANDS = 12
GIVE_UP = 120
MINUTE = 60


def fingerprint(text):
    return sha256(text.encode()).hexdigest()


def at_once(demo, hands, work):
    """Do the work in so many threads, each with a line of its own to the web server."""
    troubles = []

    def run():
        try:
            with Line(demo.port, timeout=GIVE_UP) as line:
                work(line)
        except Exception as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=run) for _ in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10 * GIVE_UP)
    assert troubles == []


def each_of(queue):
    while True:
        try:
            yield queue.get_nowait()
        except Empty:
            return


# --- the last minute ------------------------------------------------------------------------------------------------

PARTICIPANTS, DOUBLE_CLICKS, STRAGGLERS = sized(500, 60), sized(100, 12), sized(40, 8)
# So long before the minute ends they begin.
RUSH = 30


class Click:
    """One press of the button: what was sent when, and what was answered."""

    def __init__(self, number, key, not_before=0.0):
        self.number, self.key, self.not_before = number, key, not_before
        self.text = f"Paper of {number}: what I tried in the last minute, and what I learnt." + " word" * number
        self.sent_at = self.answered_at = self.answer = None


def click(line, clicks, seats, path):
    for one in each_of(clicks):
        time.sleep(max(0.0, one.not_before - time.time()))
        form = {"text": one.text, "key": one.key, "based_on": 0, "editor": str(uuid4())}
        one.sent_at = time.time()
        try:
            one.answer = line.post(seats[one.number], path, form)
        except NO_ANSWER:
            # The server had just hung up on a line that was silent for long; a browser sends it again by itself.
            one.answer = line.post(seats[one.number], path, form)
        one.answered_at = time.time()


def test_five_hundred_hand_in_during_the_last_minute_and_each_is_on_time_or_late_as_the_window_says(demo):
    seated = json.loads(demo.act("seat_class", "LMA", PARTICIPANTS, 1))
    # The deadline's minute is the one in which they hurry; on time lasts until its end.
    end = (time.time() + 2 * RUSH) // MINUTE * MINUTE + MINUTE
    due = datetime.fromtimestamp(end - MINUTE, UTC)
    assert demo.act("set_due", seated["papers"][0], due.isoformat()) == due.isoformat()
    pressed = [
        Click(number, str(uuid4()), end if number >= PARTICIPANTS - STRAGGLERS else end - RUSH)
        for number in range(PARTICIPANTS)
    ]
    doubled = random.Random(27).sample(range(PARTICIPANTS), DOUBLE_CLICKS)
    clicks = SimpleQueue()
    for one in pressed:
        clicks.put(one)
        if one.number in doubled:
            again = Click(one.number, one.key, one.not_before)
            pressed = [*pressed, again]
            clicks.put(again)

    at_once(demo, HANDS, lambda line: click(line, clicks, seated["seats"], seated["paths"][0]))

    assert Counter(one.answer.status for one in pressed) == {302: PARTICIPANTS + DOUBLE_CLICKS}
    shown = {one.number: one.answer.location.rstrip("/").rsplit("/", 1)[-1] for one in pressed}
    assert [one.number for one in pressed if not one.answer.location.rstrip("/").endswith(shown[one.number])] == []
    # Nothing lost, nothing double.
    kept = {row["receipt"]: row for row in json.loads(demo.act("times", seated["papers"][0]))}
    assert {receipt: row["text"] for receipt, row in kept.items()} == {
        shown[one.number]: fingerprint(one.text) for one in pressed[:PARTICIPANTS]
    }
    # On time is whoever was answered before the minute was over, and late who sent it afterwards; those who were under
    # way just then are what the instant on their receipt says.
    for one in pressed[:PARTICIPANTS]:
        row = kept[shown[one.number]]
        assert row["due_at"] == end - MINUTE
        assert (row["late_by"] is None) is (row["handed_in_at"] < end), one.number
        if row["late_by"] is not None:
            assert row["late_by"] == pytest.approx(row["handed_in_at"] - row["due_at"], abs=0.001), one.number
    first = {one.number: one for one in reversed(pressed)}
    punctual = {n for n, one in first.items() if one.answered_at < end}
    belated = {n for n in first if all(one.sent_at >= end for one in pressed if one.number == n)}
    assert {n for n in punctual if kept[shown[n]]["late_by"] is not None} == set()
    assert {n for n in belated if kept[shown[n]]["late_by"] is None} == set()
    assert len(punctual) >= PARTICIPANTS / 10
    assert len(belated) >= STRAGGLERS
    # The page and the mail of the receipt say the same.
    with Line(demo.port) as line:
        for number in [*sorted(punctual)[:10], *sorted(belated)[-10:]]:
            page = line.get(seated["seats"][number], first[number].answer.location)
            assert page.status == 200
            assert ("after the deadline; accepted" in page.body) is (number in belated)
    wait_for(lambda: len(list((demo.var_dir / "mail").glob("*.eml"))) >= PARTICIPANTS, seconds=GIVE_UP)
    mails = [email.message_from_bytes(mail, policy=email.policy.default) for mail in demo.mails()]
    told_late = {mail["Subject"]: "after the deadline; accepted" in body_of(mail) for mail in mails}
    for receipt, row in kept.items():
        [was_late] = [late for subject, late in told_late.items() if receipt in subject]
        assert was_late is (row["late_by"] is not None)
    assert demo.act("check_invariants") == ""


def body_of(mail):
    return " ".join(mail.get_body(("plain",)).get_content().split())


# --- killed web workers ---------------------------------------------------------------------------------------------

POSTERS, PAPERS_EACH = sized(300, 30), 10
KILLED_EVERY = 2.0


def web_workers(demo):
    """The processes that answer, by the one that keeps them."""
    listed = subprocess.run(["pgrep", "-P", str(demo.pids()["web"])], capture_output=True, text=True, check=False)
    return [int(pid) for pid in listed.stdout.split()]


def test_killed_web_workers_lose_no_paper_and_make_none_twice(demo):
    seated = json.loads(demo.act("seat_class", "KIL", POSTERS, PAPERS_EACH))
    posts, receipts, statuses = SimpleQueue(), {}, Counter()
    for path in seated["paths"]:
        for seat in seated["seats"]:
            posts.put((path, seat, f"For {path} by {seat['user']}." + " It was long, and I meant each word." * 40))

    def hand_in_until_answered(line):
        for path, seat, text in each_of(posts):
            form = {"text": text, "key": str(uuid4()), "based_on": 0, "editor": str(uuid4())}
            give_up_at = time.monotonic() + GIVE_UP
            while time.monotonic() < give_up_at:
                try:
                    answer = line.post(seat, path, form)
                except NO_ANSWER:
                    statuses["no answer"] += 1
                    time.sleep(0.05)
                    continue
                statuses[answer.status] += 1
                if answer.status == 302:
                    receipts[answer.location.rstrip("/").rsplit("/", 1)[-1]] = fingerprint(text)
                break

    killed, is_done = [], threading.Event()

    def kill_workers():
        while not is_done.wait(KILLED_EVERY):
            workers = web_workers(demo)
            if workers:
                killed.append(random.choice(workers))
                os.kill(killed[-1], signal.SIGKILL)

    killer = threading.Thread(target=kill_workers)
    killer.start()
    try:
        at_once(demo, HANDS, hand_in_until_answered)
    finally:
        is_done.set()
        killer.join()

    assert len(killed) >= 5
    assert statuses.pop("no answer") > 0
    assert statuses == {302: POSTERS * PAPERS_EACH}
    assert len(receipts) == POSTERS * PAPERS_EACH
    kept = [row for row in json.loads(demo.act("texts")) if row[0].startswith("KIL-")]
    assert {receipt: text for receipt, text, _ in kept} == receipts
    assert [receipt for receipt, text, noted in kept if text != noted] == []
    assert demo.act("check_invariants") == ""


# --- graders --------------------------------------------------------------------------------------------------------

GRADERS, SAVES = 40, 3
JSON = {"Accept": "application/json"}


class Grading:
    """One grader at one paper: what was told to be saved, what was refused, and whether it was told as finished."""

    def __init__(self, desk, seat, levels):
        self.desk, self.seat, self.levels = desk, seat, levels
        self.saved, self.refused, self.odd, self.said = {}, [], [], ""

    def form(self, text, revision, act):
        whole = {"text": text, "next_step": "Ask one more neighbour.", "result": "complete", "act": act}
        return whole | self.levels | {"based_on": revision, "editor": str(uuid4())}

    def grade(self, line):
        revision = 0
        for number in range(SAVES):
            text = f"Save {number} of {self.seat['user']}: you saw what others walked past."
            answer = line.post(self.seat, self.desk["path"], self.form(text, revision, "save"), **JSON)
            told = json.loads(answer.body)
            if answer.status == 200:
                self.saved[told["revision"]] = text
            elif answer.status == 409 and "revision" in told:
                self.refused.append(text)
            else:
                self.odd.append((answer.status, told))
            # Whoever is refused reads what stands there, and goes on from it.
            revision = told.get("revision", revision)
        text = f"Finished by {self.seat['user']}."
        answer = line.post(self.seat, self.desk["path"], self.form(text, revision, "finish"))
        page = line.get(self.seat, answer.location)
        self.said = next((said for said in SAYINGS if said in page.body), f"{answer.status} {page.status}")
        if self.said == FINISHED:
            self.saved[revision + 1] = text
        elif self.said == STALE:
            self.refused.append(text)


FINISHED = "Finished. It goes out by itself"
STALE = "Both texts are kept; choose which one to go on with."
SAYINGS = (FINISHED, STALE)


def test_forty_graders_at_once_find_what_they_were_told_is_saved_and_beside_it_what_was_refused(demo):
    seated = json.loads(demo.act("seat_graders", "GRD", GRADERS))
    seats, desks = seated["seats"], seated["desks"]
    gradings = [
        Grading(desks[(number - turn) % GRADERS], seats[number], seated["levels"])
        for turn in (0, 1)
        for number in range(GRADERS)
    ]
    # At each desk one reader comes with its first paper and another with its second, at the same moment.
    mine = {number: gradings[number::GRADERS] for number in range(GRADERS)}
    people = SimpleQueue()
    for number in range(GRADERS):
        people.put(mine[number] if number % 2 else mine[number][::-1])
    gate = threading.Barrier(GRADERS)

    def sit_down(line):
        mine = people.get()
        gate.wait()
        for grading in mine:
            grading.grade(line)

    at_once(demo, GRADERS, sit_down)

    assert [grading.odd for grading in gradings if grading.odd] == []
    assert {grading.said for grading in gradings} == {FINISHED, STALE}
    kept = {row["submission"]: row for row in json.loads(demo.act("answers"))}
    collisions = 0
    for desk in desks:
        here = [grading for grading in gradings if grading.desk is desk]
        row = kept[desk["paper"]]
        told = [(revision, text) for grading in here for revision, text in grading.saved.items()]
        # No revision was promised to two of them, and none is missing.
        assert sorted(revision for revision, _ in told) == list(range(1, row["revision"] + 1))
        assert row["text"] == dict(told)[row["revision"]]
        assert row["status"] == "held"
        assert [grading.said for grading in here].count(FINISHED) == 1
        refused = [text for grading in here for text in grading.refused]
        assert Counter(refused) <= Counter(row["kept"])
        collisions += len(refused)
    assert collisions > GRADERS / 2
    assert demo.act("check_invariants") == ""

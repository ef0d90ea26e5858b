"""Papers are handed in while everything is killed in turn; whoever got no answer sends the same form again.

Seen failing with:
- a PostgreSQL that answers before it has written (`synchronous_commit` off): papers with a receipt were gone;
- a form whose key is not heeded: texts stood there twice, under other receipts than the shown ones;
- the receipt's notice written a tenth of a second after the commit, not with the paper: one paper had none.
"""

import json
import threading
import time
from collections import Counter
from hashlib import sha256
from uuid import uuid4

from tests.faults.browsing import NO_ANSWER, Line
from tests.faults.conftest import wait_for

WRITERS = 4
GIVE_UP = 90


class Writer(threading.Thread):
    """Hands in one text after another, each with its own key, until told to stop; remembers the receipts."""

    def __init__(self, demo, place):
        super().__init__(daemon=True)
        self.demo, self.place = demo, place
        self.receipts, self.trouble, self.began_from = {}, "", 0
        self.is_done = threading.Event()

    def run(self):
        number = 0
        while not self.is_done.is_set():
            number += 1
            text = f"Paper {number} of {self.place['user']}: what I tried, and what I learnt."
            # Each paper that was handed in is the draft's next revision.
            self.began_from = number - 1
            where = self.hand_in(text, str(uuid4()))
            if where is None:
                self.trouble = f"no answer to “{text}” within {GIVE_UP} s"
                return
            self.receipts[sha256(text.encode()).hexdigest()] = where.rstrip("/").rsplit("/", 1)[-1]
            if number % 5 == 0:
                # Somebody pressed the button again.
                self.hand_in(text, self.last_key)

    def hand_in(self, text, key):
        """Send the form until it is answered; gives the receipt's address."""
        self.last_key = key
        give_up_at = time.monotonic() + GIVE_UP
        while time.monotonic() < give_up_at:
            try:
                status, where = self.post(text, key)
            except NO_ANSWER:
                status = None
            if status == 302 and "/receipt/" in where:
                return where
            if status is not None and status < 500:
                self.trouble = f"{status} {where}"
                return None
            time.sleep(0.1)
        return None

    def post(self, text, key):
        form = {"text": text, "key": key, "based_on": self.began_from, "editor": str(uuid4())}
        with Line(self.demo.port, timeout=20) as line:
            answer = line.post(self.place, self.place["path"], form)
        return answer.status, answer.location


def test_killing_anything_loses_no_paper_that_was_answered_and_makes_none_twice(demo):
    places = json.loads(demo.act("open_class", WRITERS))
    writers = [Writer(demo, place) for place in places]
    for writer in writers:
        writer.start()
    for name in ("web", "database", "worker", "broker", "web", "database"):
        before = sum(len(writer.receipts) for writer in writers)
        demo.kill(name)
        wait_for(lambda before=before: sum(len(writer.receipts) for writer in writers) > before + WRITERS)
    for writer in writers:
        writer.is_done.set()
    for writer in writers:
        writer.join(timeout=GIVE_UP)

    assert [writer.trouble for writer in writers if writer.trouble] == []
    kept = json.loads(demo.act("papers"))
    shown = {mark: receipt for writer in writers for mark, receipt in writer.receipts.items()}
    assert {mark: receipt for mark, receipt, _ in kept if mark in shown} == shown
    assert [mark for mark, times in Counter(mark for mark, _, _ in kept).items() if times > 1] == []
    # That every notice becomes a mail is shown in test_nothing_is_lost.
    assert [(receipt, told) for _, receipt, told in kept if told != 1] == []
    assert demo.act("check_invariants") == ""

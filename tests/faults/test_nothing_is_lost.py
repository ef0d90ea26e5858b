"""Mails are told of in one transaction after the other while a process is killed; each arrives, hardly one twice.

Seen failing with:
- senders that take waiting notices only: what a killed one had claimed was never sent;
- a lease of no time: two senders sent 55 of 150 mails twice.

Notices that are marked as sent right before the mail server has them are lost only in the few milliseconds between;
that is shown by tests/notifications/test_races.py, which kills a sender in exactly these.
"""

import re
from collections import Counter

from notifications.claims import LEASE
from tests.faults.conftest import PATIENCE, wait_for

NUMBER = re.compile(rb"^Subject: Number (\d+)\.", re.MULTILINE)
MAILS = 150
# The worker's processes: so many mails may be between the mail server's yes and the commit at one moment.
SENDERS = 2


def delivered(demo):
    return Counter(int(number) for mail in demo.mails() for number in NUMBER.findall(mail))


def test_killing_worker_broker_database_or_web_loses_no_notice_and_sends_hardly_one_twice(demo):
    told = {"worker": range(1000, 1000 + MAILS), "broker": range(2000, 2000 + MAILS)}
    told |= {"database": range(3000, 3000 + MAILS), "web": range(4000, 4000 + MAILS)}
    for name, numbers in told.items():
        telling = demo.begin("tell", numbers.start, MAILS)
        wait_for(lambda numbers=numbers: delivered(demo).keys() & numbers)
        demo.kill(name)
        committed = {int(number) for number in telling.communicate(timeout=120)[0].split()}
        assert committed == set(numbers)
    everything = {number for numbers in told.values() for number in numbers}
    # What a killed sender had claimed is taken over when its lease is over.
    wait_for(lambda: everything <= delivered(demo).keys(), seconds=LEASE.total_seconds() + PATIENCE)
    wait_for(lambda: demo.act("count_open") == "0", seconds=LEASE.total_seconds() + PATIENCE)
    for name, numbers in told.items():
        twice = sum(times - 1 for number, times in delivered(demo).items() if number in numbers)
        assert twice <= SENDERS, name
    assert demo.act("check_invariants") == ""

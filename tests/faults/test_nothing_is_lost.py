import re
from collections import Counter

import pytest

from tests.faults.conftest import wait_for

NUMBER = re.compile(rb"^Subject: Number (\d+)\.", re.MULTILINE)
MAILS = 150
first_numbers = iter(range(1_000, 1_000_000, 1_000))


def delivered(demo):
    return Counter(int(number) for mail in demo.mails() for number in NUMBER.findall(mail))


@pytest.mark.parametrize("name", ["worker", "broker", "database", "web"])
def test_killing_a_process_loses_no_notice_and_sends_hardly_one_twice(demo, name):
    first = next(first_numbers)
    telling = demo.begin("tell", first, MAILS)
    wait_for(lambda: delivered(demo).keys() & range(first, first + MAILS))
    demo.kill(name)
    committed = [int(number) for number in telling.communicate(timeout=120)[0].split()]
    assert len(committed) > 1
    wait_for(lambda: not set(committed) - delivered(demo).keys())
    wait_for(lambda: demo.act("count_open") == "0")
    # At most once, unless a process died between the mail server's yes and the commit: here, one process died once.
    twice = sum(times - 1 for number, times in delivered(demo).items() if number in committed)
    assert twice <= 1

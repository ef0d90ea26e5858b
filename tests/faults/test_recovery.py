"""What is killed comes back, and ends with its supervisor.

Seen failing with:
- a supervisor that starts nothing again (web, jobs, watchman), or neither jobs nor beat (the signs of life);
- a start that always begins with a new database (the second start);
- a watchman that ends nothing (the killed supervisor);
- a demo that does not hold its lock (the second demo).
"""

import os
import signal

import pytest

from tests.faults.conftest import wait_for

numbers = iter(range(1000, 100_000, 100))


def alive(pids):
    living = []
    for pid in pids:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            continue
        living.append(pid)
    return living


@pytest.mark.parametrize("name", ["web", "worker", "broker", "database", "beat", "mail", "jobs"])
def test_what_is_killed_comes_back_and_mails_arrive_again(demo, name):
    demo.kill(name)
    wait_for(lambda: demo.status("/accounts/login/") == 200)
    number = next(numbers)
    demo.act("tell", number, 1)
    wait_for(lambda: any(b"Subject: Number %d." % number in mail for mail in demo.mails()))


def test_the_others_give_signs_of_life_again_after_all_were_killed(demo):
    for name in ("web", "worker", "broker", "database", "beat", "mail", "jobs"):
        os.kill(demo.pids()[name], signal.SIGKILL)
    wait_for(lambda: demo.readiness().get("ready"))

    def everybody_was_heard():
        ages = demo.readiness().get("heartbeat_age_seconds", {})
        return ages and all(age is not None and age < 10 for age in ages.values())

    wait_for(everybody_was_heard)


def test_a_killed_watchman_is_replaced(demo):
    demo.kill("watchman")
    assert demo.status("/healthz") == 200


def test_ctrl_c_ends_all_of_it_and_a_second_start_finds_the_data(make_demo):
    demo = make_demo().start()
    demo.act("tell", 1, 1)
    wait_for(lambda: len(demo.mails()) == 1)
    pids = demo.pids()
    assert demo.stop(by=signal.SIGINT) == 0
    assert alive(pids.values()) == []
    demo.start()
    assert demo.act("count_all") == "1"
    assert demo.stop(by=signal.SIGTERM) == 0


def test_a_killed_supervisor_takes_its_children_along(make_demo):
    demo = make_demo().start()
    pids = demo.pids()
    assert set(pids) == {"database", "broker", "mail", "web", "worker", "jobs", "beat", "watchman"}
    demo.supervisor.kill()
    demo.supervisor.wait()
    wait_for(lambda: alive(pids.values()) == [], seconds=20)
    assert demo.start().status("/healthz") == 200


def test_a_second_demo_in_the_same_checkout_is_told_where_the_first_one_is(demo):
    with pytest.raises(AssertionError, match=f"already runs, at http://localhost:{demo.port}"):
        type(demo)(demo.var_dir).start()

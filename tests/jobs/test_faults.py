import threading

import pytest
from django.db import connection

from core.moves import WrongState
from jobs.models import Job
from jobs.runner import LEASE, claim_job
from jobs.services import beat, heartbeats, resume_job, run_jobs, start_job, stop_job
from tests.children import run_child
from tests.jobs.work import MONDAY, Ticking, each_once, in_the_middle, items_done

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(*works):
    """Run each in a thread of its own; returns what they raised."""
    failures = []

    def run(work):
        try:
            work()
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return failures


KILLED_AT_EVERY_POINT = """
import signal, time
from accounts.models import User
from jobs.models import Job
from jobs.runner import LEASE
from jobs.services import run_jobs, start_job
from tests.dying import die_at, in_a_process_of_its_own
from tests.jobs.work import MONDAY, Ticking

LAST = 90

def work_and_die(point):
    die_at(point)
    run_jobs(Ticking())

def work_to_the_end():
    # The server needs a moment to notice that the other end of a connection is gone.
    ends_at = time.monotonic() + 60
    while Job.objects.exclude(status="done").exists() and time.monotonic() < ends_at:
        run_jobs(Ticking(MONDAY + 2 * LEASE))

for point in range(1, LAST):
    start_job(kind="test.items", owner=User.objects.get(), params={"items": 7}, now=MONDAY)
    code = in_a_process_of_its_own(lambda: work_and_die(point))
    in_a_process_of_its_own(work_to_the_end)
    print("killed" if code == -signal.SIGKILL else code, flush=True)
    if code == 0:
        break
"""


@pytest.mark.faults
def test_wherever_its_runner_is_killed_a_job_does_each_item_exactly_once(owner):
    """Before and after every statement of a job of three steps; another runner ends it."""
    code, said, complained = run_child(KILLED_AT_EVERY_POINT)

    assert code == 0, complained
    killed = said.split()
    assert killed[-1] == "0", "the last one came to its end by itself"
    assert len(killed) > 30
    jobs = list(Job.objects.all())
    assert len(jobs) == len(killed)
    assert {job.status for job in jobs} == {Job.Status.DONE}
    assert [items_done(job) for job in jobs] == [each_once(7)] * len(jobs)


def test_many_runners_never_run_the_same_job_and_do_each_item_once(owner, caplog):
    caplog.set_level("INFO")
    jobs = [start_job(kind="test.items", owner=owner, params={"items": 4}, now=MONDAY) for _ in range(16)]
    together, busy, collisions = threading.Barrier(8), set(), []

    def watch(job, first):
        if job.pk in busy:
            collisions.append(job.pk)
        busy.add(job.pk)
        items_done(job)  # a round trip, in which others get their turn
        busy.discard(job.pk)

    def run():
        together.wait(timeout=60)
        run_jobs(Ticking())

    in_the_middle.append(watch)
    assert in_threads(*[run] * 8) == []
    run_jobs(Ticking())

    assert collisions == []
    assert "held by another runner" not in caplog.text, "nobody took from another what was not left behind"
    assert [items_done(job) for job in jobs] == [each_once(4)] * 16


def test_a_job_whose_step_outlasts_its_lease_is_not_taken_away(job):
    inside, looked = threading.Event(), threading.Event()
    in_the_middle.append(lambda job, first: (inside.set(), looked.wait(timeout=60)))
    found = []

    def look():
        inside.wait(timeout=60)
        found.append(claim_job(now=MONDAY + 10 * LEASE))
        looked.set()

    assert in_threads(lambda: run_jobs(Ticking()), look) == []

    job.refresh_from_db()
    assert found == [None]
    assert (job.status, job.tries) == (Job.Status.DONE, 0)
    assert items_done(job) == each_once(10)


def test_stopping_does_not_wait_for_the_step_and_the_step_is_undone(job):
    inside, stopped = threading.Event(), threading.Event()

    def hold(job, first):
        if first == 3:
            inside.set()
            stopped.wait(timeout=60)

    def stop():
        inside.wait(timeout=60)
        stop_job(job=Job.objects.get(pk=job.pk), now=MONDAY)
        stopped.set()

    in_the_middle.append(hold)
    assert in_threads(lambda: run_jobs(Ticking()), stop) == []

    job.refresh_from_db()
    assert (job.status, job.done) == (Job.Status.STOPPED, 3)
    assert items_done(job) == each_once(3)
    in_the_middle.clear()
    resume_job(job=job)
    run_jobs(Ticking())
    assert items_done(job) == each_once(10)


def test_of_two_who_resume_one_wins(job):
    stop_job(job=job, now=MONDAY)
    together = threading.Barrier(2)

    def resume():
        mine = Job.objects.get(pk=job.pk)
        together.wait(timeout=60)
        resume_job(job=mine)

    failures = in_threads(resume, resume)

    assert [type(failure) for failure in failures] == [WrongState]


def test_first_signs_of_life_at_once_make_one_row(db):
    together = threading.Barrier(6)

    def live():
        together.wait(timeout=60)
        beat("worker", now=MONDAY)

    assert in_threads(*[live] * 6) == []
    assert heartbeats() == {"worker": MONDAY}

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from core import clock
from core.moves import WrongState
from core.publish import Publication
from jobs.kinds import Progress, UnknownKind, find_kind, job_kind, title_of
from jobs.models import Heartbeat, Job
from jobs.runner import LEASE, MOST_TRIES, LeaseLost, claim_job, take_step
from jobs.services import beat, heartbeats, resume_job, run_jobs, start_job, stop_job
from jobs.tasks import note_heartbeat
from jobs.tasks import run_jobs as run_jobs_task
from tests.jobs.work import MINUTE, MONDAY, SECOND, Ticking, each_once, in_the_middle, items_done

pytestmark = pytest.mark.django_db


def test_a_job_does_all_its_items_once_and_says_so(job):
    assert run_jobs(Ticking()) is False

    job.refresh_from_db()
    assert (job.status, job.done, job.total, job.message) == (Job.Status.DONE, 10, 10, "10 items")
    assert MONDAY < job.started_at < job.finished_at
    assert items_done(job) == each_once(10)


def test_starting_wakes_a_worker_once_the_job_is_committed(owner, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        start_job(kind="test.items", owner=owner, params={"items": 1}, now=MONDAY)
        start_job(kind="test.items", owner=owner, params={"items": 1}, now=MONDAY)

    assert callbacks == [Publication("jobs.tasks.run_jobs")]


def test_resuming_wakes_a_worker(owner, django_capture_on_commit_callbacks):
    job = Job.objects.create(kind="test.items", owner=owner, status=Job.Status.STOPPED, created_at=MONDAY)

    with django_capture_on_commit_callbacks() as callbacks:
        resume_job(job=job)

    assert callbacks == [Publication("jobs.tasks.run_jobs")]


def test_work_that_nobody_knows_is_refused_at_once(owner):
    with pytest.raises(UnknownKind, match=r"“test\.nothing”"):
        start_job(kind="test.nothing", owner=owner, now=MONDAY)

    assert not Job.objects.exists()


def test_work_whose_kind_went_away_fails_in_words(owner):
    job = Job.objects.create(kind="test.gone", owner=owner, created_at=MONDAY)

    run_jobs(Ticking())

    job.refresh_from_db()
    assert (job.status, job.error) == (Job.Status.FAILED, "Nothing here knows how to do “test.gone”.")
    assert title_of("test.gone") == "test.gone"


def test_a_stopped_job_keeps_what_was_done_and_goes_on_there(job):
    held = claim_job(now=MONDAY)
    take_step(held.pk, held.leased_by, Ticking())
    take_step(held.pk, held.leased_by, Ticking())

    stop_job(job=job, now=MONDAY)

    with pytest.raises(LeaseLost):
        take_step(held.pk, held.leased_by, Ticking())
    run_jobs(Ticking())
    job.refresh_from_db()
    assert (job.status, job.done) == (Job.Status.STOPPED, 6)
    assert items_done(job) == each_once(6)

    resume_job(job=job)
    run_jobs(Ticking())
    job.refresh_from_db()
    assert job.status == Job.Status.DONE
    assert items_done(job) == each_once(10)


def test_a_job_that_waits_can_be_stopped_too(job):
    stop_job(job=job, now=MONDAY)

    assert claim_job(now=MONDAY) is None


def test_what_is_done_is_neither_stopped_nor_resumed(job):
    run_jobs(Ticking())
    job.refresh_from_db()

    with pytest.raises(WrongState):
        stop_job(job=job, now=MONDAY)
    with pytest.raises(WrongState):
        resume_job(job=job)


def test_a_step_that_cannot_go_on_tells_its_owner_why(owner):
    job = start_job(kind="test.refuses", owner=owner, now=MONDAY)

    run_jobs(Ticking())

    job.refresh_from_db()
    assert job.status == Job.Status.FAILED
    assert job.error == "Row 7 has no e-mail address. Add it and start again."
    assert job.finished_at > MONDAY


def test_an_unforeseen_error_is_named_without_what_it_quotes(owner, caplog):
    job = start_job(kind="test.breaks", owner=owner, now=MONDAY)

    run_jobs(Ticking())

    job.refresh_from_db()
    assert job.status == Job.Status.FAILED
    assert "ValueError" in job.error
    assert "CANARY" not in job.error
    assert "CANARY" in caplog.text


def test_a_failed_job_can_be_taken_up_again_after_its_last_good_step(job):
    def fail_at_six(job, first):
        if first == 6:
            raise ValueError

    in_the_middle.append(fail_at_six)
    run_jobs(Ticking())
    job.refresh_from_db()
    assert (job.status, job.done) == (Job.Status.FAILED, 6)

    in_the_middle.clear()
    resume_job(job=job)
    run_jobs(Ticking())
    job.refresh_from_db()
    assert (job.status, job.error) == (Job.Status.DONE, "")
    assert items_done(job) == each_once(10)


def test_one_failing_job_does_not_hold_up_the_next(owner, job):
    failing = start_job(kind="test.breaks", owner=owner, now=MONDAY)

    run_jobs(Ticking())

    job.refresh_from_db()
    failing.refresh_from_db()
    assert (job.status, failing.status) == (Job.Status.DONE, Job.Status.FAILED)


def test_trouble_of_the_database_is_tried_again_later_and_given_up_at_last(owner):
    job = start_job(kind="test.deadlocks", owner=owner, now=MONDAY)

    for attempt in range(MOST_TRIES):
        run_jobs(Ticking(MONDAY + attempt * 2 * LEASE))
        job.refresh_from_db()
        assert (job.status, job.tries) == (Job.Status.RUNNING, attempt + 1)
    run_jobs(Ticking(MONDAY + MOST_TRIES * 2 * LEASE))

    job.refresh_from_db()
    assert job.status == Job.Status.FAILED
    assert "interrupted 5 times" in job.error


def test_a_step_that_is_committed_wipes_out_earlier_tries(job):
    for attempt in range(MOST_TRIES - 1):
        claim_job(now=MONDAY + attempt * 2 * LEASE)

    run_jobs(Ticking(MONDAY + timedelta(hours=1)))

    job.refresh_from_db()
    assert (job.status, job.tries) == (Job.Status.DONE, 0)


def test_a_job_left_behind_is_taken_up_when_its_lease_has_run_out(job):
    claim_job(now=MONDAY)

    assert claim_job(now=MONDAY + LEASE - SECOND) is None
    assert claim_job(now=MONDAY + LEASE) == job


def test_whoever_lost_the_lease_does_nothing_more(job):
    slow = claim_job(now=MONDAY)
    quick = claim_job(now=MONDAY + LEASE)
    take_step(quick.pk, quick.leased_by, Ticking(MONDAY + LEASE))

    with pytest.raises(LeaseLost):
        take_step(slow.pk, slow.leased_by, Ticking(MONDAY + LEASE))

    assert items_done(job) == each_once(3)


def test_each_step_renews_the_lease(job):
    held = claim_job(now=MONDAY)

    take_step(held.pk, held.leased_by, Ticking(MONDAY + 30 * SECOND))

    assert claim_job(now=MONDAY + LEASE) is None
    assert claim_job(now=MONDAY + LEASE + 40 * SECOND) == job


def test_a_short_job_need_not_wait_for_a_long_one_to_end(owner):
    long = start_job(kind="test.items", owner=owner, params={"items": 300}, now=MONDAY)
    short = start_job(kind="test.items", owner=owner, params={"items": 3}, now=MONDAY)

    is_work_left = run_jobs(Ticking())

    long.refresh_from_db()
    short.refresh_from_db()
    assert short.status == Job.Status.DONE
    assert (long.status, is_work_left) == (Job.Status.WAITING, True)
    assert 0 < long.done < 300


def test_a_run_ends_so_that_its_worker_is_free_for_others(owner):
    start_job(kind="test.items", owner=owner, params={"items": 10_000}, now=MONDAY)
    clock = Ticking()

    assert run_jobs(clock) is True
    assert clock.at < MONDAY + MINUTE


def test_only_its_owner_sees_a_job(job, owner, outsider):
    from django.contrib.auth.models import AnonymousUser

    assert list(Job.objects.visible_to(owner, at=MONDAY)) == [job]
    assert not Job.objects.visible_to(outsider.user, at=MONDAY).exists()
    assert not Job.objects.visible_to(AnonymousUser(), at=MONDAY).exists()


@pytest.mark.parametrize(
    "broken",
    [
        {"status": "sleeping"},
        {"status": "running"},
        {"status": "done"},
        {"finished_at": MONDAY},
    ],
)
def test_the_database_refuses_a_job_that_contradicts_itself(job, broken):
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**broken)


def test_kinds_are_found_in_the_jobs_of_every_app(settings):
    with pytest.raises(UnknownKind):
        find_kind("test.declared")

    apps.set_installed_apps([*settings.INSTALLED_APPS, "tests.jobs.declaring"])
    apps.unset_installed_apps()

    assert find_kind("test.declared").title == "Found by itself"


def test_a_kind_is_declared_once():
    with pytest.raises(ValueError, match="declared twice"):

        @job_kind("test.items", title="Another")
        def another(job, now):
            return Progress(done=0, total=0)


def test_a_sign_of_life_is_kept_and_never_set_back(db):
    beat("beat", now=MONDAY + MINUTE)
    beat("beat", now=MONDAY)
    beat("worker", now=MONDAY)

    assert heartbeats() == {"beat": MONDAY + MINUTE, "worker": MONDAY}


def test_a_sign_of_life_from_a_day_ahead_was_a_wrong_clocks_and_is_set_right(db):
    beat("beat", now=MONDAY + 24 * 60 * MINUTE)
    beat("beat", now=MONDAY)

    assert heartbeats() == {"beat": MONDAY}


def test_the_tasks_give_signs_of_life_by_the_databases_clock(job, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    began = clock.compare().at

    note_heartbeat("worker")
    run_jobs_task()

    seen = heartbeats()
    assert seen.keys() == {"worker", "jobs"}
    assert all(began <= at < began + MINUTE for at in seen.values())
    job.refresh_from_db()
    assert job.status == Job.Status.DONE


def test_what_the_schedule_names_exists():
    from config.celery import app

    app.loader.import_default_modules()
    named = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {"jobs.tasks.run_jobs", "jobs.tasks.note_heartbeat"} <= named <= set(app.tasks)


def test_a_heartbeat_says_whose_it_is():
    assert str(Heartbeat(name="beat", at=MONDAY)) == "beat: 2027-03-08 14:00:00"

from config.beat import BeatingScheduler
from config.celery import app


def test_work_survives_a_killed_worker():
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.broker_transport_options["visibility_timeout"] > app.conf.task_time_limit


def test_messages_are_json_and_nothing_is_kept_of_a_result():
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.result_backend is None


def test_no_wake_up_bears_an_expiry_which_workers_would_hold_against_their_own_clock():
    for name, entry in app.conf.beat_schedule.items():
        assert "expires" not in entry.get("options", {}), name


def test_a_beat_that_starts_wakes_everything_at_once():
    entries = BeatingScheduler(app=app).schedule.values()

    assert [entry.name for entry in entries if not entry.is_due().is_due] == []


def test_a_task_goes_on_when_the_broker_goes():
    assert not app.conf.worker_cancel_long_running_tasks_on_connection_loss

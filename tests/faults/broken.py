"""Deliberately broken versions of the product for tests/faults/stack.py: `BROKEN="NAME" pytest …` runs all of its
Python processes so. Which test fails with which stands in the docstrings of the tests."""

import os
import runpy
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def wakes_by_messages_only():
    """Whoever plans or enqueues wakes the senders; beat does not."""
    from django.conf import settings

    from notifications import outbox, planner

    real = planner.plan

    def plan(*, now):
        has_planned = real(now=now)
        outbox.wake_sender()
        return has_planned

    planner.plan = plan
    for name in ("send notices", "send account notices"):
        del settings.CELERY_BEAT_SCHEDULE[name]


def ends_tasks_with_the_brokers_line():
    """A worker that loses the broker ends the senders that run, between the mail server's yes and the commit too."""
    from config.celery import app

    app.conf.changes["CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS"] = True


def minds_a_broker_that_is_away():
    """What cannot be published is an error of whoever asked for it."""
    from celery import current_app

    from core.publish import Publication

    def publish(self):
        current_app.send_task(self.task, kwargs=dict(self.arguments), retry=False, ignore_result=True)

    Publication.__call__ = publish


def keeps_a_dead_connection():
    """A worker never opens another connection to the database."""
    from celery.fixups.django import DjangoWorkerFixup
    from django.db.backends.base.base import BaseDatabaseWrapper

    BaseDatabaseWrapper.close = lambda self: None
    BaseDatabaseWrapper.close_if_unusable_or_obsolete = lambda self: None
    BaseDatabaseWrapper.close_if_health_check_failed = lambda self: None
    DjangoWorkerFixup.close_database = lambda self, **_: None


def gives_up_when_the_database_goes():
    """A sender writes down what the mail server took, and gives back what it holds, only if that works at once."""
    from notifications import sender

    sender.waiting_out_an_outage = lambda act: act()


def plans_without_turn_or_key():
    """Planners do not wait for each other, and the database knows no key of a notice."""
    from django.db import connection

    from notifications import planner

    planner._take_turn = lambda: True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'notifications_notice'::regclass AND contype = 'u'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE notifications_notice DROP CONSTRAINT "{name}"')
    connection.close()


def looks_at_the_present_minute():
    """The planner looks from now on, whenever it looked last."""
    from datetime import timedelta

    from notifications import planner
    from notifications.models import Planning

    real = planner.plan

    def plan(*, now):
        Planning.objects.all().delete()
        return real(now=now)

    planner.FIRST_LOOK_BACK = timedelta(minutes=1)
    planner.plan = plan


VARIANTS = {
    variant.__name__: variant
    for variant in (
        *(wakes_by_messages_only, ends_tasks_with_the_brokers_line, minds_a_broker_that_is_away),
        *(
            keeps_a_dead_connection,
            gives_up_when_the_database_goes,
            plans_without_turn_or_key,
            looks_at_the_present_minute,
        ),
    )
}


def main(variant, target, *arguments):
    """Break it, and go on as `python TARGET ARGUMENTS` would."""
    sys.path.insert(0, os.getcwd())
    django.setup()
    VARIANTS[variant]()
    if target == "-m":
        module, *arguments = arguments
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        sys.argv = [target, *arguments]
        runpy.run_path(target, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])

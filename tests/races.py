"""Several people at the same instant, each with a connection of their own."""

from threading import Barrier, Event, Thread

from django.db import connection, connections, transaction

# Not pg_stat_activity, which a transaction reads once and then shows as it was.
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


def at_once(*acts, seconds=60):
    """Run each act in its own thread, all from the same moment on; what each returned or raised, in order."""
    start = Barrier(len(acts))

    def run(act):
        start.wait(timeout=60)
        return act()

    return _join([_begin(run, act) for act in acts], seconds)


def overlapping(first, second):
    """Run `second` while `first` has done everything but commit; what each returned.

    `first` commits as soon as `second` is through, or is seen waiting for a lock of the database.
    """
    is_done, is_through = Event(), Event()

    def run_first():
        with transaction.atomic():
            outcome = first()
            is_done.set()
            while not is_through.wait(timeout=0.02) and not _somebody_waits():
                pass
        return outcome

    def run_second():
        is_done.wait(timeout=60)
        try:
            return second()
        finally:
            is_through.set()

    outcomes = _join([_begin(run_first), _begin(run_second)])
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
    return outcomes


def _somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return cursor.fetchone()[0] > 0


def _begin(act, *arguments):
    outcomes = []

    def run():
        try:
            outcomes.append(act(*arguments))
        except Exception as raised:
            outcomes.append(raised)
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    return thread, outcomes


def _join(begun, seconds=60):
    for thread, _ in begun:
        thread.join(timeout=seconds)
    return [outcomes[0] for _, outcomes in begun]

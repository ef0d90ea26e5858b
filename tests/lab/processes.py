"""Planners and senders in processes of their own: `python -m tests.lab.processes` forks one for each order it reads.

Django is loaded once, so that a test can afford to kill fifty of them.
"""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import traceback
from datetime import datetime, timedelta

from tests.children import ROOT, database_url


class Processes:
    """What a test uses: starts acts in processes, which it may kill."""

    def __init__(self, mail_port):
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "REDIS_URL": "redis+socket:///nowhere/valkey.sock",
            "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
            "ENVIRONMENT": "development",
            "KEEPS_MAIL_HOURS": "off",
            "DEBUG": "off",
            "LOG_LEVEL": "ERROR",
        }
        command = [sys.executable, "-m", "tests.lab.processes"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self._forge = subprocess.Popen(command, env=environment, cwd=ROOT, **pipes)
        assert self._forge.stdout.readline() == "ready\n"
        self.pids = set()

    def start(self, act, **said):
        """Begin it; returns the number of its process."""
        pid = self._order(act=act, **said)
        self.pids.add(pid)
        return pid

    def wait(self, pid):
        """Until it has ended; its exit code, or minus the signal that ended it."""
        self.pids.discard(pid)
        return self._order(act="wait", pid=pid)

    def kill(self, pid):
        """-9, in the middle of whatever it does."""
        os.kill(pid, signal.SIGKILL)
        return self.wait(pid)

    def end(self):
        """All of them."""
        for pid in list(self.pids):
            self.kill(pid)
        self._forge.stdin.close()
        self._forge.wait()
        self._forge.stdout.close()

    def _order(self, **order):
        self._forge.stdin.write(json.dumps(order) + "\n")
        return int(self._forge.stdout.readline())


def send(now, broken=""):
    """One run of a sender that believes it is then; goes on as long as there is something to send."""
    from notifications import sender

    break_it(broken)
    began = datetime.fromisoformat(now)
    sender.send_due(now=began, run_for=timedelta(hours=1))


def plan(now, broken=""):
    """A planner that looks twenty times within ten minutes."""
    from notifications import planner

    break_it(broken)
    for turn in range(20):
        planner.plan(now=datetime.fromisoformat(now) + timedelta(seconds=30 * turn))


def loop(ahead):
    """`manage.py notices --loop` on a machine whose clock is so many seconds ahead of the real time."""
    from django.core.management import call_command

    from core import clock

    real = clock.now
    clock.now = lambda: real() + timedelta(seconds=ahead)
    call_command("notices", "--loop")


def after_meeting(act):
    """The same, but the first time only when all four have come so far: what a turn prevents does happen then."""
    has_met = []

    def met(*said, **named):
        if not has_met:
            has_met.append(True)
            MEETING.wait(timeout=60)
        return act(*said, **named)

    return met


def break_it(broken):
    """Make a deliberately broken version of what runs in this process."""
    from notifications import claims, planner, sender

    if broken == "claims take no turn and lock no rows":
        claims._take_turn = lambda: None
        claims._locked = lambda notices: notices.select_related("recipient")
        claims._hold = after_meeting(claims._hold)
    elif broken == "planners take no turn and do not note how far they looked":
        planner._take_turn = lambda: True
        # Of two that write the same row one waits for the other, which is a turn too.
        planner._note = lambda *said: None
        planner.Notice.objects.bulk_create = after_meeting(planner.Notice.objects.bulk_create)
    elif broken == "what was asked holds for ten seconds":
        sender.FRESH_FOR = timedelta(seconds=10)
    else:
        assert not broken, broken


# Of the four that are broken at once; forked with the process.
MEETING = multiprocessing.Barrier(4)
ACTS = {"send": send, "plan": plan, "loop": loop}


def main():
    """Fork for each line; `wait` says how one ended."""
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        act = order.pop("act")
        if act == "wait":
            _, status = os.waitpid(order["pid"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                ACTS[act](**order)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(code)
        print(pid, flush=True)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    main()

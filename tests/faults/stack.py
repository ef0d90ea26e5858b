"""The whole stack as processes that nobody starts again: what has died stays dead until a test says otherwise.

The demo's supervisor brings back whatever dies; here each process has to live through the trouble of the others by
itself, and an engine is away for as long as a test wants. The commands are the demo's own.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing

import psycopg2

from engines.ports import free_port
from tests.children import ROOT
from tests.faults.waiting import PATIENCE, wait_for

# A deliberately broken version of the product for all of its processes: one of tests/faults/broken.py.
BROKEN = os.environ.get("BROKEN", "")


class Stack:
    """Database, broker, web, workers, beat and senders; mails go to a server of the test's own."""

    def __init__(self, var_dir, mail_port, **environment):
        self.var_dir, self.port = var_dir, free_port()
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = kept | {"VAR_DIR": str(var_dir), "ENVIRONMENT": "demo"}
        said = subprocess.check_output(
            [sys.executable, "-m", "tests.faults.stack", str(self.port)], cwd=ROOT, env=self.environment, text=True
        )
        told = json.loads(said)
        self.programs, self.folders, self.root = told["programs"], told["folders"], told["root"]
        self.environment |= told["environment"] | {"EMAIL_URL": f"smtp://127.0.0.1:{mail_port}"} | environment
        self.running = {}
        self.watchman = subprocess.Popen(
            [sys.executable, "-m", "engines.watchman"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    def prepare(self):
        """Start the engines, and make the tables."""
        self.start("database")
        self.start("broker")
        making = "from engines import addresses, postgres; postgres.create_database(addresses.Purpose.MAIN)"
        for arguments in (["-c", making], ["manage.py", "migrate", "--verbosity", "0"]):
            subprocess.run([sys.executable, *arguments], cwd=ROOT, env=self.environment, check=True)
        return self

    # --- processes ----------------------------------------------------------------------------------------------

    def start(self, name, *, number=1):
        """Start one and, of an engine or the web, wait until it is ready; `number` tells several of a kind apart."""
        program = self.programs[name]
        command = program["command"]
        if BROKEN and not program["is_engine"]:
            command = [command[0], "-m", "tests.faults.broken", BROKEN, *command[1:]]
        called = f"{name} {number}"
        with (self.var_dir / f"{called}.log").open("ab") as log:
            process = subprocess.Popen(
                [part.replace("{number}", str(number)) for part in command],
                cwd="/" if program["as"] else ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **program["as"],
            )
        self.running[called] = process
        self.watchman.stdin.write(f"+{process.pid} {program['stop_signal']}\n")
        ready = {"database": self.database_answers, "broker": self.broker_answers, "web": self.web_answers}
        if name in ready:
            wait_for(ready[name])
        return process

    def stop(self, name, *, number=1, by=None):
        """End it and wait until it and its children are gone: in its own way, or by the signal that is given."""
        process = self.running.pop(f"{name} {number}")
        if by == signal.SIGKILL:
            os.killpg(process.pid, by)
        else:
            process.send_signal(by or self.programs[name]["stop_signal"])
        process.wait(timeout=PATIENCE)
        self.watchman.stdin.write(f"-{process.pid}\n")
        return process.returncode

    def kill(self, name, *, number=1):
        return self.stop(name, number=number, by=signal.SIGKILL)

    def empty_the_broker(self):
        """Nothing of what it held is there when it starts again."""
        shutil.rmtree(self.folders["broker"])
        os.makedirs(self.folders["broker"], mode=0o700)

    def has_died(self):
        """The names of those that ended by themselves."""
        return [name for name, process in self.running.items() if process.poll() is not None]

    def end(self):
        """All of them, whatever state they are in: the database last."""
        for called in sorted(self.running, key=lambda called: called.startswith("database")):
            name, number = called.split()
            self.stop(name, number=int(number), by=None if name == "database" else signal.SIGKILL)
        self.watchman.stdin.close()
        self.watchman.wait(timeout=PATIENCE)
        shutil.rmtree(self.root, ignore_errors=True)

    # --- asking -------------------------------------------------------------------------------------------------

    def query(self, words, *values):
        """The rows that the database gives."""
        with closing(self._connect()) as connection, connection, connection.cursor() as cursor:
            cursor.execute(words, values)
            return cursor.fetchall() if cursor.description else None

    def database_answers(self):
        try:
            self._connect(dbname="postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def broker_answers(self):
        asking = "import sys; from engines import valkey; sys.exit(not valkey.answers())"
        return subprocess.run([sys.executable, "-c", asking], cwd=ROOT, env=self.environment).returncode == 0

    def web_answers(self):
        return self.status("/healthz") == 200

    def status(self, path):
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except OSError:
            return None

    # --- acting -------------------------------------------------------------------------------------------------

    def act(self, *arguments):
        """Do one of tests/faults/acts.py; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.acts", *map(str, arguments)],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _connect(self, **other):
        return psycopg2.connect(self.environment["DATABASE_URL"], connect_timeout=5, **other)


def describe(port):
    """What only a process whose data lies there can say: the programs, their folders, and what they are told."""
    from engines import addresses, demo, postgres, valkey
    from engines.addresses import Purpose
    from engines.supervisor import Program

    addresses.VAR_DIR.mkdir(parents=True, exist_ok=True)
    postgres.prepare(Purpose.MAIN)
    valkey.prepare(Purpose.MAIN)
    programs = {
        "database": demo.database(),
        "broker": demo.broker(),
        "web": demo.web(port),
        "worker": demo.worker("worker{number}", "celery", 3),
        "beat": demo.beat(),
        "loop": Program("loop", demo.manage("notices", "--loop")),
    }
    return {
        "programs": {
            name: {
                "command": list(program.command),
                "as": program.account.popen_arguments() if program.account else {},
                "stop_signal": program.stop_signal.value,
                "is_engine": program.is_engine,
            }
            for name, program in programs.items()
        },
        "folders": {"broker": str(addresses.broker_home())},
        "root": str(addresses.postgres_root()),
        "environment": demo.demo_environment(port, mail_port=0),
    }


if __name__ == "__main__":
    print(json.dumps(describe(int(sys.argv[1]))))

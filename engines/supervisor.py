"""Keeps several processes running: prefixes what they say, restarts what dies, ends them in order.

One thread: a loop that reads the processes' output and looks after each of them in turn.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO

from engines.addresses import CHECKOUT
from engines.folders import Account, EngineError

TURN_SECONDS = 0.1
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
# A process that lived so long died of something else than the last time.
HEALTHY_SECONDS = 30.0

Listener = Callable[[str], None]


class Interrupted(Exception):
    """Somebody asked the supervisor to stop while it was waiting for something."""


@dataclass(frozen=True)
class Program:
    """Something to be kept running."""

    name: str
    command: Sequence[str]
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0
    before_start: Callable[[], None] = lambda: None
    is_ready: Callable[[], bool] = lambda: True
    # Others live on it, so it ends after them.
    is_engine: bool = False
    # Lines with these words are not shown: known, harmless, and alarming to a newcomer.
    unsaid: tuple[str, ...] = ()


@dataclass
class Stream:
    """One pipe of a process: gives each whole line to its listener."""

    pipe: IO[bytes]
    listener: Listener
    unfinished: bytes = b""

    def read(self) -> bool:
        """Read what is there. Returns whether more may come."""
        chunk = os.read(self.pipe.fileno(), 65536)
        *lines, self.unfinished = (self.unfinished + chunk).split(b"\n")
        if not chunk and self.unfinished:
            lines, self.unfinished = [*lines, self.unfinished], b""
        for line in lines:
            self.listener(line.decode(errors="replace").rstrip("\r"))
        return bool(chunk)


@dataclass
class Process:
    """One program as it runs now, or waits to be started again."""

    program: Program
    running: "subprocess.Popen[bytes]"
    started_at: float
    pause: float = FIRST_PAUSE
    start_again_at: float | None = None


@dataclass
class Supervisor:
    """Starts programs in the order given, and stops the engines after all others."""

    environment: dict[str, str]
    processes: list[Process] = field(default_factory=list)
    stopping: bool = False

    def __post_init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.watchman = self._start_watchman()

    def request_stop(self, *_: object) -> None:
        """For signals: the loop sees it at its next turn."""
        self.stopping = True

    def start(self, program: Program, *, ready_seconds: float = 60.0) -> None:
        """Start a program and wait until it is ready. Raises EngineError when it dies or does not become so."""
        process = self._launch(program)
        self.processes.append(process)
        give_up_at = time.monotonic() + ready_seconds
        while not program.is_ready():
            if process.running.poll() is not None or time.monotonic() > give_up_at:
                self._read(0.5)
                raise EngineError(f"The {program.name} did not start; its own words are above.")
            asked_at = time.monotonic()
            while time.monotonic() < asked_at + TURN_SECONDS:
                self._turn_or_interrupt()

    def run_step(self, name: str, command: Sequence[str], *, keep: list[str] | None = None) -> None:
        """Run a program to its end while looking after the others; its output goes to `keep`, else is shown."""
        step = self._launch(Program(name, command), listener=keep.append if keep is not None else None)
        try:
            while step.running.poll() is None:
                self._turn_or_interrupt()
        finally:
            self._ask_to_end(step)
            self._end(step)
        if step.running.returncode != 0:
            raise EngineError(f"The step “{name}” failed; its own words are above.")

    def keep_running(self) -> None:
        """Look after all of them until somebody asks to stop."""
        while not self.stopping:
            self._turn()

    def stop_all(self) -> None:
        """End them, each in its own way and time: first all that live on the engines, at once, then the engines."""
        for engines in (False, True):
            those = [process for process in reversed(self.processes) if process.program.is_engine == engines]
            if those:
                say("lyceum", f"stopping {', '.join(process.program.name for process in those)}")
            for process in those:
                self._ask_to_end(process)
            for process in those:
                self._end(process)
                self.processes.remove(process)
        if self.watchman.stdin:
            self.watchman.stdin.close()
        self.watchman.wait()

    def _turn_or_interrupt(self) -> None:
        self._turn()
        if self.stopping:
            raise Interrupted

    def _turn(self) -> None:
        self._read(TURN_SECONDS)
        for position, process in enumerate(self.processes):
            self.processes[position] = self._looked_after(process)
        if self.watchman.poll() is not None:
            self.watchman = self._start_watchman()
            for process in self.processes:
                self._tell_watchman(process)

    def _looked_after(self, process: Process) -> Process:
        now = time.monotonic()
        if process.running.poll() is None:
            return process
        if process.start_again_at is None:
            if now - process.started_at > HEALTHY_SECONDS:
                process.pause = FIRST_PAUSE
            process.start_again_at = now + process.pause
            reason = _reason(process.running.returncode)
            say("lyceum", f"the {process.program.name} {reason}; it starts again in {process.pause:g} s")
            self._forget(process)
        if now < process.start_again_at:
            return process
        successor = self._launch(process.program)
        successor.pause = min(process.pause * 2, LONGEST_PAUSE)
        return successor

    def _launch(self, program: Program, *, listener: Listener | None = None) -> Process:
        program.before_start()

        def show(line: str) -> None:
            if line.strip() and not any(words in line for words in program.unsaid):
                say(program.name, line)

        running = subprocess.Popen(
            program.command,
            cwd=CHECKOUT if program.account is None else "/",
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A Ctrl-C in the terminal goes to the supervisor alone, which then ends the rest in order.
            start_new_session=True,
            **(program.account.popen_arguments() if program.account else {}),  # type: ignore[call-overload]
        )
        for pipe, hears in ((running.stdout, listener or show), (running.stderr, show)):
            self.selector.register(pipe, selectors.EVENT_READ, Stream(pipe, hears))
        process = Process(program, running, started_at=time.monotonic())
        self._tell_watchman(process)
        return process

    def _ask_to_end(self, process: Process) -> None:
        if process.running.poll() is None:
            process.running.send_signal(process.program.stop_signal)

    def _end(self, process: Process) -> None:
        """Wait for one that was asked to end, then no longer."""
        give_up_at = time.monotonic() + process.program.stop_seconds
        while process.running.poll() is None and time.monotonic() < give_up_at:
            self._read(TURN_SECONDS)
        self._forget(process)

    def _forget(self, process: Process) -> None:
        """Hear its last words and end what is left of its group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.running.pid, signal.SIGKILL)
        process.running.wait()
        self._read(0)
        for pipe in filter(None, (process.running.stdout, process.running.stderr)):
            # It may have ended by itself, or have been forgotten before.
            with contextlib.suppress(KeyError, ValueError):
                self.selector.unregister(pipe)
            pipe.close()
        self._write_to_watchman(f"-{process.running.pid}")

    def _read(self, seconds: float) -> None:
        if not self.selector.get_map():
            time.sleep(seconds)
            return
        for key, _ in self.selector.select(seconds):
            if not key.data.read():
                self.selector.unregister(key.fileobj)

    def _start_watchman(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "engines.watchman"],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def _tell_watchman(self, process: Process) -> None:
        self._write_to_watchman(f"+{process.running.pid} {process.program.stop_signal.value}")

    def _write_to_watchman(self, line: str) -> None:
        if self.watchman.stdin:
            with contextlib.suppress(BrokenPipeError):  # the next turn starts another and tells it everything
                self.watchman.stdin.write(f"{line}\n".encode())
                self.watchman.stdin.flush()


def say(name: str, line: str) -> None:
    """Print a line with its speaker before it."""
    print(f"{name:>8} | {line}", flush=True)


def _reason(returncode: int) -> str:
    if returncode < 0:
        return f"was killed ({signal.Signals(-returncode).name})"
    return f"ended with code {returncode}"

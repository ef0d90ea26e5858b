"""Ten thousand reminders of one moment: planned by one planner, sent by two senders, as two cores have them."""

import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta

import psutil
from django.db.models import Max

from engines import addresses
from engines.ports import free_port, is_taken
from notifications import planner
from notifications.models import Notice, Planning
from tests.lab.processes import Processes
from tests.lab.world import make_crowd

PEOPLE, SENDERS = 10_000, 2
MOST_PLANNING, MOST_SENDING = 5, 60
# How much larger a sender may be at its end than after a tenth of the mails, in MB.
MOST_GROWTH = 30
# A sender looks every two seconds.
LOOKS_EVERY = 2
KEPT = addresses.VAR_DIR / "crowd.mails"


def tell():
    """Print what it took; what missed its target."""
    print(f"\nseeding {PEOPLE} people", flush=True)
    # What was planned before, for other people and moments, is no part of it.
    Notice.objects.all().delete()
    Planning.objects.all().delete()
    places, _, moment = make_crowd(PEOPLE, code="MANY")
    crowd = {place.user.email for place in places}
    began, used = time.perf_counter(), time.process_time()
    planner.plan(now=moment - timedelta(minutes=5))
    planned, used = time.perf_counter() - began, time.process_time() - used
    with mail_server() as (port, server):
        senders = Processes(port)
        try:
            sizes, cpu = watch([senders.start("send", now=moment.isoformat()) for _ in range(SENDERS)])
        finally:
            senders.end()
        server_used = sum(server.cpu_times()[:2])
    # That morning staff are told of the other class too.
    mails = [recipient for recipient in KEPT.read_text().splitlines() if recipient in crowd]
    last = Notice.objects.filter(status=Notice.Status.SENT).aggregate(last=Max("accepted_at"))["last"]
    seconds = (last - moment).total_seconds() + LOOKS_EVERY if last else float("inf")
    growth = max(sizes) - sizes[len(sizes) // 10]
    print(f"{PEOPLE} reminders were planned in {planned:.1f} s (at most {MOST_PLANNING}; {used:.1f} s of processor).")
    print(
        f"{SENDERS} senders had the last of {len(mails)} mails accepted at most {seconds:.1f} s after their time (at"
        f" most {MOST_SENDING}); {cpu:.1f} s of processor, the mail server {server_used:.1f} s; a sender takes"
        f" {max(sizes):.0f} MB and grew by {growth:.0f} MB (at most {MOST_GROWTH})."
    )
    missed = []
    if not len(set(mails)) == len(mails) == PEOPLE:
        missed.append(f"the mail server has {len(mails)} mails to {len(set(mails))} of {PEOPLE} people")
    if planned > MOST_PLANNING:
        missed.append(f"planning {PEOPLE} reminders took {planned:.1f} s")
    if seconds > MOST_SENDING:
        missed.append(f"{PEOPLE} reminders took {seconds:.1f} s")
    if growth > MOST_GROWTH:
        missed.append(f"a sender grew by {growth:.0f} MB")
    return missed


def watch(pids):
    """Until they have ended: the size of the larger one in MB, twice a second, and their seconds of processor."""
    sizes, used = [0.0], dict.fromkeys(pids, 0.0)
    running = {pid: psutil.Process(pid) for pid in pids}
    while running:
        time.sleep(0.5)
        for pid, process in list(running.items()):
            if process.status() == psutil.STATUS_ZOMBIE:
                del running[pid]
            else:
                used[pid] = sum(process.cpu_times()[:2])
        sizes += [max((process.memory_info().rss for process in running.values()), default=0) / 2**20]
    return sizes, sum(used.values())


@contextmanager
def mail_server():
    """One that costs little, in a process of its own: whose it is, it is not ours. Its port, and the process."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "tests.bench.quick_mail_server", str(port), str(KEPT)])
    try:
        while not is_taken(port):
            if server.poll() is not None:
                sys.exit("The mail server did not start.")
        yield port, psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait()

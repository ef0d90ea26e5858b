"""The web server. `BIND`, `WEB_CONCURRENCY` and `WEB_THREADS` come from the environment."""

import os
import resource
import sys
from pathlib import Path
from typing import Any

from config.logs import logging_config

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
# Code is loaded once and shared by the workers' memory.
preload_app = True
timeout = 60
graceful_timeout = 30
# Longer than a proxy keeps an idle connection would race it; shorter costs a handshake per click.
keepalive = 5
# Where /tmp is a disk, a busy one makes the workers' sign of life late.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
accesslog = None  # core.request_log says it, with the request's id
logconfig_dict = logging_config(
    as_json=os.environ.get("LOG_FORMAT", "json" if os.environ.get("ENVIRONMENT") == "production" else "console")
    == "json",
    level=os.environ.get("LOG_LEVEL", "INFO"),
)

MOST_MEMORY = 150 * 1024 * 1024
LOOK_EVERY = 50  # requests


def post_request(worker: Any, request: Any, environ: Any, response: Any) -> None:
    """Let a worker that has grown too big finish what it does and be replaced."""
    if worker.nr % LOOK_EVERY == 0 and memory_in_use() > MOST_MEMORY:
        worker.log.info("worker is at %d MB and makes room for a new one", memory_in_use() // 2**20)
        worker.alive = False


def memory_in_use() -> int:
    """Bytes in memory now; where only the highest ever can be had (macOS), that."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return highest if sys.platform == "darwin" else highest * 1024
    return pages * resource.getpagesize()

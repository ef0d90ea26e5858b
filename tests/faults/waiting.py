"""Waiting for what other processes do."""

import time

import pytest

PATIENCE = 60


def wait_for(what, *, seconds=PATIENCE):
    """Ask again and again until the answer is truthy; returns it."""
    give_up_at = time.monotonic() + seconds
    while not (answer := what()):
        if time.monotonic() > give_up_at:
            pytest.fail(f"waited {seconds} s in vain for {getattr(what, '__name__', what)}")
        time.sleep(0.1)
    return answer

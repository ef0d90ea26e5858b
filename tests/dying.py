"""Processes that are killed at a chosen statement: for programs run by `tests.children.run_child`."""

import os
import signal

from django.db import connection


def die_at(point):
    """Kill -9 this process at that point: before its first statement is 1, after it 2, before the second 3."""
    reached = 0

    def pass_point():
        nonlocal reached
        reached += 1
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def sql(execute, *arguments):
        pass_point()
        answer = execute(*arguments)
        pass_point()
        return answer

    connection.execute_wrappers.append(sql)


def in_a_process_of_its_own(work):
    """Do the work in a fork with a connection of its own; its exit code, or minus the signal that ended it."""
    connection.close()
    child = os.fork()
    if child == 0:
        work()
        connection.close()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

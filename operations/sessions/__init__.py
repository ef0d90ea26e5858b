"""Sessions made from a version of a program, and what a newer version would change in one."""

from operations.sessions.building import SessionExists, create_session
from operations.sessions.differences import Change, Difference, Place, find_differences
from operations.sessions.taking_over import CannotTakeOver, NoSuchDifference, take_over
from operations.weeks import DatesDoNotFit, last_day_of_teaching

__all__ = [
    "CannotTakeOver",
    "Change",
    "DatesDoNotFit",
    "Difference",
    "NoSuchDifference",
    "Place",
    "SessionExists",
    "create_session",
    "find_differences",
    "last_day_of_teaching",
    "take_over",
]

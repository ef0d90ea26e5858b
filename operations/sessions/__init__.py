"""Sessions made from a version of a program, and what a newer version would change in one."""

from operations.sessions.building import DatesDoNotFit, create_session, last_day_of_teaching, read_calendar

__all__ = ["DatesDoNotFit", "create_session", "last_day_of_teaching", "read_calendar"]

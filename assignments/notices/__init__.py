"""What people are told about their work: answers to what happened, and reminders by time."""

from assignments.notices.colleagues import cover_for_colleagues, cover_over_for_colleagues
from assignments.notices.concerns import concern_raised, director_wrote
from assignments.notices.covers import cover_arranged, cover_over, hold_covers_notices, who_heard
from assignments.notices.events import deadline_changed, feedback_released, paper_to_answer, receipt
from assignments.notices.late import CLOSES_SOON, STILL_TAKEN, skipped_late
from assignments.notices.peers import paper_passed_on, paper_to_take_over
from assignments.notices.reminders import DEADLINE_COMING, DRAFT_WAITING, skipped_reminders
from assignments.notices.samples import samples_waiting
from assignments.notices.second_readings import second_readings_asked
from assignments.notices.time import arrangement_changed, time_answered, time_asked
from assignments.notices.waiting import PAPERS_WAITING, PROMISE_PASSED, skipped_promises

__all__ = [
    "CLOSES_SOON",
    "DEADLINE_COMING",
    "DRAFT_WAITING",
    "PAPERS_WAITING",
    "PROMISE_PASSED",
    "STILL_TAKEN",
    "arrangement_changed",
    "concern_raised",
    "cover_arranged",
    "cover_for_colleagues",
    "cover_over",
    "cover_over_for_colleagues",
    "deadline_changed",
    "director_wrote",
    "feedback_released",
    "hold_covers_notices",
    "paper_passed_on",
    "paper_to_answer",
    "paper_to_take_over",
    "receipt",
    "samples_waiting",
    "second_readings_asked",
    "skipped_late",
    "skipped_promises",
    "skipped_reminders",
    "time_answered",
    "time_asked",
    "who_heard",
]

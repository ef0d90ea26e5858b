from cohorts.services.enrollments import (
    ObserverUnplaced,
    SectionFull,
    SessionFull,
    accept_place,
    change_status,
    enroll_person,
    place_in_section,
)
from cohorts.services.invitations import JustInvited, NothingToInvite, send_invitations
from cohorts.services.meetings import (
    MeetingOver,
    cancel_meeting,
    change_link,
    move_meeting,
    schedule_meetings,
)
from cohorts.services.sections import add_fellow, remove_fellow

__all__ = [
    "JustInvited",
    "MeetingOver",
    "NothingToInvite",
    "ObserverUnplaced",
    "SectionFull",
    "SessionFull",
    "accept_place",
    "add_fellow",
    "cancel_meeting",
    "change_link",
    "change_status",
    "enroll_person",
    "move_meeting",
    "place_in_section",
    "remove_fellow",
    "schedule_meetings",
    "send_invitations",
]

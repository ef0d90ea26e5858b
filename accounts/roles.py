"""May this role do this here? The whole answer stands on this page.

Which rows a person sees is `visible_to` of each model; whether an act is possible now is the service's business.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a person is to one session; `cohorts.access.roles_of` alone says which of them somebody holds."""

    OBSERVER = "observer"
    PARTICIPANT = "participant"
    TEACHING_FELLOW = "teaching fellow"
    HEAD_TEACHING_FELLOW = "head teaching fellow"
    FACULTY_CHAIR = "faculty chair"
    CHAIR_ASSISTANT = "faculty chair’s assistant"
    COORDINATOR = "program coordinator"
    DIRECTOR = "program director"
    OPERATOR = "operator"


class Perm(StrEnum):
    """What can be asked for; a view names exactly one in `@requires`."""

    VIEW_SESSION = "view the session"
    READ_OWN_WORK = "read what they handed in and the feedback on it"
    DO_WORK = "write and hand in"
    READ_PAPERS = "read papers they are a reader of"
    READ_ALL_PAPERS = "read every paper of the session"
    OPEN_PAPER_WITH_REASON = "open one paper after writing why"
    OPEN_DESK = "open the reading desk"
    WATCH_QUEUES = "see who reads which papers, and since when"
    GIVE_FEEDBACK = "answer papers"
    RELEASE_OWN_FEEDBACK = "release feedback on own papers"
    RELEASE_ALL_FEEDBACK = "release feedback for a section or assignment"
    ALLOT_READERS = "say who reads a paper"
    SEE_CONCERNS = "look after papers under review"
    WRITE_ON_CONCERN = "write to a participant about a paper under review"
    GRANT_OWN_EXTENSION = "extend a deadline in the own section"
    GRANT_ANY_EXTENSION = "extend any deadline of the session"
    HAND_IN_FOR_OTHERS = "hand in for somebody what came by other ways"
    OPEN_MODULE = "open a module for one person"
    VIEW_OWN_SECTION = "see the people of the own section"
    VIEW_PEOPLE = "see everybody of the session"
    MANAGE_PEOPLE = "enrol, invite, form sections"
    MANAGE_MEETINGS = "set up and move meetings"
    MANAGE_OWN_MEETINGS = "set up and move meetings of the own section"
    EDIT_CURRICULUM = "edit modules and assignments"
    MANAGE_SESSION = "edit dates, publish, cancel"
    APPOINT_STAFF = "appoint staff"
    VIEW_NOTICES = "see what was sent"
    USE_OFFICE = "open the program office"
    VIEW_HEALTH = "see the health page"
    PAUSE_MAILS = "pause the mails, and say what becomes of them after a restore"
    APPOINT_DIRECTORS = "appoint directors"
    COACH = "offer coaching and keep coaching notes"
    ANNOUNCE = "announce something to the own section or to one person of it"
    ANNOUNCE_TO_SESSION = "announce something to the session, any section or anybody of it"
    ANNOUNCE_URGENTLY = "let an announcement reach people at any hour"


GRANTS: dict[Role, frozenset[Perm]] = {
    Role.OBSERVER: frozenset({Perm.VIEW_SESSION}),
    Role.PARTICIPANT: frozenset({Perm.VIEW_SESSION, Perm.READ_OWN_WORK, Perm.DO_WORK}),
    Role.TEACHING_FELLOW: frozenset(
        {
            Perm.VIEW_SESSION, Perm.READ_PAPERS, Perm.OPEN_DESK, Perm.GIVE_FEEDBACK, Perm.RELEASE_OWN_FEEDBACK,
            Perm.GRANT_OWN_EXTENSION, Perm.HAND_IN_FOR_OTHERS, Perm.OPEN_MODULE, Perm.VIEW_OWN_SECTION,
            Perm.MANAGE_OWN_MEETINGS, Perm.COACH, Perm.ANNOUNCE, Perm.ANNOUNCE_URGENTLY,
        }
    ),
    Role.HEAD_TEACHING_FELLOW: frozenset(
        {
            Perm.VIEW_SESSION, Perm.READ_PAPERS, Perm.READ_ALL_PAPERS, Perm.GIVE_FEEDBACK, Perm.RELEASE_OWN_FEEDBACK,
            Perm.OPEN_DESK, Perm.WATCH_QUEUES,
            Perm.RELEASE_ALL_FEEDBACK, Perm.ALLOT_READERS, Perm.SEE_CONCERNS,
            Perm.GRANT_OWN_EXTENSION, Perm.GRANT_ANY_EXTENSION,
            Perm.HAND_IN_FOR_OTHERS, Perm.OPEN_MODULE, Perm.VIEW_OWN_SECTION, Perm.VIEW_PEOPLE,
            Perm.MANAGE_OWN_MEETINGS, Perm.MANAGE_MEETINGS, Perm.COACH,
            Perm.ANNOUNCE, Perm.ANNOUNCE_TO_SESSION, Perm.ANNOUNCE_URGENTLY,
        }
    ),
    Role.FACULTY_CHAIR: frozenset(
        {Perm.VIEW_SESSION, Perm.READ_ALL_PAPERS, Perm.OPEN_DESK, Perm.WATCH_QUEUES, Perm.VIEW_PEOPLE}
    ),
    Role.CHAIR_ASSISTANT: frozenset({Perm.VIEW_SESSION, Perm.VIEW_PEOPLE}),
    Role.COORDINATOR: frozenset(
        {
            Perm.VIEW_SESSION, Perm.VIEW_PEOPLE, Perm.MANAGE_PEOPLE, Perm.MANAGE_OWN_MEETINGS, Perm.MANAGE_MEETINGS,
            Perm.VIEW_NOTICES, Perm.USE_OFFICE, Perm.ANNOUNCE, Perm.ANNOUNCE_TO_SESSION,
        }
    ),
    Role.DIRECTOR: frozenset(
        {
            Perm.VIEW_SESSION, Perm.VIEW_PEOPLE, Perm.MANAGE_PEOPLE, Perm.MANAGE_OWN_MEETINGS, Perm.MANAGE_MEETINGS,
            Perm.VIEW_NOTICES, Perm.USE_OFFICE, Perm.OPEN_PAPER_WITH_REASON, Perm.OPEN_DESK, Perm.WATCH_QUEUES,
            Perm.RELEASE_ALL_FEEDBACK, Perm.SEE_CONCERNS, Perm.WRITE_ON_CONCERN,
            Perm.ALLOT_READERS, Perm.GRANT_OWN_EXTENSION, Perm.GRANT_ANY_EXTENSION,
            Perm.HAND_IN_FOR_OTHERS, Perm.OPEN_MODULE, Perm.EDIT_CURRICULUM, Perm.MANAGE_SESSION, Perm.APPOINT_STAFF,
            Perm.ANNOUNCE, Perm.ANNOUNCE_TO_SESSION, Perm.ANNOUNCE_URGENTLY,
        }
    ),
    Role.OPERATOR: frozenset(
        {Perm.USE_OFFICE, Perm.VIEW_HEALTH, Perm.PAUSE_MAILS, Perm.APPOINT_DIRECTORS, Perm.VIEW_NOTICES}
    ),
}  # fmt: skip


def granted(roles: frozenset[Role]) -> frozenset[Perm]:
    """Everything that any of these roles may do."""
    return frozenset().union(*(GRANTS[role] for role in roles))


def roles_with(perm: Perm) -> frozenset[Role]:
    """Everybody who holds this right."""
    return frozenset(role for role, perms in GRANTS.items() if perm in perms)

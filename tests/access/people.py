"""Everybody who can come, by what they are to the session `loa`, and the groups in which the table speaks of them."""

VISITOR = "visitor"
OUTSIDER = "participant of another program"
INVITED = "invited"
PARTICIPANT = "participant"
NEIGHBOUR = "participant of the other section"
OBSERVER = "observer"
ON_LEAVE = "on leave"
WITHDRAWN = "withdrawn"
REMOVED = "removed"
COMPLETED = "completed"
FELLOW = "teaching fellow of the section"
OTHER_FELLOW = "teaching fellow of the other section"
HEAD = "head teaching fellow"
CHAIR = "faculty chair"
ASSISTANT = "faculty chair’s assistant"
COORDINATOR = "coordinator"
DIRECTOR = "director"
OTHER_DIRECTOR = "director of another program"
OPERATOR = "operator"

READING = frozenset({PARTICIPANT, NEIGHBOUR, OBSERVER, ON_LEAVE, COMPLETED})
FELLOWS = frozenset({FELLOW, OTHER_FELLOW})
APPOINTED = frozenset({HEAD, CHAIR, ASSISTANT, COORDINATOR, DIRECTOR})
STAFF = FELLOWS | APPOINTED
MEMBERS = READING | STAFF
STRANGERS = frozenset({OUTSIDER, REMOVED, OTHER_DIRECTOR})
EVERYBODY = MEMBERS | STRANGERS | {VISITOR, INVITED, WITHDRAWN, OPERATOR}
SIGNED_IN = EVERYBODY - {VISITOR}

# Who plays which part in the other session.
OVER_THERE = {OUTSIDER: PARTICIPANT, OTHER_DIRECTOR: DIRECTOR}

"""The words in which the table of `policy.py` is written, and what they come to for each person."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from tests.access.people import (
    CHAIR,
    COORDINATOR,
    DIRECTOR,
    EVERYBODY,
    FELLOW,
    HEAD,
    INVITED,
    OPERATOR,
    OTHER_DIRECTOR,
    OUTSIDER,
    OVER_THERE,
    PARTICIPANT,
    SIGNED_IN,
    STRANGERS,
    VISITOR,
)

IN = "gets in"  # a page, a form asked again, or passed on after a post
LOGIN = "to the sign-in page"
HOME = "to the home page"
BACK = "to the front page of the office"
FORBIDDEN = "403"
NOT_FOUND = "404"
NOT_THIS_WAY = "405"
REFUSED = "403 or 404"
SHUT = "403, 404, or back to the front page of the office"

REFUSALS = {LOGIN, FORBIDDEN, NOT_FOUND, NOT_THIS_WAY, REFUSED, SHUT}

OFFICE = frozenset({COORDINATOR, DIRECTOR, OTHER_DIRECTOR, OPERATOR})
AT_THE_DOOR = OFFICE | {VISITOR, PARTICIPANT, HEAD}
# One of each kind: enough where a page is the same for all, or where nobody is to get in.
ONE_OF_EACH = frozenset({VISITOR, PARTICIPANT, FELLOW, CHAIR, DIRECTOR, OUTSIDER, OTHER_DIRECTOR, OPERATOR})
# The row of the other session that stands for a row of this one.
ELSEWHERE = {
    "invited place": "foreign place",
    "peer submission": "foreign submission",
    "file for a peer": "foreign file of a paper",
    "file of an opened paper": "foreign file of a paper",
    "paper of: withdrawn": "foreign submission",
    "ended concern": "foreign concern",
    "director’s appointment": "foreign director’s appointment",
    "meeting of the other section": "foreign meeting",
    "personal announcement": "foreign announcement",
    "scheduled announcement": "foreign announcement",
    "draft announcement": "foreign announcement",
    "live class": "foreign meeting",
    "closed module": "foreign module",
    "closed item": "foreign item",
    "closed paper": "foreign paper",
    "free hour": "foreign hour",
    "booked hour": "foreign hour",
}


def elsewhere(of: str) -> str:
    """The label of a row of the same kind in the other session."""
    return ELSEWHERE.get(of) or f"foreign {of}"


@dataclass(frozen=True)
class Line:
    """One address, one method, and what each person gets; `of` is the label of the row that the address names."""

    method: str
    route: str
    outcomes: dict[str, str]
    of: str = ""
    session: str = "loa"
    act: str = ""
    send: dict = field(default_factory=dict)
    # Where the door is the same for all rows, it is enough that some ask at each of them.
    asking: frozenset[str] = EVERYBODY

    def __str__(self) -> str:
        return " ".join(filter(None, (self.method, self.route, self.act, self.of, f"({self.session})")))


def fill(default: str, **sets: Collection[str]) -> dict[str, str]:
    """An outcome for everybody: the default, and for some another."""
    outcomes = dict.fromkeys(EVERYBODY, default)
    for outcome, people in sets.items():
        outcomes |= dict.fromkeys(people, OUTCOMES[outcome])
    return outcomes


OUTCOMES = {
    "gets_in": IN, "login": LOGIN, "home": HOME, "forbidden": FORBIDDEN, "not_found": NOT_FOUND,
    "not_this_way": NOT_THIS_WAY,
}  # fmt: skip


def public(
    methods: str, route: str, outcome: str = IN, *, visitor: str = "", office: str = "", of: str = ""
) -> Iterator[Line]:
    """Open to everybody; `visitor` and `office` where it differs for somebody not signed in, or working there."""
    outcomes = dict.fromkeys(EVERYBODY, outcome) | {VISITOR: visitor or outcome}
    outcomes |= dict.fromkeys(OFFICE, office or outcome)
    for method in methods.split():
        yield Line(method, route, outcomes, of=of, asking=ONE_OF_EACH)


def account(methods: str, route: str, outcome: str = IN, *, of: str = "") -> Iterator[Line]:
    """The same for everybody who is signed in: it shows their own things only."""
    for method in methods.split():
        outcomes = dict.fromkeys(SIGNED_IN, outcome) | {VISITOR: LOGIN}
        yield Line(method, route, outcomes, of=of, asking=ONE_OF_EACH)


def private(methods: str, route: str, owner: str, *, of: str, way: str = IN, way_elsewhere: str = "") -> Iterator[Line]:
    """A row of one person's own; nobody else learns that it exists. The other session's row has its own owner."""
    other_owner = next(there for there, part in OVER_THERE.items() if part == owner or owner == INVITED)
    for method in methods.split():
        yield Line(method, route, fill(NOT_FOUND, login={VISITOR}) | {owner: way}, of=of)
        others = fill(NOT_FOUND, login={VISITOR}) | {other_owner: way_elsewhere or way}
        yield Line(method, route, others, of=elsewhere(of), asking=ONE_OF_EACH)


def holders(methods: str, route: str, gets_in: Collection[str], *, way: str = IN) -> Iterator[Line]:
    """A page over several sessions for those who hold a right somewhere; nobody else learns that it exists."""
    for method in methods.split():
        yield Line(method, route, fill(NOT_FOUND, login={VISITOR}) | dict.fromkeys(gets_in, way))


def session(
    methods: str,
    route: str,
    gets_in: Collection[str],
    *,
    of: str = "",
    way: str = IN,
    not_found: Collection[str] = (),
    passed_on: Collection[str] = (),
    send: dict | None = None,
) -> Iterator[Line]:
    """A page of a session. Strangers: 404, invited: home, everybody else without the right: 403.

    `passed_on` are sent to another page, which asks, whatever row the address names.

    Stands for three addresses: this session's, the other session's, and those that mix up rows of both.
    """
    own = fill(FORBIDDEN, login={VISITOR}, home={INVITED}, not_found=STRANGERS)
    own |= dict.fromkeys(not_found, NOT_FOUND) | dict.fromkeys(gets_in, way)
    for method in methods.split():
        asking = ONE_OF_EACH if way == NOT_THIS_WAY else EVERYBODY
        here = Line(method, route, own, of=of, send=send or {}, asking=asking)
        yield here
        if not of:
            yield replace(here, session="cpv", outcomes=mirrored(own), asking=ONE_OF_EACH)
            continue
        if way == NOT_THIS_WAY:
            continue
        nobody = mixed_up(own) | dict.fromkeys(passed_on, IN)
        yield replace(here, of=elsewhere(of), outcomes=nobody, asking=ONE_OF_EACH)
        yield replace(here, session="cpv", outcomes=mixed_up(mirrored(own)) | there(passed_on), asking=ONE_OF_EACH)


def there(people: Collection[str]) -> dict[str, str]:
    """The counterparts of these people in the other session get in."""
    return {person: IN for person, part in OVER_THERE.items() if part in people}


def mirrored(own: dict[str, str]) -> dict[str, str]:
    """What everybody gets in the other session: its own people as their counterparts here, nobody else anything."""
    there = {person: own[part] for person, part in OVER_THERE.items()}
    return fill(NOT_FOUND, login={VISITOR}) | {OPERATOR: own[OPERATOR]} | there


def mixed_up(own: dict[str, str]) -> dict[str, str]:
    """Of a row that is not of the session in the address, nobody learns anything."""
    softened = {IN: NOT_FOUND, FORBIDDEN: REFUSED}
    return {person: softened.get(outcome, outcome) for person, outcome in own.items()}


def office(
    methods: str,
    route: str,
    gets_in: Collection[str] = OFFICE,
    *,
    of: str = "",
    way: str = IN,
    act: str = "",
    send: dict | None = None,
) -> Iterator[Line]:
    """A page of the program office; whoever does not work there is sent to its sign-in, which refuses them.

    With a row: the director of another program gets none of this one, and what its director gets of the own.
    """
    own = fill(LOGIN) | dict.fromkeys(OFFICE, SHUT) | dict.fromkeys(gets_in, way)
    for method in methods.split():
        line = Line(method, route, own, of=of, act=act, send=send or {}, asking=AT_THE_DOOR)
        if not of:
            yield replace(line, outcomes=own | {OTHER_DIRECTOR: own[DIRECTOR]})
            continue
        yield replace(line, outcomes=own | {OTHER_DIRECTOR: SHUT})
        strangers = {COORDINATOR: SHUT, DIRECTOR: SHUT, OTHER_DIRECTOR: own[DIRECTOR]}
        yield replace(line, of=elsewhere(of), outcomes=own | strangers, asking=OFFICE)


def office_pages(
    model: str,
    *,
    of: str,
    sees: Collection[str],
    opens: Collection[str] | None = None,
    adds: Collection[str] = (),
    changes: Collection[str] = (),
    deletes: Collection[str] = (),
    acts: dict[str, Collection[str]] | None = None,
) -> Iterator[Line]:
    """All pages of one list of the office: who sees it, opens a row, adds, changes, deletes, and does which act."""
    route, opens = f"admin:{model}", sees if opens is None else opens
    yield from office("GET POST", f"{route}_changelist", sees)
    yield from office("GET POST", f"{route}_add", adds)
    yield from office("GET", f"{route}_change", opens, of=of)
    yield from office("POST", f"{route}_change", changes, of=of)
    yield from office("GET POST", f"{route}_history", opens, of=of)
    yield from office("GET POST", f"{route}_delete", deletes, of=of, send={"post": "yes"})
    yield from office("GET POST", f"{route}_act", (), of=of, act="no-such-act")
    for act, who in (acts or {}).items():
        yield from office("GET POST", f"{route}_act", who, of=of, act=act, send={"reason": "Because."})
    # The short address passes everybody of the office on to the long one, which asks.
    yield from office("GET POST", f"/office/{model.replace('_', '/')}/<path:object_id>/", of="")

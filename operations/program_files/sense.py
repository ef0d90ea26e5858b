"""Whether the values of a program file make sense together. What could not be read is passed over: it is known."""

from datetime import date, datetime

from assignments.models import Assignment
from core.rules import BreakRule, Rule, Side, TermCalendar, WallRule, parse_rule, resolve
from modules.models import Item, Module
from operations.program_files.problems import Findings
from operations.program_files.shapes import Entry
from operations.program_files.values import suggest

# Work may be due after teaching has ended, but not so much later that a slip is likelier.
WEEKS_AFTER_TEACHING = 8
# Any calendar will do to compare rules of one program: weeks keep their order in all of them.
SOME_CALENDAR = TermCalendar(starts_on=date(2001, 1, 1), zone="UTC")


def check_program(program: Entry, findings: Findings) -> None:
    """Note everything in which the values of a program contradict each other."""
    modules: list[Entry] = program.all("modules")
    _check_unique(modules, "key", "module", findings)
    _check_unique(program.all("credits"), "name", "credit", findings)
    _check_numbers(modules, findings)
    for module in modules:
        _check_practice(module, program, findings)
        _check_week(module, "release", program.get("weeks"), 0, findings)
        _check_unique(module.all("items"), "key", "item", findings)
        if module.get("kind") == Module.Kind.LIVE and not _live_items(module):
            findings.add(module.line, module.path, "A live module needs an item of kind live.")
        for item in module.all("items"):
            _check_item(item, findings)
            _check_dates(item, module, program, findings)


def _live_items(module: Entry) -> list[Entry]:
    return [item for item in module.all("items") if item.get("kind") == Item.Kind.LIVE]


def _check_unique(entries: list[Entry], key: str, called: str, findings: Findings) -> None:
    first: dict[object, int] = {}
    for entry in entries:
        value = entry.get(key)
        if value is None:
            continue
        if value in first:
            findings.add(
                entry.line_of(key),
                entry.path_of(key),
                f"Another {called} is called “{value}” already, in line {first[value]}; give each its own {key}.",
            )
        first.setdefault(value, entry.line_of(key))


def _check_numbers(modules: list[Entry], findings: Findings) -> None:
    highest = 0
    for module in modules:
        number = module.get("number")
        if number is None:
            continue
        if number <= highest:
            findings.add(
                module.line_of("number"),
                module.path_of("number"),
                f"{number} comes after {highest}; numbers rise from module to module, and each is used once.",
            )
        highest = max(highest, number)


def _check_practice(module: Entry, program: Entry, findings: Findings) -> None:
    practice, known = module.get("practice"), program.all("practices")
    if practice is not None and practice not in known:
        hint = suggest(practice, known) or " Add it there, or correct it here."
        findings.add(
            module.line_of("practice"),
            module.path_of("practice"),
            f"“{practice}” is not among the program's practices.{hint}",
        )


def _check_week(entry: Entry, key: str, weeks: int | None, later: int, findings: Findings) -> None:
    rule = _rule(entry, key)
    if weeks and isinstance(rule, WallRule) and rule.week > weeks + later:
        beyond = f" (and at most {later} weeks after it)" if later else ""
        findings.add(
            entry.line_of(key),
            entry.path_of(key),
            f"“{rule}” lies after the end: the program has {weeks} weeks{beyond}.",
        )


def _check_item(item: Entry, findings: Findings) -> None:
    kind = item.get("kind")
    if kind is None:
        return

    def needs(key: str, why: str) -> None:
        if not item.has(key):
            findings.add(item.line, item.path_of(key), why)

    def only_for(key: str, kinds: set[str]) -> None:
        if item.has(key) and kind not in kinds:
            which = " or ".join(sorted(kinds))
            findings.add(
                item.line_of(key), item.path_of(key), f"Only an item of kind {which} has “{key}”; this is a {kind}."
            )

    for wanted, key, why in NEEDED:
        if kind == wanted:
            needs(key, why)
    for key, kinds in RESERVED.items():
        only_for(key, kinds)
    if kind == Item.Kind.READING and not (item.has("body") or item.has("url")):
        needs("body", "A reading needs its text (body), its address (url), or both.")
    if item.get("assignment") is not None:
        _check_assignment(item.get("assignment"), findings)


NEEDED = (
    (Item.Kind.LINK, "url", "A link needs its address: the key “url”."),
    (Item.Kind.VIDEO, "transcript", "A lecture video needs its transcript, for those who cannot hear or load it."),
    (Item.Kind.PAGE, "body", "A page needs its text: the key “body”."),
    (Item.Kind.DISCUSSION, "body", "A discussion needs its question: the key “body”."),
    (Item.Kind.ASSIGNMENT, "assignment", "An item of kind assignment needs the key “assignment” with what is asked."),
)
RESERVED: dict[str, set[str]] = {
    "assignment": {Item.Kind.ASSIGNMENT.value},
    "meeting": {Item.Kind.LIVE.value},
    "transcript": {Item.Kind.VIDEO.value},
    "url": {Item.Kind.LINK.value, Item.Kind.READING.value, Item.Kind.VIDEO.value},
}


def _check_assignment(assignment: Entry, findings: Findings) -> None:
    least, most = assignment.get("min_words"), assignment.get("max_words")
    if least and most and least > most:
        findings.add(
            assignment.line_of("max_words"),
            assignment.path_of("max_words"),
            f"At most {most} words, but at least {least}: exchange the two.",
        )
    if assignment.get("answered_by") == Assignment.AnsweredBy.NOBODY and assignment.has("feedback_days"):
        findings.add(
            assignment.line_of("feedback_days"),
            assignment.path_of("feedback_days"),
            "Feedback is promised here, but “answered_by: on_handing_in” says that none will come. Remove one.",
        )
    if assignment.get("hands_in") is not None:
        _check_hands_in(assignment, assignment.get("hands_in"), findings)
    criteria: list[Entry] = assignment.all("rubric")
    _check_unique(criteria, "key", "criterion", findings)
    for criterion in criteria:
        if criterion.get("levels") is not None and len(criterion.all("levels")) < 2:
            findings.add(
                criterion.line_of("levels"), criterion.path_of("levels"), "A criterion needs at least two levels."
            )


def _check_hands_in(assignment: Entry, hands_in: Entry, findings: Findings) -> None:
    files = hands_in.get("files") or 0
    takes_text = hands_in.get("text") or Assignment.TakesText.REQUIRED
    if takes_text != Assignment.TakesText.REQUIRED and not files and not _unread(hands_in, "files"):
        findings.add(
            hands_in.line_of("text"),
            hands_in.path_of("text"),
            f"Where the text is “{takes_text}”, files must be taken: add how many, such as “files: 3”.",
        )
    for key in ("megabytes", "recordings"):
        if hands_in.get(key) and not files and not _unread(hands_in, "files"):
            findings.add(
                hands_in.line_of(key),
                hands_in.path_of(key),
                f"“{key}” is about files, and none are taken: add how many, such as “files: 3”.",
            )
    for key in ("min_words", "max_words"):
        if takes_text == Assignment.TakesText.NO and assignment.has(key):
            findings.add(
                assignment.line_of(key), assignment.path_of(key), "No text is handed in, so its words are not counted."
            )


def _unread(entry: Entry, key: str) -> bool:
    """Written down, but not to be read: that is known already."""
    return entry.has(key) and entry.get(key) is None


def _check_dates(item: Entry, module: Entry, program: Entry, findings: Findings) -> None:
    weeks = program.get("weeks")
    meeting: Entry | None = item.get("meeting")
    if meeting is not None:
        _check_week(meeting, "at", weeks, WEEKS_AFTER_TEACHING, findings)
    assignment: Entry | None = item.get("assignment")
    if assignment is None:
        return
    _check_week(assignment, "due", weeks, WEEKS_AFTER_TEACHING, findings)
    release, due, closes = _rule(module, "release"), _rule(assignment, "due"), _rule(assignment, "closes")
    if _is_before(due, release, or_same=True):
        findings.add(
            assignment.line_of("due"),
            assignment.path_of("due"),
            f"The deadline “{due}” is not after the module opens (“{release}”, line {module.line_of('release')}).",
        )
    if _is_before(closes, due):
        findings.add(
            assignment.line_of("closes"),
            assignment.path_of("closes"),
            f"Work would close (“{closes}”) before it is due (“{due}”).",
        )


def _rule(entry: Entry, key: str) -> Rule | None:
    said = entry.get(key)
    return None if said is None else parse_rule(said)


def _is_before(one: Rule | None, other: Rule | None, *, or_same: bool = False) -> bool:
    """Whether it certainly lies before the other; what lies in a break is compared only in a session."""
    if one is None or other is None or isinstance(one, BreakRule) or isinstance(other, BreakRule):
        return False
    first, second = (_instant(rule) for rule in (one, other))
    return first <= second if or_same else first < second


def _instant(rule: Rule) -> datetime:
    return resolve(rule, SOME_CALENDAR, Side.DEADLINE)

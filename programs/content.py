"""What a program file says, as typed values: read from `ProgramVersion.content`, without knowing YAML.

The names of the fields are the keys of the file; docs/program-files.md explains each. Rules are not dates: they become
instants only in a session.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from core.rules import RULE_KINDS, Rule, parse_rule

# True: all of it was made up for the demonstration. A list: only these keys were.
Sample = bool | tuple[str, ...]


class Marked:
    """Says which of its values were never published and only show what could stand there."""

    sample: Sample

    @property
    def is_sample(self) -> bool:
        """Whether anything of it is a sample."""
        return bool(self.sample)

    def is_sample_at(self, key: str) -> bool:
        """Whether the value of that key is a sample."""
        return self.sample is True or (isinstance(self.sample, tuple) and key in self.sample)


@dataclass(frozen=True, kw_only=True)
class CreditContent:
    """A chair or director as the catalogue names them."""

    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class AlignmentContent:
    """An Executive Core Qualification that the program aligns with, and in which version of that framework."""

    criterion: str
    framework: str
    version: str


@dataclass(frozen=True, kw_only=True)
class LevelContent:
    """A level of a criterion; the first of a list is the least."""

    title: str
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class CriterionContent:
    """One line of a rubric."""

    key: str
    title: str
    description: str = ""
    levels: tuple[LevelContent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HandsInContent:
    """What is handed in: a text (required, optional, no), up to so many files of so many megabytes, recordings too."""

    text: str = "required"
    files: int = 0
    megabytes: int = 20
    recordings: bool = False


@dataclass(frozen=True, kw_only=True)
class AssignmentContent:
    """What is asked, by when, and who answers. Without `closes` work is taken until the session's end of work."""

    kind: str
    answered_by: str
    prompt: str
    due: Rule
    closes: Rule | None = None
    min_words: int | None = None
    max_words: int | None = None
    feedback_days: int | None = None
    # Nothing said: a text and no files.
    hands_in: HandsInContent = HandsInContent()
    rubric: tuple[CriterionContent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MeetingContent:
    """A live class of the whole session; its link is known only to the session."""

    at: Rule
    minutes: int = 90
    title: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ItemContent(Marked):
    """Something in a module. A live item without a meeting stands for what each section holds by itself."""

    key: str
    kind: str
    title: str
    minutes: int | None = None
    required: bool = True
    sample: Sample = False
    url: str = ""
    body: str = ""
    transcript: str = ""
    meeting: MeetingContent | None = None
    assignment: AssignmentContent | None = None


@dataclass(frozen=True, kw_only=True)
class ModuleContent(Marked):
    """A unit of the curriculum; their order in the file is the order of the program."""

    key: str
    kind: str
    title: str
    number: int | None = None
    practice: str = ""
    release: Rule
    sample: Sample = False
    outcome: str = ""
    introduction: str = ""
    items: tuple[ItemContent, ...] = ()

    @property
    def short_name(self) -> str:
        """ "Module 3", or the title where it has no number."""
        return f"Module {self.number}" if self.number else self.title

    @property
    def title_is_sample(self) -> bool:
        """Whether the title itself was never published."""
        return self.is_sample_at("title")

    @property
    def outcome_is_sample(self) -> bool:
        """Whether the outcome was never published."""
        return self.is_sample_at("outcome")


@dataclass(frozen=True, kw_only=True)
class SelfExtensionContent:
    """More time that participants take without asking: how much, how often, until when, for which share of the work."""

    hours: int
    per_assignment: int = 1
    until_hours_after_due: int = 24
    share: float = 0.5


@dataclass(frozen=True, kw_only=True)
class ProgramContent(Marked):
    """A whole program, without dates."""

    slug: str
    code: str
    title: str
    level: str = ""
    weeks: int
    order: str
    # Facts of its form in a line each: how long, how many modules, sections, live classes.
    form: tuple[str, ...] = ()
    summary: str
    audience: str = ""
    outcomes: tuple[str, ...] = ()
    practices: tuple[str, ...] = ()
    credits: tuple[CreditContent, ...] = ()
    office: str
    certificate_series: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    ecq: tuple[AlignmentContent, ...] = ()
    fee_covers: str = ""
    self_extension: SelfExtensionContent | None = None
    # What everybody who hands in says of how the work came about.
    honesty: str = ""
    sample: Sample = False
    modules: tuple[ModuleContent, ...] = ()

    def credited(self, kind: str) -> tuple[str, ...]:
        """The names under one heading, such as the faculty chairs."""
        return tuple(credit.name for credit in self.credits if credit.kind == kind)

    @property
    def chairs(self) -> tuple[str, ...]:
        """The faculty chairs, as the catalogue names them."""
        return self.credited("chair")

    @property
    def directors(self) -> tuple[str, ...]:
        """The program directors, as the catalogue names them."""
        return self.credited("director")

    def items(self) -> Iterator[tuple[ModuleContent, ItemContent]]:
        """Every item with its module, in order."""
        return ((module, item) for module in self.modules for item in module.items)


def read_content(plain: Mapping[str, Any]) -> ProgramContent:
    """The program in what `plain_content` gave. A key that this release does not know is left out."""
    content: ProgramContent = _build(ProgramContent, plain)
    return content


def plain_content(content: ProgramContent) -> dict[str, Any]:
    """Values that JSON can hold, in canonical form: keys in the order of the fields, nothing that is the default.

    Leaving out defaults lets a later release add a key without making every kept version look changed.
    """
    plain: dict[str, Any] = _plain(content)
    return plain


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, (*RULE_KINDS, type)):
        present = ((one.name, getattr(value, one.name)) for one in fields(value) if not _is_default(one, value))
        return {name: _plain(inner) for name, inner in present}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, RULE_KINDS) else value


def _is_default(field: Field[Any], value: Any) -> bool:
    # A number that happens to equal True or False is not the default: 0 == False.
    held = getattr(value, field.name)
    return field.default is not MISSING and type(held) is type(field.default) and held == field.default


def _build(kind: Any, plain: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    return kind(**{name: _read(hints[name], value) for name, value in plain.items() if name in hints})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    known = {one.name for one in fields(kind)}
    return {name: hint for name, hint in get_type_hints(kind).items() if name in known}


def _read(hint: Any, value: Any) -> Any:
    if hint == Rule or hint == Rule | None:
        return None if value is None else parse_rule(value)
    if isinstance(value, list):
        inner = next(iter(_tuple_args(hint)))
        return tuple(_read(inner, one) for one in value)
    if isinstance(value, Mapping):
        return _build(_alternatives(hint)[0], value)
    return value


def _alternatives(hint: Any) -> tuple[Any, ...]:
    if get_origin(hint) is UnionType:
        return tuple(one for one in get_args(hint) if one is not NoneType)
    return (hint,)


def _tuple_args(hint: Any) -> tuple[Any, ...]:
    return next(get_args(one) for one in _alternatives(hint) if get_origin(one) is tuple)

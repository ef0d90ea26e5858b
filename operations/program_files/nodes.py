"""From the bytes of a file to a tree of nodes that know their lines; refuses what could hurt before it is built.

Only YAML's events are used: no tag ever makes an object, no alias is ever followed, so a small file cannot become a
large one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from operations.program_files.problems import Findings

LARGEST_FILE = 1024 * 1024
DEEPEST = 20
# An escape for more than the last character there is; the library has no word for it.
TOO_HIGH = re.compile(r"\\U(?!000|0010)")
NOTHING = {"", "~", "null", "Null", "NULL"}

# What ruamel says, and what helps. The first that occurs in its message is used.
IN_PLAIN_WORDS = (
    (
        "mapping values are not allowed here",
        "a second colon stands in this line, or it is indented too far; a text with a colon needs quotation marks",
    ),
    ("cannot start any token", "a text cannot begin with this character (or a tab); put it in quotation marks"),
    ("could not find expected ':'", "a colon is missing after a key here or in the line before"),
    ("expected <block end>", "the indentation does not fit the lines above; keys of one entry begin in one column"),
    ("while scanning a quoted scalar", "a quotation mark that opens here is never closed"),
    ("found unexpected end of stream", "a quotation mark or bracket is never closed"),
    ("expected ',' or", "a bracket or brace that opens here is not closed, or a comma is missing"),
    ("expected the node content", "a value is missing or begins with a special character; put it in quotation marks"),
)


@dataclass(frozen=True)
class Scalar:
    """A single value as it was written."""

    text: str
    line: int
    is_plain: bool

    @property
    def is_nothing(self) -> bool:
        """Whether the key was left empty."""
        return self.is_plain and self.text in NOTHING


@dataclass
class Listing:
    """Entries after dashes."""

    line: int
    entries: list["Node"] = field(default_factory=list)


@dataclass
class Block:
    """Keys with their values, doubled keys included."""

    line: int
    pairs: list[tuple[Scalar, "Node"]] = field(default_factory=list)


Node: TypeAlias = Scalar | Listing | Block


def read_text(data: bytes, findings: Findings) -> str:
    """The file as text. Raises BrokenProgramFile when it is too large, binary or not UTF-8."""
    if len(data) > LARGEST_FILE:
        raise findings.stop(
            1, f"The file is larger than {LARGEST_FILE // 1024} KiB; a program file holds texts, not pictures."
        )
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise findings.stop(line, "This is no text file. Write program files in a text editor, saved as UTF-8.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise findings.stop(line, "This line is not in UTF-8. Save the file in the encoding UTF-8.") from None


def compose(text: str, findings: Findings) -> Node:
    """The tree of the only document in the text. Raises BrokenProgramFile."""
    try:
        events = _checked(YAML(typ="safe", pure=True).parse(text), findings)
        root = next((_node(event, events, findings, 1) for event in events if _begins_node(event)), None)
        for _ in events:
            # Read to the end, so that what stands after the document is checked too.
            pass
    except ReaderError as error:
        line, code = text.count("\n", 0, error.position) + 1, ord(text[error.position])
        raise findings.stop(line, f"A character that cannot be printed (code {code}) stands here; remove it.") from None
    except (OverflowError, ValueError):
        high = TOO_HIGH.search(text)
        line = text.count("\n", 0, high.start()) + 1 if high else 1
        raise findings.stop(line, "There is no character of the code that is written here after \\U.") from None
    except MarkedYAMLError as error:
        raise findings.stop(_line_of(error), _plain_words(error)) from None
    if root is None or (isinstance(root, Scalar) and root.is_nothing):
        raise findings.stop(1, "The file is empty.")
    return root


def _line_of(error: MarkedYAMLError) -> int:
    """Where to look: what was never closed is noticed at the end, but it opens where its context begins."""
    opened = "quoted scalar" in (error.context or "") or "flow" in (error.context or "")
    mark = (error.context_mark if opened else None) or error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 1


def _plain_words(error: MarkedYAMLError) -> str:
    said = f"{error.context or ''} {error.problem or ''}".strip()
    why = next((words for sign, words in IN_PLAIN_WORDS if sign in said), said)
    return f"This is not well-formed: {why}. (Further mistakes are found only after this one.)"


def _checked(events: Iterator[Event], findings: Findings) -> Iterator[Event]:
    documents = 0
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise findings.stop(line, "A second document begins here (---). Each program has a file of its own.")
        if isinstance(event, AliasEvent):
            raise findings.stop(line, f"References (*{event.anchor}) are not used in program files; write it out.")
        if isinstance(event, ScalarEvent | CollectionStartEvent):
            if event.anchor:
                raise findings.stop(line, f"Anchors (&{event.anchor}) are not used in program files; remove it.")
            if event.tag:
                raise findings.stop(line, f"Tags ({event.tag}) are not used in program files; remove it.")
        yield event


def _begins_node(event: Event) -> bool:
    return isinstance(event, ScalarEvent | CollectionStartEvent)


def _node(event: Event, events: Iterator[Event], findings: Findings, depth: int) -> Node:
    line = event.start_mark.line + 1
    if depth > DEEPEST:
        raise findings.stop(line, "Lists and keys are nested too deeply here.")
    if isinstance(event, SequenceStartEvent):
        listing = Listing(line)
        for inner in events:
            if isinstance(inner, SequenceEndEvent):
                break
            listing.entries.append(_node(inner, events, findings, depth + 1))
        return listing
    if isinstance(event, MappingStartEvent):
        return _block(Block(line), events, findings, depth)
    if not isinstance(event, ScalarEvent):
        raise findings.stop(line, "A value is missing here.")
    return Scalar(event.value, line, is_plain=not event.style)


def _block(block: Block, events: Iterator[Event], findings: Findings, depth: int) -> Block:
    for inner in events:
        if isinstance(inner, MappingEndEvent):
            break
        key = _node(inner, events, findings, depth + 1)
        if not isinstance(key, Scalar):
            raise findings.stop(key.line, "A key is a single word; a list or further keys cannot stand before a colon.")
        block.pairs.append((key, _node(next(events), events, findings, depth + 1)))
    return block

"""Headings, lists, quotations, footnotes and paragraphs, as docs/writing.md says."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from assignments.source.remembered import remembered
from assignments.source.runs import Line, Run, read_runs

LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|$)")
RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}")
HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
QUOTE = re.compile(r" {0,3}> ?")
BULLET = re.compile(r"( {0,3})([-*+])([ \t]+|$)")
NUMBER = re.compile(r"( {0,3})([0-9]{1,9})([.)])([ \t]+|$)")
NOTE = re.compile(r" {0,3}\[\^([A-Za-z0-9_-]{1,32})\]:[ \t]*")
# Quotes and lists inside each other; past it they are text.
MOST_DEEP = 10


class Kind(Enum):
    """What a block is."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    FOOTNOTE = "footnote"
    QUOTE = "quote"
    LIST = "list"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or footnote has runs, a quote blocks, a list items; `start` is None for bullets."""

    kind: Kind
    runs: tuple[Run, ...] = ()
    level: int = 0
    label: str = ""
    start: int | None = None
    blocks: tuple["Block", ...] = ()
    items: tuple[tuple["Block", ...], ...] = ()


@dataclass(frozen=True)
class _Marker:
    """How an item of a list begins."""

    sign: str
    start: int | None
    rest: Line
    indent: int

    def goes_on(self, other: "_Marker | None") -> bool:
        """Whether the other begins an item of the same list."""
        return other is not None and other.sign == self.sign and (other.start is None) == (self.start is None)


# A page shows the same paper in several places, and readers open it again and again.
@remembered
def read(text: str) -> tuple[Block, ...]:
    """The blocks of a paper's text."""
    lines = [Line(found[1], found.start()) for found in LINE.finditer(text)]
    return _read(lines, 0)


def read_plain(text: str) -> tuple[Block, ...]:
    """The paragraphs of a text that has no marks: a line end is a line end, an empty line ends a paragraph."""
    blocks: list[list[Run]] = [[]]
    for found in LINE.finditer(text):
        if not found[1].strip():
            blocks += [[]] if blocks[-1] else []
            continue
        if blocks[-1]:
            blocks[-1].append(Run("\n", found.start() - 1))
        blocks[-1].append(Run(found[1], found.start()))
    return tuple(Block(Kind.PARAGRAPH, tuple(runs)) for runs in blocks if runs)


def runs_of(blocks: Sequence[Block]) -> Iterator[Run]:
    """Every run in the order of the text."""
    for block in blocks:
        yield from block.runs
        yield from runs_of(block.blocks)
        for item in block.items:
            yield from runs_of(item)


def _is_empty(line: Line) -> bool:
    return not line.text.strip(" \t")


def _width(blanks: str, begun: int = 0) -> int:
    column = begun
    for sign in blanks:
        column += 4 - column % 4 if sign == "\t" else 1
    return column - begun


def _indent(line: Line) -> int:
    return _width(line.text[: len(line.text) - len(line.text.lstrip(" \t"))])


def _cut(line: Line, columns: int) -> Line:
    at = column = 0
    while column < columns and at < len(line.text) and line.text[at] in " \t":
        column += 4 - column % 4 if line.text[at] == "\t" else 1
        at += 1
    return Line(line.text[at:], line.at + at)


def _behind(line: Line, count: int) -> Line:
    return Line(line.text[count:], line.at + count)


def _heading(line: Line) -> tuple[int, Line] | None:
    found = HEADING.fullmatch(line.text)
    if not found:
        return None
    words = _behind(line, found.start(2)).trimmed()
    bare = words.text.rstrip("#")
    is_closed = bare != words.text and (not bare or bare[-1] in " \t")
    said = bare.rstrip(" \t") if is_closed else words.text
    return (len(found[1]), Line(said, words.at)) if said else None


def _marker(line: Line) -> _Marker | None:
    if RULE.fullmatch(line.text):
        return None
    if found := BULLET.match(line.text):
        sign, start, blanks, width = found[2], None, found[3], len(found[1]) + 1
    elif found := NUMBER.match(line.text):
        sign, start, blanks, width = found[3], int(found[2]), found[4], found.end(3)
    else:
        return None
    rest = _behind(line, found.end())
    gap = _width(blanks, width)
    return _Marker(sign, start, rest, width + (1 if _is_empty(rest) or gap > 4 else gap))


def _begins(line: Line, depth: int) -> bool:
    """Whether the line ends the paragraph before it."""
    if RULE.fullmatch(line.text) or _heading(line) or NOTE.match(line.text):
        return True
    if depth >= MOST_DEEP:
        return False
    if QUOTE.match(line.text):
        return True
    found = _marker(line)
    return found is not None and not _is_empty(found.rest) and found.start in (None, 1)


def _read(lines: Sequence[Line], depth: int) -> tuple[Block, ...]:
    blocks, at = [], 0
    while at < len(lines):
        if _is_empty(lines[at]):
            at += 1
            continue
        block, at = _read_one(lines, at, depth)
        blocks.append(block)
    return tuple(blocks)


def _read_one(lines: Sequence[Line], at: int, depth: int) -> tuple[Block, int]:
    line = lines[at]
    if RULE.fullmatch(line.text):
        return Block(Kind.RULE), at + 1
    if heading := _heading(line):
        return Block(Kind.HEADING, read_runs([heading[1]]), level=heading[0]), at + 1
    if note := NOTE.match(line.text):
        end = _end_of_paragraph(lines, at + 1, depth)
        words = [_behind(line, note.end()), *lines[at + 1 : end]]
        return Block(Kind.FOOTNOTE, read_runs([one.trimmed() for one in words]), label=note[1]), end
    if depth < MOST_DEEP and QUOTE.match(line.text):
        inner, end = [], at
        while end < len(lines) and (mark := QUOTE.match(lines[end].text)):
            inner.append(_behind(lines[end], mark.end()))
            end += 1
        return Block(Kind.QUOTE, blocks=_read(inner, depth + 1)), end
    if depth < MOST_DEEP and (first := _marker(line)):
        return _read_list(lines, at, depth, first)
    end = _end_of_paragraph(lines, at + 1, depth)
    return Block(Kind.PARAGRAPH, read_runs([one.trimmed() for one in lines[at:end]])), end


def _end_of_paragraph(lines: Sequence[Line], at: int, depth: int) -> int:
    while at < len(lines) and not _is_empty(lines[at]) and not _begins(lines[at], depth):
        at += 1
    return at


def _read_list(lines: Sequence[Line], at: int, depth: int, first: _Marker) -> tuple[Block, int]:
    items: list[tuple[Block, ...]] = []
    found: _Marker | None = first
    while found is not None and first.goes_on(found):
        item, at = _item(lines, at, found)
        items.append(_with_paragraph(_read(item, depth + 1)))
        behind = at
        while behind < len(lines) and _is_empty(lines[behind]):
            behind += 1
        found = _marker(lines[behind]) if behind < len(lines) else None
        if first.goes_on(found):
            at = behind
    return Block(Kind.LIST, start=first.start, items=tuple(items)), at


def _item(lines: Sequence[Line], at: int, found: _Marker) -> tuple[list[Line], int]:
    item, end = [found.rest], at + 1
    if _is_empty(found.rest) and (end >= len(lines) or _is_empty(lines[end])):
        return [], end
    for ahead in range(end, len(lines)):
        if _is_empty(lines[ahead]):
            continue
        if _indent(lines[ahead]) < found.indent:
            break
        item += [_cut(line, found.indent) for line in lines[end : ahead + 1]]
        end = ahead + 1
    return item, end


def _with_paragraph(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    if blocks and blocks[0].kind is Kind.PARAGRAPH:
        return blocks
    return (Block(Kind.PARAGRAPH), *blocks)

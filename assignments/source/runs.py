"""What stands within a paragraph: words, bold and slanted, links, marks of footnotes, line ends.

Everything here takes time in proportion to the text, whatever stands in it: it is read on the server, as it was sent.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

# What a browser's `\s` means, so that both sides find the same blanks.
BLANKS = frozenset(
    "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
)
PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
NOT_BLANK = "[^" + "".join(sorted(BLANKS)) + "]"
SPECIAL = re.compile(r"[\\\n\[<*_]")
BRACKET = re.compile(r"\\.|[\[\]]", re.DOTALL)
LABEL = re.compile(r"\[\^([A-Za-z0-9_-]{1,32})\]")
_ADDRESS_SIGN = "".join(sorted(BLANKS)) + "()<>\\\\"
AUTOLINK = re.compile("<((?:https?://|mailto:)[^" + "".join(sorted(BLANKS)) + "<>]+)>", re.IGNORECASE)
TARGET = re.compile(
    rf'\([ \t]*(?:<([^<>\n]*)>|((?:[^{_ADDRESS_SIGN}]|\([^{_ADDRESS_SIGN}]*\))+))(?:[ \t]+"[^"\n]*")?[ \t]*\)'
)
ADDRESS = re.compile(f"(?:https?://|mailto:){NOT_BLANK}+", re.IGNORECASE)
PLAIN_ADDRESS = re.compile(rf"(?:[^{_ADDRESS_SIGN}]|\([^{_ADDRESS_SIGN}]*\))+")
LONGEST_ADDRESS = 2000


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that stand in the source as they are shown, from `at` on; a line end is a run of its own."""

    text: str
    at: int
    strong: bool = False
    emphasis: bool = False
    href: str = ""
    # Whether the text is the label of a footnote.
    is_note: bool = False

    @property
    def is_break(self) -> bool:
        """A line end."""
        return self.text == "\n"

    @property
    def ends_at(self) -> int:
        """The place behind its last character."""
        return self.at + len(self.text)


@dataclass(frozen=True)
class Line:
    """A line, or what is left of it without its marks, with the place of its first character."""

    text: str
    at: int

    def trimmed(self) -> "Line":
        """Without blanks at either end."""
        bare = self.text.lstrip(" \t")
        return Line(bare.rstrip(" \t"), self.at + len(self.text) - len(bare))


@dataclass
class _Mark:
    """A row of asterisks or underscores that may begin or end something."""

    node: int
    sign: str
    count: int
    length: int
    opens: bool
    closes: bool


def clean_address(href: str) -> str:
    """The address as it can be linked to; empty for one that cannot."""
    address = href.strip("".join(BLANKS))
    if len(address.encode("utf-16-le")) // 2 > LONGEST_ADDRESS or not ADDRESS.fullmatch(address):
        return ""
    if PLAIN_ADDRESS.fullmatch(address):
        return address
    return re.sub(r"[()<>\\]", lambda sign: f"%{ord(sign[0]):02X}", address)


def read_runs(lines: Sequence[Line]) -> tuple[Run, ...]:
    """The runs of a paragraph's lines, each without blanks at its ends."""
    text = "\n".join(line.text for line in lines)
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line.text) + 1
    return _Reader(text, starts, [line.at for line in lines]).read()


class _Reader:
    """One paragraph being read."""

    def __init__(self, text: str, starts: Sequence[int], places: Sequence[int]) -> None:
        self.text, self.starts, self.places = text, starts, places
        self.closing = _closing_brackets(text)

    def read(self) -> tuple[Run, ...]:
        """All of it."""
        return _merged(self._nodes(0, len(self.text), is_in_link=False))

    def _place(self, at: int) -> int:
        line = bisect_right(self.starts, at) - 1
        return self.places[line] + at - self.starts[line]

    def _run(self, first: int, last: int) -> Run:
        return Run(self.text[first:last], self._place(first))

    def _nodes(self, first: int, last: int, *, is_in_link: bool) -> list[Run]:
        text, nodes, marks = self.text, [], []
        begun = at = first
        while at < last:
            found = SPECIAL.search(text, at, last)
            if not found:
                break
            at, sign = found.start(), found[0]
            new, end = self._special(sign, at, last, is_in_link)
            if new is None:
                at += 1
                continue
            if begun < at:
                nodes.append(self._run(begun, at))
            if sign in "*_":
                marks.append(self._mark(at, end, first, last, len(nodes)))
            nodes += new
            begun = at = end
        if begun < last:
            nodes.append(self._run(begun, last))
        return _paired(nodes, marks)

    def _special(self, sign: str, at: int, last: int, is_in_link: bool) -> tuple[list[Run] | None, int]:
        """What begins with this sign, and where it ends; None when the sign is just a sign."""
        text = self.text
        following = text[at + 1] if at + 1 < last else ""
        if sign == "\n":
            return [self._run(at, at + 1)], at + 1
        if sign == "\\":
            if following == "\n":
                return [Run("\n", self._place(at + 1))], at + 2
            return ([self._run(at + 1, at + 2)], at + 2) if following and following in PUNCTUATION else (None, at)
        if sign in "*_":
            end = at
            while end < last and text[end] == sign:
                end += 1
            return [self._run(at, end)], end
        if sign == "[":
            label = LABEL.match(text, at, last)
            if label:
                return [replace(self._run(at + 2, at + 2 + len(label[1])), is_note=True)], label.end()
            return (None, at) if is_in_link else self._link(at, last)
        autolink = None if is_in_link else AUTOLINK.match(text, at, last)
        href = clean_address(autolink[1]) if autolink else ""
        if not autolink or not href:
            return None, at
        return [replace(self._run(at + 1, autolink.end() - 1), href=href)], autolink.end()

    def _link(self, at: int, last: int) -> tuple[list[Run] | None, int]:
        end = self.closing.get(at)
        target = None if end is None else TARGET.match(self.text, end + 1, last)
        if end is None or target is None:
            return None, at
        href = clean_address(target[1] if target[1] is not None else target[2])
        if not href:
            return None, at
        inner = self._nodes(at + 1, end, is_in_link=True)
        if not any(run.text and not run.is_break and not run.is_note for run in inner):
            return None, at
        linked = [run if run.is_break or run.is_note else replace(run, href=href) for run in inner]
        return linked, target.end()

    def _mark(self, at: int, end: int, first: int, last: int, node: int) -> _Mark:
        before = self.text[at - 1] if at > first else ""
        after = self.text[end] if end < last else ""
        is_free = self.text[at] == "*"
        return _Mark(
            node=node,
            sign=self.text[at],
            count=end - at,
            length=end - at,
            opens=not _is_blank(after) and (is_free or not _is_word(before)),
            closes=not _is_blank(before) and (is_free or not _is_word(after)),
        )


def _is_blank(sign: str) -> bool:
    return not sign or sign in BLANKS


def _is_word(sign: str) -> bool:
    return bool(sign) and unicodedata.category(sign)[0] in "LN"


def _closing_brackets(text: str) -> dict[int, int]:
    closing: dict[int, int] = {}
    begun: list[int] = []
    for bracket in BRACKET.finditer(text):
        if bracket[0] == "[":
            begun.append(bracket.start())
        elif bracket[0] == "]" and begun:
            closing[begun.pop()] = bracket.start()
    return closing


def _paired(nodes: list[Run], marks: Sequence[_Mark]) -> list[Run]:
    """The nodes as their marks say: paired as in CommonMark, but that an asterisk does not ask for its neighbours."""
    floors: dict[tuple[str, bool, int], int] = {}
    begun: list[_Mark] = []
    edges: dict[str, dict[int, int]] = {"strong": {}, "emphasis": {}}
    for closer in marks:
        while closer.closes and closer.count:
            floor = (closer.sign, closer.opens, closer.length % 3)
            place, least = len(begun) - 1, floors.get(floor, -1)
            while place > least and not _fits(begun[place], closer):
                place -= 1
            if place <= least:
                floors[floor] = len(begun) - 1
                break
            opener = begun[place]
            use = 2 if opener.count > 1 and closer.count > 1 else 1
            edge = edges["strong" if use == 2 else "emphasis"]
            edge[opener.node + 1] = edge.get(opener.node + 1, 0) + 1
            edge[closer.node] = edge.get(closer.node, 0) - 1
            opener.count -= use
            closer.count -= use
            left = nodes[opener.node]
            nodes[opener.node] = replace(left, text=left.text[:-use])
            right = nodes[closer.node]
            nodes[closer.node] = replace(right, text=right.text[use:], at=right.at + use)
            del begun[place + 1 if opener.count else place :]
            for key in floors:
                floors[key] = min(floors[key], len(begun) - 1)
        if closer.opens and closer.count:
            begun.append(closer)
    if not marks:
        return nodes
    shown, strong, emphasis = [], 0, 0
    for place, node in enumerate(nodes):
        strong += edges["strong"].get(place, 0)
        emphasis += edges["emphasis"].get(place, 0)
        is_text = not node.is_break and not node.is_note
        if is_text and (strong or emphasis):
            node = replace(node, strong=node.strong or strong > 0, emphasis=node.emphasis or emphasis > 0)
        shown.append(node)
    return shown


def _fits(opener: _Mark, closer: _Mark) -> bool:
    if opener.sign != closer.sign:
        return False
    is_either = opener.closes or closer.opens
    by_three = (opener.length + closer.length) % 3 == 0 and (opener.length % 3 or closer.length % 3)
    return not (is_either and by_three)


def _merged(nodes: Sequence[Run]) -> tuple[Run, ...]:
    """Neighbours that look alike and stand side by side in the source as one."""
    runs: list[Run] = []
    for node in nodes:
        if not node.text:
            continue
        last = runs[-1] if runs else None
        if last and last.ends_at == node.at and _look(last) == _look(node) and not (last.is_break or node.is_break):
            runs[-1] = replace(last, text=last.text + node.text)
        else:
            runs.append(node)
    return tuple(runs)


def _look(run: Run) -> tuple[bool, bool, str, bool, int]:
    # Two footnotes in a row stay two.
    return run.strong, run.emphasis, run.href, run.is_note, run.at if run.is_note else 0

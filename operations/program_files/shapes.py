"""How lists and keyed entries of a program file are read: everything that is wrong is found, not only the first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from operations.program_files.nodes import Block, Listing, Node, Scalar
from operations.program_files.problems import Findings
from operations.program_files.values import ReadScalar, Refusal, line, scalar, suggest, text

# Reads a node at a path; None when nothing usable stands there (and a problem was noted).
Read = Callable[[Node, str, Findings], Any]


@dataclass
class Entry:
    """A keyed entry as far as it could be read, with the line of each key."""

    path: str
    line: int
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        """The value, or None where it is missing or could not be read."""
        return self.values.get(key)

    def all(self, key: str) -> list[Any]:
        """The entries of a list; none where it is missing."""
        return self.values.get(key) or []

    def has(self, key: str) -> bool:
        """Whether something was written there, readable or not."""
        return key in self.lines

    def line_of(self, key: str) -> int:
        return self.lines.get(key, self.line)

    def path_of(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def plain(self) -> dict[str, Any]:
        """Plain values, all the way down."""
        return {key: _plain(value) for key, value in self.values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Entry):
        return value.plain()
    return [_plain(one) for one in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Key:
    """How the value of a key is read, and whether it must be there."""

    read: Read
    required: bool = False


def one(read: ReadScalar, *, required: bool = False) -> Key:
    """A key with a single value."""
    return Key(_single(read), required)


def many(read: Read, *, required: bool = False) -> Key:
    """A key with a list; a required one holds at least one entry."""

    def read_list(node: Node, path: str, findings: Findings) -> list[Any] | None:
        if not isinstance(node, Listing):
            findings.add(node.line, path, "Write a list here: each entry on a line of its own, after a dash.")
            return None
        if required and not node.entries:
            findings.add(node.line, path, "At least one entry is needed here.")
        entries = [read(inner, f"{path}[{place}]", findings) for place, inner in enumerate(node.entries, start=1)]
        return [entry for entry in entries if entry is not None]

    return Key(read_list, required)


def _single(read: ReadScalar) -> Read:
    def read_single(node: Node, path: str, findings: Findings) -> Any:
        try:
            value = read(scalar(node))
        except Refusal as refusal:
            findings.add(node.line, path, str(refusal))
            return None
        if value == "":
            findings.add(node.line, path, "Something must be written here.")
            return None
        return value

    return read_single


def words(longest: int) -> Read:
    """An entry of a list that is one line of text."""
    return _single(line(longest))


def levels(node: Node, path: str, findings: Findings) -> list[Entry] | None:
    """The levels of a criterion: from the least, the title before the colon and the description after it."""
    if not isinstance(node, Block):
        findings.add(node.line, path, "Write each level on a line of its own: its name, a colon, what it means.")
        return None
    known: dict[str, int] = {}
    found = []
    is_whole = True
    for key, value in node.pairs:
        title = _single(line(100))(key, path, findings)
        nothing = isinstance(value, Scalar) and (value.is_nothing or not value.text.strip())
        description = "" if nothing else _single(text(2000))(value, f"{path}.{key.text}", findings)
        if title is None or description is None:
            is_whole = False
            continue
        if title in known:
            findings.add(key.line, path, f"The level “{title}” stands here twice; the first is in line {known[title]}.")
        known[title] = key.line
        found.append(Entry(path, key.line, {"title": title, "description": description}))
    return found if is_whole else None


class Shape:
    """A keyed entry: which keys it may have, and how each is read. `called` says in words what it is."""

    def __init__(self, called: str, keys: Mapping[str, Key]) -> None:
        self.called = called
        self.keys = dict(keys)

    def __call__(self, node: Node, path: str, findings: Findings) -> Entry | None:
        """The entry; problems are noted, and what could be read is given all the same."""
        if not isinstance(node, Block):
            keys = ", ".join(list(self.keys)[:4])
            findings.add(node.line, path, f"{self.called} is written with keys of its own: {keys} …")
            return None
        entry = Entry(path, node.line)
        for key, value in node.pairs:
            self._take(entry, key, value, findings)
        for name, key_read in self.keys.items():
            if key_read.required and not entry.has(name):
                findings.add(entry.line, entry.path_of(name), f"{self.called} needs the key “{name}”.")
        self._check_sample(entry, findings)
        return entry

    def _take(self, entry: Entry, key: Scalar, value: Node, findings: Findings) -> None:
        path = entry.path_of(key.text)
        if key.text not in self.keys:
            findings.add(key.line, path, f"{self.called} has no key “{key.text}”.{suggest(key.text, self.keys)}")
            return
        if key.text in entry.lines:
            findings.add(
                key.line, path, f"This key stands here twice; the first is in line {entry.lines[key.text]}. Remove one."
            )
            return
        # The line on which the key stands: a value may begin further down.
        entry.lines[key.text] = key.line
        if isinstance(value, Scalar) and value.is_nothing:
            if self.keys[key.text].required:
                findings.add(key.line, path, "Something must be written here.")
            return
        read = self.keys[key.text].read(_at(value, key.line), path, findings)
        if read is not None:
            entry.values[key.text] = read

    def _check_sample(self, entry: Entry, findings: Findings) -> None:
        sample = entry.get("sample")
        for name in sample if isinstance(sample, list) else []:
            if name not in self.keys or name == "sample":
                findings.add(
                    entry.line_of("sample"),
                    entry.path_of("sample"),
                    f"{self.called} has no key “{name}” that could be a sample.{suggest(name, self.keys)}",
                )


def _at(node: Node, line_of_key: int) -> Node:
    """A single value is blamed at its key's line, where a reader looks for it."""
    return Scalar(node.text, line_of_key, node.is_plain) if isinstance(node, Scalar) else node


def sample(node: Node, path: str, findings: Findings) -> Any:
    """`true`, or the list of the keys that hold samples."""
    if isinstance(node, Listing):
        return many(words(60)).read(node, path, findings) or None
    if isinstance(node, Scalar) and node.text in ("true", "false"):
        return node.text == "true"
    findings.add(node.line, path, "Write true when all of it is a sample, or list the keys that are: [title, url].")
    return None

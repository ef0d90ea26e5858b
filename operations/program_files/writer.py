"""Writes a program's content as a program file that people like to read and that reads back as the same content."""

from collections.abc import Mapping
from io import StringIO
from textwrap import wrap
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, FoldedScalarString, LiteralScalarString

from programs.content import ProgramContent, plain_content

# Longer lines of running text are folded.
WIDTH = 110
# Bounds of what the emitter itself would break; it must not, it leaves a space behind.
ENDLESS = 1_000_000


def write_program(content: ProgramContent) -> str:
    """The text of a program file."""
    yaml = YAML()
    yaml.width = ENDLESS
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = StringIO()
    yaml.dump(_styled(plain_content(content)), stream)
    return stream.getvalue()


def _styled(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _styled_entry(value)
    if isinstance(value, list):
        return CommentedSeq(_styled(inner) for inner in value)
    return _styled_text(value) if isinstance(value, str) else value


def _styled_entry(entry: Mapping[str, Any]) -> CommentedMap:
    styled = CommentedMap()
    for key, value in entry.items():
        styled[key] = _levels(value) if key == "levels" else _styled(value)
        if key == "sample" and isinstance(value, list):
            styled[key].fa.set_flow_style()
        if key == "modules":
            _set_apart(styled)
    return styled


def _levels(levels: list[dict[str, str]]) -> CommentedMap:
    """The name of a level before the colon, what it means after it; nothing when nothing is said."""
    return CommentedMap(
        (_styled_text(one["title"]), _styled_text(one.get("description", "")) or None) for one in levels
    )


def _set_apart(program: CommentedMap) -> None:
    """A blank line before the list of modules and between them."""
    program.yaml_set_comment_before_after_key("modules", before="\n")
    for place in range(1, len(program["modules"])):
        program["modules"].yaml_set_comment_before_after_key(place, before="\n")


def _styled_text(text: str) -> str:
    if not all(one.isprintable() or one == "\n" for one in text):
        return DoubleQuotedScalarString(text)
    if "\n" in text:
        return LiteralScalarString(text + "\n")
    return _folded(text) if len(text) > WIDTH else text


def _folded(text: str) -> str:
    """One paragraph over several lines; only single spaces between words survive folding."""
    if "  " in text or "\N{NO-BREAK SPACE}" in text:
        return DoubleQuotedScalarString(text)
    folded = FoldedScalarString(text + "\n")
    place = 0
    places = []
    for line in wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)[:-1]:
        place += len(line) + 1
        places.append(place - 1)
    folded.fold_pos = places  # type: ignore[attr-defined]
    return folded

"""Tables for a spreadsheet. What people wrote stands in its cell as text, whatever a program would make of it."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

# What a spreadsheet takes for the beginning of a formula, also after blanks and in the wide forms of Chinese keyboards.
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# By this sign a spreadsheet knows a text, and shows the rest.
AS_TEXT = "'"
# Excel reads a table as UTF-8 only when it begins with this.
BYTE_ORDER_MARK = "\ufeff"


def safe_cell(value: Any) -> Any:
    """The value as it may stand in a cell: numbers as they are, a text that could run as a formula marked as text."""
    if not isinstance(value, str):
        return value
    return f"{AS_TEXT}{value}" if value.lstrip(" \u00a0").startswith(BEGINS_FORMULA) else value


def sheet(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A table as CSV that every spreadsheet opens."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([safe_cell(cell) for cell in head])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return f"{BYTE_ORDER_MARK}{written.getvalue()}".encode()

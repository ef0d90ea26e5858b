"""Tables for a spreadsheet: what somebody wrote runs in none, also where blanks come before it."""

import csv
import io

import pytest

from core.sheets import safe_cell, sheet


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "＝1", "＠A"]
)
def test_what_could_run_as_a_formula_is_marked_as_text(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Amara", "a=b", "", "3-4", 5, -5, 2.5, None])
def test_what_could_not_stays_as_it_is(value):
    assert safe_cell(value) == value


def test_lines_quotation_marks_and_letters_of_all_kinds_come_back():
    table = sheet(("Name", "Said"), [("Élodie, أمارا", 'She said: "wait"\nand went.'), ("=1", 3)])

    assert table.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(table.decode("utf-8-sig"), newline="")))
    assert rows == [["Name", "Said"], ["Élodie, أمارا", 'She said: "wait"\nand went.'], ["'=1", "3"]]

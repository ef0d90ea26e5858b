"""Loading and writing back: once each, all or nothing, and the same content whichever way."""

import threading
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import Entry
from operations.program_files import (
    BrokenProgramFile,
    Outcome,
    hash_content,
    load_programs,
    open_program_file,
    read_program_file,
    write_program,
)
from programs.content import ProgramContent, plain_content, read_content
from programs.models import Credit, Program, ProgramVersion
from tests import cast
from tests.cast import WEEK_3, WEEK_6
from tests.operations.small_program import SMALL, spoiled

SHIPPED = [Path("operations/programs/cpv.yaml"), Path("operations/programs/loa.yaml")]


def load(*texts, now=WEEK_3):
    files = [read_program_file(text.encode(), f"{place}.yaml") for place, text in enumerate(texts)]
    return load_programs(files=files, actor=None, now=now)


def rows():
    """Everything that loading could change."""
    return [list(model.objects.order_by("pk").values()) for model in (Program, ProgramVersion, Credit, Entry)]


@pytest.mark.django_db
def test_a_new_file_is_a_new_program_with_its_first_version():
    [loaded] = load(SMALL)
    program = Program.objects.get(slug="negotiating")
    assert loaded.outcome is Outcome.NEW_PROGRAM
    assert (program.code, program.title, program.office_email) == (
        "NEG", "Negotiating Across Borders", "neg-office@example.org",
    )  # fmt: skip
    assert loaded.version.number == 1
    assert loaded.version.source == SMALL
    assert ProgramVersion.objects.get().outline == read_program_file(SMALL.encode(), "").content
    assert [str(credit) for credit in program.credits.all()] == ["A. Sample, faculty chair"]
    assert Entry.objects.about(loaded.version).get().scope == program.scope


@pytest.mark.django_db
def test_loading_again_changes_no_row():
    load(SMALL)
    before = rows()
    [again] = load("# another comment\n" + SMALL, now=WEEK_6)
    assert again.outcome is Outcome.UNCHANGED
    assert rows() == before


@pytest.mark.django_db
def test_changed_content_is_a_new_version_and_an_older_content_is_found_again():
    load(SMALL)
    [changed] = load(spoiled("title: Read first", "title: Read this first"), now=WEEK_6)
    assert (changed.outcome, changed.version.number) == (Outcome.NEW_VERSION, 2)
    before = rows()
    [older] = load(SMALL, now=WEEK_6)
    assert (older.outcome, older.version.number) == (Outcome.UNCHANGED, 1)
    assert rows() == before


@pytest.mark.django_db
def test_what_the_office_changed_stays_until_the_file_changes_it():
    load(SMALL)
    Program.objects.update(title="Negotiating, Well", office_email="real@example.org")
    load(spoiled("title: Read first", "title: Read this first"))
    program = Program.objects.get()
    assert (program.title, program.office_email) == ("Negotiating, Well", "real@example.org")
    load(spoiled("title: Negotiating Across Borders", "title: Negotiating Abroad"))
    program.refresh_from_db()
    assert (program.title, program.office_email) == ("Negotiating Abroad", "real@example.org")


@pytest.mark.django_db
def test_a_code_is_kept_and_belongs_to_one_program():
    load(SMALL)
    before = rows()
    with pytest.raises(BrokenProgramFile, match=r"0.yaml, line 3, code: The program “negotiating” has the code NEG"):
        load(spoiled("code: NEG", "code: NGT"))
    with pytest.raises(BrokenProgramFile, match=r"line 3, code: The program “negotiating” has the code NEG already"):
        load(spoiled("slug: negotiating", "slug: haggling"))
    with pytest.raises(BrokenProgramFile, match=r"1.yaml, line 2, slug: “new” is the program of 0.yaml, too"):
        load(*[spoiled("slug: negotiating\ncode: NEG", "slug: new\ncode: NEW")] * 2)
    assert rows() == before


@pytest.mark.django_db
def test_both_shipped_programs_load_and_load_again_without_a_change():
    out = StringIO()
    call_command("load_program", *SHIPPED, stdout=out)
    assert out.getvalue() == (
        "Creating Public Value · version 1: a new program\n"
        "Leadership, Organizing and Action: Leading Change · version 1: a new program\n"
    )
    before = rows()
    call_command("load_program", *SHIPPED, stdout=StringIO())
    assert rows() == before


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["cpv", "loa"])
def test_loading_what_was_dumped_changes_no_row(slug, tmp_path):
    call_command("load_program", *SHIPPED, stdout=StringIO())
    before = rows()
    out = StringIO()
    call_command("dump_program", slug, stdout=out)
    (tmp_path / "dumped.yaml").write_text(out.getvalue(), encoding="utf-8")
    call_command("load_program", tmp_path / "dumped.yaml", stdout=StringIO())
    assert rows() == before


@pytest.mark.django_db
def test_a_version_is_dumped_by_its_number_and_with_its_comments_if_wished():
    load(SMALL)
    load(spoiled("title: Read first", "title: Read this first"))
    out, as_loaded = StringIO(), StringIO()
    call_command("dump_program", "negotiating", "--version", "1", stdout=out)
    call_command("dump_program", "negotiating", "--version", "1", "--as-loaded", stdout=as_loaded)
    assert "title: Read first" in out.getvalue()
    assert as_loaded.getvalue() == SMALL
    with pytest.raises(CommandError, match="no program “negotiating” with version 7; it has version 1, 2"):
        call_command("dump_program", "negotiating", "--version", "7")
    with pytest.raises(CommandError, match="no program “nego”; load its file first"):
        call_command("dump_program", "nego")


@pytest.mark.django_db
def test_the_command_tells_the_problems_of_all_files_and_loads_none(tmp_path):
    good, bad, worse = tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "worse.yaml"
    good.write_text(SMALL)
    bad.write_text(spoiled("weeks: 4", "weeks: four"))
    worse.write_bytes(b"\x00")
    err = StringIO()
    with pytest.raises(CommandError, match="3 problems; nothing was loaded") as refused:
        call_command("load_program", good, bad, worse, tmp_path / "missing.yaml", stderr=err)
    told = err.getvalue().splitlines()
    assert told[0].startswith(f"{bad}, line 5, weeks: ")
    assert told[1].startswith(f"{worse}, line 1: This is no text file")
    assert told[2] == f"{tmp_path / 'missing.yaml'}, line 1: The file cannot be opened: No such file or directory."
    assert len(told) == 3
    assert refused.value.returncode == 1
    assert not Program.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_wrong_throughout_does_not_fill_the_screen(tmp_path):
    (tmp_path / "bad.yaml").write_text("a:\n" * 1000)
    err = StringIO()
    with pytest.raises(CommandError, match="1008 problems"):
        call_command("load_program", tmp_path / "bad.yaml", stderr=err)
    assert len(err.getvalue().splitlines()) == 101


@pytest.mark.django_db
def test_checking_changes_nothing(tmp_path):
    (tmp_path / "good.yaml").write_text(SMALL)
    out = StringIO()
    call_command("load_program", "--check", tmp_path / "good.yaml", stdout=out)
    assert out.getvalue() == f"{tmp_path / 'good.yaml'}: right\n"
    assert not Program.objects.exists()


@pytest.mark.django_db
def test_a_failure_in_the_second_file_leaves_nothing_of_the_first():
    cast.make_program(code="NEG")
    before = rows()
    first = spoiled("slug: negotiating\ncode: NEG", "slug: other\ncode: OTH")
    with pytest.raises(BrokenProgramFile):
        load(first, SMALL)
    assert rows() == before


@pytest.mark.django_db(transaction=True)
def test_two_loads_at_once_make_one_version():
    barrier = threading.Barrier(4)
    outcomes, failures = [], []

    def run():
        try:
            barrier.wait()
            outcomes.append(load(SMALL)[0].outcome)
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(outcome.name for outcome in outcomes) == ["NEW_PROGRAM"] + ["UNCHANGED"] * 3
    assert ProgramVersion.objects.count() == 1


# Whatever a text may hold: no control characters, no halves of characters, no separators that nobody sees.
LETTERS = st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
TRICKY = st.sampled_from(["yes", "null", "~", "12", "- a", "a: b", "#", "'", '"'])
LINES = (st.text(LETTERS, min_size=1, max_size=150) | TRICKY).map(str.strip).filter(bool)
TEXTS = (
    st.lists(LINES | st.sampled_from(["", "   indented", "- item", "\ttab"]), min_size=1, max_size=6)
    .map(lambda lines: "\n".join(line.rstrip() for line in lines).strip())
    .filter(bool)
)
SAMPLES = st.sampled_from([False, True, ["title"], ["title", "kind"]])


ALIGNMENTS = st.fixed_dictionaries(dict.fromkeys(("criterion", "framework", "version"), LINES))


def keyed(key, **fields):
    return st.fixed_dictionaries({"key": st.just(key)} | fields)


@st.composite
def modules(draw, number):
    levels = draw(st.lists(LINES.filter(lambda one: len(one) <= 100), min_size=2, max_size=4, unique=True))
    rubric = [
        {
            "key": "one",
            "title": draw(LINES),
            "levels": [{"title": one, "description": draw(TEXTS | st.just(""))} for one in levels],
        }
    ]
    assignment = {
        "kind": draw(st.sampled_from(["reflection", "exercise", "practice", "project"])),
        "answered_by": draw(st.sampled_from(["teaching_fellow", "peers", "on_handing_in"])),
        "prompt": draw(TEXTS),
        "due": f"week {number + 1}, {draw(st.sampled_from(['Monday', 'Sunday']))}, 23:59",
    } | ({"rubric": rubric} if draw(st.booleans()) else {})
    read = draw(keyed("read", kind=st.just("reading"), title=LINES, body=TEXTS, sample=SAMPLES, required=st.booleans()))
    work = draw(keyed("work", kind=st.just("assignment"), title=LINES, minutes=st.integers(1, 500)))
    return {
        "key": f"module-{number}",
        "kind": draw(st.sampled_from(["orientation", "core", "wrap_up"])),
        "title": draw(LINES),
        "release": f"week {number}, Monday, 09:00",
        "introduction": draw(TEXTS),
        "sample": draw(SAMPLES),
        "items": [read, work | {"assignment": assignment}],
    } | ({"number": number} if draw(st.booleans()) else {})


@st.composite
def programs(draw):
    return {
        "slug": "generated",
        "code": "GEN",
        "title": draw(LINES),
        "weeks": draw(st.integers(5, 52)),
        "order": draw(st.sampled_from(["strict", "calendar"])),
        "summary": draw(TEXTS),
        "form": draw(st.lists(LINES, max_size=3)),
        "ecq": draw(st.lists(ALIGNMENTS, max_size=2)),
        "office": "office@example.org",
        "modules": [draw(modules(number)) for number in range(1, draw(st.integers(2, 4)))],
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_what_is_written_reads_back_as_the_same_content(plain):
    content = read_content(plain)
    again = read_program_file(write_program(content).encode(), "generated.yaml").content
    assert again == content
    assert hash_content(again) == hash_content(content)
    assert read_content(plain_content(content)) == content


@pytest.mark.parametrize("path", SHIPPED, ids=["cpv", "loa"])
def test_the_shipped_files_read_back_as_the_same_content(path):
    content = open_program_file(path).content
    written = write_program(content)
    assert read_program_file(written.encode(), "").content == content
    assert write_program(read_program_file(written.encode(), "").content) == written


def test_a_key_that_is_left_at_its_default_is_not_kept():
    plain = plain_content(read_program_file(SMALL.encode(), "").content)
    assert "level" not in plain
    assert "required" not in plain["modules"][0]["items"][0]
    assert plain["modules"][1]["items"][0]["required"] is False


def test_a_key_of_a_later_release_is_passed_over():
    plain = plain_content(read_program_file(SMALL.encode(), "").content)
    assert isinstance(read_content(plain | {"accreditation": "later"}), ProgramContent)

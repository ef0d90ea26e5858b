"""Reading and checking: every mistake is told with file, line and key, all of them at once."""

import pytest

from operations.program_files import BrokenProgramFile, read_program_file
from tests.operations.small_program import SMALL, line_with, spoiled


def read(text):
    return read_program_file(text.encode() if isinstance(text, str) else text, "neg.yaml")


def problems_of(text):
    with pytest.raises(BrokenProgramFile) as broken:
        read(text)
    return broken.value.problems


def the_problem_of(text):
    [problem] = problems_of(text)
    assert problem.file == "neg.yaml"
    return problem


def test_a_small_file_is_read():
    content = read(SMALL).content
    assert [module.key for module in content.modules] == ["prepare", "meet"]
    paper = content.modules[0].items[1].assignment
    assert str(paper.due) == "week 2, Sunday, 23:59"
    assert [level.title for level in paper.rubric[0].levels] == ["Not yet", "Fully"]
    assert content.modules[0].introduction == "What do they want?\n\nAnd what do *you* want?"
    assert content.is_sample_at("credits")
    assert not content.is_sample_at("title")
    assert content.modules[1].items[0].required is False


def test_comments_order_of_keys_and_quoting_do_not_count_as_content():
    other = spoiled(
        "code: NEG\ntitle: Negotiating Across Borders", 'title: "Negotiating Across Borders"\ncode: NEG # !'
    )
    assert read(other).content_hash == read(SMALL).content_hash
    assert read(SMALL.replace("\n", "\r\n")).content_hash == read(SMALL).content_hash
    assert read("\ufeff" + SMALL).content_hash == read(SMALL).content_hash
    assert read(spoiled("Prepare\n    practice", "Prepare!\n    practice")).content_hash != read(SMALL).content_hash


FIRST = "modules[1]"
PAGE, PAPER = f"{FIRST}.items[1]", f"{FIRST}.items[2].assignment"
LIVE = "modules[2].items[1]"


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("    release: week 1", "    relase: week 1", f"{FIRST}.relase", "Did you mean “release”?"),
        ("answered_by: teach", "answered-by: teach", f"{PAPER}.answered-by", "Did you mean “answered_by”?"),
        ("        required: false", "        Required: false", f"{LIVE}.Required", "Did you mean “required”?"),
        ("kind: reading", "kind: readings", f"{PAGE}.kind", "Did you mean “reading”?"),
        ("order: calendar", "order: whenever", "order", "strict, calendar"),
        ("Monday, 09:00\n    intro", "Mon, 09:00\n    intro", f"{FIRST}.release", "write week 1, Monday, 09:00"),
        ("week 2, Sunday, 23:59", "week 2, Sunday, 24:00", f"{PAPER}.due", "23:59"),
        ("week 2, Sunday, 23:59", "2027-02-30, 23:59", f"{PAPER}.due", "does not exist"),
        ("week 2, Sunday, 23:59", "2027-02-14, 23:59", f"{PAPER}.due", "counts weeks"),
        ("week 2, Sunday, 23:59", "week 1, Monday, 09:00", f"{PAPER}.due", "not after the module opens"),
        ("week 3, Sunday, 23:59", "week 2, Saturday, 23:59", f"{PAPER}.closes", "before it is due"),
        ("due: week 2", "due: week 21", f"{PAPER}.due", "the program has 4 weeks"),
        ("at: week 4", "at: week 14", f"{LIVE}.meeting.at", "the program has 4 weeks"),
        ("weeks: 4", "weeks: four", "weeks", "no whole number"),
        ("weeks: 4", "weeks: 4.5", "weeks", "no whole number"),
        ("minutes: 60", "minutes: 3", f"{LIVE}.meeting.minutes", "from 5 to 720"),
        ("number: 1", "number: 0", f"{FIRST}.number", "from 1"),
        ("number: 1", "number: 99999999999", f"{FIRST}.number", "no whole number"),
        ("min_words: 100", "min_words: 500", f"{PAPER}.max_words", "exchange the two"),
        ("required: false", "required: no", f"{LIVE}.required", "write false"),
        ("key: prepare", "key: Prépare it", f"{FIRST}.key", "write prepare-it"),
        ("code: NEG", "code: neg", "code", "capital letters"),
        ("neg-office@example.org", "neg-office", "office", "no e-mail address"),
        ("practice: Preparing", "practice: Preparin", f"{FIRST}.practice", "Did you mean “Preparing”?"),
        ("sample: [credits]", "sample: [credit]", "sample", "Did you mean “credits”?"),
        ("sample: [credits]", "sample: perhaps", "sample", "Write true"),
        ("title: Prepare", "title:", f"{FIRST}.title", "Something must be written here"),
        ("title: Prepare", "title: []", f"{FIRST}.title", "a single value"),
        ("title: Prepare", f"title: {'x' * 201}", f"{FIRST}.title", "at most 200"),
        ("title: Prepare", 'title: "a\\0b"', f"{FIRST}.title", "invisible character (code 0)"),
        ("title: Prepare", 'title: "a\\uD800b"', f"{FIRST}.title", "invisible character"),
        ("body: A page.", 'body: ""', f"{PAGE}.body", "Something must be written here"),
        ("body: A page.", "minutes: 5", f"{PAGE}.body", "A reading needs its text"),
        ("body: A page.", "body: A page.\n        transcript: A", f"{PAGE}.transcript", "Only an item of kind video"),
        ("body: A page.", "body: A page.\n        url: ftp://example.org/", f"{PAGE}.url", "https://example.org/"),
        ("body: A page.", "body: A page.\n        url: javascript:alert(1)", f"{PAGE}.url", "https://example.org/"),
        ("answered_by: teaching_fellow", "answered_by: on_handing_in", f"{PAPER}.feedback_days", "none will come"),
        ("Not yet: Nothing went wrong.\n" + " " * 16, "", f"{PAPER}.rubric[1].levels", "at least two levels"),
        ("Fully: Something", "Not yet: Something", f"{PAPER}.rubric[1].levels", "stands here twice"),
        ("title: Negotiating Across Borders", "title: One\ntitle: Two", "title", "the first is in line 4"),
        ("key: paper", "key: read", "modules[1].items[2].key", "give each its own key"),
        ("key: meet", "key: prepare", "modules[2].key", "give each its own key"),
        ("practices: [Preparing]", "practices: Preparing", "practices", "Write a list"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_key_and_what_to_do(old, new, key, says):
    text = spoiled(old, new)
    matching = [problem for problem in problems_of(text) if problem.key == key]
    assert len(matching) == 1, problems_of(text)
    assert says in matching[0].message
    # The key really stands in the line that is named, or the entry that lacks it begins there.
    named = text.splitlines()[matching[0].line - 1]
    assert key.rpartition(".")[2].split("[")[0] in named or named.lstrip().startswith(("- ", "Not yet", "Fully"))


def test_the_line_is_that_of_the_key():
    text = spoiled("due: week 2, Sunday, 23:59", "due: week 2, Sunday, 25:00")
    problem = the_problem_of(text)
    assert problem.line == line_with("25:00", text)
    assert str(problem).startswith(f"neg.yaml, line {problem.line}, modules[1].items[2].assignment.due: “week 2")


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file():
    text = spoiled("weeks: 4", "weeks: no")
    text = spoiled("kind: reading", "kind: raeding", text=text)
    text = spoiled("week 3, Sunday", "week 3, Sonday", text=text)
    text = spoiled("minutes: 60", "minuts: 60", text=text)
    found = problems_of(text)
    assert [problem.key for problem in found] == [
        "weeks",
        "modules[1].items[1].kind",
        "modules[1].items[2].assignment.closes",
        "modules[2].items[1].meeting.minuts",
    ]
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)


@pytest.mark.parametrize("key", ["slug", "code", "title", "weeks", "order", "summary", "office", "modules"])
def test_what_a_program_needs_is_missed(key):
    lines = SMALL.splitlines()
    without = [line for line in lines if not line.startswith(f"{key}:")]
    if key == "modules":
        without = lines[: line_with("modules:") - 1]
    assert f"A program needs the key “{key}”." in [problem.message for problem in problems_of("\n".join(without))]


def test_numbers_rise_from_module_to_module():
    text = spoiled("    title: Live class\n    release", "    number: 1\n    title: Live class\n    release")
    assert "1 comes after 1" in the_problem_of(text).message


def test_a_live_module_needs_something_live():
    text = spoiled("        kind: live\n", "        kind: page\n        body: A page.\n")
    keys = [problem.key for problem in problems_of(text)]
    assert keys == ["modules[2]", "modules[2].items[1].meeting"]


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (b"", 1, "empty"),
        (b"# only a comment\n", 1, "empty"),
        (b"slug: a\n\x00\x01binary", 2, "no text file"),
        (b"slug: caf\xe9\n", 1, "not in UTF-8"),
        (b'slug: a\ntitle: "a\\UFFFFFFFF"\n', 2, "no character of the code"),
        (b'slug: a\ntitle: "a\\U00110000"\n', 2, "no character of the code"),
        (b"slug: a\ncode: \xff\n", 2, "not in UTF-8"),
        (SMALL.encode("utf-16"), 1, "text"),
        (b"slug: a\ntitle: \x07\n", 2, "code 7"),
        (b"x" * (1024 * 1024 + 1), 1, "larger than 1024 KiB"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", 1, "Anchors"),
        (b"slug: a\nb: *a\n", 2, "References"),
        (b"slug: a\nb: !!python/object/apply:os.system [ls]\n", 2, "Tags"),
        (b"slug: " + b"[" * 3000, 1, "nested too deeply"),
        (b"slug: a\n" + b"".join(b" " * i + b"a:\n" for i in range(60)), 21, "nested too deeply"),
        (b"slug: a\n---\nslug: b\n", 2, "second document"),
        (b"slug: a\ntitle: Leading: Change\n", 2, "quotation marks"),
        (b"slug: a\n  code: B\n", 2, "indented too far"),
        (b"modules:\n\t- key: a\n", 2, "tab"),
        (b'slug: a\ntitle: "open\n\n\n', 2, "never closed"),
        (b"slug: a\nform: [a, b\n", 2, "not closed"),
        (b"- a\n- b\n", 1, "written with keys"),
        (b"just words\n", 1, "written with keys"),
        (b"? [a, b]\n: c\n", 1, "A key is a single word"),
    ],
)
def test_a_file_that_is_no_program_file_is_refused_in_plain_words(data, line, says):
    problem = problems_of(data)[0]
    assert says in problem.message
    assert problem.line == line


def test_an_entry_that_should_have_keys_says_which():
    problem = the_problem_of(spoiled("  - key: meet", "  - surprise\n  - key: meet"))
    assert problem.key == "modules[2]"
    assert "key, kind, title" in problem.message


WITH_TIME = "office: neg-office@example.org\nself_extension:\n  hours: 36"


def test_more_time_without_asking_is_once_for_half_of_the_work_unless_the_file_says_more():
    plain = read(spoiled("office: neg-office@example.org", WITH_TIME)).content.self_extension
    said = WITH_TIME + "\n  per_assignment: 2\n  until_hours_after_due: 0\n  share: 0.25"
    full = read(spoiled("office: neg-office@example.org", said)).content.self_extension

    assert (plain.hours, plain.per_assignment, plain.until_hours_after_due, plain.share) == (36, 1, 24, 0.5)
    assert (full.per_assignment, full.until_hours_after_due, full.share) == (2, 0, 0.25)
    assert read(SMALL).content.self_extension is None


@pytest.mark.parametrize("share", ["half", "0", "1.5", "0.333", "-0.5", "50%"])
def test_a_share_is_more_than_nothing_and_at_most_all(share):
    problem = the_problem_of(spoiled("office: neg-office@example.org", f"{WITH_TIME}\n  share: {share}"))

    assert problem.key == "self_extension.share"
    assert "such as 0.5 for a half" in problem.message

"""What readers see of a paper's source, and where each character of it stands."""

import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assignments.quoting import find_shown
from assignments.source import outline_of, page_of, read, words_of
from assignments.source.blocks import runs_of
from core.markdown import render

PAPER = """# What I did

I asked **ten** neighbours[^1]; _one_ said: 5 * 3 = 15.
And the next line.

- first, a [link](https://example.org/a_(b))
  - nested
- second

1. one
2. two

> He said **no**.

---

[^1]: In May. \\*Not\\* slanted.
"""


def shown(text, spans=(), prefix="remark"):
    return BeautifulSoup(page_of(text, spans).html(prefix), "html.parser")


def test_a_paper_reads_as_it_was_written():
    page = shown(PAPER)

    assert page.h2.get_text() == "What I did"
    assert [one.get_text() for one in page("strong")] == ["ten", "no"]
    assert page.em.get_text() == "one"
    assert page.ul.li.p.get_text() == "first, a link"
    assert page.ul.li.ul.li.get_text() == "nested"
    assert [one.get_text() for one in page.ol("li")] == ["one", "two"]
    assert page.blockquote.get_text() == "He said no."
    assert page.find("a", href="https://example.org/a_(b)").get_text() == "link"
    assert page.find(id="remark-note-1").get_text() == "In May. *Not* slanted."
    assert page.sup.a["href"] == "#remark-note-1"
    assert page.hr
    assert page.br
    assert not any(sign in page.get_text() for sign in ("**", "#", "[^", "](", "\\"))


def test_a_passage_is_found_as_it_reads_and_marked_in_its_source():
    place = find_shown(PAPER, "asked ten neighbours1; one said")

    assert PAPER[slice(*place)] == "asked **ten** neighbours[^1]; _one_ said"
    assert words_of(PAPER).between(*place) == "asked ten neighbours1; one said"
    page = shown(PAPER, [place])
    assert "".join(mark.get_text() for mark in page("mark")) == "asked ten neighbours1; one said"
    assert [number.get_text() for number in page(class_="remark-number")] == ["1"]


def test_a_passage_over_two_paragraphs_of_a_list_is_found():
    first, last = find_shown(PAPER, "a link\n\nnested\n\nsecond")

    assert PAPER[first:last] == "a [link](https://example.org/a_(b))\n  - nested\n- second"


def test_the_passage_near_its_place_is_meant():
    text = "I asked. **I** asked. I asked."

    assert find_shown(text, "I asked", near=11) == (11, 20)


@pytest.mark.parametrize("ends_at", [6, 7, 8, 9])
def test_a_comment_that_ends_within_a_mark_keeps_its_number(ends_at):
    page = shown("A **bold** word", [(0, ends_at)])

    assert len(page(class_="remark-number")) == 1


def test_a_number_never_stands_inside_a_link():
    page = shown("See [my notes](https://example.org).", [(5, 13)])

    assert page.find("a", href="https://example.org").find("a") is None
    assert page.find(id="remark-passage-1")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> <img src=x onerror=alert(1)>",
        "[x](javascript:alert(1)) [y](data:text/html,x) <javascript:alert(1)>",
        '[x](https://example.org/"onmouseover="alert(1))',
        "![p](https://example.org/p.png) ```\ncode\n```",
        '[^"><script>]: x',
    ],
)
def test_nothing_that_was_typed_runs(text):
    page = shown(text)

    assert not page(["script", "img", "iframe", "style"])
    assert all(link["href"].startswith(("https://", "http://", "mailto:", "#")) for link in page("a"))
    assert not any(name.startswith("on") for one in page(True) for name in one.attrs)


def test_two_papers_on_one_page_have_notes_of_their_own():
    assert shown("A[^1]\n\n[^1]: B", prefix="attempt-1").find(id="attempt-1-note-1")


def test_attempts_are_compared_without_their_marks():
    assert (
        outline_of("# A\n\n- **b**\n\n3. c\n\n> d[^1]\n\n---\n\n[^1]: e") == "A\n\n• b\n\n3. c\n\n> d[1]\n\n⁂\n\n[1] e"
    )


# What both read alike; where we differ from CommonMark on purpose stands in docs/decisions.
@pytest.mark.parametrize(
    "text",
    [
        "# A\n\n## B\n\nC **d** *e* ***f*** **g *h* i** *a **b***",
        "- a\n- b\n  - c\n\n    d\n- e\n\n1. f\n2. g\n\n3) h",
        "> a\n> b\n>\n> > c",
        "[a *b*](https://example.org/x_(y)) <https://example.org/z> \\*c\\* \\[d\\](e)",
        "a*b*c _d_ e_f_g **(h)** 2 * 3 * 4 *i",
        "# A #\n\n####### b\n\n***\n\n- - -",
    ],
)
def test_clean_sources_read_as_in_commonmark(text):
    def outline(html):
        signs = []
        for words in BeautifulSoup(html, "html.parser").find_all(string=lambda words: words.strip()):
            around = [
                one.get("href") or one.name for one in words.parents if one.name not in ("span", "p", "[document]")
            ]
            signs += [(sign, sorted(around)) for sign in words if not sign.isspace()]
        return signs

    assert outline(page_of(text).html()) == outline(render(text))


SIGNS = st.text("ab*_[]()^1:<>\\#-+.` \t\nhttps:/é日\u3000👍🏽|&\"'", max_size=60)


@settings(max_examples=400, deadline=None)
@given(SIGNS)
@example("*a **b *c** d*\n- [^1]: **[x](https://a.b)**")
def test_every_character_that_is_shown_stands_at_its_place(text):
    runs = list(runs_of(read(text)))

    assert all(text[run.at : run.ends_at] == run.text for run in runs if not run.is_break)
    assert [run.at for run in runs] == sorted(run.at for run in runs)
    words = words_of(text)
    assert all(text[place] == sign for sign, place in zip(words.text, words.places, strict=True) if not sign.isspace())


@settings(max_examples=200, deadline=None)
@given(SIGNS)
def test_letters_are_never_lost(text):
    kept = "".join(re.findall(r"[é日👍]", words_of(text).text))

    assert kept == "".join(re.findall(r"[é日👍]", text))


# Each would take hours with a reader that looks at its text again from every sign.
@pytest.mark.parametrize(
    "odd", ["[", "[a](", "*a _b [c **d ", "a **b", "\\", "<https://", "> ", "- ", "-\n", " ", "# "]
)
def test_the_oddest_text_is_read_to_its_end(odd):
    text = (odd * 100_000)[:100_000]

    assert len(words_of(f"{text}é").text) <= len(text) + 1


def test_only_texts_as_long_as_a_paper_are_remembered():
    """Of a text of half a million characters what is read of it takes twenty megabytes."""
    paper, book = "A word. " * 1000, "A word. " * 10_000

    assert words_of(paper) is words_of(paper)
    assert words_of(book) is not words_of(book)
    assert words_of(book) == words_of(book)
    assert words_of(book).text == book.strip()

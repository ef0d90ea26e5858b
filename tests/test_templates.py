"""Rules for every template: nothing that the content policy refuses, nothing that trusts a text too much."""

import re
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted(path for path in ROOT.glob("**/templates/**/*.html") if not {".venv", "tests"} & set(path.parts))
# A mail is no page: no content policy reaches it, and mail programs know no other style than what stands in it.
PAGES = [path for path in TEMPLATES if "mail" not in path.relative_to(ROOT).parts]

INLINE_STYLE = re.compile(r"""<style\b|<[^>]+\sstyle\s*=""", re.IGNORECASE)
INLINE_HANDLER = re.compile(
    r"""<[^>]+\son[a-z]+\s*=\s*["']|(?:href|src|action)\s*=\s*["']\s*javascript:""", re.IGNORECASE
)
# Data blocks are no scripts: the browser does not run them.
SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)(?![^>]*\btype=.application/json)", re.IGNORECASE)
TRUSTING = re.compile(r"\|\s*safe\b|\|\s*safeseq\b|\{%\s*autoescape\s+off")
BOOTSTRAP_BAR = re.compile(r"""class=["'][^"']*\bprogress-bar\b""")


def short(path):
    return str(path.relative_to(ROOT))


def breaking(pattern, paths):
    return [short(path) for path in paths if pattern.search(path.read_text())]


def test_there_are_templates_to_look_at():
    assert len(PAGES) > 60
    assert len(TEMPLATES) > len(PAGES)


def test_no_page_has_a_style_of_its_own():
    assert breaking(INLINE_STYLE, PAGES) == []


def test_no_page_has_a_script_of_its_own():
    assert breaking(SCRIPT, PAGES) == []
    assert breaking(INLINE_HANDLER, PAGES) == []


def test_no_template_trusts_a_text_without_looking():
    assert breaking(TRUSTING, TEMPLATES) == []


def test_no_page_uses_a_bar_whose_width_is_an_inline_style():
    assert breaking(BOOTSTRAP_BAR, PAGES) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (INLINE_STYLE, '<p class="x" style="color: red">'),
        (INLINE_STYLE, "<style>p {}</style>"),
        (INLINE_HANDLER, '<a href="javascript:void 0">'),
        (INLINE_HANDLER, "<button onclick='go()'>"),
        (SCRIPT, "<script>go()</script>"),
        (TRUSTING, "{{ text|safe }}"),
        (TRUSTING, "{% autoescape off %}"),
        (BOOTSTRAP_BAR, '<div class="progress-bar w-50">'),
    ],
)
def test_each_rule_finds_what_it_forbids(pattern, text):
    assert pattern.search(text)


@pytest.mark.parametrize("path", TEMPLATES, ids=short)
def test_every_template_can_be_read(path):
    get_template(str(path.relative_to(next(parent for parent in path.parents if parent.name == "templates"))))


def test_only_the_tokens_name_a_colour():
    colour = re.compile(r"#[0-9a-f]{3,8}\b|\brgba?\(\s*\d", re.IGNORECASE)
    sheets = [path for path in (ROOT / "static").glob("**/*.css") if path.name not in ("tokens.css", "print.css")]

    found = {short(path): colour.findall(without_pictures(path.read_text())) for path in sheets}

    assert len(sheets) > 3
    assert {path: colours for path, colours in found.items() if colours} == {}


def without_pictures(css):
    """A picture written into a sheet cannot name a variable."""
    return re.sub(r"url\([^)]*\)", "", css)


def test_an_unknown_status_is_noticed():
    with pytest.raises(KeyError):
        engines["django"].from_string('{% load look %}{% chip "lste" "Late" %}').render()


def test_a_status_is_said_in_words_beside_its_sign():
    chip = engines["django"].from_string('{% load look %}{% chip "late" words %}').render({"words": "<Late>"})

    assert "&lt;Late&gt;" in chip
    assert 'aria-hidden="true"' in chip

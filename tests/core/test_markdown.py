import pytest
from django.utils.safestring import SafeString

from core.markdown import render


def test_markdown_becomes_html_below_the_pages_own_heading():
    html = render("# Read first\n\nOne *word*, “two”.\n\n- a\n- b\n\n| x | y |\n|---|---|\n| 1 | 2 |")

    assert isinstance(html, SafeString)
    assert "<h2>Read first</h2>" in html
    assert "<em>word</em>" in html
    assert "<li>a</li>" in html
    assert "<td>1</td>" in html
    assert "<h1" not in html


def test_the_lowest_heading_stays_a_heading():
    assert render("###### Small") == "<h6>Small</h6>\n"


def test_links_lead_out_without_a_trace():
    assert render("[a map](https://example.org/m)") == (
        '<p><a href="https://example.org/m" rel="noopener noreferrer">a map</a></p>\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.example/x.png)",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        '<https://example.org/" onmouseover=alert(1)>',
        "<a href='javascript:alert(1)'>x</a>",
        "```\n<script>\n```",
        '[x](https://example.org "\\" onclick=alert(1) ")',
    ],
)
def test_nothing_in_a_text_runs_as_code(text):
    html = render(text).lower()

    for tag in ("<script", "<img", "<iframe", "<style"):
        assert tag not in html
    for attribute in (' onerror="', ' onclick="', ' onmouseover="', 'href="javascript', 'href="data', 'href="vbscript'):
        assert attribute not in html


def test_an_empty_text_is_nothing():
    assert render("") == ""

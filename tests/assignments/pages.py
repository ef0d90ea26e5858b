"""What tests read from a page of the desk, and what such a page sends."""

from uuid import uuid4

from bs4 import BeautifulSoup

from tests.assignments.answering import all_levels


def page(reply):
    return BeautifulSoup(reply.content, "html.parser")


def words(reply):
    return " ".join(page(reply).get_text(" ").split())


def a_form(paper, user, *, act="save", based_on=0, **fields):
    """What the page of a paper sends."""
    sent = {
        "act": act,
        "based_on": based_on,
        "editor": str(uuid4()),
        "writer": user.pk,
        "text": "You saw what others walked past.",
        "next_step": "",
        "result": "complete",
        "revise_reason": "",
        "revise_on": "",
        "quote": ["", ""],
        "place": ["", ""],
        "remark": ["", ""],
    }
    return sent | {f"level-{criterion}": level for criterion, level in all_levels(paper).items()} | fields


def names(reply):
    return [link.get_text(strip=True) for link in page(reply).select("tbody th a")]

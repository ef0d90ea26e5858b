"""The source of a paper as readers see it: its Markdown in blocks and runs, each character with its place.

`static/js/paper/reading.js` reads in the same way; tests/browser/test_formatting.py holds the two together.
"""

from assignments.source.blocks import Block, Kind, read
from assignments.source.pages import Page, page_of, plain_page_of
from assignments.source.runs import Run
from assignments.source.words import Words, outline_of, words_of

__all__ = ["Block", "Kind", "Page", "Run", "Words", "outline_of", "page_of", "plain_page_of", "read", "words_of"]

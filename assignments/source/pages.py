"""A paper as a page shows it: clean HTML in which each piece says where it stands in the source, so that what is
selected on the page can be found there, with the passages of the comments marked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from assignments.source.blocks import Block, Kind, read, read_plain, runs_of
from assignments.source.runs import Run

ALLOWED_TAGS = {
    "a", "blockquote", "br", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "mark", "ol", "p", "span", "strong", "sup",
    "ul",
}  # fmt: skip
ALLOWED_ATTRIBUTES = {
    "*": {"class", "id", "tabindex", "dir"},
    "a": {"href", "aria-label"},
    "ol": {"start"},
    "p": {"data-note"},
    "span": {"data-at"},
}
ALLOWED_SCHEMES = {"http", "https", "mailto"}
# The page has its one h1 already.
LOWEST = 6


@dataclass(frozen=True)
class Page:
    """A text with the passages that comments speak of, numbered from `first` on; one without marks is plain."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()
    first: int = 1
    is_plain: bool = False

    def __bool__(self) -> bool:
        return bool(self.text.strip())

    def html(self, prefix: str = "remark") -> SafeString:
        """Its HTML; comment 3 stands at `#<prefix>-3`, and its passage is `#<prefix>-passage-3`."""
        blocks = read_plain(self.text) if self.is_plain else read(self.text)
        written = "".join(_Writer(blocks, self.spans, self.first, prefix).blocks(blocks))
        clean = nh3.clean(
            written,
            tags=ALLOWED_TAGS,
            attributes=ALLOWED_ATTRIBUTES,
            url_schemes=ALLOWED_SCHEMES,
            link_rel="noopener noreferrer",
        )
        return mark_safe(clean)


def page_of(text: str, spans: Sequence[tuple[int, int]] = ()) -> Page:
    """The text as a page shows it, with these passages marked."""
    return Page(text, tuple(spans))


def plain_page_of(text: str, spans: Sequence[tuple[int, int]] = (), first: int = 1) -> Page:
    """The text of a file, in which an asterisk is an asterisk."""
    return Page(text, tuple(spans), first, is_plain=True)


class _Writer:
    """One text being written as HTML."""

    def __init__(self, blocks: Sequence[Block], spans: Sequence[tuple[int, int]], first: int, prefix: str) -> None:
        self.spans, self.first, self.prefix = spans, first, prefix
        self.notes: set[str] = set()
        # A passage may end within a mark, which is not shown: its number stands behind the last run that it touches.
        self.last_runs: dict[int, int] = {}
        if spans:
            for run in runs_of(blocks):
                self.last_runs.update((number, run.at) for number, _, _ in self._touching(run))

    def blocks(self, blocks: Sequence[Block]) -> Iterator[str]:
        """One after the other."""
        for block in blocks:
            yield self._block(block)

    def _block(self, block: Block) -> str:
        if block.kind is Kind.RULE:
            return "<hr>"
        if block.kind is Kind.QUOTE:
            return f"<blockquote>{''.join(self.blocks(block.blocks))}</blockquote>"
        if block.kind is Kind.LIST:
            tag = "ul" if block.start is None else "ol"
            start = f' start="{block.start}"' if block.start not in (None, 1) else ""
            items = "".join(f"<li>{''.join(self.blocks(item))}</li>" for item in block.items)
            return f"<{tag}{start}>{items}</{tag}>"
        if not block.runs and block.kind is Kind.PARAGRAPH:
            return ""
        words = "".join(self._words(href, list(runs)) for href, runs in groupby(block.runs, key=lambda run: run.href))
        if block.kind is Kind.HEADING:
            level = min(block.level + 1, LOWEST)
            return f'<h{level} class="paper-block" tabindex="-1" dir="auto">{words}</h{level}>'
        if block.kind is Kind.FOOTNOTE:
            own = "" if block.label in self.notes else f' id="{self.prefix}-note-{block.label}"'
            self.notes.add(block.label)
            return (
                f'<p class="paper-block paper-note" data-note="{block.label}" tabindex="-1" dir="auto"{own}>{words}</p>'
            )
        return f'<p class="paper-block" tabindex="-1" dir="auto">{words}</p>'

    def _words(self, href: str, runs: Sequence[Run]) -> str:
        """Runs that lead to one place are one link, and the numbers of its comments stand behind it."""
        written = [self._run(run) for run in runs]
        words, numbers = ("".join(parts) for parts in zip(*written, strict=True))
        return f'<a href="{escape(href)}">{words}</a>{numbers}' if href else words

    def _run(self, run: Run) -> tuple[str, str]:
        """The run, and what has to stand behind the link around it."""
        if run.is_break:
            return "<br>", ""
        touching = self._touching(run)
        numbers = [number for number, _, _ in touching if self.last_runs[number] == run.at]
        behind = ""
        if run.href or run.is_note:
            # No link within a link.
            behind, numbers = "".join(map(self._number, numbers)), []
        words = f'<span data-at="{run.at}">{"".join(self._segments(run, touching, numbers))}</span>'
        if run.is_note:
            return f'<sup class="paper-mark"><a href="#{self.prefix}-note-{run.text}">{words}</a></sup>{behind}', ""
        if run.emphasis:
            words = f"<em>{words}</em>"
        if run.strong:
            words = f"<strong>{words}</strong>"
        return words, behind

    def _touching(self, run: Run) -> list[tuple[int, int, int]]:
        """The spans that this run has a part in, within it, with their numbers."""
        return [
            (number, max(begins, run.at), min(ends, run.ends_at))
            for number, (begins, ends) in enumerate(self.spans, self.first)
            if begins < run.ends_at and ends > run.at and not run.is_break
        ]

    def _segments(self, run: Run, touching: Sequence[tuple[int, int, int]], numbers: Sequence[int]) -> Iterator[str]:
        cuts = {run.at, run.ends_at, *(cut for _, *span in touching for cut in span)}
        for first, last in pairwise(sorted(cuts)):
            words = escape(run.text[first - run.at : last - run.at])
            here = [(number, ends) for number, begins, ends in touching if begins < last and ends > first]
            yield f"<mark>{words}</mark>" if here else words
            yield from (self._number(number) for number, ends in here if ends == last and number in numbers)

    def _number(self, number: int) -> str:
        return (
            f'<a class="remark-number" href="#{self.prefix}-{number}" id="{self.prefix}-passage-{number}"'
            f' aria-label="Comment {number}">{number}</a>'
        )

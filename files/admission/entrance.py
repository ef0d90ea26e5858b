from collections.abc import Collection
from dataclasses import dataclass
from typing import IO

from files import workshop
from files.admission.documents import plain_text
from files.admission.kinds import Group, Kind, find_kind
from files.admission.refusals import Refused, Unfit
from files.names import safe_name
from files.workshop import Trouble
from files.workshop.limits import MOST_TEXT

MEGABYTE = 1024 * 1024
# What is refused with words of its own, because people cannot know what to do instead.
INSTEAD = {
    "doc": "is in Word’s old format: open it in Word, choose “Save as” and PDF, and add the PDF.",
    "dot": "is in Word’s old format: open it in Word, choose “Save as” and PDF, and add the PDF.",
    "pages": "was made with Pages: open it there, choose “File”, “Export to”, “PDF”, and add the PDF.",
    "numbers": "was made with Numbers: open it there, choose “File”, “Export to”, “PDF”, and add the PDF.",
    "key": "was made with Keynote: open it there, choose “File”, “Export to”, “PDF”, and add the PDF.",
    "gdoc": "is only a link to a Google document: open it, choose “File”, “Download”, “PDF”, and add the PDF.",
    "ppt": "is in PowerPoint’s old format: open it there, choose “Save as” and PDF, and add the PDF.",
    "xls": "is in Excel’s old format: open it there, choose “Save as” and PDF, and add the PDF.",
    "docm": "may hold macros, which are not taken: choose “Save as” and “Word document (.docx)”, and add that.",
    "pptm": "may hold macros, which are not taken: choose “Save as” and “Presentation (.pptx)”, and add that.",
    "xlsm": "may hold macros, which are not taken: choose “Save as” and “Excel workbook (.xlsx)”, and add that.",
    "zip": "is a package: unpack it and add the files that are in it.",
    "gif": "is a GIF: save it as a PNG or JPEG picture and add that.",
    "webp": "is a WebP picture: save it as a PNG or JPEG picture and add that.",
    "tif": "is a TIFF picture: save it as a PNG or JPEG picture and add that.",
    "tiff": "is a TIFF picture: save it as a PNG or JPEG picture and add that.",
}
PAPERS = frozenset({Group.DOCUMENT, Group.PICTURE, Group.ATTACHMENT})
WITH_RECORDINGS = frozenset(Group)


@dataclass(frozen=True)
class Admitted:
    """A file that may come in: under which name, as what, and what of it can be shown."""

    name: str
    kind: Kind
    # A JPEG without anything that was hidden in the picture; None for what is no picture.
    shown: bytes | None = None
    # What can be read of a document; empty where nothing could be.
    text: str = ""


def admit(file: IO[bytes], name: str, *, groups: Collection[Group] = PAPERS, most_bytes: int) -> Admitted:
    """Look through a file that has wholly arrived and can be sought in; it stays open. Raises Refused."""
    kept_as = safe_name(name)
    try:
        kind = _kind_by_ending(kept_as, groups)
        _check_size(file, most_bytes)
        kind.check(file)
        if kind.group is Group.PICTURE:
            return Admitted(kept_as, kind, shown=_shown(file))
        if kind.group is Group.DOCUMENT:
            return Admitted(kept_as, kind, text=_text(file, kind))
    except Unfit as why:
        raise Refused(kept_as, why) from None
    return Admitted(kept_as, kind)


def _kind_by_ending(name: str, groups: Collection[Group]) -> Kind:
    stem, dot, ending = name.rpartition(".")
    ending = ending.lower() if dot and stem else ""
    kind = find_kind(ending)
    if kind is not None and kind.group in groups:
        return kind
    if kind is not None:
        raise Unfit("is a recording, and this work takes none: add a document or a picture.")
    if ending in INSTEAD:
        raise Unfit(INSTEAD[ending])
    if not ending:
        raise Unfit("has no ending that says what it is, such as .pdf: save it as a PDF and add that.")
    raise Unfit(f"is a .{ending[:10]} file, which is not taken: save it as a PDF and add that.")


def _check_size(file: IO[bytes], most_bytes: int) -> None:
    size = file.seek(0, 2)
    if size == 0:
        raise Unfit("is empty: choose the file once more, or save it again before you add it.")
    if size > most_bytes:
        raise Unfit(too_large(size, most_bytes))


def too_large(size: int, most_bytes: int) -> str:
    """That a file is above the limit; reads on after its name."""
    most = most_bytes // MEGABYTE
    return f"has {-(-size // MEGABYTE)} MB and at most {most} MB are taken: make it smaller, or divide it."


def _shown(file: IO[bytes]) -> bytes:
    try:
        return workshop.copy_picture(file)
    except Trouble as trouble:
        if trouble.is_too_much:
            raise Unfit("takes too long to open: save it as a JPEG picture of a usual size and add that.") from None
        raise Unfit("is damaged, or no picture that can be opened: save it as a JPEG picture and add that.") from None


def _text(file: IO[bytes], kind: Kind) -> str:
    if kind.key == "txt":
        return plain_text(file, MOST_TEXT)
    try:
        return workshop.read_text(file, kind.key)
    except Trouble as trouble:
        if trouble.is_locked:
            raise Unfit("is locked with a password: save it without a password and add that.") from None
        if trouble.is_too_much:
            return ""  # taken, and read by downloading it
        raise Unfit(f"is damaged, or not {kind.called} that opens: save it again as a PDF and add that.") from None

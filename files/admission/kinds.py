"""The kinds of files that are taken, by their endings."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from typing import IO

from files.admission import documents, office, pictures, recordings


class Group(Enum):
    """What a file is to those who read it."""

    DOCUMENT = "document"  # shown as text
    PICTURE = "picture"  # shown from a copy
    ATTACHMENT = "attachment"  # only downloaded
    RECORDING = "recording"  # only downloaded, and only where recordings are asked for


@dataclass(frozen=True)
class Kind:
    """A kind of file; `check` raises Unfit and leaves the file open, wherever it has read to."""

    key: str
    called: str
    content_type: str
    group: Group
    check: Callable[[IO[bytes]], None]
    other_endings: tuple[str, ...] = ()

    @property
    def endings(self) -> tuple[str, ...]:
        """All of them, the usual one first."""
        return (self.key, *self.other_endings)


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ALL_KINDS = (
    Kind("pdf", "a PDF", "application/pdf", Group.DOCUMENT, documents.check_pdf),
    Kind("docx", "a Word document", WORD, Group.DOCUMENT, office.check_docx),
    Kind("odt", "a LibreOffice text", "application/vnd.oasis.opendocument.text", Group.DOCUMENT, office.check_odt),
    Kind("rtf", "an RTF document", "application/rtf", Group.DOCUMENT, documents.check_rtf),
    Kind("txt", "a plain text", "text/plain", Group.DOCUMENT, documents.check_txt),
    Kind("png", "a PNG picture", "image/png", Group.PICTURE, pictures.check_png),
    Kind("jpg", "a JPEG picture", "image/jpeg", Group.PICTURE, pictures.check_jpg, ("jpeg",)),
    Kind("heic", "an HEIC picture", "image/heic", Group.PICTURE, pictures.check_heic, ("heif",)),
    Kind(
        "pptx",
        "a PowerPoint presentation",
        POWERPOINT,
        Group.ATTACHMENT,
        office.check_pptx,
    ),
    Kind("xlsx", "an Excel workbook", EXCEL, Group.ATTACHMENT, office.check_xlsx),
    Kind("mp3", "an MP3 recording", "audio/mpeg", Group.RECORDING, recordings.check_mp3),
    Kind("m4a", "an M4A recording", "audio/mp4", Group.RECORDING, recordings.check_mp4),
    Kind("wav", "a WAV recording", "audio/wav", Group.RECORDING, recordings.check_wav),
    Kind("mp4", "an MP4 video", "video/mp4", Group.RECORDING, recordings.check_mp4),
    Kind("webm", "a WebM video", "video/webm", Group.RECORDING, recordings.check_webm),
    Kind("mov", "a QuickTime video", "video/quicktime", Group.RECORDING, recordings.check_mov),
)
BY_ENDING = {ending: kind for kind in ALL_KINDS for ending in kind.endings}
BY_KEY = {kind.key: kind for kind in ALL_KINDS}


def find_kind(ending: str) -> Kind | None:
    """The kind of that ending (without the dot, in small letters)."""
    return BY_ENDING.get(ending)


def kinds_of(groups: Collection[Group]) -> list[Kind]:
    """The kinds of these groups, for a page to name."""
    return [kind for kind in ALL_KINDS if kind.group in groups]


def endings_of(groups: Collection[Group]) -> list[str]:
    """Their endings, for a form to offer."""
    return [ending for kind in kinds_of(groups) for ending in kind.endings]

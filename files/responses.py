import re

from django.http import FileResponse

from files.models import StoredFile
from files.services import open_file

LONGEST_NAME = 150
# Control characters, what separates folders, and the marks that turn the direction of writing (and so disguise an end).
UNSAFE_IN_NAMES = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def attachment(stored: StoredFile, name: str) -> FileResponse:
    """The bytes as a download that no browser shows or runs. Raises `files.services.BytesMissing`.

    Only for a view that has checked the access to the row that owns the file: there is no other address of it.
    """
    response = FileResponse(
        open_file(stored), as_attachment=True, filename=safe_name(name), content_type=stored.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def safe_name(name: str) -> str:
    """A name that a folder on any computer takes; "file" when nothing is left of it."""
    cleaned = UNSAFE_IN_NAMES.sub("_", name).strip(" ._")
    stem, dot, ending = cleaned.rpartition(".")
    if len(cleaned) > LONGEST_NAME and dot and len(ending) <= 10:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return cleaned[:LONGEST_NAME] or "file"

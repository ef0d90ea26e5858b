from django.http import FileResponse

from files.models import StoredFile
from files.names import safe_name
from files.services import open_file

NEVER_RUN = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


def attachment(stored: StoredFile, name: str, *, content_type: str = "") -> FileResponse:
    """The bytes as a download that no browser shows or runs. Raises `files.services.BytesMissing`.

    Only for a view that has checked the access to the row that owns the file: there is no other address of it. The
    same bytes may be known by another type to whoever stored them first, so the owner may name its own.
    """
    return _answer(stored, name, content_type or stored.content_type, is_attached=True)


def shown_picture(stored: StoredFile, name: str) -> FileResponse:
    """A copy that was encoded by us (`files.workshop`), to stand in a page; on its own terms as above."""
    return _answer(stored, name, "image/jpeg", is_attached=False)


def _answer(stored: StoredFile, name: str, content_type: str, *, is_attached: bool) -> FileResponse:
    response = FileResponse(
        open_file(stored), as_attachment=is_attached, filename=safe_name(name), content_type=content_type
    )
    for header, value in NEVER_RUN.items():
        response[header] = value
    return response

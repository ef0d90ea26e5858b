"""Files while they come in: streamed to the disk, and cut off at their limit instead of when everything is there.

Django's own limit of a request (`DATA_UPLOAD_MAX_MEMORY_SIZE`) does not count files. Forms that take large ones are
marked by `takes_files`; for all others `SmallUploads` stands in the settings.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from files.admission.entrance import MEGABYTE, too_large
from files.admission.refusals import Refused
from files.names import safe_name
from files.places import arrivals_dir, make_folder

SMALL = 10 * MEGABYTE
# Beyond its files a form brings text.
BESIDE_FILES = 5 * MEGABYTE
# What is not wanted is read to its end nevertheless, or the browser would show its own error instead of our answer;
# up to a size.
READ_AWAY = 256 * MEGABYTE


@dataclass
class Limits:
    """How many files a form takes, each of which size, and what was refused while they came in."""

    most_files: int
    most_bytes: int
    refused: list[Refused] = field(default_factory=list)


class TooLarge(Refused):
    """Cut off while it came in."""


class ArrivingFile(TemporaryUploadedFile):
    """On the disk of the stored files, which is large: a container's folder for temporary ones may be memory."""

    def __init__(self, name: str, content_type: str, charset: str | None, extra: Any) -> None:
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=make_folder(arrivals_dir()))  # noqa: SIM115
        UploadedFile.__init__(self, file, name, content_type, 0, charset, extra)


class LimitedUploads(TemporaryFileUploadHandler):
    """Keeps files up to the limits in temporary ones; of one above them nothing stays, and the others come in."""

    def __init__(self, request: HttpRequest, limits: Limits) -> None:
        super().__init__(request)
        self.limits, self.begun, self.received, self.announced = limits, 0, 0, 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        """How much the request says that it brings."""
        self.source, self.announced = input_data, content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin another one, if it is still among those that are taken."""
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = ArrivingFile(self.file_name or "", self.content_type or "", self.charset, self.content_type_extra)
        self.begun, self.received = self.begun + 1, 0
        most = self.limits.most_bytes
        # Some more than is taken: which ones are too many is said when all are looked at.
        if self.announced > (self.limits.most_files + 1) * most + BESIDE_FILES:
            self._drop(too_large(self.announced, most))
            self._read_away()
            raise StopUpload(connection_reset=True)
        if self.begun > 2 * self.limits.most_files + 2:
            self._drop("was not added, because too many files came at once: add fewer of them.")
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece, unless the file has become larger than what is taken."""
        self.received += len(raw_data)
        if self.received > self.limits.most_bytes:
            self._drop(too_large(max(self.received, self.announced), self.limits.most_bytes))
            raise SkipFile
        super().receive_data_chunk(raw_data, start)

    def _read_away(self) -> None:
        # Django would do it line by line, and a film has no lines.
        while self.announced <= READ_AWAY and self.source.read(MEGABYTE):
            pass

    def _drop(self, why: str) -> None:
        self.limits.refused.append(TooLarge(safe_name(self.file_name or ""), why))
        if getattr(self, "file", None) is not None:
            self.file.close()


class SmallUploads(TemporaryFileUploadHandler):
    """For forms that were not made for large files, such as that of a roster."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece. Raises RequestDataTooBig."""
        if start + len(raw_data) > SMALL:
            self.file.close()
            raise RequestDataTooBig("A file is larger than this form takes.")
        super().receive_data_chunk(raw_data, start)


def takes_files(limits_of: Callable[..., Limits]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a view's form bring files: nothing of them is read before the access mark was asked and the limits are known.

    `limits_of` gets what the view gets, and may raise Http404. The token of the form is checked as always, only later.
    """

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @csrf_exempt
        @wraps(view)
        def receive(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            limits = limits_of(request, *args, **kwargs)
            request.upload_handlers = [LimitedUploads(request, limits)]
            request.upload_limits = limits  # type: ignore[attr-defined]
            answer: HttpResponseBase = csrf_protect(view)(request, *args, **kwargs)
            return answer

        return receive

    return decorate


def refused_uploads(request: HttpRequest) -> list[Refused]:
    """What was cut off while it came in."""
    request.FILES  # noqa: B018 - reads the request, if nobody has
    limits: Limits = request.upload_limits  # type: ignore[attr-defined]
    return limits.refused


def uploads(request: HttpRequest, name: str) -> list[UploadedFile]:
    """The files that have wholly arrived in this field."""
    return [file for file in request.FILES.getlist(name) if isinstance(file, UploadedFile)]

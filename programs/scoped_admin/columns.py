from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from core.moments import say_day, word_moment
from core.zones import say_zone
from programs.models import Session

Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class TimeColumn:
    """A date or an instant in a list or beside a form, said with its zone: the reader's, and the program's."""

    name: str
    session_path: str
    request: HttpRequest = field(compare=False)
    label: str = field(compare=False)
    form: str = field(compare=False, default="long")

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def short_description(self) -> str:
        return self.label

    @property
    def admin_order_field(self) -> str:
        return self.name

    def __call__(self, row: models.Model) -> SafeString | str:
        value: Any = row
        for name in self.name.split("__"):
            value = getattr(value, name, None)
        return say_time(value, self.request, session_at(row, self.session_path), form=self.form)


@dataclass(frozen=True)
class ReaderColumn:
    """A method of the admin that needs to know who reads, and when: `method(row, request)`."""

    name: str
    request: HttpRequest = field(compare=False)
    method: Callable[[Any, HttpRequest], Any] = field(compare=False)

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def short_description(self) -> str:
        return str(getattr(self.method, "short_description", self.name.replace("_", " ").capitalize()))

    @property
    def admin_order_field(self) -> Any:
        return getattr(self.method, "admin_order_field", None)

    def __call__(self, row: models.Model) -> Any:
        return self.method(row, self.request)


def for_reader(method: Method) -> Method:
    """Marks a column of an admin class that takes the request beside the row."""
    method.for_reader = True  # type: ignore[attr-defined]
    return method


def say_time(
    value: datetime | date | None, request: HttpRequest, session: Session | None, *, form: str = "long"
) -> SafeString | str:
    """An instant on the reader's clock and the program's; a day with the program's zone; a dash for nothing."""
    now: datetime = request.now  # type: ignore[attr-defined]
    if value is None:
        return "–"
    if not isinstance(value, datetime):
        zone = f" ({say_zone(session.zone)})" if session else ""
        return f"{say_day(value, now=now, zone=session.zone if session else 'UTC')}{zone}"
    reader = request.user.zone if isinstance(request.user, User) else ""
    program = session.zone if session else None
    said = word_moment(value, reader or program or "UTC", program, now=now, form=form)
    return format_html('<time datetime="{}">{}</time>{}', said.machine, said.mine, said.programs)


def session_at(row: models.Model, path: str) -> Session | None:
    """The session that a row belongs to, along the path; None where there is none."""
    found: Any = row
    if path and path != "pk":
        for name in path.split("__"):
            found = getattr(found, name, None)
    return found if isinstance(found, Session) else None


def field_at(model: type[models.Model], name: str) -> Any:
    """The field at the end of a path such as "user__last_login"; None where there is none."""
    found: Any = None
    for part in name.split("__"):
        found = next((field for field in model._meta.get_fields() if field.name == part), None)
        if found is None:
            return None
        model = found.related_model or model
    return found


def label_of(model: type[models.Model], name: str) -> str:
    """What a field at the end of a path is called."""
    return str(getattr(field_at(model, name), "verbose_name", name))


def is_time(model: type[models.Model], name: object) -> bool:
    """Whether a name in a list of columns is a field that holds a day or an instant."""
    return isinstance(name, str) and isinstance(field_at(model, name), models.DateField)

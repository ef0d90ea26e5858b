from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest, QueryDict

from accounts.models import User
from accounts.roles import Perm
from core.moves import WrongState


class ActForm(forms.Form):
    """What an act asks before it is done; by itself it asks nothing but "yes"."""

    def __init__(
        self, data: QueryDict | None = None, *, request: HttpRequest, rows: Sequence[models.Model], **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self.request, self.rows = request, rows
        self.prepare()

    def prepare(self) -> None:
        """Narrow the choices to what these rows allow, and fill in what stands now."""


class ReasonForm(ActForm):
    """Why; it is kept in the record."""

    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept in the record. The person it is about may read it one day.",
    )


Doing = Callable[[Any, dict[str, Any], User, datetime], str]


@dataclass(frozen=True, kw_only=True)
class Act:
    """A button of a change page: asks on a page of its own, then calls one service.

    `do(row, answers, actor, now)` returns the sentence that says what happened; what it raises of `refusals` (and
    WrongState) is shown beside what was typed. `is_bulk` offers it for chosen rows of the list as well.
    """

    name: str
    label: str
    perm: Perm
    do: Doing
    explains: str = ""
    form: type[ActForm] = ActForm
    is_possible: Callable[[Any, datetime], bool] = lambda row, now: True
    refusals: tuple[type[Exception], ...] = ()
    is_bulk: bool = False
    is_grave: bool = False

    @property
    def refused(self) -> tuple[type[Exception], ...]:
        """Everything that is an answer to the reader and no fault of the program."""
        return (WrongState, *self.refusals)

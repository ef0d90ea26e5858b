"""Reads from the admin's forms what they changed, as values for the record."""

import copy
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import NestedObjects
from django.core.exceptions import FieldDoesNotExist
from django.db import models, router
from django.forms import BaseForm, BaseModelForm, BaseModelFormSet

from audit.values import NotRecordable, json_safe

if TYPE_CHECKING:
    AnyForm = BaseModelForm[Any]
    AnyFormSet = BaseModelFormSet[Any, Any]
else:
    AnyForm, AnyFormSet = BaseModelForm, BaseModelFormSet

NOT_SHOWN = "(not shown)"
# Whatever an admin forgets to name.
ALWAYS_PRIVATE = frozenset({"password"})

Private = Mapping[type[models.Model], frozenset[str]]
Values = dict[str, Any]


@dataclass(frozen=True)
class RowChange:
    """What was done to one row; `before` and `after` hold values that JSON can."""

    row: models.Model
    verb: str
    before: Values | None
    after: Values | None


@dataclass(frozen=True)
class FormChanges:
    """What one page of the admin changed: the row itself, and the rows of its inlines."""

    before: Values
    after: Values
    reason: str = ""
    inlines: Sequence[RowChange] = field(default_factory=tuple)

    def with_inlines(self) -> tuple[Values, Values]:
        """Before and after, as the history of the page's own row tells them: "break “Spring” · ends on"."""
        before, after = dict(self.before), dict(self.after)
        for change in self.inlines:
            name = f"{change.row._meta.verbose_name} “{change.row}”"
            if change.verb != "changed":
                (after if change.verb == "added" else before)[name] = change.after or change.before
                continue
            before |= {f"{name} · {key}": value for key, value in (change.before or {}).items()}
            after |= {f"{name} · {key}": value for key, value in (change.after or {}).items()}
        return before, after


def changes_of(form: BaseForm, formsets: Iterable[AnyFormSet], private: Private, *, add: bool) -> FormChanges:
    """What a saved form and its inlines changed."""
    before, after = _form_values(form, private, add=add)
    reason = form.cleaned_data.get("reason", "") if not _is_of_the_model(form, "reason") else ""
    inlines = tuple(change for formset in formsets for change in _inline_changes(formset, private))
    return FormChanges(before, after, str(reason or ""), inlines)


def row_values(row: models.Model, private: Collection[str]) -> Values:
    """Everything the row itself says, as it stands."""
    fields = [column for column in row._meta.concrete_fields if not column.primary_key]
    return {column.name: _said(column, column.value_from_object(row), private) for column in fields}


def rows_that_go_along(rows: Sequence[models.Model]) -> Iterator[models.Model]:
    """The rows that the database cascade deletes together with these."""
    collector = NestedObjects(using=router.db_for_write(type(rows[0]))) if rows else None
    if collector is None:
        return
    collector.collect(rows)
    for model, found in collector.data.items():
        if not model._meta.auto_created:
            yield from (row for row in found if row not in rows)


def _inline_changes(formset: AnyFormSet, private: Private) -> Iterator[RowChange]:
    for form in formset.forms:
        is_deleted = formset.can_delete and formset._should_delete_form(form)  # type: ignore[attr-defined]
        if is_deleted and form in formset.initial_forms:
            row = copy.copy(form.instance)
            # Deleting took the key from the row in hand; the form still has it.
            row.pk = row.pk or form[row._meta.pk.name].initial
            yield RowChange(row, "deleted", _initial_values(form, list(form.initial), private), None)
        elif not is_deleted and form.has_changed() and form.instance.pk is not None:
            add = form not in formset.initial_forms
            before, after = _form_values(form, private, add=add)
            yield RowChange(form.instance, "added" if add else "changed", before or None, after)


def _form_values(form: BaseForm, private: Private, *, add: bool) -> tuple[Values, Values]:
    if not isinstance(form, BaseModelForm):
        # A form that is about no model, such as that of a new password: which fields, and no more.
        return {}, dict.fromkeys(form.changed_data, NOT_SHOWN)
    names = [name for name in (form.fields if add else form.changed_data) if _is_of_the_model(form, name)]
    hidden = private.get(type(form.instance), frozenset()) | ALWAYS_PRIVATE
    after = {name: _said(column, _present(form, column), hidden) for name, column in _columns(form, names)}
    return ({} if add else _initial_values(form, names, private)), after


def _initial_values(form: AnyForm, names: Iterable[str], private: Private) -> Values:
    hidden = private.get(type(form.instance), frozenset()) | ALWAYS_PRIVATE
    own = [name for name in names if _is_of_the_model(form, name)]
    return {name: _said(column, form.initial.get(name), hidden) for name, column in _columns(form, own)}


def _columns(form: AnyForm, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for name in names:
        column = form.instance._meta.get_field(name)
        if not column.primary_key:
            yield name, column


def _is_of_the_model(form: BaseForm, name: str) -> bool:
    if not isinstance(form, BaseModelForm):
        return False
    try:
        column = form.instance._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return bool(column.concrete)


def _present(form: AnyForm, column: Any) -> Any:
    """What the saved row says: it may differ from what was typed."""
    if column.many_to_many:
        return form.cleaned_data.get(column.name)
    return column.value_from_object(form.instance)


def _said(column: Any, value: Any, private: Collection[str]) -> Any:
    """The value in words of JSON: a row by its name, a choice by its label, a private value not at all."""
    if column.name in private or column.name in ALWAYS_PRIVATE:
        return NOT_SHOWN
    if column.many_to_many:
        return sorted(json_safe(row) for row in value or ())
    if column.is_relation and value is not None:
        target = column.remote_field.model._base_manager.filter(**{column.target_field.name: value}).first()
        return json_safe(target) if target is not None else str(value)
    try:
        return json_safe(value)
    except NotRecordable:
        return str(value)

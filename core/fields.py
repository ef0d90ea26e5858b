"""Database and form fields for what core knows."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query_utils import DeferredAttribute

from core.rules import EXAMPLES, GRAMMAR, RULE_KINDS, Rule, RuleError, parse_rule

if TYPE_CHECKING:
    TextField = models.CharField[Rule | str | None, Rule | None]
else:
    TextField = models.CharField


def read_rule(value: Any) -> Rule | None:
    """A rule from itself or its text; None from nothing. Raises RuleError."""
    if value is None or isinstance(value, RULE_KINDS):
        return value
    text = str(value).strip()
    return parse_rule(text) if text else None


class WallRuleFormField(forms.CharField):
    """One line of text in, a rule or None out; its errors say what to write."""

    def to_python(self, value: Any) -> Any:
        try:
            return read_rule(value)
        except RuleError as error:
            raise ValidationError(str(error), code="rule") from error

    def run_validators(self, value: Any) -> None:
        super().run_validators("" if value is None else str(value))

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, RULE_KINDS) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return read_rule(initial) != read_rule(data)
        except RuleError:
            return True


class RuleAttribute(DeferredAttribute):
    """Takes a rule or its text and gives a rule, so that nobody ever holds unread text."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        is_computed_by_the_database = hasattr(value, "resolve_expression")
        instance.__dict__[self.field.attname] = value if is_computed_by_the_database else read_rule(value)


class WallRuleField(TextField):
    """What was meant by a date ("week 3, Sunday, 23:59"): canonical text in the database, a Rule or None in Python.

    No rule is None in Python and the empty text in the database (NULL where the column allows it).
    """

    description = "A date said in weeks, weekdays and wall time"
    descriptor_class = RuleAttribute

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 160)
        kwargs.setdefault("help_text", GRAMMAR)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("help_text") == GRAMMAR:
            del kwargs["help_text"]
        return name, path, args, kwargs

    def get_default(self) -> Any:
        return read_rule(super().get_default())

    def from_db_value(self, value: str | None, expression: Any, connection: BaseDatabaseWrapper) -> Rule | None:
        return read_rule(value)

    def to_python(self, value: Any) -> Any:
        try:
            return read_rule(value)
        except RuleError as error:
            raise ValidationError(str(error), code="rule") from error

    def get_prep_value(self, value: Any) -> Any:
        rule = read_rule(value)
        if rule is None:
            return None if self.null else ""
        return str(rule)

    def run_validators(self, value: Any) -> None:
        super().run_validators("" if value is None else str(value))

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj) or "")

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("form_class", WallRuleFormField)
        field = super().formfield(*args, **kwargs)
        if field is not None:
            field.widget.attrs.setdefault("placeholder", EXAMPLES[0])
        return field

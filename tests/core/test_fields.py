"""A rule as the database, the office's forms and program files keep it."""

from datetime import date, time

import pytest
from django import forms
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db.models import F, TextField
from django.db.models.functions import Cast

from assignments.models import Assignment
from core.fields import WallRuleField, WallRuleFormField
from core.rules import EXAMPLES, GRAMMAR, DateRule, RuleError, WallRule, Weekday, parse_rule
from modules.models import Module

SUNDAY = WallRule(week=3, weekday=Weekday.SUNDAY, at=time(23, 59))


class ModuleForm(forms.ModelForm):
    class Meta:
        model = Module
        fields = ["release_rule"]


def stored(row, column):
    """The text in the database, past the field."""
    return type(row).objects.values_list(Cast(column, TextField()), flat=True).get(pk=row.pk)


def test_the_database_keeps_the_canonical_text_and_gives_back_the_rule(module):
    module.release_rule = "WEEK 3 ,sunday, 23:59"
    module.save()

    assert stored(module, "release_rule") == "week 3, Sunday, 23:59"
    assert Module.objects.get(pk=module.pk).release_rule == SUNDAY


def test_a_row_in_hand_bears_a_rule_and_never_its_text(module):
    module.release_rule = "week 3, Sunday, 23:59"

    assert module.release_rule == SUNDAY
    assert Module(release_rule="week 3, Sunday, 23:59").release_rule == SUNDAY
    assert Module().release_rule is None


def test_unreadable_text_never_gets_into_a_row(module):
    with pytest.raises(RuleError, match="Sonday is not a day of the week"):
        module.release_rule = "week 3, Sonday, 23:59"


def test_rows_are_found_by_rule_and_by_its_text_however_written(module):
    Module.objects.update(release_rule=SUNDAY)

    assert Module.objects.filter(release_rule=SUNDAY).exists()
    assert Module.objects.filter(release_rule="Week 3, SUNDAY, 23:59").exists()
    assert not Module.objects.filter(release_rule="week 4, Sunday, 23:59").exists()
    assert Module.objects.filter(release_rule__startswith="week 3").exists()


def test_a_rule_can_be_copied_within_the_database_and_fetched_later(paper):
    paper.closes_rule = F("due_rule")
    paper.save()
    later = Assignment.objects.defer("closes_rule").get(pk=paper.pk)

    assert later.closes_rule == later.due_rule == SUNDAY


def test_no_rule_is_none(paper):
    paper.closes_rule = ""
    paper.save()

    assert Assignment.objects.get(pk=paper.pk).closes_rule is None


def test_a_form_shows_the_text_and_takes_it_back(module):
    module.release_rule = SUNDAY
    form = ModuleForm({"release_rule": " week 4, sunday, 23:59"}, instance=module)

    assert 'value="week 3, Sunday, 23:59"' in str(ModuleForm(instance=module)["release_rule"])
    assert form.is_valid(), form.errors
    assert str(form.save().release_rule) == "week 4, Sunday, 23:59"


def test_a_form_says_what_to_write_and_keeps_what_was_written(module):
    form = ModuleForm({"release_rule": "2027-02-30, 09:00"}, instance=module)

    assert form.errors["release_rule"] == ["“2027-02-30, 09:00”: that date does not exist: February 2027 has 28 days."]
    assert 'value="2027-02-30, 09:00"' in str(form["release_rule"])


def test_the_same_rule_written_otherwise_is_no_change(module):
    module.release_rule = SUNDAY

    assert not ModuleForm({"release_rule": "WEEK 3, Sunday,  23:59"}, instance=module).has_changed()
    assert ModuleForm({"release_rule": "week 4, Sunday, 23:59"}, instance=module).has_changed()
    assert ModuleForm({"release_rule": "nonsense"}, instance=module).has_changed()


def test_a_form_field_may_be_left_empty_only_where_it_says_so():
    assert WallRuleFormField(required=False).clean("  ") is None
    with pytest.raises(ValidationError, match="required"):
        WallRuleFormField().clean("")


def test_the_form_explains_the_grammar():
    field = WallRuleField(blank=True).formfield()

    assert field.help_text == GRAMMAR
    assert field.widget.attrs["placeholder"] == EXAMPLES[0]


def test_a_migration_can_remake_the_field():
    for original in (WallRuleField(), WallRuleField("due", blank=True, help_text="Until then.", max_length=80)):
        _, path, args, kwargs = original.deconstruct()
        remade = WallRuleField(*args, **kwargs)

        assert path == "core.fields.WallRuleField"
        assert remade.deconstruct()[1:] == original.deconstruct()[1:]


def test_the_longest_rule_fits():
    longest = f'break "{"x" * 60}" week 99, Wednesday, 12:00'

    assert WallRuleField().clean(longest, None) == parse_rule(longest)
    with pytest.raises(ValidationError):
        WallRuleField(max_length=10).clean(longest, None)


def test_rows_are_written_to_files_and_read_back(module):
    module.release_rule = DateRule(on=date(2027, 3, 7), at=time(9))
    text = serializers.serialize("json", [module])

    assert '"release_rule": "2027-03-07, 09:00"' in text
    assert next(serializers.deserialize("json", text)).object.release_rule == module.release_rule

"""Dates as they were meant ("week 3, Sunday, 23:59") and the instants they resolve to; docs/time.md explains."""

from core.rules.calendar import BreakSpan, CalendarError, TermCalendar, Weekday
from core.rules.kinds import RULE_KINDS, BeforeRule, BreakRule, DateRule, Rule, RuleError, WallRule
from core.rules.resolver import Side, add_days, instant_of, resolve
from core.rules.text import EXAMPLES, GRAMMAR, parse_rule

__all__ = [
    "EXAMPLES",
    "GRAMMAR",
    "RULE_KINDS",
    "BeforeRule",
    "BreakRule",
    "BreakSpan",
    "CalendarError",
    "DateRule",
    "Rule",
    "RuleError",
    "Side",
    "TermCalendar",
    "WallRule",
    "Weekday",
    "add_days",
    "instant_of",
    "parse_rule",
    "resolve",
]

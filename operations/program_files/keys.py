"""The keys of a program file, each with how it is read. docs/program-files.md says the same in words."""

from assignments.models import Assignment
from modules.models import Item, Module
from operations.program_files.shapes import Key, Shape, levels, many, one, sample, words
from operations.program_files.values import choice, code, email, flag, line, number, rule, share, slug, text, url
from programs.models import Credit, Session

LONGEST_PROGRAM = 52
# The longest that the columns of the models take.
KEY, TITLE = 60, 200

CREDIT = Shape("A credit", {"kind": one(choice(Credit.Kind), required=True), "name": one(line(TITLE), required=True)})

ALIGNMENT = Shape(
    "A qualification",
    {
        "criterion": one(line(TITLE), required=True),
        "framework": one(line(TITLE), required=True),
        "version": one(line(TITLE), required=True),
    },
)

CRITERION = Shape(
    "A criterion",
    {
        "key": one(slug(KEY), required=True),
        "title": one(line(TITLE), required=True),
        "description": one(text(2000)),
        "levels": Key(levels, required=True),
    },
)

HANDS_IN = Shape(
    "What is handed in",
    {
        "text": one(choice(Assignment.TakesText)),
        "files": one(number(0, 20)),
        "megabytes": one(number(1, 200)),
        "recordings": one(flag),
    },
)

ASSIGNMENT = Shape(
    "An assignment",
    {
        "kind": one(choice(Assignment.Kind), required=True),
        "answered_by": one(choice(Assignment.AnsweredBy), required=True),
        "prompt": one(text(), required=True),
        "due": one(rule, required=True),
        "closes": one(rule),
        "min_words": one(number(1, 100_000)),
        "max_words": one(number(1, 100_000)),
        "feedback_days": one(number(1, 90)),
        "hands_in": Key(HANDS_IN),
        "rubric": many(CRITERION),
    },
)

MEETING = Shape(
    "A meeting",
    {
        "at": one(rule, required=True),
        "minutes": one(number(5, 720)),
        "title": one(line(TITLE)),
        "note": one(line(300)),
    },
)

ITEM = Shape(
    "An item",
    {
        "key": one(slug(KEY), required=True),
        "kind": one(choice(Item.Kind), required=True),
        "title": one(line(TITLE), required=True),
        "minutes": one(number(1, 6000)),
        "required": one(flag),
        "sample": Key(sample),
        "url": one(url),
        "body": one(text()),
        "transcript": one(text(500_000)),
        "meeting": Key(MEETING),
        "assignment": Key(ASSIGNMENT),
    },
)

MODULE = Shape(
    "A module",
    {
        "key": one(slug(KEY), required=True),
        "kind": one(choice(Module.Kind), required=True),
        "title": one(line(TITLE), required=True),
        "number": one(number(1, 200)),
        "practice": one(line(60)),
        "release": one(rule, required=True),
        "sample": Key(sample),
        "outcome": one(text(2000)),
        "introduction": one(text()),
        "items": many(ITEM),
    },
)

SELF_EXTENSION = Shape(
    "More time without asking",
    {
        "hours": one(number(1, 720), required=True),
        "per_assignment": one(number(1, 10)),
        "until_hours_after_due": one(number(0, 720)),
        "share": one(share),
    },
)

PROGRAM = Shape(
    "A program",
    {
        "slug": one(slug(50), required=True),
        "code": one(code, required=True),
        "title": one(line(TITLE), required=True),
        "level": one(line(60)),
        "weeks": one(number(1, LONGEST_PROGRAM), required=True),
        "order": one(choice(Session.Order), required=True),
        "form": many(words(300)),
        "summary": one(text(), required=True),
        "audience": one(text(2000)),
        "outcomes": many(words(500)),
        "practices": many(words(60)),
        "credits": many(CREDIT),
        "office": one(email, required=True),
        "certificate_series": many(words(TITLE)),
        "tags": many(words(60)),
        "ecq": many(ALIGNMENT),
        "fee_covers": one(line(300)),
        "self_extension": Key(SELF_EXTENSION),
        "honesty": one(text(2000)),
        "sample": Key(sample),
        "modules": many(MODULE, required=True),
    },
)

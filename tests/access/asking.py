"""Puts one question of the table to the site: who asks, at which address, and what came of it."""

import re
from dataclasses import dataclass, field
from functools import singledispatch

from django.db import connection, transaction
from django.urls import reverse

from assignments.models import DraftFile, Extension, ExtensionRequest, KeptText, Submission, SubmissionFile
from modules.models import Item, Module
from programs.models import Session
from tests.access import table
from tests.access.routes import Route

WRITES = re.compile(r'\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+"(\w+)"')
# Of the cookie session and the counting of attempts; no row of anybody's.
HOUSEKEEPING = {"django_session", "cache_table", "usersessions_usersession"}


@singledispatch
def names(row) -> dict:
    """What an address may call this row by."""
    return {"pk": row.pk, "object_id": row.pk, "slug": getattr(row, "slug", "")}


@names.register
def _(row: Module) -> dict:
    return {"pk": row.pk, "object_id": row.pk, "module_key": row.key}


@names.register
def _(row: Item) -> dict:
    return {"pk": row.pk, "object_id": row.pk, "module_key": row.module.key, "item_key": row.key}


@names.register
def _(row: KeptText) -> dict:
    return {"pk": row.draft.assignment_id, "kept": row.pk}


@names.register
def _(row: Extension) -> dict:
    return {"pk": row.pk, "object_id": row.pk, "grant": row.grant_id}


@names.register
def _(row: ExtensionRequest) -> dict:
    return {"pk": row.assignment_id, "asked": row.pk}


@names.register
def _(row: DraftFile) -> dict:
    return {"pk": row.draft.assignment_id, "file": row.pk}


@names.register
def _(row: SubmissionFile) -> dict:
    paper = row.submission
    return {"pk": paper.assignment_id, "paper": paper.pk, "receipt": paper.receipt, "position": row.position}


@names.register
def _(row: Submission) -> dict:
    return {"pk": row.assignment_id, "receipt": row.receipt, "number": row.number}


def address(world, line: table.Line, route: Route) -> str:
    """The address of a line; raises KeyError where the line names no row for a part of it."""
    if not route.is_named:
        return "/" + SAMPLES.get(route.pattern, re.sub(r"<path:object_id>", "1", route.pattern))
    row = world.rows[line.of] if line.of else None
    known: dict = {"session_slug": getattr(world, line.session).slug, "name": line.act or "x", "way": "up"}
    known |= names(row) if row is not None else {}
    if route.name.startswith("assignments:desk-") and row is not None:
        known["pk"] = known.get("paper", row.pk)
    known |= SAMPLES.get(route.name, {})
    return reverse(route.name, kwargs={part: known[part] for part in route.parts})


@names.register
def _(row: Session) -> dict:
    return {"pk": row.pk, "object_id": row.pk, "slug": row.slug, "version_pk": row.version_id}


SAMPLES = {
    "office/(?P<url>.*)$": "office/no-such-page/",
    "account_reset_password_from_key": {"uidb36": "1", "key": "x-y"},
    "mfa_remove_webauthn": {"pk": 1},
    "mfa_edit_webauthn": {"pk": 1},
    "admin:app_list": {"app_label": "accounts"},
    "admin:jsi18n": {},
    "dashboards:calendar-feed": {"token": "1-0-nobodys"},
    "notifications:mails-stop": {"token": "no-word-of-ours"},
}


@dataclass
class Answer:
    """What came back, and which tables were written to meanwhile."""

    outcome: str
    text: str
    written: set[str] = field(default_factory=set)


def ask(world, person: str, method: str, path: str, send: dict) -> Answer:
    """One request of one person; whatever it changed is taken back."""
    client = world.client_of(person)
    written: set[str] = set()

    def watch(execute, sql, params, many, context):
        written.update(WRITES.findall(sql))
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(watch):
            answer = client.generic(method, path) if method == "GET" else client.post(path, send)
        text = b"".join(answer.streaming_content).decode(errors="replace") if answer.streaming else answer.text
        transaction.set_rollback(True)
    headers = " ".join(f"{name}: {value}" for name, value in answer.headers.items())
    return Answer(outcome_of(answer), f"{headers} {text}", written - HOUSEKEEPING)


LED_TO = {
    "/": table.HOME,
    "/accounts/login/": table.LOGIN,
    "/office/login/": table.LOGIN,
    "/office/": table.BACK,
}


def outcome_of(answer) -> str:
    """The answer in the words of the table."""
    refusals = {403: table.FORBIDDEN, 404: table.NOT_FOUND, 405: table.NOT_THIS_WAY}
    if answer.status_code in refusals:
        return refusals[answer.status_code]
    if answer.status_code in (301, 302):
        return LED_TO.get(answer.headers["Location"].partition("?")[0], table.IN)
    return table.IN if answer.status_code in (200, 401, 409, 422) else str(answer.status_code)


def is_as_expected(expected: str, found: str) -> bool:
    """Whether an outcome is what the table says."""
    softer = {
        table.REFUSED: {table.FORBIDDEN, table.NOT_FOUND},
        table.SHUT: {table.FORBIDDEN, table.NOT_FOUND, table.BACK},
    }
    return found in softer.get(expected, {expected})

# ruff: noqa: E402 - Django is set up first
"""What the fault tests do to a running demo's data: `python -m tests.faults.acts ACT ARGUMENTS`."""

import json
import os
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from io import StringIO
from zoneinfo import ZoneInfo

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django.setup()

from celery import current_app
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session as SignedIn
from django.core.management import CommandError, call_command
from django.db import InterfaceError, OperationalError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils.crypto import get_random_string

from accounts.models import User
from accounts.roles import Role
from assignments.models import Assignment, Feedback, KeptAnswer, Reader, Submission, SubmissionAuthor
from assignments.notices.events import RECEIPT
from assignments.services import save_draft
from cohorts.models import Enrollment
from core import clock
from core.rules import Side, parse_rule, resolve
from core.zones import zone_names
from modules.models import Module
from modules.services import mark_done
from notifications import outbox
from notifications.hours import morning_of
from notifications.kinds import declared, instant_key
from notifications.models import Notice, Planning
from notifications.notices import ACCOUNT_MAIL
from notifications.planner import wait_for_turn
from notifications.sealing import seal
from tests import cast

MINUTE, QUARTER, HOUR = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1)


def tell(first, count):
    """Put mails into the outbox whose subjects are numbers, a transaction each, and print what was committed."""
    for number in range(int(first), int(first) + int(count)):
        request = ACCOUNT_MAIL.to(f"person{number}@example.org", occurrence=f"fault {number}")
        sealed_mail = seal({"subject": f"Number {number}.", "text": "Nothing is lost."})
        while True:
            try:
                outbox.enqueue(replace(request, sealed_mail=sealed_mail), now=clock.now())
                break
            except (OperationalError, InterfaceError):
                connection.close()
                time.sleep(0.2)
        print(number, flush=True)


def count_open():
    print(Notice.objects.open().count())


def count_all():
    print(Notice.objects.count())


def open_class(count):
    """A session in its third week with a paper that is open; print where each participant hands in, and as whom."""
    today = clock.now().date()
    session = cast.make_session(cast.make_program(), starts_on=today - timedelta(days=today.weekday(), weeks=2))
    section = cast.make_section(session, cast.make_user("Milica Petrović", zone="Europe/Belgrade"))
    module = cast.make_module(session, number=3, opens="week 2, Monday, 09:00")
    paper = cast.make_assignment(module, due="week 5, Sunday, 23:59")
    places = []
    for number in range(int(count)):
        enrollment = cast.enroll(cast.make_user(f"Writer {number}"), session, section=section)
        client = Client()
        client.force_login(enrollment.user)
        path = reverse("assignments:paper-hand-in", args=[session.slug, paper.pk])
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        places.append({"user": enrollment.user.pk, "cookie": cookie, "path": path})
    print(json.dumps(places))


def papers():
    """The fingerprint of each text that was handed in, its receipt, and how many notices tell its writer of it."""
    told = Counter(Notice.objects.filter(kind=RECEIPT.key).values_list("object_id", "recipient"))
    written_by = Submission.objects.values_list("sha256", "receipt", "pk", "enrollment__user")
    print(json.dumps([[sha256, receipt, told[pk, user]] for sha256, receipt, pk, user in written_by]))


def many_people(name, count, *, zone="Asia/Kolkata"):
    """People without a pass phrase, which takes longest, and the cookie with which each is signed in."""
    password, now = make_password(None), clock.now()
    people = User.objects.bulk_create(
        User(
            email=f"{name.lower()}{number}@example.org",
            name=f"{name} {number}",
            zone=zone,
            password=password,
            joined_at=now,
            first_steps_at=now,
        )
        for number in range(count)
    )
    store, until = SessionStore(), now + timedelta(days=1)
    signed_in = []
    for person in people:
        about = {SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0]}
        about[HASH_SESSION_KEY] = person.get_session_auth_hash()
        key = get_random_string(32).lower()
        signed_in.append(SignedIn(session_key=key, session_data=store.encode(about), expire_date=until))
    SignedIn.objects.bulk_create(signed_in)
    return people, [row.session_key for row in signed_in]


def this_session(code):
    """One that began two weeks ago, and its third module, which is open."""
    today = clock.now().date()
    program = cast.make_program(code=code)
    session = cast.make_session(program, starts_on=today - timedelta(days=today.weekday(), weeks=2))
    return session, cast.make_module(session, number=3, opens="week 2, Monday, 09:00")


def seat_class(code, count, papers):
    """A class in sections of twelve with papers that are open; print who sits there and where each hands in."""
    session, module = this_session(code)
    [fellow], _ = many_people(f"Fellow{code}", 1)
    sections = [cast.make_section(session, fellow, name=f"Section {n}") for n in range(-(-int(count) // 12))]
    people, cookies = many_people(f"Writer{code}", int(count))
    Enrollment.objects.bulk_create(
        Enrollment(user=person, session=session, section=sections[n // 12], status="active", enrolled_at=cast.ENROLLED)
        for n, person in enumerate(people)
    )
    works = [cast.make_assignment(module, due="week 5, Sunday, 23:59") for _ in range(int(papers))]
    paths = [reverse("assignments:paper-hand-in", args=[session.slug, work.pk]) for work in works]
    seats = [{"user": person.pk, "cookie": cookie} for person, cookie in zip(people, cookies, strict=True)]
    print(json.dumps({"papers": [work.pk for work in works], "paths": paths, "seats": seats}))


def set_due(paper, due):
    """The paper is due in that minute, by a rule that says so on the clocks of its session."""
    work = Assignment.objects.select_related("session").get(pk=paper)
    print(move_due(work, datetime.fromisoformat(due)).isoformat())


def move_due(work, due_at):
    wall = due_at.astimezone(work.session.tz)
    rule = parse_rule(f"{wall:%Y-%m-%d, %H:%M}")
    due_at = resolve(rule, work.session.calendar(), Side.DEADLINE)
    Assignment.objects.filter(pk=work.pk).update(due_rule=rule, due_at=due_at)
    return due_at


def times(paper):
    """Of each paper: its receipt, when it was handed in, when it was due, and by how many seconds it was late."""
    rows = SubmissionAuthor.objects.filter(submission__assignment=paper).select_related("submission")
    print(
        json.dumps(
            [
                {
                    "receipt": row.submission.receipt,
                    "text": sha256(row.submission.text.encode()).hexdigest(),
                    "handed_in_at": row.submission.handed_in_at.timestamp(),
                    "due_at": row.due_at.timestamp(),
                    "late_by": row.late_by and row.late_by.total_seconds(),
                }
                for row in rows
            ]
        )
    )


def zone_after_morning(ago):
    """Where the morning on which people are written to was so long ago, or up to an hour longer; and when it was."""
    now = clock.now()
    for name in zone_names():
        tz = ZoneInfo(name)
        morning = morning_of(now.astimezone(tz).date(), tz)
        if ago < now - morning <= ago + HOUR:
            return name, morning
    raise LookupError(f"Nowhere was morning {ago} ago.")


def seat_reminded(code, count):
    """A class that a planner has yet to remind of a paper, this morning: none has looked for three hours."""
    session, module = this_session(code)
    zone, morning = zone_after_morning(HOUR)
    work = cast.make_assignment(module, title=f"Paper {code}", due="week 5, Sunday, 23:59")
    people, _ = many_people(f"Reminded{code}", int(count), zone=zone)
    due_at = move_due(work, morning + 30 * HOUR)
    with transaction.atomic():
        Enrollment.objects.bulk_create(
            Enrollment(user=person, session=session, status="active", enrolled_at=cast.ENROLLED) for person in people
        )
        look_back_to(morning - 2 * HOUR)
    told = {"people": [person.pk for person in people], "occurrence": f"24h {instant_key(due_at)}", "paper": work.pk}
    print(json.dumps(told | {"since": (morning - 2 * HOUR).isoformat()}))


@transaction.atomic
def look_back_to(since):
    """As if no planner had looked since then. One that is at it, as when beat has just started, ends first: it would
    note that it has."""
    wait_for_turn()
    rows = [Planning(kind=kind.key, planned_at=since, looks_from=since) for kind in declared() if kind.candidates]
    changed = ["planned_at", "looks_from"]
    Planning.objects.bulk_create(rows, update_conflicts=True, unique_fields=["kind"], update_fields=changed)


def plan_by(count):
    """Ask so many planners at once."""
    for _ in range(int(count)):
        current_app.send_task("notifications.tasks.plan_notices")


def plan_again_and_again(count, since):
    """The same, five times over, each time as if none had looked since then."""
    for _ in range(5):
        look_back_to(datetime.fromisoformat(since))
        plan_by(count)


def stand_still(code, count):
    """A class in which, while nobody looks for six hours, a module opens, two reminders are to go, and the deadline
    passes of a paper of which each has a draft. Print what is what."""
    session, works = this_session(code)
    zone, morning = zone_after_morning(6 * HOUR + MINUTE)
    opening = cast.make_module(session, number=4, title=f"Opened {code}", opens="week 3, Monday, 09:00")
    Module.objects.filter(pk=opening.pk).update(releases_at=morning)
    papers, due = {}, {"passed": 6 * HOUR, "next": 30 * HOUR, "last": 78 * HOUR}
    for name, later in due.items():
        work = cast.make_assignment(works, title=f"The {name} paper {code}", due="week 5, Sunday, 23:59")
        due_at = move_due(work, morning + later)
        papers[name] = {"pk": work.pk, "title": work.item.title, "due_at": due_at.isoformat()}
    people, _ = many_people(f"Waiting{code}", int(count), zone=zone)
    passed = Assignment.objects.get(pk=papers["passed"]["pk"])
    for person in people:
        place = cast.enroll(person, session)
        yesterday = morning - 20 * HOUR
        save_draft(assignment=passed, enrollment=place, text="Begun.", based_on=0, actor=person, now=yesterday)
    look_back_to(morning - QUARTER)
    told = {"opening": {"pk": opening.pk, "title": opening.title}, "papers": papers, "zone": zone}
    print(json.dumps(told | {"people": {person.pk: person.email for person in people}}))


def texts():
    """The receipt of each paper, the fingerprint of the text that is kept, and the one that was noted beside it."""
    rows = Submission.objects.values_list("receipt", "text", "sha256")
    print(json.dumps([[receipt, sha256(text.encode()).hexdigest(), noted] for receipt, text, noted in rows.iterator()]))


def seat_graders(code, count):
    """As many papers as graders, who are head teaching fellows and may answer each; print who sits where."""
    session, module = this_session(code)
    graders, cookies = many_people(f"Grader{code}", int(count))
    writers, _ = many_people(f"Author{code}", int(count))
    for grader in graders:
        cast.appoint(grader, Role.HEAD_TEACHING_FELLOW, session=session)
    section = cast.make_section(session, *graders)
    work = cast.make_assignment(module)
    levels = {f"level-{criterion.pk}": criterion.levels.last().pk for criterion in work.criteria.all()}
    desks = []
    for number, writer in enumerate(writers):
        place = cast.enroll(writer, session, section=section)
        paper = cast.make_submission(work, place, at=clock.now())
        mark_done(item=work.item, enrollment=place, now=clock.now())
        Reader.objects.create(submission=paper, user=graders[number], since=clock.now())
        desks.append({"paper": paper.pk, "path": reverse("assignments:desk-answer", args=[session.slug, paper.pk])})
    seats = [{"user": person.pk, "cookie": cookie} for person, cookie in zip(graders, cookies, strict=True)]
    print(json.dumps({"desks": desks, "seats": seats, "levels": levels}))


def answers():
    """What stands as answer to each paper, and what was kept beside it."""
    kept = {}
    for paper, text in KeptAnswer.objects.values_list("feedback__submission", "text"):
        kept.setdefault(paper, []).append(text)
    rows = Feedback.objects.values("submission", "status", "revision", "text", "author")
    print(json.dumps([{**row, "kept": kept.get(row["submission"], [])} for row in rows]))


def check_invariants():
    """What the command says is broken; it says nothing else."""
    said = StringIO()
    try:
        call_command("check_invariants", stdout=said)
    except (CommandError, SystemExit) as broken:
        if str(broken) != "0":
            print(said.getvalue(), broken)


DONE_BY_NAME = (
    *(tell, count_open, count_all, open_class, papers, check_invariants),
    *(seat_class, set_due, times, texts, seat_graders, answers),
    *(seat_reminded, plan_by, plan_again_and_again, stand_still),
)
ACTS = {act.__name__: act for act in DONE_BY_NAME}

if __name__ == "__main__":
    ACTS[sys.argv[1]](*sys.argv[2:])

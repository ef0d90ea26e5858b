"""What people are told about modules: participants that one is open for them, directors that one is not ready."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from accounts.models import User
from accounts.roles import Role
from cohorts.models import Enrollment
from modules.models import Module
from notifications.hours import LONGEST_NIGHT, is_skipped, reminder_time, waking_time
from notifications.kinds import Audience, Described, Kind, NoticeRequest, Span, Wanted, instant_key, register
from notifications.models import Lane, Notice
from programs.models import Appointment, Session

# How long before its instant a director is warned of a module in preparation.
WARNINGS = {"7d": timedelta(days=7), "1d": timedelta(days=1)}
# A warning's morning lies within so much before its own distance.
FARTHEST_MORNING = timedelta(days=2)


def openings(span: Span) -> Iterator[NoticeRequest]:
    """When a module opens for somebody, or in the morning if that is at night. A constant
    number of queries."""
    # While it is nobody's morning, what opened in the night is not looked for.
    since = span.since - LONGEST_NIGHT if span.zones else span.since
    rows = list(Module.objects.opening_between(since, span.until).select_related("session").defer("introduction"))
    places = Enrollment.objects.select_related("user").in_bulk({row.whose for row in rows})
    for row in rows:
        user = places[row.whose].user
        assert row.opens_at is not None  # noqa: S101 - it lies in the span
        send_at = waking_time(row.opens_at, user.tz)
        if send_at in span:
            yield MODULE_OPEN.to(user, on=row, scope=row.session.scope, send_at=send_at)


def skipped_openings(user: User, was: ZoneInfo, now: datetime) -> Iterator[NoticeRequest]:
    """After the person has taken another zone: of what opened at night, what was to be told in a morning that is still
    to come on the old clock and past on the new, to go now."""
    rows = Module.objects.opening_between(now - LONGEST_NIGHT, now).select_related("session").defer("introduction")
    theirs = rows.filter(whose__in=Enrollment.objects.filter(user=user).values("pk"))  # type: ignore[misc]
    for row in theirs:
        assert row.opens_at is not None  # noqa: S101 - it lies in the span
        if is_skipped(waking_time(row.opens_at, was), waking_time(row.opens_at, user.tz), now):
            yield MODULE_OPEN.to(user, on=row, scope=row.session.scope)


def is_open_for_them(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While the module is open for them, or will be when the notice goes. Three queries."""
    modules = Module.objects.in_bulk({notice.object_id for notice in notices})
    told = Enrollment.objects.notified().filter(user__in={notice.recipient_id for notice in notices})
    owners = dict(told.filter(session__modules__in=modules).values_list("pk", "user_id"))
    rows = Module.objects.filter(pk__in=modules).for_each_of(told)
    opens = {(row.pk, owners.get(row.whose)): row.opens_at for row in rows}
    return {
        notice.pk: judge(modules[notice.object_id], notice, opens, now)
        for notice in notices
        if notice.object_id in modules
    }


def judge(
    module: Module, notice: Notice, opens: dict[tuple[int, int | None], datetime | None], now: datetime
) -> Wanted:
    """Whether one notice still holds."""
    key = (module.pk, notice.recipient_id)
    if key not in opens:
        return "the person is on leave, or takes part no longer"
    if not module.is_ready:
        return "the module is in preparation"
    opens_at = opens[key]
    if opens_at is None or opens_at > max(now, notice.send_at):
        return "the module is not open for this person"
    return True


def describe_modules(notices: Sequence[Notice], now: datetime) -> dict[int, Described]:
    """Its name, its outcome, and where it is. One query."""
    modules = Module.objects.select_related("session__program").in_bulk({notice.object_id for notice in notices})
    return {
        notice.pk: Described(
            context={
                "name": module.short_name,
                "title": str(module),
                "outcome": module.outcome,
                "session": str(module.session),
                "path": module.get_absolute_url(),
                "releases_at": module.releases_at,
                "program_zone": module.session.zone,
            },
            reply_to=module.session.answers_to,
        )
        for notice in notices
        if (module := modules.get(notice.object_id))
    }


def modules_in_preparation(span: Span) -> Iterator[NoticeRequest]:
    """At nine in the morning of each director's day, a week and a day before the module's instant. Two queries, none
    while it is nobody's morning."""
    if not span.zones:
        return
    farthest = span.until + max(WARNINGS.values()) + FARTHEST_MORNING
    unready = Module.objects.filter(
        is_ready=False,
        releases_at__gt=span.since,
        releases_at__lte=farthest,
        session__status=Session.Status.PUBLISHED,
    )
    rows = list(unready.select_related("session").defer("introduction"))
    directors = directors_of({row.session for row in rows})
    for row in rows:
        for director in directors[row.session_id]:
            for name, before in WARNINGS.items():
                send_at = reminder_time(row.releases_at, before, director.tz)
                if send_at in span:
                    yield IN_PREPARATION.to(
                        director,
                        on=row,
                        occurrence=f"{name} {instant_key(row.releases_at)}",
                        scope=row.session.scope,
                        send_at=send_at,
                        expires_at=row.releases_at,
                    )


def directors_of(sessions: set[Session]) -> dict[int, set[User]]:
    """By session: its own directors and those of its program. One query."""
    found: dict[int, set[User]] = defaultdict(set)
    appointed = Appointment.objects.filter(role=Role.DIRECTOR.value, user__is_active=True).select_related("user")
    for appointment in appointed:
        for session in sessions:
            if appointment.session_id == session.pk or appointment.program_id == session.program_id:
                found[session.pk].add(appointment.user)
    return found


def still_in_preparation(notices: Sequence[Notice], now: datetime) -> dict[int, Wanted]:
    """While it is, its instant was not moved, and the person directs the session. Two queries."""
    modules = Module.objects.select_related("session").in_bulk({notice.object_id for notice in notices})
    directors = directors_of({module.session for module in modules.values()})
    answers: dict[int, Wanted] = {}
    for notice in notices:
        module = modules.get(notice.object_id)
        if module is None:
            continue
        if module.is_ready:
            answers[notice.pk] = "the module is ready"
        elif not notice.occurrence.endswith(instant_key(module.releases_at)):
            answers[notice.pk] = "the module opens at another time now"
        elif notice.recipient_id not in {director.pk for director in directors[module.session_id]}:
            answers[notice.pk] = "the person no longer directs the session"
        else:
            answers[notice.pk] = True
    return answers


MODULE_OPEN = register(
    Kind(
        key="modules.module_open",
        name="Modules that open",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.PARTICIPANTS,
        subject="{{ name }} is open",
        why="you take part in {{ session }}",
        lasts=timedelta(days=3),
        candidates=openings,
        still_wanted=is_open_for_them,
        describe=describe_modules,
    )
)
IN_PREPARATION = register(
    Kind(
        key="modules.in_preparation",
        name="Modules still in preparation",
        lane=Lane.REMINDER,
        is_optional=True,
        audience=Audience.STAFF,
        roles=frozenset({Role.DIRECTOR}),
        subject="{{ name }} is still in preparation and opens {% when releases_at %}",
        why="you direct {{ session }}",
        candidates=modules_in_preparation,
        still_wanted=still_in_preparation,
        describe=describe_modules,
    )
)

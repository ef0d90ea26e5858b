"""What the office sees first: its sessions, how many people they have, and what needs a hand."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, Q
from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy, ngettext_lazy

from accounts.models import User
from accounts.roles import Perm, Role, granted
from assignments.desk.states import IsUnderReview
from assignments.models import ExtensionRequest, Submission
from assignments.promises import PromisedAt
from cohorts.models import Enrollment, Meeting, Section
from core.conditions import asked_after
from core.moments import say_day
from modules.models import Module
from notifications.models import Notice
from notifications.returns import has_trouble
from notifications.standing import LATELY
from programs.models import Appointment, Program, Session
from programs.models.session import Stage
from programs.scoped_admin import sessions_for

# A session is looked after until this long after its work has ended.
LOOKED_AFTER = timedelta(days=60)
SOON = timedelta(days=7)
PUBLISH_BEFORE = timedelta(days=45)
STAGES = {Stage.UPCOMING: "Upcoming", Stage.RUNNING: "Running", Stage.OVER: "Over"}


@dataclass(frozen=True)
class Need:
    """Something to look after, with the page where it is done."""

    # In the language that is spoken where they are shown: a mail's reader's; pages speak English.
    words: str | Promise
    url: str
    # Who is shown it: those who hold this right there.
    perm: Perm = Perm.USE_OFFICE


@dataclass
class SessionOnDesk:
    """One session with its figures."""

    session: Session
    stage: str
    perms: frozenset[Perm]
    participants: int = 0
    waiting: int = 0
    homeless: int = 0
    sections: int = 0
    next_meeting_at: datetime | None = None
    needs: list[Need] = field(default_factory=list)

    @property
    def may_edit_curriculum(self) -> bool:
        return Perm.EDIT_CURRICULUM in self.perms


def sessions_on_desk(user: User, now: datetime) -> list[SessionOnDesk]:
    """The sessions that the person's office looks after now; a constant number of queries."""
    rows = (
        sessions_for(user, Perm.USE_OFFICE)
        .filter(work_ends_at__gt=now - LOOKED_AFTER)
        .exclude(status=Session.Status.CANCELLED)
        .select_related("program")
        .order_by("starts_on", "pk")
    )
    rights = Rights(user)
    desk = {
        session.pk: SessionOnDesk(session=session, stage=say_stage(session, now), perms=rights.in_session(session))
        for session in rows
    }
    _look_after(desk, now)
    return list(desk.values())


def needs_of(sessions: Iterable[Session], now: datetime) -> dict[int, list[Need]]:
    """By session, everything that needs a hand, whoever may see it (`Need.perm`). A constant number of queries."""
    desk = {
        session.pk: SessionOnDesk(session=session, stage=say_stage(session, now), perms=frozenset(Perm))
        for session in sessions
    }
    _look_after(desk, now)
    return {pk: one.needs for pk, one in desk.items()}


def _look_after(desk: dict[int, SessionOnDesk], now: datetime) -> None:
    _count_people(desk)
    _count_sections(desk)
    _find_next_meetings(desk, now)
    for one in desk.values():
        _look_at_dates(one, now)
    _find_modules_in_preparation(desk, now)
    _find_papers_without_reader(desk)
    _find_broken_promises(desk, now)
    _find_papers_under_review(desk, now)
    _find_lost_mails(desk, now)
    _find_returned_mails(desk)
    _find_open_requests(desk)


def programs_without_director() -> list[Program]:
    """What the operator looks after."""
    directed = Appointment.objects.filter(role=Role.DIRECTOR)
    return list(
        Program.objects.exclude(pk__in=directed.filter(program__isnull=False).values("program")).exclude(
            sessions__in=directed.filter(session__isnull=False).values("session")
        )
    )


class Rights:
    """What one person may do in each session, from one reading of their appointments."""

    def __init__(self, user: User) -> None:
        self.rows = list(user.appointments.values_list("role", "program_id", "session_id"))

    def in_session(self, session: Session) -> frozenset[Perm]:
        """Of all roles together, as everywhere."""
        roles = {
            Role(role)
            for role, program_id, session_id in self.rows
            if session_id == session.pk or program_id == session.program_id
        }
        return granted(frozenset(roles))


def say_stage(session: Session, now: datetime) -> str:
    """Where it stands, in a word."""
    if session.status != Session.Status.PUBLISHED:
        return session.get_status_display()
    return STAGES[session.stage(now)]


def list_url(model: str, **query: Any) -> str:
    """The address of a list of the office, narrowed."""
    return f"{reverse(f'admin:{model}_changelist')}?{'&'.join(f'{key}={value}' for key, value in query.items())}"


def people_url(session: Session, show: str) -> str:
    """The page of the session's people, narrowed."""
    return f"{reverse('cohorts:people-list', args=[session.slug])}?show={show}"


def _count_people(desk: dict[int, SessionOnDesk]) -> None:
    status = Enrollment.Status
    counted = Q(status__in=Enrollment.COUNTED, kind=Enrollment.Kind.PARTICIPANT)
    rows = (
        Enrollment.objects.filter(session__in=desk)
        .order_by()
        .values("session")
        .annotate(
            participants=Count("pk", filter=counted),
            waiting=Count("pk", filter=Q(status=status.INVITED, invited_at__isnull=False)),
            uninvited=Count("pk", filter=Q(status=status.INVITED, invited_at__isnull=True)),
            homeless=Count("pk", filter=counted & Q(section__isnull=True)),
        )
    )
    for row in rows:
        one = desk[row["session"]]
        one.participants, one.waiting = row["participants"], row["waiting"]
        if row["uninvited"] and one.session.status == Session.Status.PUBLISHED:
            words = format_lazy(
                ngettext_lazy(
                    "{number} person has not been invited yet",
                    "{number} people have not been invited yet",
                    row["uninvited"],
                ),
                number=row["uninvited"],
            )
            one.needs.append(Need(words, people_url(one.session, "not-invited")))
        one.homeless = row["homeless"]


def _count_sections(desk: dict[int, SessionOnDesk]) -> None:
    rows = (
        Section.objects.filter(session__in=desk)
        .order_by()
        .values("session")
        .annotate(sections=Count("pk", distinct=True), unled=Count("pk", filter=Q(fellows__isnull=True)))
    )
    found = {row["session"]: row for row in rows}
    programs = {one.session.program_id for one in desk.values()}
    with_sections = set(
        Section.objects.filter(session__program__in=programs).order_by().values_list("session__program", flat=True)
    )
    for pk, one in desk.items():
        row = found.get(pk)
        if row is None:
            _miss_sections(one, has_sections=one.session.program_id in with_sections)
            continue
        one.sections = row["sections"]
        if one.homeless:
            words = format_lazy(
                ngettext_lazy(
                    "{number} participant is in no section", "{number} participants are in no section", one.homeless
                ),
                number=one.homeless,
            )
            one.needs.append(Need(words, people_url(one.session, "no-section")))
        if row["unled"]:
            one.needs.append(
                Need(
                    format_lazy(
                        ngettext_lazy(
                            "{number} section has no teaching fellow",
                            "{number} sections have no teaching fellow",
                            row["unled"],
                        ),
                        number=row["unled"],
                    ),
                    list_url("cohorts_section", session__id__exact=pk),
                )
            )


def _miss_sections(one: SessionOnDesk, *, has_sections: bool) -> None:
    """A program may do without sections; where other sessions of it have some, this one is to have them too."""
    if has_sections and one.stage in (STAGES[Stage.UPCOMING], STAGES[Stage.RUNNING]):
        url = list_url("cohorts_section", session__id__exact=one.session.pk)
        one.needs.append(Need(gettext_lazy("There are no sections yet"), url))


def _find_next_meetings(desk: dict[int, SessionOnDesk], now: datetime) -> None:
    rows = Meeting.objects.still_ahead(now).filter(session__in=desk).order_by().values("session")
    for row in rows.annotate(first=Min("starts_at")):
        desk[row["session"]].next_meeting_at = row["first"]


def _look_at_dates(one: SessionOnDesk, now: datetime) -> None:
    session = one.session
    if session.status == Session.Status.DRAFT and session.starts_at - now < PUBLISH_BEFORE:
        one.needs.append(
            Need(gettext_lazy("Not published yet"), reverse("admin:programs_session_change", args=[session.pk]))
        )


def _find_modules_in_preparation(desk: dict[int, SessionOnDesk], now: datetime) -> None:
    rows = Module.objects.filter(session__in=desk, is_ready=False, releases_at__lte=now + SOON)
    for module in rows.order_by("releases_at"):
        one = desk[module.session_id]
        if not one.may_edit_curriculum:
            continue
        words = (
            gettext_lazy("{module} should be open already and is still in preparation")
            if module.releases_at <= now
            else gettext_lazy("{module} opens within a week and is still in preparation")
        )
        url = reverse("admin:modules_module_change", args=[module.pk])
        one.needs.append(Need(format_lazy(words, module=module.short_name), url, Perm.EDIT_CURRICULUM))


def _find_papers_without_reader(desk: dict[int, SessionOnDesk]) -> None:
    rows = Submission.objects.without_reader().filter(assignment__session__in=desk).order_by()
    for row in rows.values("assignment__session").annotate(papers=Count("pk")):
        one = desk[row["assignment__session"]]
        if Perm.ALLOT_READERS in one.perms:
            words = format_lazy(
                ngettext_lazy("{number} paper has no reader yet", "{number} papers have no reader yet", row["papers"]),
                number=row["papers"],
            )
            url = reverse("assignments:desk-all", args=[one.session.slug])
            one.needs.append(Need(words, url, Perm.ALLOT_READERS))


def _find_broken_promises(desk: dict[int, SessionOnDesk], now: datetime) -> None:
    """Papers that wait for longer than was promised; since when, from the oldest promise."""
    watched = [pk for pk, one in desk.items() if Perm.WATCH_QUEUES in one.perms]
    late = asked_after(Q(is_answered=False), Q(promised_at__lte=now))
    waiting = Submission.objects.awaiting_feedback().with_promise().filter(late)
    rows = waiting.filter(assignment__session__in=watched).order_by().values("assignment__session")
    for row in rows.annotate(papers=Count("pk"), since=Min("promised_at")):
        one = desk[row["assignment__session"]]
        tz = one.session.tz
        oldest = lazy(say_day, str)(row["since"].astimezone(tz).date(), now=now, zone=tz)
        words = format_lazy(
            ngettext_lazy(
                "{number} paper is past the promised date, the oldest since {oldest}",
                "{number} papers are past the promised date, the oldest since {oldest}",
                row["papers"],
            ),
            number=row["papers"],
            oldest=oldest,
        )
        url = reverse("assignments:desk-all", args=[one.session.slug])
        one.needs.append(Need(words, url, Perm.WATCH_QUEUES))


def _find_papers_under_review(desk: dict[int, SessionOnDesk], now: datetime) -> None:
    """For those alone who look after them; others read of a promise that has passed, and not why."""
    looked_after = [pk for pk, one in desk.items() if Perm.SEE_CONCERNS in one.perms]
    papers = Submission.objects.counting().annotate(
        is_under_review=IsUnderReview(F("assignment_id"), F("enrollment_id")), promised_by=PromisedAt(F("pk"))
    )
    rows = papers.filter(is_under_review=True, assignment__session__in=looked_after).order_by()
    late = Count("pk", filter=Q(promised_by__lte=now))
    for row in rows.values("assignment__session").annotate(papers=Count("pk"), late=late):
        one = desk[row["assignment__session"]]
        if row["late"]:
            review = ngettext_lazy(
                "{number} paper is under review, {late} past the promised date",
                "{number} papers are under review, {late} past the promised date",
                row["papers"],
            )
        else:
            review = ngettext_lazy("{number} paper is under review", "{number} papers are under review", row["papers"])
        words = format_lazy(review, number=row["papers"], late=row["late"])
        url = reverse("assignments:desk-concerns", args=[one.session.slug])
        one.needs.append(Need(words, url, Perm.SEE_CONCERNS))


def _find_lost_mails(desk: dict[int, SessionOnDesk], now: datetime) -> None:
    """Those of late, as on the health page: nothing can be done about older ones, and each would be told every day."""
    scopes = {one.session.scope: one for one in desk.values() if Perm.VIEW_NOTICES in one.perms}
    rows = Notice.objects.filter(scope__in=scopes, status=Notice.Status.FAILED, send_at__gt=now - LATELY)
    for row in rows.order_by().values("scope").annotate(lost=Count("pk")):
        one = scopes[row["scope"]]
        url = list_url("notifications_notice", session=one.session.pk, status__exact=Notice.Status.FAILED)
        one.needs.append(
            Need(
                format_lazy(
                    ngettext_lazy(
                        "{number} mail could not be delivered", "{number} mails could not be delivered", row["lost"]
                    ),
                    number=row["lost"],
                ),
                url,
                Perm.VIEW_NOTICES,
            )
        )


def _find_returned_mails(desk: dict[int, SessionOnDesk]) -> None:
    seen = [pk for pk, one in desk.items() if Perm.VIEW_PEOPLE in one.perms]
    rows = Enrollment.objects.filter(has_trouble(), session__in=seen, status__in=Enrollment.COUNTED).order_by()
    for row in rows.values("session").annotate(people=Count("pk")):
        one = desk[row["session"]]
        words = format_lazy(
            ngettext_lazy("Mail to {number} person comes back", "Mail to {number} people comes back", row["people"]),
            number=row["people"],
        )
        one.needs.append(Need(words, people_url(one.session, "mails"), Perm.VIEW_PEOPLE))


def _find_open_requests(desk: dict[int, SessionOnDesk]) -> None:
    decided_on = [pk for pk, one in desk.items() if Perm.GRANT_ANY_EXTENSION in one.perms]
    rows = ExtensionRequest.objects.open().filter(assignment__session__in=decided_on).order_by()
    for row in rows.values("assignment__session").annotate(questions=Count("pk")):
        one = desk[row["assignment__session"]]
        words = format_lazy(
            ngettext_lazy(
                "{number} question for more time is open", "{number} questions for more time are open", row["questions"]
            ),
            number=row["questions"],
        )
        url = reverse("assignments:desk-time", args=[one.session.slug])
        one.needs.append(Need(words, url, Perm.GRANT_ANY_EXTENSION))


def in_need_first(desk: Iterable[SessionOnDesk]) -> list[SessionOnDesk]:
    """Running before upcoming before draft; over last."""
    order = ["Running", "Upcoming", "Draft", "Over"]
    return sorted(desk, key=lambda one: order.index(one.stage) if one.stage in order else len(order))

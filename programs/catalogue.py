"""What the catalogue says of a session: whether one can apply, and in which words."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from core.windows import Phase, Window
from programs.models import Program, Session


class Application(Enum):
    """Whether one can apply to a session now."""

    OPEN = "open"
    CLOSED = "closed"
    ELSEWHERE_UNKNOWN = "no address yet"


@dataclass(frozen=True)
class Offer:
    """A session as a visitor reads of it."""

    session: Session
    application: Application
    is_running: bool

    @property
    def can_apply(self) -> bool:
        """Whether the page shows its "Apply"."""
        return self.application is Application.OPEN


def offer_of(session: Session, at: datetime) -> Offer:
    """Applications close when their deadline's shown minute has passed, or when the session begins without one."""
    last = session.applications_close_at or session.starts_at
    phase = Window(releases_at=None, due_at=last, closes_at=last).phase(at)
    if phase in (Phase.LATE, Phase.CLOSED):
        application = Application.CLOSED
    else:
        application = Application.OPEN if session.apply_url else Application.ELSEWHERE_UNKNOWN
    return Offer(session=session, application=application, is_running=session.starts_at <= at)


def offers_of(programs: list[Program], at: datetime) -> dict[int, list[Offer]]:
    """The sessions of these programs that visitors are shown: those ahead or running. One query."""
    offers: dict[int, list[Offer]] = {program.pk: [] for program in programs}
    sessions = Session.objects.published().filter(program__in=programs, work_ends_at__gt=at).order_by("starts_on")
    for session in sessions:
        offers[session.program_id].append(offer_of(session, at))
    return offers

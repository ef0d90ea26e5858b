"""What was announced lately: to a session, to a section, to one person, and what is set to go out tomorrow."""

from datetime import datetime, time, timedelta
from uuid import UUID, uuid5

from accounts.models import User
from accounts.roles import Role
from announcements.services import Words, draft_announcement, send_announcement
from cohorts.models import Enrollment, Section
from programs.models import Session

NAMESPACE = UUID("b1d7c9a4-52c3-4f0e-9a57-6f3f0c2e8d11")
EVENING = time(18, 0)

TO_ALL = Words(
    title="The live class is recorded this time",
    text="Some of you asked for it: the next live class is **recorded**, and the recording stands in its module a day "
    "later.\n\nWhoever does not want to be seen keeps the camera off; your questions in the chat are read out without "
    "your name.",
)
TO_SECTION = "Bring one sentence to our next meeting"
SECTION_TEXT = (
    "Next time we begin with a round. Bring **one sentence**:\n\n- who your people are,\n- and what they would miss "
    "without each other.\n\nNot polished. One breath long."
)
TOMORROW = "Who leads the next round?"
TOMORROW_TEXT = (
    "I am looking for somebody who leads the opening round next time. Answer to this mail; the first one has it."
)


def show_announcements(session: Session, *, now: datetime) -> None:
    """By the director, or whoever directs the program, and by the fellow of the first section."""
    staff = User.objects.filter(appointments__role=Role.DIRECTOR)
    director = staff.filter(appointments__program=session.program_id).first()
    if director is not None:
        announce(session, director, TO_ALL, now=now - timedelta(days=2))
    section = Section.objects.filter(session=session).order_by("position", "pk").first()
    fellow = User.objects.filter(fellowships__section=section).first() if section else None
    if section is None or fellow is None:
        return
    words = Words(title=TO_SECTION, text=SECTION_TEXT, section=section)
    announce(session, fellow, words, now=now - timedelta(hours=20))
    later = Words(
        title=TOMORROW,
        text=TOMORROW_TEXT,
        section=section,
        on_date=session.today(now) + timedelta(days=1),
        at_time=EVENING,
        zone=session.zone,
    )
    announce(session, fellow, later, now=now - timedelta(hours=1))
    place = Enrollment.objects.reading(now).filter(section=section).order_by("pk").first()
    if place is not None:
        word = Words(
            title="Your question from Thursday",
            text="I found the reading that I meant: it is the second one of the module. Tell me what you make of it.",
            enrollment=place,
        )
        announce(session, fellow, word, now=now - timedelta(days=3))


def announce(session: Session, author: User, words: Words, *, now: datetime) -> None:
    """As its writer would have written and confirmed it then."""
    key = uuid5(NAMESPACE, f"{session.slug} {words.title}")
    draft = draft_announcement(session=session, words=words, key=key, actor=author, now=now)
    send_announcement(announcement=draft, revision=draft.revision, actor=author, now=now)

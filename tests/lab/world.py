"""A class as large as wanted, and what happens in it: done to the product by its services, and told to the model."""

from datetime import UTC, date, datetime, timedelta
from unittest import mock
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.db import connection

from accounts.models import User
from accounts.roles import Role
from assignments.models import Assignment, Draft, Extension
from assignments.services import grant_extension, hand_in, make_arrangement, revoke_extension, save_draft
from cohorts.models import Enrollment
from core import clock
from core.windows import days, hours
from modules.models import Module
from notifications import planner, sender
from notifications.models import Notice
from tests import cast
from tests.lab.model import COMING, DRAFT, Model, days_later, differences, doubles, reminded_at

# In the week of 22 March 2027 the clocks change in Israel (Friday), in Lebanon and in Europe (both Sunday).
WEEK_BEGINS = datetime(2027, 3, 22, 0, 0, tzinfo=UTC)
WEEK_ENDS = WEEK_BEGINS + timedelta(days=8)
ZONES = (
    *("Asia/Jerusalem", "Asia/Beirut", "Europe/Belgrade", "Europe/London", "America/New_York", "America/Los_Angeles"),
    *("Asia/Kolkata", "Asia/Kathmandu", "Australia/Sydney", "Africa/Lagos", "Pacific/Kiritimati", "Pacific/Pago_Pago"),
)
# Four things are due in that week.
DUE = (
    ("Skill practice", "week 8, Wednesday, 12:00"),
    ("Project part", "week 8, Friday, 17:00"),
    ("Peer log", "week 8, Saturday, 23:59"),
    ("Reflection paper", "week 8, Sunday, 23:59"),
)
NEW_YORK = "America/New_York"
# Longer than any mail waits for one that is under way, or for a server that broke the line; within the minute in which
# what is due must have come.
SOON = timedelta(seconds=20)


def make_people(count, *, zones=ZONES, name="Person"):
    """So many, spread over the zones; without a pass phrase, which takes longest."""
    nobody = make_password(None)
    return User.objects.bulk_create(
        User(
            email=f"{name.lower()}{number}@example.org",
            name=f"{name} {number}",
            zone=zones[number % len(zones)],
            password=nobody,
            joined_at=cast.ENROLLED,
            first_steps_at=cast.ENROLLED,
        )
        for number in range(count)
    )


def make_crowd(count, works=1, *, code="LOA"):
    """So many people in New York with one thing to hand in, or more; gives (places, works, moment of the last
    reminder)."""
    session = cast.make_session(cast.make_program(code=code))
    module = cast.make_module(session, number=8, opens="week 7, Monday, 09:00")
    due = [cast.make_assignment(module, due="week 8, Sunday, 23:59", title=f"Paper {n}") for n in range(works)]
    people = make_people(count, zones=(NEW_YORK,))
    places = Enrollment.objects.bulk_create(
        Enrollment(user=person, session=session, status="active", enrolled_at=cast.ENROLLED) for person in people
    )
    return places, due, reminded_at(due[0].due_at, 24, NEW_YORK)


class World:
    """The class and its model. Each verb does one thing to both."""

    def __init__(self, count, *, due=DUE, begins=WEEK_BEGINS, zones=ZONES):
        session = cast.make_session(cast.make_program())
        self.session, self.begins, self.now = session, begins, begins
        self.director = cast.make_user("Dana Whitfield", zone=NEW_YORK)
        cast.appoint(self.director, Role.DIRECTOR, session=session)
        self.module = cast.make_module(session, number=8, opens="week 7, Monday, 09:00")
        works = [cast.make_assignment(self.module, due=rule, title=title) for title, rule in due]
        people = make_people(count, zones=zones)
        section = cast.make_section(session, cast.make_user("Milica Petrović", zone="Europe/Belgrade"))
        places = Enrollment.objects.bulk_create(
            Enrollment(user=person, session=session, section=section, status="active", enrolled_at=cast.ENROLLED)
            for person in people
        )
        self.places = dict(enumerate(places))
        self.works = dict(enumerate(works))
        self.persons = {place.user_id: number for number, place in self.places.items()}
        self.things = {work.pk: number for number, work in self.works.items()}
        # A kind that was never planned looks back for an hour.
        self.model = Model(begins - timedelta(hours=1))
        for number, person in enumerate(people):
            self.model.add_person(number, person.zone)
        for number, work in enumerate(works):
            self.model.add_thing(number, work.due_at, self.module.releases_at)
        self.go_on_to(begins)

    # --- what happens -------------------------------------------------------------------------------------------

    def hand_in(self, person, thing):
        text = f"What {person} tried, and learnt, for {thing}."
        place, work = self.places[person], self.works[thing]
        hand_in(assignment=work, enrollment=place, text=text, key=uuid4(), actor=place.user, now=self.now)
        pair = self.model.pair(person, thing)
        pair.is_handed_in, pair.has_draft = True, False

    def write(self, person, thing):
        work, place = self.works[thing], self.places[person]
        written = Draft.objects.filter(assignment=work, enrollment=place).values_list("revision", flat=True).first()
        save_draft(
            assignment=work,
            enrollment=place,
            text=f"Begun at {self.now}, after {written}.",
            based_on=written or 0,
            actor=place.user,
            now=self.now,
        )
        self.model.pair(person, thing).has_draft = True

    def extend(self, person, thing, number):
        """By so many hours; each one stands beside the others."""
        grant_extension(
            assignment=self.works[thing],
            enrollment=self.places[person],
            by=hours(number),
            reason="Ill",
            actor=self.director,
            now=self.now,
        )
        newest = Extension.objects.latest("pk")
        self.model.pair(person, thing).later[newest.pk] = lambda base: base + timedelta(hours=number)

    def extend_by_days(self, person, thing, number):
        """By so many days on the clocks of the session."""
        grant_extension(
            assignment=self.works[thing],
            enrollment=self.places[person],
            by=days(number, NEW_YORK),
            reason="Ill",
            actor=self.director,
            now=self.now,
        )
        newest = Extension.objects.latest("pk")
        self.model.pair(person, thing).later[newest.pk] = lambda base: days_later(base, number, NEW_YORK)

    def extend_until(self, person, thing, until):
        """To a day that stands."""
        grant_extension(
            assignment=self.works[thing],
            enrollment=self.places[person],
            until=until,
            reason="Ill",
            actor=self.director,
            now=self.now,
        )
        newest = Extension.objects.latest("pk")
        self.model.pair(person, thing).later[newest.pk] = lambda base: until

    def revoke(self, person, thing):
        """The oldest of this person's."""
        later = self.model.pair(person, thing).later
        if later:
            oldest = min(later)
            revoke_extension(extension=Extension.objects.get(pk=oldest), actor=self.director, now=self.now)
            del later[oldest]

    def arrange(self, person, number):
        """So many hours on everything of that week."""
        make_arrangement(
            enrollment=self.places[person],
            by=hours(number),
            from_on=date(2027, 3, 15),
            until_on=date(2027, 4, 4),
            reason="The power is cut for hours each day.",
            key=uuid4(),
            actor=self.director,
            now=self.now,
        )
        for thing in self.works:
            self.model.pair(person, thing).later["arranged"] = lambda base: base + timedelta(hours=number)

    def move_deadline(self, thing, due_at):
        Assignment.objects.filter(pk=self.works[thing].pk).update(due_at=due_at)
        self.works[thing].due_at = self.model.things[thing].due_at = due_at

    def remove(self, thing):
        """Take it out of the session; only what nobody has worked on."""
        work = self.works[thing]
        work.extensions.all().delete()
        work.delete()
        work.item.delete()
        self.model.things[thing].is_there = False

    def hide(self, *, is_hidden):
        """The module goes back into preparation, or comes out of it."""
        Module.objects.filter(pk=self.module.pk).update(is_ready=not is_hidden)
        for thing in self.model.things.values():
            thing.is_hidden = is_hidden

    def set_status(self, person, status):
        Enrollment.objects.filter(pk=self.places[person].pk).update(status=status)
        self.places[person].status = status
        self.model.people[person].takes_part = status == Enrollment.Status.ACTIVE

    # --- looking ------------------------------------------------------------------------------------------------

    def count_rows(self):
        """Let the database know how large its tables are; what does that elsewhere sees nothing of a test's rows."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def go_on_to(self, instant, *, plans=True):
        """Planner and senders look then, and the model does. A planner may not have come to look again."""
        self.now = instant
        # A look a second before something is due would else last until it is.
        with mock.patch.object(clock, "steady", return_value=timedelta(0)):
            if plans:
                planner.plan(now=instant)
            sender.send_due(now=instant)
            # Where a line to the mail server broke and a mail was put back for it, they look again, as they always do.
            if Notice.objects.open().filter(send_at__lte=instant, next_try_at__lte=instant + SOON).exists():
                sender.send_due(now=instant + SOON)
        self.model.look(instant)

    def accepted(self):
        """What the rows say was told, by the keys of the model."""
        sent = Notice.objects.filter(kind__in=(COMING, DRAFT), status=Notice.Status.SENT)
        return {
            (self.persons[row.recipient_id], row.kind, self.things[row.object_id], row.occurrence): row.accepted_at
            for row in sent
        }

    def violations(self, mail_server, **bounds):
        """Everything that is not as the model says, in sentences; an empty list is what a test wants."""
        found = [*differences(self.model, self.accepted(), **bounds), *doubles(mail_server.mails)]
        # What a row says was sent, the mail server has, and the other way round.
        rows = set(Notice.objects.filter(status=Notice.Status.SENT).values_list("message_id", flat=True))
        has = {mail["Message-ID"] for mail in mail_server.mails}
        found += [f"said to be sent, and is not there: {name}" for name in sorted(rows - has)]
        found += [f"there, and not said to be sent: {name}" for name in sorted(has - rows)]
        return found

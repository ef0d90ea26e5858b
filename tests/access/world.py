"""Two sessions with one of everything, and in each private field a word that nobody else may ever read."""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from announcements import notices as announcement_notices
from announcements.models import Announcement
from assignments.models import (
    Arrangement,
    Assignment,
    BankedComment,
    Bundle,
    CalibrationAnswer,
    CalibrationPaper,
    ChairMark,
    Comment,
    Concern,
    Cover,
    Draft,
    DraftFile,
    ExtensionRequest,
    KeptReading,
    KeptText,
    PaperOpening,
    Reader,
    SecondReading,
    SecondSample,
    SubmissionFile,
    Tag,
    Tagging,
)
from audit.services import record
from coaching.models import Booking, Slot
from cohorts.models import Enrollment
from files.services import store_file
from jobs.models import Job
from modules.models import Item, ModuleOpening
from notifications import outbox
from notifications.models import Notice
from programs.models import Credit, Session
from tests import cast
from tests.access import people as who
from tests.cast import WEEK_3

Status = Enrollment.Status


@dataclass
class Canary:
    """A word in a private field, and who may read it."""

    word: str
    readers: frozenset[str]


@dataclass
class World:
    """The people with their clients, the rows that addresses name, and the canaries."""

    loa: Session
    cpv: Session
    users: dict[str, User] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    places: dict[str, Enrollment] = field(default_factory=dict)
    rows: dict[str, object] = field(default_factory=dict)
    canaries: dict[str, Canary] = field(default_factory=dict)

    def client_of(self, person):
        """A fresh browser in which this person is signed in."""
        client = Client()
        if person in self.keys:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.keys[person]
        return client

    def hide(self, what, readers=()):
        """A canary: the word to put into a field; `readers` may find it on their pages."""
        word = f"canary-{len(self.canaries)}-{''.join(letter for letter in what.title() if letter.isalnum())}"
        self.canaries[what] = Canary(word, frozenset(readers))
        return word

    def leaks_to(self, person, text):
        """The canaries in a text that this person must not read."""
        if "canary-" not in text:
            return []
        return [what for what, one in self.canaries.items() if one.word in text and person not in one.readers]


def build_world() -> World:
    """Everything as rows, in week 3."""
    program = cast.make_program()
    loa = cast.make_session(program)
    cpv = cast.make_session(cast.make_program(code="CPV", title="Creating Public Value"), order="strict")
    world = World(loa, cpv)
    add_staff(world, program)
    add_participants(world)
    add_curriculum(world)
    add_papers(world)
    add_meetings(world)
    add_coaching(world)
    add_announcements(world)
    add_records(world)
    add_the_other_session(world)
    for name, user in world.users.items():
        if user.is_authenticated:
            client = Client()
            client.force_login(user)
            world.keys[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return world


def add_staff(world, program):
    users = world.users
    users[who.VISITOR] = AnonymousUser()
    for name, zone in (
        (who.FELLOW, "Europe/Belgrade"),
        (who.OTHER_FELLOW, "Africa/Nairobi"),
        (who.HEAD, "Africa/Lagos"),
        (who.CHAIR, "America/New_York"),
        (who.ASSISTANT, "America/New_York"),
        (who.COORDINATOR, "America/New_York"),
        (who.DIRECTOR, "America/New_York"),
        (who.OTHER_DIRECTOR, "America/New_York"),
    ):
        users[name] = cast.make_user(name.capitalize(), zone=zone)
    users[who.OPERATOR] = cast.make_user("Operator", zone="Europe/Stockholm", is_staff=True, is_superuser=True)
    loa = world.loa
    world.rows["section"] = cast.make_section(loa, users[who.FELLOW], name="Section A")
    world.rows["other section"] = cast.make_section(loa, users[who.OTHER_FELLOW], name="Section B")
    cast.appoint(users[who.HEAD], Role.HEAD_TEACHING_FELLOW, session=loa)
    cast.appoint(users[who.CHAIR], Role.FACULTY_CHAIR, session=loa)
    cast.appoint(users[who.ASSISTANT], Role.CHAIR_ASSISTANT, session=loa)
    world.rows["appointment"] = cast.appoint(users[who.COORDINATOR], Role.COORDINATOR, session=loa)
    cast.appoint(users[who.DIRECTOR], Role.DIRECTOR, program=program)
    world.rows["director’s appointment"] = users[who.DIRECTOR].appointments.get()
    cast.appoint(users[who.OTHER_DIRECTOR], Role.DIRECTOR, program=world.cpv.program)
    User.objects.exclude(appointments__role__in=("program director", "program coordinator")).exclude(
        is_superuser=True
    ).update(is_staff=False)
    Credit.objects.create(program=program, kind="chair", name="A name of the catalogue")


def add_participants(world):
    a, b = world.rows["section"], world.rows["other section"]
    for name, status, section in (
        (who.INVITED, Status.INVITED, a),
        (who.PARTICIPANT, Status.ACTIVE, a),
        (who.NEIGHBOUR, Status.ACTIVE, b),
        (who.OBSERVER, Status.ACTIVE, None),
        (who.ON_LEAVE, Status.ON_LEAVE, a),
        (who.WITHDRAWN, Status.WITHDRAWN, a),
        (who.REMOVED, Status.REMOVED, a),
        (who.COMPLETED, Status.COMPLETED, a),
    ):
        user = world.users[name] = cast.make_user(name.capitalize(), zone="Asia/Kolkata")
        kind = Enrollment.Kind.OBSERVER if name == who.OBSERVER else Enrollment.Kind.PARTICIPANT
        world.places[name] = cast.enroll(user, world.loa, section=section, status=status, kind=kind)
    world.rows["place"], world.rows["invited place"] = world.places[who.PARTICIPANT], world.places[who.INVITED]
    shy = world.users[who.ON_LEAVE]
    office = {who.COORDINATOR, who.DIRECTOR, who.OPERATOR}
    seen_by = {who.ON_LEAVE, who.FELLOW} | who.APPOINTED | office
    shy.email = f"{world.hide('address of somebody who hides it', seen_by)}@example.org".lower()
    world.canaries["address of somebody who hides it"].word = shy.email
    shy.certificate_name = world.hide("name for the certificate", office | {who.ON_LEAVE})
    shy.shows_email = shy.shows_zone = False
    shy.save()
    world.rows["person"] = world.users[who.PARTICIPANT]


def add_curriculum(world):
    loa, rows = world.loa, world.rows
    rows["module"] = cast.make_module(loa, number=3)
    rows["item"] = cast.make_item(rows["module"], key="open-reading", title="A reading of module 3")
    rows["paper"] = cast.make_assignment(rows["module"], answered_by="teaching_fellow")
    rows["criterion"] = rows["paper"].criteria.first()
    rows["program"], rows["session"], rows["version"] = loa.program, loa, loa.version
    closed = rows["closed module"] = cast.make_module(
        loa, number=9, introduction=world.hide("introduction of a closed module", who.STAFF)
    )
    rows["closed item"] = cast.make_item(
        closed,
        key="closed-video",
        kind=Item.Kind.VIDEO,
        title=world.hide("title of an item of a closed module", who.STAFF),
        body=world.hide("body of an item of a closed module", who.STAFF),
        transcript=world.hide("transcript of a closed module", who.STAFF),
    )
    rows["closed paper"] = cast.make_assignment(
        closed,
        title=world.hide("title of work of a closed module", who.STAFF),
        prompt=world.hide("prompt of work of a closed module", who.STAFF),
    )
    preparing = cast.make_module(
        loa,
        number=2,
        is_ready=False,
        introduction=world.hide("introduction of a module in preparation", who.STAFF),
    )
    cast.make_item(preparing, key="unready", title=world.hide("item of a module in preparation", who.STAFF))
    ModuleOpening.objects.create(
        module=closed,
        enrollment=world.places[who.COMPLETED],
        reason=world.hide("reason of an opening", who.APPOINTED | {who.FELLOW, who.COMPLETED}),
        opened_by=world.users[who.FELLOW],
        opened_at=WEEK_3 + timedelta(days=300),
    )


def add_papers(world):
    rows, users, places = world.rows, world.users, world.places
    paper, fellow = rows["paper"], users[who.FELLOW]
    looking_after = {who.FELLOW, who.HEAD, who.DIRECTOR, who.COORDINATOR}
    world.rows["draft"] = draft = Draft.objects.create(
        assignment=paper,
        enrollment=places[who.PARTICIPANT],
        text=world.hide("text of a draft", {who.PARTICIPANT}),
        commitment=world.hide("commitment of a draft", {who.PARTICIPANT}),
        help_used=world.hide("help named in a draft", {who.PARTICIPANT}),
        link=world.hide("link of a draft", {who.PARTICIPANT}),
        revision=3,
        saved_at=WEEK_3,
    )
    world.rows["kept text"] = KeptText.objects.create(
        draft=draft,
        editor=uuid4(),
        text=world.hide("kept text", {who.PARTICIPANT}),
        commitment=world.hide("commitment of a kept text", {who.PARTICIPANT}),
        based_on=1,
        kept_at=WEEK_3,
    )
    for name in (who.PARTICIPANT, who.NEIGHBOUR, who.ON_LEAVE, who.WITHDRAWN, who.COMPLETED):
        reader = who.OTHER_FELLOW if name == who.NEIGHBOUR else who.FELLOW
        readers = {name, reader, who.HEAD, who.CHAIR} | ({who.DIRECTOR} if name == who.COMPLETED else set())
        # A second reader of this one.
        readers |= {who.OTHER_FELLOW} if name == who.ON_LEAVE else set()
        submission = cast.make_submission(
            paper,
            places[name],
            text=f"I wrote {world.hide(f'paper of: {name}', readers)} and learnt from it.",
            commitment=world.hide(f"commitment of: {name}", readers),
            help_used=world.hide(f"help of: {name}", readers),
            honesty="This is my own work.",
            link=f"https://example.org/{world.hide(f'recording of: {name}', readers)}",
        )
        Reader.objects.create(submission=submission, user=users[reader], since=WEEK_3)
        rows[f"paper of: {name}"] = submission
    rows["submission"] = rows[f"paper of: {who.PARTICIPANT}"]
    add_files(world)
    add_second_readings(world)
    add_concerns(world)
    for_peers = cast.make_assignment(rows["module"], title="For a peer", answered_by="peers")
    its_readers = {who.NEIGHBOUR, who.PARTICIPANT, who.HEAD, who.CHAIR}
    rows["peer submission"] = cast.make_submission(
        for_peers, places[who.NEIGHBOUR], text=f"I wrote {world.hide('paper for a peer', its_readers)}."
    )
    Reader.objects.create(submission=rows["peer submission"], user=users[who.PARTICIPANT], since=WEEK_3)
    rows["file for a peer"] = hand_in_file(rows["peer submission"], world.hide("file for a peer", its_readers))
    answerers = {who.FELLOW, who.HEAD}
    held = rows["held feedback"] = cast.make_feedback(
        rows["submission"],
        fellow,
        status="held",
        result="please_revise",
        text=world.hide("text of held feedback", answerers),
        next_step=world.hide("next step of held feedback", answerers),
        revise_reason=world.hide("reason for a revision not yet released", answerers),
        revise_until=WEEK_3 + timedelta(days=9),
    )
    Comment.objects.create(
        feedback=held,
        starts_at_char=0,
        ends_at_char=1,
        quote="I",
        text=world.hide("comment of held feedback", answerers),
    )
    cast.make_feedback(
        rows[f"paper of: {who.COMPLETED}"],
        fellow,
        text=world.hide("text of released feedback", answerers | {who.COMPLETED, who.CHAIR, who.DIRECTOR}),
    )
    own_tag = Tag.objects.create(
        session=world.loa,
        position=1,
        title=world.hide("tag of papers", who.FELLOWS | {who.HEAD, who.CHAIR, who.DIRECTOR}),
    )
    Tagging.objects.create(submission=rows["submission"], tag=own_tag, by=fellow, at=WEEK_3)
    ChairMark.objects.create(submission=rows["submission"], by=fellow, at=WEEK_3)
    BankedComment.objects.create(
        user=fellow, text=world.hide("comment that a fellow keeps", {who.FELLOW}), saved_at=WEEK_3
    )
    PaperOpening.objects.create(
        submission=rows[f"paper of: {who.COMPLETED}"],
        user=users[who.DIRECTOR],
        reason=world.hide("reason for opening a paper", {who.DIRECTOR, who.COMPLETED, who.HEAD}),
        at=WEEK_3,
    )
    extension = rows["extension"] = cast.extend(
        paper, places[who.PARTICIPANT], by=timedelta(hours=48), granter=fellow, at=WEEK_3 - timedelta(days=1)
    )
    extension.reason = world.hide("reason of an extension", looking_after | {who.PARTICIPANT})
    extension.save()
    deciding = {who.FELLOW, who.HEAD, who.DIRECTOR}
    rows["request"] = ExtensionRequest.objects.create(
        assignment=paper,
        enrollment=places[who.PARTICIPANT],
        text=world.hide("text of a question for more time", deciding | {who.PARTICIPANT}),
        wished_on=date(2027, 3, 1),
        asked_at=WEEK_3,
        key=uuid4(),
    )
    rows["arrangement"] = cast.arrange(places[who.PARTICIPANT], by=timedelta(hours=24), granter=users[who.HEAD])
    Arrangement.objects.update(reason=world.hide("reason of a standing arrangement", {who.HEAD, who.DIRECTOR}))
    rows["cover"] = make_cover(world.loa, fellow)
    # The head teaching fellow reads too, and has not chosen to look at the table before the own answer.
    note = world.hide("what a reader made of a sample", {who.FELLOW, who.DIRECTOR})
    rows["sample"] = make_sample(paper, fellow, note)


def add_second_readings(world):
    """One to be done, of a paper whose first answer is released, and one that is finished."""
    rows, users = world.rows, world.users
    cast.make_feedback(
        rows[f"paper of: {who.ON_LEAVE}"],
        users[who.FELLOW],
        text=world.hide("first answer to a paper that is read again", {who.FELLOW, who.HEAD, who.CHAIR, who.ON_LEAVE}),
    )
    rows["second reading"] = make_second_reading(rows[f"paper of: {who.ON_LEAVE}"], users[who.OTHER_FELLOW])
    rows["draw"] = rows["second reading"].sample
    SecondReading.objects.filter(pk=rows["second reading"].pk).update(
        note=world.hide("note of a second reader who writes", {who.OTHER_FELLOW}), revision=2, saved_at=WEEK_3
    )
    KeptReading.objects.create(
        reading=rows["second reading"],
        editor=uuid4(),
        based_on=1,
        note=world.hide("note that a second reader kept", {who.OTHER_FELLOW}),
        kept_at=WEEK_3,
    )
    done = make_second_reading(rows[f"paper of: {who.NEIGHBOUR}"], users[who.FELLOW])
    Reader.objects.filter(pk=done.reader_id).update(ended_at=WEEK_3)
    SecondReading.objects.filter(pk=done.pk).update(
        sample=rows["draw"],
        result="complete",
        note=world.hide("note of a second reader", {who.HEAD}),
        finished_at=WEEK_3,
    )
    cast.make_feedback(
        rows[f"paper of: {who.NEIGHBOUR}"],
        users[who.OTHER_FELLOW],
        text=world.hide("released answer beside a second one", {who.OTHER_FELLOW, who.HEAD, who.CHAIR, who.NEIGHBOUR}),
    )


def add_concerns(world):
    """One that is open, and one with which the director wrote to the participant."""
    rows, users, places = world.rows, world.users, world.places
    looking_after = {who.HEAD, who.DIRECTOR}
    work = {"assignment": rows["paper"], "raised_by": users[who.FELLOW], "raised_at": WEEK_3}
    rows["concern"] = Concern.objects.create(
        submission=rows["submission"],
        enrollment=places[who.PARTICIPANT],
        note=world.hide("note of a concern", looking_after | {who.FELLOW}),
        **work,
    )
    rows["ended concern"] = Concern.objects.create(
        submission=rows[f"paper of: {who.COMPLETED}"],
        enrollment=places[who.COMPLETED],
        note=world.hide("note of a concern that has ended", looking_after | {who.FELLOW}),
        status="written",
        outcome=world.hide("outcome of a concern", looking_after),
        words=world.hide("words of the director after a concern", looking_after | {who.COMPLETED}),
        ended_by=users[who.DIRECTOR],
        ended_at=WEEK_3,
        **work,
    )


def make_second_reading(submission, reader):
    sample = SecondSample.objects.create(
        assignment=submission.assignment,
        wanted=1,
        candidates=1,
        seed="x",
        key=uuid4(),
        drawn_by=reader,
        drawn_at=WEEK_3,
    )
    row = Reader.objects.create(submission=submission, user=reader, kind=Reader.Kind.SECOND, since=WEEK_3)
    return SecondReading.objects.create(sample=sample, reader=row)


def make_sample(assignment, reader, note):
    paper = CalibrationPaper.objects.create(
        session=assignment.session,
        assignment=assignment,
        title="Sample 1",
        text="A sample.",
        added_by=reader,
        added_at=WEEK_3,
    )
    CalibrationAnswer.objects.create(paper=paper, user=reader, result="complete", note=note, saved_at=WEEK_3)
    return paper


def make_cover(session, away):
    return Cover.objects.create(
        session=session,
        away=away,
        starts_at=WEEK_3 + timedelta(days=900),
        message="Somebody else reads.",
        arranged_by=away,
        arranged_at=WEEK_3,
    )


def add_files(world):
    """A picture beside the draft, and beside papers: readers of the paper read it, nobody else."""
    rows = world.rows
    Assignment.objects.filter(pk=rows["paper"].pk).update(most_files=3)
    rows["draft file"] = hold_file(rows["draft"], world.hide("file of a draft", {who.PARTICIPANT}))
    readers = {who.PARTICIPANT, who.FELLOW, who.HEAD, who.CHAIR}
    rows["bundle"] = make_bundle(rows["paper"], world.users[who.CHAIR], world.hide("ZIP of papers", {who.CHAIR}))
    rows["file of a paper"] = hand_in_file(rows["submission"], world.hide("file of a paper", readers))
    opened = rows[f"paper of: {who.COMPLETED}"]
    readers = {who.COMPLETED, who.FELLOW, who.HEAD, who.CHAIR, who.DIRECTOR}
    rows["file of an opened paper"] = hand_in_file(opened, world.hide("file of an opened paper", readers))


def hold_file(draft, word):
    """A file of a draft whose name and bytes are private."""
    return DraftFile.objects.create(
        draft=draft, stored=store(word), shown=store(f"shown {word}"), name=f"{word}.png", kind="png", position=1,
        text=word, added_at=WEEK_3,
    )  # fmt: skip


def hand_in_file(submission, word):
    """The same with a paper."""
    stored = store(word)
    return SubmissionFile.objects.create(
        submission=submission, stored=stored, shown=store(f"shown {word}"), name=f"{word}.png", kind="png", position=1,
        text=word, size=stored.size, sha256=stored.sha256,
    )  # fmt: skip


def store(word):
    return store_file(content=word.encode(), content_type="image/png", now=WEEK_3)


def add_meetings(world):
    loa, rows = world.loa, world.rows
    rows["meeting"] = cast.make_meeting(loa, section=rows["section"])
    there = {who.NEIGHBOUR, who.OTHER_FELLOW} | who.APPOINTED
    rows["meeting of the other section"] = cast.make_meeting(
        loa,
        section=rows["other section"],
        link=f"https://meet.example.org/{world.hide('link of another section', there)}",
    )
    inside = who.READING | who.STAFF
    rows["live class"] = cast.make_meeting(
        loa, link=f"https://meet.example.org/{world.hide('link of the live class', inside)}"
    )


def add_announcements(world):
    """To section A and to one person of it by their fellow; one set to go out, one only begun."""
    rows, fellow = world.rows, world.users[who.FELLOW]
    of_section = {who.PARTICIPANT, who.ON_LEAVE, who.COMPLETED, who.FELLOW} | who.APPOINTED
    to_all = {who.HEAD, who.COORDINATOR, who.DIRECTOR, who.FELLOW}
    a = {"section": rows["section"]}
    rows["announcement"] = announce(world, "announcement to section A", fellow, of_section, **a)
    rows["personal announcement"] = announce(
        world, "word to one person", fellow, {who.FELLOW, who.PARTICIPANT}, enrollment=world.places[who.PARTICIPANT]
    )
    rows["scheduled announcement"] = announce(
        world, "announcement that is not out", fellow, to_all, send_at=WEEK_3 + timedelta(days=30), **a
    )
    rows["draft announcement"] = announce(
        world, "draft of an announcement", fellow, {who.FELLOW}, status="draft", send_at=None, **a
    )


def announce(world, what, author, readers, *, session=None, status="ready", send_at=WEEK_3, **audience):
    """Title and text that only its readers may find, and the notices of one that is out."""
    row = Announcement.objects.create(
        session=session or world.loa,
        author=author,
        title=world.hide(f"title of an {what}", readers),
        text=world.hide(f"text of an {what}", readers),
        status=status,
        send_at=send_at,
        key=uuid4(),
        saved_at=WEEK_3,
        **audience,
    )
    if send_at is not None:
        outbox.enqueue(announcement_notices.announced(row, WEEK_3), now=WEEK_3)
    return row


def add_coaching(world):
    loa, rows, coach = world.loa, world.rows, world.users[who.FELLOW]
    looking_on = who.APPOINTED | {who.FELLOW}
    rows["free hour"] = Slot.objects.create(
        session=loa, coach=coach, on_date=date(2027, 2, 19), at_time=time(10), link="https://meet.example.org/free"
    )
    booked = rows["booked hour"] = Slot.objects.create(
        session=loa,
        coach=coach,
        on_date=date(2027, 2, 19),
        at_time=time(11),
        link=f"https://meet.example.org/{world.hide('link of a booked hour', looking_on | {who.PARTICIPANT})}",
    )
    Booking.objects.create(
        slot=booked,
        enrollment=world.places[who.PARTICIPANT],
        starts_at=booked.starts_at,
        ends_at=booked.ends_at,
        about=world.hide("what a coaching hour is about", looking_on | {who.PARTICIPANT}),
        booked_at=WEEK_3,
    )


def add_records(world):
    loa, rows, users = world.loa, world.rows, world.users
    office = {who.COORDINATOR, who.DIRECTOR}
    rows["entry"] = record(
        actor=users[who.DIRECTOR],
        verb="put on leave",
        on=world.places[who.ON_LEAVE],
        before={"status": "active"},
        after={"status": "on_leave"},
        reason=world.hide("reason in the record", office),
        scope=loa.scope,
        now=WEEK_3,
    )
    rows["notice"] = make_notice(users[who.PARTICIPANT], scope=loa.scope, word=world.hide("context of a notice"))
    rows["job"] = Job.objects.create(
        kind="test",
        owner=users[who.DIRECTOR],
        scope=loa.scope,
        message=world.hide("message of a job", {who.DIRECTOR, who.OPERATOR}),
        params={"secret": world.hide("parameters of a job")},
        created_at=WEEK_3,
    )


def make_bundle(paper, user, word):
    """Finished, with the word in the file and in the name of what was packed."""
    return Bundle.objects.create(
        assignment=paper,
        of=word,
        papers=[],
        asked_by=user,
        asked_at=WEEK_3,
        key=uuid4(),
        job=Job.objects.create(kind="test", owner=user, created_at=WEEK_3),
        stored=store_file(content=word.encode(), content_type="application/zip", now=WEEK_3),
        kept_until=WEEK_3 + Bundle.KEPT,
    )


def make_notice(user, *, scope, word):
    return Notice.objects.create(
        recipient=user,
        kind="cohorts.invitation",
        object_type="cohorts.enrollment",
        object_id=0,
        occurrence="1",
        scope=scope,
        lane="event",
        context={"secret": word},
        created_at=WEEK_3,
        send_at=WEEK_3,
        expires_at=WEEK_3 + timedelta(days=3),
        next_try_at=WEEK_3,
        accepted_at=WEEK_3,
        status="sent",
    )


def add_the_other_session(world):
    """One of everything in the session where the outsider takes part and the other director directs."""
    cpv, rows, users = world.cpv, world.rows, world.users
    there = {who.OUTSIDER, who.OTHER_DIRECTOR}
    users[who.OUTSIDER] = cast.make_user("Noor Haddad", zone="Asia/Beirut", email="noor@example.org")
    place = rows["foreign place"] = world.places[who.OUTSIDER] = cast.enroll(users[who.OUTSIDER], cpv)
    rows["foreign person"] = users[who.OUTSIDER]
    rows["foreign section"] = cast.make_section(cpv, name="Foreign section")
    rows["foreign meeting"] = cast.make_meeting(
        cpv, title=world.hide("meeting of another program", there), link="https://meet.example.org/x"
    )
    rows["foreign announcement"] = announce(
        world, "announcement of another program", users[who.OTHER_DIRECTOR], there, session=cpv
    )
    module = rows["foreign module"] = cast.make_module(
        cpv, number=1, introduction=world.hide("open module of another program", there)
    )
    rows["foreign item"] = cast.make_item(module, key="foreign-reading")
    paper = rows["foreign paper"] = cast.make_assignment(module)
    rows["foreign criterion"] = paper.criteria.first()
    rows["foreign hour"] = Slot.objects.create(
        session=cpv, coach=users[who.FELLOW], on_date=date(2027, 2, 19), at_time=time(15)
    )
    rows["foreign extension"] = cast.extend(paper, place, by=timedelta(hours=1), granter=users[who.OTHER_DIRECTOR])
    rows["foreign request"] = ExtensionRequest.objects.create(
        assignment=paper, enrollment=place, text="For a week", wished_on=date(2027, 3, 1), asked_at=WEEK_3, key=uuid4()
    )
    rows["foreign arrangement"] = cast.arrange(place, by=timedelta(hours=24), granter=users[who.OTHER_DIRECTOR])
    rows["foreign sample"] = make_sample(paper, users[who.OTHER_DIRECTOR], "Noted.")
    rows["foreign bundle"] = make_bundle(paper, users[who.OTHER_DIRECTOR], world.hide("ZIP of another program"))
    rows["foreign cover"] = make_cover(cpv, users[who.FELLOW])
    rows["foreign program"], rows["foreign session"], rows["foreign version"] = cpv.program, cpv, cpv.version
    rows["foreign draft"] = Draft.objects.create(
        assignment=paper, enrollment=place, text=world.hide("draft of another program", {who.OUTSIDER}), saved_at=WEEK_3
    )
    rows["foreign kept text"] = KeptText.objects.create(
        draft=rows["foreign draft"], editor=uuid4(), text="Kept.", based_on=0, kept_at=WEEK_3
    )
    rows["foreign submission"] = cast.make_submission(
        paper, place, text=f"I wrote {world.hide('paper of another program', {who.OUTSIDER})}."
    )
    there = {who.OUTSIDER}
    rows["foreign second reading"] = make_second_reading(rows["foreign submission"], users[who.OTHER_DIRECTOR])
    rows["foreign draw"] = rows["foreign second reading"].sample
    rows["foreign concern"] = Concern.objects.create(
        submission=rows["foreign submission"],
        assignment=paper,
        enrollment=place,
        note=world.hide("note of a concern of another program", {who.OTHER_DIRECTOR}),
        raised_by=users[who.OTHER_DIRECTOR],
        raised_at=WEEK_3,
    )
    rows["foreign draft file"] = hold_file(rows["foreign draft"], world.hide("draft file of another program", there))
    rows["foreign file of a paper"] = hand_in_file(
        rows["foreign submission"], world.hide("file of another program", there)
    )
    rows["foreign director’s appointment"] = users[who.OTHER_DIRECTOR].appointments.get()
    rows["foreign appointment"] = cast.appoint(cast.make_user("Coordinator elsewhere"), Role.COORDINATOR, session=cpv)
    rows["foreign entry"] = record(
        actor=users[who.OTHER_DIRECTOR],
        verb="changed",
        on=place,
        reason=world.hide("reason in the record of another program", {who.OTHER_DIRECTOR}),
        scope=cpv.scope,
        now=WEEK_3,
    )
    rows["foreign notice"] = make_notice(
        users[who.OUTSIDER], scope=cpv.scope, word=world.hide("context of a notice of another program")
    )
    rows["foreign job"] = Job.objects.create(
        kind="test",
        owner=users[who.OTHER_DIRECTOR],
        message=world.hide("message of a job of another program", {who.OTHER_DIRECTOR, who.OPERATOR}),
        created_at=WEEK_3,
    )

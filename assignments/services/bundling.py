"""All papers of an assignment in one ZIP, packed by a job some papers at a time."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce, Length

from accounts.models import User, in_lists
from accounts.roles import Perm
from assignments.models import Assignment, Bundle, BundlePart, Feedback, PaperOpening, Submission, SubmissionFile
from assignments.services.looks import note_looks
from assignments.services.openings import open_papers
from audit.services import record
from cohorts.access import Membership, membership_of
from cohorts.models import Section
from core.sheets import sheet
from core.zones import say_zone
from files.archives import Entry, joined, piece_of
from files.names import unpackable_name
from files.places import place_of
from files.services import BytesMissing, NoRoom, forget_file, store_file
from jobs.kinds import JobFailed, Progress
from jobs.models import Job
from jobs.services import start_job

KIND = "assignments.bundle"
ZIP = "application/zip"
ALL_SECTIONS = "All sections"
# A step packs so many papers at most, and begins no further one beyond so many bytes.
AT_ONCE = 20
MOST_BYTES = 24 * 1024 * 1024
# Characters in a path, so that the longest stays below the 260 that Windows unpacks.
SECTION, PERSON, FILE = 30, 50, 80
INDEX = (
    "Participant", "Section", "Attempt", "Receipt", "Handed in, program time", "Program time is",
    "Handed in, their own time", "Their time is", "Late by (hours)", "Words", "SHA-256 of the text",
    "Result (released)", "May be quoted", "Commitment", "Help used", "Link", "Folder", "Files", "Not in here",
)  # fmt: skip


class MayNotBundle(Exception):
    """The person may not read all papers here, or only after saying why."""

    def __init__(self, *, asks_reason: bool = False) -> None:
        self.asks_reason = asks_reason
        super().__init__(
            "Write why you need these papers; their writers may read it."
            if asks_reason
            else "You may not read all papers of this session, or no longer."
        )


class NothingToBundle(Exception):
    """No paper has been handed in."""

    def __init__(self) -> None:
        super().__init__("Nothing has been handed in there yet.")


@transaction.atomic
def start_bundle(
    *, assignment: Assignment, section: Section | None, reason: str, key: UUID, actor: User, now: datetime
) -> Bundle:
    """Have the papers packed that are handed in by now: of a section, or of everybody. The same key is the same bundle.

    Whoever reads papers only with a reason must give one: it is kept with each paper, and the file with it is there as
    long as an opened paper is open. Raises MayNotBundle, NothingToBundle.
    """
    # Of two posts at once, one waits here.
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    known = Bundle.objects.filter(asked_by=actor, key=key).select_related("job").first()
    if known is not None:
        return known
    session = assignment.session
    needs_reason = reason_needed(membership_of(actor, session, now))
    reason = reason.strip() if needs_reason else ""
    if needs_reason and not reason:
        raise MayNotBundle(asks_reason=True)
    wanted = Submission.objects.filter(assignment=assignment).exclude(enrollment__user=actor)
    wanted = wanted.filter(enrollment__section=section) if section else wanted
    by = (F("enrollment__section__name").asc(nulls_last=True), in_lists("enrollment__user__"), "enrollment", "number")
    papers = list(wanted.order_by(*by).values_list("pk", flat=True))
    if not papers:
        raise NothingToBundle
    job = start_job(kind=KIND, owner=actor, scope=session.scope, now=now)
    bundle = Bundle.objects.create(
        assignment=assignment,
        of=section.name if section else ALL_SECTIONS,
        papers=papers,
        reason=reason,
        asked_by=actor,
        asked_at=now,
        key=key,
        job=job,
        kept_until=now + (PaperOpening.HOLDS if needs_reason else Bundle.KEPT),
    )
    after = {"papers": len(papers), "of": bundle.of, "until": bundle.kept_until}
    record(
        actor=actor, verb="asked for all papers", on=bundle, after=after, reason=reason, scope=session.scope, now=now
    )
    return bundle


def reason_needed(membership: Membership) -> bool:
    """Whether this person reads papers only after writing why. Raises MayNotBundle where not even then."""
    if membership.may(Perm.READ_ALL_PAPERS):
        return False
    if membership.may(Perm.OPEN_PAPER_WITH_REASON):
        return True
    raise MayNotBundle


def pack_papers(job: Job, now: datetime) -> Progress:
    """One step: some more papers, each recorded as read; or, when all are packed, the whole."""
    bundle = (
        Bundle.objects.select_for_update(of=("self",))
        .select_related("assignment__item", "assignment__session__program", "asked_by")
        .get(job=job)
    )
    if bundle.forgotten_at is not None or bundle.kept_until <= now:
        raise JobFailed("This was asked for too long ago. Ask for the papers anew.")
    first, total = job.cursor.get("next", 0), len(bundle.papers)
    try:
        _check_reading(bundle, now)
        if first < total:
            last = _pack_part(bundle, first, now)
            return Progress(done=last, total=total, cursor={"next": last}, message=f"{last} of {total} packed")
        _join_parts(bundle, now)
    except (BytesMissing, MayNotBundle, NoRoom) as refused:
        raise JobFailed(str(refused)) from refused
    papers = "One paper" if total == 1 else f"{total} papers"
    return Progress(done=total, total=total, finished=True, message=f"{papers} and an index.")


def _check_reading(bundle: Bundle, now: datetime) -> None:
    """Asked at each step: somebody may lose their role in between."""
    if reason_needed(membership_of(bundle.asked_by, bundle.assignment.session, now)) and not bundle.reason:
        raise MayNotBundle


def _pack_part(bundle: Bundle, first: int, now: datetime) -> int:
    """Pack the papers from this one on, as many as one step takes; returns where the next step begins."""
    chosen = _as_many_as_fit(bundle.papers[first : first + AT_ONCE])
    if bundle.reason:
        session = bundle.assignment.session
        open_papers(papers=chosen, session=session, reason=bundle.reason, actor=bundle.asked_by, now=now)
    found = _papers(bundle, chosen, now)
    if len(found) < len(chosen):
        raise MayNotBundle
    taken = [found[pk] for pk in chosen]
    results = _results(taken)
    rows: list[list[Any]] = []
    entries: list[Entry] = []
    for paper in taken:
        packed, missing = _entries(paper)
        entries += packed
        rows.append(_row(paper, results.get(paper.pk, ""), [entry.path for entry in packed], missing))
    with piece_of(entries) as piece:
        stored = store_file(content=piece, content_type=ZIP, now=now)
    BundlePart.objects.create(bundle=bundle, position=first, stored=stored, rows=rows)
    note_looks(submissions=taken, way="in a ZIP of all papers", actor=bundle.asked_by, now=now)
    return first + len(taken)


def _papers(bundle: Bundle, keys: list[int], now: datetime) -> dict[int, Submission]:
    readable = Submission.objects.visible_to(bundle.asked_by, now).filter(pk__in=keys).with_lateness().with_quoting()
    papers = readable.select_related("enrollment__user", "enrollment__section").prefetch_related("files__stored")
    found = papers.in_bulk()
    for paper in found.values():
        paper.assignment = bundle.assignment
    return found


def _as_many_as_fit(keys: list[int]) -> list[int]:
    """The first of these papers; asked before any is opened, because each opening is told to a writer."""
    sizes = Submission.objects.filter(pk__in=keys).order_by()
    size_of = dict(sizes.values_list("pk", Length("text") + Coalesce(Sum("files__size"), 0)))
    size = 0
    for count, pk in enumerate(keys, start=1):
        size += size_of[pk]
        if size >= MOST_BYTES:
            return keys[:count]
    return keys


def _results(papers: list[Submission]) -> dict[int, str]:
    """Of those that were answered, as their writers read it now."""
    answers = Feedback.objects.in_force().filter(submission__in=papers)
    return {answer.submission_id: answer.get_result_display() for answer in answers}


def _entries(paper: Submission) -> tuple[list[Entry], list[str]]:
    """The files of a paper, its text among them: the very bytes that its SHA-256 is of; and what cannot be found."""
    folder = folder_of(paper)
    at = paper.handed_in_at.astimezone(paper.assignment.session.tz)
    entries = [Entry(f"{folder}/paper.md", paper.text.encode(), at)] if paper.text else []
    missing = []
    for file in paper.files.all():
        # A file that is gone from the server keeps nobody from the others.
        if place_of(file.stored.sha256).is_file():
            entries.append(Entry(f"{folder}/{name_of(file)}", file.stored, at))
        else:
            missing.append(file.name)
    return entries, missing


def folder_of(paper: Submission) -> str:
    """Where it lies in the archive; the receipt tells two people of one name apart."""
    section = paper.enrollment.section
    in_section = unpackable_name(section.name, SECTION) if section else "No section"
    person = unpackable_name(paper.enrollment.user.name.replace(".", " "), PERSON)
    return f"{in_section}/{person}, attempt {paper.number}, {paper.receipt}"


def name_of(file: SubmissionFile) -> str:
    """Its own name, numbered, so that two of one name are two."""
    return f"{file.position} {unpackable_name(file.name, FILE)}"


def _row(paper: Submission, result: str, paths: list[str], missing: list[str]) -> list[Any]:
    """Its line of the index."""
    session, writer = paper.assignment.session, paper.enrollment.user
    there, theirs = (paper.handed_in_at.astimezone(zone) for zone in (session.tz, writer.tz))
    return [
        writer.name,
        paper.enrollment.section.name if paper.enrollment.section else "",
        paper.number,
        paper.receipt,
        f"{there:%Y-%m-%d %H:%M:%S}",
        say_zone(session.zone),
        f"{theirs:%Y-%m-%d %H:%M:%S}",
        say_zone(writer.zone),
        _hours(paper.late_by),
        paper.words,
        paper.sha256,
        result,
        paper.quoting_words,
        paper.commitment,
        paper.help_used,
        paper.link,
        folder_of(paper),
        "\n".join(path.rpartition("/")[2] for path in paths),
        "\n".join(missing),
    ]


def _hours(span: timedelta | None) -> float | str:
    return "" if span is None else round(span / timedelta(hours=1), 2)


def _join_parts(bundle: Bundle, now: datetime) -> None:
    """Make one file of the parts and the index, which then are kept no longer."""
    parts = list(bundle.parts.select_related("stored"))
    index = sheet(INDEX, (row for part in parts for row in part.rows))
    at = now.astimezone(bundle.assignment.session.tz)
    with piece_of([Entry("index.csv", index, at)]) as piece:
        last = store_file(content=piece, content_type=ZIP, now=now)
    packed = [*(part.stored for part in parts), last]
    with joined(packed) as whole:
        bundle.stored = store_file(content=whole, content_type=ZIP, now=now)
    bundle.save(update_fields=["stored"])
    bundle.parts.all().delete()
    for stored in packed:
        forget_file(stored)


def note_fetch(*, bundle: Bundle, actor: User, now: datetime) -> None:
    """Write down that somebody took the file; needs its assignment and session in the row."""
    record(actor=actor, verb="fetched all papers", on=bundle, scope=bundle.assignment.session.scope, now=now)


def forget_bundles(*, now: datetime) -> int:
    """Remove the files of those whose time is over; returns how many. Safe to run twice and beside a job."""
    return sum(_forget(pk, now) for pk in Bundle.objects.outlived(now).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _forget(pk: int, now: datetime) -> bool:
    rows = Bundle.objects.outlived(now).select_for_update(of=("self",), skip_locked=True).select_related("stored")
    bundle = rows.filter(pk=pk).first()
    if bundle is None:
        return False
    kept = [part.stored for part in bundle.parts.select_related("stored")]
    kept += [bundle.stored] if bundle.stored else []
    bundle.parts.all().delete()
    bundle.stored, bundle.forgotten_at = None, now
    bundle.save(update_fields=["stored", "forgotten_at"])
    for stored in kept:
        forget_file(stored)
    return True

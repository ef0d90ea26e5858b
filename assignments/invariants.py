"""What must hold of papers, readers and deadlines whatever happened; each yields a sentence for what breaks it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q

from assignments.models import Assignment, Concern, Cover, Extension, Feedback, Reader, Submission, SubmissionAuthor
from assignments.services.extensions import elapsed
from assignments.services.peers import unanswered_by_peers
from cohorts.access import membership_of
from core.windows import Days, Window
from modules.models import ItemProgress

# Covers begin and end within so long; a worker may be away for a while.
MINDED = timedelta(hours=1)


def readers_who_may_not_read(now: datetime) -> Iterator[str]:
    """A waiting paper stands in the queue of somebody who can come and answer it."""
    waiting = Submission.objects.awaiting_feedback()
    readers = Reader.objects.current().primary().filter(submission__in=waiting)
    known: dict[tuple[int, int], bool] = {}
    for reader in readers.select_related("user", "submission__assignment__session__program").order_by("pk"):
        session = reader.submission.assignment.session
        pair = (reader.user_id, session.pk)
        if pair not in known:
            known[pair] = bool(membership_of(reader.user, session, min(now, session.access_ends_at)))
        if not known[pair]:
            yield f"Paper {reader.submission.receipt} waits for {reader.user}, who has no part in its session any more."


def papers_left_with_silent_peers(now: datetime) -> Iterator[str]:
    """What peers have not answered in time was passed on, within the hour."""
    for paper in unanswered_by_peers(now - timedelta(hours=1)).order_by("pk"):
        yield f"Paper {paper.receipt} waits for a peer, though an answer is due soon."


def attempts_numbered_wrongly(now: datetime) -> Iterator[str]:
    """Attempts are numbered from one without a gap."""
    each = (
        Submission.objects.order_by().values("assignment", "enrollment").annotate(last=Max("number"), all=Count("pk"))
    )
    for row in each.exclude(last=F("all")).order_by("assignment", "enrollment"):
        yield (
            f"The {row['all']} attempts of enrollment {row['enrollment']} at assignment {row['assignment']} "
            f"are numbered up to {row['last']}."
        )


def lateness_that_is_wrong(now: datetime) -> Iterator[str]:
    """Each author's lateness is that of the deadline as it stood."""
    for author in SubmissionAuthor.objects.select_related("submission").order_by("pk").iterator():
        late_by = Window(due_at=author.due_at).lateness(author.submission.handed_in_at)
        if late_by != author.late_by:
            yield f"Paper {author.submission.receipt} is marked late by {author.late_by}, and was by {late_by}."


def papers_whose_item_is_not_done(now: datetime) -> Iterator[str]:
    """What is handed in is done; strict order reads nothing else."""
    done = ItemProgress.objects.filter(item=OuterRef("assignment__item"), enrollment=OuterRef("enrollment"))
    for paper in Submission.objects.counting().filter(~Exists(done)).order_by("pk"):
        yield f"Paper {paper.receipt} is handed in, and its item is not done."


def days_that_are_not_days(now: datetime) -> Iterator[str]:
    """An extension by days ends at the same time on the session's clocks."""
    by_days = Extension.objects.in_force().filter(later_days__isnull=False)
    for extension in by_days.select_related("assignment__session").order_by("pk"):
        days = Days(extension.later_days or 0, extension.assignment.session.zone)
        if extension.later_by != elapsed(extension.assignment, days):
            yield f"Extension {extension.pk} is {extension.later_by} long, which is not {extension.later_days} days."


def covers_that_are_wrong(now: datetime) -> Iterator[str]:
    """Who covers is one of the colleagues, of a cover that runs, or finishes what they have begun in it; so is
    everybody on the way there."""
    covering = Reader.objects.current().covering()
    colleague = Cover.colleagues.through.objects.filter(cover=OuterRef("cover"), user=OuterRef("user"))
    for reader in covering.filter(~Exists(colleague)).select_related("user", "submission").order_by("pk"):
        yield f"{reader.user} covers paper {reader.submission.receipt}, and was never asked to."
    away = dict(Cover.objects.values_list("pk", "away"))
    asked = set(Cover.colleagues.through.objects.values_list("cover", "user"))
    for reader in covering.exclude(way=[]).select_related("user", "submission").order_by("pk"):
        if any(step not in asked for step in zip(reader.way, [away[pk] for pk in reader.seat.way[1:]], strict=True)):
            yield f"Paper {reader.submission.receipt} came to {reader.user} by covers of which one does not lead there."
    for reader in covering.filter(cover__began_at=None).select_related("submission").order_by("pk"):
        yield f"Paper {reader.submission.receipt} is covered before the cover has begun."
    for cover in Cover.objects.planned().filter(starts_at__lte=now - MINDED).order_by("pk"):
        yield f"Cover {cover.pk} should have begun."
    for cover in Cover.objects.running().filter(ends_at__lte=now - MINDED).order_by("pk"):
        yield f"Cover {cover.pk} should be over."


def second_readings_that_are_not_blind(now: datetime) -> Iterator[str]:
    """Who reads a second time was asked to by a draw, and neither answers the paper nor has."""
    second = Reader.objects.filter(kind=Reader.Kind.SECOND).select_related("user", "submission").order_by("pk")
    for reader in second.filter(second_reading__isnull=True):
        yield f"{reader.user} reads paper {reader.submission.receipt} a second time, and nobody drew it."
    for reader in second.filter(ended_at__isnull=True, second_reading__finished_at__isnull=False):
        yield f"{reader.user} has finished the second reading of paper {reader.submission.receipt} and reads it still."
    work = {
        "submission__assignment": OuterRef("submission__assignment"),
        "submission__enrollment": OuterRef("submission__enrollment"),
    }
    first = Reader.objects.current().primary().filter(user=OuterRef("user"), **work)
    answered = Feedback.objects.filter(author=OuterRef("user"), **work)
    for reader in second.filter(Exists(first) | Exists(answered), ended_at__isnull=True):
        yield f"{reader.user} reads paper {reader.submission.receipt} a second time, and knows the first answer."


def answers_released_under_review(now: datetime) -> Iterator[str]:
    """While a paper was under review, nothing that was written about it went out."""
    meanwhile = Concern.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=OuterRef("released_at")),
        assignment=OuterRef("submission__assignment"),
        enrollment=OuterRef("submission__enrollment"),
        raised_at__lt=OuterRef("released_at"),
    )
    released = Feedback.objects.filter(Exists(meanwhile), status=Feedback.Status.RELEASED)
    for feedback in released.select_related("submission").order_by("pk"):
        yield f"An answer to paper {feedback.submission.receipt} was released while the paper was under review."


def promises_that_were_slept_through(now: datetime) -> Iterator[str]:
    """What is finished and held by nobody goes out at the promised instant."""
    for feedback in Feedback.objects.going_out(now - MINDED).select_related("submission").order_by("pk"):
        yield f"The answer to paper {feedback.submission.receipt} is finished, was promised, and did not go out."


def items_that_block_too_long(now: datetime) -> Iterator[str]:
    """Work that closed without being handed in keeps no module closed."""
    blocks_longer = Q(item__blocks_until=None) | Q(item__blocks_until__gt=F("closes_at"))
    for work in Assignment.objects.filter(blocks_longer).order_by("pk"):
        yield f"Assignment {work.pk} closes before its item stops blocking."

"""The words in which assignments, papers and answers are asked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest

from accounts.models import User
from accounts.roles import Perm
from assignments import due

# By its module, because the models are made with these querysets.
from assignments import models as tables
from assignments.promises import PromisedAt
from cohorts.access import Membership
from cohorts.models import Enrollment
from core.conditions import asked_after
from core.windows import ON_TIME_GRACE
from modules.models import Module
from modules.opening import OpensAt
from programs.models import Session

if TYPE_CHECKING:
    from assignments.models import (  # noqa: F401 - the types of the rows
        Arrangement,
        Assignment,
        Draft,
        DraftFile,
        Extension,
        ExtensionRequest,
        Feedback,
        Reader,
        Submission,
        SubmissionFile,
    )


def key_of(whose: Enrollment | F) -> Combinable:
    """An enrollment's key as an expression."""
    return whose if isinstance(whose, F) else Value(whose.pk)


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments as participants and staff ask for them."""

    def for_session(self, session: Session) -> AssignmentQuerySet:
        """Those of one session, in the order of its curriculum."""
        return self.filter(session=session).order_by("item__module__position", "item__position")

    def visible_to(self, user: User, at: datetime) -> AssignmentQuerySet:
        """Those of modules that are open for this person, or they handed in; all of a session to its staff."""
        handed_in = tables.Submission.objects.own_of(user, at)
        readable = Module.objects.readable_by(user, at)
        return self.filter(Q(item__module__in=readable.values("pk")) | Q(pk__in=handed_in.values("assignment")))

    def visible_within(self, session: Session, membership: Membership, at: datetime) -> AssignmentQuerySet:
        """What `visible_to` shows of one session, from what the access middleware already knows of the person there:
        a fifth of the work. A test holds the two together."""
        here = self.filter(session=session)
        if membership.is_staff:
            return here
        place = membership.enrollment
        if place is None:
            return self.none()
        is_handed_in = due.IsHandedIn(F("pk"), key_of(place))
        if place.status not in Enrollment.READING:
            return here.filter(is_handed_in)
        opens_at = OpensAt(place.pk, module="item__module__")
        return here.alias(opens_at=opens_at).filter(Q(item__module__is_ready=True, opens_at__lte=at) | Q(is_handed_in))

    def for_each_of(self, enrollments: QuerySet[Enrollment]) -> AssignmentQuerySet:
        """A row for each assignment and person of its session: `whose`, the enrollment's key."""
        each = self.annotate(whose=F("session__enrollments"))
        return each.filter(whose__in=enrollments.order_by().values("pk"))

    def with_due_for(self, whose: Enrollment | F) -> AssignmentQuerySet:
        """Adds `own_due_at` and `own_closes_at`: this person's deadline, as `windows.window_for` says it.

        After `for_each_of` the person is `F("whose")`.
        """
        own_due_at = due.OwnDueAt(F("due_at"), F("pk"), key_of(whose))
        return self.annotate(
            own_due_at=own_due_at,
            own_closes_at=due.moved_as_much(F("closes_at"), F("due_at"), own_due_at),
        )

    def with_state_for(self, whose: Enrollment | F) -> AssignmentQuerySet:
        """Adds what `Assignment.standing` needs to say how each stands for this person."""
        pair = (F("pk"), key_of(whose))
        return self.with_due_for(whose).annotate(  # type: ignore[no-redef]
            own_handed_in_at=due.OwnHandedInAt(*pair),
            own_late_by=due.OwnLateBy(*pair),
            own_result=due.OwnResult(*pair),
            own_draft_saved_at=due.OwnDraftSavedAt(*pair),
        )

    def with_moves_for(self, whose: Enrollment | F) -> AssignmentQuerySet:
        """Adds `own_times_moved`: a number that rises whenever this person's deadline becomes another."""
        return self.annotate(own_times_moved=due.OwnTimesMoved("times_moved", F("pk"), key_of(whose)))

    def with_answer_for(self, whose: Enrollment) -> AssignmentQuerySet:
        """Adds `own_answer` and `own_extension`: what this person was answered, and why their deadline is later."""
        pair = (F("pk"), key_of(whose))
        return self.annotate(own_answer=due.OwnAnswer(*pair), own_extension=due.OwnLastExtension(F("due_at"), *pair))

    def with_commitment_for(self, whose: Enrollment) -> AssignmentQuerySet:
        """Adds `own_commitment`: what this person, with the paper before, said they would do before this one."""
        return self.annotate(own_commitment=due.OwnCommitment(F("pk"), key_of(whose)))

    def with_words_for(self, whose: Enrollment) -> AssignmentQuerySet:
        """Adds `own_words`: what the director wrote to this person about their work, after a review."""
        return self.annotate(own_words=due.OwnWords(F("pk"), key_of(whose)))

    def with_readers_for(self, whose: Enrollment | None) -> AssignmentQuerySet:
        """Adds `named_readers` for `own.name_readers`: who may read what this person, or anybody, hands in."""
        return self.annotate(
            named_readers=due.ReadersByName(F("pk"), F("session"), F("session__program"), whose and whose.pk)
        )

    def with_time_for(self, whose: Enrollment) -> AssignmentQuerySet:
        """Adds `own_time` and `own_request`: what this person took without asking, and what they asked for."""
        pair = (F("pk"), key_of(whose))
        return self.annotate(own_time=due.OwnTime(F("session"), *pair), own_request=due.OwnRequest(*pair))

    def with_rubric(self) -> AssignmentQuerySet:
        """Adds `rubric`: the criteria with their levels, to be read."""
        return self.annotate(rubric=due.Rubric(F("pk")))

    def due_after(self, at: datetime) -> AssignmentQuerySet:
        """Whose own deadline has not passed at that moment; after `with_due_for`."""
        return self.filter(own_due_at__gt=at - ON_TIME_GRACE)

    def past_due(self, at: datetime, *, of: Q | None = None) -> AssignmentQuerySet:
        """Whose own deadline has passed at that moment; after `with_due_for`. With `of` only those, and the deadline,
        which is dear, is asked of no others."""
        is_past = Q(own_due_at__lte=at - ON_TIME_GRACE)
        return self.filter(is_past if of is None else asked_after(of, is_past))

    def due_between(self, since: datetime, until: datetime) -> AssignmentQuerySet:
        """Whose own deadline, as it is shown, lies in that time (since < due <= until); after `with_due_for`."""
        # Nobody's own deadline is earlier than that of all: of later work it need not be asked.
        return self.filter(due_at__lte=until, own_due_at__gt=since, own_due_at__lte=until)

    def closing_between(self, since: datetime, until: datetime) -> AssignmentQuerySet:
        """Whose own close, as it is shown, lies in that time (since < close <= until); after `with_due_for`."""
        return self.filter(closes_at__lte=until, own_closes_at__gt=since, own_closes_at__lte=until)

    def taken_at(self, at: datetime) -> AssignmentQuerySet:
        """Whose work is still taken, on time or late; after `with_due_for`."""
        return self.filter(own_closes_at__gt=at - ON_TIME_GRACE)


class DraftQuerySet(models.QuerySet["Draft"]):
    """What is being written."""

    def not_handed_in(self) -> DraftQuerySet:
        """With text in it that is newer than what was last handed in."""
        newer = Q(handed_in_revision__isnull=True) | Q(revision__gt=F("handed_in_revision"))
        return self.filter((newer & Q(text__regex=r"\S")) | Q(has_waiting_files=True))


class DraftFileQuerySet(models.QuerySet["DraftFile"]):
    """Files of drafts: their writers', and nobody else's."""

    def current(self) -> DraftFileQuerySet:
        """Not taken out again."""
        return self.filter(removed_at__isnull=True)

    def visible_to(self, user: User, at: datetime) -> DraftFileQuerySet:
        """Only to whoever writes the draft, as long as they read their own work."""
        mine = Enrollment.objects.reading_own_work(at).filter(user=user)
        return self.current().filter(draft__enrollment__in=mine.values("pk"))


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Handed-in papers: whose, whose to read, which still wait."""

    def own_of(self, user: User, at: datetime) -> SubmissionQuerySet:
        """The person's own, as long as they may read them; a withdrawn participant's stay readable."""
        return self.filter(enrollment__in=Enrollment.objects.reading_own_work(at).filter(user=user).values("pk"))

    def visible_to(self, user: User, at: datetime) -> SubmissionQuerySet:
        """Papers whose text this person may read: the writer, its readers, head TF and faculty chair.

        Others (a program director) for a day after they wrote down why: `PaperOpening`. A second reader is not among
        them: what stands beside a paper here would tell how it was answered (`SecondReading.objects.visible_to`).
        """
        mine = Enrollment.objects.reading_own_work(at).filter(user=user).values("pk")
        reading = tables.Reader.objects.current().primary().filter(user=user).values("submission")
        reads_all = Session.objects.granting(user, Perm.READ_ALL_PAPERS).values("pk")
        may_open = Session.objects.granting(user, Perm.OPEN_PAPER_WITH_REASON).values("pk")
        opened = user.paper_openings.filter(at__gt=at - tables.PaperOpening.HOLDS, at__lte=at).values("submission")
        return self.filter(
            Q(enrollment__in=mine)
            | Q(pk__in=reading)
            | Q(assignment__session__in=reads_all)
            | Q(pk__in=opened, assignment__session__in=may_open)
        )

    def in_sessions_granting(self, user: User, perm: Perm) -> SubmissionQuerySet:
        """Papers that stand in lists of those who look after a session: that they are there, never their text."""
        return self.filter(assignment__session__in=Session.objects.granting(user, perm).values("pk"))

    def with_lateness(self) -> SubmissionQuerySet:
        """Adds `was_due_at` and `late_by`: the deadline as it stood and how late it came."""
        return self.annotate(was_due_at=F("authors__due_at"), late_by=F("authors__late_by"))

    def with_promise(self) -> SubmissionQuerySet:
        """Adds `promised_at`, until when an answer is promised (None where nothing is), `is_answered`, and
        `comes_later`: the promise does not hold, and its writer is told no day."""
        answered = tables.Feedback.objects.filter(submission=OuterRef("pk"), status=tables.Feedback.Status.RELEASED)
        return self.annotate(
            promised_at=PromisedAt(F("pk")), is_answered=Exists(answered), comes_later=due.ComesLater(F("pk"))
        )

    def with_quoting(self) -> SubmissionQuerySet:
        """Adds `may_be_quoted`: what the writer says now of all attempts, said last with the newest or since."""
        counting = tables.Submission.objects.counting().filter(
            assignment=OuterRef("assignment"), enrollment=OuterRef("enrollment")
        )
        changed = tables.QuotingChoice.objects.filter(
            submission__assignment=OuterRef("assignment"),
            submission__enrollment=OuterRef("enrollment"),
            submission__superseded_at__isnull=True,
        )
        return self.annotate(
            may_be_quoted=Coalesce(
                Subquery(changed.values("choice")[:1]), Subquery(counting.values("quoting")[:1]), F("quoting")
            )
        )

    def counting(self) -> SubmissionQuerySet:
        """The newest attempt of each person."""
        return self.filter(superseded_at__isnull=True)

    def awaiting_feedback(self) -> SubmissionQuerySet:
        """Papers that somebody is to answer and nobody has."""
        answered = tables.Feedback.objects.filter(submission=OuterRef("pk"), status=tables.Feedback.Status.RELEASED)
        unasked = tables.Assignment.AnsweredBy.NOBODY
        return self.counting().filter(~Q(assignment__answered_by=unasked), ~Exists(answered))

    def for_peers(self) -> SubmissionQuerySet:
        """Papers that other participants answer: not those of which none did in time, which staff answer."""
        passed_on = tables.PassedOn.objects.filter(
            submission__assignment=OuterRef("assignment"), submission__enrollment=OuterRef("enrollment")
        )
        return self.filter(~Exists(passed_on), assignment__answered_by=tables.Assignment.AnsweredBy.PEERS)

    def in_queue_of(self, user: User) -> SubmissionQuerySet:
        """Papers waiting for an answer of this reader. Each waiting paper is in one queue or `without_reader`."""
        reading = tables.Reader.objects.current().primary().filter(user=user)
        return self.awaiting_feedback().filter(pk__in=reading.values("submission"))

    def without_reader(self) -> SubmissionQuerySet:
        """Papers waiting for an answer that are in nobody's queue: “No reader yet”."""
        reading = tables.Reader.objects.current().primary().filter(submission=OuterRef("pk"))
        return self.awaiting_feedback().filter(~Exists(reading))


class SubmissionFileQuerySet(models.QuerySet["SubmissionFile"]):
    """Files that were handed in."""

    def visible_to(self, user: User, at: datetime) -> SubmissionFileQuerySet:
        """To whoever may read the paper, a second reader too: a file tells nothing of how the paper was answered."""
        papers = tables.Submission.objects.visible_to(user, at).values("pk")
        second = tables.SecondReading.objects.visible_to(user, at).values("reader__submission")
        return self.filter(Q(submission__in=papers) | Q(submission__in=second))


class ReaderQuerySet(models.QuerySet["Reader"]):
    """Who reads what."""

    def current(self) -> ReaderQuerySet:
        """Not ended."""
        return self.filter(ended_at__isnull=True)

    def primary(self) -> ReaderQuerySet:
        """Those in whose queue the paper stands: its reader, or who covers for them."""
        return self.filter(kind__in=tables.Reader.IN_QUEUE)

    def covering(self) -> ReaderQuerySet:
        """Those who read in a colleague's place."""
        return self.filter(kind=tables.Reader.Kind.COVERING)


def asked_first() -> Q:
    """Of feedback: nobody has looked at it yet, and the head teaching fellow wishes to see what its author writes."""
    asked = tables.FirstLook.objects.filter(
        session=OuterRef("submission__assignment__session"), user=OuterRef("author"), ended_at=None
    )
    return Q(Exists(asked), looked_at__isnull=True)


def under_review() -> Exists:
    """Of feedback: somebody looks at the work first (`Concern`), so that nothing about it goes out."""
    concerns = tables.Concern.objects.open().filter(
        assignment=OuterRef("submission__assignment"), enrollment=OuterRef("submission__enrollment")
    )
    return Exists(concerns)


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    """Answers to papers; until released they exist for their readers only."""

    def visible_to(self, user: User, at: datetime) -> FeedbackQuerySet:
        """Released: to whoever may read the paper. Before: to its readers and the head TF, who may still change it."""
        readable = tables.Submission.objects.visible_to(user, at).values("pk")
        reading = tables.Reader.objects.current().primary().filter(user=user).values("submission")
        heads = Session.objects.granting(user, Perm.READ_ALL_PAPERS).filter(
            pk__in=Session.objects.granting(user, Perm.GIVE_FEEDBACK).values("pk")
        )
        return self.filter(
            Q(status=tables.Feedback.Status.RELEASED, submission__in=readable)
            | Q(submission__in=reading)
            | Q(submission__assignment__session__in=heads.values("pk"))
        )

    def in_force(self) -> FeedbackQuerySet:
        """The newest released answer of each paper: what it corrects is kept and counts no longer."""
        newer = tables.Feedback.objects.filter(
            submission=OuterRef("submission"), status=tables.Feedback.Status.RELEASED, version__gt=OuterRef("version")
        )
        return self.filter(~Exists(newer), status=tables.Feedback.Status.RELEASED)

    def going_out(self, at: datetime) -> FeedbackQuerySet:
        """Finished, held by nobody, not under review, and promised by then (or no promise to wait for). What can no
        longer go out as it is, because a newer attempt came or the date of the revision has passed, stays with its
        reader."""
        no_longer = Q(version=1, submission__superseded_at__isnull=False) | Q(
            result=tables.Feedback.Result.PLEASE_REVISE, revise_until__lte=at
        )
        waits = asked_first() | Q(under_review())
        finished = self.filter(~no_longer, ~waits, status=tables.Feedback.Status.HELD, held_by=None)
        promised = finished.alias(promised_at=PromisedAt(F("submission")))
        return promised.filter(Q(promised_at__isnull=True) | Q(promised_at__lte=at))

    def awaiting_look(self) -> FeedbackQuerySet:
        """Finished, and the head teaching fellow has asked to see it first."""
        return self.filter(asked_first(), status=tables.Feedback.Status.HELD)

    def asking_for_revision(self) -> FeedbackQuerySet:
        """Those that say “please revise”, and until when."""
        return self.in_force().filter(result=tables.Feedback.Result.PLEASE_REVISE)

    def with_revision_due(self) -> FeedbackQuerySet:
        """Adds `revision_due_at`: when the revision is due by everything that makes a deadline later, and not only by
        the date that this answer names; None where it asks for none."""
        paper = "submission__"
        own_due_at = due.OwnDueAt(F(f"{paper}assignment__due_at"), F(f"{paper}assignment"), F(f"{paper}enrollment"))
        asks = Q(result=tables.Feedback.Result.PLEASE_REVISE)
        return self.annotate(revision_due_at=Case(When(asks, then=Greatest(F("revise_until"), own_due_at))))


class ArrangementQuerySet(models.QuerySet["Arrangement"]):
    """Longer deadlines for everything due in some weeks."""

    def in_force(self) -> ArrangementQuerySet:
        """Made and not revoked."""
        return self.filter(revoked_at__isnull=True)

    def with_zone(self) -> ArrangementQuerySet:
        """Adds `zone`: program time, in which its days are meant."""
        return self.annotate(zone=F("enrollment__session__zone"))


class RequestQuerySet(models.QuerySet["ExtensionRequest"]):
    """Questions for more time."""

    def open(self) -> RequestQuerySet:
        """Not answered yet."""
        return self.filter(status=tables.ExtensionRequest.Status.OPEN)

    def of(self, people: QuerySet[Enrollment]) -> RequestQuerySet:
        """Asked by any of these people, the longest waiting first."""
        return self.filter(enrollment__in=people.order_by().values("pk")).order_by("asked_at", "pk")


class ExtensionQuerySet(models.QuerySet["Extension"]):
    """Later deadlines."""

    def in_force(self) -> ExtensionQuerySet:
        """Granted and not revoked."""
        return self.filter(revoked_at__isnull=True)

"""What lists and pages say of an assignment for one person, in SQL: above all the effective deadline, the twin of
`assignments.windows`; a test holds the two together.
"""

from typing import ClassVar

from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    IntegerField,
    JSONField,
)
from django.db.models.expressions import Combinable

from core.written import Written


class PerPerson(Written):
    """Something of one assignment for one enrollment."""

    names: ClassVar[tuple[str, ...]] = ("assignment", "whose")


class Arranged(PerPerson):
    """The standing arrangements in force that cover a deadline, as rows, and until when each makes it (`reaches`).

    Days are meant on the clocks of the session; a time that these skip is the first minute after the gap, and of one
    that they show twice PostgreSQL takes the second, as a deadline does.
    """

    # Of the rows; nobody asks for them as a value.
    output_field: ClassVar = DateTimeField()
    names = ("due_at", "whose")
    template = """SELECT arrangement.later_by, arrangement.later_days, arrangement.granted_by_id,
               CASE WHEN arrangement.later_days IS NULL THEN {due_at} + arrangement.later_by
                    WHEN later.at AT TIME ZONE program.zone = later.wall THEN later.at
                    ELSE (SELECT min(minute)
                            FROM generate_series(later.at - interval '1 day', later.at, '1 minute') AS minute
                           WHERE minute AT TIME ZONE program.zone > later.wall) END AS reaches
          FROM assignments_arrangement AS arrangement
          JOIN cohorts_enrollment AS place ON place.id = arrangement.enrollment_id
          JOIN programs_session AS program ON program.id = place.session_id
         CROSS JOIN LATERAL (
              SELECT wall, wall AT TIME ZONE program.zone AS at
                FROM (SELECT ({due_at} AT TIME ZONE program.zone)
                             + make_interval(days => arrangement.later_days::int) AS wall) AS clock) AS later
         WHERE arrangement.enrollment_id = {whose} AND arrangement.revoked_at IS NULL
           AND ({due_at} AT TIME ZONE program.zone)::date BETWEEN arrangement.from_on AND arrangement.until_on"""


class Deadline(PerPerson):
    """Something of a deadline of one assignment for one enrollment; `{arranged}` in its text is `Arranged`."""

    names = ("due_at", "assignment", "whose", "arranged")

    def __init__(self, due_at: Combinable, assignment: Combinable, whose: Combinable) -> None:
        super().__init__(due_at, assignment, whose, Arranged(due_at, whose))


class OwnDueAt(Deadline):
    """The latest of the assignment's own deadline, extensions and arrangements in force and a revision's own date.

    Few people have any of these: whoever has none is not asked until when they reach. What plans for a whole school
    asks of each person and each work.
    """

    output_field: ClassVar = DateTimeField()
    template = """CASE WHEN NOT EXISTS (
            SELECT FROM assignments_arrangement AS any_arrangement
             WHERE any_arrangement.enrollment_id = {whose} AND any_arrangement.revoked_at IS NULL)
        AND NOT EXISTS (
            SELECT FROM assignments_extension AS any_extension
             WHERE any_extension.assignment_id = {assignment} AND any_extension.enrollment_id = {whose}
               AND any_extension.revoked_at IS NULL)
        AND NOT EXISTS (
            SELECT FROM assignments_feedback AS any_answer
              JOIN assignments_submission AS any_paper ON any_paper.id = any_answer.submission_id
             WHERE any_paper.assignment_id = {assignment} AND any_paper.enrollment_id = {whose}
               AND any_answer.result = 'please_revise' AND any_answer.status = 'released')
        THEN {due_at} ELSE GREATEST({due_at}, (
        SELECT max(arranged.reaches) FROM {arranged} AS arranged), (
        SELECT max(COALESCE(extension.until, {due_at} + extension.later_by)) FROM assignments_extension AS extension
         WHERE extension.assignment_id = {assignment} AND extension.enrollment_id = {whose}
           AND extension.revoked_at IS NULL), (
        SELECT max(answer.revise_until)
          FROM assignments_feedback AS answer JOIN assignments_submission AS paper ON paper.id = answer.submission_id
         WHERE paper.assignment_id = {assignment} AND paper.enrollment_id = {whose}
           AND answer.status = 'released' AND answer.result = 'please_revise' AND NOT EXISTS (
               SELECT FROM assignments_feedback AS newer
                WHERE newer.submission_id = answer.submission_id
                  AND newer.status = 'released' AND newer.version > answer.version))) END"""


class OwnTimesMoved(PerPerson):
    """How many acts may have moved this person's deadline; it only rises, and rises with each change of `OwnDueAt`."""

    output_field: ClassVar = IntegerField()
    names = ("times_moved", "assignment", "whose")
    template = """SELECT {times_moved} + (
        SELECT count(*) + count(extension.revoked_at) FROM assignments_extension AS extension
         WHERE extension.assignment_id = {assignment} AND extension.enrollment_id = {whose}) + (
        SELECT count(*) + count(arrangement.revoked_at) FROM assignments_arrangement AS arrangement
         WHERE arrangement.enrollment_id = {whose}) + (
        SELECT count(*) FROM assignments_feedback AS answer
          JOIN assignments_submission AS paper ON paper.id = answer.submission_id
         WHERE paper.assignment_id = {assignment} AND paper.enrollment_id = {whose} AND answer.status = 'released')"""


class IsHandedIn(PerPerson):
    """Whether this person handed anything in for it."""

    output_field: ClassVar = BooleanField()
    template = """EXISTS (SELECT FROM assignments_submission AS paper
       WHERE paper.assignment_id = {assignment} AND paper.enrollment_id = {whose})"""


class HasKeptTexts(Written):
    """Over `Draft`: whether texts that lost against it wait for their writer's choice."""

    output_field: ClassVar = BooleanField()
    names = ("draft",)
    template = """EXISTS (SELECT FROM assignments_kepttext AS kept
       WHERE kept.draft_id = {draft} AND kept.settled_at IS NULL)"""


class OwnHandedInAt(PerPerson):
    """When the counting paper was handed in; NULL while there is none."""

    output_field: ClassVar = DateTimeField()
    template = """SELECT paper.handed_in_at FROM assignments_submission AS paper
       WHERE paper.assignment_id = {assignment} AND paper.enrollment_id = {whose} AND paper.superseded_at IS NULL"""


class OwnLateBy(PerPerson):
    """How late the counting paper was; NULL when on time, or when there is none."""

    output_field: ClassVar = DurationField()
    template = """SELECT author.late_by
        FROM assignments_submission AS paper JOIN assignments_submissionauthor AS author
          ON author.submission_id = paper.id AND author.enrollment_id = paper.enrollment_id
       WHERE paper.assignment_id = {assignment} AND paper.enrollment_id = {whose} AND paper.superseded_at IS NULL"""


class OwnResult(PerPerson):
    """What the released answer to the counting paper says; NULL while there is none."""

    output_field: ClassVar = CharField()
    template = """SELECT answer.result
        FROM assignments_feedback AS answer JOIN assignments_submission AS paper ON paper.id = answer.submission_id
       WHERE paper.assignment_id = {assignment} AND paper.enrollment_id = {whose} AND paper.superseded_at IS NULL
         AND answer.status = 'released' AND NOT EXISTS (
               SELECT FROM assignments_feedback AS newer
                WHERE newer.submission_id = answer.submission_id
                  AND newer.status = 'released' AND newer.version > answer.version)"""


class OwnDraftSavedAt(PerPerson):
    """When a draft was saved whose text or files were not handed in; NULL when there is none, or nothing in it, or
    staff handed in for this person since."""

    output_field: ClassVar = DateTimeField()
    template = r"""SELECT draft.saved_at FROM assignments_draft AS draft
       WHERE draft.assignment_id = {assignment} AND draft.enrollment_id = {whose}
         AND (draft.has_waiting_files
              OR draft.revision > COALESCE(draft.handed_in_revision, 0) AND draft.text ~ '\S')
         AND NOT EXISTS (
             SELECT FROM assignments_submission AS entered
              WHERE entered.assignment_id = {assignment} AND entered.enrollment_id = {whose}
                AND entered.entered_at >= draft.saved_at)"""


def moved_as_much(closes_at: Combinable, due_at: Combinable, own_due_at: Combinable) -> ExpressionWrapper:
    """The close, later by what the deadline is later."""
    moved = ExpressionWrapper(own_due_at - due_at, output_field=DurationField())
    return ExpressionWrapper(closes_at + moved, output_field=DateTimeField())


class OwnLastExtension(Deadline):
    """What makes the deadline latest, extension or arrangement, as far as its explanation needs it; NULL where nothing
    does."""

    output_field: ClassVar = JSONField()
    template = """SELECT jsonb_build_object('how', later.how, 'until', extract(epoch FROM later.reaches),
            'seconds', extract(epoch FROM later.later_by), 'days', later.later_days, 'by', granter.name)
          FROM (SELECT CASE WHEN extension.taken IS NULL THEN 'granted' ELSE 'taken' END AS how, extension.later_by,
                       extension.later_days, extension.granted_by_id,
                       COALESCE(extension.until, {due_at} + extension.later_by) AS reaches, extension.id AS nth
                  FROM assignments_extension AS extension
                 WHERE extension.assignment_id = {assignment} AND extension.enrollment_id = {whose}
                   AND extension.revoked_at IS NULL
                UNION ALL
                SELECT 'arranged', later_by, later_days, granted_by_id, reaches, NULL FROM {arranged} AS arranged
               ) AS later JOIN accounts_user AS granter ON granter.id = later.granted_by_id
         ORDER BY later.reaches DESC, later.nth NULLS LAST LIMIT 1"""


class OwnAnswer(PerPerson):
    """What the page of an assignment says of the released answer to the counting paper; NULL while there is none."""

    output_field: ClassVar = JSONField()
    template = """SELECT jsonb_build_object(
            'number', paper.number, 'result', answer.result, 'revise_reason', answer.revise_reason,
            'next_step', answer.next_step, 'author', author.name,
            'released_at', extract(epoch FROM answer.released_at))
          FROM assignments_feedback AS answer
          JOIN assignments_submission AS paper ON paper.id = answer.submission_id
          JOIN accounts_user AS author ON author.id = answer.author_id
         WHERE paper.assignment_id = {assignment} AND paper.enrollment_id = {whose} AND paper.superseded_at IS NULL
           AND answer.status = 'released' AND NOT EXISTS (
               SELECT FROM assignments_feedback AS newer
                WHERE newer.submission_id = answer.submission_id
                  AND newer.status = 'released' AND newer.version > answer.version)"""


class OwnCommitment(PerPerson):
    """What was said with the newest of the reflection papers before this one, in the order of the curriculum; NULL
    where nothing was said."""

    output_field: ClassVar = JSONField()
    template = """SELECT jsonb_build_object('title', before_item.title, 'text', paper.commitment)
          FROM assignments_assignment AS this
          JOIN modules_item AS this_item ON this_item.id = this.item_id
          JOIN modules_module AS this_module ON this_module.id = this_item.module_id
          JOIN assignments_assignment AS before
            ON before.session_id = this.session_id AND before.kind = 'reflection' AND before.id <> this.id
          JOIN modules_item AS before_item ON before_item.id = before.item_id
          JOIN modules_module AS before_module ON before_module.id = before_item.module_id
          JOIN assignments_submission AS paper ON paper.assignment_id = before.id AND paper.superseded_at IS NULL
         WHERE this.id = {assignment} AND this.kind = 'reflection' AND paper.enrollment_id = {whose}
           AND (before_module.position, before_item.position) < (this_module.position, this_item.position)
           AND paper.commitment ~ '\\S'
         ORDER BY before_module.position DESC, before_item.position DESC LIMIT 1"""


class Rubric(PerPerson):
    """The criteria in their order, each with its levels; an empty list where there are none."""

    output_field: ClassVar = JSONField()
    names = ("assignment",)
    template = """SELECT COALESCE(jsonb_agg(jsonb_build_object(
            'title', criterion.title, 'description', criterion.description, 'levels', (
                SELECT COALESCE(jsonb_agg(
                    jsonb_build_object('title', level.title, 'description', level.description)
                    ORDER BY level.position), '[]')
                  FROM assignments_level AS level WHERE level.criterion_id = criterion.id))
            ORDER BY criterion.position), '[]')
          FROM assignments_criterion AS criterion WHERE criterion.assignment_id = {assignment}"""


# What the rows of `ReadersByName` are, beside roles by appointment.
SECTION, FELLOW, ALLOTTED = "a section", "leads the section", "reads the paper"


class ReadersByName(Written):
    """Everybody who may come to read what a person hands in, as a list of [what they are, name].

    Roles by appointment; with a person (`whose` not NULL) the fellows of their section and who was allotted their
    paper, and the sections of the session, to tell whether it has any. Not who reads it a second time: that it was
    drawn is told to no participant.
    """

    output_field: ClassVar = JSONField()
    names = ("assignment", "session", "program", "whose")
    template = """SELECT COALESCE(jsonb_agg(jsonb_build_array(named.what, named.name)), '[]') FROM (
            SELECT appointment.role AS what, reader.name
              FROM programs_appointment AS appointment JOIN accounts_user AS reader ON reader.id = appointment.user_id
             WHERE reader.is_active AND (appointment.session_id = {session} OR appointment.program_id = {program})
            UNION SELECT 'a section', section.name FROM cohorts_section AS section
             WHERE section.session_id = {session} AND {whose}::bigint IS NOT NULL
            UNION SELECT 'leads the section', reader.name
              FROM cohorts_enrollment AS place
              JOIN cohorts_sectionfellow AS fellow ON fellow.section_id = place.section_id
              JOIN accounts_user AS reader ON reader.id = fellow.user_id
             WHERE place.id = {whose}::bigint AND reader.is_active
            UNION SELECT 'reads the paper', person.name
              FROM assignments_submission AS paper
              JOIN assignments_reader AS reader
                ON reader.submission_id = paper.id AND reader.ended_at IS NULL AND reader.kind <> 'second'
              JOIN accounts_user AS person ON person.id = reader.user_id
             WHERE paper.assignment_id = {assignment} AND paper.enrollment_id = {whose}::bigint
               AND paper.superseded_at IS NULL
        ) AS named"""


class ComesLater(Written):
    """Whether no day is said for the answer to a paper: its work is under review, or the director wrote about it when
    the paper was there."""

    output_field: ClassVar = BooleanField()
    names = ("paper",)
    template = """EXISTS (SELECT FROM assignments_concern AS concern
          JOIN assignments_submission AS paper
            ON paper.assignment_id = concern.assignment_id AND paper.enrollment_id = concern.enrollment_id
         WHERE paper.id = {paper} AND (concern.status = 'open'
            OR concern.status = 'written'
           AND COALESCE(paper.entered_at, paper.handed_in_at) <= concern.ended_at))"""


class OwnWords(PerPerson):
    """What the director last wrote to the person about this work; NULL where nothing."""

    output_field: ClassVar = JSONField()
    template = """SELECT jsonb_build_object(
            'text', concern.words, 'by', writer.name, 'at', extract(epoch FROM concern.ended_at))
          FROM assignments_concern AS concern JOIN accounts_user AS writer ON writer.id = concern.ended_by_id
         WHERE concern.assignment_id = {assignment} AND concern.enrollment_id = {whose} AND concern.status = 'written'
         ORDER BY concern.ended_at DESC LIMIT 1"""


class OwnTime(PerPerson):
    """What the person took without asking: how often for this assignment, for how many others, of how many."""

    output_field: ClassVar = JSONField()
    names = ("session", "assignment", "whose")
    template = """SELECT jsonb_build_object(
            'here', count(*) FILTER (WHERE extension.assignment_id = {assignment}),
            'elsewhere', count(DISTINCT extension.assignment_id) FILTER (
                WHERE extension.assignment_id <> {assignment} AND extension.revoked_at IS NULL),
            'of', (SELECT count(*) FROM assignments_assignment AS one WHERE one.session_id = {session}))
          FROM assignments_extension AS extension
         WHERE extension.enrollment_id = {whose} AND extension.taken IS NOT NULL"""


class OwnRequest(PerPerson):
    """The newest question for more time, as the page of the assignment shows it; NULL while there is none."""

    output_field: ClassVar = JSONField()
    template = """SELECT jsonb_build_object(
            'pk', request.id, 'status', request.status, 'text', request.text, 'wished_on', request.wished_on,
            'answer', request.answer, 'by', answerer.name, 'asked_at', extract(epoch FROM request.asked_at))
          FROM assignments_extensionrequest AS request
          LEFT JOIN accounts_user AS answerer ON answerer.id = request.decided_by_id
         WHERE request.assignment_id = {assignment} AND request.enrollment_id = {whose}
         ORDER BY request.asked_at DESC, request.id DESC LIMIT 1"""


class FileCount(Written):
    """How many files were handed in with a paper."""

    output_field: ClassVar = IntegerField()
    names = ("paper",)
    template = "SELECT count(*) FROM assignments_submissionfile AS file WHERE file.submission_id = {paper}"

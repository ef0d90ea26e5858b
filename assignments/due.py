"""What lists and pages say of an assignment for one person, in SQL: above all the effective deadline, the twin of
`assignments.windows`; a test holds the two together.
"""

from typing import ClassVar

from django.db.models import CharField, DateTimeField, DurationField, ExpressionWrapper, JSONField
from django.db.models.expressions import Combinable

from core.written import Written


class PerPerson(Written):
    """Something of one assignment for one enrollment."""

    names: ClassVar[tuple[str, ...]] = ("assignment", "whose")


class OwnDueAt(PerPerson):
    """The latest of the assignment's own deadline, the extensions in force and a revision's own date."""

    output_field: ClassVar = DateTimeField()
    names = ("due_at", "assignment", "whose")
    template = """GREATEST({due_at}, (
        SELECT max(COALESCE(extension.until, {due_at} + extension.later_by)) FROM assignments_extension AS extension
         WHERE extension.assignment_id = {assignment} AND extension.enrollment_id = {whose}
           AND extension.revoked_at IS NULL), (
        SELECT max(answer.revise_until)
          FROM assignments_feedback AS answer JOIN assignments_submission AS paper ON paper.id = answer.submission_id
         WHERE paper.assignment_id = {assignment} AND paper.enrollment_id = {whose}
           AND answer.status = 'released' AND answer.result = 'please_revise' AND NOT EXISTS (
               SELECT FROM assignments_feedback AS newer
                WHERE newer.submission_id = answer.submission_id
                  AND newer.status = 'released' AND newer.version > answer.version)))"""


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
    """When a draft was saved whose text or files were not handed in; NULL when there is none, or nothing in it."""

    output_field: ClassVar = DateTimeField()
    template = r"""SELECT draft.saved_at FROM assignments_draft AS draft
       WHERE draft.assignment_id = {assignment} AND draft.enrollment_id = {whose}
         AND (draft.has_waiting_files
              OR draft.revision > COALESCE(draft.handed_in_revision, 0) AND draft.text ~ '\S')"""


def moved_as_much(closes_at: Combinable, due_at: Combinable, own_due_at: Combinable) -> ExpressionWrapper:
    """The close, later by what the deadline is later."""
    moved = ExpressionWrapper(own_due_at - due_at, output_field=DurationField())
    return ExpressionWrapper(closes_at + moved, output_field=DateTimeField())


class OwnLastExtension(PerPerson):
    """The extension in force that reaches furthest, as far as its explanation needs it; NULL while there is none."""

    output_field: ClassVar = JSONField()
    names = ("due_at", "assignment", "whose")
    template = """SELECT jsonb_build_object(
            'seconds', extract(epoch FROM extension.later_by), 'days', extension.later_days, 'by', granter.name)
          FROM assignments_extension AS extension JOIN accounts_user AS granter ON granter.id = extension.granted_by_id
         WHERE extension.assignment_id = {assignment} AND extension.enrollment_id = {whose}
           AND extension.revoked_at IS NULL
         ORDER BY COALESCE(extension.until, {due_at} + extension.later_by) DESC, extension.id LIMIT 1"""


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
    paper, and the sections of the session, to tell whether it has any.
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
              JOIN assignments_reader AS reader ON reader.submission_id = paper.id AND reader.ended_at IS NULL
              JOIN accounts_user AS person ON person.id = reader.user_id
             WHERE paper.assignment_id = {assignment} AND paper.enrollment_id = {whose}::bigint
               AND paper.superseded_at IS NULL
        ) AS named"""

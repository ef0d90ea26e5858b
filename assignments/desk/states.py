"""How a paper stands on the desk, in SQL: every list of the desk asks."""

from typing import Any, ClassVar

from django.db.models import BooleanField, CharField, DurationField, F, JSONField, QuerySet, TextChoices

from assignments.due import PerPerson
from assignments.models import Assignment
from assignments.querysets import SubmissionQuerySet


class State(TextChoices):
    """A paper that somebody is to answer is in exactly one."""

    WAITING = "waiting", "Waiting"
    HELD = "held", "Finished"
    ANSWERED = "answered", "Answered"


class PaperState(PerPerson):
    """Held as long as a finished answer waits for its release, a correction too."""

    output_field: ClassVar = CharField()
    names = ("paper",)
    template = """SELECT CASE WHEN bool_or(answer.status = 'held') THEN 'held'
            WHEN bool_or(answer.status = 'released') THEN 'answered' ELSE 'waiting' END
        FROM assignments_feedback AS answer WHERE answer.submission_id = {paper}"""


class IsBegun(PerPerson):
    """Whether an answer is being written and neither held nor released."""

    output_field: ClassVar = BooleanField()
    names = ("paper",)
    template = """SELECT EXISTS (SELECT FROM assignments_feedback AS answer
        WHERE answer.submission_id = {paper} AND answer.status = 'draft')"""


class IsAnswered(PerPerson):
    """Whether its writer has an answer, though a correction of it may wait. Not by EXISTS: for a list of many papers
    the database would answer that from all answers there are."""

    output_field: ClassVar = BooleanField()
    names = ("paper",)
    template = """SELECT COALESCE(bool_or(answer.status = 'released'), false)
        FROM assignments_feedback AS answer WHERE answer.submission_id = {paper}"""


class PaperResult(PerPerson):
    """What the answer in force says; NULL while there is none."""

    output_field: ClassVar = CharField()
    names = ("paper",)
    template = """SELECT answer.result FROM assignments_feedback AS answer
        WHERE answer.submission_id = {paper} AND answer.status = 'released' ORDER BY answer.version DESC LIMIT 1"""


class LateBy(PerPerson):
    """How late it was for its writer; NULL when on time."""

    output_field: ClassVar = DurationField()
    names = ("paper", "writer")
    template = """SELECT author.late_by FROM assignments_submissionauthor AS author
        WHERE author.submission_id = {paper} AND author.enrollment_id = {writer}"""


class IsUnderReview(PerPerson):
    """Whether somebody looks at the work first, so that nothing written about it goes out."""

    output_field: ClassVar = BooleanField()
    names = ("assignment", "whose")
    template = """SELECT EXISTS (SELECT FROM assignments_concern AS concern WHERE concern.status = 'open'
        AND concern.assignment_id = {assignment} AND concern.enrollment_id = {whose})"""


class NewestConcern(PerPerson):
    """The last review of the work: its key, how it stands, who raised it when, and the note; NULL where none was."""

    output_field: ClassVar = JSONField()
    names = ("assignment", "whose")
    template = """SELECT jsonb_build_object('pk', concern.id, 'status', concern.status, 'note', concern.note,
            'by', person.name, 'at', extract(epoch FROM concern.raised_at))
        FROM assignments_concern AS concern JOIN accounts_user AS person ON person.id = concern.raised_by_id
        WHERE concern.assignment_id = {assignment} AND concern.enrollment_id = {whose}
        ORDER BY concern.raised_at DESC, concern.id DESC LIMIT 1"""


class GivenLevels(PerPerson):
    """By criterion, the level that an answer gives."""

    output_field: ClassVar = JSONField()
    names = ("answer",)
    template = """SELECT COALESCE(jsonb_object_agg(given.criterion_id, given.level_id), jsonb_build_object())
        FROM assignments_feedbacklevel AS given WHERE given.feedback_id = {answer}"""


class Files(PerPerson):
    """The files of a paper in their order, as columns of their rows; an empty list where there are none."""

    output_field: ClassVar = JSONField()
    names = ("submission",)
    template = """SELECT COALESCE(jsonb_agg(jsonb_build_object(
            'position', file.position, 'name', file.name, 'kind', file.kind, 'size', file.size,
            'shown_id', file.shown_id, 'text', file.text) ORDER BY file.position), '[]')
          FROM assignments_submissionfile AS file WHERE file.submission_id = {submission}"""


class Comments(PerPerson):
    """Its comments, as they follow in the paper and then in its files: position of the file (0: the text), beginning,
    end, passage, words, key, the attempt that resolved it."""

    output_field: ClassVar = JSONField()
    names = ("answer",)
    template = """SELECT COALESCE(jsonb_agg(jsonb_build_array(
            COALESCE(file.position, 0), comment.starts_at_char, comment.ends_at_char, comment.quote, comment.text,
            comment.id, resolving.number)
            ORDER BY COALESCE(file.position, 0), comment.starts_at_char, comment.id), '[]')
        FROM assignments_comment AS comment
        LEFT JOIN assignments_submissionfile AS file ON file.id = comment.file_id
        LEFT JOIN assignments_resolution AS resolution ON resolution.comment_id = comment.id
        LEFT JOIN assignments_submission AS resolving ON resolving.id = resolution.submission_id
        WHERE comment.feedback_id = {answer}"""


class Marks(PerPerson):
    """What readers put on a paper: who wants the chair to see it, its tags, and all tags there are to give."""

    output_field: ClassVar = JSONField()
    names = ("paper", "session")
    template = """SELECT jsonb_build_object(
            'chair', (SELECT marker.name FROM assignments_chairmark AS mark
                        JOIN accounts_user AS marker ON marker.id = mark.by_id WHERE mark.submission_id = {paper}),
            'tags', COALESCE((SELECT jsonb_agg(jsonb_build_array(tag.id, tag.title, EXISTS (
                        SELECT FROM assignments_tagging AS given
                         WHERE given.tag_id = tag.id AND given.submission_id = {paper})) ORDER BY tag.position, tag.id)
                        FROM assignments_tag AS tag WHERE tag.session_id = {session}), '[]'))"""


class OthersHere(PerPerson):
    """The names of those who have a paper open now, but for the one who asks."""

    output_field: ClassVar = JSONField()
    names = ("paper", "user", "since")
    template = """SELECT COALESCE(jsonb_agg(person.name ORDER BY person.name), '[]')
        FROM assignments_presence AS presence JOIN accounts_user AS person ON person.id = presence.user_id
        WHERE presence.submission_id = {paper} AND presence.user_id <> {user} AND presence.seen_at > {since}"""


def to_answer(papers: SubmissionQuerySet) -> QuerySet[Any]:
    """Those that somebody is to answer, with their `state`."""
    asked = papers.counting().exclude(assignment__answered_by=Assignment.AnsweredBy.NOBODY)
    return asked.annotate(state=PaperState(F("pk")))

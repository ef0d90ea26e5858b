from assignments.models.assignment import Assignment, Criterion, Level
from assignments.models.desk import BankedComment, ChairMark, Presence, Tag, Tagging
from assignments.models.extension import Extension
from assignments.models.feedback import Comment, Feedback, FeedbackLevel, KeptAnswer, Resolution
from assignments.models.files import DraftFile, SubmissionFile
from assignments.models.promise import MovedPromise
from assignments.models.work import Draft, KeptText, PaperOpening, Reader, Submission, SubmissionAuthor

__all__ = [
    "Assignment",
    "BankedComment",
    "ChairMark",
    "Comment",
    "Criterion",
    "Draft",
    "DraftFile",
    "Extension",
    "Feedback",
    "FeedbackLevel",
    "KeptAnswer",
    "KeptText",
    "Level",
    "MovedPromise",
    "PaperOpening",
    "Presence",
    "Reader",
    "Resolution",
    "Submission",
    "SubmissionAuthor",
    "SubmissionFile",
    "Tag",
    "Tagging",
]

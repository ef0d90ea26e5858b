from assignments.models.arrangement import Arrangement
from assignments.models.assignment import Assignment, Criterion, Level
from assignments.models.bundle import Bundle, BundlePart
from assignments.models.calibration import CalibrationAnswer, CalibrationLevel, CalibrationLook, CalibrationPaper
from assignments.models.concern import Concern, PaperPrint
from assignments.models.cover import Cover, Seat
from assignments.models.desk import BankedComment, ChairMark, Presence, Tag, Tagging
from assignments.models.extension import Extension
from assignments.models.feedback import Comment, Feedback, FeedbackLevel, KeptAnswer, Resolution
from assignments.models.files import DraftFile, SubmissionFile
from assignments.models.first_look import FirstLook
from assignments.models.passing import PassedOn
from assignments.models.promise import MovedPromise
from assignments.models.request import ExtensionRequest
from assignments.models.second import KeptReading, SecondLevel, SecondReading, SecondSample
from assignments.models.work import Draft, KeptText, PaperOpening, QuotingChoice, Reader, Submission, SubmissionAuthor

__all__ = [
    "Arrangement",
    "Assignment",
    "BankedComment",
    "Bundle",
    "BundlePart",
    "CalibrationAnswer",
    "CalibrationLevel",
    "CalibrationLook",
    "CalibrationPaper",
    "ChairMark",
    "Comment",
    "Concern",
    "Cover",
    "Criterion",
    "Draft",
    "DraftFile",
    "Extension",
    "ExtensionRequest",
    "Feedback",
    "FeedbackLevel",
    "FirstLook",
    "KeptAnswer",
    "KeptReading",
    "KeptText",
    "Level",
    "MovedPromise",
    "PaperOpening",
    "PaperPrint",
    "PassedOn",
    "Presence",
    "QuotingChoice",
    "Reader",
    "Resolution",
    "Seat",
    "SecondLevel",
    "SecondReading",
    "SecondSample",
    "Submission",
    "SubmissionAuthor",
    "SubmissionFile",
    "Tag",
    "Tagging",
]

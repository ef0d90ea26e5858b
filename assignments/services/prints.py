"""By what papers are found that have passages in common."""

from collections.abc import Iterable

from assignments.likeness import print_of
from assignments.models import PaperPrint, Submission


def keep_print(submission: Submission, texts: Iterable[str]) -> None:
    """Keep the numbers of a paper and of the texts of its files, which never change; nothing of a few words."""
    numbers = print_of("\n\n".join([submission.text, *texts]))
    if numbers:
        PaperPrint.objects.bulk_create([PaperPrint(submission=submission, numbers=numbers)], ignore_conflicts=True)


def text_of(submission: Submission) -> str:
    """What was written, with what could be read of its files; a query unless these were fetched."""
    return "\n\n".join([submission.text, *(file.text for file in submission.files.all())])

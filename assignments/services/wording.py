from datetime import datetime

from assignments.models import Assignment
from modules.models import Item
from modules.services import is_released


def note_work_change(assignment: Assignment, *, now: datetime) -> bool:
    """Whether a change of its prompt or rubric is told on the page: when somebody may have read it already.

    For whoever edits work, after saving it. What was handed in keeps the prompt that it answered.
    """
    item = assignment.item
    if not is_released(item.module, now):
        return False
    item.changed_at = now
    Item.objects.filter(pk=item.pk).update(changed_at=now)
    return True

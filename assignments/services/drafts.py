"""Writing. A draft only moves forward: what loses against a newer text is kept beside it and offered."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F

from accounts.models import User
from assignments.declared import Declared
from assignments.models import Assignment, Draft, KeptText
from assignments.querysets import DraftQuerySet
from assignments.texts import is_blank
from cohorts.models import Enrollment


class StaleDraft(Exception):
    """The draft went on elsewhere. `draft` is how it stands, `kept` the text that came late (None: it was blank)."""

    def __init__(self, draft: Draft, kept: KeptText | None) -> None:
        self.draft, self.kept = draft, kept
        super().__init__("This text was changed somewhere else in the meantime. Both texts are kept.")


class NotTheWriter(Exception):
    """Somebody else's draft."""

    def __init__(self) -> None:
        super().__init__("This text belongs to somebody else.")


def save_draft(
    *,
    assignment: Assignment,
    enrollment: Enrollment,
    text: str,
    based_on: int,
    declared: Declared | None = None,
    editor: UUID | None = None,
    actor: User,
    now: datetime,
) -> Draft:
    """Save what is being written, if it began from the newest revision (0: from nothing); one conditional UPDATE.

    What is `declared` beside the text moves on with it; None leaves it as it is. The same again changes nothing, so a
    save whose answer was lost can simply be sent again. `editor` is the open page it comes from: of several late texts
    from one page the last is kept. Raises StaleDraft (commits what it keeps),
    NotTheWriter.
    """
    if enrollment.user_id != actor.pk:
        raise NotTheWriter
    drafts = Draft.objects.filter(assignment=assignment, enrollment=enrollment)
    content = content_of(text, declared)
    has_moved = _move_on(drafts, content, based_on, now)
    draft = drafts.first()
    if draft is None:
        Draft.objects.bulk_create(
            [Draft(assignment=assignment, enrollment=enrollment, saved_at=now)], ignore_conflicts=True
        )
        has_moved = _move_on(drafts, content, based_on, now)
        draft = drafts.get()
    if has_moved or all(getattr(draft, name) == value for name, value in content.items()):
        return draft
    raise StaleDraft(draft, keep_text(draft, text, declared, based_on=based_on, editor=editor, now=now))


def content_of(text: str, declared: Declared | None) -> dict[str, str]:
    """The columns of a draft that are written, with what stands in them."""
    return {"text": text, **(asdict(declared) if declared else {})}


def _move_on(drafts: DraftQuerySet, content: dict[str, str], based_on: int, now: datetime) -> bool:
    newest = drafts.filter(revision=based_on).exclude(**content)
    return newest.update(**content, revision=F("revision") + 1, saved_at=now) == 1


def keep_text(
    draft: Draft,
    text: str,
    declared: Declared | None,
    *,
    based_on: int,
    editor: UUID | None = None,
    now: datetime,
) -> KeptText | None:
    """Keep a text beside the draft until its writer has chosen; None when there is nothing to keep."""
    if is_blank(text) and (declared is None or declared.is_blank):
        return None
    kept, _ = KeptText.objects.update_or_create(
        draft=draft,
        editor=editor or uuid4(),
        settled_at=None,
        defaults={
            **content_of(text, declared or draft.declared),
            "based_on": based_on,
            "kept_at": now,
        },
    )
    return kept


@transaction.atomic
def settle_kept_text(*, kept: KeptText, is_chosen: bool, actor: User, now: datetime) -> Draft:
    """Go on with the kept text, or with the draft as it stands; the other one stays on record. Safe to call twice.

    Locks the draft's row. Raises NotTheWriter.
    """
    draft = Draft.objects.select_for_update(of=("self",)).select_related("enrollment").get(pk=kept.draft_id)
    if draft.enrollment.user_id != actor.pk:
        raise NotTheWriter
    if not KeptText.objects.filter(pk=kept.pk, settled_at=None).update(settled_at=now):
        return draft
    if not is_chosen:
        return draft
    if not is_blank(draft.text) or not draft.declared.is_blank:
        KeptText.objects.create(
            draft=draft,
            editor=uuid4(),
            **content_of(draft.text, draft.declared),
            based_on=draft.revision,
            kept_at=now,
            settled_at=now,
        )
    draft.text, draft.revision, draft.saved_at = kept.text, draft.revision + 1, now
    draft.declare(kept.declared)
    draft.save(update_fields=[*content_of("", kept.declared), "revision", "saved_at"])
    return draft

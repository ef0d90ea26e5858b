from datetime import datetime

from django.db import transaction

from accounts.models import User
from audit.services import record
from cohorts.models import Section, SectionFellow


@transaction.atomic
def add_fellow(*, section: Section, user: User, actor: User | None, now: datetime) -> SectionFellow:
    """Let a teaching fellow lead a section; doing it twice changes nothing."""
    fellow, is_new = SectionFellow.objects.get_or_create(section=section, user=user)
    if is_new:
        record(
            actor=actor,
            verb="gave the section a teaching fellow",
            on=section,
            after={"teaching fellow": user.email},
            scope=section.session.scope,
            now=now,
        )
    return fellow


@transaction.atomic
def remove_fellow(*, section: Section, user: User, actor: User | None, now: datetime) -> None:
    """Take a teaching fellow from a section. The caller re-allots the papers that are still open."""
    deleted, _ = SectionFellow.objects.filter(section=section, user=user).delete()
    if deleted:
        record(
            actor=actor,
            verb="took the section from a teaching fellow",
            on=section,
            before={"teaching fellow": user.email},
            scope=section.session.scope,
            now=now,
        )

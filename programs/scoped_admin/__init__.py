"""The admin, scoped: whoever opens the office sees and changes the rows of those sessions in which their role holds
the right, and nothing else. An admin class names its path to the session and the rights; docs/office.md shows one."""

from programs.scoped_admin.acts import Act, ActForm, ReasonForm
from programs.scoped_admin.admins import ScopedModelAdmin, become
from programs.scoped_admin.columns import for_reader, say_time
from programs.scoped_admin.inlines import ScopedInline
from programs.scoped_admin.rights import may_somewhere, sessions_for, signed_in
from programs.scoped_admin.scope import name_zones

__all__ = [
    "Act",
    "ActForm",
    "ReasonForm",
    "ScopedInline",
    "ScopedModelAdmin",
    "become",
    "for_reader",
    "may_somewhere",
    "name_zones",
    "say_time",
    "sessions_for",
    "signed_in",
]

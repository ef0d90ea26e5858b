"""Those pages of the program office that need more than their own app: each of them calls a service further up.

What needs only its own app, and those below, stands in that app's `admin.py`.
"""

from operations.admin import assignments, curriculum, enrollments, ledgers, notices, people, sections, sessions, staff

__all__ = ["assignments", "curriculum", "enrollments", "ledgers", "notices", "people", "sections", "sessions", "staff"]

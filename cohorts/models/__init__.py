from cohorts.models.enrollment import Enrollment
from cohorts.models.meeting import Meeting
from cohorts.models.section import Section, SectionFellow

__all__ = ["Enrollment", "Meeting", "Section", "SectionFellow"]

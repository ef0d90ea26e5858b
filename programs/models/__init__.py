from programs.models.program import Credit, Program, ProgramVersion
from programs.models.session import Break, Session
from programs.models.staff import Appointment

__all__ = ["Appointment", "Break", "Credit", "Program", "ProgramVersion", "Session"]

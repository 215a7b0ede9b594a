from support.models.session import ConsoleSession, SupportSession
from support.models.staff import DatabaseAdministrator, Staff

__all__ = ["ConsoleSession", "DatabaseAdministrator", "Staff", "SupportSession"]

"""Sign-in sessions of the two back-office sites, each in a table that only its own database role can reach."""

from __future__ import annotations

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession


class SupportSession(AbstractBaseSession):
    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from support.sessions.support import SessionStore

        return SessionStore


class ConsoleSession(AbstractBaseSession):
    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from support.sessions.console import SessionStore

        return SessionStore

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

from support.models import SupportSession


class SessionStore(DatabaseSessionStore):
    @classmethod
    def get_model_class(cls) -> type[SupportSession]:
        return SupportSession

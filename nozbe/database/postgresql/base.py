from __future__ import annotations

import time
from typing import Any

from django.db.backends.postgresql import base

from nozbe.database.postgresql.schema import DatabaseSchemaEditor

TRUSTED_SECONDS = 1.0
"""A connection that answered so recently is not asked whether it works: a server that is gone is not back by then."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Health checks cost a round trip a request, as much as the token, the limit or the answer itself.

    A connection on which something failed is looked at as ever, at the end of the request in which it did.
    """

    SchemaEditorClass = DatabaseSchemaEditor

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._answered_at = float("-inf")

    def close_if_health_check_failed(self) -> None:
        if not self.errors_occurred and time.monotonic() - self._answered_at < TRUSTED_SECONDS:
            self.health_check_done = True
        else:
            super().close_if_health_check_failed()

    def close_if_unusable_or_obsolete(self) -> None:
        """Called before and after each request; what was checked was then also used."""
        if self.health_check_done and not self.errors_occurred:
            self._answered_at = time.monotonic()
        super().close_if_unusable_or_obsolete()

    def connect(self) -> None:
        self._answered_at = float("-inf")
        super().connect()

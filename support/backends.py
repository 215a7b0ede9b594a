"""Who may sign in to the support panel and to the console. Neither lets an account of the product in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from support.models import DatabaseAdministrator, Staff
from support.models.staff import Helper


class HelperBackend(BaseBackend):
    model: type[Helper]

    def authenticate(  # type: ignore[override]  # the stubs know one kind of person, the accounts
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_more: Any
    ) -> Helper | None:
        """The person, or None. An unknown address costs one hashing too, so that the time tells nothing."""
        manager = self.model._default_manager
        try:
            person: Helper = manager.get_by_natural_key(username)  # type: ignore[attr-defined]  # a HelperManager
        except self.model.DoesNotExist:
            self.model().set_password(password)
            return None
        return person if person.check_password(password or "") else None

    def get_user(self, user_id: str) -> Helper | None:  # type: ignore[override]  # our keys are strings
        return self.model._default_manager.filter(pk=user_id).first()


class SupportBackend(HelperBackend):
    model = Staff


class ConsoleBackend(HelperBackend):
    model = DatabaseAdministrator

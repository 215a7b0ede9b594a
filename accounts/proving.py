from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse

from accounts.device_cookies import device_of, remember_device
from accounts.guessing import Guess
from accounts.models import Account
from nozbe.client_address import client_address


class GuessesAreCounted:
    """For the account adapter: whoever proves by password who they are does it here, by whatever door."""

    _signed_in = ""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """None when they do not go together. Raises TooManyGuesses without looking."""
        email = str(credentials.get("email", ""))
        device = self._signed_in or device_of(request, email, kind="password")
        guess = Guess("password", account=email, address=client_address(request), device=device)
        guess.begin()
        account: AbstractBaseUser | None = super().authenticate(request, **credentials)  # type: ignore[misc]  # allauth's
        if account is not None:
            guess.was_right()
        return account

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Guesses of somebody who is signed in already are counted apart from those of strangers."""
        self._signed_in = f"signed in as {user.pk}"
        return bool(super().reauthenticate(user, password))  # type: ignore[misc]  # allauth's

    def post_login(self, request: HttpRequest, user: Account, **details: Any) -> HttpResponse:
        remember_device(request, user.email)
        answer: HttpResponse = super().post_login(request, user, **details)  # type: ignore[misc]  # allauth's
        return answer

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Called when a password was reset by mail: who reads that mail gets in, whatever others are guessing.

        A second factor is not proved by it. Else each reset would give as many fresh guesses at its codes.
        """
        remember_device(request, str(credentials["email"]), kinds=("password",))

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "::"  # the unspecified address, behind a socket file

"""allauth's forms that ask for a code, which is counted and used up our way."""

from __future__ import annotations

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms

from accounts.models import Account
from accounts.second_factors import use_code


class CodeIsUsedUp:
    user: Account

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]  # type: ignore[attr-defined]  # of the form that this is mixed into
        self.authenticator = use_code(self.user, code)
        if self.authenticator is None:
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(CodeIsUsedUp, forms.AuthenticateForm):  # type: ignore[misc]  # allauth has no types for us
    pass


class ReauthenticateForm(CodeIsUsedUp, forms.ReauthenticateForm):  # type: ignore[misc]  # allauth has no types for us
    pass

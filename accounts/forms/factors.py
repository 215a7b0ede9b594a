"""Codes and passkeys.

A passkey's answer is JSON that anybody may have written. Only what we know of it is taken over, as text in base64url,
and nothing else of it is stored (W3C, Web Authentication, section 5.1).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.utils import decrypt, encrypt
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import UnsupportedAlgorithm
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.code_forms import AuthenticateForm, ReauthenticateForm

BASE64URL = re.compile(r"[A-Za-z0-9_-]{1,20000}={0,2}", re.ASCII)
LONGEST_NAME = 100
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, struct.error, UnsupportedAlgorithm)
"""What libraries raise that read bytes somebody made up."""


class CodeField(forms.CharField):
    def __init__(self, **options: Any) -> None:
        hints = {"autocomplete": "one-time-code", "inputmode": "numeric", "class": "code", "spellcheck": "false"}
        given: dict[str, Any] = {"label": _("Code"), "max_length": 64, "widget": forms.TextInput(hints)}
        super().__init__(**given | options)


class SecondFactorForm(AuthenticateForm):
    code = CodeField(help_text=_("Six digits from your authenticator app, or one of your recovery codes."))


class ConfirmByCodeForm(ReauthenticateForm):
    code = CodeField(help_text=_("Six digits from your authenticator app, or one of your recovery codes."))


class AddAppForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types for us
    code = CodeField(label=_("Code from the app"), help_text=_("Six digits."))

    def __init__(self, *args: Any, **options: Any) -> None:
        """The secret waits in the session, which is a row of the database: sealed, as it will be kept."""
        session = context.request.session
        if SECRET_SESSION_KEY in session:
            session[SECRET_SESSION_KEY] = decrypt(session[SECRET_SESSION_KEY])
        super().__init__(*args, **options)
        session[SECRET_SESSION_KEY] = encrypt(self.secret)


class CredentialField(forms.JSONField):
    """What a browser says after it asked for a passkey."""

    def __init__(self, *parts: str) -> None:
        super().__init__(widget=forms.HiddenInput)
        self.parts = parts

    def clean(self, value: Any) -> dict[str, Any]:
        try:
            credential = super().clean(value)
        except RecursionError:  # a hundred thousand brackets
            raise get_adapter().validation_error("incorrect_code") from None
        try:
            response = {part: _base64url(credential["response"].get(part)) for part in self.parts}
            resident = credential.get("clientExtensionResults", {}).get("credProps", {}).get("rk")
            return {
                "id": _base64url(credential["id"]),
                "rawId": _base64url(credential["rawId"]),
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {"credProps": {"rk": bool(resident)}},
            }
        except UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types for us
    name = forms.CharField(
        label=_("Name"), help_text=_("So that you know it in the list, such as “Phone”."), max_length=LONGEST_NAME
    )
    credential = CredentialField("clientDataJSON", "attestationObject")
    passwordless = None  # every passkey is

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = _readable(super().clean)
        return cleaned


class RenamePasskeyForm(EditWebAuthnForm):  # type: ignore[misc]  # allauth has no types for us
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)


class _ByPasskey:
    def clean_credential(self) -> Any:
        return _readable(super().clean_credential)  # type: ignore[misc]  # a mixin


ANSWER = ("clientDataJSON", "authenticatorData", "signature")


class SecondFactorByPasskeyForm(_ByPasskey, AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types for us
    credential = CredentialField(*ANSWER)


class SignInByPasskeyForm(_ByPasskey, LoginWebAuthnForm):  # type: ignore[misc]  # allauth has no types for us
    credential = CredentialField(*ANSWER, "userHandle")


class ConfirmByPasskeyForm(_ByPasskey, ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types for us
    credential = CredentialField(*ANSWER)


def _base64url(text: Any) -> str:
    if not (isinstance(text, str) and BASE64URL.fullmatch(text)):
        raise ValueError
    return text


def _readable(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except forms.ValidationError as error:
        if error.code == "incorrect_code":
            raise get_account_adapter().validation_error("incorrect_passkey") from None
        raise
    except UNREADABLE:
        raise get_account_adapter().validation_error("incorrect_passkey") from None

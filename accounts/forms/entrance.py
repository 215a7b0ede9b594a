"""Signing in and up, and getting back in. Nothing here says whether an address has an account."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    LoginForm,
    ReauthenticateForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SignupForm,
    default_token_generator,
)
from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.confirming import note_signed_up_here
from accounts.forms.fields import AddressField, CountryField, NameField, NewPasswordField, PasswordField, TimeZoneField
from accounts.models import Account
from nozbe.encryption.models import Keyring


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types for us
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # `webauthn`: a browser offers passkeys in the list under the field too.
        self.fields["login"] = AddressField(autocomplete="username webauthn")
        self.fields["password"] = PasswordField()
        self.order_fields(["login", "password"])


class SignUpForm(SignupForm):  # type: ignore[misc]  # allauth has no types for us
    name = NameField()
    country = CountryField()
    time_zone = TimeZoneField()
    account_already_exists: bool
    field_order = ("email", "name", "country", "time_zone", "password1")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"] = AddressField(help_text=_("We send a link there to confirm it."))
        self.fields["password1"] = NewPasswordField(label=_("Password"))
        self.order_fields(self.field_order)

    def try_save(self, request: HttpRequest) -> tuple[Account | None, HttpResponse | None]:
        """Make the account, or do as much work, send a mail that says there is one, and answer the same.

        Raises ValidationError where sign-up says that an address is taken: where none has to be confirmed.
        """
        if not self.account_already_exists:
            try:
                return self.save(request), None
            except ValidationError as error:
                if not error.message_dict.keys() <= {"email", NON_FIELD_ERRORS}:
                    raise
                if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
                    raise get_adapter().validation_error("email_taken") from error
                self.account_already_exists = True  # somebody took the address a moment ago
        else:
            Account().set_password(self.cleaned_data["password1"])
        Keyring.objects.refuse_when_none_is_ready(Keyring.ACCOUNT)
        answer: tuple[None, HttpResponse] = super().try_save(request)
        return answer

    def save(self, request: HttpRequest) -> Account:
        email = self.cleaned_data["email"]
        account = Account.objects.sign_up(
            email=email,
            name=self.cleaned_data["name"],
            password=self.cleaned_data["password1"],
            country=self.cleaned_data["country"],
            time_zone=self.cleaned_data["time_zone"],
            verified=get_adapter().is_email_verified(request, email),
        )
        note_signed_up_here(request, account)
        return account


class ConfirmAddressForm(forms.Form):
    password = PasswordField(label=_("Password of the account"))

    def __init__(self, *args: Any, account: Account, request: HttpRequest, **options: Any) -> None:
        super().__init__(*args, **options)
        self.account = account
        self.request = request

    def clean_password(self) -> str:
        """Raises TooManyGuesses."""
        password: str = self.cleaned_data["password"]
        if get_adapter().authenticate(self.request, email=self.account.email, password=password) != self.account:
            raise ValidationError(_("That is not the password of this account."), code="wrong_password")
        return password


class ForgottenPasswordForm(ResetPasswordForm):  # type: ignore[misc]  # allauth has no types for us
    email = AddressField(autocomplete="username")

    def save(self, request: HttpRequest, **options: Any) -> str:
        # The same work, so that no stop watch tells whether there is an account: allauth looks twice for whom it does
        # not find at once, and makes a token for whom it finds.
        stranger = Account(email=self.cleaned_data["email"])
        if self.users:
            Account.objects.filter(email=stranger.email).first()
        else:
            default_token_generator.make_token(stranger)
        email: str = super().save(request, **options)
        return email


class NewPasswordForm(ResetPasswordKeyForm):  # type: ignore[misc]  # allauth has no types for us
    password1 = NewPasswordField()
    password2 = None
    user: Account

    def save(self) -> None:
        self.user.reset_password(self.cleaned_data["password1"])


class ConfirmByPasswordForm(ReauthenticateForm):  # type: ignore[misc]  # allauth has no types for us
    password = PasswordField()

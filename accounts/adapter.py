"""Where django-allauth asks us how things are done here."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import mail
from accounts.devices import in_words
from accounts.factors import ways_in
from accounts.models import Account, Invitation
from accounts.proving import GuessesAreCounted
from accounts.sealing import SECOND_FACTORS, seal, unseal
from accounts.sessions import end_session_of
from nozbe.audit import Verb, append

INVITATION_SESSION_KEY = "followed_invitation"
"""Holds the ID of the invitation whose link somebody followed before signing in or up; not the link, which opens."""

MESSAGES = {
    "account/messages/email_confirmation_failed.txt": _("That address could not be confirmed. Nothing was changed."),
    "account/messages/email_confirmed.txt": _("Your address is confirmed. You can sign in."),
    "account/messages/logged_out.txt": _("You are signed out."),
    "account/messages/password_changed.txt": _("Your password was changed."),
    "account/messages/password_set.txt": _("Your password was set."),
    "socialaccount/messages/account_connected.txt": _("You can now sign in that way too."),
    "socialaccount/messages/account_connected_updated.txt": _("You can sign in that way already."),
    "socialaccount/messages/account_connected_other.txt": _("That sign-in belongs to another account here."),
    "socialaccount/messages/account_disconnected.txt": _("You cannot sign in that way any more."),
}
"""What is said on the next page, by the name of the template that allauth would have rendered; of others, nothing."""


WAYS_TO_CONFIRM = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use a code"),
    "mfa_reauthenticate:webauthn": _("Use a passkey"),
}


class AccountAdapter(GuessesAreCounted, DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types for us
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("That email address and password do not go together. Check both and try again."),
        "email_taken": _("There is already an account with this email address."),
        "enter_current_password": _("That is not your password."),
        "incorrect_password": _("That is not your password."),
        "incorrect_passkey": _("That passkey did not work. Try again, or use another way."),
        "invalid_password_reset": _("This link has been used, or is too old."),
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then try again."),
        "rate_limited": _("Too many attempts. Wait a few minutes, then try again."),
    }

    # What becomes of an account goes through its verbs

    def set_password(self, user: Account, password: str) -> None:
        user.change_password(password)

    @transaction.atomic
    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """The address somebody signed up with is theirs. (A new one: `accounts.addresses`.)"""
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed:
            pk = email_address.user_id
            append(Verb.ACCOUNT_CHANGED, actor=pk, account=pk, object=pk)
        return confirmed

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """Whoever follows an invitation mailed to an address reads mail there."""
        if super().is_email_verified(request, email):
            return True
        followed = Invitation.objects.open().filter(pk=request.session.get(INVITATION_SESSION_KEY, ""))
        return followed.filter(email=email.lower()).exists()

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Back to the invitation that somebody left in order to sign in."""
        followed = request.session.get(INVITATION_SESSION_KEY)
        if followed:
            return reverse("invitation", args=[Invitation(pk=followed).token])
        return str(super().get_login_redirect_url(request))

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def get_reauthentication_methods(self, user: Account) -> list[dict[str, Any]]:
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [method | {"description": WAYS_TO_CONFIRM[method["id"]]} for method in methods]

    # Coming and going is on record

    @transaction.atomic
    def login(self, request: HttpRequest, user: Account) -> None:
        super().login(request, user)
        append(Verb.SIGNED_IN, actor=user.pk, account=user.pk, object=user.pk)

    @transaction.atomic
    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, Account):
            end_session_of(request, request.user)
        super().logout(request)

    # What people read: our words in every mail and message, and links to our own origin

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _dash, key = key.partition("-")
        return mail.address_of(reverse("account_reset_password_from_key", args=[uid, key]))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return mail.address_of(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        mail.send(template_prefix.rpartition("/")[2], to=email, request=self.request, context=context)

    def send_notification_mail(
        self, template_prefix: str, user: Account, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        where = {
            "ip": self.get_client_ip(self.request),
            "device": in_words(self.get_http_user_agent(self.request)),
        }
        about = {"user": user, "ways_in": partial(ways_in, user)}
        self.send_mail(template_prefix, email or user.email, about | where | (context or {}))

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        text = message or MESSAGES.get(message_template or "")
        if text:
            messages.add_message(request, level, text, extra_tags=extra_tags)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types for us
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("That code is not right, or was used already. Wait for the next one and try again."),
        "unverified_email": _("Confirm your email address first: it is how you get back in."),
    }

    def encrypt(self, text: str) -> str:
        return seal(text, info=SECOND_FACTORS, secret_key=settings.SECRET_KEY)

    def decrypt(self, encrypted_text: str) -> str:
        secret_keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        return unseal(encrypted_text, info=SECOND_FACTORS, secret_keys=secret_keys)

    def generate_authenticator_name(self, user: Account, type: str) -> str:
        """What a new passkey is called until somebody says otherwise."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Nozbe"}

    def get_public_key_credential_user_entity(self, user: Account) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return entity | {"display_name": user.name}

"""Two-step verification and passkeys, in the settings."""

from __future__ import annotations

import json
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.totp.internal.auth import clear_totp_secret
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal.auth import begin_registration
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.generic import FormView

from accounts import factors
from accounts.forms.factors import AddAppForm, AddPasskeyForm, RenamePasskeyForm
from accounts.views.openid import NamesProvider
from accounts.views.whole import Whole


class FactorsView(NamesProvider, IndexView):  # type: ignore[misc]  # allauth has no types for us
    template_name = "accounts/factors/index.html"


class AddAppView(Whole, totp.ActivateTOTPView):  # type: ignore[misc]  # allauth has no types for us
    form_class = AddAppForm
    template_name = "accounts/factors/add_app.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        secret = context["form"].secret
        groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
        return context | {"picture": _without_declaration(context["totp_svg"]), "secret": " ".join(groups)}

    def form_valid(self, form: AddAppForm) -> HttpResponse:
        with_codes = factors.add_app(self.request.user, form.secret)
        clear_totp_secret(self.request)
        return _done(self, "app_added", _("Your authenticator app is set up."), with_codes=with_codes)


class RemoveAppView(Whole, totp.DeactivateTOTPView):  # type: ignore[misc]  # allauth has no types for us
    template_name = "accounts/factors/remove_app.html"

    def form_valid(self, form: Any) -> HttpResponse:
        factors.remove(self.authenticator, self.request.user)
        return _done(self, "app_removed", _("Your authenticator app is no longer asked for."))


class AddPasskeyView(Whole, webauthn.AddWebAuthnView):  # type: ignore[misc]  # allauth has no types for us
    form_class = AddPasskeyForm
    template_name = "accounts/factors/add_passkey.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super(webauthn.AddWebAuthnView, self).get_context_data(**more)
        # Passwordless: it verifies the person, by PIN or finger, and can be found without typing an address.
        return context | {"options": json.dumps(begin_registration(self.request.user, passwordless=True))}

    def form_valid(self, form: AddPasskeyForm) -> HttpResponse:
        name, credential = form.cleaned_data["name"], form.cleaned_data["credential"]
        with_codes = factors.add_passkey(self.request.user, name=name, credential=credential)
        return _done(self, "passkey_added", _("Your passkey was added."), with_codes=with_codes)


class RenamePasskeyView(Whole, webauthn.EditWebAuthnView):  # type: ignore[misc]  # allauth has no types for us
    form_class = RenamePasskeyForm
    template_name = "accounts/factors/rename_passkey.html"

    def form_valid(self, form: RenamePasskeyForm) -> HttpResponse:
        factors.rename_passkey(self.object, form.cleaned_data["name"])
        return redirect("mfa_index")


class RemovePasskeyView(Whole, webauthn.RemoveWebAuthnView):  # type: ignore[misc]  # allauth has no types for us
    template_name = "accounts/factors/remove_passkey.html"

    def form_valid(self, form: Any) -> HttpResponse:
        factors.remove(self.object, self.request.user)
        return _done(self, "passkey_removed", _("The passkey was removed."))


class RecoveryCodesView(codes.ViewRecoveryCodesView):  # type: ignore[misc]  # allauth has no types for us
    template_name = "accounts/factors/recovery_codes.html"


class DownloadRecoveryCodesView(codes.DownloadRecoveryCodesView):  # type: ignore[misc]  # allauth has no types for us
    template_name = "accounts/factors/recovery_codes.txt"


class RenewRecoveryCodesView(Whole, codes.GenerateRecoveryCodesView):  # type: ignore[misc]  # allauth has no types for us
    template_name = "accounts/factors/renew_recovery_codes.html"

    def form_valid(self, form: Any) -> HttpResponse:
        factors.renew_recovery_codes(self.request.user)
        return _done(self, "recovery_codes_renewed", _("You have new recovery codes."), with_codes=True)


def _done(view: FormView[Any], mail: str, text: str, *, with_codes: bool = False) -> HttpResponse:
    get_account_adapter().send_notification_mail(mail, view.request.user)
    messages.success(view.request, text)
    return redirect("mfa_view_recovery_codes" if with_codes else "mfa_index")


def _without_declaration(svg: str) -> SafeString:
    """The picture as a part of a page. It is made of a secret and an address that are drawn, not written."""
    return mark_safe(svg[svg.index("<svg") :])  # noqa: S308 — drawn by a library, see above

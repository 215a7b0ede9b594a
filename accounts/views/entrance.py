"""Signing in, up and out, confirming an address, and getting back in."""

from __future__ import annotations

import json
from typing import Any

from allauth.account import views as allauth
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base import views as mfa
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.confirming import password_was_typed_here
from accounts.factors import ways_in
from accounts.forms import entrance as forms
from accounts.forms import factors
from accounts.views.openid import NamesProvider
from accounts.views.whole import Whole

WAYS_IN_SESSION_KEY = "ways_in"
"""From the page that resets a password to the next one, which says what is left."""


class SignInView(Whole, NamesProvider, allauth.LoginView):  # type: ignore[misc]  # allauth has no types for us
    form_class = forms.SignInForm
    template_name = "accounts/entrance/sign_in.html"


class SignUpView(Whole, allauth.SignupView):  # type: ignore[misc]  # allauth has no types for us
    form_class = forms.SignUpForm
    template_name = "accounts/entrance/sign_up.html"

    def form_valid(self, form: forms.SignUpForm) -> HttpResponse:
        try:
            answer: HttpResponse = super().form_valid(form)
        except ValidationError as error:
            form.add_error("email", error)
            answer = self.form_invalid(form)
        return answer


class SignOutView(Whole, allauth.LogoutView):  # type: ignore[misc]  # allauth has no types for us
    template_name = "accounts/entrance/sign_out.html"


class InactiveView(allauth.AccountInactiveView):  # type: ignore[misc]  # allauth has no types for us
    template_name = "accounts/entrance/inactive.html"


class VerificationSentView(allauth.EmailVerificationSentView):  # type: ignore[misc]  # allauth has no types for us
    template_name = "accounts/entrance/verification_sent.html"


class AsksForPassword:
    """Before the address is confirmed from a browser in which the password was not typed."""

    request: HttpRequest
    object: Any

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.object = self.get_object()  # type: ignore[attr-defined]  # a mixin
        form = self._form(request.POST)
        if form is not None and not form.is_valid():
            context = self.get_context_data(form=form)
            page: HttpResponse = self.render_to_response(context)  # type: ignore[attr-defined]  # a mixin
            return page
        answer: HttpResponse = super().post(request, *args, **kwargs)  # type: ignore[misc]  # a mixin
        return answer

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        form = more.pop("form", None) or (self._form() if self.object else None)
        context: dict[str, Any] = super().get_context_data(**more)  # type: ignore[misc]  # a mixin
        return context | {"form": form}

    def _form(self, data: Any = None) -> forms.ConfirmAddressForm | None:
        account = self.object.email_address.user
        if password_was_typed_here(self.request, account):
            return None
        return forms.ConfirmAddressForm(data, account=account, request=self.request)


class ConfirmAddressView(Whole, AsksForPassword, allauth.ConfirmEmailView):  # type: ignore[misc]  # no types for us
    """Confirms by a button, because mail servers follow links."""

    template_name = "accounts/entrance/confirm_address.html"


class ForgottenPasswordView(Whole, allauth.PasswordResetView):  # type: ignore[misc]  # allauth has no types for us
    form_class = forms.ForgottenPasswordForm
    template_name = "accounts/entrance/forgotten_password.html"


class ForgottenPasswordSentView(allauth.PasswordResetDoneView):  # type: ignore[misc]  # allauth has no types for us
    template_name = "accounts/entrance/forgotten_password_sent.html"


class NewPasswordView(Whole, allauth.PasswordResetFromKeyView):  # type: ignore[misc]  # allauth has no types for us
    form_class = forms.NewPasswordForm
    template_name = "accounts/entrance/new_password.html"

    def form_valid(self, form: forms.NewPasswordForm) -> HttpResponse:
        logout(self.request)  # the verb ends this session too; so the answer must not write into it
        answer: HttpResponse = super().form_valid(form)
        self.request.session[WAYS_IN_SESSION_KEY] = ways_in(form.user)
        return answer


class NewPasswordDoneView(allauth.PasswordResetFromKeyDoneView):  # type: ignore[misc]  # allauth has no types for us
    template_name = "accounts/entrance/new_password_done.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        return context | {"ways_in": self.request.session.pop(WAYS_IN_SESSION_KEY, [])}


class SecondFactorView(Whole, mfa.AuthenticateView):  # type: ignore[misc]  # allauth has no types for us
    form_class = factors.SecondFactorForm
    webauthn_form_class = factors.SecondFactorByPasskeyForm
    template_name = "accounts/entrance/second_factor.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        kinds = set(self.stage.login.user.authenticator_set.values_list("type", flat=True))
        return context | {"kinds": kinds, "options": json.dumps(context["js_data"]["request_options"])}


class SignInByPasskeyView(Whole, webauthn.LoginWebAuthnView):  # type: ignore[misc]  # allauth has no types for us
    form_class = factors.SignInByPasskeyForm

    def form_valid(self, form: factors.SignInByPasskeyForm) -> HttpResponse:
        passkey = form.cleaned_data["credential"]
        login = Login(user=passkey.user, redirect_url=get_next_redirect_url(self.request))
        answer: HttpResponse = perform_passwordless_login(self.request, passkey, login)
        return answer


# Asked before what could lock the owner out: whoever finds a device signed in must not take the account over.


class ConfirmByPasswordView(Whole, allauth.ReauthenticateView):  # type: ignore[misc]  # allauth has no types for us
    form_class = forms.ConfirmByPasswordForm
    template_name = "accounts/entrance/confirm_identity.html"


class ConfirmByCodeView(Whole, mfa.ReauthenticateView):  # type: ignore[misc]  # allauth has no types for us
    form_class = factors.ConfirmByCodeForm
    template_name = "accounts/entrance/confirm_identity.html"


class ConfirmByPasskeyView(Whole, webauthn.ReauthenticateWebAuthnView):  # type: ignore[misc]  # allauth has no types for us
    form_class = factors.ConfirmByPasskeyForm
    template_name = "accounts/entrance/confirm_identity.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        return context | {"options": json.dumps(context["js_data"]["request_options"])}

    def form_invalid(self, form: factors.ConfirmByPasskeyForm) -> HttpResponse:
        for text in form.errors.get("credential", []):
            messages.error(self.request, text)
        return redirect(self.request.get_full_path())

"""What people change about themselves: profile, address, password."""

from __future__ import annotations

from typing import Any, cast

from allauth.account import views as allauth
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.core.internal import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.generic import FormView

from accounts.addresses import ask_for_proof, proved
from accounts.forms.settings import ChangePasswordForm, NewAddressForm, ProfileForm, SetPasswordForm
from accounts.models import Account
from accounts.views.whole import Whole


class SettingsForm(Whole, FormView):  # type: ignore[type-arg]  # when it runs, the class takes none
    """A form about the account that is signed in."""

    @property
    def account(self) -> Account:
        return cast("Account", self.request.user)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"account": self.account}


@method_decorator(login_required, name="dispatch")
class ProfileView(SettingsForm):
    form_class = ProfileForm
    template_name = "accounts/settings/profile.html"

    def form_valid(self, form: ProfileForm) -> HttpResponse:
        # As stored, because a form that is shown again greets whom it was shown to.
        account = Account.objects.get(pk=self.account.pk)
        try:
            account.change_details(by=account, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        messages.success(self.request, _("Saved."))
        return redirect("settings-profile")


@method_decorator(login_required, name="dispatch")
@method_decorator(reauthentication_required(app="allauth.account"), name="dispatch")
@method_decorator(ratelimit.decorator(app="allauth.account", action="manage_email"), name="dispatch")
class AddressView(SettingsForm):
    form_class = NewAddressForm
    template_name = "accounts/settings/address.html"

    def form_valid(self, form: NewAddressForm) -> HttpResponse:
        email = form.cleaned_data["email"]
        ask_for_proof(self.account, email, self.request)
        text = _("We sent a link to %(email)s. Your address changes when you open it and confirm, within a day.")
        messages.info(self.request, text % {"email": email})
        return redirect("account_email")


@method_decorator(login_required, name="dispatch")
class ConfirmNewAddressView(Whole, FormView):  # type: ignore[type-arg]  # the same
    """Where the link in the mail leads. It counts only for the account that asked for it, signed in."""

    form_class = forms.Form
    template_name = "accounts/settings/confirm_new_address.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(**more) | {"email": proved(self.kwargs["token"], self._account())}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        account = self._account()
        before, after = account.email, proved(self.kwargs["token"], account)
        try:
            account.change_address(after)
        except ValidationError:
            messages.error(self.request, _("That address belongs to another account now. Nothing was changed."))
        else:
            get_adapter().send_notification_mail(
                "address_changed", account, {"before": before, "after": after}, email=before
            )
            messages.success(self.request, _("Your email address was changed."))
        return redirect("account_email")

    def _account(self) -> Account:
        return Account.objects.get(pk=self.request.user.pk)


class ChangePasswordView(Whole, allauth.PasswordChangeView):  # type: ignore[misc]  # allauth has no types for us
    form_class = ChangePasswordForm
    template_name = "accounts/settings/password.html"


class SetPasswordView(Whole, allauth.PasswordSetView):  # type: ignore[misc]  # allauth has no types for us
    form_class = SetPasswordForm
    template_name = "accounts/settings/password.html"

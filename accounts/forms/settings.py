"""What people change about themselves."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import SetPasswordForm as AllauthSetPasswordForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import AddressField, CountryField, NameField, NewPasswordField, PasswordField, TimeZoneField
from accounts.models import Account


class ProfileForm(forms.Form):
    name = NameField()
    country = CountryField()
    time_zone = TimeZoneField()
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, account: Account, **options: Any) -> None:
        options["initial"] = {name: getattr(account, name) for name in self.base_fields}
        super().__init__(*args, **options)
        zone = self.fields["time_zone"]
        assert isinstance(zone, TimeZoneField)
        zone.keep(account.time_zone)


class NewAddressForm(forms.Form):
    email = AddressField(label=_("New email address"))

    def __init__(self, *args: Any, account: Account, **options: Any) -> None:
        super().__init__(*args, **options)
        self.account = account

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email == self.account.email:
            raise ValidationError(_("That is your address already."), code="same_as_current")
        return email


class ChangePasswordForm(AllauthChangePasswordForm):  # type: ignore[misc]  # allauth has no types for us
    oldpassword = PasswordField(label=_("Current password"))
    password1 = NewPasswordField()
    password2 = None


class SetPasswordForm(AllauthSetPasswordForm):  # type: ignore[misc]  # allauth has no types for us
    password1 = NewPasswordField()
    password2 = None

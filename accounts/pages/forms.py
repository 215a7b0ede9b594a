"""Forms that call a verb, and say at the right field why it was refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.errors import AlreadyInvited, AlreadyMember, TooMany
from accounts.forms.fields import AddressField
from accounts.models import ApiToken, Membership
from accounts.models.membership import GRANTABLE

SAID_AT_THE_FORM = (AlreadyInvited, AlreadyMember, TooMany)
"""Refusals that one can do something about right there; every other is a page of its own."""


class VerbForm(forms.Form):
    status: int = HTTPStatus.OK
    """Of the answer that shows the form: 200 when a field is wrong, else the refusal's own."""

    def does(self, verb: Callable[..., Any]) -> bool:
        """Call the verb with what was typed. False when something was wrong with that; then the form says what."""
        if not self.is_valid():
            return False
        try:
            verb(**self.cleaned_data)
        except ValidationError as error:
            for field, errors in error.update_error_dict({}).items():
                self.add_error(field if field in self.fields and field != NON_FIELD_ERRORS else None, errors)
        except SAID_AT_THE_FORM as refusal:
            self.add_error(None, refusal.detail)
            self.status = refusal.status
        return self.is_valid()


class TeamForm(VerbForm):
    name = forms.CharField(
        label=_("Name of the team"),
        max_length=100,
        help_text=_("Seen only by its members and by those whom they invite. You can change it later."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RoleForm(VerbForm):
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role.value, f"{role.label}: {role.meaning}") for role in GRANTABLE]


class InvitationForm(RoleForm):
    email = AddressField(
        autocomplete="off",
        help_text=_("We send a link that works once, for a week, and only for this address."),
    )
    field_order = ("email", "role")


class HandOverForm(VerbForm):
    to = forms.ChoiceField(label=_("New owner"))

    def __init__(self, *args: Any, members: list[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        people = [(member.account_id, f"{member.account.name} ({member.account.email})") for member in members]
        field.choices = [("", _("Choose a member")), *people]


class TokenForm(VerbForm):
    ticket = forms.CharField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What it is for, such as “backup script”: so that you know later which one to revoke."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(
        label=_("What it may do"), choices=ApiToken.SCOPES, initial=ApiToken.READ, widget=forms.RadioSelect
    )
    lasts = forms.TypedChoiceField(
        label=_("How long it works"),
        choices=[(days, ngettext_lazy("%(n)d day", "%(n)d days", days) % {"n": days}) for days in (7, 30, 90, 365)],
        coerce=lambda days: timedelta(days=int(days)),
        initial=30,
    )

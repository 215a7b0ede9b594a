"""Fields that several forms ask for, each with the words and hints for browsers it always has."""

from __future__ import annotations

from functools import cache
from typing import Any

from allauth.account.fields import SetPasswordField
from django import forms
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from accounts.models.account import time_zones
from nozbe.validators import validate_mailable, validate_visible

LONGEST_PASSWORD = 1000


class AddressField(forms.EmailField):
    default_validators = [validate_mailable]

    def __init__(self, *, autocomplete: str = "email", **options: Any) -> None:
        hints = {"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false"}
        given: dict[str, Any] = {"label": _("Email address"), "max_length": 254, "widget": forms.EmailInput(hints)}
        super().__init__(**given | options)

    def clean(self, value: Any) -> str:
        return str(super().clean(value)).lower()


class PasswordField(forms.CharField):
    """One that is known already. `data-reveal`: a script adds a button that shows it; without, it is a plain field."""

    def __init__(self, **options: Any) -> None:
        hints = {"autocomplete": "current-password", "data-reveal": ""}
        given: dict[str, Any] = {
            "label": _("Password"),
            "strip": False,
            "max_length": LONGEST_PASSWORD,
            "widget": forms.PasswordInput(hints),
        }
        super().__init__(**given | options)


class NewPasswordField(SetPasswordField):  # type: ignore[misc]  # allauth has no types for us
    """Typed once, because it can be shown."""

    def __init__(self, **options: Any) -> None:
        options = {
            "label": _("New password"),
            "max_length": LONGEST_PASSWORD,
            "help_text": _("At least 10 characters. A few words that have nothing to do with you are a good one."),
        } | options
        super().__init__(**options)
        self.widget.attrs = {"autocomplete": "new-password", "data-reveal": "", **self.widget_attrs(self.widget)}


class NameField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(
            label=_("Your name"),
            help_text=_("Your teams see it."),
            max_length=100,
            validators=[validate_visible],
            widget=forms.TextInput({"autocomplete": "name"}),
        )


class CountryField(forms.ChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label=_("Country"),
            choices=lambda: [("", _("Choose a country")), *countries],
            widget=forms.Select({"autocomplete": "country"}),
            error_messages={"invalid_choice": _("Choose a country.")},
        )


class TimeZoneField(forms.ChoiceField):
    """`data-time-zone`: a script picks the browser's zone while nothing is chosen."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Time zone"),
            choices=lambda: [("", _("Choose a time zone")), *zones_by_region()],
            widget=forms.Select({"data-time-zone": ""}),
            error_messages={"invalid_choice": _("Choose a time zone such as Europe/Warsaw.")},
        )

    def keep(self, name: str) -> None:
        """Offer a rarer name too, which somebody chose through the API."""
        if not self.valid_value(name):
            self.choices = [(name, name), *zones_by_region()]


@cache
def zones_by_region() -> list[tuple[str, list[tuple[str, str]] | str]]:
    """Places by continent or ocean, in order, with words for people: ("Europe", [("Europe/Warsaw", "Warsaw"), …])."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(time_zones()):
        region, _slash, place = name.partition("/")
        if place and region not in ("Etc", "SystemV", "US"):
            regions.setdefault(region, []).append((name, place.replace("_", " ").replace("/", ", ")))
    return [("UTC", "UTC"), *regions.items()]

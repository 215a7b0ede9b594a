"""What typed text must be, by whatever door it comes."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs by their category, and nothing to be seen: fillers of Hangul, the empty pattern of Braille."""


@deconstructible
class MailableValidator(EmailValidator):
    """An address that mail can be sent to.

    Django's own lets pass domains that have no form for mail servers (RFC 3490), such as one that mixes directions of
    writing. Sending there fails each time.
    """

    def __call__(self, value: Any) -> None:
        super().__call__(value)
        name, _at, domain = str(value).rpartition("@")
        try:
            plain = f"{name}@{domain.encode('idna').decode('ascii')}"
        except UnicodeError:
            raise ValidationError(self.message, code=self.code, params={"value": value}) from None
        super().__call__(plain)  # what looked like a letter may have become an @ or a space


validate_mailable = MailableValidator()


def validate_visible(text: str) -> None:
    """Raise ValidationError unless something of `text` can be seen: a name of blanks could be anybody's."""
    if not any(unicodedata.category(sign)[0] not in "CZM" and sign not in BLANK for sign in text):
        raise ValidationError(_("Nothing of this can be seen."), code="invisible")


def refuse(field: str, value: str, validate: Callable[[str], None]) -> None:
    """For a model's `clean`: raise what `validate` has against the value, by field; but not that there is none.

    Not among the validators of the model's field, which migrations would repeat.
    """
    if value:
        try:
            validate(value)
        except ValidationError as error:
            raise ValidationError({field: error.error_list}) from error

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage

from nozbe.validators import validate_mailable, validate_visible

MAILABLE = ("x@example.com", "x+y@ex\u00e4mple.com", "x@\u4f8b\u3048.jp", "x@xn--exmple-cua.com", "X.Y@EXAMPLE.COM")
NOT_MAILABLE = (
    "x@a\u05d0.com",  # left to right and right to left in one label
    "x@a\u06ddb.com",
    "x@" + "\u00e4" * 60 + ".com",  # too long for a label, written as servers do
    "x@a\uff20b.com",  # becomes an @
    "nobody",
    "",
)


@pytest.mark.parametrize("email", MAILABLE)
def test_to_a_good_address_a_mail_can_be_written(email):
    validate_mailable(email)
    assert EmailMessage("Subject", "Text", to=[email]).message().as_bytes()


@pytest.mark.parametrize("email", NOT_MAILABLE, ids=ascii)
def test_what_no_mail_can_be_sent_to_is_no_address(email):
    with pytest.raises(ValidationError) as refusal:
        validate_mailable(email)
    assert [error.code for error in refusal.value.error_list] == ["invalid"]


@pytest.mark.parametrize("name", ["N", "\u0645\u06cc\u200c\u0631\u0645", "\U0001f42c", "-", "\u200bN"])
def test_a_name_of_which_something_is_seen_is_one(name):
    validate_visible(name)


@pytest.mark.parametrize(
    "name", ["\u200b\u202e", "\u00a0\u2003", "\u0301", "\x00", "\ue000", "\u3164\u2800", ""], ids=ascii
)
def test_a_name_of_which_nothing_is_seen_is_none(name):
    with pytest.raises(ValidationError) as refusal:
        validate_visible(name)
    assert refusal.value.code == "invisible"

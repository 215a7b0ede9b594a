from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": _("That email address and password do not go together. Check both and try again."),
        "inactive": _("That email address and password do not go together. Check both and try again."),
    }

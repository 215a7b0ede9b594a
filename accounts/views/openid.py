"""Connecting one's account to the OpenID Connect provider, in the settings."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.socialaccount.models import SocialAccount
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.generic import FormView

from accounts.models import Account
from accounts.openid import disconnect
from accounts.views.whole import Whole


class NamesProvider:
    """Gives a page what people call the provider; nothing without one."""

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)  # type: ignore[misc]  # a mixin
        return context | {"openid_name": settings.OIDC_NAME}


@method_decorator(login_required, name="dispatch")
@method_decorator(reauthentication_required(app="allauth.socialaccount"), name="dispatch")
class OpenIdView(Whole, NamesProvider, FormView):  # type: ignore[type-arg]  # when it runs, the class takes none
    form_class = forms.Form
    template_name = "accounts/settings/openid.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.OIDC_NAME:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        connected = SocialAccount.objects.filter(user_id=self.request.user.pk).exists()
        return super().get_context_data(**more) | {"connected": connected}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        account = cast("Account", self.request.user)
        if disconnect(account):
            get_adapter().send_notification_mail("account_disconnected", account)
            messages.success(self.request, _("You cannot sign in that way any more."))
        return redirect("openid")

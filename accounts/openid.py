"""Signing in through a company's own OpenID Connect provider, when one is configured (docs/accounts.md).

It opens an account only after its owner, signed in and asked again who they are, connected it, and the provider said
that their address is verified. It never finds an account by its address, so whoever controls a provider, or an address
there, takes over nothing; and a stranger learns nothing about which addresses have accounts.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from accounts.models import Account
from nozbe.audit import Verb, append

CONNECT = "connect"
UNREACHABLE = (RequestException, KeyError, TypeError, ValueError)
"""What is raised for a provider that is away, or says something else than OpenID Connect."""


class SignedTokens(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types for us
    """Reads who somebody is out of the signed ID token alone (OpenID Connect Core 1.0, section 3.1.3.7)."""

    def complete_login(self, request: HttpRequest, app: SocialApp, token: Any, **more: Any) -> SocialLogin:
        if not more["response"].get("id_token"):
            raise OAuth2Error("no ID token")
        return super().complete_login(request, app, token, **more)

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        self.did_fetch_access_token = False  # else the signature would not be looked at
        decoded: dict[str, Any] = super()._decode_id_token(app, id_token)
        return decoded


@require_POST
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _view(OAuth2LoginView, request, provider_id)


@require_safe
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _view(OAuth2CallbackView, request, provider_id)


def _view(kind: Any, request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        answer: HttpResponse = kind.adapter_view(SignedTokens(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    except UNREACHABLE:
        return _did_not_work(request)
    return answer


class OpenIdAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types for us
    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        sociallogin.account.extra_data = {}  # what else the provider tells is not ours to keep
        return sociallogin.user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let pass who signs in with a connected account; connect; or explain."""
        if sociallogin.state.get("process") == CONNECT:
            raise ImmediateHttpResponse(self._connect(request, sociallogin))
        if not sociallogin.is_existing:
            messages.error(
                request,
                _(
                    "No account here is connected to that one yet. "
                    "Sign in another way, then connect it in the settings."
                ),
            )
            raise ImmediateHttpResponse(redirect("account_login"))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **_about: Any) -> None:
        raise ImmediateHttpResponse(_did_not_work(request))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def _connect(self, request: HttpRequest, sociallogin: SocialLogin) -> HttpResponse:
        account = request.user
        if not isinstance(account, Account):
            return redirect("account_login")
        if not did_recently_reauthenticate(request):
            return redirect("openid")
        if sociallogin.is_existing and sociallogin.user.pk != account.pk:
            messages.error(request, _("That sign-in belongs to another account here. Nothing was changed."))
        elif not any(address.verified is True for address in sociallogin.email_addresses):
            messages.error(request, _("Your provider does not say that your address there is verified."))
        elif not sociallogin.is_existing:
            connect(sociallogin.account, account)
            self.send_notification_mail("account_connected", account)
            messages.success(request, _("You can now sign in that way too."))
        return redirect("openid")


def _did_not_work(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("That sign-in did not work. Nothing was changed; please try again."))
    return redirect("account_login")


@transaction.atomic
def connect(theirs: SocialAccount, account: Account) -> None:
    theirs.user = account
    theirs.save()
    append(Verb.FACTOR_ADDED, actor=account.pk, account=account.pk, object=account.pk)


@transaction.atomic
def disconnect(account: Account) -> int:
    """Returns how many there were."""
    deleted: int
    deleted, _rows = SocialAccount.objects.filter(user=account).delete()
    if deleted:
        append(Verb.FACTOR_REMOVED, actor=account.pk, account=account.pk, object=account.pk)
    return deleted

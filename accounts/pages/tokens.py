"""API tokens in the settings: making one, which is shown once, and revoking.

A form for a token carries the ID that its token will have. The session knows which were handed out and not used, and
the database takes an ID once. So a page that is sent a second time makes no second token, and shows the first no more.
"""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.models import ApiToken
from accounts.pages.finding import asking
from accounts.pages.forms import TokenForm
from accounts.pages.teams import filled_in
from nozbe.errors import NotFound
from nozbe.models import new_id

TICKETS = "token_tickets"
MOST_TICKETS = 5  # forms that somebody has open at once


@login_required
@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    tokens = asking(request).tokens.order_by("-created_at", "pk")
    return render(request, "accounts/tokens/tokens.html", {"tokens": tokens})


@cache_control(no_store=True, private=True)
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types for us
@filled_in
def token_new(request: HttpRequest) -> HttpResponse:
    account = asking(request)
    if request.method != "POST":
        form = TokenForm(initial={"ticket": _new_ticket(request)})
        return render(request, "accounts/tokens/new.html", {"form": form})
    if request.POST.get("ticket") not in request.session.get(TICKETS, []):
        messages.info(request, _("That form was sent already, or is too old. No token was made by it now."))
        return redirect("tokens")
    form = TokenForm(request.POST)
    made: list[tuple[ApiToken, str]] = []

    def issue(ticket: str, **details: Any) -> None:
        made.append(ApiToken.objects.issue(account, id=ticket, **details))

    if not form.does(issue):
        return render(request, "accounts/tokens/new.html", {"form": form}, status=form.status)
    ((token, text),) = made
    request.session[TICKETS] = [ticket for ticket in request.session[TICKETS] if ticket != token.pk]
    return render(request, "accounts/tokens/made.html", {"token": token, "text": text})


@login_required
@filled_in
def token_revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    account = asking(request)
    if request.method == "POST":
        token = account.tokens.filter(pk=token_id).first()
        if token is None:
            raise NotFound
        token.revoke(by=account)
        messages.success(request, _("The token is revoked. Programs that use it are refused from now on."))
    return redirect("tokens")


def _new_ticket(request: HttpRequest) -> str:
    ticket = new_id()
    request.session[TICKETS] = [*request.session.get(TICKETS, []), ticket][-MOST_TICKETS:]
    return ticket

"""Where one is signed in, and signing out there."""

from __future__ import annotations

from typing import cast

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.devices import in_words
from accounts.models import Account
from accounts.sessions import end_sessions, live_sessions


@login_required
@require_http_methods(["GET", "HEAD"])
def sessions(request: HttpRequest) -> HttpResponse:
    listed = [
        {
            "pk": session.pk,
            "device": in_words(session.user_agent),
            "ip": session.ip,
            "since": session.created_at,
            "seen": session.last_seen_at,
            "here": session.session_key == request.session.session_key,
        }
        for session in live_sessions(cast("Account", request.user))
    ]
    return render(request, "accounts/settings/sessions.html", {"sessions": listed})


@login_required
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """A number that is not one of theirs ends nothing, and looks the same."""
    end_sessions(UserSession.objects.filter(pk=pk), cast("Account", request.user))
    messages.success(request, _("That device is signed out."))
    return redirect("usersessions_list")


@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    others = UserSession.objects.exclude(session_key=request.session.session_key)
    count = end_sessions(others, cast("Account", request.user))
    text = ngettext("%(count)s other device is signed out.", "%(count)s other devices are signed out.", count)
    messages.success(request, text % {"count": count})
    return redirect("usersessions_list")

"""Inviting into a team, and the page that the mailed link leads to."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from accounts.adapter import INVITATION_SESSION_KEY
from accounts.errors import AlreadyMember, InvitationForSomebodyElse, InvitationOver
from accounts.invitation_links import find_by_link
from accounts.models import Account, Invitation, Role
from accounts.pages.finding import asking, find_invitation, find_team_to_manage
from accounts.pages.forms import InvitationForm
from accounts.pages.teams import filled_in


@login_required
@filled_in
def invite(request: HttpRequest, team_id: str) -> HttpResponse:
    account = asking(request)
    team = find_team_to_manage(account, team_id)
    form = InvitationForm(request.POST if request.method == "POST" else None, initial={"role": Role.MEMBER})
    if form.does(lambda email, role: Invitation.objects.invite(team, email=email, role=Role(role), by=account)):
        messages.success(request, _("The invitation is made, and will be mailed within seconds."))
        return redirect("team", team.pk)
    return render(request, "accounts/teams/invite.html", {"team": team, "form": form}, status=form.status)


@login_required
@filled_in
def revoke(request: HttpRequest, team_id: str, invitation_id: str) -> HttpResponse:
    account = asking(request)
    team = find_team_to_manage(account, team_id)
    if request.method == "POST":
        find_invitation(team, invitation_id).revoke(by=account)
        messages.success(request, _("The invitation is revoked. Its link opens nothing any more."))
    return redirect("team", team.pk)


@login_required
@filled_in
def send_again(request: HttpRequest, team_id: str, invitation_id: str) -> HttpResponse:
    account = asking(request)
    team = find_team_to_manage(account, team_id)
    if request.method == "POST":
        find_invitation(team, invitation_id).send_again(by=account)
        messages.success(request, _("A new invitation will be mailed within seconds. The old link opens nothing."))
    return redirect("team", team.pk)


@cache_control(no_store=True, private=True)
@filled_in
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """GET changes nothing: programs that look through mail follow links too."""
    invitation = find_by_link(request, token)
    try:
        if isinstance(request.user, Account):
            return _show_or_accept(request, invitation, request.user)
        return _show_to_visitor(request, invitation)
    except InvitationOver:
        return render(request, "accounts/teams/invitation_over.html", status=InvitationOver.status)
    except InvitationForSomebodyElse:
        context = {"account": request.user}
        return render(request, "accounts/teams/invitation_other.html", context, status=InvitationForSomebodyElse.status)


def _show_or_accept(request: HttpRequest, invitation: Invitation, account: Account) -> HttpResponse:
    request.session.pop(INVITATION_SESSION_KEY, None)
    try:
        if request.method != "POST":
            invitation.refuse_unless_for(account)
            return render(request, "accounts/teams/invitation.html", _seen_by_invitee(invitation))
        invitation.accept(by=account)
        messages.success(request, _("Welcome to the team."))
    except AlreadyMember:
        messages.info(request, _("You are a member of this team already."))
    return redirect("team", invitation.team_id)


def _show_to_visitor(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    if not invitation.is_open():
        raise InvitationOver
    request.session[INVITATION_SESSION_KEY] = invitation.pk
    if request.method == "POST":
        return redirect("account_login")
    return render(request, "accounts/teams/invitation.html", _seen_by_invitee(invitation))


def _seen_by_invitee(invitation: Invitation) -> dict[str, object]:
    return {"invitation": invitation, "team": invitation.team, "role": Role(invitation.role)}

"""Teams: making one, looking at it, naming it, leaving it, handing it over."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.errors import NotAllowed
from accounts.models import Role, Team
from accounts.pages.finding import (
    asking,
    find_team,
    find_team_to_manage,
    invitations_of,
    members_of,
    places_of,
)
from accounts.pages.forms import HandOverForm, InvitationForm, TeamForm

filled_in = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@require_safe
def teams(request: HttpRequest) -> HttpResponse:
    account = asking(request)
    context = {"places": places_of(account), "invitations": invitations_of(account)}
    return render(request, "accounts/teams/teams.html", context)


@login_required
@filled_in
def team_new(request: HttpRequest) -> HttpResponse:
    account = asking(request)
    form = TeamForm(request.POST if request.method == "POST" else None)
    made: list[Team] = []
    if form.does(lambda name: made.append(Team.objects.start(name=name, by=account))):
        messages.success(request, _("The team is made. Now invite those you work with."))
        return redirect("team", made[0].pk)
    return render(request, "accounts/teams/new.html", {"form": form}, status=form.status)


@login_required
@require_safe
def team(request: HttpRequest, team_id: str) -> HttpResponse:
    account = asking(request)
    team = find_team(account, team_id)
    role = team.role_of(account)
    context = {"team": team, "role": role, "members": members_of(team)}
    if role.manages:
        context |= {"invitations": team.invitations.waiting(), "form": InvitationForm(initial={"role": Role.MEMBER})}
    return render(request, "accounts/teams/team.html", context)


@login_required
@filled_in
def rename(request: HttpRequest, team_id: str) -> HttpResponse:
    account = asking(request)
    team = find_team_to_manage(account, team_id)
    form = TeamForm(request.POST if request.method == "POST" else None, initial={"name": team.name})
    if form.does(lambda name: team.rename(name, by=account)):
        messages.success(request, _("The team has its new name."))
        return redirect("team", team.pk)
    return render(request, "accounts/teams/rename.html", {"team": team, "form": form})


@login_required
@filled_in
def leave(request: HttpRequest, team_id: str) -> HttpResponse:
    account = asking(request)
    team = find_team(account, team_id)
    if request.method != "POST":
        only_one = account.memberships.live().count() == 1
        context = {"team": team, "role": team.role_of(account), "only_one": only_one}
        return render(request, "accounts/teams/leave.html", context)
    team.remove_member(account.pk, by=account)
    if not account.memberships.live().exists():
        logout(request)  # the verb has ended the session; so the answer must not write into it
        messages.success(request, _("You have left the team. It was your only one, so you are signed out."))
        return redirect("account_login")
    messages.success(request, _("You have left the team."))
    return redirect("teams")


@login_required
@filled_in
def hand_over(request: HttpRequest, team_id: str) -> HttpResponse:
    account = asking(request)
    team = find_team(account, team_id)
    if team.role_of(account) != Role.OWNER:
        raise NotAllowed(_("Only the owner can hand the team over. Nothing was changed."))
    answer: HttpResponse = _hand_over(request, team)
    return answer


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types for us
def _hand_over(request: HttpRequest, team: Team) -> HttpResponse:
    account = asking(request)
    others = [member for member in members_of(team) if member.account_id != account.pk]
    form = HandOverForm(request.POST if request.method == "POST" else None, members=others)
    if form.does(lambda to: team.hand_over(to=to, by=account)):
        messages.success(request, _("The team has a new owner. You are an admin of it now."))
        return redirect("team", team.pk)
    return render(request, "accounts/teams/hand_over.html", {"team": team, "others": others, "form": form})

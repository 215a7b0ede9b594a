"""One member of a team, for those who manage it: another role, or the end of their place."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.models import Role
from accounts.pages.finding import asking, find_member, find_team_to_manage
from accounts.pages.forms import RoleForm
from accounts.pages.teams import filled_in


@login_required
@filled_in
def member(request: HttpRequest, team_id: str, account_id: str) -> HttpResponse:
    account = asking(request)
    team = find_team_to_manage(account, team_id)
    member = find_member(team, account_id)
    form = RoleForm(request.POST if request.method == "POST" else None, initial={"role": member.role})
    if form.does(lambda role: team.change_role(account_id, Role(role), by=account)):
        messages.success(request, _("The role is changed."))
        return redirect("team", team.pk)
    return render(request, "accounts/teams/member.html", {"team": team, "member": member, "form": form})


@login_required
@filled_in
def remove(request: HttpRequest, team_id: str, account_id: str) -> HttpResponse:
    account = asking(request)
    team = find_team_to_manage(account, team_id)
    if account_id == account.pk:
        return redirect("team-leave", team_id)
    member = find_member(team, account_id)
    if request.method != "POST":
        return render(request, "accounts/teams/remove.html", {"team": team, "member": member})
    team.remove_member(account_id, by=account)
    messages.success(request, _("The member is removed. They can no longer enter."))
    return redirect("team", team.pk)

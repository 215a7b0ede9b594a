"""Who asks, and what they may see of it: the one way to a team from a page."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.errors import NotAllowed
from accounts.models import Account, Invitation, Membership, Team
from nozbe.encryption.opening import open_all
from nozbe.errors import NotFound

SENIORITY = ("owner", "admin", "member", "guest")


def asking(request: HttpRequest) -> Account:
    """Who is signed in, on a page that asks for that."""
    assert isinstance(request.user, Account)  # login_required, and this site signs in nobody else
    return request.user


def find_team(account: Account, team_id: str) -> Team:
    """Raises NotFound for a stranger as for a team that is not there."""
    team = Team.objects.visible_to(account).filter(pk=team_id).first()
    if not isinstance(team, Team):
        raise NotFound
    return team


def find_team_to_manage(account: Account, team_id: str) -> Team:
    """Raises NotAllowed too, for members and guests."""
    team = find_team(account, team_id)
    if not team.role_of(account).manages:
        raise NotAllowed
    return team


def find_member(team: Team, account_id: str) -> Membership:
    membership = team.memberships.live().select_related("account").filter(account=account_id).first()
    if membership is None:
        raise NotFound
    return membership


def find_invitation(team: Team, invitation_id: str) -> Invitation:
    invitation = team.invitations.waiting().select_related("team").filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound
    return invitation


def members_of(team: Team) -> list[Membership]:
    """By role, then by name."""
    members = team.memberships.live().select_related("account")
    return sorted(members, key=lambda member: (SENIORITY.index(member.role), member.account.name.casefold()))


def places_of(account: Account) -> list[Membership]:
    """The person's memberships, each with its team and how many `people` that has, by the team's name."""
    places = list(account.memberships.live().with_sizes())
    open_all([place.team for place in places])
    return sorted(places, key=lambda place: place.team.name.casefold())


def invitations_of(account: Account) -> list[Invitation]:
    """Open ones to addresses of theirs, newest first."""
    theirs = Invitation.objects.for_account(account).order_by("-created_at", "pk")
    invitations = list(theirs.select_related("team", "invited_by"))
    open_all([invitation.team for invitation in invitations])
    return invitations

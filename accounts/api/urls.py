from django.urls import path

from accounts.api import schema
from accounts.api.invitations import Acceptances, Invitations, MyAcceptance, MyInvitations, OneInvitation
from accounts.api.me import Me, MyAddress, MyPassword, MySession, MySessions
from accounts.api.members import Members, OneMember
from accounts.api.signing_up import Accounts
from accounts.api.teams import OneTeam, Owner, Teams
from accounts.api.tokens import OneToken, Tokens
from nozbe.api import ids

assert ids and schema  # imported for what they register: `<id:…>`, and how one signs in

urlpatterns = [
    path("accounts", Accounts.as_view(), name="api-accounts"),
    path("tokens", Tokens.as_view(), name="api-tokens"),
    path("tokens/<id:token>", OneToken.as_view(), name="api-token"),
    path("me", Me.as_view(), name="api-me"),
    path("me/email", MyAddress.as_view(), name="api-me-email"),
    path("me/password", MyPassword.as_view(), name="api-me-password"),
    path("me/sessions", MySessions.as_view(), name="api-me-sessions"),
    path("me/sessions/<id:session>", MySession.as_view(), name="api-me-session"),
    path("me/invitations", MyInvitations.as_view(), name="api-me-invitations"),
    path("me/invitations/<id:invitation>/acceptance", MyAcceptance.as_view(), name="api-me-acceptance"),
    path("invitations/acceptance", Acceptances.as_view(), name="api-acceptances"),
    path("teams", Teams.as_view(), name="api-teams"),
    path("teams/<id:team>", OneTeam.as_view(), name="api-team"),
    path("teams/<id:team>/owner", Owner.as_view(), name="api-team-owner"),
    path("teams/<id:team>/members", Members.as_view(), name="api-members"),
    path("teams/<id:team>/members/<id:account>", OneMember.as_view(), name="api-member"),
    path("teams/<id:team>/invitations", Invitations.as_view(), name="api-invitations"),
    path("teams/<id:team>/invitations/<id:invitation>", OneInvitation.as_view(), name="api-invitation"),
]

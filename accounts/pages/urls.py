from django.urls import path, register_converter

from accounts.pages import invitations, members, teams, tokens
from nozbe.models import ID_LENGTH


class RecordId:
    regex = f"[0-9A-Za-z]{{{ID_LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(RecordId, "record_id")

TEAM = "teams/<record_id:team_id>"
MEMBER = f"{TEAM}/members/<record_id:account_id>"
INVITATION = f"{TEAM}/invitations/<record_id:invitation_id>"

urlpatterns = [
    path("teams", teams.teams, name="teams"),
    path("teams/new", teams.team_new, name="team-new"),
    path(TEAM, teams.team, name="team"),
    path(f"{TEAM}/name", teams.rename, name="team-rename"),
    path(f"{TEAM}/leave", teams.leave, name="team-leave"),
    path(f"{TEAM}/hand-over", teams.hand_over, name="team-hand-over"),
    path(MEMBER, members.member, name="team-member"),
    path(f"{MEMBER}/removal", members.remove, name="team-member-remove"),
    path(f"{TEAM}/invite", invitations.invite, name="team-invite"),
    path(f"{INVITATION}/revoke", invitations.revoke, name="team-invitation-revoke"),
    path(f"{INVITATION}/send-again", invitations.send_again, name="team-invitation-send-again"),
    path("invitations/<str:token>", invitations.invitation, name="invitation"),
    path("settings/tokens", tokens.tokens, name="tokens"),
    path("settings/tokens/new", tokens.token_new, name="token-new"),
    path("settings/tokens/<record_id:token_id>/revoke", tokens.token_revoke, name="token-revoke"),
]

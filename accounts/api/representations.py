"""What REST says about a person, a team and what belongs to them. Each is also described by a serializer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from allauth.usersessions.models import UserSession
from django.utils.crypto import salted_hmac
from rest_framework import serializers

from accounts.models import Account, ApiToken, Invitation, Membership, Role, Team
from nozbe.encryption.opening import open_all
from nozbe.models import ID_ALPHABET, ID_LENGTH


class MeOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    email = serializers.EmailField()
    email_verified = serializers.BooleanField()
    name = serializers.CharField()
    country = serializers.CharField(help_text="ISO 3166-1, two capital letters.")
    time_zone = serializers.CharField(help_text="IANA, such as Europe/Warsaw.")
    language = serializers.CharField()
    created_at = serializers.DateTimeField()


def me(account: Account) -> dict[str, Any]:
    return {
        "id": account.pk,
        "email": account.email,
        "email_verified": account.email.lower() in account.verified_addresses(),
        "name": account.name,
        "country": account.country,
        "time_zone": account.time_zone,
        "language": account.language,
        "created_at": account.created_at,
    }


class TokenOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field, which the metaclass takes out of the class
    scope = serializers.ChoiceField(ApiToken.SCOPES)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To within five minutes.")


class NewTokenOut(TokenOut):
    token = serializers.CharField(help_text="Shown this once.")


def token(row: ApiToken) -> dict[str, Any]:
    return {
        "id": row.pk,
        "label": row.name,
        "scope": row.scope,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "last_used_at": row.last_used_at,
    }


class SessionOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    current = serializers.BooleanField(help_text="Whether it is the session of this request.")
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    ip = serializers.CharField()
    user_agent = serializers.CharField()


def session_id(row: UserSession) -> str:
    """16 characters that stand for the session and let nobody in; the row's number would tell how many there are."""
    digest = salted_hmac("accounts.api.session", f"{row.pk}:{row.session_key}", algorithm="sha256").digest()
    return "".join(ID_ALPHABET[byte % len(ID_ALPHABET)] for byte in digest[:ID_LENGTH])


def session(row: UserSession, *, current_key: str | None) -> dict[str, Any]:
    return {
        "id": session_id(row),
        "current": row.session_key == current_key,
        "created_at": row.created_at,
        "last_seen_at": row.last_seen_at,
        "ip": row.ip,
        "user_agent": row.user_agent,
    }


class SessionsOut(serializers.Serializer[Any]):
    results = SessionOut(many=True)
    next = serializers.CharField(allow_null=True)


class TeamOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices, help_text="One's own.")
    created_at = serializers.DateTimeField()


def team(row: Team, *, role: str) -> dict[str, Any]:
    return {"id": row.pk, "name": row.name, "role": role, "created_at": row.created_at}


def teams(rows: Sequence[Team], *, account: Account) -> Iterable[dict[str, Any]]:
    memberships = Membership.objects.live().filter(team__in=rows, account=account)
    roles = dict(memberships.values_list("team_id", "role"))
    return [team(row, role=roles[row.pk]) for row in open_all(rows)]


class MemberOut(serializers.Serializer[Any]):
    account = serializers.CharField(help_text="ID of the account.")
    name = serializers.CharField()
    email = serializers.EmailField(allow_null=True, help_text="For those who manage the team; null for others.")
    role = serializers.ChoiceField(Role.choices)
    joined_at = serializers.DateTimeField()


def member(row: Membership, *, for_role: Role) -> dict[str, Any]:
    return {
        "account": row.account_id,
        "name": row.account.name,
        "email": row.account.email if for_role.manages else None,
        "role": row.role,
        "joined_at": row.created_at,
    }


class InvitationOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    team = serializers.CharField(help_text="ID of the team.")
    email = serializers.EmailField()
    role = serializers.CharField()
    invited_by = serializers.CharField(help_text="ID of the account.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True, help_text="Null until the mail is on its way.")


def invitation(row: Invitation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "team": row.team_id,
        "email": row.email,
        "role": row.role,
        "invited_by": row.invited_by_id,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
        "sent_at": row.sent_at,
    }


class MyInvitationOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    team_name = serializers.CharField()
    role = serializers.CharField()
    invited_by = serializers.CharField(help_text="Name of the person.")
    expires_at = serializers.DateTimeField()


def my_invitations(rows: Sequence[Invitation]) -> Iterable[dict[str, Any]]:
    open_all(row.team for row in rows)
    return [
        {
            "id": row.pk,
            "team_name": row.team.name,
            "role": row.role,
            "invited_by": row.invited_by.name,
            "expires_at": row.expires_at,
        }
        for row in rows
    ]

"""What else ends when somebody's place in a team does: the invitations that hang on it."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError

from accounts.errors import TooMany
from accounts.models import Invitation, Role
from nozbe.audit.models import Event
from tests.cast import ADMIN, MEMBER, OWNER, the_team

pytestmark = pytest.mark.django_db


def open_addresses() -> list[str]:
    return sorted(Invitation.objects.open().values_list("email", flat=True))


def test_one_can_leave_with_an_open_invitation_to_another_address_of_ones_own():
    """It was revoked as by somebody who asks to, and who has no place in the team any more: so nobody could leave."""
    team, member = the_team(), MEMBER.account()
    EmailAddress.objects.create(user=member, email="mia@example.org", verified=True)
    Invitation.objects.invite(team, email="mia@example.org", role=Role.ADMIN, by=OWNER.account())
    team.remove_member(member.pk, by=member)
    assert not team.memberships.live().filter(account=member).exists()
    assert open_addresses() == []
    assert Event.objects.filter(verb="invitation.revoked").count() == 1


def test_who_is_removed_leaves_no_invitation_behind():
    team, admin = the_team(), ADMIN.account()
    Invitation.objects.invite(team, email="theirs@example.org", role=Role.ADMIN, by=admin)
    Invitation.objects.invite(team, email="ours@example.org", role=Role.ADMIN, by=OWNER.account())
    team.remove_member(admin.pk, by=OWNER.account())
    assert open_addresses() == ["ours@example.org"]


def test_who_manages_no_more_has_no_open_invitations_either():
    """An admin could invite another address of theirs as admin, be made a guest, and accept."""
    team, admin = the_team(), ADMIN.account()
    Invitation.objects.invite(team, email="theirs@example.org", role=Role.ADMIN, by=admin)
    Invitation.objects.invite(team, email="ours@example.org", role=Role.ADMIN, by=OWNER.account())
    team.change_role(admin.pk, Role.GUEST, by=OWNER.account())
    assert open_addresses() == ["ours@example.org"]


def test_nobody_fills_a_mailbox_with_invitations():
    team, owner = the_team(), OWNER.account()
    for _ in range(5):
        Invitation.objects.invite(team, email="new@example.org", role=Role.GUEST, by=owner).revoke(by=owner)
    with pytest.raises(TooMany, match="five times today"):
        Invitation.objects.invite(team, email="New@example.org", role=Role.GUEST, by=owner)
    assert Invitation.objects.count() == 5
    Invitation.objects.invite(team, email="new@example.org", role=Role.GUEST, by=ADMIN.account())


@pytest.mark.parametrize("email", ["nobody", "", "zero\x00@example.org", "half\ud800@example.org", "a@" + "b" * 300])
def test_what_is_no_address_is_refused_by_the_field_before_the_database_is_asked(email):
    team = the_team()
    with pytest.raises(ValidationError) as refusal:
        Invitation.objects.invite(team, email=email, role=Role.GUEST, by=OWNER.account())
    assert "email" in refusal.value.message_dict
    assert Invitation.objects.count() == 0

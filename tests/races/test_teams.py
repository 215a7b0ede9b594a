"""Verbs on one team come one after another, in whatever order they arrive."""

from __future__ import annotations

import pytest
from django.db import transaction

from accounts.errors import AlreadyMember, InvitationOver, NotAllowed, OwnerMustHandOver
from accounts.models import Invitation, Membership, Role
from nozbe.errors import NotFound
from tests.api.caller import Caller
from tests.cast import ADMIN, MEMBER, OWNER, STRANGER, the_strangers_team, the_team
from tests.races.held import Actor, meet, until_waiting

pytestmark = pytest.mark.django_db(transaction=True)


def owners(team) -> list[str]:
    return list(team.memberships.live().filter(role=Role.OWNER).values_list("account_id", flat=True))


def test_a_handover_racing_the_removal_of_the_heir_leaves_exactly_one_owner():
    team = the_team()
    owner, admin, member = OWNER.account(), ADMIN.account(), MEMBER.account()
    outcomes = meet(
        team,
        lambda: team.hand_over(to=member.pk, by=owner),
        lambda: team.remove_member(member.pk, by=admin),
    )
    assert outcomes[0] is None
    assert isinstance(outcomes[1], NotAllowed), "the owner cannot be removed"
    assert owners(team) == [member.pk]


def test_the_removal_of_the_heir_racing_a_handover_leaves_exactly_one_owner():
    team = the_team()
    owner, admin, member = OWNER.account(), ADMIN.account(), MEMBER.account()
    outcomes = meet(
        team,
        lambda: team.remove_member(member.pk, by=admin),
        lambda: team.hand_over(to=member.pk, by=owner),
    )
    assert outcomes[0] is None
    assert isinstance(outcomes[1], NotFound), "somebody who is no member gets no team"
    assert owners(team) == [owner.pk]


def test_of_two_handovers_at_once_the_second_is_refused():
    team = the_team()
    owner, admin, member = OWNER.account(), ADMIN.account(), MEMBER.account()
    outcomes = meet(
        team,
        lambda: team.hand_over(to=admin.pk, by=owner),
        lambda: team.hand_over(to=member.pk, by=owner),
    )
    assert outcomes[0] is None
    assert isinstance(outcomes[1], NotAllowed)
    assert owners(team) == [admin.pk]


def test_an_owner_who_leaves_while_handing_over_does_so_as_an_admin_or_not_at_all():
    team = the_team()
    owner, member = OWNER.account(), MEMBER.account()
    outcomes = meet(
        team,
        lambda: team.remove_member(owner.pk, by=owner),
        lambda: team.hand_over(to=member.pk, by=owner),
    )
    assert isinstance(outcomes[0], OwnerMustHandOver)
    assert outcomes[1] is None
    assert owners(team) == [member.pk]


def test_two_acceptances_of_one_invitation_make_one_member():
    team = the_team()
    stranger = STRANGER.account()
    invitation = Invitation.objects.invite(team, email=stranger.email, role=Role.MEMBER, by=OWNER.account())
    outcomes = meet(
        team,
        lambda: Invitation.objects.get(pk=invitation.pk).accept(by=stranger),
        lambda: Invitation.objects.get(pk=invitation.pk).accept(by=stranger),
    )
    assert isinstance(outcomes[0], Membership)
    assert isinstance(outcomes[1], InvitationOver | AlreadyMember)
    assert Membership.objects.filter(team=team, account=stranger).count() == 1


def test_an_acceptance_racing_the_revocation_is_one_or_the_other():
    team = the_team()
    owner, stranger = OWNER.account(), STRANGER.account()
    invitation = Invitation.objects.invite(team, email=stranger.email, role=Role.MEMBER, by=owner)
    outcomes = meet(
        team,
        lambda: Invitation.objects.get(pk=invitation.pk).revoke(by=owner),
        lambda: Invitation.objects.get(pk=invitation.pk).accept(by=stranger),
    )
    assert outcomes[0] is None
    assert isinstance(outcomes[1], InvitationOver)
    assert not Membership.objects.filter(team=team, account=stranger).exists()


def test_who_is_removed_from_both_their_teams_at_once_is_signed_out():
    one, other = the_team(), the_strangers_team()
    member = MEMBER.account()
    Membership.objects.create(team=other, account=member, role=Role.MEMBER)
    program = Caller(member)
    with transaction.atomic():
        one.remove_member(member.pk, by=OWNER.account())  # and not committed yet
        second = Actor(lambda: other.remove_member(member.pk, by=STRANGER.account()))
        second.start()
        until_waiting(second, number=1)
    second.join()
    assert second.outcome is None
    assert member.memberships.live().count() == 0
    assert program.get("me").status_code == 401

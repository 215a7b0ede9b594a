"""The page that a mailed link leads to: for whom it opens, once, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import transaction
from django.utils import timezone

from accounts.adapter import INVITATION_SESSION_KEY
from accounts.jobs import send_invitations
from accounts.models import Account, Invitation, Membership, Role
from nozbe.encryption.models import Keyring
from nozbe.models import new_id
from tests.accounts.pages import EVERYBODY, browser_of, everything
from tests.cast import ADMIN, OWNER, PASSWORD, STRANGER, new_account, the_strangers_team, the_team
from tests.keys import ready_keyring

pytestmark = pytest.mark.django_db

NEW = "new@example.org"


def invite(email: str = NEW, role: Role = Role.MEMBER) -> Invitation:
    return Invitation.objects.invite(the_team(), email=email, role=role, by=OWNER.account())


def page_of(invitation: Invitation) -> str:
    return f"/invitations/{invitation.token}"


def test_from_the_mail_to_the_team():
    invite()
    assert send_invitations() == 1
    link = next(line for line in mail.outbox[0].body.splitlines() if "/invitations/" in line)
    browser = browser_of(new_account(email=NEW, name="Nina New"))
    path = "/invitations/" + link.rpartition("/")[2]
    text = browser.get(path).content.decode()
    for shown in (
        "<bdi>The Cast</bdi>",
        "<bdi>Olivia Owner</bdi>",
        "owner@example.com",
        "Member (works in",
        "Europe/Warsaw",
    ):
        assert shown in text
    answer = browser.post(path, follow=True)
    assert answer.redirect_chain == [(f"/teams/{the_team().pk}", 302)]
    assert "Welcome to the team." in answer.content.decode()
    membership = the_team().memberships.live().get(account__email=NEW)
    assert membership.role == Role.MEMBER


#                                           owner admin member guest stranger visitor
TABLE = {
    ("GET", "genuine"): (200, 403, 403, 403, 403, 200),
    ("POST", "genuine"): (302, 403, 403, 403, 403, 302),
    ("GET", "revoked"): (410, 410, 410, 410, 410, 410),
    ("POST", "revoked"): (410, 410, 410, 410, 410, 410),
    ("GET", "used"): (410, 410, 410, 410, 410, 410),
    ("POST", "used"): (410, 410, 410, 410, 410, 410),
    ("GET", "expired"): (410, 410, 410, 410, 410, 410),
    ("POST", "expired"): (410, 410, 410, 410, 410, 410),
}
"""Of an invitation from elsewhere to OWNER's address."""


@pytest.mark.parametrize(("method", "kind"), TABLE)
def test_whom_it_opens_for(method, kind):
    invitation = Invitation.objects.invite(
        the_strangers_team(), email=OWNER.account().email, role=Role.GUEST, by=STRANGER.account()
    )
    the_team()
    end = {"revoked": "revoked_at", "used": "accepted_at", "expired": "expires_at"}.get(kind)
    if end:
        Invitation.objects.update(**{end: timezone.now()})
    answers = {}
    for role, person in EVERYBODY.items():
        with transaction.atomic():
            browser = browser_of(person)
            before = everything()
            answer = browser.get(page_of(invitation)) if method == "GET" else browser.post(page_of(invitation))
            answers[role] = answer.status_code
            assert answer.headers["Cache-Control"] == "no-store, private"
            assert answer.headers["Referrer-Policy"] == "same-origin"
            accepted = (role, method, kind) == ("owner", "POST", "genuine")
            assert (everything() != before) == accepted
            transaction.set_rollback(True)
    assert answers == dict(zip(EVERYBODY, TABLE[method, kind], strict=True))


def test_what_is_no_link_of_ours_is_the_same_page_as_any_that_is_not_there():
    invitation = invite()
    genuine = invitation.token
    unknown = Invitation.signer().sign(new_id())
    flipped = genuine[:-1] + ("A" if genuine[-1] != "A" else "B")
    other_salt = genuine.partition(":")[0] + ":" + Invitation.signer().signature("x")
    tokens = (unknown, flipped, other_salt, invitation.pk, f"{invitation.pk}:", "x", "%00", "%ff", "ł:ł", "x" * 5000)
    for browser in (browser_of(None), browser_of(STRANGER)):
        nothing = browser.get("/nothing/here")
        assert nothing.status_code == 404
        before = everything()
        for number, token in enumerate(tokens):
            for ask in (browser.get, browser.post):  # from somewhere else each, as made-up links are counted
                answer = ask(f"/invitations/{token}", headers={"X-Forwarded-For": f"203.0.113.{number}"})
                assert (answer.status_code, answer.content) == (404, nothing.content), token
        assert everything() == before


def test_one_acceptance_after_the_other_makes_one_member():
    invitation = invite()
    browser = browser_of(new_account(email=NEW, name="Nina New"))
    assert [browser.post(page_of(invitation)).status_code for _ in range(2)] == [302, 410]
    assert "This invitation is over" in browser.get(page_of(invitation)).content.decode()
    assert the_team().memberships.filter(account__email=NEW).count() == 1


def test_a_second_invitation_leads_a_member_to_the_team_and_stays_unused():
    account = new_account(email=NEW, name="Nina New")
    EmailAddress.objects.create(user=account, email="other@example.org", verified=True)
    first, second = invite(), invite("other@example.org", Role.ADMIN)
    browser = browser_of(account)
    browser.post(page_of(first))
    before = everything()
    for ask in (browser.get, browser.post):
        answer = ask(page_of(second), follow=True)
        assert answer.redirect_chain == [(f"/teams/{the_team().pk}", 302)]
        assert "You are a member of this team already." in answer.content.decode()
    assert everything() == before
    assert the_team().role_of(account) == Role.MEMBER


def test_an_address_that_is_not_confirmed_opens_nothing():
    invitation = invite()
    browser = browser_of(new_account(email=NEW, name="Nina New", verified=False))
    stranger = browser_of(STRANGER)
    before = everything()
    for ask in (browser.get, browser.post):
        answer = ask(page_of(invitation))
        assert answer.status_code == 403
        assert "an address that you have not confirmed as yours" in answer.content.decode()
    assert NEW not in stranger.get(page_of(invitation)).content.decode(), "nor is it said whose it is"
    assert everything() == before
    assert "You are invited" not in browser.get("/teams").content.decode()


def test_who_manages_sees_no_link():
    token = invite().token
    for path in ("/", "/teams", f"/teams/{the_team().pk}"):
        assert token not in browser_of(ADMIN).get(path).content.decode()


@pytest.mark.parametrize("existing", [True, False], ids=["with an account", "without"])
def test_a_visitor_is_told_the_same_whether_or_not_there_is_an_account(existing):
    if existing:
        new_account(email=NEW, name="Nina New")
    browser, invitation = browser_of(None), invite()
    text = browser.get(page_of(invitation)).content.decode()
    assert f"sign in or sign up with <strong>{NEW}</strong>" in text
    assert 'href="/sign-in"' in text
    assert 'href="/sign-up"' in text
    assert "csrfmiddlewaretoken" not in text, "nothing to be accepted yet"


def test_who_signs_in_comes_back_to_the_invitation():
    new_account(email=NEW, name="Nina New")
    browser, invitation = browser_of(None), invite()
    browser.get(page_of(invitation))
    answer = browser.post("/sign-in", {"login": NEW, "password": PASSWORD})
    assert answer.headers["Location"] == page_of(invitation)
    assert "Accept" in browser.get(page_of(invitation)).content.decode()
    assert INVITATION_SESSION_KEY not in browser.session, "the next sign-in leads home"
    assert Membership.objects.filter(account__email=NEW).count() == 0


def test_no_session_keeps_the_link_that_was_followed():
    browser, invitation = browser_of(None), invite()
    browser.get(page_of(invitation))
    kept = [session.get_decoded() for session in Session.objects.all()]
    assert kept == [{INVITATION_SESSION_KEY: invitation.pk}]


def test_who_signs_up_by_an_invitation_has_proved_the_address_and_comes_back_to_it():
    ready_keyring(Keyring.ACCOUNT)
    browser, invitation = browser_of(None), invite()
    browser.get(page_of(invitation))
    form = {"email": NEW, "name": "Nina New", "password1": "a-long-enough-password", "country": "PL"}
    answer = browser.post("/sign-up", form | {"time_zone": "Europe/Warsaw"})
    assert answer.headers.get("Location") == page_of(invitation), answer.content.decode()
    assert Account.objects.get(email=NEW).verified_addresses() == [NEW]
    assert browser.post(page_of(invitation)).headers["Location"] == f"/teams/{the_team().pk}"


def test_open_invitations_stand_among_ones_teams_to_be_accepted():
    invitation = invite()
    Invitation.objects.invite(the_team(), email="else@example.org", role=Role.GUEST, by=OWNER.account())
    browser = browser_of(new_account(email=NEW, name="Nina New"))
    for path in ("/", "/teams"):
        text = browser.get(path).content.decode()
        assert (text.count("/invitations/"), f'action="{page_of(invitation)}"' in text) == (1, True)
    assert browser.post(page_of(invitation)).status_code == 302
    assert "/invitations/" not in browser.get("/teams").content.decode()


def test_sent_again_is_another_link_and_the_old_one_is_over():
    old = invite()
    Invitation.objects.update(sent_at=timezone.now(), expires_at=timezone.now() - timedelta(days=1))
    browser = browser_of(ADMIN)
    assert "Expired" in browser.get(f"/teams/{the_team().pk}").content.decode()
    assert browser.post(f"/teams/{the_team().pk}/invitations/{old.pk}/send-again").status_code == 302
    new = Invitation.objects.open().get()
    assert (new.email, new.role, new.invited_by) == (NEW, Role.MEMBER, ADMIN.account())
    assert (send_invitations(), mail.outbox[0].to) == (1, [NEW])
    invitee = browser_of(new_account(email=NEW, name="Nina New"))
    assert [invitee.post(page_of(invitation)).status_code for invitation in (old, new)] == [410, 302]


def test_the_team_page_says_how_far_each_invitation_is():
    states = {
        "Waiting to be sent": {},
        "Could not be sent": {"failures": 5},
        ">Sent<": {"sent_at": timezone.now()},
        "Expired": {"expires_at": timezone.now()},
    }
    for number, fields in enumerate(states.values()):
        Invitation.objects.filter(pk=invite(f"{number}@example.org").pk).update(**fields)
    text = browser_of(OWNER).get(f"/teams/{the_team().pk}").content.decode()
    assert [text.count(state) for state in states] == [1, 1, 1, 1]

"""The mails that invite: what they say, and that each is sent once, whatever becomes of the worker and the server."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts.jobs import forget_expired_tokens, forget_old_invitations, send_invitations
from accounts.models import Account, ApiToken, Invitation, Role
from nozbe.encryption import keys
from nozbe.keyserver import KeyServerUnavailable, forget_connections
from tests.cast import OWNER, STRANGER, new_account, new_team, the_strangers_team, the_team
from tests.mail_server import MailServer

pytestmark = pytest.mark.django_db

NEW = "new@example.org"


def invite(email: str = NEW, role: Role = Role.MEMBER) -> Invitation:
    return Invitation.objects.invite(the_team(), email=email, role=role, by=OWNER.account())


@pytest.fixture
def mail_server(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_USE_TLS = False
    settings.EMAIL_TIMEOUT = 5
    with MailServer() as server:
        settings.EMAIL_PORT = server.port
        yield server


def test_the_mail_says_who_invites_into_what_and_until_when(settings):
    settings.ORIGIN = "https://app.nozbe.example"
    invitation = invite()
    until = datetime(2030, 5, 23, 14, 5, tzinfo=UTC)
    Invitation.objects.update(expires_at=until)
    assert send_invitations() == 1
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([NEW], "Olivia Owner invites you to a team in Nozbe")
    assert sent.body == (
        "Olivia Owner (owner@example.com) invites you to the team “The Cast” in Nozbe.\n\n"
        "Your role there: Member (works in the team's projects).\n\n"
        "To see the invitation and accept it, open this page:\n\n"
        f"https://app.nozbe.example/invitations/{invitation.token}\n\n"
        "The link works once, until 23 May 2030, 14:05 UTC, and only for the address that this mail was sent to.\n\n"
        "If you do not know Olivia Owner, or do not want to join, there is nothing you need to do.\n\n"
        "--\nNozbe · https://app.nozbe.example\n"
    )


def test_a_hostile_name_adds_no_line_to_a_mail_and_turns_none_around():
    owner = new_account(email="bad@example.org", name="Bad\r\nBcc: all@example.org\u202e")
    team = new_team("<b>{{ 7 }}</b>\n\nYou won! \u2028 https://evil.example", owner=owner)
    Invitation.objects.invite(team, email=NEW, role=Role.GUEST, by=owner)
    assert send_invitations() == 1
    (sent,) = mail.outbox
    assert sent.subject == "Bad Bcc: all@example.org invites you to a team in Nozbe"
    assert sent.recipients() == [NEW]
    first = "Bad Bcc: all@example.org (bad@example.org) invites you to the team"
    assert sent.body.startswith(f"{first} “<b>{{{{ 7 }}}}</b> You won! https://evil.example” in Nozbe.\n")


def test_each_is_sent_once_however_often_the_job_runs():
    invite()
    assert [send_invitations() for _ in range(3)] == [1, 0, 0]
    assert len(mail.outbox) == 1
    assert Invitation.objects.get().state == "sent"


@pytest.mark.parametrize("end", ["revoked_at", "accepted_at", "expires_at"])
def test_what_is_over_is_not_sent(end):
    invite()
    Invitation.objects.update(**{end: timezone.now()})
    assert send_invitations() == 0
    assert mail.outbox == []


def test_a_worker_killed_after_mailing_leaves_one_to_be_mailed_a_second_time_and_no_third(monkeypatch):
    def killed(invitation):
        raise SystemExit

    invite()
    with monkeypatch.context() as patched:
        patched.setattr(Invitation, "note_sent", killed)
        with pytest.raises(SystemExit):
            send_invitations()
    assert send_invitations() == 0, "somebody may be sending it"
    Invitation.objects.update(send_after=timezone.now())  # five minutes later
    assert [send_invitations() for _ in range(2)] == [1, 0]
    assert len(mail.outbox) == 2
    assert len({sent.body for sent in mail.outbox}) == 1


def test_an_address_that_is_refused_holds_up_no_other_and_is_tried_again_later_and_later(mail_server):
    mail_server.refused = {"bad@example.org"}
    bad, good = invite("bad@example.org"), invite("good@example.org")
    assert send_invitations() == 1
    assert [sent["To"] for sent in mail_server.received] == ["good@example.org"]
    assert Invitation.objects.get(pk=good.pk).state == "sent"
    for failures, minutes in enumerate((1, 2, 4, 8, 16), start=1):
        bad.refresh_from_db()
        assert bad.failures == failures
        assert abs(bad.send_after - timezone.now() - timedelta(minutes=minutes)) < timedelta(seconds=10)
        assert bad.state == ("to_be_sent" if failures < 5 else "not_sent")
        assert send_invitations() == 0, "not yet"
        Invitation.objects.filter(pk=bad.pk).update(send_after=timezone.now())
        assert send_invitations() == 0, "refused again"
    bad.refresh_from_db()
    assert (bad.failures, len(mail_server.received)) == (5, 1)


def test_a_server_that_hangs_up_on_one_mail_still_takes_the_others(mail_server):
    mail_server.hangs_up_on = {"a@example.org"}
    for email in ("a@example.org", "b@example.org", "c@example.org"):
        invite(email)
    assert send_invitations() == 2
    assert [sent["To"] for sent in mail_server.received] == ["b@example.org", "c@example.org"]
    assert mail_server.talks == 2


def test_a_server_that_is_away_costs_no_invitation_a_try(settings, mail_server):
    invite()
    with socket.socket() as taken:  # bound and not listening: refuses
        taken.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = taken.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            send_invitations()
    settings.EMAIL_PORT = mail_server.port
    assert Invitation.objects.get().failures == 0
    assert send_invitations() == 1


def test_nobody_is_asked_when_there_is_nothing_to_send(mail_server):
    assert send_invitations() == 0
    assert mail_server.talks == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_invitation_once(mail_server):
    addresses = [f"new{number}@example.org" for number in range(6)]
    for address in addresses:
        invite(address)
    counts = []

    def work() -> None:
        counts.append(send_invitations())
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(counts) == 6
    assert sorted(sent["To"] for sent in mail_server.received) == addresses


def test_what_has_been_over_for_a_month_is_forgotten_and_nothing_younger():
    month_ago = timezone.now() - timedelta(days=30)
    for email in ("used@example.org", "revoked@example.org", "old@example.org", "over@example.org", "open@example.org"):
        invite(email)
    for email, fields in {
        "used@example.org": {"accepted_at": month_ago},
        "revoked@example.org": {"revoked_at": month_ago},
        "old@example.org": {"expires_at": month_ago},
        "over@example.org": {"revoked_at": month_ago + timedelta(minutes=1)},
    }.items():
        Invitation.objects.filter(email=email).update(**fields)
    assert [forget_old_invitations() for _ in range(2)] == [3, 0]
    assert set(Invitation.objects.values_list("email", flat=True)) == {"over@example.org", "open@example.org"}


def test_tokens_are_forgotten_a_month_after_they_expired():
    account: Account = OWNER.account()
    for name, days in {"long ago": -31, "lately": -29, "good": 1}.items():
        token, _text = ApiToken.objects.issue(account, name=name, scope=ApiToken.READ)
        ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() + timedelta(days=days))
    assert [forget_expired_tokens() for _ in range(2)] == [1, 0]
    assert set(ApiToken.objects.values_list("name", flat=True)) == {"lately", "good"}


def test_one_that_cannot_be_written_or_sent_holds_up_no_other_and_counts_as_its_own_failure(mail_server):
    bad, good = invite("odd@example.org"), invite("good@example.org")
    Invitation.objects.filter(pk=bad.pk).update(email="x@a\u05d0.com")  # no mail server has a name for that
    damaged = Invitation.objects.invite(the_strangers_team(), email=NEW, role=Role.GUEST, by=STRANGER.account())
    with connection.cursor() as cursor:  # the name of another team does not open here
        cursor.execute(
            "UPDATE accounts_team SET name = (SELECT name FROM accounts_team WHERE id = %s) WHERE id = %s",
            [bad.team_id, damaged.team_id],
        )
    Invitation.objects.filter(pk=good.pk).update(send_after=timezone.now())  # the last
    assert send_invitations() == 1
    assert [sent["To"] for sent in mail_server.received] == ["good@example.org"]
    assert dict(Invitation.objects.values_list("pk", "failures")) == {bad.pk: 1, damaged.pk: 1, good.pk: 0}


def test_a_key_server_that_is_away_costs_no_invitation_a_try(settings, mail_server):
    invite()
    settings.KEY_SERVER_URL = "http://127.0.0.1:1"
    forget_connections()
    keys.cache.forget()
    try:
        with pytest.raises(KeyServerUnavailable):
            send_invitations()
    finally:
        forget_connections()
        keys.cache.forget()
    assert (Invitation.objects.get().failures, mail_server.received) == (0, [])

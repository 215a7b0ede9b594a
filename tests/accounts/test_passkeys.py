from __future__ import annotations

import json

import pytest
from allauth.mfa.models import Authenticator as Factor
from django.core import mail
from django.test import Client

from tests.accounts.authenticator import Authenticator
from tests.accounts.entrance import SECOND_FACTOR, confirm_identity, sign_in, signed_in, verbs
from tests.cast import ADMIN, MEMBER

pytestmark = pytest.mark.django_db

ADD = "/settings/security/passkeys/add"
PASSKEY = "/sign-in/passkey"


@pytest.fixture(autouse=True)
def _over_tls(settings) -> None:
    """The origin counts, as in production; the test client's is http, which only a loopback may be."""
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True


@pytest.fixture
def mia(client) -> Client:
    MEMBER.account()
    sign_in(client, MEMBER)
    confirm_identity(client)
    return client


def add(client: Client, passkey: Authenticator, *, name: str = "Laptop"):
    options = json.loads(client.get(ADD).context["options"])
    return client.post(ADD, {"name": name, "credential": passkey.create(options)})


def use(client: Client, passkey: Authenticator, path: str = PASSKEY):
    options = client.get(PASSKEY, headers={"Accept": "application/json"}).json()["request_options"]
    return client.post(path, {"credential": passkey.get(options)})


@pytest.fixture
def passkey(mia) -> Authenticator:
    passkey = Authenticator()
    assert add(mia, passkey).headers["Location"] == "/settings/security/codes"
    return passkey


def test_a_passkey_signs_in_without_an_address_or_a_password(passkey):
    elsewhere = Client()
    assert use(elsewhere, passkey).headers["Location"] == "/"
    assert "Hello, Mia Member" in elsewhere.get("/").content.decode()
    assert verbs()[-2:] == ["factor.added", "account.signed_in"]
    assert [sent.subject for sent in mail.outbox] == ["A passkey was added"]


def test_a_passkey_is_asked_for_after_the_password(passkey):
    elsewhere = Client()
    page = sign_in(elsewhere, MEMBER, follow=True)
    assert page.request["PATH_INFO"] == SECOND_FACTOR
    options = json.loads(page.context["options"])
    assert options["publicKey"]["userVerification"] == "required"
    assert elsewhere.post(SECOND_FACTOR, {"credential": passkey.get(options)}).headers["Location"] == "/"
    assert signed_in(elsewhere)


def test_a_passkey_proves_again_who_one_is(passkey):
    elsewhere = Client()
    use(elsewhere, passkey)
    confirm = "/confirm-it-is-you/passkey?next=/settings/email"
    options = json.loads(elsewhere.get(confirm).context["options"])
    assert elsewhere.post(confirm, {"credential": passkey.get(options)}).headers["Location"] == "/settings/email"
    assert elsewhere.get("/settings/email").status_code == 200


def test_a_browser_is_asked_for_a_passkey_that_verifies_the_person_and_can_be_found(mia):
    wanted = json.loads(mia.get(ADD).context["options"])["publicKey"]["authenticatorSelection"]
    assert (wanted["userVerification"], wanted["residentKey"]) == ("required", "required")


def test_a_passkey_that_does_not_verify_the_person_is_not_taken(mia):
    page = add(mia, Authenticator(verifies=False))
    assert "That passkey did not work" in page.content.decode()
    assert (Factor.objects.count(), mail.outbox) == (0, [])


def test_a_passkey_that_stops_verifying_the_person_opens_nothing(passkey):
    unverified = Authenticator(verifies=False)
    unverified.key, unverified.credential_id = passkey.key, passkey.credential_id
    unverified.user_handle = passkey.user_handle
    elsewhere = Client()
    use(elsewhere, unverified)
    assert not signed_in(elsewhere)
    page = sign_in(elsewhere, MEMBER, follow=True)
    elsewhere.post(SECOND_FACTOR, {"credential": unverified.get(json.loads(page.context["options"]))})
    assert not signed_in(elsewhere)


def test_an_answer_counts_once_and_only_to_the_question_that_was_asked(passkey):
    elsewhere = Client()
    options = elsewhere.get(PASSKEY, headers={"Accept": "application/json"}).json()["request_options"]
    answer = {"credential": passkey.get(options)}
    stranger = Client()
    stranger.get(PASSKEY, headers={"Accept": "application/json"})
    stranger.post(PASSKEY, answer)
    assert not signed_in(stranger)
    elsewhere.post(PASSKEY, answer)
    assert signed_in(elsewhere)
    elsewhere.post("/sign-out")
    elsewhere.post(PASSKEY, answer)
    assert not signed_in(elsewhere)


def test_an_answer_from_another_site_counts_for_nothing(passkey, settings):
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
    for origin, opens in (("https://evil.example", False), ("https://testserver", True)):
        elsewhere = Client()
        options = elsewhere.get(PASSKEY, headers={"Accept": "application/json"}).json()["request_options"]
        elsewhere.post(PASSKEY, {"credential": passkey.get(options, origin=origin)})
        assert signed_in(elsewhere) == opens


def test_somebody_elses_key_opens_nothing(passkey):
    forged = Authenticator()
    forged.credential_id, forged.user_handle = passkey.credential_id, passkey.user_handle
    elsewhere = Client()
    assert use(elsewhere, forged).headers["Location"] == "/sign-in"
    assert not signed_in(elsewhere)


def test_a_passkey_can_be_renamed_and_removed_by_its_owner_alone(mia, passkey):
    pk = Factor.objects.get(type=Factor.Type.WEBAUTHN).pk
    ADMIN.account()
    other = Client()
    sign_in(other, ADMIN)
    confirm_identity(other)
    for does in ("rename", "remove"):
        assert other.post(f"/settings/security/passkeys/{pk}/{does}", {"name": "Stolen"}).status_code == 404

    mia.post(f"/settings/security/passkeys/{pk}/rename", {"name": "<b>Old</b> laptop"})
    assert "&lt;b&gt;Old&lt;/b&gt; laptop" in mia.get("/settings/security").content.decode()
    mia.post(f"/settings/security/passkeys/{pk}/remove")
    assert Factor.objects.count() == 0
    assert (mail.outbox[-1].subject, verbs()[-1]) == ("A passkey was removed", "factor.removed")
    assert sign_in(Client(), MEMBER).headers["Location"] == "/"


def test_the_twenty_first_passkey_is_refused(mia, passkey):
    first = Factor.objects.get(type=Factor.Type.WEBAUTHN)
    others = [Factor(user=first.user, type=first.type, data=first.data) for _ in range(19)]
    Factor.objects.bulk_create(others)
    page = add(mia, Authenticator())
    assert page.status_code == 409
    assert "20 passkeys" in page.content.decode()
    assert Factor.objects.filter(type=Factor.Type.WEBAUTHN).count() == 20


GARBAGE = [
    "",
    "[]",
    "1",
    "null",
    '"text"',
    "{}",
    "{not json",
    '{"id": 1, "rawId": 2, "response": 3}',
    '{"id": "\\u0000", "rawId": "\\ud800", "response": {}}',
    json.dumps({"id": "AA", "rawId": "AA", "response": None}),
    json.dumps({"id": "AA", "rawId": "AA", "response": dict.fromkeys(("clientDataJSON", "attestationObject"), "AA")}),
    json.dumps(
        {
            "id": "AA",
            "rawId": "AA",
            "response": {
                "clientDataJSON": "e30",
                "authenticatorData": "A" * 60,
                "signature": "AA",
                "userHandle": "AA",
            },
        }
    ),
    "[" * 100_000,
]


@pytest.mark.parametrize("text", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_instead_of_a_passkey_is_a_wrong_passkey(mia, text):
    mia.get(ADD)
    page = mia.post(ADD, {"name": "Laptop", "credential": text})
    assert page.status_code == 200
    assert page.context["form"].errors
    elsewhere = Client()
    elsewhere.get(PASSKEY, headers={"Accept": "application/json"})
    assert elsewhere.post(PASSKEY, {"credential": text}).headers["Location"] == "/sign-in"
    assert not signed_in(elsewhere)
    assert Factor.objects.count() == 0

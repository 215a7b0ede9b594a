"""The key server as it really is: what each token may ask of it, and what destroying a key means."""

from __future__ import annotations

import secrets
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import hvac
import pytest
from hvac.exceptions import Forbidden, VaultError

import nozbe.encryption
from nozbe.encryption.keyring.openbao import OpenBao
from nozbe.encryption.keyring.service import CannotUnwrap
from nozbe.keyserver import KeyServer, KeyServerRefused, KeyServerUnavailable, NoSuchKey
from nozbe.local import openbao as local
from nozbe.local.secrets import read
from tests.servers import ports, stack

POLICIES = Path(nozbe.encryption.__file__).parent / "policies"


@pytest.fixture(scope="session")
def root() -> hvac.Client:
    return hvac.Client(url=local.url(ports()), token=read(stack(), local.ROOT_TOKEN))


@pytest.fixture(scope="session")
def tokens(root) -> dict[str, str]:
    """One token for each policy file; tests share a key server, so names are this worker's own."""
    made = {}
    for file in POLICIES.glob("*.hcl"):
        policy = f"{file.stem}-{secrets.token_hex(4)}"
        root.sys.create_or_update_policy(policy, file.read_text())
        answer = root.auth.token.create(policies=[policy], no_default_policy=True, no_parent=True)
        made[file.stem] = answer["auth"]["client_token"]
    return made


def service(token: str) -> OpenBao:
    return OpenBao(KeyServer(url=local.url(ports()), token=token))


@pytest.fixture
def web(tokens) -> OpenBao:
    return service(tokens["web"])


@pytest.fixture
def worker(tokens) -> OpenBao:
    return service(tokens["worker"])


@pytest.fixture
def key(worker) -> str:
    name = f"team-{secrets.token_hex(8)}"
    worker.create_key(name)
    return name


def test_data_keys_come_back_from_their_wrapping_in_order(web, key):
    made = [web.new_data_key(key) for _ in range(20)]
    assert {len(data_key.plaintext) for data_key in made} == {32}
    assert len({data_key.plaintext for data_key in made}) == 20
    assert web.unwrap_many(key, [data_key.wrapped for data_key in made]) == [data_key.plaintext for data_key in made]
    assert web.unwrap_many(key, []) == []


def test_making_a_key_twice_keeps_what_the_first_one_sealed(web, worker, key):
    data_key = web.new_data_key(key)
    worker.create_key(key)
    assert web.unwrap_many(key, [data_key.wrapped]) == [data_key.plaintext]


def test_after_a_rotation_old_wrappings_open_and_are_rewrapped_without_changing_the_key(web, key, root):
    data_key = web.new_data_key(key)
    root.secrets.transit.rotate_key(key)
    assert web.unwrap_many(key, [data_key.wrapped]) == [data_key.plaintext]
    (rewrapped,) = web.rewrap_many(key, [data_key.wrapped])
    assert rewrapped.startswith("vault:v2:")
    assert web.unwrap_many(key, [rewrapped]) == [data_key.plaintext]


@pytest.mark.parametrize(
    "spoil", [lambda w: w[:-4] + "AAA=", lambda w: w[: len(w) // 2], lambda w: "vault:v1:", lambda w: ""]
)
def test_a_damaged_wrapping_opens_nothing_not_even_its_neighbours(web, key, spoil):
    good, bad = web.new_data_key(key), web.new_data_key(key)
    with pytest.raises(CannotUnwrap):
        web.unwrap_many(key, [good.wrapped, spoil(bad.wrapped)])


def test_another_teams_key_does_not_open_it(web, worker, key):
    other = f"team-{secrets.token_hex(8)}"
    worker.create_key(other)
    with pytest.raises(CannotUnwrap):
        web.unwrap_many(other, [web.new_data_key(key).wrapped])


def test_a_destroyed_key_opens_nothing_and_no_call_of_web_or_worker_brings_it_back(web, worker, key, tokens):
    data_key = web.new_data_key(key)
    worker.destroy_key(key)
    worker.destroy_key(key)  # once more is fine
    for service in (web, worker):
        with pytest.raises(NoSuchKey):
            service.unwrap_many(key, [data_key.wrapped])
        with pytest.raises(NoSuchKey):
            service.rewrap_many(key, [data_key.wrapped])
        for attempt in (lambda s=service: s.new_data_key(key), lambda s=service: s.wrap(key, b"mine")):
            with pytest.raises((NoSuchKey, KeyServerRefused)):
                attempt()
    # The worker can make a key of that name again; it is another key.
    worker.create_key(key)
    with pytest.raises(CannotUnwrap):
        web.unwrap_many(key, [data_key.wrapped])


def test_a_token_that_may_not_is_told_apart_from_a_server_that_does_not_answer(web, key, tokens):
    with pytest.raises(KeyServerRefused):
        web.destroy_key(key)
    desk = service(tokens["desk"])
    with pytest.raises(KeyServerRefused):
        desk.unwrap_many(key, [web.new_data_key(key).wrapped])
    assert web.new_data_key(key)


FORBIDDEN = {
    "read a key's facts": ("get", "transit/keys/{key}", None),
    "list keys": ("list", "transit/keys", None),
    "export a key": ("get", "transit/export/encryption-key/{key}", None),
    "back a key up": ("get", "transit/backup/{key}", None),
    "bring a key back from a backup": ("post", "transit/restore/{key}", {"backup": "AAAA"}),
    "rotate a key": ("post", "transit/keys/{key}/rotate", {}),
    "trim a key": ("post", "transit/keys/{key}/trim", {"min_available_version": 1}),
    "make a key exportable": ("post", "transit/keys/{key}/config", {"exportable": True}),
    "loosen a key": ("post", "transit/keys/{key}/config", {"min_decryption_version": 1}),
    "unmount transit": ("delete", "sys/mounts/transit", None),
    "write a policy": ("post", "sys/policies/acl/mine", {"policy": ""}),
    "make a token": ("post", "auth/token/create", {}),
    "seal the server": ("post", "sys/seal", {}),
    "make a key that can be exported": ("post", "transit/keys/{key}-x", {"type": "aes256-gcm96", "exportable": True}),
    "make a key that can be backed up": ("post", "transit/keys/{key}-x", {"allow_plaintext_backup": True}),
    "destroy what signs the record": ("delete", "transit/keys/record", None),
    "loosen what signs the record": ("post", "transit/keys/record/config", {"deletion_allowed": True}),
    "destroy the desk key": ("delete", "transit/keys/desk", None),
    "destroy the doctor's key": ("delete", "transit/keys/doctor", None),
    "put a snapshot back": ("post", "sys/storage/raft/snapshot-force", {}),
}
ONLY_THE_WORKER = {
    "take a snapshot": ("get", "sys/storage/raft/snapshot", None),
    "make a key": ("post", "transit/keys/{key}-more", {"type": "aes256-gcm96"}),
    "sign the record": ("post", "transit/sign/record", {"input": "AAAA"}),
    "allow a key to be destroyed": ("post", "transit/keys/{key}/config", {"deletion_allowed": True}),
    "destroy a key": ("delete", "transit/keys/{key}", None),
}
NOT_THE_DESK = {
    "read whom the record is signed by": ("get", "transit/keys/record", None),
    "encrypt for a team": ("post", "transit/encrypt/{key}", {"plaintext": "AAAA"}),
    "get a data key": ("post", "transit/datakey/plaintext/{key}", {}),
    "decrypt for a team": ("post", "transit/decrypt/{key}", {"ciphertext": "vault:v1:AAAA"}),
    "rewrap for a team": ("post", "transit/rewrap/{key}", {"ciphertext": "vault:v1:AAAA"}),
}


def refused(token: str, method: str, path: str, body: object) -> bool:
    adapter = hvac.Client(url=local.url(ports()), token=token, timeout=5).adapter
    try:
        getattr(adapter, method)(f"/v1/{path}", **({"json": body} if method == "post" else {}))
    except Forbidden:
        return True
    except VaultError:
        return False
    return False


@pytest.mark.parametrize("what", [*FORBIDDEN, *ONLY_THE_WORKER, *NOT_THE_DESK])
@pytest.mark.parametrize("who", ["web", "worker", "desk"])
def test_what_each_token_may_ask(tokens, key, who, what):
    method, path, body = (FORBIDDEN | ONLY_THE_WORKER | NOT_THE_DESK)[what]
    allowed = (what in ONLY_THE_WORKER and who == "worker") or (what in NOT_THE_DESK and who != "desk")
    assert refused(tokens[who], method, path.format(key=key), body) is not allowed


@pytest.mark.parametrize("who", ["web", "worker"])
def test_nobody_but_the_desk_reads_tickets(tokens, who):
    assert refused(tokens[who], "post", "transit/decrypt/desk", {"ciphertext": "vault:v1:AAAA"})


def test_the_desk_can_use_the_desk_key(tokens, root):
    root.secrets.transit.create_key(name="desk")
    desk = hvac.Client(url=local.url(ports()), token=tokens["desk"])
    sealed = desk.secrets.transit.encrypt_data(name="desk", plaintext="dGlja2V0")["data"]["ciphertext"]
    assert desk.secrets.transit.decrypt_data(name="desk", ciphertext=sealed)["data"]["plaintext"] == "dGlja2V0"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://127.0.0.1:9/"])
def test_a_silent_key_server_is_a_503_that_says_that_nothing_is_lost(url):
    service = OpenBao(KeyServer(url=url, token="any", timeout_seconds=1))
    with pytest.raises(KeyServerUnavailable) as refusal:
        service.new_data_key("team-x")
    assert refusal.value.status == 503
    assert "Nothing is lost" in str(refusal.value)


@pytest.mark.parametrize("status", [200, 400, 404, 405, 412, 429, 500, 501, 502, 503, 504])
def test_what_a_proxy_or_a_sealed_server_says_is_a_503_and_never_that_a_key_is_gone(status):
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(status)
            self.send_header("Content-Length", "18")
            self.end_headers()
            self.wfile.write(b"<p>key not found</")

        do_DELETE = do_PUT = do_POST

        def log_message(self, *words):
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        service = OpenBao(KeyServer(url=f"http://127.0.0.1:{server.server_port}", token="any"))
        for attempt in (
            lambda: service.new_data_key("team-x"),
            lambda: service.unwrap_many("team-x", ["vault:v1:AAAA"]),
            lambda: service.destroy_key("team-x"),
        ):
            with pytest.raises(KeyServerUnavailable):
                attempt()
        server.shutdown()

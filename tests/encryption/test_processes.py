"""Several real processes, a key server that comes and goes: what one decides, all hold to."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import psycopg
import pytest
import redis
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection

from nozbe import second_store
from nozbe.audit.models import Event
from nozbe.audit.verbs import Verb
from nozbe.encryption import jobs, restoring, snapshots
from nozbe.encryption.keyring import key_service
from nozbe.encryption.keys import cache
from nozbe.encryption.models import FieldKey, Keyring
from nozbe.encryption.opening import open_values
from nozbe.encryption.sealing import place, seal_text
from nozbe.keyserver import KeyServer, KeyServerRefused, NoSuchKey, forget_connections
from nozbe.models import new_id
from tests.encryption.own_servers import NotesProcess, OwnKeyServer
from tests.keys import ready_keyring
from tests.notes.models import Note
from tests.servers import stack, superuser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("own key server")]


@pytest.fixture(scope="module")
def key_server(tmp_path_factory):
    server = OwnKeyServer(tmp_path_factory.mktemp("keys"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def as_worker(key_server, settings):
    """This test's own process is a worker of that key server."""
    if key_server.process is None:
        key_server.start()
    settings.KEY_SERVER_URL, settings.KEY_SERVER_TOKEN = key_server.url, key_server.token("worker")
    forget_connections()
    yield
    forget_connections()


@pytest.fixture
def site(as_worker, key_server, tmp_path):
    process = NotesProcess(tmp_path / "site.log", keys=key_server)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def second_site(as_worker, key_server, tmp_path):
    process = NotesProcess(tmp_path / "second.log", keys=key_server)
    process.start()
    yield process
    process.stop()


def new_book(site: NotesProcess, name: str = "Errands") -> str:
    ready_keyring()
    status, answer, _ = site.ask("/api/v1/books", {"name": name})
    assert status == 201, answer
    return answer["id"]


def new_note(site: NotesProcess, book: str, text: str = "Buy milk", **more: str) -> str:
    status, answer, _ = site.ask(f"/api/v1/books/{book}", {"text": text, **more})
    assert status == 201, answer
    return answer["id"]


def test_a_destroyed_key_opens_nothing_in_any_process_within_seconds(site, second_site):
    book = new_book(site)
    note = new_note(site, book)
    processes = (site, second_site)
    for process in processes:
        assert process.ask(f"/api/v1/notes/{note}")[1]["text"] == "Buy milk"
    keyring = Keyring.objects.get(owner=book)
    wrapped = list(keyring.field_keys.values_list("wrapped", flat=True))

    Keyring.objects.get(owner=book).destroy()
    deadline = time.monotonic() + 10
    while [process.ask(f"/api/v1/notes/{note}")[0] for process in processes] != [410, 410]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert jobs.destroy_keys() == 1
    for process in processes:
        for path, body in ((f"/api/v1/notes/{note}", None), (f"/api/v1/books/{book}", None)):
            status, answer, _ = process.ask(path, body)
            assert (status, answer["code"]) == (410, "erased")
        assert process.ask(f"/api/v1/books/{book}", {"text": "more"})[0] == 410
    assert Note.objects.count() == 1
    with pytest.raises(NoSuchKey):
        key_service().unwrap_many(keyring.key_name, wrapped)


def test_without_the_key_server_cached_teams_work_others_wait_and_nothing_is_written_in_clear(
    site, second_site, key_server
):
    known, unknown = new_book(site), new_book(second_site)
    note, other = new_note(site, known), new_note(second_site, unknown)
    key_server.stop()

    assert site.ask(f"/api/v1/notes/{note}")[1]["text"] == "Buy milk"
    assert site.ask(f"/api/v1/notes/{note}", {"text": "Buy tea"}, method="PATCH")[0] == 200
    assert new_note(site, known, "Buy bread")
    for path, body, method in (
        (f"/api/v1/notes/{other}", None, "GET"),
        (f"/api/v1/notes/{other}", {"text": "canary in clear"}, "PATCH"),
        (f"/api/v1/books/{unknown}", {"text": "canary in clear"}, "POST"),
    ):
        status, answer, headers = site.ask(path, body, method=method)
        assert (status, answer["code"]) == (503, "key_server_unavailable")
        assert int(headers["retry-after"]) > 0
    assert Note.objects.filter(team_id=unknown).count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notes_note WHERE position('canary'::bytea IN text) > 0")
        assert cursor.fetchone() == (0,)
    assert second_site.ask(f"/api/v1/notes/{other}")[1]["text"] == "Buy milk"

    key_server.start()
    deadline = time.monotonic() + 10
    while site.ask(f"/api/v1/notes/{other}")[0] != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert site.ask(f"/api/v1/notes/{note}")[1]["text"] == "Buy tea"
    assert new_note(site, unknown, "Buy cheese")


def test_content_is_found_nowhere_on_any_disk_nor_in_valkey_nor_in_logs(site, second_site, key_server):
    canary, control = f"canary{new_id()}", f"ctl{new_id()}"
    book = new_book(site, name=f"{canary} book")
    note = new_note(site, book, f"{canary} text", title=f"{canary} title", kind=control)
    assert second_site.ask(f"/api/v1/notes/{note}", {"text": f"{canary} changed"}, method="PATCH")[0] == 200
    assert canary in second_site.ask(f"/api/v1/books/{book}")[1]["notes"][0]["text"]
    assert site.ask(f"/api/v1/books/{book}", {"text": canary, "title": canary, "nonsense": canary})[0] == 500
    assert site.ask(f"/api/v1/books/{book}", {"text": f"\ud800{canary}"})[0] == 500
    key_server.stop()
    assert site.ask(f"/api/v1/notes/{note}", {"text": f"{canary} again"}, method="PATCH")[0] == 200
    key_server.start()
    snapshots.take()
    with superuser() as session:
        session.execute("CHECKPOINT")
    with redis.Redis.from_url(django_settings.VALKEY_URL) as valkey:
        valkey.save()
        dump = Path(valkey.config_get("dir")["dir"], valkey.config_get("dbfilename")["dbfilename"])

    folders = [stack().var, key_server.stack.var, site.log.parent, dump]
    assert places_of(canary, folders) == []
    found = {path.relative_to(stack().var).parts[:2] for path in places_of(control, [stack().var])}
    assert ("postgresql", "base") in found, "what is not sealed must be found, or this test could not fail"
    assert ("postgresql", "pg_wal") in found


def places_of(word: str, folders: list[Path]) -> list[Path]:
    """Every file that holds the word in its raw bytes."""
    files = [path for folder in folders for path in (folder, *folder.rglob("*")) if path.is_file()]
    assert len(files) > len(folders)
    return [path for path in files if word.encode() in bytes_of(path)]


def bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # another worker of this run dropped a table meanwhile
        return b""


ROWS = 100_000


def fill_with_notes(team: str) -> None:
    """Rows as the product would write them, by COPY for speed."""
    text = Note._meta.get_field("text")
    cache.of(team)  # once COPY has begun, the connection can look up no keys
    with connection.cursor() as cursor:
        words = "id, created_at, team_id, author_id, kind, text"
        with cursor.copy(f"COPY notes_note ({words}) FROM STDIN") as copy:
            for number in range(ROWS):
                pk = f"{number:016d}"
                sealed = seal_text(f"{pk} text", place(text, owner=team, pk=pk)).ciphertext
                copy.write_row((pk, "2026-01-01T00:00:00Z", team, "", "plain", psycopg.Binary(sealed)))


class Writer(threading.Thread):
    """Somebody who goes on working: changes and reads notes through the site until told to stop."""

    def __init__(self, site: NotesProcess) -> None:
        super().__init__()
        self.site = site
        self.acknowledged: dict[str, str] = {}
        self.failures: list[object] = []
        self.enough = threading.Event()

    def run(self) -> None:
        while not self.enough.wait(0.02):
            pk = f"{random.randrange(ROWS):016d}"
            text = f"changed {new_id()}"
            status, answer, _ = self.site.ask(f"/api/v1/notes/{pk}", {"text": text}, method="PATCH")
            if (status, answer.get("text")) != (200, text):
                self.failures.append((status, answer))
            self.acknowledged[pk] = text


def wait_for_line(command: subprocess.Popen[str], *, beginning: str, number: int) -> list[str]:
    lines: list[str] = []
    assert command.stdout is not None
    for line in command.stdout:
        lines.append(line)
        if sum(line.startswith(beginning) for line in lines) == number:
            return lines
    raise AssertionError("".join(lines))


def as_stored() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text, ctid::text, md5(text) FROM notes_note ORDER BY id")
        return cursor.fetchall()


def test_rotation_while_people_work_survives_a_kill_and_rewrapping_touches_no_row(site, key_server, root_of):
    team = new_book(site)
    fill_with_notes(team)
    writer = Writer(site)
    writer.start()
    try:
        first = site.manage("rotate_keys", f"--owner={team}")
        lines = wait_for_line(first, beginning="owner 1", number=ROWS // 500 // 2)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        older_than = next(line for line in lines if "--older-than=" in line).split("--older-than=")[1].strip()
        assert 0 < older_epochs(team) < ROWS

        again = site.manage("rotate_keys", f"--owner={team}", f"--older-than={older_than}")
        output, _ = again.communicate(timeout=120)
        assert again.returncode == 0, output
        assert "0 new epochs begun" in output
    finally:
        writer.enough.set()
        writer.join()
    assert writer.failures == []
    assert len(writer.acknowledged) > 20
    assert older_epochs(team) == 0
    assert Event.objects.filter(verb=Verb.KEYS_ROTATED, team=team).count() == 2  # begun twice
    assert FieldKey.objects.filter(keyring__owner=team).count() == 2

    keyring = Keyring.objects.get(owner=team)
    wrapped = sorted(keyring.field_keys.values_list("wrapped", flat=True))
    stored = as_stored()
    root_of(key_server).secrets.transit.rotate_key(keyring.key_name)
    rewrap = site.manage("rewrap_keys")
    output, _ = rewrap.communicate(timeout=60)
    assert rewrap.returncode == 0, output
    assert not set(keyring.field_keys.values_list("wrapped", flat=True)) & set(wrapped)
    assert as_stored() == stored

    cache.forget()
    rows = list(Note.objects.filter(team_id=team).values_list("team_id", "pk", "text"))
    texts = dict(zip([pk for _, pk, _ in rows], open_values(Note, "text", rows), strict=True))
    assert len(texts) == ROWS
    assert texts == {pk: f"{pk} text" for pk in texts} | writer.acknowledged


def older_epochs(team: str) -> int:
    query = """
        SELECT count(*) FROM notes_note WHERE team_id = %s AND substring(text FROM 2 FOR 4) < '\\x00000002'
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [team])
        return cursor.fetchone()[0]


@pytest.fixture
def root_of():
    import hvac

    return lambda server: hvac.Client(url=server.url, token=server.root_token_file().read_text())


def test_a_key_server_put_back_from_an_old_snapshot_destroys_again_before_anybody_is_let_in(
    as_worker, key_server, tmp_path
):
    keyring = ready_keyring()
    Keyring.objects.take(Keyring.TEAM, owner=new_id())
    wrapped = [row.wrapped for row in keyring.field_keys.all()]
    survivor = ready_keyring()
    snapshot = snapshots.take()
    Keyring.objects.get(pk=keyring.pk).destroy()
    assert jobs.destroy_keys() == 1

    rebuilt = OwnKeyServer(tmp_path / "rebuilt", seal_key_of=key_server)
    rebuilt.start()
    try:
        body = second_store.get(django_settings.KEY_SNAPSHOT_BUCKET, snapshot)
        restoring._restore(body, url=rebuilt.url, tokens=[rebuilt.root_token_file().read_text()])
        old_web = KeyServer(url=rebuilt.url, token=key_server.token("web"))
        revived = {"batch_input": [{"ciphertext": wrapped[0]}]}
        path = f"transit/decrypt/{keyring.key_name}"
        restoring._wait_until(lambda: answers(old_web, path, revived))  # so it really comes back, token and all

        words = {
            "url": rebuilt.url,
            "token_file": key_server.root_token_file(),
            "snapshot": snapshot,
        }
        call_command("restore_key_server", **words)
        with pytest.raises(KeyServerRefused):
            old_web.post(path, revived)
        root = KeyServer(url=rebuilt.url, token=key_server.root_token_file().read_text())
        with pytest.raises(NoSuchKey):
            root.post(path, revived)
        assert root.get(f"transit/keys/{survivor.key_name}")["name"] == survivor.key_name
    finally:
        rebuilt.stop()


def answers(server: KeyServer, path: str, body: dict) -> bool:
    try:
        return bool(server.post(path, body))
    except Exception:
        return False


def test_the_apps_own_key_server_is_never_overwritten_in_place(as_worker, key_server):
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("restore_key_server", url=key_server.url + "/", token_file=key_server.root_token_file())
    assert ready_keyring().field_keys.count() == 1

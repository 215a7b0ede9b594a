"""What a running product does by itself: answers, heals, measures, keeps its data to itself."""

from __future__ import annotations

import socket
import stat
import time
from collections.abc import Callable

import psutil
import pytest
import requests

from tests.journeys.browser import Browser
from tests.journeys.local_stack import LocalStack, fetch

pytestmark = pytest.mark.xdist_group("product")


def eventually(true: Callable[[], bool], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def kill(product: LocalStack, *words: str) -> int:
    """SIGKILL to the one process whose command line holds all the words and that is nobody's worker."""
    victims = [p for p in product.processes() if all(any(word in part for part in p.cmdline()) for word in words)]
    assert victims, words
    parent = min(victims, key=lambda process: process.create_time())
    parent.kill()
    psutil.wait_procs([parent], timeout=10)
    return parent.pid


def test_the_stream_of_a_signed_in_person_opens_at_once_and_a_strangers_is_refused(product):
    owner = Browser(product.url(""))
    owner.sign_in("owner@example.com", product.credentials()["owner@example.com"]["password"])
    with owner.get("/api/v1/sync/events", stream=True) as stream:
        assert stream.status_code == 200
        assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert stream.headers["Cache-Control"] == "no-store"
        assert next(stream.iter_lines()) == b"retry: 3000"

    owner.sign_out()
    for cookies in ({}, owner.cookies, {"nozbe_session": "made-up"}, {"nozbe_session": '"; ,=\\'}):
        answer = requests.get(product.url("/api/v1/sync/events"), cookies=cookies, timeout=10)
        assert answer.status_code == 401
        assert answer.json() == {"code": "not_signed_in", "detail": "Sign in first.", "errors": []}
    assert requests.post(product.url("/api/v1/sync/events"), timeout=10).status_code == 405


def test_requests_and_jobs_are_measured_on_an_internal_port(product):
    product.get("/safety")
    status, metrics = fetch(f"http://127.0.0.1:{product.port_of('metrics')}/metrics")
    assert status == 200
    assert 'nozbe_request_seconds_count{method="GET",route="safety",site="web",status="200"}' in metrics
    assert 'nozbe_job_failing{job="nozbe.health.jobs.check_key_server"} 0.0' in metrics
    assert 'nozbe_job_succeeded_timestamp_seconds{job="nozbe.health.jobs.check_object_stores"}' in metrics


def test_logs_are_json_and_hold_routes_but_no_queries_addresses_or_passwords(product):
    password = product.credentials()["guest@example.com"]["password"]
    guest = Browser(product.url(""))
    guest.sign_in("guest@example.com", password)
    guest.get("/safety?q=canary-in-a-query")

    def logs() -> str:
        return "".join(path.read_text(errors="replace") for path in product.var.joinpath("logs").iterdir())

    eventually(lambda: '"route": "safety"' in logs())  # lines take their way through the process manager
    for canary in ("canary-in-a-query", "guest@example.com", password):
        assert canary not in logs()


def test_jobs_run_again_and_again(product):
    """Their heartbeats move on, so the clock did not stop after its first round."""

    def heartbeats() -> dict[str, str]:
        metrics = fetch(f"http://127.0.0.1:{product.port_of('metrics')}/metrics")[1].splitlines()
        return dict(
            line.rsplit(" ", 1) for line in metrics if line.startswith("nozbe_job_succeeded") and "check_" in line
        )

    first = heartbeats()
    assert len(first) == 2
    eventually(lambda: all(heartbeats()[job] > at for job, at in first.items()), seconds=50)


def test_slow_senders_do_not_take_the_site_from_others(product):
    head = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nabc"
    slow = [socket.create_connection(("127.0.0.1", product.port), timeout=10) for _ in range(30)]
    try:
        for sender in slow:
            sender.sendall(head)
        time.sleep(0.5)
        for _ in range(5):
            began = time.monotonic()
            assert product.get("/")[0] == 200
            assert time.monotonic() - began < 5, "it waited for a slow sender"
    finally:
        for sender in slow:
            sender.close()


@pytest.mark.parametrize("site", ["web", "backoffice", "console"])
def test_a_body_that_is_too_large_or_has_no_length_is_refused_at_the_door(product, site):
    url = product.url("/sign-in", site=site)
    assert requests.post(url, data=b"x" * 200_000, timeout=10).status_code == 413
    assert requests.post(url, data=iter([b"x"]), timeout=10).status_code == 411


def test_what_only_a_signed_in_person_sees_is_kept_by_no_cache(product):
    for site, email in (("web", "owner"), ("backoffice", "support"), ("console", "dba1")):
        visitor = Browser(product.url("", site=site))
        visitor.sign_in(f"{email}@example.com", product.credentials()[f"{email}@example.com"]["password"])
        assert "no-store" in visitor.get("/").headers["Cache-Control"]


def test_a_foreign_host_name_opens_no_stream(product):
    answer = requests.get(product.url("/api/v1/sync/events"), headers={"Host": "evil.example"}, timeout=10)
    assert answer.status_code == 400


def test_the_data_belongs_to_one_user_of_the_machine(product):
    assert stat.S_IMODE(product.var.stat().st_mode) == 0o700
    secrets = list(product.var.joinpath("secrets").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in [*secrets, product.var / "credentials.json"]} == {0o600}


def test_servers_listen_on_loopback_only(product):
    addresses = set()
    for process in product.processes():
        for connection in process.net_connections(kind="inet"):
            if connection.status == psutil.CONN_LISTEN:
                addresses.add(connection.laddr.ip)
    assert addresses == {"127.0.0.1"}


def test_a_second_start_in_the_same_folder_is_refused_and_the_first_goes_on(product):
    answer = LocalStack(product.var).make("up")
    assert answer.returncode != 0
    assert "already running" in answer.stderr
    assert product.get("/readyz")[0] == 200


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("web", ("granian", "--workers=2")),
        ("uploads", ("granian", "--blocking-threads=16")),
        ("worker", ("celery", "worker")),
        ("clock", ("celery", "beat")),
        ("events", ("uvicorn",)),
        ("haproxy", ("haproxy",)),
        ("valkey", ("valkey-server",)),
        ("postgresql", ("postgres", "-D")),
        ("key server", ("bao", "server")),
        ("store", ("weed", "ireland")),
    ],
)
def test_a_process_that_is_killed_comes_back_by_itself(product, name, words):
    killed = kill(product, *words)

    def back() -> bool:
        running = any(all(any(w in part for part in p.cmdline()) for w in words) for p in product.processes())
        return running and not psutil.pid_exists(killed)

    eventually(back)
    eventually(lambda: product.make("doctor").returncode == 0, seconds=90)
    eventually(lambda: product.get("/readyz")[0] == 200)


def test_sites_whose_database_is_gone_say_so_and_recover(product):
    product.supervisor("stopProcess", "engines:postgresql")
    try:
        for site in ("web", "backoffice", "console"):
            status, body = product.get("/readyz", site=site)
            assert status == 503
            assert '"database": "down"' in body
            assert product.get("/healthz", site=site)[0] == 200
        answer = requests.get(product.url("/safety"), timeout=20)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "One moment, please" in answer.text
        answer = requests.get(product.url("/api/v1/safety"), timeout=20)
        assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
        cookies = {"nozbe_session": "a" * 32}
        answer = requests.get(product.url("/api/v1/sync/events"), cookies=cookies, timeout=20)
        assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
        assert "Traceback" not in product.var.joinpath("logs", "events.log").read_text()
        status, metrics = fetch(f"http://127.0.0.1:{product.port_of('metrics')}/metrics")
        assert status == 200
        assert "nozbe_database_up 0.0" in metrics
        assert "nozbe_request_seconds_count" in metrics
        assert product.make("doctor").returncode != 0
    finally:
        product.supervisor("startProcess", "engines:postgresql")
    eventually(lambda: product.get("/readyz")[0] == 200)
    owner = Browser(product.url(""))
    answer = owner.sign_in("owner@example.com", product.credentials()["owner@example.com"]["password"])
    assert "Hello, Olivia Owner" in answer.text


@pytest.mark.parametrize("program", ["valkey", "openbao", "ireland", "paris"])
def test_the_doctor_names_the_part_that_is_gone_and_people_can_still_read(product, program):
    product.supervisor("stopProcess", f"engines:{program}")
    try:
        answer = product.make("doctor")
        assert answer.returncode != 0
        part = {"openbao": "key server", "ireland": "store ireland", "paris": "store paris"}.get(program, program)
        unwell = [line for line in answer.stdout.splitlines() if line.startswith("UNWELL")]
        assert any(part in line for line in unwell), answer.stdout
        status, body = product.get("/safety")
        assert status == 200, body
    finally:
        product.supervisor("startProcess", f"engines:{program}")
    eventually(lambda: product.make("doctor").returncode == 0, seconds=90)


def test_only_the_workers_process_holds_the_token_that_destroys_keys(product):
    holders = {
        process.environ().get("NOZBE_PROCESS")
        for process in product.processes()
        if process.environ().get("NOZBE_KEY_SERVER_TOKEN_FILE", "").endswith("openbao-worker-token")
    }
    assert holders == {"worker"}
    without = {
        process.environ().get("NOZBE_PROCESS")
        for process in product.processes()
        if "NOZBE_KEY_SERVER_TOKEN_FILE" not in process.environ()
    }
    assert {"backoffice", "console"} <= without

"""The front door: what it notes about who comes in, and what it refuses by itself."""

from __future__ import annotations

import json
import re
import socket

import psutil
import pytest
import requests
from requests.adapters import HTTPAdapter

from nozbe.models import new_id
from tests.journeys.browser import Browser
from tests.journeys.local_stack import LocalStack
from tests.journeys.test_running_product import eventually

pytestmark = pytest.mark.xdist_group("product")

JSON = "application/json"
HTML = "text/html; charset=utf-8"


NEWEST_SESSION = """
from allauth.usersessions.models import UserSession
print("address", UserSession.objects.latest("created_at").ip)
"""


class From(HTTPAdapter):
    """Comes from another address of this machine."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **options) -> None:
        super().init_poolmanager(*args, source_address=(self.address, 0), **options)


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X_Forwarded_For", "x-forwarded_FOR", "X_FORWARDED-for"])
def test_the_door_notes_where_somebody_comes_from_and_believes_no_forgery(product, name):
    member = Browser(product.url(""))
    member.session.mount("http://", From("127.0.0.23"))
    member.session.headers[name] = "203.0.113.7"
    member.sign_in("member@example.com", product.credentials()["member@example.com"]["password"])
    assert "address 127.0.0.23" in product.manage("shell", "-c", NEWEST_SESSION).stdout


def test_no_header_with_an_underscore_in_its_name_passes_for_one_with_a_hyphen(product):
    eventually(lambda: product.get("/sign-in")[0] == 200)  # other tests kill parts of it
    style = product.url(re.search(r'href="(/static/[^"]+\.css)"', product.get("/sign-in")[1])[1])
    modified = requests.get(style, timeout=10).headers["Last-Modified"]
    names = ("If-Modified-Since", "If_Modified_Since", "if-modified_SINCE", "IF_MODIFIED-since")
    answers = [requests.get(style, headers={name: modified}, timeout=10).status_code for name in names]
    assert answers == [304, 200, 200, 200]


@pytest.mark.parametrize(
    ("path", "type"), [("/sign-in", HTML), ("/api/v1/safety", JSON), ("/api/v1/sync/events", JSON)]
)
def test_a_body_that_is_too_large_or_has_no_length_is_refused_in_the_form_one_expects(product, path, type):
    for size in (100_001, 10_000_000):
        answer = requests.post(product.url(path), data=b"x" * size, timeout=10)
        assert (answer.status_code, answer.headers["Content-Type"]) == (413, type)
        if type == JSON:
            error = {"field": "body", "code": "too_large", "detail": "A request may have 100 kB."}
            detail = "A request may have 100 kB. Nothing was changed."
            assert answer.json() == {"code": "too_large", "detail": detail, "errors": [error]}
    answer = requests.post(product.url(path), data=iter([b"x"]), timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (411, type)
    assert type == HTML or answer.json()["errors"][0]["field"] == "body"


def test_a_large_push_gets_through_while_others_push_slowly(product):
    bearer = f"Bearer {product.credentials()['owner@example.com']['api_token']}"
    head = f"POST /api/v1/sync?last_pulled_at=0 HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {bearer}\r\n"
    slow = [socket.create_connection(("127.0.0.1", product.port), timeout=10) for _ in range(10)]
    try:
        for sender in slow:
            sender.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + b" " * 200_000)
        headers = {"Authorization": bearer, "Content-Type": JSON}
        answer = requests.get(product.url("/api/v1/projects"), headers=headers, timeout=10)
        project = next(each for each in answer.json()["results"] if each["ended_at"] is None)
        rows = [{"id": new_id(), "name": "n" * 200, "position": "a5"} for _ in range(2_000)]
        for row in rows:
            row |= {"team_id": project["team"], "project_id": project["id"]}
        cursor = requests.get(product.url("/api/v1/sync"), headers=headers, timeout=10).json()["timestamp"]
        body = json.dumps({"tasks": {"created": [], "updated": rows, "deleted": []}})
        assert len(body) > 500_000
        url = product.url(f"/api/v1/sync?last_pulled_at={cursor}")
        answer = requests.post(url, data=body, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        last = requests.get(product.url(f"/api/v1/tasks/{rows[-1]['id']}"), headers=headers, timeout=10)
        assert last.json()["name"] == "n" * 200
    finally:
        for sender in slow:
            sender.close()


def test_who_does_not_finish_a_request_is_told_so_in_that_form_too(product):
    senders = {
        path: socket.create_connection(("127.0.0.1", product.port), timeout=30)
        for path in ("/sign-in", "/api/v1/safety")
    }
    answers = {}
    for path, sender in senders.items():
        sender.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nabc".encode())
    for path, sender in senders.items():
        with sender, sender.makefile("rb") as stream:
            answers[path] = stream.read().decode()
    assert all(answer.startswith("HTTP/1.1 408 ") for answer in answers.values())
    assert f"content-type: {HTML}" in answers["/sign-in"]
    assert json.loads(answers["/api/v1/safety"].partition("\r\n\r\n")[2])["code"] == "request_timeout"


@pytest.mark.parametrize(("path", "type"), [("/", HTML), ("/api/v1/safety", JSON), ("/api/v1/sync/events", JSON)])
def test_a_site_that_is_not_there_is_said_to_restart(product, path, type):
    program = "events" if "events" in path else "web"
    product.supervisor("stopProcess", f"sites:{program}")
    end_listeners(product, port=product.port_of(program))
    try:
        answer = requests.get(product.url(path), timeout=10)
    finally:
        product.supervisor("startProcess", f"sites:{program}")
        eventually(lambda: requests.get(product.url(path), timeout=10).status_code != 503)  # others want it whole
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, type)
    assert answer.headers["Retry-After"] == "5"
    assert type == HTML or answer.json()["code"] == "service_unavailable"


def end_listeners(product: LocalStack, *, port: int) -> None:
    """Other tests kill a server with -9, and its workers outlive it on the same port."""
    for process in product.processes():
        connections = process.net_connections(kind="inet")
        if any(c.status == psutil.CONN_LISTEN and c.laddr.port == port for c in connections):
            process.kill()
            psutil.wait_procs([process], timeout=10)

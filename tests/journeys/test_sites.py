"""Three sites from one code base that share nothing a person or a thief could use."""

from __future__ import annotations

import pytest
import requests

from tests.cast import ADMINISTRATORS, EVERYBODY, PEOPLE, SUPPORT
from tests.journeys.browser import Browser

pytestmark = pytest.mark.xdist_group("product")

SITES = ("web", "backoffice", "console")
MAY_SIGN_IN = {
    **{person.role: {"web"} for person in PEOPLE},
    SUPPORT.role: {"backoffice"},
    **{person.role: {"console"} for person in ADMINISTRATORS},
}


def browser(product, site: str) -> Browser:
    return Browser(product.url("", site=site))


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.role)
def test_who_may_sign_in_where(product, person, site):
    visitor = browser(product, site)
    answer = visitor.sign_in(person.email, product.credentials()[person.email]["password"])
    if site in MAY_SIGN_IN[person.role]:
        assert answer.status_code == 200
        assert answer.url == product.url("/", site=site)
        assert "Sign out" in answer.text
        assert "Sign out" not in visitor.sign_out().text
        assert "Sign out" not in visitor.get().text
    else:
        assert "do not go together" in answer.text
        assert "Sign out" not in visitor.get().text


@pytest.mark.parametrize("site", SITES)
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(product, site):
    wrong = browser(product, site).sign_in(EVERYBODY[0].email, "not the password")
    unknown = browser(product, site).sign_in("nobody@example.com", "not the password")
    for answer in (wrong, unknown):
        assert answer.status_code == 200
        assert 'role="alert"' in answer.text
    assert len(wrong.text) - len(EVERYBODY[0].email) == len(unknown.text) - len("nobody@example.com")


@pytest.mark.parametrize("home", SITES)
@pytest.mark.parametrize("other", SITES)
def test_a_session_of_one_site_opens_no_other(product, home, other):
    role = next(role for role, sites in MAY_SIGN_IN.items() if home in sites)
    visitor = browser(product, home)
    visitor.sign_in(f"{role}@example.com", product.credentials()[f"{role}@example.com"]["password"])
    theirs = {name: value for name, value in visitor.cookies.items() if "session" in name}
    assert len(theirs) == 1

    thief = browser(product, other)
    thief.get("/sign-in")
    own_name = next(iter(theirs)).replace(_prefix(home), _prefix(other))
    for name in (next(iter(theirs)), own_name):
        stolen = {name: next(iter(theirs.values()))}
        answer = requests.get(product.url("/", site=other), cookies=stolen, timeout=10)
        signed_in = "Sign out" in answer.text
        assert signed_in == (home == other)
        api = requests.get(product.url("/api/v1/me", site=other), cookies=stolen, timeout=10)
        assert api.status_code == (404 if other != "web" else 200 if home == "web" else 401)


def _prefix(site: str) -> str:
    return {"web": "nozbe", "backoffice": "nozbe_support", "console": "nozbe_console"}[site]


@pytest.mark.parametrize("site", SITES)
def test_a_form_from_another_site_is_refused(product, site):
    role = next(role for role, sites in MAY_SIGN_IN.items() if site in sites)
    form = {"username": f"{role}@example.com", "password": product.credentials()[f"{role}@example.com"]["password"]}
    answer = requests.post(product.url("/sign-in", site=site), data=form, timeout=10)
    assert answer.status_code == 403
    assert not answer.cookies


@pytest.mark.parametrize("site", SITES)
def test_every_site_sends_the_headers_that_keep_a_browser_safe(product, site):
    headers = requests.get(product.url("/sign-in", site=site), timeout=10).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in headers


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("path", ["/metrics", "/admin/", "/var/secrets/web-secret-key", "/static/../nozbe/settings.py"])
def test_what_is_not_for_the_public_is_not_there(product, site, path):
    answer = requests.get(product.url(path, site=site), timeout=10)
    assert answer.status_code == 404


@pytest.mark.parametrize("site", SITES)
def test_pages_of_one_site_do_not_exist_on_another(product, site):
    expected = 200 if site == "web" else 404
    assert product.get("/safety", site=site)[0] == expected
    assert product.get("/api/v1/safety", site=site)[0] == expected


@pytest.mark.parametrize("site", SITES)
def test_a_foreign_host_name_is_refused(product, site):
    answer = requests.get(product.url("/", site=site), headers={"Host": "evil.example"}, timeout=10)
    assert answer.status_code == 400
    forwarded = requests.get(product.url("/", site=site), headers={"X-Forwarded-Host": "evil.example"}, timeout=10)
    assert "evil.example" not in forwarded.text


def test_the_style_sheet_and_the_mark_arrive(product):
    page = requests.get(product.url("/"), timeout=10).text
    paths = [part.split('"')[0] for part in page.split('="/static/')[1:]]
    assert len(paths) >= 3
    for path in paths:
        answer = requests.get(product.url(f"/static/{path}"), timeout=10)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]

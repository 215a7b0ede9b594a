"""A person's way through the sites over HTTP: cookies, redirects, forms with their CSRF token."""

from __future__ import annotations

import re

import requests


class Browser:
    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str = "/", **options: object) -> requests.Response:
        return self.session.get(self.origin + path, timeout=10, **options)

    def sign_in(self, email: str, password: str) -> requests.Response:
        page = self.get("/sign-in")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token, page.text
        form = {"csrfmiddlewaretoken": token.group(1), "username": email, "login": email, "password": password}
        return self.session.post(self.origin + "/sign-in", data=form, timeout=10, headers={"Referer": self.origin})

    def sign_out(self) -> requests.Response:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get("/").text)
        assert token
        return self.session.post(self.origin + "/sign-out", data={"csrfmiddlewaretoken": token.group(1)}, timeout=10)

    @property
    def cookies(self) -> dict[str, str]:
        return dict(self.session.cookies)

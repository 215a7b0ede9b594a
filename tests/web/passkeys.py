"""A device that keeps passkeys and is always held by its owner: Chromium's virtual authenticator.

Passkeys belong to a host name, which 127.0.0.1 is not: so the browser tests go to localhost.
"""

from __future__ import annotations

from playwright.sync_api import Page

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Authenticator:
    """Of one page. `credentials()` can be carried to another page's."""

    def __init__(self, page: Page, credentials: list[dict[str, object]] | None = None) -> None:
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
        for credential in credentials or []:
            self.session.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": credential})

    def credentials(self) -> list[dict[str, object]]:
        return self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def refuses(self) -> None:
        """From now on its owner does not prove who they are."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False})

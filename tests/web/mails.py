"""The mails of a running stack, which it writes to files."""

from __future__ import annotations

import re
import time
from email import message_from_string, policy
from email.message import EmailMessage

from tests.journeys.local_stack import LocalStack

BETWEEN_MAILS = "\n" + "-" * 79 + "\n"
WAIT_SECONDS = 20


class Mailbox:
    """Of one address. `next()` is the mail that comes next, waiting for it."""

    def __init__(self, product: LocalStack, email: str) -> None:
        self.folder = product.var / "mail"
        self.email = email
        self.read = len(self._mails())

    def next(self) -> EmailMessage:
        deadline = time.monotonic() + WAIT_SECONDS
        while len(mails := self._mails()) <= self.read:
            assert time.monotonic() < deadline, f"no mail came to {self.email}"
            time.sleep(0.05)
        mail = mails[self.read]
        self.read += 1
        return mail

    def next_link(self) -> str:
        """The first link to a page in the mail that comes next."""
        text = self.next().get_content()
        found = re.search(r"^http\S+$", text, re.MULTILINE)
        assert found, text
        return found.group()

    def _mails(self) -> list[EmailMessage]:
        # A file's name begins with its time; of a file that is being written, only whole mails count.
        parts = [
            part
            for path in sorted(self.folder.glob("*.log"))
            for part in path.read_text(encoding="utf-8").split(BETWEEN_MAILS)[:-1]
            if f"To: {self.email}\n" in part
        ]
        return [message_from_string(part, EmailMessage, policy=policy.default) for part in parts]

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
    """Of one address. Mails are read in their order, each once."""

    def __init__(self, product: LocalStack, email: str) -> None:
        self.folder = product.var / "mail"
        self.email = email
        self.read = len(self._mails())

    def next(self, subject: str) -> str:
        """The text of the next mail with that subject, waiting for it. Others before it are skipped."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            for mail in self._mails()[self.read :]:
                self.read += 1
                if mail["Subject"] == subject:
                    return str(mail.get_content())
            assert time.monotonic() < deadline, f"no mail {subject!r} came to {self.email}"
            time.sleep(0.05)

    def link(self, subject: str) -> str:
        """The page that such a mail leads to."""
        text = self.next(subject)
        found = re.search(r"^http\S+$", text, re.MULTILINE)
        assert found, text
        return found.group()

    def is_empty(self) -> bool:
        return len(self._mails()) == self.read

    def _mails(self) -> list[EmailMessage]:
        # A file's name begins with its time; of a file that is being written, only whole mails count.
        parts = [
            part
            for path in sorted(self.folder.glob("*.log"))
            for part in path.read_text(encoding="utf-8").split(BETWEEN_MAILS)[:-1]
            if f"To: {self.email}\n" in part
        ]
        return [message_from_string(part, EmailMessage, policy=policy.default) for part in parts]

"""A mail server of the tests: SMTP (RFC 5321) as far as we speak it. It can refuse, and go away."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from email.message import EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.received: list[EmailMessage] = []
        self.refused: set[str] = set()
        """Addresses it takes no mail for."""

        self.hangs_up_on: set[str] = set()
        """Addresses that make it go away in the middle of a talk."""

        self.talks = 0

    @property
    def port(self) -> int:
        return self.server_address[1]

    def __enter__(self) -> MailServer:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self.server_close()


class Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.server.talks += 1
        self.say("220 ready")
        while line := self.rfile.readline().decode().rstrip():
            verb = line.split(" ")[0].split(":")[0].upper()
            if verb == "QUIT":
                self.say("221 bye")
                return
            if verb == "RCPT":
                address = line.partition("<")[2].partition(">")[0]
                if address in self.server.hangs_up_on:
                    return
                self.say("550 no such mailbox" if address in self.server.refused else "250 fine")
            elif verb == "DATA":
                self.say("354 go on")
                self.server.received.append(email.message_from_bytes(self.text(), policy=email.policy.default))
                self.say("250 taken")
            else:
                self.say("250 fine")

    def text(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

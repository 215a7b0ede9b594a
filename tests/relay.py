from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress

from django.conf import settings
from redis.connection import parse_url


class Relay:
    """A way to the run's Valkey that can be cut and mended."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.pairs: list[socket.socket] = []
        self.mended = True
        threading.Thread(target=self._serve, daemon=True).start()

    def url(self) -> str:
        to = parse_url(settings.VALKEY_URL)
        return f"redis://:{to['password']}@127.0.0.1:{self.port}/{to['db']}"

    def cut(self) -> None:
        self.mended = False
        for end in self.pairs:
            with suppress(OSError):  # closed already
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def mend(self) -> None:
        self.mended = True

    def close(self) -> None:
        self.cut()
        self.server.close()

    def _serve(self) -> None:
        while True:
            try:
                near, _address = self.server.accept()
            except OSError:
                return
            if not self.mended:
                near.close()
                continue
            to = parse_url(settings.VALKEY_URL)
            far = socket.create_connection((to["host"], to["port"]))
            self.pairs += [near, far]
            threading.Thread(target=self._carry, args=[near, far], daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        try:
            while True:
                for end in select.select([near, far], [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    other[end].sendall(data)
        except (OSError, ValueError):
            return
        finally:
            near.close()
            far.close()

"""There is no default file storage: Django's would put plaintext on this machine's disk (promise P7)."""

from typing import Any, Never

from django.core.files.storage import Storage


class NoDefaultStorage(Storage):
    def _refuse(self, *_args: Any, **_options: Any) -> Never:
        raise NotImplementedError("Files go through attachments.storage, sealed, never through a default storage.")

    _open = _save = delete = exists = listdir = size = url = _refuse

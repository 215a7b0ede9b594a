"""One object store, in one country, by django-storages.

A module of its own, loaded when a store is first used: botocore takes as long to import as Django itself.
"""

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage


class Store(S3Storage):  # type: ignore[misc]  # untyped
    def get_default_settings(self) -> dict[str, Any]:
        client = Config(
            s3={"addressing_style": "path"},
            signature_version="s3v4",
            connect_timeout=3,
            read_timeout=10,
            retries={"mode": "standard", "total_max_attempts": 2},
        )
        return {**super().get_default_settings(), "client_config": client}

"""Where keys come from. Only `nozbe.encryption` imports this room."""

from nozbe.encryption.keyring.openbao import OpenBao
from nozbe.encryption.keyring.service import KeyService
from nozbe.keyserver import key_server


def key_service() -> KeyService:
    """The key service of this process, over this thread's connection."""
    return OpenBao(key_server())

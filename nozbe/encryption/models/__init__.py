from nozbe.encryption.models.field_key import FieldKey
from nozbe.encryption.models.file_key import FileKey
from nozbe.encryption.models.keyring import Keyring

__all__ = ["FieldKey", "FileKey", "Keyring"]

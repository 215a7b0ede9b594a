from django.apps import AppConfig


class EncryptionConfig(AppConfig):
    name = "nozbe.encryption"
    label = "encryption"

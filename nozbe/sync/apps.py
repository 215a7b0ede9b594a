from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "nozbe.sync"
    label = "sync"

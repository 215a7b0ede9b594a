from importlib import import_module

from django.apps import AppConfig


class NozbeConfig(AppConfig):
    name = "nozbe"

    def ready(self) -> None:
        # Every process hands jobs to the same broker and is checked by the same rules.
        import_module("nozbe.celery")
        import_module("nozbe.checks")

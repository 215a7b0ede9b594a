"""The event streams' door: one small process that holds many idle connections, and answers nothing else."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nozbe.settings")
django.setup(set_prefix=False)

from nozbe.checks import refuse_to_start_when_misconfigured  # noqa: E402 — needs the settings
from nozbe.sync.events import application  # noqa: E402 — needs the models

refuse_to_start_when_misconfigured()

__all__ = ["application"]

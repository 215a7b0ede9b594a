"""The web sites' door: `NOZBE_SITE` says which of them this process is."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nozbe.settings")
application = get_wsgi_application()

from nozbe.checks import refuse_to_start_when_misconfigured  # noqa: E402 — needs the settings

refuse_to_start_when_misconfigured()

"""The notes site, or the web site, as a process of its own, on the servers of the test run."""

import os

from tests.servers import password_of
from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

ROOT_URLCONF = os.environ["NOTES_URLS"]
DATABASES["default"]["NAME"] = os.environ["NOTES_DATABASE"]
DATABASES["default"]["USER"] = "nz_app"
DATABASES["default"]["PASSWORD"] = password_of("nz_app")
DATABASES["default"]["OPTIONS"].pop("assume_role")
KEY_SERVER_URL = os.environ["NOTES_KEY_SERVER_URL"]
KEY_SERVER_TOKEN = os.environ["NOTES_KEY_SERVER_TOKEN"]
KEY_LEDGER_SECONDS = 2
API_RATES = {"caller": os.environ.get("NOTES_API_RATE", "600/min")}

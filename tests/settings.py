"""The product's settings against the run's own servers. Changes little: a fast hasher, the owner's sign-in to build
the test database, mail in memory."""

import os

from tests.servers import environment, password_of

os.environ.update(environment())

from nozbe.settings import *  # noqa: F403 — that is what this file is for
from nozbe.settings import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]

# `tests.conftest` signs in as nz_app once the owner has built the database.
DATABASES["default"]["USER"] = "nz_migrate"
DATABASES["default"]["PASSWORD"] = password_of("nz_migrate")
DATABASES["default"]["OPTIONS"] |= {"assume_role": "nz_owner"}

# A little app with sealed content, until the product has some.
INSTALLED_APPS += ["tests.notes"]  # noqa: F405
KEY_LEDGER_SECONDS = 3600  # so that the number of queries does not depend on the time; tests of the ledger set it

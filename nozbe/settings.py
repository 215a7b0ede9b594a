"""Every setting of every process, each read from the environment.

`NOZBE_ENVIRONMENT` is `production` unless said otherwise, and production has no insecure default: what is missing or
wrong is listed by `nozbe.checks` and the process refuses to start. `NOZBE_SITE` says which of the three sites (or
which other process) this is; the site picks URLs, database role, cookie names and secrets, so that one code base
runs as processes that cannot do each other's work.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nozbe.environment import boolean, integer, one_of, text, words
from nozbe.logs import logging_configuration
from nozbe.sites import SITES

BASE_DIR = Path(__file__).resolve().parent.parent

# Which process this is
ENVIRONMENT = one_of("NOZBE_ENVIRONMENT", ("production", "local", "test"), "production")
PRODUCTION = ENVIRONMENT == "production"
SITE = one_of("NOZBE_SITE", tuple(SITES), "web")
_site = SITES[SITE]

DEBUG = boolean("NOZBE_DEBUG", default=False)
SECRET_KEY = text("NOZBE_SECRET_KEY")
SECRET_KEY_FALLBACKS = words("NOZBE_SECRET_KEY_FALLBACKS")

# Where it is reached
ORIGIN = text("NOZBE_ORIGIN")  # such as https://app.example.com
ALLOWED_HOSTS = words("NOZBE_HOSTS") or [host for host in [urlsplit(ORIGIN).hostname] if host]
CSRF_TRUSTED_ORIGINS = [ORIGIN] if ORIGIN else []
ROOT_URLCONF = _site.urls
WSGI_APPLICATION = "nozbe.wsgi.application"
BEHIND_TLS = not ORIGIN.startswith("http://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # asked by the proxy beside us, over plain HTTP
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = BEHIND_TLS
SECURE_HSTS_PRELOAD = BEHIND_TLS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_countries",
    "drf_spectacular",
    "rest_framework",
    "nozbe",
    "nozbe.api",
    "nozbe.audit",
    "nozbe.encryption",
    "nozbe.sync",
    "accounts",
    "tasks",
    "support",
    "backups",
]

MIDDLEWARE = [
    "nozbe.observation.ObservationMiddleware",
    "nozbe.errors.RefusalMiddleware",
    "nozbe.caching.PrivatePagesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.time_zone.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.LastSeenMiddleware",
    "accounts.device_cookies.DeviceCookiesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Signing in through a company's own provider (docs/accounts.md); all four, or none
OIDC_NAME = text("NOZBE_OIDC_NAME")
OIDC_SERVER = text("NOZBE_OIDC_SERVER")
OIDC_CLIENT_ID = text("NOZBE_OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = text("NOZBE_OIDC_CLIENT_SECRET")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        # A browser holds a form's redirects against it too, and signing in elsewhere is one.
        "form-action": ["'self'", *([OIDC_SERVER] if OIDC_SERVER else [])],
        "frame-ancestors": ["'none'"],
    },
}

# The database: each process connects as its own role (docs/decisions/0002)
DATABASE_COUNTRY = text("NOZBE_DATABASE_COUNTRY").upper()
DATABASE_POOL_SIZE = integer("NOZBE_DATABASE_POOL", 0)  # connections per process; 0: one per thread, no pool
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "nozbe.database.postgresql",
        "HOST": text("NOZBE_DATABASE_HOST"),
        "PORT": text("NOZBE_DATABASE_PORT", "5432"),
        "NAME": text("NOZBE_DATABASE_NAME", "nozbe"),
        "USER": _site.database_role,
        "PASSWORD": text("NOZBE_DATABASE_PASSWORD"),
        "ATOMIC_REQUESTS": False,
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0 if DATABASE_POOL_SIZE else 60,
        "OPTIONS": {
            "connect_timeout": 5,
            # A host that is gone without a word is noticed within seconds.
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            "application_name": f"nozbe-{SITE}",
            "prepare_threshold": 2,  # for `nozbe.database.prepared` alone: Django's own cursors never prepare
            "sslmode": text("NOZBE_DATABASE_SSLMODE", "verify-full" if PRODUCTION else "prefer"),
            **({"assume_role": _site.assume_role} if _site.assume_role else {}),
            **(
                {"pool": {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 3, "reconnect_timeout": 3}}
                if DATABASE_POOL_SIZE
                else {}
            ),
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if rootcert := text("NOZBE_DATABASE_SSLROOTCERT"):
    DATABASES["default"]["OPTIONS"]["sslrootcert"] = rootcert

# Object stores: one entry a country, each with its own credentials
STORES = words("NOZBE_STORES")
STORE_COUNTRIES = {name: text(f"NOZBE_STORE_{name.upper()}_COUNTRY").upper() for name in STORES}
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "nozbe.storage.NoDefaultStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    **{
        name: {
            "BACKEND": "nozbe.stores.Store",
            "OPTIONS": {
                "endpoint_url": text(f"NOZBE_STORE_{name.upper()}_ENDPOINT") or None,
                "region_name": text(f"NOZBE_STORE_{name.upper()}_REGION"),
                "bucket_name": text(f"NOZBE_STORE_{name.upper()}_BUCKET"),
                "access_key": text(f"NOZBE_STORE_{name.upper()}_ACCESS_KEY"),
                "secret_key": text(f"NOZBE_STORE_{name.upper()}_SECRET_KEY"),
                "default_acl": None,
                "querystring_auth": True,
                "file_overwrite": False,
            },
        }
        for name in STORES
    },
}

# Of the stores, the one in another country than the database: it gets what must outlive the database
SECOND_STORE = text("NOZBE_SECOND_STORE")
RECORD_BUCKET = text("NOZBE_RECORD_BUCKET")  # with object lock: checkpoints of the record, the ledger of destroyed keys
KEY_SNAPSHOT_BUCKET = text("NOZBE_KEY_SNAPSHOT_BUCKET")  # the key server's snapshots, kept for a few days
RECORD_LOCK_DAYS = integer("NOZBE_RECORD_LOCK_DAYS", 3650)

# The key server: never on the app's hosts in production
KEY_SERVER_URL = text("NOZBE_KEY_SERVER_URL")
KEY_SERVER_TOKEN = text("NOZBE_KEY_SERVER_TOKEN")
KEY_LEDGER_SECONDS = 2  # how long a process may go without looking whether a key it holds was destroyed
READY_KEYS = integer("NOZBE_READY_KEYS", 100)  # kept for new teams, and as many for new accounts

# The trash
TRASH_RETENTION_DAYS = integer("NOZBE_TRASH_RETENTION_DAYS", 30)  # until what was thrown away is purged for ever

# Queue, cache and pokes. Losing them loses nothing: the database is the queue
VALKEY_URL = text("NOZBE_VALKEY_URL")
CACHES = {
    "default": {
        "BACKEND": "nozbe.surviving_cache.SurvivingCache",
        "LOCATION": VALKEY_URL,
        "KEY_PREFIX": f"{text('NOZBE_CACHE_PREFIX', 'nozbe')}:{SITE}",
    }
    if VALKEY_URL
    else {"BACKEND": "nozbe.surviving_cache.OwnMemory"},
}
STREAM_HEARTBEAT_SECONDS = integer("NOZBE_STREAM_HEARTBEAT_SECONDS", 15)  # what a lost poke costs at most
CELERY_BROKER_URL = VALKEY_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 5}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 15 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# People
AUTH_USER_MODEL = "accounts.Account"
SILENCED_SYSTEM_CHECKS = [
    "auth.E003",
    "auth.W004",
]  # they cannot see that one_account_per_email is unique, in any case of letters
AUTHENTICATION_BACKENDS = [_site.authentication_backend]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = _site.session_engine
SESSION_COOKIE_NAME = f"{_site.cookie_prefix}_session" if not BEHIND_TLS else f"__Host-{_site.cookie_prefix}_session"
SESSION_COOKIE_AGE = _site.session_seconds
SESSION_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
DEVICE_COOKIE_NAME = f"{_site.cookie_prefix}_device" if not BEHIND_TLS else f"__Host-{_site.cookie_prefix}_device"
CSRF_COOKIE_NAME = f"{_site.cookie_prefix}_csrf" if not BEHIND_TLS else f"__Host-{_site.cookie_prefix}_csrf"
CSRF_COOKIE_SECURE = BEHIND_TLS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "nozbe.errors.csrf_failure"
LANGUAGE_COOKIE_NAME = f"{_site.cookie_prefix}_language"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
LOGIN_URL = "/sign-in"  # on each of the three sites, each with views of its own
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "/sign-in"

# How people get in: django-allauth (docs/accounts.md)
EMAIL_VERIFICATION = one_of("NOZBE_EMAIL_VERIFICATION", ("mandatory", "optional"), "mandatory")
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = EMAIL_VERIFICATION
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up, and no other
# allauth's own asks the database twice more for an address that is known, which can be measured.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 — no password
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60  # seconds
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "login_failed": None,  # ours: accounts.guessing
    "reset_password": "20/m/ip",  # and for each mailbox accounts.mailboxes, which tells nobody
}
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_TOTP_ISSUER = "Nozbe"
MFA_TOTP_TOLERANCE = 1  # a code typed as its half minute ends; each is good once all the same
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # by PIN or finger: a passkey that was found opens nothing
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not BEHIND_TLS  # loopback, where browsers allow it too
SOCIALACCOUNT_ADAPTER = "accounts.openid.OpenIdAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "openid",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_SERVER, "fetch_userinfo": False},
            }
        ]
        if OIDC_NAME
        else [],
    }
}
USERSESSIONS_TRACK_ACTIVITY = False
TRUSTED_PROXIES = integer("NOZBE_TRUSTED_PROXIES", 0)  # how many of ours stand before us and note the client's address
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# REST
API_RATES = {"caller": "600/min"}  # by account, or by client address
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["nozbe.api.permissions.SignedInWithScope"],
    "DEFAULT_RENDERER_CLASSES": ["nozbe.api.rendering.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["nozbe.api.parsing.JsonParser"],
    "DEFAULT_THROTTLE_CLASSES": ["nozbe.api.throttling.PerCaller"],
    "DEFAULT_SCHEMA_CLASS": "nozbe.api.schema.Schema",
    "EXCEPTION_HANDLER": "nozbe.api.refusals.answer_refusal",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Nozbe",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["nozbe.api.schema.describe_manners"],
    "DISABLE_ERRORS_AND_WARNINGS": False,
}

# What must be given, by the name of its variable; `nozbe.checks` refuses what is missing, and made-up secrets
ADDRESSES = {
    "NOZBE_DATABASE_HOST": DATABASES["default"]["HOST"],
    **({"NOZBE_KEY_SERVER_URL": KEY_SERVER_URL} if _site.uses_key_server else {}),
    **{f"NOZBE_STORE_{name.upper()}_BUCKET": STORAGES[name]["OPTIONS"]["bucket_name"] for name in STORES},
    **({"NOZBE_RECORD_BUCKET": RECORD_BUCKET} if _site.uses_stores else {}),
    **({"NOZBE_KEY_SNAPSHOT_BUCKET": KEY_SNAPSHOT_BUCKET} if _site.uses_stores else {}),
}
SECRETS = {
    "NOZBE_SECRET_KEY": SECRET_KEY,
    "NOZBE_DATABASE_PASSWORD": DATABASES["default"]["PASSWORD"],
    **({"NOZBE_VALKEY_URL": VALKEY_URL} if _site.uses_queue else {}),
    **({"NOZBE_KEY_SERVER_TOKEN": KEY_SERVER_TOKEN} if _site.uses_key_server else {}),
    **{f"NOZBE_STORE_{name.upper()}_ACCESS_KEY": STORAGES[name]["OPTIONS"]["access_key"] for name in STORES},
    **{f"NOZBE_STORE_{name.upper()}_SECRET_KEY": STORAGES[name]["OPTIONS"]["secret_key"] for name in STORES},
}

# Mail
EMAIL_BACKEND = text("NOZBE_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_FILE_PATH = text("NOZBE_EMAIL_FILE_PATH") or None
EMAIL_HOST = text("NOZBE_EMAIL_HOST")
EMAIL_PORT = integer("NOZBE_EMAIL_PORT", 587)
EMAIL_HOST_USER = text("NOZBE_EMAIL_USER")
EMAIL_HOST_PASSWORD = text("NOZBE_EMAIL_PASSWORD")
EMAIL_USE_TLS = boolean("NOZBE_EMAIL_TLS", default=True)
EMAIL_TIMEOUT = 10  # seconds; people wait for it
OPTIONAL_SECRETS = {
    "NOZBE_SECRET_KEY_FALLBACKS": min(
        SECRET_KEY_FALLBACKS, key=lambda key: (not key.startswith("local-"), len(key)), default=""
    ),  # the worst of them
    "NOZBE_EMAIL_PASSWORD": EMAIL_HOST_PASSWORD,
    "NOZBE_OIDC_CLIENT_SECRET": OIDC_CLIENT_SECRET,
}
DEFAULT_FROM_EMAIL = text("NOZBE_EMAIL_FROM")

# Time and language
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]  # until there are translations of ours, none of Django's is mixed in
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# Static files
STATIC_URL = "static/"
STATIC_ROOT = text("NOZBE_STATIC_ROOT") or str(BASE_DIR / "var" / "static")

# Django would write files to this machine's disk in clear (P7); they go another way. Bodies stay small
FILE_UPLOAD_HANDLERS: list[str] = []
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# Logs go to standard output, one JSON object a line
LOG_LEVEL = one_of("NOZBE_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING = logging_configuration(level=LOG_LEVEL, process=text("NOZBE_PROCESS", SITE))

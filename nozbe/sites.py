"""The processes that run from this one code base, and what sets them apart (docs/decisions/0002).

A site never holds another site's credentials: a process that is taken over can do what its own row says, no more.
"""

from dataclasses import dataclass

DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Site:
    urls: str
    """Dotted path of the root URL configuration."""

    database_role: str
    """The PostgreSQL role the process signs in as (`nozbe.database.roles`)."""

    assume_role: str = ""
    """A role taken on after signing in; only migrations do that."""

    cookie_prefix: str
    """Cookies ignore ports, so sites on one host must differ by name."""

    authentication_backend: str
    session_engine: str
    session_seconds: int

    public: bool = True
    """Whether it answers people; the others only run commands."""

    uses_queue: bool = False
    """Whether it may hand jobs to the worker. Who may, can make the worker act as `nz_app`."""

    uses_key_server: bool = False
    uses_stores: bool = False


SITES = {
    "web": Site(
        urls="nozbe.urls",
        database_role="nz_app",
        cookie_prefix="nozbe",
        authentication_backend="allauth.account.auth_backends.AuthenticationBackend",
        session_engine="django.contrib.sessions.backends.db",
        session_seconds=30 * DAY_SECONDS,
        uses_queue=True,
        uses_key_server=True,
        uses_stores=True,
    ),
    "backoffice": Site(
        urls="support.urls",
        database_role="nz_support",
        cookie_prefix="nozbe_support",
        authentication_backend="support.backends.SupportBackend",
        session_engine="support.sessions.support",
        session_seconds=DAY_SECONDS,
    ),
    "console": Site(
        urls="support.console.urls",
        database_role="nz_console",
        cookie_prefix="nozbe_console",
        authentication_backend="support.backends.ConsoleBackend",
        session_engine="support.sessions.console",
        session_seconds=30 * 60,
    ),
    "migrate": Site(
        urls="nozbe.urls",
        database_role="nz_migrate",
        assume_role="nz_owner",
        cookie_prefix="nozbe_migrate",
        authentication_backend="allauth.account.auth_backends.AuthenticationBackend",
        session_engine="django.contrib.sessions.backends.db",
        session_seconds=DAY_SECONDS,
        public=False,
    ),
}

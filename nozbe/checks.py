"""Every mistake an operator can make, with an id and a hint. Production refuses to start while one stands.

Served processes call `refuse_to_start_when_misconfigured()` before they answer anyone; `manage.py` commands run the
same checks through Django. `docs/operations.md` lists the ids.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register, run_checks

from nozbe import regions
from nozbe.environment import PROBLEMS
from nozbe.sites import SITES

TAG = "nozbe"
LOCAL_MARK = "local-"
"""What every secret that the local stack makes up begins with, so that none ever serves in production."""

SECRET_KEY_LENGTH = 50
PROMISED_TRASH_DAYS = 30
MAKE_A_NEW_ONE = "Make a new one, for example with: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'"
EXIT_MISCONFIGURED = 78  # EX_CONFIG of sysexits.h

Apps = Sequence[AppConfig] | None


@register(TAG)
def variables_can_be_read(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    return [Error(problem, hint="Correct the variable and start again.", id="nozbe.E001") for problem in PROBLEMS]


@register(TAG)
def secrets_are_given(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    return [
        Error(
            f"{name} is missing.",
            hint=f"Set {name}, or {name}_FILE to a file that only this process may read.",
            id="nozbe.E002",
        )
        for name, value in settings.SECRETS.items()
        if not value
    ]


@register(TAG)
def the_queue_asks_for_a_password(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    url = urlsplit(settings.VALKEY_URL)
    if settings.VALKEY_URL and (url.scheme not in ("redis", "rediss") or not url.password):
        yield Error(
            "NOZBE_VALKEY_URL has no password in it: whoever reaches the queue could make the worker do things.",
            hint="Set it like rediss://:password@host:6379/0",
            id="nozbe.E002",
        )


@register(TAG)
def secrets_are_not_those_of_the_local_stack(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    if not settings.PRODUCTION:
        return
    for name, value in (settings.SECRETS | settings.OPTIONAL_SECRETS).items():
        if value.startswith(LOCAL_MARK) or (urlsplit(value).password or "").startswith(LOCAL_MARK):
            yield Error(
                f"{name} holds a secret that was made up by a local stack.", hint=MAKE_A_NEW_ONE, id="nozbe.E003"
            )
    for name in ("NOZBE_SECRET_KEY", "NOZBE_SECRET_KEY_FALLBACKS"):
        if 0 < len((settings.SECRETS | settings.OPTIONAL_SECRETS)[name]) < SECRET_KEY_LENGTH:
            yield Error(f"{name} is shorter than {SECRET_KEY_LENGTH} characters.", hint=MAKE_A_NEW_ONE, id="nozbe.E003")


@register(TAG)
def addresses_are_given(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    return [
        Error(f"{name} is missing.", hint=f"Set {name} (docs/operations.md has an example).", id="nozbe.E011")
        for name, value in settings.ADDRESSES.items()
        if not value
    ]


@register(TAG)
def debug_is_off(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    if settings.PRODUCTION and settings.DEBUG:
        yield Error(
            "NOZBE_DEBUG is on in production: error pages would show people's content to strangers.",
            hint="Unset NOZBE_DEBUG.",
            id="nozbe.E004",
        )


@register(TAG)
def the_database_is_in_the_eea(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    country = settings.DATABASE_COUNTRY
    for host in settings.DATABASES["default"]["HOST"].split(","):  # libpq takes several, and tries them in turn
        yield from _country_is_in_the_eea("NOZBE_DATABASE_COUNTRY", country, host=host, region="", id="nozbe.E005")
    if settings.PRODUCTION and country in regions.EEA and country != regions.MAIN_DATABASE_COUNTRY:
        yield Warning(
            f"The main database is in {country}, while we promise Ireland.",
            hint="Fine for a company that runs Nozbe for itself; not for ours.",
            id="nozbe.W001",
        )


@register(TAG)
def the_object_stores_are_in_the_eea(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    for name in settings.STORES:
        options = settings.STORAGES[name]["OPTIONS"]
        # Without an endpoint boto3 talks to AWS, in the region that is named.
        endpoint = options["endpoint_url"] or "https://s3.amazonaws.com"
        host = urlsplit(endpoint).hostname
        if not endpoint.startswith(("https://", "http://")) or not host:
            yield Error(
                f"NOZBE_STORE_{name.upper()}_ENDPOINT is no address, so nobody knows where it is.",
                hint="Begin it with https://",
                id="nozbe.E006",
            )
        yield from _country_is_in_the_eea(
            f"NOZBE_STORE_{name.upper()}_COUNTRY",
            settings.STORE_COUNTRIES[name],
            host=host or "",
            region=options["region_name"],
            id="nozbe.E006",
        )


@register(TAG)
def two_stores_in_two_countries(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    if not SITES[settings.SITE].uses_stores:
        return
    if reserved := {"default", "staticfiles"} & set(settings.STORES):
        yield Error(
            f"NOZBE_STORES names a store {min(reserved)!r}, which is Django's own word.",
            hint="Name stores after places, as in NOZBE_STORES=ireland,paris.",
            id="nozbe.E007",
        )
    if len(set(settings.STORE_COUNTRIES.values())) < 2:
        yield Error(
            "NOZBE_STORES names fewer than two object stores in two countries.",
            hint="A file is acknowledged when two countries hold it; name both, as in NOZBE_STORES=ireland,paris.",
            id="nozbe.E007",
        )
    keys = [settings.STORAGES[name]["OPTIONS"]["secret_key"] for name in settings.STORES]
    if settings.PRODUCTION and len(set(keys)) < len(keys):
        yield Error(
            "Two object stores share one secret key: whoever steals it can delete both copies.",
            hint="Give every store credentials of its own.",
            id="nozbe.E007",
        )


@register(TAG)
def the_second_store_is_in_another_country(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    if not SITES[settings.SITE].uses_stores:
        return
    country = settings.STORE_COUNTRIES.get(settings.SECOND_STORE)
    if country is None or country == settings.DATABASE_COUNTRY:
        yield Error(
            "NOZBE_SECOND_STORE names no store in another country than the database.",
            hint="Name one of NOZBE_STORES, as in NOZBE_SECOND_STORE=paris: copies of keys and the record's "
            "checkpoints must survive the loss of the database's country.",
            id="nozbe.E014",
        )
    buckets = [settings.RECORD_BUCKET, settings.KEY_SNAPSHOT_BUCKET]
    buckets += [settings.STORAGES[name]["OPTIONS"]["bucket_name"] for name in (settings.SECOND_STORE,) if country]
    if len(set(buckets)) < len(buckets):
        yield Error(
            "Two of NOZBE_RECORD_BUCKET, NOZBE_KEY_SNAPSHOT_BUCKET and the second store's bucket are the same.",
            hint="The record's bucket locks what is in it for years; nothing else may be in it.",
            id="nozbe.E014",
        )


@register(TAG)
def the_origin_is_public_and_encrypted(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    if not SITES[settings.SITE].public:
        return
    origin = urlsplit(settings.ORIGIN)
    if not origin.hostname or origin.path not in ("", "/"):
        yield Error(
            "NOZBE_ORIGIN is missing or not an origin.",
            hint="Set it to what people type, such as https://app.example.com",
            id="nozbe.E008",
        )
    elif settings.PRODUCTION and origin.scheme != "https":
        yield Error(
            "NOZBE_ORIGIN is not https: passwords and work would cross the network in clear.",
            hint="Let the proxy in front end TLS and set NOZBE_ORIGIN=https://…",
            id="nozbe.E008",
        )
    if settings.PRODUCTION and "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "NOZBE_HOSTS allows any host name: mailed links could be made to point elsewhere.",
            hint="Leave NOZBE_HOSTS unset, or list the host names of this site.",
            id="nozbe.E008",
        )


@register(TAG)
def a_site_holds_no_other_sites_credentials(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    site = SITES[settings.SITE]
    foreign = {
        "NOZBE_VALKEY_URL": bool(settings.VALKEY_URL) and not site.uses_queue,
        "NOZBE_KEY_SERVER_TOKEN": bool(settings.KEY_SERVER_TOKEN) and not site.uses_key_server,
        "NOZBE_STORES": bool(settings.STORES) and not site.uses_stores,
    }
    for name in (name for name, given in foreign.items() if given):
        yield Error(
            f"{name} is given to the {settings.SITE} site, which must not have it.",
            hint="Unset it there: a site that is taken over must not be able to do another site's work.",
            id="nozbe.E009",
        )


@register(TAG)
def the_way_to_the_database_is_encrypted(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    database = settings.DATABASES["default"]
    unsafe = database["OPTIONS"]["sslmode"] in ("disable", "allow", "prefer")
    if settings.PRODUCTION and unsafe and not _is_this_machine(database["HOST"]):
        yield Error(
            f"NOZBE_DATABASE_SSLMODE={database['OPTIONS']['sslmode']} lets the database connection go in clear.",
            hint="Use verify-full (the default), or connect through a tunnel that ends on this machine.",
            id="nozbe.E010",
        )


@register(TAG)
def other_ways_are_encrypted_too(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    addresses = {"NOZBE_KEY_SERVER_URL": settings.KEY_SERVER_URL}
    for name in settings.STORES:
        addresses[f"NOZBE_STORE_{name.upper()}_ENDPOINT"] = settings.STORAGES[name]["OPTIONS"]["endpoint_url"] or ""
    for variable, address in addresses.items():
        url = urlsplit(address)
        if settings.PRODUCTION and url.scheme == "http" and not _is_this_machine(url.hostname or ""):
            yield Error(
                f"{variable} is not https: keys or files would cross the network in clear.",
                hint="Use https, or a tunnel that ends on this machine.",
                id="nozbe.E010",
            )


@register(TAG)
def nothing_leads_the_database_client_elsewhere(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    for name in ("PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS"):
        if settings.PRODUCTION and name in os.environ:
            yield Error(
                f"{name} is set: libpq would connect elsewhere, or otherwise, than was checked.",
                hint=f"Unset {name}; our own variables say where the database is.",
                id="nozbe.E012",
            )


@register(TAG)
def mail_is_sent_and_not_kept(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    if settings.PRODUCTION and settings.EMAIL_BACKEND.endswith(("filebased.EmailBackend", "console.EmailBackend")):
        yield Error(
            "NOZBE_EMAIL_BACKEND keeps mails on this machine, in clear, and sends none.",
            hint="Unset it, and set NOZBE_EMAIL_HOST.",
            id="nozbe.E013",
        )


@register(TAG)
def addresses_are_verified(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    if settings.PRODUCTION and settings.EMAIL_VERIFICATION != "mandatory":
        yield Error(
            "NOZBE_EMAIL_VERIFICATION is not mandatory: anybody could sign up with somebody else's address.",
            hint="Unset it.",
            id="nozbe.E015",
        )


@register(TAG)
def openid_is_whole_or_absent(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    parts = {
        "NOZBE_OIDC_NAME": settings.OIDC_NAME,
        "NOZBE_OIDC_SERVER": settings.OIDC_SERVER,
        "NOZBE_OIDC_CLIENT_ID": settings.OIDC_CLIENT_ID,
        "NOZBE_OIDC_CLIENT_SECRET": settings.OIDC_CLIENT_SECRET,
    }
    missing = [name for name, value in parts.items() if not value]
    if 0 < len(missing) < len(parts):
        yield Error(
            f"OpenID Connect is half configured: {', '.join(missing)} missing.",
            hint="Set all of NOZBE_OIDC_NAME, _SERVER, _CLIENT_ID and _CLIENT_SECRET, or none of them.",
            id="nozbe.E016",
        )
    if settings.PRODUCTION and settings.OIDC_SERVER and urlsplit(settings.OIDC_SERVER).scheme != "https":
        yield Error(
            "NOZBE_OIDC_SERVER is not https: whoever stands between could sign in as anybody.",
            hint="Use the https address of the provider, such as https://login.example.com.",
            id="nozbe.E016",
        )


@register(TAG)
def the_trash_is_kept_as_long_as_promised(app_configs: Apps, **_options: Any) -> Iterable[CheckMessage]:
    """Not shorter: people count on bringing things back. Not longer: they count on what they threw away being gone."""
    if settings.PRODUCTION and settings.TRASH_RETENTION_DAYS != PROMISED_TRASH_DAYS:
        yield Error(
            f"NOZBE_TRASH_RETENTION_DAYS is {settings.TRASH_RETENTION_DAYS}, while we promise {PROMISED_TRASH_DAYS}: "
            "until then all can be brought back, after it all is purged.",
            hint="Unset it; other values are for trying the purge out.",
            id="nozbe.E017",
        )


def refuse_to_start_when_misconfigured() -> None:
    """Print every mistake and end the process with exit code 78 rather than serve anyone."""
    errors = [message for message in run_checks(tags=[TAG]) if message.is_serious()]
    if errors:
        for error in errors:
            print(f"{error.id}: {error.msg} {error.hint or ''}".rstrip(), file=sys.stderr)  # noqa: T201 — logs may not be set up
        print("Nozbe refuses to start.", file=sys.stderr, flush=True)  # noqa: T201 — the same
        raise SystemExit(EXIT_MISCONFIGURED)


def _country_is_in_the_eea(variable: str, country: str, *, host: str, region: str, id: str) -> Iterable[CheckMessage]:
    hint = "All storage stays in the European Economic Area (docs/decisions/0005)."
    if country not in regions.EEA:
        named = f"names {country}, which is" if country else "is not set, so the place is"
        yield Error(f"{variable} {named} not in the European Economic Area.", hint=hint, id=id)
        return
    aws_region = regions.aws_region_in(host) or (region if regions.is_aws(host) else None)
    if aws_region is not None and regions.AWS_REGION_COUNTRIES.get(aws_region) != country:
        yield Error(f"{variable} says {country}, but {aws_region} is not in that country.", hint=hint, id=id)


def _is_this_machine(host: str) -> bool:
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

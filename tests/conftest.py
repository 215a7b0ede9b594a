from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase

from nozbe.keyserver import forget_connections
from tests.journeys.local_stack import LocalStack
from tests.servers import make_record_bucket, password_of, worker_token

LONG = ("tests/web/", "tests/journeys/", "tests/encryption/test_processes.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first, the others in random order; else one of two workers would sit idle at the end."""

    def place(item: pytest.Item) -> int:
        return next((place for place, name in enumerate(LONG) if item.nodeid.startswith(name)), len(LONG))

    items.sort(key=place)


def sign_in_to_database(role: str, *, assume: str | None = None) -> None:
    """Make Django's connection that of another role, from its next query on."""
    connection.close()
    connection.settings_dict["USER"] = role
    connection.settings_dict["PASSWORD"] = password_of(role)
    connection.settings_dict["OPTIONS"].pop("assume_role", None)
    if assume:
        connection.settings_dict["OPTIONS"]["assume_role"] = assume


@contextmanager
def as_owner() -> Iterator[None]:
    """Act as the owner of the tables: to build, to empty, never to test."""
    sign_in_to_database("nz_migrate", assume="nz_owner")
    try:
        yield
    finally:
        sign_in_to_database("nz_app")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The owner builds the database; every test then signs in as the web site does."""
    sign_in_to_database("nz_app")
    make_record_bucket(settings.RECORD_BUCKET)
    empty = TransactionTestCase._fixture_teardown

    def empty_as_owner(case: TransactionTestCase) -> None:
        with as_owner():
            empty(case)

    TransactionTestCase._fixture_teardown = empty_as_owner  # type: ignore[method-assign]  # nz_app may not TRUNCATE
    yield
    sign_in_to_database("nz_migrate", assume="nz_owner")


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """One running product for all tests that only look, or bring their own people. Mark them
    `xdist_group("product")`."""
    stack = LocalStack(tmp_path_factory.mktemp("product") / "var")
    stack.environment["NOZBE_EMAIL_VERIFICATION"] = "mandatory"  # as in production
    try:
        yield stack.up()
    finally:
        stack.kill_everything()


@pytest.fixture
def as_the_worker(settings) -> Iterator[None]:
    """With the key server's token that may sign."""
    settings.KEY_SERVER_TOKEN = worker_token()
    forget_connections()
    yield
    forget_connections()

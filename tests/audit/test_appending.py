"""An entry is there exactly when its change is; a look has its entry before it happens, or does not happen."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError

from nozbe.audit import AuditUnavailable, Verb, append, append_at_once
from nozbe.audit.models import Event, Seal
from nozbe.models import Heartbeat, new_id
from tests.servers import superuser

pytestmark = pytest.mark.django_db


class Undone(Exception):
    pass


def entries(object: str) -> int:
    return Event.objects.filter(object=object).count()


def test_an_entry_says_who_did_what_and_through_which_service():
    actor, team, account, object = (new_id() for _ in range(4))
    with transaction.atomic():
        event = Event.objects.get(pk=append(Verb.KEY_MADE, actor=actor, team=team, account=account, object=object))
    assert (event.verb, event.actor, event.team, event.account, event.object, event.db_user) == (
        Verb.KEY_MADE,
        actor,
        team,
        account,
        object,
        "nz_app",
    )


def test_an_entry_is_undone_with_its_change():
    object = new_id()
    with suppress(Undone), transaction.atomic():
        append(Verb.KEY_MADE, actor=None, object=object)
        assert entries(object) == 1
        raise Undone
    assert entries(object) == 0


@pytest.mark.django_db(transaction=True)
def test_an_entry_without_a_transaction_is_refused():
    object = new_id()
    with pytest.raises(TransactionManagementError):
        append(Verb.KEY_MADE, actor=None, object=object)
    assert entries(object) == 0


@pytest.mark.parametrize("way", [append, append_at_once])
@pytest.mark.parametrize(
    "text",
    [
        "Mia Member",
        "member@example.com",
        "",
        "x" * 15,
        "x" * 17,
        "x" * 10_000,
        "Ä" * 16,
        "x" * 15 + "\n",
        "x" * 15 + "|",
    ],
)
@pytest.mark.parametrize("column", ["actor", "team", "account", "object"])
def test_nothing_but_an_id_gets_in(way, text, column):
    before = Event.objects.count()
    with pytest.raises((DatabaseError, psycopg.DataError, psycopg.IntegrityError)), transaction.atomic():
        way(Verb.KEY_MADE, **({"actor": None} | {column: text}))
    assert Event.objects.count() == before


@pytest.mark.parametrize("way", [append, append_at_once])
@pytest.mark.parametrize("verb", ["Mia made a key", "key.made ", "task.renamed", "", None])
def test_nothing_but_a_verb_of_the_list_gets_in(way, verb):
    before = Event.objects.count()
    with pytest.raises((DatabaseError, psycopg.DataError, psycopg.IntegrityError)), transaction.atomic():
        way(verb, actor=None)
    assert Event.objects.count() == before


def test_an_entry_made_at_once_is_chained_and_survives_the_rollback_of_everything_around_it():
    object = new_id()
    with suppress(Undone), transaction.atomic():
        Heartbeat.objects.succeeded(object, started_at=None, count=1)
        event = append_at_once(Verb.KEY_MADE, actor=None, object=object)
        raise Undone
    assert not Heartbeat.objects.filter(job=object).exists()
    assert Event.objects.get(object=object).pk == event
    assert Seal.objects.filter(event=event).exists()


def look(at: str) -> list[str]:
    """As every look is: first the record, then the data."""
    append_at_once(Verb.KEY_MADE, actor=None, object=at)
    return list(Heartbeat.objects.values_list("job", flat=True))


def refused_look(django_assert_num_queries) -> str:
    """The object of a look that was refused in time, and read nothing."""
    object = new_id()
    began = time.monotonic()
    with django_assert_num_queries(0), pytest.raises(AuditUnavailable) as refusal:
        look(object)
    assert time.monotonic() - began < 2
    assert refusal.value.status == 503
    return object


@pytest.fixture
def silent_server():
    """Takes connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_when_the_chain_is_held_up_a_look_is_refused_within_two_seconds(django_assert_num_queries):
    with superuser(database=connection.settings_dict["NAME"]) as other, other.transaction():
        other.execute("LOCK TABLE audit.chain_lock")
        object = refused_look(django_assert_num_queries)
    assert entries(object) == 0


def test_when_the_database_is_silent_a_look_is_refused_within_two_seconds(
    monkeypatch, silent_server, django_assert_num_queries
):
    monkeypatch.setitem(connection.settings_dict, "PORT", silent_server)
    refused_look(django_assert_num_queries)


def test_when_the_database_is_not_there_a_look_is_refused(monkeypatch, django_assert_num_queries):
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    refused_look(django_assert_num_queries)

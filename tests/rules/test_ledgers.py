"""Every model is decided about in each of the four ledgers; the failure names the file to edit."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from backups import policy
from nozbe.erasure import plan
from nozbe.sync import tables
from support import redaction

MODELS = {
    f"{m._meta.app_label}.{m.__name__}": m
    for m in apps.get_models(include_auto_created=True)
    if not m.__module__.startswith("tests.")
}


def undecided(decided: list[str], *, file: str) -> list[str]:
    """What is wrong with a ledger, in sentences."""
    missing = [f"{label} is not decided about in {file}" for label in MODELS if label not in decided]
    gone = [f"{label} in {file} does not exist" for label in decided if label not in MODELS]
    twice = [f"{label} stands twice in {file}" for label in set(decided) if decided.count(label) > 1]
    return sorted(missing + gone + twice)


def columns_of(model: type[models.Model]) -> set[str]:
    return {field.column for field in model._meta.local_fields}


def test_every_model_leaves_the_server_or_stays():
    decided = [table.model for table in tables.SYNCED] + list(tables.STAYS_ON_THE_SERVER)
    assert undecided(decided, file="nozbe/sync/tables.py") == []


def test_every_column_of_a_synced_table_is_decided_about():
    for table in tables.SYNCED:
        sent = {name for column in table.columns for name in column.reads} | {"id"}
        assert not sent & set(table.kept_back), f"{table.model} in nozbe/sync/tables.py sends what it keeps back"
        decided = sent | set(table.kept_back)
        assert sorted(decided) == sorted(columns_of(MODELS[table.model])), f"{table.model} in nozbe/sync/tables.py"
        assert all(table.kept_back.values())


def test_every_model_is_destroyed_by_an_erasure_or_kept_for_a_reason():
    decided = [step.model for step in plan.DESTROYED] + list(plan.KEPT)
    assert undecided(decided, file="nozbe/erasure/plan.py") == []
    assert all(plan.KEPT.values())


def test_support_sees_or_does_not_see_every_column():
    assert undecided(list(redaction.REDACTION), file="support/redaction.py") == []
    for label, decision in redaction.REDACTION.items():
        shown = {*decision.shown, *decision.own}
        hidden = decision.hidden if isinstance(decision.hidden, dict) else {}
        listed = [*decision.shown, *decision.own, *hidden]
        assert len(listed) == len(set(listed)), f"{label} in support/redaction.py lists a column twice"
        assert shown | set(hidden) <= columns_of(MODELS[label]), f"{label} in support/redaction.py"
        if not isinstance(decision.hidden, str) or not decision.hidden:
            assert shown | set(hidden) == columns_of(MODELS[label]), f"{label} in support/redaction.py"


def test_every_table_is_backed_up_and_knows_what_a_restore_does_with_it():
    assert undecided(list(policy.TABLES), file="backups/policy.py") == []


def test_no_model_keeps_bytes_outside_the_places_that_are_backed_up():
    for label, model in MODELS.items():
        files = [field.name for field in model._meta.get_fields() if isinstance(field, models.FileField)]
        assert files == [], f"{label}: files go through attachments.storage, sealed"


@pytest.mark.parametrize(
    ("check", "ledger", "name"),
    [
        (test_every_model_leaves_the_server_or_stays, tables, "STAYS_ON_THE_SERVER"),
        (test_every_model_is_destroyed_by_an_erasure_or_kept_for_a_reason, plan, "KEPT"),
        (test_support_sees_or_does_not_see_every_column, redaction, "REDACTION"),
        (test_every_table_is_backed_up_and_knows_what_a_restore_does_with_it, policy, "TABLES"),
    ],
)
def test_a_forgotten_model_is_found(monkeypatch, check, ledger, name):
    entries = dict(getattr(ledger, name))
    entries.pop("nozbe.Heartbeat")
    monkeypatch.setattr(ledger, name, entries)
    with pytest.raises(AssertionError, match=r"nozbe\.Heartbeat is not decided about in "):
        check()


def test_a_new_column_is_found(monkeypatch):
    entries = dict(redaction.REDACTION)
    account = entries["accounts.Account"]
    shown = tuple(column for column in account.shown if column != "country")
    entries["accounts.Account"] = redaction.Redaction(shown=shown, hidden=account.hidden)
    monkeypatch.setattr(redaction, "REDACTION", entries)
    with pytest.raises(AssertionError, match=r"accounts\.Account in support/redaction\.py"):
        test_support_sees_or_does_not_see_every_column()

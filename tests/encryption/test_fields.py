"""A sealed field reads and writes like text, and the database never sees any."""

from __future__ import annotations

import copy
import pickle

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, F, Max, Subquery, Value
from django.db.models.functions import Concat, Length, Lower
from django.db.models.lookups import Exact
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nozbe.encryption.envelope import CannotOpen
from nozbe.encryption.keys import cache
from nozbe.encryption.models import Keyring
from nozbe.encryption.opening import open_all, open_values
from nozbe.encryption.redaction import Redacted, redacted
from nozbe.encryption.sealed import Sealed
from nozbe.models import new_id
from tests.encryption.test_envelope import ODDITIES
from tests.keys import owner_with_keys
from tests.notes.models import Note, Notebook

pytestmark = pytest.mark.django_db


def stored(note: Note, column: str = "text") -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM notes_note WHERE id = %s", [note.pk])
        return bytes(cursor.fetchone()[0])


@pytest.fixture
def note(team) -> Note:
    return Note.objects.create(team_id=team, title="Shopping", text="Buy milk")


def reloaded(note: Note) -> Note:
    return Note.objects.get(pk=note.pk)


def test_what_is_written_is_read_and_the_column_holds_none_of_it(note):
    again = reloaded(note)
    assert (again.title, again.text, again.private) == ("Shopping", "Buy milk", None)
    assert b"milk" not in stored(note)
    assert len(stored(note)) == len("Buy milk") + 33


@pytest.mark.parametrize("text", [*ODDITIES, "ł" * 500_000])
def test_every_text_comes_back_exactly(team, text):
    note = Note.objects.create(team_id=team, text=text)
    assert reloaded(note).text == text


@given(text=st.text())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_comes_back_exactly(team, text):
    note = Note.objects.create(team_id=team, text=text)
    assert open_all(Note.objects.filter(pk=note.pk))[0].text == text


@pytest.mark.parametrize("text", ["\ud800", "half \udfff a pair"])
def test_half_a_surrogate_pair_is_refused_and_nothing_is_written(note, text):
    note.text = text
    with pytest.raises(ValidationError):
        note.full_clean()
    with pytest.raises(ValidationError), transaction.atomic():
        note.save()
    assert reloaded(note).text == "Buy milk"


@pytest.mark.parametrize("thing", [7, b"bytes", ["list"], Sealed(b"made up")])
def test_what_is_not_text_is_refused_and_nothing_is_written(note, thing):
    note.text = thing
    with pytest.raises((TypeError, CannotOpen)), transaction.atomic():
        note.save()
    assert reloaded(note).text == "Buy milk"


def test_a_text_longer_than_allowed_is_refused_by_validation(note):
    note.title = "x" * 101
    with pytest.raises(ValidationError):
        note.full_clean()


def test_only_what_changed_is_sealed_anew(note):
    before = stored(note, "title"), stored(note, "text")
    again = reloaded(note)
    again.kind = "other"
    again.save()  # nothing opened
    assert (stored(note, "title"), stored(note, "text")) == before
    assert again.title == "Shopping"
    again.text = "Buy bread"
    again.save()  # one opened, one changed
    assert stored(note, "title") == before[0]
    assert stored(note, "text") != before[1]
    again.save()
    assert reloaded(note).text == "Buy bread"


def test_the_same_text_is_another_ciphertext_in_every_row(team):
    notes = Note.objects.bulk_create(Note(team_id=team, text="the same") for _ in range(20))
    assert len({stored(note) for note in notes}) == 20
    assert [note.text for note in Note.objects.all()] == ["the same"] * 20


@pytest.mark.parametrize("opened", [True, False])
def test_a_row_that_is_copied_takes_its_texts_along(note, opened):
    again = reloaded(note)
    if opened:
        assert again.text
    again.pk = new_id()
    again.save(force_insert=True)
    assert reloaded(again).text == reloaded(note).text == "Buy milk"
    assert stored(again) != stored(note)


def test_a_row_that_moves_to_another_team_is_sealed_for_that_team(note, other_team):
    again = reloaded(note)
    again.team_id = other_team
    again.save()
    Keyring.objects.get(owner=note.team_id).destroy()
    assert reloaded(note).text == "Buy milk"


SPOILT = {
    "another row's": """
        UPDATE notes_note SET text = b.text FROM notes_note b WHERE notes_note.id = %(here)s AND b.id = %(other)s
    """,
    "another column's": "UPDATE notes_note SET text = title WHERE id = %(here)s",
    "another team's": "UPDATE notes_note SET team_id = %(team)s WHERE id = %(here)s",
    "a flipped bit": "UPDATE notes_note SET text = set_bit(text, 160, 1 - get_bit(text, 160)) WHERE id = %(here)s",
    "another epoch": "UPDATE notes_note SET text = set_byte(text, 4, 9) WHERE id = %(here)s",
    "cut": "UPDATE notes_note SET text = substring(text FROM 1 FOR octet_length(text) - 1) WHERE id = %(here)s",
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_value_that_was_moved_or_changed_in_the_database_does_not_open(note, team, other_team, how):
    other = Note.objects.create(team_id=team, text="another one")
    with connection.cursor() as cursor:
        cursor.execute(SPOILT[how], {"here": note.pk, "other": other.pk, "team": other_team})
    with pytest.raises(CannotOpen):
        reloaded(note).text  # noqa: B018 — reading is the test
    with pytest.raises(CannotOpen):
        open_all(Note.objects.all())
    assert reloaded(other).text == "another one"


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


REFUSED = {
    "filter": lambda: Note.objects.filter(text="Buy milk"),
    "filter by null": lambda: Note.objects.filter(private__isnull=True),
    "exclude": lambda: Note.objects.exclude(text="x"),
    "search": lambda: Note.objects.filter(text__icontains="milk"),
    "transform": lambda: Note.objects.filter(text__lower="x"),
    "order": lambda: list(Note.objects.order_by("text")),
    "order downwards": lambda: list(Note.objects.order_by("-text")),
    "order by F": lambda: list(Note.objects.order_by(F("text").asc())),
    "compare with F": lambda: list(Note.objects.filter(kind=F("text"))),
    "group": lambda: list(Note.objects.values("kind").annotate(most=Max("text"))),
    "count distinct": lambda: Note.objects.aggregate(Count("text", distinct=True)),
    "function": lambda: list(Note.objects.annotate(size=Length("text"))),
    "other function": lambda: list(Note.objects.annotate(low=Lower("text"))),
    "distinct on": lambda: list(Note.objects.distinct("text")),
    "update": lambda: Note.objects.update(text="in clear"),
    "update from F": lambda: Note.objects.update(text=F("title")),
    "update to a value": lambda: Note.objects.update(text=Value("in clear")),
    "update to a computed value": lambda: Note.objects.update(text=Concat(Value("in "), Value("clear"))),
    "update from another row": lambda: Note.objects.update(text=Subquery(Note.objects.values("title")[:1])),
    "update where it is compared": lambda: Note.objects.filter(Exact(F("text"), Value("in clear"))).update(kind="x"),
    "delete where it is compared": lambda: Note.objects.filter(Exact(F("text"), Value("in clear"))).delete(),
    "upsert": lambda: Note.objects.bulk_create(
        [Note(pk=Note.objects.get().pk, team_id=Note.objects.get().team_id, text="in clear")],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["text"],
    ),
    "give rows to another owner": lambda: Note.objects.update(team_id=new_id()),
    "give rows another ID": lambda: Note.objects.update(pk=new_id()),
    "bulk update of owners": lambda: Note.objects.bulk_update([Note.objects.first()], ["team_id"]),
    "update from a plain column": lambda: Note.objects.update(text=F("kind")),
    "update another column from it": lambda: Note.objects.update(kind=F("text")),
    "bulk update": lambda: Note.objects.bulk_update([Note.objects.first()], ["text"]),
    "in bulk": lambda: Note.objects.in_bulk(["x"], field_name="text"),
    "dump": lambda: serializers.serialize("json", [Note.objects.get()]),
    "plain SQL": lambda: run("UPDATE notes_note SET text = 'in clear, and longer than it would have to be'"),
    "short SQL": lambda: run(r"UPDATE notes_note SET text = '\x01'"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_would_look_into_a_sealed_column_or_write_text_to_it_raises(note, how):
    before = stored(note)
    with (
        CaptureQueriesContext(connection) as sent,
        pytest.raises(Exception) as refusal,  # noqa: PT011 — Django and PostgreSQL differ
        transaction.atomic(),
    ):
        REFUSED[how]()
    assert "milk" not in str(refusal.value)
    if "SQL" not in how:
        assert not any("in clear" in query["sql"] for query in sent.captured_queries)
    assert stored(note) == before


def test_reading_values_gives_ciphertext_that_says_nothing(note):
    (value,) = Note.objects.values_list("text", flat=True)
    assert isinstance(value, Sealed)
    assert str(value) == repr(value) == "<sealed>"
    assert open_values(Note, "text", [(note.team_id, note.pk, value)]) == ["Buy milk"]
    (annotated,) = Note.objects.annotate(same=F("text"))
    assert annotated.same == value


def test_deferred_and_refreshed_values_open_too(note):
    (deferred,) = Note.objects.defer("text", "title")
    assert deferred.text == "Buy milk"
    (only,) = Note.objects.only("title")
    assert only.title == "Shopping"
    Note.objects.filter(pk=note.pk).update(kind="changed")
    again = reloaded(note)
    again.text = "not saved"
    again.refresh_from_db()
    assert (again.text, again.kind) == ("Buy milk", "changed")


def test_saving_deferred_rows_leaves_what_was_not_loaded(note):
    (deferred,) = Note.objects.only("kind", "team_id")
    deferred.kind = "changed"
    deferred.save()
    assert reloaded(note).text == "Buy milk"


def test_pickles_and_copies_hold_no_text(note):
    opened = reloaded(note)
    assert opened.text == "Buy milk"
    assert b"milk" not in pickle.dumps(opened)
    assert pickle.loads(pickle.dumps(opened)).text == "Buy milk"
    assert copy.copy(opened).text == "Buy milk"
    opened.text = "Buy bread"
    with pytest.raises(TypeError, match="not saved"):
        pickle.dumps(opened)


def test_names_of_values_are_not_in_the_texts_of_errors_or_of_rows(note):
    assert "milk" not in repr(note) + str(note)


def test_inside_redacted_nothing_opens_and_rows_can_still_be_saved(note):
    again = reloaded(note)
    with redacted():
        for attempt in (
            lambda: again.text,
            lambda: open_all([again]),
            lambda: open_values(Note, "text", [(note.team_id, note.pk, stored(note))]),
            lambda: Note.objects.defer("text").get().text,
        ):
            with pytest.raises(Redacted):
                attempt()
        again.kind = "changed"
        again.save()
        again.refresh_from_db()
    assert again.text == "Buy milk"
    with redacted(), pytest.raises(Redacted):
        again.text  # noqa: B018 — opened before, and still not to be seen here


@pytest.mark.parametrize("site", ["backoffice", "console", "migrate"])
def test_a_site_without_keys_opens_nothing(note, settings, site):
    settings.SITE = site
    with pytest.raises(Redacted):
        reloaded(note).text  # noqa: B018 — reading is the test


def test_a_field_can_be_sealed_for_another_than_the_team(team):
    author = owner_with_keys(Keyring.ACCOUNT)
    note = Note.objects.create(team_id=team, author_id=author, text="for all", private="for me")
    Keyring.objects.get(owner=team).destroy()
    assert reloaded(note).private == "for me"
    book = Notebook.objects.create(pk=author, name="Mine")
    assert Notebook.objects.get(pk=book.pk).name == "Mine"


def test_nothing_is_sealed_before_it_is_known_for_whom(db):
    with pytest.raises(ValueError, match="for whom"), transaction.atomic():
        Note.objects.create(text="whose?")
    assert Note.objects.count() == 0


def test_bulk_opening_asks_for_all_keys_at_once(django_assert_num_queries, team, other_team):
    Note.objects.bulk_create(Note(team_id=owner, title="t", text="x") for owner in (team, other_team) * 50)
    cache.forget()
    with django_assert_num_queries(4):  # the rows, the keys, whether one was destroyed meanwhile, the isolation
        notes = open_all(Note.objects.all())
    assert {note.text for note in notes} == {"x"}


MOVES = {
    "the text not loaded": lambda pk: Note.objects.defer("text").get(pk=pk),
    "only the text loaded": lambda pk: Note.objects.only("text").get(pk=pk),
    "only the text loaded and read": lambda pk: opened(Note.objects.only("text").get(pk=pk)),
}


def opened(note: Note) -> Note:
    assert note.text
    return note


@pytest.mark.parametrize("how", MOVES)
def test_half_a_row_cannot_move_to_another_owner(note, other_team, how):
    half = MOVES[how](note.pk)
    half.team_id = other_team
    with pytest.raises(ValueError, match="load the row whole"):
        half.save()
    assert (reloaded(note).team_id, reloaded(note).text) == (note.team_id, "Buy milk")


@pytest.mark.parametrize("fresh", [True, False])
def test_an_owner_is_not_changed_alone(note, other_team, fresh):
    moved = note if fresh else reloaded(note)
    moved.team_id = other_team
    with pytest.raises(ValueError, match="load the row whole"):
        moved.save(update_fields=["team_id"])
    assert reloaded(note).text == "Buy milk"


def test_a_row_whose_text_was_refreshed_moves_whole(note, other_team):
    moved = reloaded(note)
    moved.refresh_from_db(fields=["text"])
    moved.team_id = other_team
    moved.refresh_from_db(fields=["title"])
    moved.save()
    assert (reloaded(note).title, reloaded(note).text) == ("Shopping", "Buy milk")
    moved.team_id = note.team_id
    moved.save()
    assert reloaded(note).text == "Buy milk"


def test_a_copy_of_half_a_row_is_refused(note):
    (half,) = Note.objects.defer("text")
    half.pk = new_id()
    with pytest.raises(ValueError, match="needs the whole row"), transaction.atomic():
        half.save(force_insert=True)
    assert Note.objects.count() == 1


def test_a_sealed_column_can_be_emptied_in_one_query(note):
    assert Note.objects.update(title=None) == 1
    assert reloaded(note).title is None


def test_a_form_shows_and_takes_the_text(note):
    from django.forms import modelform_factory

    form_class = modelform_factory(Note, fields=["title", "text"])
    form = form_class({"title": "New", "text": "Buy tea"}, instance=reloaded(note))
    assert form.is_valid(), form.errors
    form.save()
    assert (reloaded(note).title, reloaded(note).text) == ("New", "Buy tea")
    assert not form_class({"title": "x" * 101, "text": "y"}).is_valid()


def test_one_keyring_belongs_to_one_owner(team):
    there = Keyring.objects.get(owner=team)
    with pytest.raises(IntegrityError), transaction.atomic():
        Keyring.objects.create(kind="team", owner=team, safe_at=there.safe_at, taken_at=there.taken_at)

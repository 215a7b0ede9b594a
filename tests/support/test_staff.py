from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import ProgrammingError, transaction

from support.backends import ConsoleBackend, SupportBackend
from support.models import DatabaseAdministrator, Staff
from tests.cast import DBA1, OWNER, PASSWORD, SUPPORT
from tests.conftest import as_owner

pytestmark = pytest.mark.django_db(transaction=True)


def appoint(kind: type[Staff | DatabaseAdministrator], person=SUPPORT):
    with as_owner():
        return kind.objects.appoint(email=person.email, pseudonym=person.name, password=PASSWORD)


def test_the_web_site_cannot_even_count_the_staff():
    for model in (Staff, DatabaseAdministrator):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            model.objects.count()


@pytest.mark.parametrize("backend", [SupportBackend, ConsoleBackend])
def test_each_site_lets_in_only_its_own_people(backend):
    appoint(Staff)
    appoint(DatabaseAdministrator, DBA1)
    OWNER.account()
    with as_owner():
        welcome = [
            person.role
            for person in (SUPPORT, DBA1, OWNER)
            if backend().authenticate(None, person.email.upper(), PASSWORD)
        ]
        assert backend().authenticate(None, SUPPORT.email, "wrong") is None
        assert backend().authenticate(None, None, None) is None
    assert welcome == (["support"] if backend is SupportBackend else ["dba1"])


@pytest.mark.parametrize(
    ("email", "pseudonym", "password"),
    [("no address", "Robin", PASSWORD), ("r@example.com", "", PASSWORD), ("r@example.com", "Robin", "short")],
)
def test_what_will_not_do_is_refused_and_nobody_is_appointed(email, pseudonym, password):
    with as_owner():
        with pytest.raises(ValidationError):
            Staff.objects.appoint(email=email, pseudonym=pseudonym, password=password)
        assert Staff.objects.count() == 0


def test_a_pseudonym_belongs_to_one_person():
    appoint(Staff)
    with as_owner(), pytest.raises(ValidationError):
        Staff.objects.appoint(email="other@example.com", pseudonym=SUPPORT.name.upper(), password=PASSWORD)

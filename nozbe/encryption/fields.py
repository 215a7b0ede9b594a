"""Model fields whose column holds only sealed values; code reads and writes plain text.

    class Task(SealedFields, Record):
        team_id = models.CharField(...)
        name = SealedTextField(max_length=255)            # sealed for `team_id`
        note = SealedTextField(owner="account_id")        # sealed for somebody else

- Opened when it is first read, one by one, or all at once by `opening.open_all`.
- Sealed when the row is saved, and only what changed: an untouched value is written back as it was.
- The database cannot compare, sort or count it: filtering, ordering, uniqueness and `F()` raise.
- `update()`, `bulk_update()` and whatever else would send plain text to the database raise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Never

from django.core.checks import CheckMessage
from django.core.exceptions import FieldError, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.expressions import Col
from django.db.models.sql.compiler import SQLDeleteCompiler, SQLUpdateCompiler
from django.forms import CharField, Textarea
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from nozbe.encryption import sealing
from nozbe.encryption.attribute import SealedAttribute
from nozbe.encryption.declarations import problems
from nozbe.encryption.envelope import OVERHEAD_BYTES, VERSION
from nozbe.encryption.sealed import Sealed

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

POISON = "a_sealed_column_cannot_be_used_here"


def validate_is_text(value: str) -> None:
    """Raise ValidationError for half of a surrogate pair, which is no character (Unicode 16, 23.6)."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValidationError(_("This has signs in it that are no text."), code="not_text") from None


class SealedTextField(models.Field):  # type: ignore[type-arg]  # not generic when it runs
    """Text of any length, sealed for the owner that the attribute `owner` of the same row names."""

    description = _("Sealed text")
    descriptor_class = SealedAttribute
    default_validators = [validate_is_text]

    def __init__(self, *args: Any, owner: str = "team_id", **options: Any) -> None:
        for option in ("unique", "primary_key", "db_index", "unique_for_date", "choices", "db_default"):
            if options.get(option):
                raise ValueError(f"a sealed field cannot have {option}: the database sees only ciphertext")
        self.owner = owner
        super().__init__(*args, **options)
        if self.max_length is not None:
            self.validators.append(MaxLengthValidator(self.max_length))

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        if self.owner != "team_id":
            options["owner"] = self.owner
        return name, path, args, options

    @cached_property
    def owner_attname(self) -> str:
        """The instance attribute that holds the owner's ID."""
        return str(self.model._meta.pk.attname if self.owner == "pk" else self.owner)

    @cached_property
    def bound_to(self) -> set[str]:
        """Names by which a query could change what the values are sealed for."""
        pk = self.model._meta.pk
        return {"pk", pk.name, pk.attname, self.owner_attname, self.owner_attname.removesuffix("_id")}

    @cached_property
    def stands_in(self) -> tuple[str, str]:
        """The names of its model and column, as they are bound into every value; renaming one needs a resealing."""
        return self.model._meta.label, str(self.column)

    def get_internal_type(self) -> str:
        return "BinaryField"

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        """Plain text never gets in, whoever writes: the column takes only what looks sealed."""
        column = connection.ops.quote_name(str(self.column))
        return f"octet_length({column}) >= {OVERHEAD_BYTES} AND get_byte({column}, 0) = {VERSION}"

    def check(self, **options: Any) -> list[CheckMessage]:
        return [*super().check(**options), *problems(self)]

    def from_db_value(self, value: memoryview | bytes | None, expression: Any, connection: Any) -> Sealed | None:
        """The row comes later: `SealedFields.from_db` says which it is."""
        return None if value is None else Sealed(bytes(value))

    def to_python(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str | Sealed) else str(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        return sealing.sealed_value(model_instance, self)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> bytes | None:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError(f"{self} is sealed by saving its row; plain text cannot be sent to the database")
        return value.ciphertext

    def value_to_string(self, obj: models.Model) -> Never:
        raise TypeError(f"{self} is sealed; a dump would hold it in clear")

    def formfield(self, **options: Any) -> Any:
        return super().formfield(
            **{"form_class": CharField, "max_length": self.max_length, "widget": Textarea, **options}
        )

    def get_lookup(self, lookup_name: str) -> Never:
        raise FieldError(f"{self} is sealed; the database cannot look for what is in it")

    def get_transform(self, lookup_name: str) -> Never:
        raise FieldError(f"{self} is sealed; the database cannot compute with what is in it")

    def get_col(self, alias: str | None, output_field: Any = None) -> Col:
        if alias == self.model._meta.db_table and (output_field is None or output_field == self):
            return self.cached_col
        return SealedCol(str(alias), self, output_field)

    @cached_property
    def cached_col(self) -> Col:
        return SealedCol(self.model._meta.db_table, self)

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return sql.removeprefix(f"{POISON}(").removesuffix(")"), params


class SealedCol(Col):
    """The column in a query. Reading it is fine; anything else would compare or sort ciphertext, and is refused.

    Django has no place that tells a column that is read from one that is used. So the SQL of the column is poison, a
    function that does not exist, and `select_format`, which only a column that is read passes through, takes it off.
    """

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        writes = isinstance(compiler, SQLUpdateCompiler | SQLDeleteCompiler)
        if writes or compiler.select is not None:  # what is read has been compiled: this is ORDER BY, WHERE or the like
            raise FieldError(f"{self.target} is sealed; the database can only hand it out")
        sql, params = super().as_sql(compiler, connection)
        return f"{POISON}({sql})", params

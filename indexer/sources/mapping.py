"""Which column of a source holds which field of a report, as the user declares it."""

import tomllib
from collections.abc import Collection, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from indexer.errors import InputError, MappingError
from indexer.sources.encoding import Encoding

_LONGEST_COLUMN_NAME = 64
_MOST_COLUMNS_LISTED = 40


class Field(StrEnum):
    """What a source can say of a report."""

    ID = "id"
    TEXT = "text"
    PATIENT_ID = "patient_id"
    MODALITY = "modality"
    REGIONS = "regions"
    SEX = "sex"
    AGE = "age"
    EXAM_DATE = "exam_date"
    SITE = "site"
    LANGUAGE = "language"
    PATIENT_NAME = "patient_name"
    FIRST_NAME = "first_name"
    BIRTH_NAME = "birth_name"
    BIRTH_DATE = "birth_date"
    ADDRESS = "address"
    PHONE = "phone"
    NIR = "nir"
    PHYSICIAN = "physician"
    ACCESSION = "accession"

    @classmethod
    def named(cls, name: str) -> Self:
        """The field of that name; raises MappingError listing all of them."""
        try:
            return cls(name.strip().lower())
        except ValueError:
            raise MappingError(f"unknown field {name!r}: known are {', '.join(cls)}") from None


_IDENTIFYING = frozenset(
    {
        "id", "patient_id", "patient_name", "first_name", "birth_name", "birth_date", "address", "phone", "nir",
        "physician", "accession",
    }
)  # fmt: skip
_REQUIRED = (Field.ID, Field.TEXT)
METADATA_FIELDS = tuple(f for f in Field if f not in _REQUIRED)
IDENTIFYING_FIELDS = tuple(f for f in Field if f.value in _IDENTIFYING)
"""Columns that the gate uses to find their own values in the text; they go no further."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """Column by field, the translations of values, and how the file is written.

    A mapping given by the user is complete: only `id` and `text` fall back to columns of these names.
    columns: a name, or in JSON Lines and Parquet a dotted path into nested objects (`metadata.modality`).
    declared: whether the user named the columns, so that each of them must be there.
    values: for a field, the value to take instead of the one in the file, by the latter casefolded.
    """

    columns: Table[Field, str]
    declared: bool = True
    values: Table[Field, Table[str, str]] = field(default_factory=dict)
    encoding: Encoding | None = None
    delimiter: str | None = None

    @classmethod
    def by_name(cls) -> Self:
        """The mapping for a file whose columns are called as the fields; all but `id` and `text` may be missing."""
        return cls({f: f.value for f in Field}, declared=False)

    @classmethod
    def parse(cls, pairs: Sequence[str], over: "Mapping | None" = None) -> "Mapping":
        """From `field=column` pairs, on top of another mapping if there is one.

        No pairs and no other mapping give `by_name`. Raises MappingError for a pair that cannot be understood.
        """
        if not pairs:
            return over or cls.by_name()
        columns: dict[Field, str] = {}
        for pair in pairs:
            name, equals, column = pair.partition("=")
            if not (equals and column.strip()):
                raise MappingError(f"{pair!r} is not a mapping: write field=column, such as text=COMPTE_RENDU")
            key = Field.named(name)
            if key in columns:
                raise MappingError(f"the field {key} is mapped twice: give one column for it")
            columns[key] = column.strip()
        if over is not None:
            return replace(over, columns={**over.columns, **columns}, declared=True)
        return cls(_with_defaults(columns))

    @classmethod
    def load(cls, path: Path) -> Self:
        """From a TOML file with the table [fields] and, if need be, [options] and [values.FIELD].

        Raises MappingError if it cannot be read or has anything unknown in it.
        """
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except OSError as exc:
            raise MappingError(f"the mapping {path} cannot be read: {exc.strerror}") from exc
        except ValueError as exc:
            reason = exc if isinstance(exc, tomllib.TOMLDecodeError) else "not UTF-8"
            raise MappingError(f"the mapping {path} is not a TOML file: {reason}") from exc
        _only(content, ("fields", "options", "values"), f"the mapping {path}")
        fields = _texts(content.get("fields", {}), "[fields]")
        options = _texts(content.get("options", {}), "[options]")
        _only(options, ("encoding", "delimiter"), "[options]")
        try:
            encoding = Encoding.parse(options["encoding"]) if "encoding" in options else None
        except InputError as exc:
            raise MappingError(f"the mapping {path}: {exc}") from exc
        return cls(
            columns=_with_defaults({Field.named(name): column for name, column in fields.items()}),
            values=_translations(content.get("values", {})),
            encoding=encoding,
            delimiter=options.get("delimiter"),
        )

    def fit(self, available: Collection[str], source: str) -> dict[Field, str]:
        """The columns to read of a source that has these ones.

        Raises MappingError listing what is there if one is missing that must not be.
        """
        for key in self.columns if self.declared else _REQUIRED:
            if self.columns[key] not in available:
                raise MappingError(
                    f"{source} has no column {self.columns[key]!r} for the field {key}: "
                    f"{_listing(available)}; name the right one with --map {key}=COLUMN"
                )
        return {key: column for key, column in self.columns.items() if column in available}

    def translate(self, key: Field, value: str) -> str:
        """The value to take for what the file says; each element of a list of regions is looked up if the whole is not."""
        table = self.values.get(key)
        if not table:
            return value
        if key is Field.REGIONS and value.strip().casefold() not in table:
            return ",".join(table.get(part.strip().casefold(), part) for part in value.split(","))
        return table.get(value.strip().casefold(), value)


def _with_defaults(columns: dict[Field, str]) -> dict[Field, str]:
    return {**{key: key.value for key in _REQUIRED}, **columns}


def _only(table: Table[str, Any], known: Sequence[str], where: str) -> None:
    for name in table:
        if name not in known:
            raise MappingError(f"{where} has an unknown entry {name!r}: known are {', '.join(known)}")


def _texts(table: Any, where: str) -> dict[str, str]:
    if not isinstance(table, dict) or not all(isinstance(value, str) and value for value in table.values()):
        raise MappingError(f'{where} of a mapping holds only entries such as name = "text"')
    return table


def _translations(tables: Any) -> dict[Field, dict[str, str]]:
    if not isinstance(tables, dict):
        raise MappingError("[values] of a mapping holds one table per field, such as [values.modality]")
    return {
        Field.named(name): {key.strip().casefold(): value for key, value in _texts(table, f"[values.{name}]").items()}
        for name, table in tables.items()
    }


def _listing(columns: Collection[str]) -> str:
    """The columns for an error message; not those of a file without a header, where the first line is a report."""
    if not columns or any(map(_unlike_a_name, columns)):
        return "its first line does not look like a list of column names"
    shown = ", ".join(list(columns)[:_MOST_COLUMNS_LISTED])
    more = len(columns) - _MOST_COLUMNS_LISTED
    return f"it has {shown}" + (f" and {more} more" if more > 0 else "")


def _unlike_a_name(column: str) -> bool:
    return len(column) > _LONGEST_COLUMN_NAME or not column.isprintable() or column.strip().isdecimal()

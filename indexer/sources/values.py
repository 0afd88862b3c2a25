"""Typed values of JSON and Parquet as text, exactly."""

import datetime as dt
import math
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Table
from decimal import Decimal
from typing import Any, Final

from indexer.sources.mapping import Field


class NotText(ValueError):
    """A value that has no one text, such as an object."""


_MISSING: Final = object()
_DEEPEST_PATH = 8
_BETWEEN_ELEMENTS = {Field.TEXT: "\n"}


def field_values(record: Table[str, Any], columns: Table[Field, str]) -> dict[Field, str]:
    """The text of each mapped field that the record has.

    Raises NotText for an object or a non-finite number, UnicodeDecodeError for bytes that are not UTF-8.
    """
    found = ((key, look_up(record, column)) for key, column in columns.items())
    return {key: as_text(value, _BETWEEN_ELEMENTS.get(key, ",")) for key, value in found if value is not None}


def look_up(record: Table[str, Any], column: str) -> Any:
    """The value at a column or at a dotted path into nested objects; None if there is none."""
    value = record.get(column, _MISSING)
    if value is not _MISSING:
        return value
    head, dot, rest = column.partition(".")
    nested = record.get(head)
    return look_up(nested, rest) if dot and isinstance(nested, dict) else None


def paths(record: Table[str, Any], depth: int = _DEEPEST_PATH) -> Iterator[str]:
    """Every column and dotted path of a record, down to a depth."""
    for name, value in record.items():
        yield name
        if isinstance(value, dict) and depth > 1:
            yield from (f"{name}.{below}" for below in paths(value, depth - 1))


def as_text(value: Any, between: str = ",") -> str:
    """A whole number has no decimal point, a date is ISO 8601, a list is its elements with `between` in between."""
    if isinstance(value, list):
        return between.join(text for text in map(_scalar, value) if text)
    return _scalar(value)


def _scalar(value: Any) -> str:
    write = next((write for kind, write in _WRITERS if isinstance(value, kind)), str)
    return write(value)


def _number(value: float | Decimal) -> str:
    if math.isnan(value):
        return ""
    if math.isinf(value):
        raise NotText("an infinite number")
    return str(int(value)) if value == int(value) else str(value)


def _refuse(_: Any) -> str:
    raise NotText("an object or a list in a list has no one text")


# In this order: a bool is an int, and most values are text.
_WRITERS: tuple[tuple[Any, Callable[[Any], str]], ...] = (
    (str, str),
    (type(None), lambda _: ""),
    (bool, lambda value: str(value).lower()),
    ((float, Decimal), _number),
    ((dt.date, dt.time), lambda value: value.isoformat()),
    (bytes, lambda value: value.decode("utf-8")),
    ((dict, list), _refuse),
)

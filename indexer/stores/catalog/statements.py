"""Statements that more than one part of the catalog needs, alike on SQLite and PostgreSQL."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from indexer.stores.catalog.tables import CatalogTable

WRITES = "catalog_writes"
"""The execution option of a connection that is going to write."""

CHUNK = 500
"""Ids in one IN list: far below the limit of bound parameters of either database."""

_INSERTS: dict[str, Callable[[type[CatalogTable]], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}

T = TypeVar("T")


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in order, CHUNK at a time."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def upsert(
    connection: Connection,
    table: type[CatalogTable],
    rows: Sequence[Mapping[str, Any]],
    *,
    key: str,
    replaced: Iterable[str],
) -> None:
    """Insert rows; where `key` is there already, replace the `replaced` columns. Every row has the same columns."""
    if not rows:
        return
    insert = _INSERTS[connection.dialect.name](table)
    new = {name: insert.excluded[name] for name in replaced}
    connection.execute(insert.on_conflict_do_update(index_elements=[key], set_=new), rows)

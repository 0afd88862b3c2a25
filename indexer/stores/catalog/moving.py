"""Moving a catalog to another database: everything is copied, read back and compared, or nothing is kept."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, RowMapping, Table, func, insert, select

from indexer.batching import batched
from indexer.errors import InputError, StoreError
from indexer.stores.catalog import postgresql
from indexer.stores.catalog.database import Database, open_database
from indexer.stores.catalog.faults import translated
from indexer.stores.catalog.migrations import upgrade
from indexer.stores.catalog.tables import CatalogTable

_BLOCK = 1000
_MODULUS = 1 << 128
_TABLES = CatalogTable.metadata.sorted_tables  # what is referred to comes first

OnRows = Callable[[int, int], None]
"""Called with how many rows were copied or read back, and of how many."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a table holds. checksum: the sum, modulo 2^128, of the BLAKE2b digests of its rows, in whatever order."""

    rows: int
    checksum: int

    def __str__(self) -> str:
        return f"{self.rows} rows with the checksum {self.checksum:032x}"


def move_catalog(source: Path | str, target: Path | str, on_rows: OnRows = lambda _done, _of: None) -> dict[str, Tally]:
    """Copy a catalog into an empty database, in one transaction, and return what both hold, by table.

    Nobody may index into either of them meanwhile. The tables of the target are made, and those of the source are brought up
    to date first. Raises InputError if the target is not empty, StoreError if what it holds afterwards is not the same.
    """
    with closing(open_database(source)) as old, closing(open_database(target)) as new:
        upgrade(old)
        upgrade(new)
        with new.reading() as connection:
            _require_empty(connection, new)
        with old.held(), new.held(), old.reading() as read, new.writing() as written:
            _require_empty(written, new)
            return _copied(read, written, old, new, on_rows)


def _copied(read: Connection, written: Connection, old: Database, new: Database, on_rows: OnRows) -> dict[str, Tally]:
    counter = _Counter(2 * sum(_rows(read, table) for table in _TABLES), on_rows)
    tallies = {}
    for table in _TABLES:
        tally = _Summing(counter)
        _LOADING[written.dialect.name](written, table, tally.over(_stream(read, table, old)))
        tallies[table.name] = tally.result
    for table in _TABLES:
        back = _Summing(counter)
        for _row in back.over(_stream(written, table, new)):
            pass
        if back.result != tallies[table.name]:
            raise StoreError(
                f"the table {table.name} holds {back.result} in {new.place}, and {tallies[table.name]} was copied; "
                "nothing was kept there: look for a trigger or a rule on that table"
            )
    if written.dialect.name == "postgresql":
        postgresql.resume_numbering(written, _TABLES)
    return tallies


def _require_empty(connection: Connection, database: Database) -> None:
    filled = [table.name for table in _TABLES if connection.execute(select(table).limit(1)).first() is not None]
    if filled:
        raise InputError(
            f"the catalog {database.place} is not empty: there are rows in {', '.join(filled)}; "
            "nothing was copied: name an empty database"
        )


def _rows(connection: Connection, table: Table) -> int:
    count: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return count


def _stream(connection: Connection, table: Table, database: Database) -> Iterator[RowMapping]:
    """Every row, in constant memory; an error names the database that it came from."""
    with translated(database.place):
        yield from connection.execute(select(table), execution_options={"yield_per": _BLOCK}).mappings()


def _insert(connection: Connection, table: Table, rows: Iterable[RowMapping]) -> None:
    for block in batched(rows, _BLOCK):
        connection.execute(insert(table), [dict(row) for row in block])


_LOADING = {"sqlite": _insert, "postgresql": postgresql.copy_rows}


class _Counter:
    """Rows done, over all tables."""

    def __init__(self, of: int, on_rows: OnRows) -> None:
        self._done, self._of, self._on_rows = 0, of, on_rows

    def count(self) -> None:
        self._done += 1
        if self._done % _BLOCK == 0 or self._done == self._of:
            self._on_rows(self._done, self._of)


class _Summing:
    """Sums up the rows that pass through it."""

    def __init__(self, counter: _Counter) -> None:
        self._counter = counter
        self.result = Tally(0, 0)

    def over(self, rows: Iterator[RowMapping]) -> Iterator[RowMapping]:
        count = checksum = 0
        for row in rows:
            # The same values in Python from either engine: text, whole numbers, dates, instants in UTC, None.
            digest = hashlib.blake2b(repr(tuple(row.values())).encode("utf-8"), digest_size=16).digest()
            count, checksum = count + 1, (checksum + int.from_bytes(digest, "big")) % _MODULUS
            self._counter.count()
            yield row
        self.result = Tally(count, checksum)

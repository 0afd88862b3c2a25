"""All that is SQLite's alone: how the file is opened and how its transactions begin."""

import sqlite3
import time
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, event

from indexer.stores.catalog.statements import WRITES

BUSY_SECONDS = 10.0

_ALL = ("PRAGMA foreign_keys=ON", "PRAGMA cache_size=-65536", "PRAGMA cell_size_check=ON")
_WRITERS = (
    "PRAGMA synchronous=FULL",  # what is committed survives a power cut; NORMAL stages 15 % faster, and may lose it
    "PRAGMA secure_delete=ON",  # a forgotten report's text is overwritten, not just unlinked
    "PRAGMA journal_size_limit=67108864",
)


def sqlite_url(path: Path, *, read_only: bool) -> URL:
    """The URL of a file, which is made on opening if it is missing and `read_only` is false."""
    query = {"uri": "true", "mode": "ro" if read_only else "rwc", "timeout": str(BUSY_SECONDS)}
    return URL.create("sqlite", database=path.absolute().as_uri(), query=query)


def prepare(engine: Engine, *, read_only: bool) -> None:
    """Set the pragmas of every new connection and take the beginning of transactions from the driver."""
    pragmas = _ALL if read_only else _ALL + _WRITERS

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver would begin by itself: late, and never for a read
        if not read_only:
            _switch_to_wal(connection)
        for pragma in pragmas:
            connection.execute(pragma).close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer asks for the lock at once: a reader that turns writer half-way may not wait for it.
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # SQLite does not wait by itself when two processes open a new file and both switch its mode.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return

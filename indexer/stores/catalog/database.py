"""The connection to the catalog's database: a SQLite file today, a PostgreSQL server by its URL later."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from indexer.errors import StoreUnavailable
from indexer.stores.catalog import sqlite
from indexer.stores.catalog.faults import translated

BACKENDS = ("sqlite", "postgresql")


class Database:
    """Transactions on the catalog's database; threads may share it. Every error that leaves it is StoreError's kin."""

    def __init__(self, engine: Engine, place: str, *, read_only: bool) -> None:
        """place: the file or server as messages name it."""
        self.place = place
        self._engine = engine
        self._writer = engine.execution_options(**{sqlite.WRITES: True})
        self._read_only = read_only
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads; it never waits for a writer."""
        self._require_open()
        with translated(self.place), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that may write: committed when the block ends, rolled back if it raises."""
        self._require_open()
        if self._read_only:
            raise StoreUnavailable(f"the catalog {self.place} was opened for reading only; open it for writing")
        with translated(self.place), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection; closing twice does nothing."""
        self._closed = True
        with translated(self.place):
            self._engine.dispose()

    def _require_open(self) -> None:
        # A disposed engine would quietly open new connections.
        if self._closed:
            raise StoreUnavailable(f"the catalog {self.place} is closed; open it again")


def open_database(location: Path | str, *, read_only: bool = False) -> Database:
    """The database at a path or a URL. Nothing is read yet.

    Raises StoreUnavailable if the URL cannot be understood or its driver is missing.
    """
    url = _url_of(location)
    backend = url.get_backend_name()
    if backend not in BACKENDS:
        raise StoreUnavailable(f"no catalog can be kept in {backend!r}; valid: {', '.join(BACKENDS)}")
    if backend == "sqlite":
        path = _file_of(url)
        engine = _engine(sqlite.sqlite_url(path, read_only=read_only))
        sqlite.prepare(engine, read_only=read_only)
        return Database(engine, str(path), read_only=read_only)
    return Database(_engine(url), f"{url.database} on {url.host or 'this machine'}", read_only=read_only)


def _url_of(location: Path | str) -> URL:
    if isinstance(location, Path) or "://" not in location:
        return URL.create("sqlite", database=str(location))
    try:
        return make_url(location)
    except SQLAlchemyError as exc:
        raise StoreUnavailable("the catalog's URL cannot be understood; wanted: backend://user@host/database") from exc


def _file_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise StoreUnavailable("a catalog in memory would be lost; give the path of a file")
    return Path(url.database)


def _engine(url: URL) -> Engine:
    # At DEBUG the engine would write rows, and with them report texts, to the log.
    log = logging.getLogger("sqlalchemy.engine.Engine.catalog")
    log.setLevel(max(logging.INFO, log.getEffectiveLevel()))
    try:
        return create_engine(
            url,
            hide_parameters=True,
            logging_name="catalog",
            pool_size=8,
            max_overflow=56,
            pool_pre_ping=url.get_backend_name() != "sqlite",  # a file's connection does not go stale
        )
    except (ImportError, SQLAlchemyError) as exc:
        message = f"the driver of {url.drivername!r} is not installed; install it, or keep the catalog in a file"
        raise StoreUnavailable(message) from exc

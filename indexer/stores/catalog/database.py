"""The connection to the catalog's database: a SQLite file by its path, or a PostgreSQL server by its URL."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from indexer.errors import StoreUnavailable
from indexer.stores.catalog import postgresql, sqlite
from indexer.stores.catalog.faults import translated
from indexer.stores.catalog.statements import WRITES

POOL = 8
"""Connections that one process keeps open, unless it is told otherwise."""

_POOL_SECONDS = 30
_FILE_CONNECTIONS = 64  # those to a file cost next to nothing


class Database:
    """Transactions on the catalog's database; threads may share it. Every error that leaves it is StoreError's kin."""

    def __init__(self, engine: Engine, place: str, *, read_only: bool) -> None:
        """place: the file or server as messages name it."""
        self.place = place
        self._engine = engine
        self._served = engine.dialect.name == "postgresql"
        self._reader = engine.execution_options(**postgresql.READING) if self._served else engine
        self._writer = engine.execution_options(**{WRITES: True})
        self._hold: postgresql.Hold | None = None
        self._read_only = read_only
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, and sees one moment; it never waits for a writer."""
        self._require_open()
        with translated(self.place), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that may write: committed when the block ends, rolled back if it raises."""
        self._require_writable()
        with translated(self.place), self._begin_writing() as connection:
            yield connection

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no other process index into a database on a server until the block ends.

        A file is held by the lock of the data folder that it lies in. Raises StoreLocked if another process holds it.
        """
        self._require_writable()
        if not self._served:
            yield
            return
        with translated(self.place):
            self._hold = postgresql.Hold(self._engine)
        try:
            yield
        finally:
            self._hold.release()
            self._hold = None

    def close(self) -> None:
        """Close every connection; closing twice does nothing."""
        self._closed = True
        with translated(self.place):
            self._engine.dispose()

    def _begin_writing(self) -> AbstractContextManager[Connection]:
        return self._hold.begin() if self._hold else self._writer.begin()

    def _require_writable(self) -> None:
        self._require_open()
        if self._read_only:
            raise StoreUnavailable(f"the catalog {self.place} was opened for reading only; open it for writing")

    def _require_open(self) -> None:
        # A disposed engine would quietly open new connections.
        if self._closed:
            raise StoreUnavailable(f"the catalog {self.place} is closed; open it again")


def open_database(location: Path | str, *, read_only: bool = False, pool: int = POOL) -> Database:
    """The database at a path or a URL. Nothing is read yet. pool: the most connections to a server, one more for a writer.

    Raises StoreUnavailable if the URL cannot be understood or its driver is missing.
    """
    url = _url_of(location)
    backend = url.get_backend_name()
    if backend == "sqlite":
        return _open_file(url, read_only=read_only)
    if backend == "postgresql":
        return _open_server(url, read_only=read_only, pool=pool)
    raise StoreUnavailable(f"no catalog can be kept in {backend!r}; valid: sqlite, postgresql")


def has_password(location: str) -> bool:
    """Whether a URL states a password. Raises StoreUnavailable if it cannot be understood."""
    url = _url_of(location)
    return url.password is not None or "password" in url.query


def _open_file(url: URL, *, read_only: bool) -> Database:
    path = _file_of(url)
    engine = _engine(
        sqlite.sqlite_url(path, read_only=read_only), pool_size=POOL, max_overflow=_FILE_CONNECTIONS - POOL
    )
    sqlite.prepare(engine, read_only=read_only)
    return Database(engine, str(path), read_only=read_only)


def _open_server(url: URL, *, read_only: bool, pool: int) -> Database:
    # Pinged before use: a connection goes stale when the server is restarted.
    try:
        session = postgresql.session_url(url)
    except ImportError as exc:
        raise _no_driver(url) from exc
    engine = _engine(session, pool_size=pool, max_overflow=0, pool_timeout=_POOL_SECONDS, pool_pre_ping=True)
    postgresql.prepare(engine)
    host = url.host or url.query.get("host") or "this machine"
    return Database(engine, f"{url.database} on {host}", read_only=read_only)


def _url_of(location: Path | str) -> URL:
    if isinstance(location, Path) or "://" not in location:
        return URL.create("sqlite", database=str(location))
    try:
        return make_url(location)
    except (SQLAlchemyError, ValueError):
        # Not `from exc`: the error quotes the URL, and with it a password.
        message = "the catalog's URL cannot be understood; wanted: postgresql://user@host:port/database"
        raise StoreUnavailable(message) from None


def _file_of(url: URL) -> Path:
    if not url.database or url.database == ":memory:":
        raise StoreUnavailable("a catalog in memory would be lost; give the path of a file")
    return Path(url.database)


def _engine(url: URL, **pool: Any) -> Engine:
    # At DEBUG the engine would write rows, and with them report texts, to the log.
    log = logging.getLogger("sqlalchemy.engine.Engine.catalog")
    log.setLevel(max(logging.INFO, log.getEffectiveLevel()))
    # The pool logs the traceback of every connection that died; whoever used it gets the error anyway, translated.
    logging.getLogger("sqlalchemy.pool.impl.QueuePool.catalog").setLevel(logging.CRITICAL)
    names = {"logging_name": "catalog", "pool_logging_name": "catalog"}
    try:
        return create_engine(url, hide_parameters=True, **names, **pool)
    except (ImportError, SQLAlchemyError) as exc:
        raise _no_driver(url) from exc


def _no_driver(url: URL) -> StoreUnavailable:
    return StoreUnavailable(
        f"the driver of {url.drivername!r} is not installed; install it, or keep the catalog in a file"
    )

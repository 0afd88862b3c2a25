"""All that is PostgreSQL's alone: how a session is set up, who may write, and loading by COPY."""

import ipaddress
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, RowMapping, Table, event, func, select
from sqlalchemy.engine import RootTransaction
from sqlalchemy.exc import DBAPIError

from indexer.errors import StoreUnavailable
from indexer.stores.catalog.statements import WRITES

DRIVER = "postgresql+psycopg"
READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""Execution options of a transaction that reads: it sees one moment, as SQLite's do."""

LOCK_SECONDS = 10.0
HOLD_SECONDS = 3.0  # a server takes a moment to notice that a client was killed, and to release what it held

# Advisory locks of this program; the first number keeps them apart from those of others in the same database.
_OURS = 0x72616469
_TURN = (_OURS, 1)
_HOLD = (_OURS, 2)

# A client that lost its power or its network must not keep its locks for the two hours that are TCP's default.
_KEEP_ALIVE = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"


def session_url(url: URL) -> URL:
    """The URL with this program's defaults; what it states itself stays. A password may also come from libpq's sources.

    Beyond this machine the connection is encrypted, unless the URL or PGSSLMODE states something else than libpq's default.
    Raises ImportError if the driver is missing.
    """
    from psycopg import pq

    libpq = {option.keyword.decode(): (option.val or b"").decode() for option in pq.Conninfo.get_defaults()}
    defaults = {"connect_timeout": "10", "application_name": "radiotheque"}
    if libpq.get("sslmode") == "prefer" and not _is_here(url, libpq):
        defaults["sslmode"] = "require"
    stated = defaults | dict(url.query)
    options = f"-c lock_timeout={_milliseconds(LOCK_SECONDS)} {_KEEP_ALIVE}"
    stated["options"] = f"{options} {stated.get('options', '')}".strip()
    driver = DRIVER if url.drivername == "postgresql" else url.drivername
    return url.set(drivername=driver, query=stated)


def _is_here(url: URL, libpq: Mapping[str, str]) -> bool:
    """Whether the server is on this machine: a loopback address, or a socket's folder. libpq: what it takes otherwise."""
    named = [url.host or "", *_listed(url.query.get("host"))]
    hosts = [*(named if any(named) else _listed(libpq.get("host"))), *_listed(url.query.get("hostaddr"))]
    return all(not host or host == "localhost" or host.startswith("/") or _is_loopback(host) for host in hosts)


def _listed(value: str | tuple[str, ...] | None) -> list[str]:
    return ",".join([value] if isinstance(value, str) else value or ()).split(",")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def prepare(engine: Engine) -> None:
    """Make writers take turns, as on SQLite: no deadlock, and two openers of a new database do not both make its tables."""

    @event.listens_for(engine, "begin")
    def take_turn(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES, False):
            connection.execute(select(func.pg_advisory_xact_lock(*_TURN)))


def require_utf8(connection: Connection, place: str) -> None:
    """Raise StoreUnavailable if the database cannot hold every character."""
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise StoreUnavailable(
            f"the database {place} has the encoding {encoding}, and UTF8 is wanted; make one with: "
            "createdb --encoding=UTF8 --template=template0 NAME"
        )


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))  # 0 would wait for ever


class Hold:
    """The catalog held by one indexer: an advisory lock, and the one connection that has it.

    While it lasts everything is written over that connection, so that nothing can be committed once the lock is gone.
    After a restart of the server the lock is taken anew, unless another indexer was faster.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._one_thread = threading.Lock()
        self._connection = self._taken()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction that may write."""
        with self._one_thread, self._begun():
            yield self._connection

    def release(self) -> None:
        """Let others index."""
        self._connection.close()

    def _begun(self) -> RootTransaction:
        if not (self._connection.closed or self._connection.invalidated):
            try:
                return self._connection.begin()
            except DBAPIError as exc:
                if not exc.connection_invalidated:
                    raise
        self._connection.close()
        self._connection = self._taken()
        return self._connection.begin()

    def _taken(self) -> Connection:
        connection = self._engine.connect()
        connection.detach()  # closing it closes the session, and with it the lock
        try:
            with connection.begin():
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_milliseconds(HOLD_SECONDS)}")
                connection.execute(select(func.pg_advisory_lock(*_HOLD)))
        except BaseException:
            connection.close()
            raise
        return connection.execution_options(**{WRITES: True})


def copy_rows(connection: Connection, table: Table, rows: Iterable[RowMapping]) -> None:
    """Load rows, which have every column of the table, by COPY: three times as fast as inserting them."""
    import psycopg

    dialect = connection.dialect
    stored = [(column.name, column.type.dialect_impl(dialect).bind_processor(dialect)) for column in table.columns]
    names = ", ".join(dialect.identifier_preparer.quote(name) for name, _ in stored)
    statement = f"COPY {dialect.identifier_preparer.format_table(table)} ({names}) FROM STDIN"
    driver: Any = connection.connection.dbapi_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([process(row[name]) if process else row[name] for name, process in stored])
    except psycopg.Error as exc:  # it went past SQLAlchemy, which would have wrapped it
        raise DBAPIError(statement, None, exc, hide_parameters=True) from exc


def resume_numbering(connection: Connection, tables: Sequence[Table]) -> None:
    """Let numbers that the database gives out itself go on after the highest one that was loaded."""
    for table in tables:
        column = table.autoincrement_column
        if column is not None:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            connection.execute(select(func.setval(sequence, func.coalesce(func.max(column), 0) + 1, False)))

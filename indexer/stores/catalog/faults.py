"""The one place where errors of SQLAlchemy and of the databases become the house's own."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from indexer.errors import StorageFull, StoreDamaged, StoreError, StoreLocked, StoreUnavailable
from indexer.stores.catalog.tables import Unstorable

_Diagnosis = tuple[type[StoreError], str]

_FULL: _Diagnosis = (StorageFull, "cannot be written: the disk, a quota or a file-size limit is full; free space")
_LOCKED: _Diagnosis = (StoreLocked, "is being written to by another process; try again when it is done")
_DAMAGED: _Diagnosis = (StoreDamaged, "is damaged or not a catalog; restore it from a copy, or index again")
_UNAVAILABLE: _Diagnosis = (StoreUnavailable, "cannot be opened; check that it exists and may be read and written")
_IO: _Diagnosis = (StoreUnavailable, "cannot be read or written: the disk reports an error; check the disk")
_REFUSED: _Diagnosis = (StoreError, "refused rows that refer to a run or a report that it does not have")
_UNSTORABLE: _Diagnosis = (
    StoreError,
    "cannot store a lone surrogate, a NUL character or a number over 64 bits; quarantine the record",
)
_OTHER: _Diagnosis = (StoreError, "could not do what was asked; the database's own error says why")

# SQLite reports a quota (EDQUOT) or a file-size limit (EFBIG) as a write error; only ENOSPC becomes SQLITE_FULL.
_BY_SQLITE_CODE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR_WRITE: _FULL,
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,
    sqlite3.SQLITE_IOERR: _IO,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: _UNAVAILABLE,
    sqlite3.SQLITE_READONLY: _UNAVAILABLE,
    sqlite3.SQLITE_PERM: _UNAVAILABLE,
    sqlite3.SQLITE_AUTH: _UNAVAILABLE,
    sqlite3.SQLITE_CONSTRAINT: _REFUSED,
}

_AWAY: _Diagnosis = (
    StoreUnavailable,
    "was stopped, or the connection was lost; what is committed is kept: run this again when the server is back",
)
_UNREACHED: _Diagnosis = (
    StoreUnavailable,
    "cannot be reached; check that the server runs, RADIOTHEQUE_CATALOG_URL, and the password in PGPASSWORD or pgpass",
)
_BUSY: _Diagnosis = (
    StoreLocked,
    "has no connection free: all are in use; try again, or allow more with RADIOTHEQUE_CATALOG_POOL",
)
_FORBIDDEN: _Diagnosis = (StoreUnavailable, "lets this user do less than is needed; it must own the catalog's tables")
_UNWRITABLE: _Diagnosis = (StoreUnavailable, "takes no writing: the server is read-only or a standby; name its primary")
_NO_ROOM: _Diagnosis = (StoreUnavailable, "has no memory or connection left for this; raise the server's limits")

# PostgreSQL's SQLSTATE, or the class that it begins with (appendix A of its manual).
_BY_SQLSTATE = {
    "08": _AWAY,
    "0A000": _UNWRITABLE,  # a standby cannot begin a transaction that writes
    "22": _UNSTORABLE,
    "23": _REFUSED,
    "25006": _UNWRITABLE,
    "40": _LOCKED,
    "42501": _FORBIDDEN,
    "53": _NO_ROOM,
    "53100": _FULL,
    "55P03": _LOCKED,
    "57P0": _AWAY,
    "58030": _IO,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}

# Errors that psycopg raises by itself have no SQLSTATE: by the names that PEP 249 gives their classes.
_BY_CLASS = {"DataError": _UNSTORABLE, "OperationalError": _AWAY, "InterfaceError": _AWAY}


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Raise what the database raises as StoreError's kin. place: the file or server, for the message."""
    try:
        yield
    except (UnicodeEncodeError, OverflowError, Unstorable):
        # Not `from exc`: a UnicodeEncodeError carries the whole text and shows it in its repr.
        raise _error(_UNSTORABLE, place) from None
    except (SQLAlchemyError, sqlite3.Error) as exc:
        cause = exc.orig if isinstance(exc, StatementError) else exc
        if isinstance(cause, sqlite3.Error):
            raise _error(_sqlite_diagnosis(cause), place) from exc
        if isinstance(cause, Unstorable):
            raise _error(_UNSTORABLE, place) from None
        if isinstance(exc, DBAPIError) and cause is not None:
            # Not `from exc`: PostgreSQL quotes keys and values.
            raise _served_error(exc, cause, place) from None
        raise _error(_BUSY if isinstance(exc, PoolTimeout) else _OTHER, place) from exc


def _error(diagnosis: _Diagnosis, place: str) -> StoreError:
    kind, advice = diagnosis
    return kind(f"the catalog {place} {advice}")


def _sqlite_diagnosis(cause: sqlite3.Error) -> _Diagnosis:
    # Errors of Python's own driver, such as a value out of range, have no code.
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return _BY_SQLITE_CODE.get(code) or _BY_SQLITE_CODE.get(code & 0xFF, _OTHER)


def _served_error(exc: DBAPIError, cause: BaseException, place: str) -> StoreError:
    """The error of a server, by its code and the code's name, which say nothing of any report."""
    code = str(getattr(cause, "sqlstate", None) or "")
    if exc.statement is None and not (code or exc.connection_invalidated):
        # There was no connection yet: the driver's words name host and user, and say what is wrong.
        kind, advice = _UNREACHED
        return kind(f"the catalog {place} {advice} ({' '.join(str(cause).split())})")
    found = next((_BY_SQLSTATE[code[:n]] for n in range(5, 1, -1) if code[:n] in _BY_SQLSTATE), None)
    if found is None:
        classes = (_BY_CLASS.get(base.__name__) for base in type(cause).__mro__)
        found = next((one for one in classes if one and not code), _OTHER)
    kind, advice = found
    return kind(f"the catalog {place} {advice} (PostgreSQL: {' '.join((code, type(cause).__name__)).strip()})")

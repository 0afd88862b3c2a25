"""The one place where errors of SQLAlchemy and of the databases become the house's own."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from indexer.errors import StorageFull, StoreDamaged, StoreError, StoreLocked, StoreUnavailable

_Diagnosis = tuple[type[StoreError], str]

_FULL: _Diagnosis = (StorageFull, "cannot be written: the disk, a quota or a file-size limit is full; free space")
_LOCKED: _Diagnosis = (StoreLocked, "is being written to by another process; try again when it is done")
_DAMAGED: _Diagnosis = (StoreDamaged, "is damaged or not a catalog; restore it from a copy, or index again")
_UNAVAILABLE: _Diagnosis = (StoreUnavailable, "cannot be opened; check that it exists and may be read and written")
_IO: _Diagnosis = (StoreUnavailable, "cannot be read or written: the disk reports an error; check the disk")
_REFUSED: _Diagnosis = (StoreError, "refused rows that refer to a run or a report that it does not have")
_OTHER: _Diagnosis = (StoreError, "could not do what was asked; the cause names the database's own error")

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

_BY_TYPE: tuple[tuple[type[Exception], _Diagnosis], ...] = (
    (PoolTimeout, _LOCKED),
    (IntegrityError, _REFUSED),
    (OperationalError, _UNAVAILABLE),
)


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Raise what the database raises as StoreError's kin. place: the file or server, for the message."""
    try:
        yield
    except (UnicodeEncodeError, OverflowError):
        # Not `from exc`: a UnicodeEncodeError carries the whole text and shows it in its repr.
        message = f"the catalog {place} cannot store a lone surrogate or a number over 64 bits; quarantine the record"
        raise StoreError(message) from None
    except (SQLAlchemyError, sqlite3.Error) as exc:
        kind, advice = _diagnosis(exc)
        raise kind(f"the catalog {place} {advice}") from exc


def _diagnosis(exc: Exception) -> _Diagnosis:
    cause = exc.orig if isinstance(exc, DBAPIError) else exc
    if isinstance(cause, sqlite3.Error):
        # Errors of Python's own driver, such as a value out of range, have no code.
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
        return _BY_SQLITE_CODE.get(code) or _BY_SQLITE_CODE.get(code & 0xFF, _OTHER)
    return next((found for kind, found in _BY_TYPE if isinstance(exc, kind)), _OTHER)

"""Records kept aside, each with a reason and a place."""

import datetime as dt
import hashlib
from collections.abc import Sequence

from sqlalchemy import RowMapping, func, select, update
from sqlmodel import col

from indexer.report import Origin
from indexer.stores.catalog.base import Quarantined, QuarantineEntry, QuarantineReason
from indexer.stores.catalog.database import Database
from indexer.stores.catalog.rows import Row, to_json
from indexer.stores.catalog.statements import chunks, upsert
from indexer.stores.catalog.tables import QuarantineRow

_MET_AGAIN = ("run", "reason", "field", "resolved")


class SqlQuarantine:
    """`base.Quarantine` on SQL. Reasons are stored by name, so that their wording may change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, records: Sequence[Quarantined], run: int) -> None:
        """See `base.Quarantine.add`."""
        now = dt.datetime.now(dt.UTC)
        rows = [_row(record, run, now) for record in records]
        with self._database.writing() as connection:
            upsert(connection, QuarantineRow, rows, key="digest", replaced=_MET_AGAIN)

    def list(self, *, include_resolved: bool = False, offset: int = 0, limit: int = 100) -> list[QuarantineEntry]:
        """See `base.Quarantine.list`."""
        query = select(QuarantineRow).order_by(col(QuarantineRow.entry_id)).offset(offset).limit(limit)
        if not include_resolved:
            query = query.where(~col(QuarantineRow.resolved))
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def get(self, entry_id: int) -> QuarantineEntry | None:
        """See `base.Quarantine.get`."""
        query = select(QuarantineRow).where(col(QuarantineRow.entry_id) == entry_id)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _entry(row)

    def resolve(self, entry_ids: Sequence[int]) -> None:
        """See `base.Quarantine.resolve`."""
        with self._database.writing() as connection:
            for ids in chunks(entry_ids):
                found = update(QuarantineRow).where(col(QuarantineRow.entry_id).in_(ids))
                connection.execute(found.values(resolved=True))

    def count(self) -> dict[QuarantineReason, int]:
        """See `base.Quarantine.count`."""
        reason = col(QuarantineRow.reason)
        query = select(reason, func.count()).where(~col(QuarantineRow.resolved)).group_by(reason).order_by(reason)
        with self._database.reading() as connection:
            return {QuarantineReason[name]: count for name, count in connection.execute(query)}


def _row(record: Quarantined, run: int, now: dt.datetime) -> Row:
    return {
        "digest": _digest(record),
        "run": run,
        "reason": record.reason.name,
        "file": record.origin.file,
        "line": record.origin.line,
        "field": record.field,
        "at": now,
        "resolved": False,
        "raw": record.raw,
    }


def _digest(record: Quarantined) -> str:
    """128-bit BLAKE2b, in hexadecimal, of where a record stood and what it was."""
    identity = to_json([record.origin.file, record.origin.line, record.raw])
    return hashlib.blake2b(identity.encode("ascii"), digest_size=16).hexdigest()


def _entry(row: RowMapping) -> QuarantineEntry:
    record = Quarantined(
        reason=QuarantineReason[row["reason"]],
        origin=Origin(row["file"], row["line"]),
        field=row["field"],
        raw=row["raw"],
    )
    return QuarantineEntry(
        entry_id=row["entry_id"], run=row["run"], record=record, at=row["at"], resolved=row["resolved"]
    )

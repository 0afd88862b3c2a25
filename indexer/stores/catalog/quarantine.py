"""Records kept aside, each with a reason and a place."""

import datetime as dt
import hashlib
from collections.abc import Sequence

from sqlalchemy import RowMapping, Select, func, insert, select, update
from sqlmodel import col

from indexer.errors import StoreError
from indexer.report import Origin
from indexer.stores.catalog.base import Decision, Quarantined, QuarantineEntry, QuarantineReason, Verdict
from indexer.stores.catalog.database import Database
from indexer.stores.catalog.rows import Row, to_json
from indexer.stores.catalog.statements import chunks, upsert
from indexer.stores.catalog.tables import DecisionRow, QuarantineRow

_MET_AGAIN = ("run", "reason", "field", "detail", "resolved")


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
        query = _entries().order_by(col(QuarantineRow.entry_id)).offset(offset).limit(limit)
        if not include_resolved:
            query = query.where(~col(QuarantineRow.resolved))
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(query).mappings()]

    def get(self, entry_id: int) -> QuarantineEntry | None:
        """See `base.Quarantine.get`."""
        query = _entries().where(col(QuarantineRow.entry_id) == entry_id)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _entry(row)

    def waiting(
        self, reasons: Sequence[QuarantineReason], offset: int, limit: int
    ) -> tuple[int, Sequence[QuarantineEntry]]:
        """See `base.Quarantine.waiting`."""
        undecided = (
            col(QuarantineRow.reason).in_([reason.name for reason in reasons]),
            ~col(QuarantineRow.resolved),
            ~select(DecisionRow).where(col(DecisionRow.entry) == col(QuarantineRow.entry_id)).exists(),
        )
        counted = select(func.count()).select_from(QuarantineRow).where(*undecided)
        page = _entries().where(*undecided).order_by(col(QuarantineRow.entry_id)).offset(offset).limit(limit)
        with self._database.reading() as connection:
            total = connection.execute(counted).scalar_one()
            return total, [_entry(row) for row in connection.execute(page).mappings()]

    def passed(self, records: Sequence[Quarantined]) -> None:
        """See `base.Quarantine.passed`."""
        met = update(QuarantineRow).where(~col(QuarantineRow.resolved)).values(resolved=True)
        with self._database.writing() as connection:
            for digests in chunks([_digest(record) for record in records]):
                connection.execute(met.where(col(QuarantineRow.digest).in_(digests)))

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

    def decide(self, entry_id: int, verdict: Verdict, who: str, why: str) -> None:
        """See `base.Quarantine.decide`."""
        values = {"entry": entry_id, "verdict": verdict.name, "who": who, "why": why, "at": dt.datetime.now(dt.UTC)}
        with self._database.writing() as connection:
            known = select(col(QuarantineRow.entry_id)).where(col(QuarantineRow.entry_id) == entry_id)
            if connection.execute(known).one_or_none() is None:
                raise StoreError(f"the quarantine has no entry {entry_id}; see: radiotheque quarantine list")
            connection.execute(insert(DecisionRow).values(**values))

    def decisions(self, entry_id: int) -> Sequence[Decision]:
        """See `base.Quarantine.decisions`."""
        query = select(DecisionRow).where(col(DecisionRow.entry) == entry_id).order_by(col(DecisionRow.decision_id))
        with self._database.reading() as connection:
            return [
                Decision(row["entry"], Verdict[row["verdict"]], row["who"], row["why"], row["at"])
                for row in connection.execute(query).mappings()
            ]

    def released(self, records: Sequence[Quarantined]) -> Sequence[bool]:
        """See `base.Quarantine.released`."""
        digests = [_digest(record) for record in records]
        passing: set[str] = set()
        with self._database.reading() as connection:
            for some in chunks(digests):
                rows = connection.execute(_entries().where(col(QuarantineRow.digest).in_(some))).mappings()
                passing |= {row["digest"] for row in rows if row["verdict"] == Verdict.RELEASED.name}
        return [digest in passing for digest in digests]


def _entries() -> Select[tuple[QuarantineRow, str | None]]:
    """Entries with the verdict of the last decision on each."""
    latest = (
        select(col(DecisionRow.verdict))
        .where(col(DecisionRow.entry) == col(QuarantineRow.entry_id))
        .order_by(col(DecisionRow.decision_id).desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(QuarantineRow, latest.label("verdict"))


def _row(record: Quarantined, run: int, now: dt.datetime) -> Row:
    return {
        "digest": _digest(record),
        "run": run,
        "reason": record.reason.name,
        "file": record.origin.file,
        "line": record.origin.line,
        "field": record.field,
        "detail": record.detail,
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
        detail=row["detail"],
    )
    return QuarantineEntry(
        entry_id=row["entry_id"],
        run=row["run"],
        record=record,
        at=row["at"],
        resolved=row["resolved"],
        verdict=Verdict[row["verdict"]] if row["verdict"] else None,
    )

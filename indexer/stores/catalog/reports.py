"""The reports and their state in every store."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, and_, bindparam, case, delete, func, or_, select, update
from sqlmodel import col

from indexer.report import Report
from indexer.stores.catalog.base import CatalogCounts, ReportState, Store
from indexer.stores.catalog.database import Database
from indexer.stores.catalog.rows import content_row, report_of, report_row, restated_row
from indexer.stores.catalog.statements import chunks, upsert
from indexer.stores.catalog.tables import UNSETTLED, ContentRow, ReportRow, owed

_PAGE = 1000
_HELD = {Store.TEXT: "text_fingerprint", Store.VECTORS: "vectors_fingerprint"}

_STATES = select(
    col(ReportRow.report_id),
    col(ReportRow.fingerprint),
    col(ReportRow.text_fingerprint),
    col(ReportRow.vectors_fingerprint),
    col(ReportRow.deleted),
    col(ReportRow.last_run),
)

_FILTERED_BY = ("modality", "regions", "sex", "age")
_UNMOVED = and_(
    *(col(getattr(ReportRow, name)).is_not_distinct_from(bindparam(f"new_{name}")) for name in _FILTERED_BY)
)
_RESTATE = (
    update(ReportRow)
    .where(col(ReportRow.report_id) == bindparam("new_report_id"))
    .values(
        {name: bindparam(f"new_{name}") for name in (*_FILTERED_BY, "analysis")}
        # The vector store filters by its own copy of the metadata: where that changes, it is behind as well.
        | {"text_fingerprint": None, "vectors_fingerprint": case((_UNMOVED, col(ReportRow.vectors_fingerprint)))}
    )
)


class SqlReports:
    """`base.Reports` on SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stage(self, reports: Sequence[Report], run: int) -> None:
        """See `base.Reports.stage`."""
        rows = [report_row(report, run) for report in reports]
        contents = [content_row(report) for report in reports]
        with self._database.writing() as connection:
            # What the stores hold is no column of `rows`: NULL for a new report, kept for a known one.
            upsert(connection, ReportRow, rows, key="report_id", replaced=rows[0] if rows else ())
            upsert(connection, ContentRow, contents, key="report_id", replaced=contents[0] if contents else ())

    def touch(self, report_ids: Sequence[str], run: int) -> None:
        """See `base.Reports.touch`."""
        with self._database.writing() as connection:
            for ids in chunks(report_ids):
                connection.execute(update(ReportRow).where(col(ReportRow.report_id).in_(ids)).values(last_run=run))

    def states(self, report_ids: Sequence[str]) -> dict[str, ReportState]:
        """See `base.Reports.states`."""
        found: dict[str, ReportState] = {}
        with self._database.reading() as connection:
            for ids in chunks(report_ids):
                rows = connection.execute(_STATES.where(col(ReportRow.report_id).in_(ids)))
                found.update(map(_state, rows))
        return found

    def settle(self, store: Store, fingerprints: Mapping[str, str | None]) -> None:
        """See `base.Reports.settle`."""
        if not fingerprints:
            return
        column = _HELD[store]
        statement = (
            update(ReportRow).where(col(ReportRow.report_id) == bindparam("id")).values({column: bindparam("held")})
        )
        with self._database.writing() as connection:
            connection.execute(statement, [{"id": key, "held": held} for key, held in fingerprints.items()])

    def get(self, report_ids: Sequence[str]) -> dict[str, Report]:
        """See `base.Reports.get`."""
        rows: list[RowMapping] = []
        query = select(ReportRow, col(ContentRow.text), col(ContentRow.sections), col(ContentRow.findings)).join(
            ContentRow
        )
        with self._database.reading() as connection:
            for ids in chunks(report_ids):
                alive = query.where(col(ReportRow.report_id).in_(ids), ~col(ReportRow.deleted))
                rows.extend(connection.execute(alive).mappings())
        return {row["report_id"]: report_of(row) for row in rows}

    def outdated(self, analysis: str, after: str, limit: int) -> list[str]:
        """See `base.Reports.outdated`."""
        other = or_(col(ReportRow.analysis).is_(None), col(ReportRow.analysis) != analysis)
        query = (
            select(col(ReportRow.report_id))
            .where(other, ~col(ReportRow.deleted), col(ReportRow.report_id) > after)
            .order_by(col(ReportRow.report_id))
            .limit(limit)
        )
        with self._database.reading() as connection:
            return list(connection.scalars(query))

    def restate(self, reports: Sequence[Report]) -> None:
        """See `base.Reports.restate`."""
        if not reports:
            return
        contents = [content_row(r) for r in reports]
        read = [{"id": c["report_id"], "sections": c["sections"], "findings": c["findings"]} for c in contents]
        with self._database.writing() as connection:
            connection.execute(_RESTATE, [{f"new_{k}": v for k, v in restated_row(r).items()} for r in reports])
            connection.execute(update(ContentRow).where(col(ContentRow.report_id) == bindparam("id")), read)

    def pending(self, limit: int, after: str = "") -> list[tuple[str, ReportState]]:
        """See `base.Reports.pending`."""
        query = (
            _STATES.where(UNSETTLED, col(ReportRow.report_id) > after).order_by(col(ReportRow.report_id)).limit(limit)
        )
        with self._database.reading() as connection:
            return [_state(row) for row in connection.execute(query)]

    def mark_deleted(self, report_ids: Sequence[str]) -> int:
        """See `base.Reports.mark_deleted`."""
        marked = 0
        with self._database.writing() as connection:
            for ids in chunks(report_ids):
                alive = update(ReportRow).where(col(ReportRow.report_id).in_(ids), ~col(ReportRow.deleted))
                marked += connection.execute(alive.values(deleted=True)).rowcount
        return marked

    def forget(self, report_ids: Sequence[str]) -> None:
        """See `base.Reports.forget`; the content goes with its report, by the foreign key."""
        gone = (col(getattr(ReportRow, column)).is_(None) for column in _HELD.values())
        dropped = delete(ReportRow).where(col(ReportRow.deleted), *gone)
        with self._database.writing() as connection:
            for ids in chunks(report_ids):
                connection.execute(dropped.where(col(ReportRow.report_id).in_(ids)))

    def walk(self) -> Iterator[tuple[str, ReportState]]:
        """See `base.Reports.walk`: a page, and a transaction, at a time, each from where the last one ended."""
        last = ""
        query = _STATES.order_by(col(ReportRow.report_id)).limit(_PAGE)
        while True:
            with self._database.reading() as connection:
                page = [_state(row) for row in connection.execute(query.where(col(ReportRow.report_id) > last))]
            yield from page
            if len(page) < _PAGE:
                return
            last = page[-1][0]

    def patient_reports(self, patient_key: str) -> list[str]:
        """See `base.Reports.patient_reports`."""
        query = (
            select(col(ReportRow.report_id))
            .where(col(ReportRow.patient_key) == patient_key, ~col(ReportRow.deleted))
            .order_by(col(ReportRow.exam_date).nulls_last(), col(ReportRow.report_id))
        )
        with self._database.reading() as connection:
            return list(connection.scalars(query))

    def counts(self) -> CatalogCounts:
        """How many reports there are, and how many the stores have still to take or to drop."""
        unsettled = select(
            func.count(case((col(ReportRow.deleted), 1))),
            func.count(case((owed(ReportRow.text_fingerprint), 1))),
            func.count(case((owed(ReportRow.vectors_fingerprint), 1))),
        ).where(UNSETTLED)
        with self._database.reading() as connection:
            total = connection.execute(select(func.count()).select_from(ReportRow)).scalar_one()
            deleted, text, vectors = connection.execute(unsettled).one()
        return CatalogCounts(total=total, deleted=deleted, pending_text=text, pending_vectors=vectors)


def _state(row: Sequence[Any]) -> tuple[str, ReportState]:
    return row[0], ReportState(*row[1:])

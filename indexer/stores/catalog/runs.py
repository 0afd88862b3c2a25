"""What every run of the indexer read and did."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from sqlalchemy import RowMapping, insert, select, update
from sqlmodel import col

from indexer.errors import StoreError
from indexer.stores.catalog.base import Run, RunCounts, RunOutcome
from indexer.stores.catalog.database import Database
from indexer.stores.catalog.rows import to_json
from indexer.stores.catalog.tables import RunRow


class SqlRuns:
    """`base.Runs` on SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, sources: Sequence[str], settings: Mapping[str, str]) -> int:
        """See `base.Runs.begin`."""
        killed = update(RunRow).where(col(RunRow.outcome) == RunOutcome.RUNNING.value)
        opened = insert(RunRow).values(
            started=dt.datetime.now(dt.UTC),
            outcome=RunOutcome.RUNNING.value,
            sources=to_json(list(sources)),
            settings=to_json(dict(settings)),
            identifiers=to_json({}),
            **asdict(RunCounts()),
        )
        with self._database.writing() as connection:
            connection.execute(killed.values(outcome=RunOutcome.INTERRUPTED.value))
            return cast("int", connection.execute(opened.returning(col(RunRow.run_id))).scalar_one())

    def count(self, run: int, counts: RunCounts) -> None:
        """See `base.Runs.count`."""
        self._record(run, **asdict(counts))

    def end(self, run: int, counts: RunCounts, outcome: RunOutcome, identifiers: Mapping[str, int]) -> None:
        """See `base.Runs.end`."""
        met = to_json(dict(identifiers))
        self._record(run, ended=dt.datetime.now(dt.UTC), outcome=outcome.value, identifiers=met, **asdict(counts))

    def get(self, run: int) -> Run | None:
        """See `base.Runs.get`."""
        with self._database.reading() as connection:
            row = connection.execute(select(RunRow).where(col(RunRow.run_id) == run)).mappings().one_or_none()
        return None if row is None else _run(row)

    def recent(self, limit: int) -> list[Run]:
        """See `base.Runs.recent`."""
        query = select(RunRow).order_by(col(RunRow.run_id).desc()).limit(limit)
        with self._database.reading() as connection:
            return [_run(row) for row in connection.execute(query).mappings()]

    def _record(self, run: int, **values: Any) -> None:
        with self._database.writing() as connection:
            known = connection.execute(update(RunRow).where(col(RunRow.run_id) == run).values(**values)).rowcount
            if not known:
                raise StoreError(f"the catalog has no run {run}; wanted: one that `begin` returned")


def _run(row: RowMapping) -> Run:
    return Run(
        run_id=row["run_id"],
        started=row["started"],
        ended=row["ended"],
        outcome=RunOutcome(row["outcome"]),
        counts=RunCounts(row["read"], row["indexed"], row["unchanged"], row["quarantined"]),
        sources=tuple(json.loads(row["sources"])),
        settings=json.loads(row["settings"]),
        identifiers=json.loads(row["identifiers"]),
    )

"""The catalog as its users see it: four parts over one database."""

from contextlib import AbstractContextManager, closing
from pathlib import Path
from types import TracebackType
from typing import Self

from indexer.stores.catalog.base import CatalogCounts, Quarantine, Reports, Runs, Workspace
from indexer.stores.catalog.database import POOL, Database, open_database
from indexer.stores.catalog.migrations import has_tables, require_current, upgrade
from indexer.stores.catalog.quarantine import SqlQuarantine
from indexer.stores.catalog.reports import SqlReports
from indexer.stores.catalog.runs import SqlRuns
from indexer.stores.catalog.workspace import SqlWorkspace


class Catalog:
    """The record of every report and of what happened to it. Threads may share one; processes open their own."""

    reports: Reports
    runs: Runs
    quarantine: Quarantine
    workspace: Workspace

    def __init__(self, database: Database) -> None:
        self._database = database
        self.reports = self._reports = SqlReports(database)
        self.runs = SqlRuns(database)
        self.quarantine = SqlQuarantine(database)
        self.workspace = SqlWorkspace(database)

    @property
    def place(self) -> str:
        """The file, or the database and its server, without user and password."""
        return self._database.place

    def counts(self) -> CatalogCounts:
        """How many reports there are, and how many the stores have still to take or to drop."""
        return self._reports.counts()

    def held(self) -> AbstractContextManager[None]:
        """Let no other process index into the catalog until the block ends; raises StoreLocked if one does."""
        return self._database.held()

    def close(self) -> None:
        """Close the database; the catalog cannot be used after."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_catalog(location: Path | str, *, read_only: bool = False, pool: int = POOL) -> Catalog:
    """The catalog at a file's path or a database's URL, its tables at this version. pool: as for `open_database`.

    A missing SQLite file is made, and older tables are brought up to date, unless `read_only` is true.
    Raises StoreUnavailable if it cannot be opened, StoreDamaged if it is no database, StoreError if its tables are of
    another version than this one can use, StoreLocked if another process holds it for more than ten seconds.
    """
    database = open_database(location, read_only=read_only, pool=pool)
    try:
        if read_only:
            require_current(database)
        else:
            upgrade(database)
    except BaseException:
        database.close()
        raise
    return Catalog(database)


def is_catalog(location: Path | str) -> bool:
    """Whether the database at a path or a URL has a catalog's tables. Raises StoreUnavailable if it cannot be opened."""
    with closing(open_database(location, read_only=True)) as database:
        return has_tables(database)

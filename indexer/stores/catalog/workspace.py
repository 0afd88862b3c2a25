"""Facts about the whole index."""

from sqlalchemy import select
from sqlmodel import col

from indexer.stores.catalog.database import Database
from indexer.stores.catalog.statements import upsert
from indexer.stores.catalog.tables import FactRow


class SqlWorkspace:
    """`base.Workspace` on SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_fact(self, name: str) -> str | None:
        """See `base.Workspace.get_fact`."""
        with self._database.reading() as connection:
            return connection.execute(select(col(FactRow.value)).where(col(FactRow.name) == name)).scalar_one_or_none()

    def set_fact(self, name: str, value: str) -> None:
        """See `base.Workspace.set_fact`."""
        with self._database.writing() as connection:
            upsert(connection, FactRow, [{"name": name, "value": value}], key="name", replaced=["value"])

"""The versions of the catalog's tables, and how an older one is brought to the present.

A new version: `alembic` is not run from a shell; write `versions/NNNN_what_changes.py` after the last one, add its number
to VERSIONS, and the test that compares the migrated tables with the models says whether it is complete.
"""

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from indexer.errors import StoreError, StoreUnavailable
from indexer.stores.catalog import postgresql
from indexer.stores.catalog.database import Database
from indexer.stores.catalog.tables import CatalogTable

VERSIONS = ("0001", "0002")
"""Alembic revisions, oldest first. Known here so that a current catalog opens without loading Alembic."""

_VERSION = table("alembic_version", column("version_num"))


def upgrade(database: Database) -> None:
    """Make the tables, or bring them to this version, in one transaction; a kill leaves the old version whole.

    Raises StoreError if they were made by a newer version, or if the database is not a catalog.
    """
    with database.reading() as connection:
        if _version(connection, database.place) == VERSIONS[-1]:
            return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            postgresql.require_utf8(connection, database.place)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def has_tables(database: Database) -> bool:
    """Whether a catalog's tables were made, of whatever version. Raises StoreError if the database is something else's."""
    with database.reading() as connection:
        return _version(connection, database.place) is not None


def require_current(database: Database) -> None:
    """Raise StoreUnavailable if the tables are not at this version, which a reader cannot mend."""
    with database.reading() as connection:
        found = _version(connection, database.place)
    if found != VERSIONS[-1]:
        raise StoreUnavailable(
            f"the catalog {database.place} has tables of version {found or 'none'}, and {VERSIONS[-1]} is wanted; "
            "run `radiotheque index` or `radiotheque repair`, which bring it up to date"
        )


def _version(connection: Connection, place: str) -> str | None:
    """The version of the tables, None if there are none yet."""
    tables = set(inspect(connection).get_table_names())
    if _VERSION.name not in tables:
        if tables & set(CatalogTable.metadata.tables):
            raise StoreError(f"the database {place} has tables but no version: it is not a catalog; use another")
        return None
    found: str | None = connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()
    if found is not None and found not in VERSIONS:
        raise StoreError(
            f"the catalog {place} was made by a newer version: its tables are {found!r}, this program knows "
            f"up to {VERSIONS[-1]}; upgrade the program"
        )
    return found

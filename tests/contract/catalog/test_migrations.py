"""The migrations make the tables that the models describe, whole or not at all."""

from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from indexer.errors import StoreError, StoreUnavailable
from indexer.stores.catalog import migrations
from indexer.stores.catalog.catalog import open_catalog
from indexer.stores.catalog.database import open_database
from indexer.stores.catalog.tables import CatalogTable

SQLITE_SCHEMA = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
POSTGRESQL_SCHEMA = """
SELECT relname || '.' || attname, format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid
WHERE relkind = 'r' AND attnum > 0 AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
UNION ALL SELECT conname, conrelid::regclass::text || ' ' || pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid IS DISTINCT FROM to_regclass('alembic_version')
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
"""


def schema(location):
    """Every column, key and index but Alembic's own as the database spells it, blanks evened out."""
    with closing(open_database(location)) as database, database.reading() as connection:
        query = SQLITE_SCHEMA if connection.dialect.name == "sqlite" else POSTGRESQL_SCHEMA
        return {name: " ".join(sql.split()) for name, sql in connection.exec_driver_sql(query)}


def tamper(location, statement):
    with closing(open_database(location)) as database, database.writing() as connection:
        connection.exec_driver_sql(statement)


def test_migrated_tables_are_the_models_tables(new_location, location):
    with closing(open_database(new_location)) as database:
        with database.writing() as connection:
            CatalogTable.metadata.create_all(connection)
        models = schema(new_location)
    with closing(open_database(location)) as database, database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, CatalogTable.metadata) == []
    # Alembic compares no partial index, cascade or key name: the database's own words do.
    migrated = schema(location)
    assert migrated == models
    assert "ix_report_unsettled" in migrated


def test_the_known_versions_are_the_files_in_order():
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    script = ScriptDirectory.from_config(config)
    assert tuple(found.revision for found in script.walk_revisions())[::-1] == migrations.VERSIONS


def test_opening_a_current_catalog_again_changes_nothing(location):
    with open_catalog(location) as catalog:
        catalog.workspace.set_fact("encoder", "one")
    before = schema(location)
    with open_catalog(location) as catalog:
        assert catalog.workspace.get_fact("encoder") == "one"
    assert schema(location) == before


def test_an_older_catalog_is_brought_up_to_date_and_keeps_what_it_holds(new_location, location, monkeypatch):
    whole = command.upgrade
    monkeypatch.setattr(command, "upgrade", lambda config, _revision: whole(config, "0001"))
    with closing(open_database(new_location)) as database:
        migrations.upgrade(database)
    monkeypatch.undo()
    assert "analysis" not in str(schema(new_location))
    tamper(new_location, "INSERT INTO workspace_fact (name, value) VALUES ('encoder', 'one')")
    with open_catalog(new_location) as catalog:
        assert catalog.workspace.get_fact("encoder") == "one"
        assert catalog.counts().total == 0
    assert schema(new_location) == schema(location)


def test_a_migration_that_breaks_off_leaves_the_database_as_it_was(new_location, monkeypatch):
    whole = command.upgrade

    def break_off(config, revision):
        whole(config, revision)
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "upgrade", break_off)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        open_catalog(new_location)
    assert schema(new_location) == {}
    monkeypatch.undo()
    with open_catalog(new_location) as catalog:
        assert catalog.counts().total == 0


@pytest.mark.parametrize("read_only", [False, True])
def test_a_catalog_of_a_newer_version_is_refused_and_left_alone(location, read_only):
    tamper(location, "UPDATE alembic_version SET version_num = '9999'")
    before = schema(location)
    with pytest.raises(StoreError, match=r"newer version: its tables are '9999'.*upgrade the program"):
        open_catalog(location, read_only=read_only)
    assert schema(location) == before


def test_someone_elses_database_is_refused(new_location):
    tamper(new_location, "CREATE TABLE report (title TEXT)")
    with pytest.raises(StoreError, match="it is not a catalog; use another"):
        open_catalog(new_location)


def test_a_reader_does_not_migrate(new_location):
    if isinstance(new_location, Path):
        new_location.touch()
    with pytest.raises(StoreUnavailable, match=r"tables of version none, and .* is wanted; run `radiotheque index`"):
        open_catalog(new_location, read_only=True)
    assert schema(new_location) == {}

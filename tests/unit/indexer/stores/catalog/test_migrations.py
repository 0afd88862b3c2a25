"""The migrations make the tables that the models describe, whole or not at all."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from indexer.errors import StoreError, StoreUnavailable
from indexer.stores.catalog import migrations, open_catalog
from indexer.stores.catalog.database import open_database
from indexer.stores.catalog.tables import CatalogTable


def schema(path):
    """The SQL of every table and index but Alembic's own, blanks evened out."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: " ".join(sql.split()) for name, sql in rows if name != "alembic_version"}


def tamper(path, statement):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


def test_migrated_tables_are_the_models_tables(path, tmp_path):
    with closing(open_database(path)) as database:
        migrations.upgrade(database)
        with database.reading() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, CatalogTable.metadata) == []
    engine = create_engine(f"sqlite:///{tmp_path / 'models.sqlite'}")
    CatalogTable.metadata.create_all(engine)
    engine.dispose()
    # Alembic compares no partial index, cascade or key name: the SQL does.
    assert schema(path) == schema(tmp_path / "models.sqlite")
    assert "ix_report_unsettled" in schema(path)


def test_the_known_versions_are_the_files_in_order():
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    script = ScriptDirectory.from_config(config)
    assert tuple(found.revision for found in script.walk_revisions())[::-1] == migrations.VERSIONS


def test_opening_a_current_catalog_again_changes_nothing(path):
    with open_catalog(path) as catalog:
        catalog.workspace.set_fact("encoder", "one")
    before = schema(path)
    with open_catalog(path) as catalog:
        assert catalog.workspace.get_fact("encoder") == "one"
    assert schema(path) == before


def test_a_migration_that_breaks_off_leaves_the_file_as_it_was(path, monkeypatch):
    whole = command.upgrade

    def break_off(config, revision):
        whole(config, revision)
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "upgrade", break_off)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        open_catalog(path)
    assert schema(path) == {}
    monkeypatch.undo()
    with open_catalog(path) as catalog:
        assert catalog.counts().total == 0


@pytest.mark.parametrize("read_only", [False, True])
def test_a_catalog_of_a_newer_version_is_refused_and_left_alone(path, read_only):
    open_catalog(path).close()
    tamper(path, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer version: its tables are '9999'.*upgrade the program"):
        open_catalog(path, read_only=read_only)
    assert path.read_bytes() == before


def test_someone_elses_database_is_refused(path):
    tamper(path, "CREATE TABLE report (title TEXT)")
    with pytest.raises(StoreError, match="it is not a catalog; use another file"):
        open_catalog(path)


def test_a_reader_does_not_migrate(path):
    path.touch()
    with pytest.raises(StoreUnavailable, match=r"tables of version none, and .* is wanted; run `radiotheque index`"):
        open_catalog(path, read_only=True)
    assert path.read_bytes() == b""

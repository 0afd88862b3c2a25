"""What only a catalog in a file has: its name, how it is made, and how it is opened."""

import pytest

from indexer.errors import StoreUnavailable
from indexer.stores.catalog.catalog import open_catalog


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://localhost/x", "no catalog can be kept in 'mysql'; valid: sqlite, postgresql"),
        ("sqlite://", "in memory would be lost"),
        ("sqlite:///:memory:", "in memory would be lost"),
        ("://", "URL cannot be understood"),
        ("postgresql+nodriver://someone:secret@host/base", r"driver of 'postgresql\+nodriver' is not installed"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url, reason):
    with pytest.raises(StoreUnavailable, match=reason) as caught:
        open_catalog(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["sous dossier é#?%20&.sqlite", "100%.sqlite"])
def test_any_file_name_will_do(tmp_path, name):
    with open_catalog(tmp_path / name) as catalog:
        catalog.workspace.set_fact("encoder", "one")
    assert (tmp_path / name).stat().st_size > 0


def test_a_url_names_the_same_file_as_its_path(path):
    with open_catalog(f"sqlite:///{path}") as catalog:
        catalog.workspace.set_fact("encoder", "one")
    with open_catalog(str(path)) as catalog:
        assert catalog.workspace.get_fact("encoder") == "one"


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(StoreUnavailable, match=r"missing/c\.sqlite cannot be opened"):
        open_catalog(tmp_path / "missing" / "c.sqlite")


def test_a_reader_does_not_make_a_file(tmp_path):
    missing = tmp_path / "c.sqlite"
    with pytest.raises(StoreUnavailable, match="cannot be opened; check that it exists"):
        open_catalog(missing, read_only=True)
    assert not missing.exists()


def test_the_file_is_set_up_to_keep_what_is_committed(path):
    with open_catalog(path) as catalog, catalog._database.writing() as connection:
        read = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert read == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}

"""One file, many readers, one writer."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from indexer.errors import StoreLocked, StoreUnavailable
from indexer.stores.catalog import open_catalog, sqlite
from indexer.stores.catalog.base import CatalogCounts, Store

A, B = "a" * 32, "b" * 32


def test_a_new_catalog_is_empty_and_survives_being_reopened(path):
    for _ in range(2):
        with open_catalog(path) as catalog:
            assert catalog.counts() == CatalogCounts(total=0, deleted=0, pending_text=0, pending_vectors=0)


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


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(StoreUnavailable, match=r"missing/c\.sqlite cannot be opened"):
        open_catalog(tmp_path / "missing" / "c.sqlite")


def test_a_reader_does_not_make_a_file(path):
    with pytest.raises(StoreUnavailable, match="cannot be opened; check that it exists"):
        open_catalog(path, read_only=True)
    assert not path.exists()


def test_a_reader_cannot_write(catalog, run, path, make_report):
    with open_catalog(path, read_only=True) as reader:
        with pytest.raises(StoreUnavailable, match="opened for reading only"):
            reader.reports.stage([make_report("a")], run)
        with (
            pytest.raises(StoreUnavailable, match="cannot be opened; check that it exists and may be read and written"),
            reader._database.reading() as connection,
        ):
            connection.exec_driver_sql("DELETE FROM run")


def test_a_closed_catalog_says_so(catalog):
    catalog.close()
    catalog.close()
    with pytest.raises(StoreUnavailable, match="is closed; open it again"):
        catalog.counts()
    with pytest.raises(StoreUnavailable, match="is closed; open it again"):
        catalog.runs.begin([], {})


def test_a_reader_sees_what_is_committed_and_never_waits_for_the_writer(catalog, run, path, make_report):
    old, new = make_report("a", text="Avant."), make_report("a", text="Après.")
    catalog.reports.stage([old], run)
    with open_catalog(path, read_only=True) as reader:
        with catalog._database.writing() as connection:
            connection.exec_driver_sql("UPDATE report_content SET text = 'En cours.'")
            assert reader.reports.get([A]) == {A: old}
        catalog.reports.stage([new], run)
        assert reader.reports.get([A]) == {A: new}


def test_a_read_is_one_moment_even_while_another_writes(catalog, path):
    catalog.workspace.set_fact("encoder", "one")
    with open_catalog(path) as other, other._database.reading() as connection:
        read = "SELECT value FROM workspace_fact"
        assert connection.exec_driver_sql(read).scalar_one() == "one"
        catalog.workspace.set_fact("encoder", "two")
        assert connection.exec_driver_sql(read).scalar_one() == "one"


def test_two_writers_take_turns(path, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    with open_catalog(path) as one, open_catalog(path) as two:
        with one._database.writing(), pytest.raises(StoreLocked, match="written to by another process; try again"):
            two.workspace.set_fact("encoder", "two")
        two.workspace.set_fact("encoder", "two")
        assert one.workspace.get_fact("encoder") == "two"


def test_a_writer_waits_for_another_to_finish(path):
    with open_catalog(path) as one, open_catalog(path) as two, ThreadPoolExecutor(1) as pool:
        with one._database.writing():
            waiting = pool.submit(two.workspace.set_fact, "encoder", "two")
            with pytest.raises(TimeoutError, match=r"^$"):
                waiting.result(timeout=0.1)
        waiting.result(timeout=5)
        assert one.workspace.get_fact("encoder") == "two"


def test_many_openers_of_a_new_file_make_its_tables_once(path):
    with ThreadPoolExecutor(8) as pool:
        catalogs = list(pool.map(open_catalog, [path] * 8))
    for catalog in catalogs:
        assert catalog.counts().total == 0
        catalog.close()


def test_threads_share_a_catalog(catalog, run, many_reports):
    reports = many_reports(200)
    catalog.reports.stage(reports, run)
    wanted = [[report] for report in reports]

    def read_and_settle(part):
        catalog.reports.settle(Store.TEXT, {report.report_id: report.fingerprint for report in part})
        return catalog.reports.get([report.report_id for report in part])

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(read_and_settle, wanted))
    assert found == [{report.report_id: report} for (report,) in wanted]
    assert catalog.counts().pending_text == 0


def test_the_file_is_set_up_to_keep_what_is_committed(catalog, path):
    with catalog._database.writing() as connection:
        read = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert read == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


KILLED = """
import sys, time
from pathlib import Path
from sqlalchemy import event
from indexer.report import ExamMetadata, Report
from indexer.stores.catalog import open_catalog

catalog = open_catalog(Path(sys.argv[1]))

@event.listens_for(catalog._database._engine, "commit")
def hang(connection):
    print("written, not committed", flush=True)
    time.sleep(60)

texts = {"a" * 32: "Après. " * 5000, "b" * 32: "Nouveau. " * 5000}
catalog.reports.stage([Report(i, None, text, (), ExamMetadata()) for i, text in texts.items()], run=1)
"""


def test_a_kill_in_the_middle_of_a_transaction_leaves_the_old_state(catalog, run, path, make_report):
    old = make_report("a", text="Avant.")
    catalog.reports.stage([old], run)
    catalog.close()
    root = Path(__file__).parents[5]
    with subprocess.Popen([sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE, text=True, cwd=root) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "written, not committed\n"
        child.kill()
    with open_catalog(path, read_only=True) as reader:
        assert reader.reports.get([A, B]) == {A: old}
    with open_catalog(path) as writer:
        assert list(writer.reports.states([A, B])) == [A]
        writer.reports.stage([make_report("b")], run)
        assert writer.counts().total == 2
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()

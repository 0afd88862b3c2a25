"""One catalog, many readers, one writer at a time: the same on every engine."""

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from indexer.errors import StoreLocked, StoreUnavailable
from indexer.stores.catalog.base import CatalogCounts, Store
from indexer.stores.catalog.catalog import open_catalog

A, B = "a" * 32, "b" * 32


def test_a_new_catalog_is_empty_and_survives_being_reopened(new_location):
    for _ in range(2):
        with open_catalog(new_location) as catalog:
            assert catalog.counts() == CatalogCounts(total=0, deleted=0, pending_text=0, pending_vectors=0)


def test_a_closed_catalog_says_so(catalog):
    catalog.close()
    catalog.close()
    with pytest.raises(StoreUnavailable, match="is closed; open it again"):
        catalog.counts()
    with pytest.raises(StoreUnavailable, match="is closed; open it again"):
        catalog.runs.begin([], {})


def test_a_reader_sees_what_is_committed_and_never_waits_for_the_writer(catalog, run, location, make_report):
    old, new = make_report("a", text="Avant."), make_report("a", text="Après.")
    catalog.reports.stage([old], run)
    with open_catalog(location, read_only=True) as reader:
        with catalog._database.writing() as connection:
            connection.exec_driver_sql("UPDATE report_content SET text = 'En cours.'")
            assert reader.reports.get([A]) == {A: old}
        catalog.reports.stage([new], run)
        assert reader.reports.get([A]) == {A: new}


def test_a_read_is_one_moment_even_while_another_writes(catalog, location):
    catalog.workspace.set_fact("encoder", "one")
    with open_catalog(location) as other, other._database.reading() as connection:
        read = "SELECT value FROM workspace_fact"
        assert connection.exec_driver_sql(read).scalar_one() == "one"
        catalog.workspace.set_fact("encoder", "two")
        assert connection.exec_driver_sql(read).scalar_one() == "one"


def test_a_writer_waits_for_another_to_finish(location):
    with open_catalog(location) as one, open_catalog(location) as two, ThreadPoolExecutor(1) as pool:
        with one._database.writing():
            waiting = pool.submit(two.workspace.set_fact, "encoder", "two")
            with pytest.raises(TimeoutError, match=r"^$"):
                waiting.result(timeout=0.1)
        waiting.result(timeout=5)
        assert one.workspace.get_fact("encoder") == "two"


def test_two_writers_take_turns(location, short_waits):
    with open_catalog(location) as one, open_catalog(location) as two:
        with one._database.writing(), pytest.raises(StoreLocked, match="written to by another process; try again"):
            two.workspace.set_fact("encoder", "two")
        two.workspace.set_fact("encoder", "two")
        assert one.workspace.get_fact("encoder") == "two"


def test_a_reader_cannot_write(catalog, run, location, make_report):
    with open_catalog(location, read_only=True) as reader:
        with pytest.raises(StoreUnavailable, match="opened for reading only"):
            reader.reports.stage([make_report("a")], run)
        with (
            pytest.raises(StoreUnavailable, match=r"may be read and written|takes no writing"),
            reader._database.reading() as connection,
        ):
            connection.exec_driver_sql("DELETE FROM run")
    assert catalog.runs.get(run) is not None


def test_many_openers_of_a_new_catalog_make_its_tables_once(new_location):
    with ThreadPoolExecutor(8) as pool:
        catalogs = list(pool.map(open_catalog, [new_location] * 8))
    for catalog in catalogs:
        assert catalog.counts().total == 0
        catalog.close()


def test_readers_see_a_batch_whole_or_not_at_all(catalog, run, location, many_reports):
    batches = [many_reports(400)[start : start + 20] for start in range(0, 400, 20)]
    done, seen = threading.Event(), set()

    def read():
        with open_catalog(location, read_only=True) as reader:
            while not done.is_set():
                seen.add(reader.counts().total)

    with ThreadPoolExecutor(3) as pool:
        reading = [pool.submit(read) for _ in range(3)]
        for batch in batches:
            catalog.reports.stage(batch, run)
        done.set()
        for one in reading:
            one.result(timeout=30)
    assert seen
    assert {total % 20 for total in seen} == {0}


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


KILLED = """
import sys, time
from sqlalchemy import event
from indexer.report import ExamMetadata, Report
from indexer.stores.catalog.catalog import open_catalog

catalog = open_catalog(sys.argv[1])

@event.listens_for(catalog._database._engine, "commit")
def hang(connection):
    print("written, not committed", flush=True)
    time.sleep(60)

texts = {"a" * 32: "Après. " * 5000, "b" * 32: "Nouveau. " * 5000}
catalog.reports.stage([Report(i, None, text, (), ExamMetadata()) for i, text in texts.items()], run=1)
"""


def test_a_kill_in_the_middle_of_a_transaction_leaves_the_old_state(catalog, run, location, make_report):
    old = make_report("a", text="Avant.")
    catalog.reports.stage([old], run)
    catalog.close()
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, location], stdout=subprocess.PIPE, text=True, cwd=root
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "written, not committed\n"
        child.kill()
    with open_catalog(location, read_only=True) as reader:
        assert reader.reports.get([A, B]) == {A: old}
    with open_catalog(location) as writer:
        assert list(writer.reports.states([A, B])) == [A]
        writer.reports.stage([make_report("b")], run)
        assert writer.counts().total == 2
    if isinstance(location, Path):
        with closing(sqlite3.connect(location)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)

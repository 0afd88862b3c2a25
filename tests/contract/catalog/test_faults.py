"""Whatever breaks, the error is the house's own and says nothing of any report."""

import logging
import os
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import TimeoutError as PoolTimeout

from indexer.errors import StoreDamaged, StoreError, StoreLocked
from indexer.report import ExamMetadata, Origin, Report
from indexer.stores.catalog.base import Quarantined, QuarantineReason, Store
from indexer.stores.catalog.catalog import open_catalog
from indexer.stores.catalog.database import Database
from indexer.stores.catalog.faults import translated
from indexer.stores.catalog.tables import ContentRow, FactRow
from tests.contract.catalog.engines import Backend, only

ROOT = Path(__file__).parents[3]
MARKER = "zzmarqueurzz"

FILL = """
import sys, os
from pathlib import Path
from indexer.errors import StorageFull
from indexer.report import ExamMetadata, Report
from indexer.stores.catalog.catalog import open_catalog

if sys.argv[2]:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))

def batch(n):
    return [Report(f"{n:016x}{i:016x}", None, os.urandom(1000).hex(), (), ExamMetadata()) for i in range(50)]

with open_catalog(Path(sys.argv[1])) as catalog:
    run = catalog.runs.begin([], {})
    kept = 0
    try:
        for n in range(1000):
            catalog.reports.stage(batch(n), run)
            kept += 50
    except StorageFull as exc:
        print(kept, exc)
    assert catalog.counts().total == kept, "the failed batch left something"
"""


def fill(path: Path, limit: str) -> tuple[int, str]:
    """Stage until the space is used up: how many reports were kept, and the error's text."""
    done = subprocess.run(
        [sys.executable, "-c", FILL, path, limit], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    kept, _, message = done.stdout.partition(" ")
    return int(kept), message


def assert_usable(path: Path, kept: int) -> None:
    with open_catalog(path) as catalog:
        assert catalog.counts().total == kept
        ids = [key for key, _ in catalog.reports.walk()]
        assert len(catalog.reports.get(ids)) == kept
        run = catalog.runs.begin([], {})
        catalog.reports.stage([Report("f" * 32, None, "De nouveau.", (), ExamMetadata())], run)
        assert catalog.counts().total == kept + 1


def test_a_file_size_limit_is_reported_as_full_and_nothing_is_lost(path):
    kept, message = fill(path, limit=str(2_000_000))
    assert kept >= 50
    assert "the disk, a quota or a file-size limit is full; free space" in message
    assert_usable(path, kept)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MiB. Unmounted when the test ends."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a small tmpfs needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this container may not mount a tmpfs")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk_is_reported_as_full_and_nothing_is_lost(small_disk):
    reserve = small_disk / "reserve"
    reserve.write_bytes(bytes(1_000_000))
    path = small_disk / "catalog.sqlite"
    kept, message = fill(path, limit="")
    assert kept >= 50
    assert "free space" in message
    with open_catalog(path, read_only=True) as reader:  # what is there can be read while the disk is full
        assert reader.counts().total == kept
    reserve.unlink()
    assert_usable(path, kept)


def test_a_file_that_is_no_database_is_damaged(path):
    path.write_bytes(b"id;text\n" * 1000)
    with pytest.raises(StoreDamaged, match=r"catalog\.sqlite is damaged or not a catalog; restore it from a copy"):
        open_catalog(path)


@only(Backend.SQLITE)
def test_a_page_that_was_overwritten_is_damage_and_not_an_answer(catalog, run, path, many_reports):
    catalog.reports.stage(many_reports(500), run)
    catalog.close()
    content = bytearray(path.read_bytes())
    content[4096 * 20 :] = b"\xaa" * (len(content) - 4096 * 20)
    path.write_bytes(content)
    with open_catalog(path) as damaged, pytest.raises(StoreDamaged, match="is damaged"):
        damaged.reports.get([key for key, _ in damaged.reports.walk()])


@only(Backend.SQLITE)
def test_a_file_cut_short_is_damaged(catalog, run, path, many_reports):
    catalog.reports.stage(many_reports(500), run)
    catalog.close()
    os.truncate(path, 4096 * 20)
    with pytest.raises(StoreDamaged, match="is damaged"), open_catalog(path) as damaged:
        damaged.reports.get([key for key, _ in damaged.reports.walk()])


def test_a_pool_with_every_connection_in_use_says_so():
    error = PoolTimeout("x")
    said = r"here has no connection free.*RADIOTHEQUE_CATALOG_POOL"
    with pytest.raises(StoreLocked, match=said) as caught, translated("here"):
        raise error
    assert caught.value.__cause__ is error


def test_errors_that_are_not_the_databases_pass_unchanged():
    with pytest.raises(KeyError, match="mine"), translated("here"):
        raise KeyError("mine")


def everything_said(error: BaseException) -> str:
    """The traceback with its causes, and the repr of each."""
    said = traceback.format_exception(error)
    link: BaseException | None = error
    while link is not None:
        said.append(repr(link))
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "".join(said)


def marked(text: str = MARKER, **metadata) -> Report:
    return Report(MARKER, MARKER, text, (), ExamMetadata(site=MARKER, **metadata), fingerprint="f" * 32)


def stage_in_no_run(catalog):
    catalog.reports.stage([marked()], 99)


def stage_a_surrogate(catalog):
    catalog.reports.stage([marked(text=f"{MARKER}\ud800")], 1)


def stage_an_impossible_age(catalog):
    catalog.reports.stage([marked(age=2**70)], 1)


def stage_a_wrong_type(catalog):
    catalog.reports.stage([marked(exam_date=MARKER)], 1)


def quarantine_in_no_run(catalog):
    catalog.quarantine.add([Quarantined(QuarantineReason.NUL, Origin("a.csv", 1), raw=MARKER)], 99)


def stage_a_nul(catalog):
    catalog.reports.stage([marked(text=f"{MARKER}\0")], 1)


def set_a_fact_with_a_nul(catalog):
    catalog.workspace.set_fact("encoder", f"{MARKER}\0")


def settle_while_locked(catalog):
    other = Database(catalog._database._engine, "there", read_only=False)
    with other.writing():
        catalog.reports.settle(Store.TEXT, {MARKER: MARKER})


def insert_the_same_key_again(catalog):
    with catalog._database.writing() as connection:
        connection.execute(insert(FactRow), [{"name": MARKER, "value": MARKER}] * 2)


def read_damaged_fields(catalog):
    with catalog._database.writing() as connection:
        connection.execute(update(ContentRow).values(findings=f'["{MARKER}'))
    catalog.reports.get([MARKER])


def read_a_missing_table(catalog):
    with catalog._database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE report_content")
    catalog.reports.get([MARKER])


@pytest.mark.parametrize(
    "fault",
    [
        stage_in_no_run,
        stage_a_nul,
        set_a_fact_with_a_nul,
        insert_the_same_key_again,
        stage_a_surrogate,
        stage_an_impossible_age,
        stage_a_wrong_type,
        quarantine_in_no_run,
        settle_while_locked,
        read_damaged_fields,
        read_a_missing_table,
    ],
)
def test_no_error_and_no_log_says_what_is_in_a_report(location, caplog, short_waits, fault):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="sqlalchemy")
    caplog.set_level(logging.NOTSET, logger="sqlalchemy.engine.Engine.catalog")
    with open_catalog(location) as catalog:
        catalog.reports.stage([marked()], catalog.runs.begin([], {}))
        assert catalog.reports.get([MARKER]) == {MARKER: marked()}
        with pytest.raises(StoreError, match=r"^the catalog ") as caught:
            fault(catalog)
    assert "INSERT INTO report_content" in caplog.text  # the log was listened to
    assert MARKER not in caplog.text
    assert MARKER not in everything_said(caught.value)

"""What only a catalog on a server has: who may index, what a restart costs, what a refusal says, and a password to keep."""

import hashlib
import logging
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import event

from indexer.errors import StorageFull, StoreError, StoreLocked, StoreUnavailable
from indexer.stores.catalog import postgresql
from indexer.stores.catalog.base import Store
from indexer.stores.catalog.catalog import open_catalog
from indexer.stores.catalog.database import open_database
from tests.contract.catalog.engines import Backend, only
from tests.rig.parts import missing
from tests.rig.postgres import PASSWORD, USER

pytestmark = only(Backend.POSTGRESQL)

A = "a" * 32


@pytest.fixture
def server(backend, postgres_server):
    """The session's server, which a test may stop: it runs again when the test ends."""
    yield postgres_server
    postgres_server.start()


def test_one_process_at_a_time_indexes(location, short_waits):
    with open_catalog(location) as one, open_catalog(location) as two:
        with one.held():
            one.workspace.set_fact("encoder", "one")
            with pytest.raises(StoreLocked, match="is being written to by another process"), two.held():
                pytest.fail("two hold one catalog")
            assert two.workspace.get_fact("encoder") == "one"
        with two.held():
            two.workspace.set_fact("encoder", "two")


def test_what_fails_under_a_hold_is_rolled_back_and_the_hold_lasts(location, make_report, short_waits):
    with open_catalog(location) as one, open_catalog(location) as two, one.held():
        with pytest.raises(StoreError, match="refer to a run"):
            one.reports.stage([make_report("a")], 99)
        assert one.counts().total == 0
        one.reports.stage([make_report("a")], one.runs.begin([], {}))
        assert one.counts().total == 1
        with pytest.raises(StoreLocked, match="another process"), two.held():
            pytest.fail("the hold was lost with the transaction")


HOLDING = """
import sys, time
from indexer.stores.catalog.catalog import open_catalog

with open_catalog(sys.argv[1]) as catalog, catalog.held():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_killed_indexer_leaves_no_hold_behind(location):
    command = [sys.executable, "-c", HOLDING, location]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        child.kill()
    with open_catalog(location) as catalog, catalog.held():
        catalog.workspace.set_fact("encoder", "two")


@pytest.mark.parametrize("death", ["stop", "kill"])
def test_a_restart_between_two_writes_is_not_noticed(location, server, run_of, make_report, short_waits, death):
    with open_catalog(location) as catalog, open_catalog(location) as other, catalog.held():
        run = run_of(catalog)
        getattr(server, death)()
        server.start()
        catalog.reports.stage([make_report("a")], run)
        assert catalog.counts().total == 1
        with pytest.raises(StoreLocked, match="another process"), other.held():
            pytest.fail("the lock was not taken anew")


def test_who_lost_its_hold_to_another_writes_no_more(location, server, run_of, make_report, short_waits):
    with open_catalog(location) as first, open_catalog(location) as second, first.held():
        run = run_of(first)
        server.restart()
        with second.held():
            with pytest.raises(StoreLocked, match="is being written to by another process"):
                first.reports.stage([make_report("a")], run)
            assert second.counts().total == 0
        first.reports.stage([make_report("a")], run)
        assert second.counts().total == 1


def test_a_server_stopped_in_the_middle_of_a_write_is_one_error_and_nothing_of_it_is_kept(
    location, server, run_of, make_report
):
    with open_catalog(location) as catalog, catalog.held():
        run = run_of(catalog)
        catalog.reports.stage([make_report("a")], run)
        engine = catalog._database._engine

        event.listen(engine, "commit", lambda _connection: server.kill(), once=True)
        said = r"was stopped, or the connection was lost; what is committed is kept: run this again"
        with pytest.raises(StoreUnavailable, match=said):
            catalog.reports.stage([make_report("b")], run)
        with pytest.raises(StoreUnavailable, match="cannot be reached; check that the server runs"):
            catalog.counts()
        server.start()
        assert [key for key, _ in catalog.reports.walk()] == [A]
        catalog.reports.settle(Store.TEXT, {A: "x"})
        assert catalog.reports.states([A])[A].text == "x"


def test_a_walk_goes_on_over_a_restart(catalog, server, run, many_reports):
    reports = many_reports(1500)
    catalog.reports.stage(reports, run)
    walked = []
    for key, _ in catalog.reports.walk():
        if not walked:
            server.restart()
        walked.append(key)
    assert walked == sorted(report.report_id for report in reports)


@pytest.fixture
def run_of():
    return lambda catalog: catalog.runs.begin([], {})


def test_more_threads_than_connections_wait_for_one(location, many_reports):
    reports = many_reports(50)
    with open_catalog(location, pool=2) as catalog:
        catalog.reports.stage(reports, catalog.runs.begin([], {}))
        with ThreadPoolExecutor(16) as threads:
            found = list(threads.map(lambda report: catalog.reports.get([report.report_id]), reports))
        with catalog._database.reading() as connection:
            held = connection.exec_driver_sql(OPEN).scalar_one()
    assert found == [{report.report_id: report} for report in reports]
    assert held <= 2


OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'radiotheque'"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda url: url.replace(PASSWORD, "zz-wrong-zz"), f'password authentication failed for user "{USER}"'),
        (lambda url: url + "missing", "does not exist"),
        (lambda url: url.replace("127.0.0.1", "127.0.0.1:1/x?y=").split(":1/")[0] + ":1/x", "Connection refused"),
    ],
    ids=["password", "database", "port"],
)
def test_a_server_that_lets_nobody_in_is_named_with_its_reason_and_without_the_password(location, change, said, caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="sqlalchemy")
    with pytest.raises(StoreUnavailable, match="cannot be reached; check that the server runs") as caught:
        open_catalog(change(location))
    assert said in str(caught.value)
    for shown in (str(caught.value), repr(caught.value), caplog.text):
        assert PASSWORD not in shown
        assert "zz-wrong-zz" not in shown


def test_the_password_is_in_no_repr_and_no_log(location, caplog, make_report):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="sqlalchemy")
    caplog.set_level(logging.NOTSET, logger="sqlalchemy.engine.Engine.catalog")
    with open_catalog(location) as catalog, catalog.held():
        catalog.reports.stage([make_report("a")], catalog.runs.begin([], {}))
        database = catalog._database
        shown = [repr(catalog), repr(database), repr(database._engine), repr(database._hold), catalog.place]
    assert "INSERT INTO report_content" in caplog.text  # the log was listened to
    assert PASSWORD not in "".join([*shown, caplog.text])


def test_the_password_may_come_from_libpqs_own_sources(location, tmp_path, monkeypatch):
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    bare = location.replace(f":{PASSWORD}", "")
    with pytest.raises(StoreUnavailable, match="no password supplied"):
        open_catalog(bare)
    file = tmp_path / "pgpass"
    file.write_text(f"127.0.0.1:*:*:{USER}:{PASSWORD}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    with open_catalog(bare) as catalog:
        assert catalog.counts().total == 0


def test_a_database_that_cannot_hold_every_character_is_refused(server):
    server.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(StoreUnavailable, match="has the encoding LATIN1, and UTF8 is wanted; make one with: createdb"):
        open_catalog(server.url("latin"))
    server.drop("latin")


def test_a_user_who_may_only_read_is_told_so(location, server):
    name = location.rpartition("/")[2]
    server.execute("DROP ROLE IF EXISTS reader")
    server.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
    server.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader", name)
    with open_catalog(location.replace(f"{USER}:", "reader:")) as catalog:
        assert catalog.counts().total == 0
        with pytest.raises(StoreUnavailable, match="lets this user do less than is needed"):
            catalog.runs.begin([], {})
    server.execute("DROP OWNED BY reader", name)


def test_a_server_without_connections_left_says_so(location):
    def fill(stack):
        for _ in range(60):
            stack.enter_context(stack.enter_context(closing(open_database(location))).reading())

    refused = r"cannot be reached.*(too many clients|reserved)"
    with ExitStack() as stack, pytest.raises(StoreUnavailable, match=refused):
        fill(stack)


def test_sessions_are_set_up_to_give_up_and_to_notice_a_lost_client(location):
    with open_catalog(location) as catalog, catalog._database.reading() as connection:
        read = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("lock_timeout", "tcp_keepalives_idle", "transaction_isolation", "transaction_read_only")
        }
    assert read == {
        "lock_timeout": "10s",
        "tcp_keepalives_idle": "30",
        "transaction_isolation": "repeatable read",
        "transaction_read_only": "on",
    }


def test_what_a_url_states_itself_is_kept(location):
    stated = f"{location}?application_name=mine&options=-c%20statement_timeout%3D7s"
    with open_catalog(stated) as catalog, catalog._database.reading() as connection:
        shown = [
            connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("application_name", "statement_timeout")
        ]
    assert shown == ["mine", "7s"]


def test_a_standby_can_be_read_and_takes_no_writing(location, server):
    server.stop()
    signal = server.data / "standby.signal"
    signal.touch()
    try:
        server.start()
        with open_catalog(location) as catalog:
            assert catalog.runs.recent(1) == []
            with pytest.raises(StoreUnavailable, match="takes no writing: the server is read-only or a standby"):
                catalog.runs.begin([], {})
    finally:
        server.stop()
        signal.unlink()


def test_a_hold_gives_up_after_a_few_seconds(location, monkeypatch):
    monkeypatch.setattr(postgresql, "HOLD_SECONDS", 0.3)
    with open_catalog(location) as one, open_catalog(location) as two, one.held():
        started = time.monotonic()
        with pytest.raises(StoreLocked, match="another process"), two.held():
            pytest.fail("held twice")
        assert 0.2 < time.monotonic() - started < 5


@pytest.fixture
def small_disk(server):
    """A database on a file system of 16 MiB; the log of transactions is elsewhere."""
    folder = server.folder / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        missing("a small file system can be mounted by root only")
    shutil.chown(folder, **{key: server.account[key] for key in ("user", "group")})
    server.execute(f"CREATE TABLESPACE small LOCATION '{folder}'")
    server.execute("CREATE DATABASE small TEMPLATE template0 TABLESPACE small")
    yield server.url("small")
    server.drop("small")
    server.execute("DROP TABLESPACE small")
    subprocess.run(["umount", "--lazy", folder], check=True)
    folder.rmdir()


def test_a_full_disk_is_one_error_and_nothing_is_lost(small_disk, server, make_report):
    long = "Compte rendu sans répétition : " + "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(3000))
    with open_catalog(small_disk) as catalog, catalog.held():
        run, kept = catalog.runs.begin([], {}), 0

        def fill():
            nonlocal kept
            while kept < 200:
                catalog.reports.stage([make_report(f"{kept:03}", text=long)], run)
                kept += 1

        with pytest.raises(StorageFull, match="cannot be written: the disk, a quota or a file-size limit is full"):
            fill()
        assert kept >= 1
        assert catalog.counts().total == kept
        subprocess.run(["mount", "-o", "remount,size=64m", server.folder / "small"], check=True)
        catalog.reports.stage([make_report("more", text=long)], run)
        assert catalog.counts().total == kept + 1

"""A PostgreSQL server in a temporary folder: fixtures `postgres_server` (one a session) and `postgres` (a database a test)."""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.rig.parts import missing
from tests.rig.ports import free_port

USER = "radiotheque"
PASSWORD = "zz-secret-of-the-rig-zz"  # noqa: S105
"""No message, log or `repr` may hold it."""

_DEBIAN = Path("/usr/lib/postgresql")
_PATIENCE = 60.0
# What is committed survives the death of the server; that of the machine is not tried, and syncing takes most of the time.
_SERVER_OPTIONS = ("fsync=off", "full_page_writes=off", "max_connections=40", "shared_buffers=32MB")


def binaries() -> Path | None:
    """The folder with `initdb` and `postgres`, the newest first; None if there is none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    versions = (path for path in _DEBIAN.glob("*/bin") if path.parent.name.isdecimal())
    folders += sorted(versions, key=lambda path: int(path.parent.name), reverse=True)
    return next((path for path in folders if (path / "postgres").exists() and (path / "initdb").exists()), None)


@dataclass
class PostgresServer:
    """A running server. It is started again on the same port, over the same data, after it was stopped or killed."""

    folder: Path
    binaries: Path
    port: int
    account: dict[str, Any]
    _process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str) -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def make(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        stated = ["--username", USER, "--pwfile", secret, "--auth", "scram-sha-256", "--encoding", "UTF8"]
        done = self._run("initdb", "--pgdata", self.data, *stated, "--locale", "C.UTF-8", "--no-sync")
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        options = [argument for option in _SERVER_OPTIONS for argument in ("-c", option)]
        options += ["-c", f"unix_socket_directories={self.folder}", "-c", "listen_addresses=127.0.0.1"]
        deadline = time.monotonic() + _PATIENCE
        with (self.folder / "server.log").open("ab") as log:
            while not self._answers():
                # One that was killed may leave children that hold its memory for a moment: the next try succeeds.
                if self._process is None or self._process.poll() is not None:
                    command = [self.binaries / "postgres", "-D", self.data, "-p", str(self.port), *options]
                    self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self.account)
                assert time.monotonic() < deadline, (self.folder / "server.log").read_text()[-2000:]
                time.sleep(0.05)

    def stop(self) -> None:
        """Stop it as an administrator does: what is in flight is cut off, what is committed is kept."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_PATIENCE)
            self._process = None

    def kill(self) -> None:
        """SIGKILL, children included."""
        assert self._process is not None
        listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in [self._process.pid, *map(int, listed)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(_PATIENCE)
        self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def new_database(self, *, like: str = "template0") -> str:
        """Make a database, empty or a copy of another, and return its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return name

    def drop(self, database: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """One statement as the administrator, and its rows."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        command = [str(self.binaries / program), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder, **self.account)


@dataclass(frozen=True)
class PostgresDatabase:
    """An empty database of a test's own. url: with the password."""

    server: PostgresServer
    name: str

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    @property
    def url_without_password(self) -> str:
        return self.url.replace(f":{PASSWORD}", "")

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        return self.server.execute(statement, self.name)


@contextlib.contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A new server, until the block ends."""
    found = binaries()
    if found is None:
        missing("PostgreSQL is not on this machine; install it with: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="radiotheque-postgres-"))
    server = PostgresServer(folder, found, free_port(), _account())
    if server.account:
        shutil.chown(folder, server.account["user"], server.account["group"])
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The one server of the session; a test that stops it starts it again."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[PostgresDatabase]:
    """An empty database, gone when the test ends."""
    name = postgres_server.new_database()
    yield PostgresDatabase(postgres_server, name)
    postgres_server.start()
    postgres_server.drop(name)


def _account() -> dict[str, Any]:
    """Whom the server runs as: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry.pw_gid for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in known else "nobody"
    return {"user": user, "group": known[user], "extra_groups": []}

"""An empty catalog on each engine, and reports to put in it."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer.report import ExamMetadata, Report
from indexer.stores.catalog import postgresql, sqlite
from indexer.stores.catalog.catalog import Catalog, open_catalog
from tests.contract.catalog.engines import Backend, Location
from tests.rig.postgres import PostgresServer

MakeReport = Callable[..., Report]


@pytest.fixture(params=list(Backend))
def backend(request: pytest.FixtureRequest) -> Backend:
    """The engine that a test runs on: every one, unless the test is marked with `only`."""
    found: Backend = request.param
    return found


@pytest.fixture
def new_location(backend: Backend, tmp_path: Path, request: pytest.FixtureRequest) -> Location:
    """Where a catalog can be made, and none is yet."""
    if backend is Backend.SQLITE:
        return tmp_path / "new.sqlite"
    url: str = request.getfixturevalue("postgres").url
    return url


@pytest.fixture
def location(backend: Backend, request: pytest.FixtureRequest) -> Location:
    """Where a catalog is that has its tables and nothing in them."""
    found: Location = request.getfixturevalue("path" if backend is Backend.SQLITE else "copied_database")
    return found


@pytest.fixture(scope="session")
def made_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog made once: migrating takes longer than most tests."""
    made = tmp_path_factory.mktemp("catalog") / "new.sqlite"
    open_catalog(made).close()
    return made


@pytest.fixture
def path(tmp_path: Path, made_file: Path) -> Path:
    return Path(shutil.copyfile(made_file, tmp_path / "catalog.sqlite"))


@pytest.fixture(scope="session")
def made_database(postgres_server: PostgresServer) -> str:
    name = postgres_server.new_database()
    open_catalog(postgres_server.url(name)).close()
    return name


@pytest.fixture
def copied_database(postgres_server: PostgresServer, made_database: str) -> Iterator[str]:
    name = postgres_server.new_database(like=made_database)
    yield postgres_server.url(name)
    postgres_server.start()
    postgres_server.drop(name)


@pytest.fixture
def catalog(location: Location) -> Iterator[Catalog]:
    with open_catalog(location) as opened:
        yield opened


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that meets another gives up at once."""
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    monkeypatch.setattr(postgresql, "LOCK_SECONDS", 0.05)
    monkeypatch.setattr(postgresql, "HOLD_SECONDS", 0.05)


@pytest.fixture
def run(catalog: Catalog) -> int:
    return catalog.runs.begin(["archive.csv"], {})


@pytest.fixture
def make_report() -> MakeReport:
    """make_report("a") is a small report of id "aaa...": the same arguments, the same report."""

    def make(
        name: str, text: str = "Pas d'anomalie.", patient: str | None = None, metadata: ExamMetadata | None = None
    ) -> Report:
        return Report(
            report_id=(name * 32)[:32],
            patient_key=patient,
            text=text,
            sections=(),
            metadata=metadata or ExamMetadata(),
        )

    return make


@pytest.fixture
def many_reports() -> Callable[[int], list[Report]]:
    """Reports with ids that are spread as pseudonyms are, in no order."""

    def make(count: int) -> list[Report]:
        ids = [hashlib.blake2b(str(n).encode(), digest_size=16).hexdigest() for n in range(count)]
        return [Report(i, None, f"Compte rendu {n}.", (), ExamMetadata()) for n, i in enumerate(ids)]

    return make

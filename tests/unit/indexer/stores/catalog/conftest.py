"""A catalog in a temporary file, and reports to put in it."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexer.report import ExamMetadata, Report
from indexer.stores.catalog import Catalog, open_catalog

MakeReport = Callable[..., Report]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


@pytest.fixture(scope="session")
def new_catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog with its tables and nothing in them, made once: migrating takes longer than most tests."""
    made = tmp_path_factory.mktemp("catalog") / "new.sqlite"
    open_catalog(made).close()
    return made


@pytest.fixture
def catalog(path: Path, new_catalog: Path) -> Iterator[Catalog]:
    shutil.copyfile(new_catalog, path)
    with open_catalog(path) as opened:
        yield opened


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

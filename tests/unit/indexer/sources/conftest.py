"""Reading a source in a test: what became a report, what was rejected."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from indexer.report import RawReport
from indexer.sources import Fault, Mapping, Rejected, open_source


@dataclass(frozen=True)
class Outcome:
    reports: list[RawReport]
    rejected: list[Rejected]

    @property
    def ids(self) -> list[str]:
        return [report.source_id for report in self.reports]

    @property
    def texts(self) -> list[str]:
        return [report.text for report in self.reports]

    @property
    def faults(self) -> list[tuple[Fault, int]]:
        return [(rejection.fault, rejection.origin.line) for rejection in self.rejected]


Reader = Callable[..., Outcome]


@pytest.fixture
def read() -> Reader:
    def _read(path: Path, *pairs: str, **options: Any) -> Outcome:
        records = list(open_source(path, Mapping.parse(pairs), **options).records())
        return Outcome(
            [record for record in records if isinstance(record, RawReport)],
            [record for record in records if isinstance(record, Rejected)],
        )

    return _read


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, bytes | str], Path]:
    """Writes a file; text as UTF-8."""

    def _file(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _file

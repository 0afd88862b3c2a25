"""A data folder and the command line on it, driven as a user would, and what the three stores hold afterwards."""

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from api.__main__ import main
from indexer import console
from indexer.settings import Device, Settings, read_settings
from indexer.stores.catalog.base import Run
from indexer.stores.catalog.catalog import open_catalog
from indexer.stores.vectors.snapshot import current_name
from indexer.workspace import text_engine, vector_engine

WIDE = 250
KEY = bytes(range(32))

Held = dict[str, dict[str, str]]
"""Store -> report id -> fingerprint."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err

    def counts(self) -> tuple[int, int, int, int]:
        """read, indexed, unchanged, quarantined of the table that `index` ends with."""
        rows = [line for line in self.out.splitlines() if line.startswith("│")]
        read, indexed, unchanged, quarantined = (int(cell.replace(" ", "")) for cell in rows[0].strip("│").split("│"))
        return read, indexed, unchanged, quarantined

    def sentence(self) -> str:
        """The one sentence of an error, on one line, after nothing but notes."""
        assert "Traceback" not in self.said
        found = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(found) == 1, self.err
        assert self.err.rstrip().endswith(found[0])
        return found[0].removeprefix("error: ")


@dataclass(frozen=True)
class Bench:
    """A data folder with its own key, so that the same record has the same id in every bench."""

    data: Path
    encoder: str
    options: Mapping[str, object] = field(default_factory=dict)

    def environment(self, **options: object) -> dict[str, str]:
        """The variables that a command of this bench runs with."""
        stated = {"data_dir": self.data, "encoder": self.encoder, "encoder_device": "cpu", **self.options, **options}
        return {f"RADIOTHEQUE_{name.upper()}": str(value) for name, value in stated.items()}

    def settings(self, **options: Any) -> Settings:
        return read_settings(
            **{"data_dir": self.data, "encoder": self.encoder, "encoder_device": Device.CPU, **self.options, **options}
        )

    def run(self, *arguments: object, **options: object) -> Outcome:
        """A command in this process, exactly as the console script runs it."""
        out, err = io.StringIO(), io.StringIO()
        command = ["radiotheque", *map(str, arguments)]
        with (
            mock.patch.dict(os.environ, self.environment(**options)),
            mock.patch.object(sys, "argv", command),
            wide_consoles(),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = _ended(main)
        return Outcome(code, out.getvalue(), err.getvalue())

    def ok(self, *arguments: object, **options: object) -> Outcome:
        """A command that must succeed."""
        outcome = self.run(*arguments, **options)
        assert outcome.code == 0, outcome.said
        return outcome

    def agrees(self) -> bool:
        """Whether `status` says that the stores agree."""
        outcome = self.run("status")
        return outcome.code == 0 and "The stores agree." in outcome.out

    def find(self, text: str, *arguments: object) -> list[str]:
        """Ids that `search` finds."""
        return [hit["report_id"] for hit in json.loads(self.ok("search", text, "--json", *arguments).out)["hits"]]

    def held(self) -> Held:
        """What every store holds, read from the stores themselves."""
        with open_catalog(self.settings().catalog_location, read_only=True) as catalog:
            known = {report_id: state.fingerprint for report_id, state in catalog.reports.walk()}
        vectors = vector_engine(self.settings()).held()
        with contextlib.closing(text_engine(self.settings()).open()) as store:
            text = dict(store.fingerprints())
        return {
            "catalog": known,
            "text": text,
            "vectors": dict(vectors.fingerprints) if vectors else {},
        }

    def snapshot(self) -> str | None:
        return current_name(self.data / "vectors")

    def runs(self) -> list[Run]:
        with open_catalog(self.settings().catalog_location, read_only=True) as catalog:
            return catalog.runs.recent(100)


def make_bench(data: Path, encoder: Path, **options: object) -> Bench:
    """A bench over a new data folder."""
    data.mkdir(parents=True)
    (data / "pseudonyms.key").write_bytes(KEY)
    return Bench(data, str(encoder), {"snapshot_poll_seconds": 0.1, **options})


@contextlib.contextmanager
def wide_consoles() -> Iterator[None]:
    """Tables that are not folded to 80 columns."""
    before = [(printer, printer.width) for printer in (console.out, console.err)]
    for printer, _ in before:
        printer.width = WIDE
    try:
        yield
    finally:
        for printer, width in before:
            printer.width = width


def write_jsonl(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _ended(command: Any) -> int:
    try:
        command()
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else int(exc.code is not None)
    return 0

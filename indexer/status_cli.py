"""Commands that look and change nothing: `status` and `doctor`."""

import shutil
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.table import Table

from indexer.console import err, out, settings_of
from indexer.encoders.bundled import packed_weights
from indexer.errors import RadiothequeError
from indexer.maintenance import Agreement, compare_all
from indexer.privacy.gate import RULES_VERSION
from indexer.report import Policy
from indexer.settings import BUNDLED, Settings
from indexer.stores.catalog.base import Run
from indexer.stores.catalog.catalog import Catalog
from indexer.stores.vectors.base import Held
from indexer.workspace import catalog_of, has_catalog, make_data_dir, require_index, text_engine, vector_engine

app = typer.Typer(no_args_is_help=True)
_GIB = 1 << 30


@app.command("status", epilog="Example: radiotheque --data-dir /srv/radiotheque status")
def status_command(context: typer.Context) -> None:
    """Say what is indexed, and prove that the stores agree. Exit code 1 if they do not."""
    settings = settings_of(context)
    require_index(settings)
    with catalog_of(settings, read_only=True) as catalog:
        vectors = vector_engine(settings).held()
        with closing(text_engine(settings).open()) as text:
            agreements = compare_all(catalog, text.fingerprints(), vectors.fingerprints if vectors else ())
        out.print(_summary(settings, catalog, vectors, agreements))
        out.print(_runs(catalog.runs.recent(5)))
        aside = catalog.quarantine.count()
    _say_gate(settings)
    for reason, count in aside.items():
        out.print(f"{count} in quarantine: {reason.value}")
    if not all(a.agrees for a in agreements):
        err.print("The stores do not agree with the catalog; mend them with: radiotheque repair", style="red")
        raise typer.Exit(1)
    out.print("The stores agree.", style="green")


def _say_gate(settings: Settings) -> None:
    """By which policy reports come in; the gate off is said in red."""
    if settings.privacy_policy is Policy.OFF:
        err.print("the gate is off: reports may name patients (RADIOTHEQUE_PRIVACY_POLICY)", style="bold red")
        return
    tolerated = ", ".join(sorted(settings.privacy_tolerated)) or "nothing"
    said = f"Gate: {settings.privacy_policy.value}, rules {RULES_VERSION}"
    out.print(said + (f", tolerates {tolerated}" if settings.privacy_policy is Policy.VERIFY else ""), highlight=False)


def _summary(settings: Settings, catalog: Catalog, vectors: Held | None, agreements: list[Agreement]) -> Table:
    counts = catalog.counts()
    table = Table("what", "value", title=f"Index in {settings.data_dir}", title_justify="left")
    table.add_row("catalog", f"{counts.total} reports" + (f", {catalog.place}" if settings.catalog_url else ""))
    for agreement in agreements:
        wrong = [
            f"{len(found)} {name}"
            for name, found in (
                ("missing", agreement.missing),
                ("outdated", agreement.outdated),
                ("too many", agreement.extra),
            )
            if found
        ]
        table.add_row(agreement.store.value, f"{agreement.held} reports" + (f" ({', '.join(wrong)})" if wrong else ""))
    table.add_row("encoder", f"{vectors.encoder.name}, {vectors.encoder.dim} dimensions" if vectors else "none yet")
    table.add_row("snapshot", vectors.state if vectors else "none yet")
    table.add_row("disk", f"{_size(settings.data_dir) / _GIB:.2f} GiB")
    return table


def _size(folder: Path) -> int:
    """Bytes on disk; hard-linked files count once."""
    seen = {(s.st_dev, s.st_ino): s.st_size for p in folder.rglob("*") if p.is_file() and (s := p.stat())}
    return sum(seen.values())


def _runs(runs: list[Run]) -> Table:
    table = Table("run", "started", "outcome", "read", "indexed", "unchanged", "quarantined", title="Last runs")
    for run in runs:
        c = run.counts
        numbers = (str(n) for n in (c.read, c.indexed, c.unchanged, c.quarantined))
        table.add_row(str(run.run_id), f"{run.started:%Y-%m-%d %H:%M}", run.outcome.value, *numbers)
    return table


@dataclass(frozen=True)
class _Check:
    """One thing that must be right: returns what it found, or raises with what to do."""

    name: str
    look: Callable[[Settings], str]


@app.command("doctor", epilog="Example: radiotheque doctor")
def doctor_command(context: typer.Context) -> None:
    """Say what is installed, which engines and devices can be used, what is wrong and how to mend it."""
    settings = settings_of(context)
    table = Table("check", "", "found")
    sound = True
    for check in _CHECKS:
        try:
            found, mark = check.look(settings), "[green]ok[/green]"
        except RadiothequeError as exc:
            found, mark, sound = str(exc), "[red]wrong[/red]", False
        table.add_row(check.name, mark, found)
    out.print(table)
    if not sound:
        raise typer.Exit(1)


def _python(_settings: Settings) -> str:
    return sys.version.split()[0]


def _vectors(settings: Settings) -> str:
    return vector_engine(settings).version()


def _torch(_settings: Settings) -> str:
    import torch

    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "no GPU"
    return f"torch {torch.__version__}, {torch.get_num_threads()} threads, {gpu}"


def _encoder(settings: Settings) -> str:
    if settings.encoder == BUNDLED:
        return f"bundled, weights in {packed_weights().name}"
    return settings.encoder


def _text(settings: Settings) -> str:
    return text_engine(settings).version()


def _data(settings: Settings) -> str:
    make_data_dir(settings.data_dir)
    return f"{settings.data_dir}, {shutil.disk_usage(settings.data_dir).free / _GIB:.1f} GiB free"


def _index(settings: Settings) -> str:
    if not has_catalog(settings):
        return "none yet: radiotheque index FILE"
    with catalog_of(settings, read_only=True) as catalog:
        total = catalog.counts().total
        place = catalog.place
    vectors = vector_engine(settings).held()
    return f"{total} reports in {place}, snapshot {vectors.state if vectors else 'none'}"


_CHECKS = (
    _Check("Python", _python),
    _Check("vector engine", _vectors),
    _Check("text engine", _text),
    _Check("device", _torch),
    _Check("encoder", _encoder),
    _Check("data folder", _data),
    _Check("index", _index),
)

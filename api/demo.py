"""`radiotheque demo`: an invented corpus, indexed, served and shown, with one command; and `demo-corpus` alone."""

import os
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Annotated

import httpx
import typer

from indexer.console import err, out, progress, settings_of
from indexer.demo.corpus import write_corpus
from indexer.demo.planting import PLANTING_RATE
from indexer.encoders.sentence_transformer import load_encoder
from indexer.errors import InputError, RadiothequeError
from indexer.pipeline import Pipeline
from indexer.settings import Settings, TextEngineName
from indexer.sources.mapping import Mapping
from indexer.sources.opening import open_source
from indexer.stores.catalog.base import QuarantineReason
from indexer.workspace import make_data_dir, open_workspace

app = typer.Typer(no_args_is_help=True)

_SEED = 2026
_QUERIES = (
    "embolie pulmonaire bilatérale avec retentissement cardiaque droit",
    "sans fracture, entorse de cheville",
    "nodule thyroïdien suspect",
)
_START_SECONDS = 120.0


@app.command("demo-corpus", epilog="Example: radiotheque demo-corpus --reports 10000 --seed 1 --out corpus")
def corpus_command(
    reports: Annotated[int, typer.Option(min=1, help="How many reports.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed and number give the same corpus.")] = _SEED,
    identifiers: Annotated[
        bool, typer.Option(help="Leave invented identifiers in 2 % of the reports, for the gate to catch.")
    ] = True,
    folder: Annotated[
        Path, typer.Option("--out", help="Folder for reports.jsonl, truth.jsonl and findings.jsonl.")
    ] = Path("demo-corpus"),
) -> None:
    """Invent French radiology reports, and write down what is true of each: every mention, and labels by report.

    The labels, findings.jsonl, are scored with: radiotheque evaluate-findings findings.jsonl --corpus reports.jsonl
    """
    try:
        paths = write_corpus(folder, reports, seed, planting=PLANTING_RATE if identifiers else 0.0)
    except OSError as exc:
        raise InputError(
            f"the corpus cannot be written to {folder} ({exc.strerror}); choose another with --out"
        ) from exc
    out.print(f"{reports} reports in {paths.reports}, their truth in {paths.truth}, by report in {paths.labels}")


@app.command("demo", epilog="Example: radiotheque demo --reports 200 --data-dir /tmp/demo")
def demo_command(
    context: typer.Context,
    reports: Annotated[int, typer.Option(min=10, help="How many reports to invent.")] = 1000,
    data_dir: Annotated[Path, typer.Option(help="Where the demo keeps its index.")] = Path(".demo"),
    seed: Annotated[int, typer.Option(help="Another seed, other reports.")] = _SEED,
    engine: Annotated[
        TextEngineName,
        typer.Option(help="What keeps the full text; opensearch is where RADIOTHEQUE_OPENSEARCH_URL says."),
    ] = TextEngineName.TANTIVY,
) -> None:
    """Invent reports, index them, start the API and the front end, and say where to look. A second run starts at once."""
    settings = _settings(settings_of(context), data_dir.absolute(), engine)
    api_port, app_port = _free_ports(settings.api_port, settings.app_port)
    _index_demo(settings, reports, seed)
    with _running(settings, api_port, app_port) as address:
        out.print(f"\nRadiothèque is ready: [bold]{address}[/bold]", highlight=False)
        out.print(f"Its API: http://127.0.0.1:{api_port}/v1", highlight=False)
        out.print("Try:")
        for query in _QUERIES:
            out.print(f"  {query}", highlight=False)
        out.print("Ctrl-C ends it; the same command starts it again in seconds.")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            signal.pause()


def _settings(settings: Settings, data_dir: Path, engine: TextEngineName) -> Settings:
    """An index of the demo's own, on a cluster as well: its indices there are named after its folder."""
    name = f"radiotheque-demo-{zlib.crc32(str(data_dir).encode()):08x}"
    return settings.in_folder(data_dir).model_copy(update={"text_engine": engine, "opensearch_index": name})


def _index_demo(settings: Settings, reports: int, seed: int) -> None:
    make_data_dir(settings.data_dir)
    folder = settings.data_dir / "corpus"
    folder.mkdir(exist_ok=True)
    paths = write_corpus(folder, reports, seed)
    out.print(f"{reports} invented reports in {_shown(paths.reports)}")
    with err.status("Loading the encoder ..."):
        encoder = load_encoder(settings)
    with open_workspace(settings, encoder.identity) as workspace, progress("Indexing", reports) as advance:
        source = open_source(paths.reports, Mapping.parse([]))
        result = Pipeline(workspace, encoder, namespace="demo").run(
            [source], on_progress=lambda counts: advance(counts.read, "")
        )
    c = result.counts
    out.print(f"read {c.read} = indexed {c.indexed} + unchanged {c.unchanged} + quarantined {c.quarantined}")
    if held := result.reasons.get(QuarantineReason.IDENTIFIER):
        out.print(f"The gate held {held} reports back, which name somebody: see the page Quarantaine.")


def _shown(path: Path) -> Path:
    """A path as short as it can be typed from here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


@contextmanager
def _running(settings: Settings, api_port: int, app_port: int) -> Iterator[str]:
    """API and front end as processes of their own, ended with this one. Yields the front end's address."""
    api, front = f"http://127.0.0.1:{api_port}", f"http://127.0.0.1:{app_port}"
    command = [sys.executable, "-m", "api"]
    environment = {
        **os.environ,
        "RADIOTHEQUE_DATA_DIR": str(settings.data_dir),
        "RADIOTHEQUE_CATALOG_URL": "",
        "RADIOTHEQUE_TEXT_ENGINE": settings.text_engine.value,
        "RADIOTHEQUE_VECTOR_ENGINE": settings.vector_engine.value,
        "RADIOTHEQUE_OPENSEARCH_INDEX": settings.opensearch_index,
        "RADIOTHEQUE_API_URL": api,
        "RADIOTHEQUE_APP_PORT": str(app_port),
    }
    processes = [
        subprocess.Popen([*command, "serve", "--port", str(api_port)], env=environment, stderr=subprocess.DEVNULL),
        subprocess.Popen([*command, "app", "--port", str(app_port)], env=environment, stdout=subprocess.DEVNULL),
    ]
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _interrupt)
    try:
        with err.status("Starting the API and the front end ..."):
            _wait(f"{api}/v1/health/ready", processes)
            _wait(f"{front}/_stcore/health", processes)
        yield front
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(timeout=10)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _wait(url: str, processes: Sequence[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if any(process.poll() is not None for process in processes):
            raise RadiothequeError("the API or the front end ended at once; run `radiotheque serve` to see why")
        try:
            if httpx.get(url, timeout=2.0).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(0.2)
    raise RadiothequeError(f"no answer at {url} after {_START_SECONDS:.0f} s; run: radiotheque doctor")


def _free_ports(*wanted: int) -> list[int]:
    """The wanted ports of this machine, or free ones instead of those that are taken."""
    with ExitStack() as held:
        return [_free_port(port, held) for port in wanted]


def _free_port(wanted: int, held: ExitStack) -> int:
    """Held until all are chosen, so that two are never the same."""
    for port in (wanted, 0):
        probe = held.enter_context(socket.socket())
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return int(probe.getsockname()[1])
    raise RadiothequeError("no free port on this machine")

"""Commands that fill an index and keep it sound."""

from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.table import Table

from indexer.console import adding, err, out, progress, settings_of
from indexer.encoders.sentence_transformer import load_encoder
from indexer.errors import UnknownReport
from indexer.maintenance import delete, rebuild_text, rebuild_vectors, repair
from indexer.pipeline import Pipeline, RunResult
from indexer.settling import Refusals, Settler
from indexer.sources.base import Source
from indexer.sources.encoding import Encoding
from indexer.sources.mapping import Mapping
from indexer.sources.opening import SourceKind, open_source
from indexer.stores.catalog.base import RunCounts, Store
from indexer.workspace import (
    has_catalog,
    make_data_dir,
    open_foundation,
    open_workspace,
    require_index,
    text_engine,
    vector_engine,
)

app = typer.Typer(no_args_is_help=True)

Namespace = Annotated[
    str, typer.Option(help="Keeps equal record numbers of two institutions apart; always give the same for one source.")
]


@app.command("index", epilog="Example: radiotheque index export.csv --map text=COMPTE_RENDU --map id=NUM --limit 100")
def index_command(
    context: typer.Context,
    sources: Annotated[list[Path], typer.Argument(help="CSV, JSON Lines or Parquet files, or folders of .txt files.")],
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="FIELD=COLUMN, as often as needed: id, text, patient_id, modality, regions, sex, "
            "age, exam_date, site, language.",
        ),
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="A TOML file with the mapping instead.")] = None,
    encoding: Annotated[Encoding | None, typer.Option(help="Encoding of text files; UTF-8 if nothing is said.")] = None,
    kind: Annotated[
        SourceKind | None, typer.Option(help="Kind of the sources, where the suffix does not tell.")
    ] = None,
    delimiter: Annotated[str | None, typer.Option(help="CSV's delimiter; found in the header if not given.")] = None,
    namespace: Namespace = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Read at most so many records.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check everything, write nothing.")] = False,
) -> None:
    """Read sources, and index what is new or changed. Safe to interrupt: run it again and it goes on."""
    settings = settings_of(context)
    loaded = Mapping.load(mapping) if mapping else None
    fields = Mapping.parse(map_ or [], over=loaded)
    opened = [open_source(p, fields, encoding=encoding, kind=kind, delimiter=delimiter) for p in sources]
    if not dry_run:
        make_data_dir(settings.data_dir)  # a folder that cannot be written is told before the encoder loads
    with err.status("Loading the encoder ..."):
        encoder = load_encoder(settings)
    with ExitStack() as stack:
        if dry_run and not has_catalog(settings):  # there is nothing to compare with, and nothing to make
            temporary = stack.enter_context(TemporaryDirectory(prefix="radiotheque-"))
            settings = settings.in_folder(Path(temporary))
        workspace = stack.enter_context(open_workspace(settings, encoder.identity))
        pipeline = Pipeline(workspace, encoder, namespace=namespace)
        with progress("Indexing", _expected(opened, limit)) as advance:
            result = pipeline.run(
                opened,
                limit=limit,
                dry_run=dry_run,
                on_progress=lambda c: advance(c.read, f"{c.quarantined} quarantined" if c.quarantined else ""),
            )
    _print_result(result, dry_run=dry_run)


def _expected(sources: list[Source], limit: int | None) -> int | None:
    hints = [source.size_hint() for source in sources]
    known = None if None in hints else sum(hint or 0 for hint in hints)
    return min(known, limit) if known is not None and limit else known or limit


def _print_result(result: RunResult, *, dry_run: bool) -> None:
    if result.resumed:
        out.print(f"{result.resumed} reports of an interrupted run were finished first.")
    out.print(counts_table(result.counts, "Would be" if dry_run else "This run"))
    for reason, count in sorted(result.reasons.items()):
        out.print(f"  {count} quarantined: {reason.value}")
    if result.counts.quarantined and not dry_run:
        out.print("See them with: radiotheque quarantine list")
    if result.refused:
        err.print(f"{result.refused} reports of earlier runs are still refused by a store: see radiotheque repair")


def counts_table(counts: RunCounts, title: str) -> Table:
    """The first invariant as a table: read = indexed + unchanged + quarantined."""
    table = Table(title=title, title_justify="left")
    row = []
    for sign, name in (("", "read"), ("= ", "indexed"), ("+ ", "unchanged"), ("+ ", "quarantined")):
        table.add_column(sign + name, justify="right")
        row.append(f"{getattr(counts, name):,}".replace(",", " "))
    table.add_row(*row)
    return table


@app.command("repair", epilog="Example: radiotheque status; radiotheque repair")
def repair_command(context: typer.Context) -> None:
    """Make the stores agree with the catalog again, after damage or an interrupted run."""
    settings = settings_of(context)
    require_index(settings)
    encoder = load_encoder(settings)
    with open_workspace(settings, encoder.identity) as workspace:
        settled = repair(workspace, Settler(workspace, encoder))
    if settled.done:
        out.print(f"{settled.done} reports mended.")
    settled.refused.raise_any()
    if not settled.done:
        out.print("Nothing to mend: the stores agree.")


class Rebuilt(StrEnum):
    """Which stores `rebuild` makes anew from the catalog."""

    TEXT = "text"
    VECTORS = "vectors"
    ALL = "all"

    @property
    def stores(self) -> tuple[Store, ...]:
        """The stores that it stands for."""
        return tuple(Store) if self is Rebuilt.ALL else (Store(self.value),)


@app.command("rebuild", epilog="Example: radiotheque rebuild --store vectors")
def rebuild_command(
    context: typer.Context,
    store: Annotated[Rebuilt, typer.Option(help="Which store to make anew from the catalog.")] = Rebuilt.ALL,
) -> None:
    """Make the full text or the vectors anew from the catalog, also for another encoder. The old one answers until then."""
    settings = settings_of(context)
    require_index(settings)
    encoder = load_encoder(settings) if Store.VECTORS in store.stores else None
    refused = Refusals()
    with open_foundation(settings) as foundation:
        total = foundation.catalog.counts().total
        for rebuilt in store.stores:
            with progress(f"Rebuilding the {rebuilt.value}", total) as advance:
                on_progress = adding(advance)
                if encoder is not None and rebuilt is Store.VECTORS:
                    refused |= rebuild_vectors(foundation, encoder, on_progress)
                else:
                    refused |= rebuild_text(foundation, on_progress)
    out.print("Rebuilt. Check it with: radiotheque status")
    refused.raise_any()


@app.command("rollback", epilog="Example: radiotheque rollback; radiotheque repair")
def rollback_command(
    context: typer.Context,
    store: Annotated[Store, typer.Option(help="Which store to go back with.")] = Store.TEXT,
) -> None:
    """Let the full text or the vectors answer that did before the last rebuild, where an engine keeps them (OpenSearch does)."""
    settings = settings_of(context)
    require_index(settings)
    with open_foundation(settings):
        engine = text_engine(settings) if store is Store.TEXT else vector_engine(settings)
        engine.roll_back()
    out.print(f"The {store.value} of before the last rebuild answer again. What came since: radiotheque repair")


@app.command("delete", epilog="Example: radiotheque delete 6f1c9d0e5b7a4c3d8e2f1a0b9c8d7e6f")
def delete_command(
    context: typer.Context,
    report_ids: Annotated[list[str], typer.Argument(help="Ids as searches show them.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove reports from every store, for good."""
    settings = settings_of(context)
    require_index(settings)
    encoder = load_encoder(settings)
    with open_workspace(settings, encoder.identity) as workspace:
        known = workspace.catalog.reports.states(report_ids)
        if len(known) < len(set(report_ids)):
            raise UnknownReport(
                f"{len(set(report_ids)) - len(known)} of these ids are not in the index; nothing deleted"
            )
        if not yes:
            typer.confirm(f"Delete {len(known)} report(s) for good?", abort=True)
        removed = delete(workspace, Settler(workspace, encoder), report_ids)
    out.print(f"{removed} report(s) deleted from every store.")

"""Commands on the records that were kept aside."""

import json
from typing import Annotated

import typer
from rich.table import Table

from indexer.cli import Namespace
from indexer.console import out, settings_of
from indexer.encoders.sentence_transformer import load_encoder
from indexer.errors import InputError
from indexer.maintenance import retry
from indexer.pipeline import Pipeline
from indexer.stores.catalog.base import QuarantineEntry
from indexer.stores.catalog.catalog import open_catalog
from indexer.workspace import open_workspace, require_index

app = typer.Typer(no_args_is_help=True, help="Records that were not indexed: why, where they are, and another try.")

_ALL = 1_000_000


@app.command("list", epilog="Example: radiotheque quarantine list --all")
def list_command(
    context: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="Also those that were indexed since.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many to show.")] = 100,
) -> None:
    """Show what was kept aside, with reason and place, never with text."""
    with open_catalog(settings_of(context).catalog_path, read_only=True) as catalog:
        entries = catalog.quarantine.list(include_resolved=all_, limit=limit)
        counts = catalog.quarantine.count()
    if not entries:
        out.print("The quarantine is empty.")
        return
    table = Table("number", "reason", "field", "where", "since", "state")
    for entry in entries:
        record = entry.record
        table.add_row(
            str(entry.entry_id),
            record.reason.value,
            record.field or "",
            str(record.origin),
            f"{entry.at:%Y-%m-%d %H:%M}",
            "indexed since" if entry.resolved else "aside",
        )
    out.print(table)
    out.print(f"{sum(counts.values())} aside in all. One of them: radiotheque quarantine show NUMBER")


@app.command("show", epilog="Example: radiotheque quarantine show 12")
def show_command(context: typer.Context, number: Annotated[int, typer.Argument(help="As `list` shows it.")]) -> None:
    """Show one record with its text, on this terminal only."""
    with open_catalog(settings_of(context).catalog_path, read_only=True) as catalog:
        entry = catalog.quarantine.get(number)
    if entry is None:
        raise InputError(f"no quarantined record has the number {number}; see: radiotheque quarantine list")
    record = entry.record
    out.print(f"{record.reason.value}, {record.origin}" + (f", field {record.field}" if record.field else ""))
    values = json.loads(record.raw) if record.raw else {}
    for name, value in values.items():
        out.print(f"\n[bold]{name}[/bold]")
        out.print(str(value).encode("utf-8", "backslashreplace").decode("utf-8"), markup=False, highlight=False)
    if not values:
        out.print("Nothing of the record could be read; look at the source itself.")


@app.command("retry", epilog="Example: RADIOTHEQUE_MAX_TEXT_CHARS=500000 radiotheque quarantine retry")
def retry_command(
    context: typer.Context,
    numbers: Annotated[list[int] | None, typer.Argument(help="As `list` shows them; all if none is given.")] = None,
    namespace: Namespace = "",
) -> None:
    """Try records again, after a setting was changed."""
    settings = settings_of(context)
    require_index(settings)
    encoder = load_encoder(settings)
    with open_workspace(settings, encoder.identity) as workspace:
        entries = _chosen(workspace.catalog.quarantine.list(limit=_ALL), numbers)
        done = retry(workspace, Pipeline(workspace, encoder, namespace=namespace), entries)
    out.print(f"{done} of {len(entries)} indexed; the others stay in quarantine.")


def _chosen(entries: list[QuarantineEntry], numbers: list[int] | None) -> list[QuarantineEntry]:
    if not numbers:
        return entries
    by_number = {entry.entry_id: entry for entry in entries}
    unknown = [str(n) for n in numbers if n not in by_number]
    if unknown:
        raise InputError(f"not in quarantine: {', '.join(unknown)}; see: radiotheque quarantine list")
    return [by_number[n] for n in numbers]

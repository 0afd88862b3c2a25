"""Commands on the records that were kept aside."""

import getpass
import json
import unicodedata
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from indexer.console import out, settings_of
from indexer.encoders.sentence_transformer import load_encoder
from indexer.errors import InputError
from indexer.maintenance import release, retry
from indexer.report import IdentifierCategory
from indexer.screening import error_kind, identifiers_of
from indexer.stores.catalog.base import QuarantineEntry, Verdict
from indexer.workspace import catalog_of, open_foundation, open_workspace, require_index

app = typer.Typer(no_args_is_help=True, help="Records that were not indexed: why, where they are, and another try.")

_ALL = 1_000_000


@app.command("list", epilog="Example: radiotheque quarantine list --all")
def list_command(
    context: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="Also those that were indexed since.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many to show.")] = 100,
) -> None:
    """Show what was kept aside, with reason and place, never with text."""
    with catalog_of(settings_of(context), read_only=True) as catalog:
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
            _state(entry),
        )
    out.print(table)
    out.print(f"{sum(counts.values())} aside in all. One of them: radiotheque quarantine show NUMBER")


@app.command("show", epilog="Example: radiotheque quarantine show 12")
def show_command(context: typer.Context, number: Annotated[int, typer.Argument(help="As `list` shows it.")]) -> None:
    """Show one record with its text, on this terminal only."""
    with catalog_of(settings_of(context), read_only=True) as catalog:
        entry = catalog.quarantine.get(number)
        if entry is None:
            raise InputError(f"no quarantined record has the number {number}; see: radiotheque quarantine list")
        decisions = catalog.quarantine.decisions(number)
    record = entry.record
    said = [
        record.reason.value,
        str(record.origin),
        *([f"field {record.field}"] if record.field else []),
        *([kind] if (kind := error_kind(record)) else []),
    ]
    out.print(", ".join(said), markup=False)
    for decision in decisions:
        out.print(
            f"{decision.verdict.value} by {decision.who}, {decision.at:%Y-%m-%d %H:%M}: {decision.why}", markup=False
        )
    values = json.loads(record.raw) if record.raw else {}
    for name, value in values.items():
        out.print(f"\n[bold]{name}[/bold]")
        out.print(_marked(str(value), identifiers_of(record) if name == "text" else []))
    if not values:
        out.print("Nothing of the record could be read; look at the source itself.")


@app.command("retry", epilog="Example: RADIOTHEQUE_MAX_TEXT_CHARS=500000 radiotheque quarantine retry")
def retry_command(
    context: typer.Context,
    numbers: Annotated[list[int] | None, typer.Argument(help="As `list` shows them; all if none is given.")] = None,
) -> None:
    """Try records again, after a setting was changed."""
    settings = settings_of(context)
    require_index(settings)
    encoder = load_encoder(settings)
    with open_workspace(settings, encoder.identity) as workspace:
        entries = _chosen(workspace.catalog.quarantine.list(limit=_ALL), numbers)
        done = retry(workspace, encoder, entries)
    out.print(f"{done} of {len(entries)} indexed; the others stay in quarantine.")


Why = Annotated[str, typer.Option("--reason", help="Why, in a few words; it is kept with your name and the time.")]
Who = Annotated[str | None, typer.Option("--who", help="Your name; by default the one that you are logged in with.")]


@app.command("release", epilog='Example: radiotheque quarantine release 12 --reason "Baker is the cyst here"')
def release_command(
    context: typer.Context,
    numbers: Annotated[list[int], typer.Argument(help="As `list` shows them.")],
    reason: Why,
    who: Who = None,
) -> None:
    """Let records pass that the gate held back by mistake: they are indexed as they are."""
    settings = settings_of(context)
    require_index(settings)
    encoder = load_encoder(settings)
    with open_workspace(settings, encoder.identity) as workspace:
        entries = _chosen(workspace.catalog.quarantine.list(limit=_ALL), numbers)
        done = release(workspace, encoder, entries, who or getpass.getuser(), _stated(reason))
    out.print(f"{done} of {len(entries)} released and indexed.")


@app.command("reject", epilog='Example: radiotheque quarantine reject 12 --reason "names the patient"')
def reject_command(
    context: typer.Context,
    numbers: Annotated[list[int], typer.Argument(help="As `list` shows them.")],
    reason: Why,
    who: Who = None,
) -> None:
    """Confirm that records stay out: later runs keep them aside, and `retry` leaves them alone."""
    settings = settings_of(context)
    require_index(settings)
    with open_foundation(settings) as foundation:
        entries = _chosen(foundation.catalog.quarantine.list(limit=_ALL), numbers)
        for entry in entries:
            foundation.catalog.quarantine.decide(
                entry.entry_id, Verdict.REJECTED, who or getpass.getuser(), _stated(reason)
            )
    out.print(f"{len(entries)} rejected; they stay in quarantine.")


def _stated(reason: str) -> str:
    if not reason.strip():
        raise InputError("a decision needs its reason: --reason TEXT")
    return reason.strip()


def _state(entry: QuarantineEntry) -> str:
    if entry.verdict is Verdict.REJECTED:
        return "rejected"
    if entry.resolved:
        return "released" if entry.verdict is Verdict.RELEASED else "indexed since"
    return "aside"


def _marked(value: str, places: list[tuple[int, int, IdentifierCategory]]) -> Text:
    """A value with its identifiers marked and named."""
    if not places:
        return Text(_printable(value))
    value = unicodedata.normalize("NFC", value)  # as the gate read it
    shown, done = Text(), 0
    for start, end, category in places:
        shown.append(_printable(value[done:start]))
        shown.append(_printable(value[start:end]), style="bold red")
        shown.append(f" ({category.value})", style="dim red")
        done = end
    shown.append(_printable(value[done:]))
    return shown


def _printable(value: str) -> str:
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _chosen(entries: list[QuarantineEntry], numbers: list[int] | None) -> list[QuarantineEntry]:
    if not numbers:
        return entries
    by_number = {entry.entry_id: entry for entry in entries}
    unknown = [str(n) for n in numbers if n not in by_number]
    if unknown:
        raise InputError(f"not in quarantine: {', '.join(unknown)}; see: radiotheque quarantine list")
    return [by_number[n] for n in numbers]

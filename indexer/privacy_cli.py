"""`evaluate-privacy`: how well the gate finds identifiers in annotated text."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from indexer.console import out, settings_of
from indexer.privacy.gate import load_gate
from indexer.privacy.measuring import Case, Measured, measure, read_marked
from indexer.report import Policy

app = typer.Typer(no_args_is_help=True)


@app.command("evaluate-privacy", epilog="Example: radiotheque evaluate-privacy annotated.jsonl --show 20")
def evaluate_privacy_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help='JSON Lines: {"text", "spans": [{"start", "end", "label"}]}.')],
    show: Annotated[int, typer.Option(min=0, help="How many misses and false alarms to show, in context.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="{recall, over_redaction, by_label}, nothing else.")] = False,
) -> None:
    """Measure the gate: recall by identifier and label, what else it covers, and its misses in context."""
    settings = settings_of(context)
    if settings.privacy_policy is Policy.OFF:  # what is measured is what the gate finds, not what is done with it
        settings = settings.model_copy(update={"privacy_policy": Policy.VERIFY})
    measured = measure(read_marked(file), load_gate(settings).find)
    if as_json:
        typer.echo(json.dumps(measured.as_json()))
        return
    out.print(_table(measured))
    out.print(f"Of other letters and digits, {measured.over_redaction:.2%} are covered.")
    _show("Missed", measured.misses, show)
    _show("False alarms", measured.false_alarms, show)


def _table(measured: Measured) -> Table:
    table = Table("label", "identifiers", "found", "recall")
    for label, total in sorted(measured.total.items()):
        found = measured.found[label]
        table.add_row(label, str(total), str(found), f"{found / total:.3f}")
    table.add_section()
    table.add_row("all", str(measured.total.total()), str(measured.found.total()), f"{measured.recall:.3f}")
    return table


def _show(title: str, cases: list[Case], limit: int) -> None:
    if not cases or not limit:
        return
    out.print(f"\n{title}: {len(cases)}")
    for case in cases[:limit]:
        line = Text(f"  {case.label:<12} … ")
        line.append(case.before.replace("\n", " ⏎ "))
        line.append(case.words.replace("\n", " ⏎ "), style="bold red")
        line.append(case.after.replace("\n", " ⏎ ") + " …")
        out.print(line, soft_wrap=True)
    if len(cases) > limit:
        out.print(f"  and {len(cases) - limit} more: --show {len(cases)}")

"""`radiotheque lexicon`: look findings up, check a file of one's own, count what is known."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from indexer.console import out, settings_of
from indexer.language.concepts import Concept, Site
from indexer.language.loading import load_lexicon
from indexer.words import fold

app = typer.Typer(no_args_is_help=True, help="The findings and sites that reports are searched for.")


@app.command("search", epilog="Example: radiotheque lexicon search embolie")
def search_command(
    context: typer.Context,
    words: Annotated[str, typer.Argument(help="Part of a label, synonym or id, in French or English.")],
    limit: Annotated[int, typer.Option(min=1, help="How many entries to show.")] = 20,
) -> None:
    """Find entries by any of their wordings, accents or none."""
    lexicon = load_lexicon(settings_of(context).lexicon_file)
    wanted = fold(words)
    entries: list[Concept | Site] = [*lexicon.concepts.values(), *lexicon.sites.values()]
    found = [entry for entry in entries if any(wanted in wording for wording in _wordings(entry))]
    if not found:
        out.print("No entry has these words; try a part of them.")
        raise typer.Exit(1)
    table = Table("id", "French", "English", "kind of, part of", "CIM-10", "RadLex")
    for entry in sorted(found, key=lambda e: (wanted not in fold(e.fr), e.id))[:limit]:
        above = entry.broader if isinstance(entry, Concept) else entry.part_of
        codes = entry.cim10 if isinstance(entry, Concept) else ()
        table.add_row(entry.id, entry.fr, entry.en, ", ".join(above), ", ".join(codes), entry.radlex or "")
    out.print(table)
    if len(found) > limit:
        out.print(f"and {len(found) - limit} more: --limit {len(found)}")


@app.command("check", epilog="Example: radiotheque lexicon check ours.toml")
def check_command(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="A lexicon file of one's own; by default the setting's.")] = None,
) -> None:
    """Read the lexicon, with a file of one's own, and name every faulty entry."""
    lexicon = load_lexicon(file or settings_of(context).lexicon_file)
    out.print(f"Sound: {len(lexicon.concepts)} findings, {len(lexicon.sites)} sites.")


@app.command("stats", epilog="Example: radiotheque lexicon stats")
def stats_command(context: typer.Context) -> None:
    """Count entries, wordings and codes by file."""
    lexicon = load_lexicon(settings_of(context).lexicon_file)
    table = Table("file", "findings", "sites", "wordings", "CIM-10", "RadLex")
    totals: Counter[str] = Counter()
    for name in sorted(set(lexicon.origins.values())):
        concepts = [c for c in lexicon.concepts.values() if lexicon.origins[c.id] == name]
        sites = [s for s in lexicon.sites.values() if lexicon.origins[s.id] == name]
        entries: list[Concept | Site] = [*concepts, *sites]
        wordings = sum(len(_wordings(entry)) for entry in entries)
        coded = sum(bool(c.cim10) for c in concepts)
        radlex = sum(entry.radlex is not None for entry in entries)
        row: list[int] = [len(concepts), len(sites), wordings, coded, radlex]
        table.add_row(name, *map(str, row))
        totals.update(dict(zip(("findings", "sites", "wordings", "cim10", "radlex"), row, strict=True)))
    table.add_section()
    table.add_row("all", *(str(totals[k]) for k in ("findings", "sites", "wordings", "cim10", "radlex")))
    out.print(table)


def _wordings(entry: Concept | Site) -> set[str]:
    return {fold(wording) for wording in (entry.id, *entry.wordings, *entry.abbreviations)}

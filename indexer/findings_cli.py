"""`evaluate-findings` and `reanalyse`: how well findings are understood, and understanding them anew."""

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from indexer.batching import batched
from indexer.console import adding, err, out, progress, settings_of
from indexer.errors import RetrievalSetError
from indexer.language.evaluation import ORDER, Label, Result, json_lines, read_labels, report_labels, score
from indexer.language.loading import load_lexicon
from indexer.language.understanding import NotUnderstood, Task, Understanding
from indexer.maintenance import reanalyse
from indexer.report import BodyRegion, ExamMetadata, Finding, Modality
from indexer.workers import Workers
from indexer.workspace import open_foundation, require_index, text_engine

app = typer.Typer(no_args_is_help=True)

_AROUND = 70
"""Characters shown on either side of a finding that disagrees."""
_BATCH = 256


@app.command(
    "evaluate-findings", epilog="Example: radiotheque evaluate-findings findings.jsonl --corpus reports/corpus.jsonl"
)
def evaluate_findings_command(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help='JSON Lines: {"id", "finding", "status", "side", "size_mm", "quote"}, a report and finding each.'
        ),
    ],
    corpus: Annotated[Path, typer.Option(help='JSON Lines: {"_id" or "id", "text"}, and what is known of the exam.')],
    show: Annotated[int, typer.Option(min=0, help="How many disagreements to show, with their sentence.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="The figures alone, for machines.")] = False,
) -> None:
    """Measure what is found in reports against labels: precision, recall and F1 by status and finding, sides, sizes."""
    settings = settings_of(context)
    lexicon = load_lexicon(settings.lexicon_file)
    labels = read_labels(file)
    keys = {label.finding for label in labels}
    if unknown := sorted(keys - set(lexicon.concepts)):
        raise RetrievalSetError(
            f"{file.name} has labels of findings that the lexicon does not know: {', '.join(unknown)}; "
            "look for their ids with: radiotheque lexicon search"
        )
    texts = _texts(corpus)
    if missing := {label.report for label in labels} - set(texts):
        raise RetrievalSetError(f"{len(missing)} labelled reports are not in {corpus.name}; is it the right corpus?")
    found: dict[str, tuple[Finding, ...]] = {}
    given_up = Counter[str]()
    with (
        Workers(settings.analysis_workers) as workers,
        progress("Reading", len(texts)) as advance,
    ):
        understanding = Understanding(settings.lexicon_file, settings.analysis_seconds, workers)
        for batch in batched(texts, _BATCH):
            for report, one in zip(batch, understanding.of([texts[report] for report in batch]), strict=True):
                if isinstance(one, NotUnderstood):
                    given_up[one.error] += 1
                    found[report] = ()
                else:
                    found[report] = one.findings
            advance(len(found), "")
    _tell(given_up, "count as reports without findings")
    seen = {report: report_labels(report, findings, keys, lexicon) for report, findings in found.items()}
    result = score(labels, seen)
    if as_json:
        typer.echo(result.as_json())
        return
    _print(result, labels)
    _show(result, found, {r: t.text for r, t in texts.items()}, settings.lexicon_file, show)


def _texts(corpus: Path) -> dict[str, Task]:
    texts = {}
    for number, row in json_lines(corpus):
        report = row.get("_id", row.get("id"))
        if report is None or not isinstance(row.get("text"), str):
            raise RetrievalSetError(f"{corpus.name}, line {number}: wanted are _id (or id) and text")
        texts[str(report)] = Task(row["text"], _metadata(row))
    return texts


def _metadata(row: dict[str, object]) -> ExamMetadata:
    """What a corpus line says of the exam in this project's own terms; anything else is left to the text."""
    modality, regions = row.get("modality"), row.get("regions")
    known = [BodyRegion(r) for r in regions if r in set(BodyRegion)] if isinstance(regions, list) else []
    return ExamMetadata(modality=Modality(str(modality)) if modality in set(Modality) else None, regions=tuple(known))


def _print(result: Result, labels: list[Label]) -> None:
    table = Table("status", "labels", "precision", "recall", "F1")
    for status in ORDER:
        one = result.by_status[status]
        total = one.hits + one.missed
        if total or one.false:
            table.add_row(status.value, str(total), f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}")
    out.print(table)
    by_finding = Table("finding", "labels", "precision", "recall", "F1")
    for name, one in sorted(result.by_finding.items()):
        by_finding.add_row(
            name, str(one.hits + one.missed), f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}"
        )
    out.print(by_finding)
    for what, (right, total) in (("sides", result.sides), ("sizes", result.sizes)):
        if total:
            out.print(f"{what}: {right} of {total} right ({right / total:.3f}), of labels whose status was found")
    out.print(f"{len(labels)} labels")


def _show(
    result: Result, found: dict[str, tuple[Finding, ...]], texts: dict[str, str], own: Path | None, limit: int
) -> None:
    lexicon = load_lexicon(own)
    for one in result.disagreements[:limit]:
        out.print(f"\n{one.report}  {one.finding}: expected {one.expected}, found {one.found}", markup=False)
        if one.quote:
            out.print(f"    label: {one.quote}", markup=False)
        for finding in found.get(one.report, ()):
            if one.finding in lexicon.ancestors(finding.concept):
                text = texts[one.report]
                words = text[max(0, finding.start - _AROUND) : finding.end + _AROUND].replace("\n", " ⏎ ")
                out.print(f"    {finding.concept}, {finding.assertion.value}: … {words} …", markup=False)
    if len(result.disagreements) > limit:
        out.print(f"\nand {len(result.disagreements) - limit} more: --show {len(result.disagreements)}")


def _tell(given_up: Counter[str], so: str) -> None:
    """Say how many reports were given up, by the kind of the error, and what becomes of them."""
    for error, number in given_up.items():
        if NotUnderstood(error).too_slow:
            err.print(f"{number} took too long and {so}; see RADIOTHEQUE_ANALYSIS_SECONDS.")
        else:
            err.print(f"{number} met a fault of the analyser ({error}) and {so}; this is a defect, please report it.")


@app.command("reanalyse", epilog="Example: radiotheque reanalyse; radiotheque status")
def reanalyse_command(context: typer.Context) -> None:
    """Understand the reports of an index anew, after a newer lexicon or analyser. Nothing is encoded again.

    Safe to interrupt: run it again and it goes on.
    """
    settings = settings_of(context)
    require_index(settings)
    with open_foundation(settings) as foundation:
        with (
            closing(text_engine(settings).open(make=True)) as text,
            progress("Reading", foundation.catalog.counts().total) as advance,
        ):
            read = reanalyse(foundation, text, adding(advance))
        behind = foundation.catalog.counts().pending_vectors
    out.print(f"{read.done} reports understood anew." if read.done else "Nothing to do: every report is up to date.")
    if behind:
        out.print(f"What the vectors filter by has changed in {behind}; bring them up to date with: radiotheque repair")
    _tell(read.given_up, "keep what was understood before")
    read.refused.raise_any()

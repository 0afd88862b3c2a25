"""Commands that ask: `search`, `serve`, `evaluate`."""

import json
import re
import tempfile
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from api.app import check_host, create_app
from api.engine import Engine, OpenStores
from api.evaluation import Engine as SetEngine
from api.evaluation import Scores, load_set, run_set, score, write_trec_run
from api.schemas import HitSchema, SearchMode, SearchRequest, SearchResponse
from api.service import run_search
from indexer.console import err, out, progress, settings_of
from indexer.encoders.sentence_transformer import load_encoder
from indexer.errors import InputError, QueryError
from indexer.pipeline import Pipeline
from indexer.privacy.pseudonyms import load_key
from indexer.report import BodyRegion, Modality, Policy, Sex
from indexer.settings import Settings, read_settings
from indexer.sources.mapping import Mapping
from indexer.sources.opening import open_source
from indexer.workspace import KEY_FACT, open_workspace

app = typer.Typer(no_args_is_help=True)

_MAIN_MEASURES = ("nDCG@10", "RR", "R@10", "R@100")


@app.command(
    "search",
    epilog="Example: radiotheque search 'dyspnée conclusion:\"embolie pulmonaire\" -conclusion:séquelle' --modality CT --from 2020-01-01",
)
def search_command(
    context: typer.Context,
    text: Annotated[
        str,
        typer.Argument(
            help='What to find; "quoted words" must be there, -word must not; conclusion:word, conclusion:"quoted words", '
            "-conclusion:word likewise in one section (indication, technique, comparison, results, conclusion; also in French)."
        ),
    ],
    mode: Annotated[SearchMode, typer.Option(help="Rank by words, by meaning, or by both.")] = SearchMode.HYBRID,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many reports.")] = 10,
    modality: Annotated[list[Modality] | None, typer.Option(help="Only these modalities.")] = None,
    region: Annotated[list[BodyRegion] | None, typer.Option(help="Only these regions.")] = None,
    sex: Annotated[list[Sex] | None, typer.Option(help="Only these.")] = None,
    site: Annotated[list[str] | None, typer.Option(help="Only these sites.")] = None,
    age_min: Annotated[int | None, typer.Option(min=0, max=130, help="From this age on, in years.")] = None,
    age_max: Annotated[int | None, typer.Option(min=0, max=130, help="Up to this age, in years.")] = None,
    date_from: Annotated[str | None, typer.Option("--from", help="From this day on, YYYY-MM-DD.")] = None,
    date_to: Annotated[str | None, typer.Option("--to", help="Up to this day, YYYY-MM-DD.")] = None,
    finding: Annotated[
        list[str] | None,
        typer.Option(
            help="CONCEPT[:STATUS[:SIDE[:SIZE]]], as often as needed: lung_nodule:present:right:>8; a leading - excludes. "
            "Ids with: radiotheque lexicon search."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole answer as JSON, nothing else.")] = False,
) -> None:
    """Search the index from the terminal."""
    settings = settings_of(context)
    request = _request(
        text=text,
        mode=mode,
        limit=limit,
        filters={
            "modalities": modality or [],
            "regions": region or [],
            "sexes": sex or [],
            "sites": site or [],
            "age_min": age_min,
            "age_max": age_max,
            "date_from": date_from,
            "date_to": date_to,
            "findings": [read_finding(one) for one in finding or []],
        },
    )
    with err.status("Opening the index ..."):
        stores = _open(settings)
    with closing(stores):
        answer = run_search(request, stores)
    if as_json:
        typer.echo(answer.model_dump_json(indent=1))
    else:
        _print_answer(answer)


_FINDING = re.compile(
    r"(?P<excluded>-?)(?P<concept>[a-z][a-z0-9_]*)(?::(?P<status>[a-z]*))?(?::(?P<side>[a-z]*))?"
    r"(?::(?:>(?P<over>[\d.]+)|<(?P<under>[\d.]+)|(?P<low>[\d.]+)-(?P<high>[\d.]+))?)?"
)


def read_finding(written: str) -> dict[str, object]:
    """A clause of the API from CONCEPT:STATUS:SIDE:SIZE; a size is >8, <20 or 8-20, in mm. Raises QueryError."""
    match = _FINDING.fullmatch(written)
    if match is None:
        raise QueryError(
            "--finding is CONCEPT[:STATUS[:SIDE[:SIZE]]] with a size as >8, <20 or 8-20, "
            "for instance lung_nodule:present:right:>8 or -pulmonary_emphysema"
        )
    criterion: dict[str, object] = {
        "concept": match["concept"],
        "side": match["side"] or None,
        "size_min": match["over"] or match["low"],
        "size_max": match["under"] or match["high"],
    }
    if match["status"]:
        criterion["status"] = [match["status"]]
    return {"any_of": [criterion], "excluded": bool(match["excluded"])}


def _request(**fields: object) -> SearchRequest:
    """A search as the API would take it. Raises QueryError saying which field is wrong, never its value."""
    try:
        return SearchRequest.model_validate(fields)
    except ValidationError as exc:
        told = "; ".join(f"{e['loc'][-1]}: {e['msg']}" for e in exc.errors(include_input=False, include_url=False))
        raise QueryError(f"the search cannot be understood: {told}") from None


def _open(settings: Settings) -> OpenStores:
    engine = Engine(settings)
    engine.refresh()
    return engine.stores


def _print_answer(answer: SearchResponse) -> None:
    table = Table("", "exam", "passage", "why", show_lines=True)
    for hit in answer.hits:
        exam = hit.exam
        facts = (exam.modality, ", ".join(exam.regions), exam.exam_date, exam.sex, exam.age and f"{exam.age} y")
        table.add_row(
            str(hit.rank),
            "\n".join(str(fact) for fact in facts if fact),
            "\n".join([*_marked(hit), f"[dim]{hit.report_id}[/dim]"]),
            _why(hit),
        )
    out.print(table)
    words = answer.containing_all_words
    out.print(
        f"{answer.total} reports pass the filters"
        + (f", {words} of them hold every word" if words is not None else "")
        + f" ({answer.took_ms:.0f} ms)"
    )


def _marked(hit: HitSchema) -> list[str]:
    shown = []
    for passage in hit.passages:
        text, at = "", passage.start
        for span in passage.highlights:
            text += escape(passage.text[at - passage.start : span.start - passage.start])
            text += f"[bold green]{escape(passage.text[span.start - passage.start : span.end - passage.start])}[/]"
            at = span.end
        shown.append(f"[dim]{passage.section.value}[/dim] {text}{escape(passage.text[at - passage.start :])}")
    return shown


def _why(hit: HitSchema) -> str:
    why = f"words {hit.lexical.contribution:+.2f}\nmeaning {hit.semantic.contribution:+.2f}"
    return why + ("\n[red]contradicts[/red]" if hit.contradicts else "")


@app.command("serve", epilog="Example: radiotheque serve --port 8300")
def serve_command(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Loopback address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on.")] = None,
) -> None:
    """Serve the API on this machine."""
    settings = settings_of(context)
    address = host or settings.api_host
    check_host(address)
    import uvicorn

    number = settings.api_port if port is None else port
    err.print(f"The API answers at http://{address}:{number}/v1 (Ctrl-C ends it)")
    # No access log: addresses hold report ids.
    uvicorn.run(create_app(settings), host=address, port=number, access_log=False, log_level="warning")


class Measured(StrEnum):
    """Which modes `evaluate` compares."""

    ALL = "all"
    HYBRID = "hybrid"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"

    @property
    def modes(self) -> tuple[SearchMode, ...]:
        """The search modes that it stands for."""
        return tuple(SearchMode) if self is Measured.ALL else (SearchMode(self.value),)


@app.command("evaluate", epilog="Example: radiotheque evaluate my_set --mode hybrid --run-out run.trec")
def evaluate_command(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="corpus.jsonl, queries.jsonl, qrels.tsv[, exclusions.tsv].")],
    mode: Annotated[Measured, typer.Option(help="Side by side by default.")] = Measured.ALL,
    run_out: Annotated[Path | None, typer.Option(help="Write the rankings in TREC's format, tagged by mode.")] = None,
    index: Annotated[bool, typer.Option("--index", help="Search the current index, not a temporary one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="{mode: {task: {measure: mean}}}, nothing else.")] = False,
) -> None:
    """Measure how well the search finds, on a retrieval set, by task and with 95 % intervals."""
    settings = settings_of(context)
    dataset = load_set(folder)
    if run_out:
        _claim(run_out)
    results: dict[str, Scores] = {}
    with tempfile.TemporaryDirectory(prefix="radiotheque-") as temporary:
        used = settings if index else _temporary_index(settings, dataset.corpus, Path(temporary))
        engine = _set_engine(used)
        for searched in mode.modes:
            run = run_set(dataset, engine, searched)
            results[searched.value] = score(dataset, run)
            if run_out:
                write_trec_run(run, run_out, searched.value)
        engine.text.close()
    if as_json:
        means = {m: {t: {k: s.mean for k, s in v.items()} for t, v in tasks.items()} for m, tasks in results.items()}
        typer.echo(json.dumps(means))
        return
    out.print(_scores_table(dataset.name, results))


def _claim(path: Path) -> None:
    """Make the file that a run is to be written to, before hours of work. Raises InputError if that cannot be."""
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        raise InputError(f"{path} exists already; name another file or remove it") from None
    except OSError as exc:
        raise InputError(f"{path} cannot be written ({exc.strerror}); name another file") from exc


def _temporary_index(settings: Settings, corpus: Path, folder: Path) -> Settings:
    """Index the corpus in a folder of its own; the unpacked model is shared, so that it is not unpacked again."""
    settings.models_dir.mkdir(parents=True, exist_ok=True)
    (folder / "models").symlink_to(settings.models_dir.resolve())
    # A set is measured whole: its texts stay in this folder, which is gone when the command ends.
    own = settings.in_folder(folder).model_copy(update={"privacy_policy": Policy.OFF})
    encoder = load_encoder(own)
    source = open_source(corpus, Mapping.parse(["id=_id", "text=text"]))
    with (
        open_workspace(own, encoder.identity) as workspace,
        progress("Indexing the set", source.size_hint()) as advance,
    ):
        result = Pipeline(workspace, encoder).run([source], on_progress=lambda c: advance(c.read, ""))
    if result.counts.quarantined:
        err.print(f"{result.counts.quarantined} documents of the set could not be indexed", style="yellow")
    return own


def _set_engine(settings: Settings) -> SetEngine:
    stores = _open(settings)
    key = load_key(settings.key_path, stores.catalog.workspace.get_fact(KEY_FACT))
    return SetEngine(stores.text, stores.vectors, stores.encoder, lambda document: key.report_id("", document))


def _scores_table(name: str, results: dict[str, Scores]) -> Table:
    table = Table("task", "queries", "mode", *_MAIN_MEASURES, title=f"Retrieval set {name}", title_justify="left")
    for task in next(iter(results.values())):
        for mode, scores in results.items():
            row = scores[task]
            cells = [f"{row[m].mean:.3f} [dim]{row[m].low:.2f}–{row[m].high:.2f}[/dim]" for m in _MAIN_MEASURES]
            table.add_row(task, str(row["RR"].queries), mode, *cells)
        table.add_section()
    return table


def settings_with(data_dir: Path | None) -> Settings:
    """The environment's settings, the data folder replaced if one is given."""
    return read_settings(data_dir=data_dir) if data_dir else read_settings()

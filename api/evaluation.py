"""How well the search finds: retrieval sets in BEIR's layout, measured with ir-measures (trec_eval's own code).

A set is a folder of `corpus.jsonl`, `queries.jsonl`, `qrels.tsv` and, optionally, `exclusions.tsv` (query-id, corpus-id:
documents taken out of a query's ranking before it is scored). Means are over the judged queries; one without results
counts as zero.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from api.query import ParsedQuery, parse_pasted, parse_query
from api.retrieval import QueryEncoder, Question, search
from api.schemas import SearchMode
from indexer.errors import QueryError, RetrievalSetError
from indexer.stores.filters import Filters
from indexer.stores.text.base import TextStore
from indexer.stores.vectors.base import VectorStore

MEASURES = ("nDCG@10", "RR", "R@10", "R@100")
_BOOTSTRAP_SAMPLES = 2_000
_SEED = 20_240_101
_HEADING = "query-id"
_WHOLE_NUMBER = re.compile(r"-?[0-9]+")

Run = dict[str, dict[str, float]]
"""Query id -> document id -> score; higher is better."""


@dataclass(frozen=True, slots=True)
class TestQuery:
    """A judged query. resembles: its text is a whole report to resemble, not a typed query."""

    query_id: str
    task: str
    text: str = field(repr=False)
    resembles: bool


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """A set as read from its folder; only judged queries are kept."""

    name: str
    corpus: Path
    queries: tuple[TestQuery, ...]
    qrels: Mapping[str, Mapping[str, int]]
    exclusions: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Score:
    """A measure's mean over a task's queries, with the bounds of its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float
    queries: int


Scores = dict[str, dict[str, Score]]
"""Task -> measure -> score."""


def load_set(folder: Path) -> RetrievalSet:
    """Read a retrieval set. Raises RetrievalSetError naming the file and line at fault."""
    corpus = folder / "corpus.jsonl"
    if not corpus.is_file():
        raise RetrievalSetError(f"{corpus} does not exist; a retrieval set has corpus.jsonl, queries.jsonl, qrels.tsv")
    qrels: dict[str, dict[str, int]] = defaultdict(dict)
    for line, (query_id, document_id, grade) in _rows(folder / "qrels.tsv", 3):
        if not _WHOLE_NUMBER.fullmatch(grade):
            raise RetrievalSetError(f"{folder / 'qrels.tsv'}:{line}: the score must be a whole number")
        qrels[query_id][document_id] = int(grade)
    excluded: dict[str, set[str]] = defaultdict(set)
    if (folder / "exclusions.tsv").is_file():
        for _line, (query_id, document_id) in _rows(folder / "exclusions.tsv", 2):
            excluded[query_id].add(document_id)
    queries = tuple(q for q in _queries(folder / "queries.jsonl") if q.query_id in qrels)
    if not queries:
        raise RetrievalSetError(f"{folder}: no query of queries.jsonl is judged in qrels.tsv")
    if missing := len(qrels.keys() - {q.query_id for q in queries}):
        raise RetrievalSetError(f"{folder}: {missing} of the queries judged in qrels.tsv are not in queries.jsonl")
    return RetrievalSet(
        folder.name, corpus, queries, dict(qrels), {query: frozenset(found) for query, found in excluded.items()}
    )


def _rows(path: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    for number, line in _lines(path):
        cells = line.split("\t")
        if len(cells) != columns:
            raise RetrievalSetError(f"{path}:{number}: {len(cells)} columns, {columns} wanted, parted by tabs")
        if number > 1 or cells[0] != _HEADING:
            yield number, cells


def _queries(path: Path) -> Iterator[TestQuery]:
    seen: set[str] = set()
    for number, row in _objects(path, "_id and text"):
        about = row.get("metadata") or {}
        query_id, text = row.get("_id"), row.get("text")
        if query_id is None or not isinstance(text, str) or not isinstance(about, dict):
            raise RetrievalSetError(f"{path}:{number}: wanted a JSON object with _id and text")
        if str(query_id) in seen:
            raise RetrievalSetError(f"{path}:{number}: a query of the same _id came before; each is asked once")
        seen.add(str(query_id))
        yield TestQuery(str(query_id), str(about.get("task", "all")), text, about.get("kind", "text") != "text")


def _objects(path: Path, wanted: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in _lines(path):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise RetrievalSetError(f"{path}:{number}: wanted a JSON object with {wanted}")
        yield number, row


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines from 1, without their ends. Read as bytes: only there is a line feed the one end of a line."""
    if not path.is_file():
        raise RetrievalSetError(f"{path} does not exist")
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield number, line.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError:
                raise RetrievalSetError(f"{path}:{number}: wanted text in UTF-8") from None


@dataclass(frozen=True, slots=True)
class Engine:
    """The open stores and the encoder that a set is searched with; report_id: from a document's id to the index's."""

    text: TextStore
    vectors: VectorStore | None
    encoder: QueryEncoder
    report_id: Callable[[str], str]


def run_set(dataset: RetrievalSet, engine: Engine, mode: SearchMode) -> Run:
    """Search every query of a set. Scores are the negated ranks: the order alone is judged."""
    names = {engine.report_id(document): document for document in _documents(dataset.corpus)}
    run: Run = {}
    for query in dataset.queries:
        without = frozenset(engine.report_id(d) for d in dataset.exclusions.get(query.query_id, ()))
        found = _search(query, without, engine, mode)
        run[query.query_id] = {names[r]: -float(rank) for rank, r in enumerate(found, start=1) if r in names}
    return run


def _search(query: TestQuery, without: frozenset[str], engine: Engine, mode: SearchMode) -> list[str]:
    try:
        parsed = _parse(query)
    except QueryError:
        return []
    text, like = (None, parsed) if query.resembles else (parsed, None)
    question = Question(text, like, Filters(), mode, without)
    return [f.ranked.report_id for f in search(question, engine.text, engine.vectors, engine.encoder)]


def _parse(query: TestQuery) -> ParsedQuery:
    return parse_pasted(query.text) if query.resembles else parse_query(query.text)


def _documents(corpus: Path) -> Iterator[str]:
    for number, row in _objects(corpus, "_id"):
        if row.get("_id") is None:
            raise RetrievalSetError(f"{corpus}:{number}: wanted a JSON object with _id")
        yield str(row["_id"])


def by_query(dataset: RetrievalSet, run: Run) -> dict[str, dict[str, float]]:
    """Every measure of every judged query: measure -> query id -> value; 0 for a query without results."""
    import ir_measures

    measures: Sequence[Any] = [ir_measures.parse_measure(name) for name in MEASURES]
    values = {name: dict.fromkeys((q.query_id for q in dataset.queries), 0.0) for name in MEASURES}
    for metric in ir_measures.iter_calc(measures, {q: dict(d) for q, d in dataset.qrels.items()}, run):
        values[str(metric.measure)][metric.query_id] = metric.value
    return values


def score(dataset: RetrievalSet, run: Run) -> Scores:
    """Every measure by task, with bootstrap intervals over the queries."""
    values = by_query(dataset, run)
    tasks: dict[str, list[str]] = defaultdict(list)
    for query in dataset.queries:
        tasks[query.task].append(query.query_id)
    return {task: {name: interval([values[name][q] for q in ids]) for name in MEASURES} for task, ids in tasks.items()}


def interval(values: Sequence[float]) -> Score:
    """Mean and 95 % percentile bootstrap interval (Efron & Tibshirani 1993), with a fixed seed."""
    sample = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(_SEED).integers(0, len(sample), (_BOOTSTRAP_SAMPLES, len(sample)))
    low, high = np.percentile(sample[draws].mean(axis=1), [2.5, 97.5])
    return Score(float(sample.mean()), float(low), float(high), len(sample))


def write_trec_run(run: Run, path: Path, tag: str) -> None:
    """Append a run in TREC's format: query Q0 document rank score tag."""
    with path.open("a", encoding="utf-8") as out:
        for query, documents in run.items():
            ordered = sorted(documents.items(), key=lambda item: -item[1])
            for rank, (document, value) in enumerate(ordered, start=1):
                out.write(f"{query} Q0 {document} {rank} {value:g} {tag}\n")

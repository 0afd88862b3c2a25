"""Retrieval sets: how they are read, refused, searched and scored. Numbers by hand on five documents."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from api import evaluation
from api.evaluation import Engine, RetrievalSet, Score, interval, load_set, run_set, score, write_trec_run
from api.schemas import SearchMode
from indexer.errors import RetrievalSetError
from tests.unit.api.bench import open_bench, report

_DOCUMENTS = {
    "d1": "Kyste du rein gauche.",
    "d2": "Kyste du foie.",
    "d3": "Fracture du radius.",
    "d4": "Fracture du fémur, kyste poplité.",
    "d5": "Pneumothorax.",
}
_QUERIES = [
    {"_id": "q1", "text": "kyste rein", "metadata": {"task": "label", "kind": "text"}},
    {"_id": "q2", "text": "fracture", "metadata": {"task": "label", "kind": "text"}},
    {"_id": "q3", "text": "Pneumothorax.", "metadata": {"task": "similar", "kind": "similar"}},
    {"_id": "q9", "text": "kyste foie", "metadata": {"task": "label", "kind": "text"}},
]
_QRELS = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t1\nq2\td4\t1\nq3\td5\t1\n"
_MARKER = "Zyxwvutopathie"

Write = Callable[..., Path]


def _jsonl(rows: Iterable[Mapping[str, object]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a set; a file given replaces the good one, None leaves it out."""

    def _write(files: Mapping[str, str | bytes | None] | None = None) -> Path:
        folder = tmp_path / "set"
        folder.mkdir()
        good: dict[str, str | bytes | None] = {
            "corpus.jsonl": _jsonl([{"_id": name, "text": text} for name, text in _DOCUMENTS.items()]),
            "queries.jsonl": _jsonl(_QUERIES),
            "qrels.tsv": _QRELS,
        }
        for name, content in (good | dict(files or {})).items():
            if content is not None:
                (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return _write


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """The five documents indexed as `id-...`, and a sixth report that is not of the set."""
    reports = [report(f"id-{name}", text) for name, text in {**_DOCUMENTS, "d6": "Kyste rein rein."}.items()]
    bench = open_bench(tmp_path / "index", reports)
    return Engine(bench.text, bench.vectors, bench.encoder, lambda document: f"id-{document}")


# Reading --------------------------------------------------------------------------------------------------------------


def test_a_set_is_read_with_its_judged_queries_only(write: Write) -> None:
    dataset = load_set(write({"exclusions.tsv": "query-id\tcorpus-id\nq2\td3\nq2\td1\n"}))
    assert dataset.name == "set"
    assert [(q.query_id, q.task, q.resembles) for q in dataset.queries] == [
        ("q1", "label", False),
        ("q2", "label", False),
        ("q3", "similar", True),
    ]
    assert dataset.qrels == {"q1": {"d1": 2, "d2": 1}, "q2": {"d4": 1}, "q3": {"d5": 1}}
    assert dataset.exclusions == {"q2": frozenset({"d1", "d3"})}


def test_a_query_without_metadata_is_a_text_of_the_task_all(write: Write) -> None:
    queries = '{"_id": 1, "text": "kyste"}\n{"_id": "2", "text": "rein", "metadata": null}\n'
    dataset = load_set(write({"queries.jsonl": queries, "qrels.tsv": "query-id\tcorpus-id\tscore\n1\td1\t1\n2\td1\t1"}))
    assert [(q.query_id, q.task, q.resembles) for q in dataset.queries] == [("1", "all", False), ("2", "all", False)]


def test_a_judgement_on_the_first_line_is_not_taken_for_a_heading(write: Write) -> None:
    dataset = load_set(write({"qrels.tsv": "q1\td1\t1\nq2\td4\t-1\n", "exclusions.tsv": "q1\td5\n"}))
    assert dataset.qrels == {"q1": {"d1": 1}, "q2": {"d4": -1}}
    assert dataset.exclusions == {"q1": frozenset({"d5"})}


@pytest.mark.parametrize("separator", ["\u2028", "\u0085", "\r"])
def test_only_a_line_feed_ends_a_line(write: Write, separator: str) -> None:
    rows = [{"_id": "q1", "text": f"kyste{separator}rein"}]
    dataset = load_set(
        write({"queries.jsonl": _jsonl(rows), "qrels.tsv": "query-id\tcorpus-id\tscore\r\nq1\td1\t1\r\n"})
    )
    assert dataset.queries[0].text == f"kyste{separator}rein"


def test_the_text_of_a_query_hides_itself() -> None:
    query = evaluation.TestQuery("q1", "label", _MARKER, resembles=False)
    assert _MARKER not in repr(query)
    assert _MARKER not in repr(RetrievalSet("set", Path("corpus.jsonl"), (query,), {}, {}))


# Refusing -------------------------------------------------------------------------------------------------------------

_HEADING = "query-id\tcorpus-id\tscore\n"
_GOOD_QUERY = '{"_id": "q1", "text": "kyste"}\n'
_WANTED = "wanted a JSON object with _id and text"


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("corpus.jsonl", None, "corpus.jsonl does not exist; a retrieval set has corpus.jsonl, queries.jsonl, qrels"),
        ("queries.jsonl", None, "queries.jsonl does not exist"),
        ("qrels.tsv", None, "qrels.tsv does not exist"),
        ("qrels.tsv", f"{_HEADING}q1\td1\n", "qrels.tsv:2: 2 columns, 3 wanted, parted by tabs"),
        ("qrels.tsv", f"{_HEADING}q1\td1\t1\nq1 d2 1\n", "qrels.tsv:3: 1 columns, 3 wanted, parted by tabs"),
        ("qrels.tsv", f"{_HEADING}q1\td1\t1\n\n", "qrels.tsv:3: 1 columns, 3 wanted"),
        ("qrels.tsv", f"{_HEADING}q1\td1\tyes\n", "qrels.tsv:2: the score must be a whole number"),
        ("qrels.tsv", f"{_HEADING}q1\td1\t0.5\n", "qrels.tsv:2: the score must be a whole number"),
        ("qrels.tsv", f"{_HEADING}q1\td1\t--1\n", "qrels.tsv:2: the score must be a whole number"),
        ("qrels.tsv", f"{_HEADING}q1\td1\t²\n", "qrels.tsv:2: the score must be a whole number"),
        ("qrels.tsv", f"{_HEADING}q1\td1\t\n", "qrels.tsv:2: the score must be a whole number"),
        ("qrels.tsv", _HEADING.encode() + b"q1\t\xe9\t1\n", "qrels.tsv:2: wanted text in UTF-8"),
        ("qrels.tsv", _HEADING, "no query of queries.jsonl is judged in qrels.tsv"),
        ("qrels.tsv", f"{_HEADING}q8\td1\t1\n", "no query of queries.jsonl is judged in qrels.tsv"),
        ("qrels.tsv", f"{_HEADING}q1\td1\t1\nq8\td1\t1\n", "1 of the queries judged in qrels.tsv are not in queries"),
        ("exclusions.tsv", "query-id\tcorpus-id\nq1\td1\t1\n", "exclusions.tsv:2: 3 columns, 2 wanted"),
        ("queries.jsonl", f"{_GOOD_QUERY}{{{_MARKER}\n", f"queries.jsonl:2: {_WANTED}"),
        ("queries.jsonl", f"{_GOOD_QUERY}\n", f"queries.jsonl:2: {_WANTED}"),
        ("queries.jsonl", f'["q1", "{_MARKER}"]\n', f"queries.jsonl:1: {_WANTED}"),
        ("queries.jsonl", f'"{_MARKER}"\n', f"queries.jsonl:1: {_WANTED}"),
        ("queries.jsonl", f'{{"text": "{_MARKER}"}}\n', f"queries.jsonl:1: {_WANTED}"),
        ("queries.jsonl", '{"_id": "q1"}\n', f"queries.jsonl:1: {_WANTED}"),
        ("queries.jsonl", '{"_id": "q1", "text": null}\n', f"queries.jsonl:1: {_WANTED}"),
        ("queries.jsonl", f'{{"_id": "q1", "text": "a", "metadata": "{_MARKER}"}}\n', f"queries.jsonl:1: {_WANTED}"),
        ("queries.jsonl", _GOOD_QUERY * 2, "queries.jsonl:2: a query of the same _id came before"),
        ("queries.jsonl", b'{"_id": "q1", "text": "f\xe9mur"}\n', "queries.jsonl:1: wanted text in UTF-8"),
    ],
)
def test_a_set_that_is_not_laid_out_as_it_should_be_is_refused(
    write: Write, file: str, content: str | bytes | None, said: str
) -> None:
    folder = write({file: content})
    with pytest.raises(RetrievalSetError, match="set") as caught:
        load_set(folder)
    assert said in str(caught.value)
    assert str(folder) in str(caught.value)
    assert _MARKER not in str(caught.value)


@pytest.mark.parametrize("line", ["{", "[]", '{"text": "kyste"}', ""])
def test_a_corpus_that_cannot_be_read_is_refused(write: Write, engine: Engine, line: str) -> None:
    dataset = load_set(write({"corpus.jsonl": f'{{"_id": "d1", "text": "kyste"}}\n{line}\n'}))
    with pytest.raises(RetrievalSetError, match=r"corpus\.jsonl:2: wanted a JSON object with _id"):
        run_set(dataset, engine, SearchMode.LEXICAL)


# Searching ------------------------------------------------------------------------------------------------------------


def test_a_run_has_every_judged_query_and_documents_of_the_set_only(write: Write, engine: Engine) -> None:
    run = run_set(load_set(write()), engine, SearchMode.LEXICAL)
    assert list(run) == ["q1", "q2", "q3"]
    # The report d6, first for "kyste rein", is not of the set; then the one with both words.
    assert sorted(run["q1"], key=lambda d: -run["q1"][d]) == ["d1", "d2", "d4"]
    assert run["q1"] == {"d1": -2.0, "d2": -3.0, "d4": -4.0}
    assert run["q3"] == {"d5": -1.0}


def test_excluded_documents_are_taken_out_before_the_ranking(write: Write, engine: Engine) -> None:
    dataset = load_set(write({"exclusions.tsv": "query-id\tcorpus-id\nq1\td1\nq1\td6\n"}))
    run = run_set(dataset, engine, SearchMode.LEXICAL)
    assert run["q1"] == {"d2": -1.0, "d4": -2.0}
    assert set(run["q2"]) == {"d3", "d4"}


@pytest.mark.parametrize("mode", list(SearchMode))
def test_exclusions_hold_in_every_mode(write: Write, engine: Engine, mode: SearchMode) -> None:
    dataset = load_set(write({"exclusions.tsv": "query-id\tcorpus-id\nq3\td5\n"}))
    assert "d5" not in run_set(dataset, engine, mode)["q3"]


def test_a_query_that_cannot_be_searched_has_no_results(write: Write, engine: Engine) -> None:
    queries = _jsonl([{"_id": "q1", "text": "?!"}, {"_id": "q2", "text": "fracture"}])
    dataset = load_set(write({"queries.jsonl": queries, "qrels.tsv": f"{_HEADING}q1\td1\t1\nq2\td3\t1\n"}))
    run = run_set(dataset, engine, SearchMode.LEXICAL)
    assert run["q1"] == {}
    assert score(dataset, run)["all"]["R@10"].mean == 0.5


def test_a_document_that_stands_twice_in_the_corpus_is_found_once(write: Write, engine: Engine) -> None:
    corpus = _jsonl([{"_id": name, "text": text} for name, text in _DOCUMENTS.items()] * 2)
    run = run_set(load_set(write({"corpus.jsonl": corpus})), engine, SearchMode.LEXICAL)
    assert run["q1"] == {"d1": -2.0, "d2": -3.0, "d4": -4.0}


# Scoring --------------------------------------------------------------------------------------------------------------


def test_measures_by_hand(write: Write) -> None:
    run = {"q1": {"d3": -1.0, "d1": -2.0, "d2": -3.0}, "q2": {"d4": -1.0}, "q3": {"d1": -1.0, "d5": -2.0}}
    scores = score(load_set(write()), run)
    # q1: gains 0, 2, 1 at ranks 1 to 3; the ideal is 2, 1. q2 is perfect. q3 has its one document second.
    gained = 2 / math.log2(3) + 1 / math.log2(4)
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    label, similar = scores["label"], scores["similar"]
    assert label["nDCG@10"].mean == pytest.approx((gained / ideal + 1) / 2)
    assert label["RR"].mean == pytest.approx((1 / 2 + 1) / 2)
    assert (label["R@10"].mean, label["R@100"].mean, label["R@10"].queries) == (1.0, 1.0, 2)
    assert similar["nDCG@10"].mean == pytest.approx(1 / math.log2(3))
    assert similar["RR"] == Score(0.5, 0.5, 0.5, 1)
    assert set(scores) == {"label", "similar"}


@pytest.mark.parametrize("run", [{"q1": {"d1": -1.0, "d2": -2.0}}, {"q1": {"d1": -1.0, "d2": -2.0}, "q2": {}}])
def test_a_judged_query_without_results_counts_as_zero(write: Write, run: evaluation.Run) -> None:
    scores = score(load_set(write()), run)
    # of q1, perfect, and q2, which has no result
    assert {name: s.mean for name, s in scores["label"].items()} == pytest.approx(
        dict.fromkeys(evaluation.MEASURES, 0.5)
    )
    assert scores["label"]["RR"].queries == 2
    assert scores["similar"]["RR"] == Score(0.0, 0.0, 0.0, 1)


def test_results_of_a_query_that_is_not_judged_change_nothing(write: Write) -> None:
    run = {"q1": {"d1": -1.0}, "q2": {"d4": -1.0}, "q3": {"d5": -1.0}}
    dataset = load_set(write())
    assert score(dataset, {**run, "q9": {"d3": -1.0}}) == score(dataset, run)


def test_recall_and_gain_stop_at_their_depth(write: Write) -> None:
    # Eleven results: d1 is the tenth, d2 the eleventh.
    run = {"q1": {**{f"x{i}": -float(i) for i in range(1, 10)}, "d1": -10.0, "d2": -11.0}}
    scores = score(load_set(write({"qrels.tsv": f"{_HEADING}q1\td1\t1\nq1\td2\t1\n"})), run)["label"]
    assert scores["R@10"].mean == pytest.approx(0.5)
    assert scores["R@100"].mean == pytest.approx(1.0)
    assert scores["RR"].mean == pytest.approx(0.1)
    assert scores["nDCG@10"].mean == pytest.approx((1 / math.log2(11)) / (1 + 1 / math.log2(3)))


def test_the_search_of_a_set_scores_as_worked_out(write: Write, engine: Engine) -> None:
    dataset = load_set(write({"exclusions.tsv": "query-id\tcorpus-id\nq1\td6\nq2\td4\n"}))
    scores = score(dataset, run_set(dataset, engine, SearchMode.HYBRID))
    # q1: d1 then d2, ideal; q2: its one relevant document is taken out; q3: ideal
    assert scores["label"]["nDCG@10"].mean == pytest.approx(0.5)
    assert scores["similar"]["nDCG@10"].mean == pytest.approx(1.0)


# Intervals and files --------------------------------------------------------------------------------------------------


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert interval([0.25, 0.25, 0.25]) == Score(0.25, 0.25, 0.25, 3)


def test_of_two_opposite_values_the_interval_is_everything() -> None:
    # One resample in four is (0, 0) and one in four (1, 1): both lie beyond the 2.5 % tails.
    assert interval([0.0, 1.0]) == Score(0.5, 0.0, 1.0, 2)


def test_an_interval_is_about_what_the_normal_approximation_says() -> None:
    # 400 values, half 0 and half 1: standard error 0.5 / 20, so 0.5 +- 1.96 * 0.025
    found = interval([0.0, 1.0] * 200)
    assert (found.low, found.high) == pytest.approx((0.451, 0.549), abs=0.005)
    assert interval([0.0, 1.0] * 200) == found


def test_a_run_is_written_as_trec_eval_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "run.trec"
    write_trec_run({"q1": {"d2": -2.0, "d1": -1.0}, "q2": {}}, path, "lexical")
    write_trec_run({"q1": {"d3": -1.0}}, path, "hybrid")
    assert path.read_text(encoding="utf-8") == ("q1 Q0 d1 1 -1 lexical\nq1 Q0 d2 2 -2 lexical\nq1 Q0 d3 1 -1 hybrid\n")


def test_a_written_run_is_read_back_by_ir_measures(tmp_path: Path) -> None:
    import ir_measures

    run = {"q1": {f"d{rank}": -float(rank) for rank in range(1, 501)}}
    write_trec_run(run, tmp_path / "run.trec", "hybrid")
    read = {entry.doc_id: entry.score for entry in ir_measures.read_trec_run(str(tmp_path / "run.trec"))}
    assert read == run["q1"]

"""`evaluate` on a set small enough to know the answer."""

import json
from pathlib import Path

import pytest

from tests.integration.bench import write_jsonl

DOCUMENTS = {
    "d1": "Scanner thoracique. Embolie pulmonaire lobaire inférieure droite.",
    "d2": "Radiographie de cheville. Fracture de la malléole externe.",
    "d3": "Échographie abdominale. Lithiase vésiculaire non compliquée.",
    "d4": "IRM du genou. Lésion du ménisque interne.",
}
QUERIES = {"q1": ("mots", "embolie pulmonaire"), "q2": ("mots", "fracture malléole"), "q3": ("autres", "ménisque")}
NAMES = {"nDCG@10", "RR", "R@10", "R@100"}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "petit"
    folder.mkdir()
    write_jsonl(folder / "corpus.jsonl", [{"_id": i, "title": "", "text": text} for i, text in DOCUMENTS.items()])
    asked = [
        {"_id": i, "text": text, "metadata": {"task": task, "kind": "text"}} for i, (task, text) in QUERIES.items()
    ]
    write_jsonl(folder / "queries.jsonl", asked)
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\nq3\td4\t1\n")
    return folder


def test_json_prints_the_means_by_mode_and_task_and_nothing_else(bench, dataset):
    outcome = bench.ok("evaluate", dataset, "--json")
    means = json.loads(outcome.out)
    assert set(means) == {"hybrid", "lexical", "semantic"}
    assert all(set(tasks) == {"mots", "autres"} for tasks in means.values())
    assert all(set(measures) == NAMES for tasks in means.values() for measures in tasks.values())
    # Each query has the words of one document alone: by words, the judged document is first.
    assert means["lexical"] == {task: dict.fromkeys(NAMES, 1.0) for task in ("mots", "autres")}
    # Four documents: all of them are among the first ten by meaning.
    assert [means["semantic"][task]["R@10"] for task in ("mots", "autres")] == [1.0, 1.0]
    assert not (bench.data / "catalog.sqlite").exists(), "the set has an index of its own"


def test_the_table_shows_the_modes_side_by_side(bench, dataset):
    shown = bench.ok("evaluate", dataset).out
    assert all(word in shown for word in (*NAMES, "hybrid", "lexical", "semantic", "mots", "autres"))


def test_excluded_documents_leave_the_ranking_before_it_is_judged(bench, dataset):
    (dataset / "exclusions.tsv").write_text("query-id\tcorpus-id\nq1\td1\n")
    means = json.loads(bench.ok("evaluate", dataset, "--mode", "lexical", "--json").out)
    # q1 loses its only relevant document (0), q2 keeps it (1): the mean is a half.
    assert means == {"lexical": {"mots": dict.fromkeys(NAMES, 0.5), "autres": dict.fromkeys(NAMES, 1.0)}}


def test_a_query_without_results_counts_as_zero(bench, dataset):
    with (dataset / "queries.jsonl").open("a") as out:
        out.write(json.dumps({"_id": "q4", "text": "?", "metadata": {"task": "mots"}}) + "\n")
    with (dataset / "qrels.tsv").open("a") as out:
        out.write("q4\td1\t1\n")
    means = json.loads(bench.ok("evaluate", dataset, "--mode", "lexical", "--json").out)
    assert means["lexical"]["mots"]["RR"] == pytest.approx(2 / 3)


def test_the_run_is_written_in_trecs_format(bench, dataset, tmp_path):
    path = tmp_path / "run.trec"
    bench.ok("evaluate", dataset, "--mode", "lexical", "--run-out", path)
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row[:4] for row in rows] == [["q1", "Q0", "d1", "1"], ["q2", "Q0", "d2", "1"], ["q3", "Q0", "d4", "1"]]
    assert {row[5] for row in rows} == {"lexical"}
    again = bench.run("evaluate", dataset, "--run-out", path)
    assert again.code == 2
    assert "exists already" in again.sentence()
    nowhere = bench.run("evaluate", dataset, "--run-out", tmp_path / "absent" / "run.trec")
    assert nowhere.code == 2
    assert "cannot be written" in nowhere.sentence()


def test_the_current_index_is_searched_when_asked(bench, dataset):
    bench.ok("index", dataset / "corpus.jsonl", "--map", "id=_id")
    before = bench.held()
    means = json.loads(bench.ok("evaluate", dataset, "--index", "--mode", "lexical", "--json").out)
    assert means["lexical"]["mots"] == dict.fromkeys(NAMES, 1.0)
    assert bench.held() == before


def test_the_current_index_without_its_key_is_refused(bench, dataset):
    bench.ok("index", dataset / "corpus.jsonl", "--map", "id=_id")
    (bench.data / "pseudonyms.key").unlink()
    outcome = bench.run("evaluate", dataset, "--index", "--json")
    assert outcome.code == 1
    assert "is lost" in outcome.sentence()
    assert outcome.out == ""


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("corpus.jsonl", None, "corpus.jsonl does not exist"),
        ("qrels.tsv", None, "qrels.tsv does not exist"),
        ("queries.jsonl", None, "queries.jsonl does not exist"),
        ("qrels.tsv", "q1\td1\n", "qrels.tsv:1: 2 columns, 3 wanted"),
        ("qrels.tsv", "q1\td1\tgut\n", "qrels.tsv:1: the score must be a whole number"),
        ("qrels.tsv", "q9\td1\t1\n", "no query of queries.jsonl is judged"),
        ("queries.jsonl", "[1]\n", "queries.jsonl:1: wanted a JSON object"),
    ],
)
def test_a_set_that_is_laid_out_wrongly_is_one_sentence(bench, dataset, file, content, said):
    if content is None:
        (dataset / file).unlink()
    else:
        (dataset / file).write_text(content)
    outcome = bench.run("evaluate", dataset, "--json")
    assert outcome.code == 2
    assert said in outcome.sentence()
    assert outcome.out == ""

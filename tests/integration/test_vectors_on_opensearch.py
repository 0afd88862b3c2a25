"""An index with its vectors on an OpenSearch cluster: the commands, the API, and a server that is killed half way."""

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from indexer.encoders.sentence_transformer import SentenceTransformerEncoder
from indexer.settings import Settings, VectorEngineName
from indexer.steps import Step
from indexer.stores.vectors.opensearch import OpenSearchVectorEngine
from tests.contract.vectors.engines import NO_FILTER, best_scores, held, opened, write
from tests.integration.bench import Bench, Held, make_bench, read_jsonl, write_jsonl
from tests.integration.conftest import NewBench
from tests.integration.disturbing import index_with, repeating, until
from tests.integration.serving import serving
from tests.rig.opensearch import OpenSearchCluster, OpenSearchServer
from tests.unit.indexer.stores.vectors.conftest import encoded, random_vectors

REPORTS = 40  # five batches of eight


@pytest.fixture(scope="module")
def in_a_folder(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, corpus: Path) -> Bench:
    """The same archive with its vectors in a folder."""
    bench = make_bench(tmp_path_factory.mktemp("folder") / "data", tiny_model, index_batch=8)
    assert bench.ok("index", corpus).counts() == (REPORTS, REPORTS, 0, 0)
    return bench


@pytest.fixture
def bench(new_bench: NewBench, opensearch_knn: OpenSearchServer) -> Bench:
    """An empty data folder, and an empty cluster with k-NN."""
    stated = {"opensearch_url": opensearch_knn.url, "opensearch_patience_seconds": 60.0}
    return new_bench(index_batch=8, vector_engine=VectorEngineName.OPENSEARCH, **stated)


def semantic(bench: Bench, *arguments: object) -> list[str]:
    return bench.find("pas de fracture", "--mode", "semantic", "--limit", 20, *arguments)


def test_the_answers_are_those_of_a_folder_and_no_folder_is_made(
    indexed: Bench, corpus: Path, in_a_folder: Bench
) -> None:
    assert indexed.held() == in_a_folder.held()
    assert not list((indexed.data / "vectors").glob("*"))
    assert indexed.agrees()
    assert "radiotheque-vectors-000001" in indexed.ok("status").out
    assert "with k-NN (lucene)" in indexed.ok("doctor").out
    for asked in ((), ("--modality", "CT"), ("--finding", "fracture:absent"), ("--finding", "-fracture:present")):
        expected = semantic(in_a_folder, *asked)
        assert expected
        assert semantic(indexed, *asked) == expected


def test_a_changed_and_a_deleted_report_are_changed_and_gone(indexed: Bench, corpus: Path, tmp_path: Path) -> None:
    records = read_jsonl(corpus)
    records[5]["text"] += "\nMention ajoutée : xanthogranulome fictif."
    assert indexed.ok("index", write_jsonl(tmp_path / "changed.jsonl", records)).counts() == (40, 1, 39, 0)
    (found,) = indexed.find('"xanthogranulome fictif"')
    indexed.ok("delete", found, "--yes")
    assert found not in semantic(indexed)
    assert len(indexed.held()["vectors"]) == REPORTS - 1
    assert indexed.agrees()


def test_a_rebuild_changes_nothing_and_a_rollback_brings_the_index_before_it_back(indexed: Bench) -> None:
    before, held = semantic(indexed), indexed.held()
    indexed.ok("rebuild", "--store", "vectors")
    assert "radiotheque-vectors-000002" in indexed.ok("status").out
    assert (semantic(indexed), indexed.held()) == (before, held)
    indexed.ok("rollback", "--store", "vectors")
    assert "radiotheque-vectors-000001" in indexed.ok("status").out
    assert indexed.agrees()


def test_an_index_deleted_behind_our_back_is_missed_and_repaired(
    indexed: Bench, opensearch_knn: OpenSearchServer
) -> None:
    held: Held = indexed.held()
    opensearch_knn.request("DELETE", "/radiotheque-vectors-000001")
    outcome = indexed.run("status")
    assert (outcome.code, "40 missing" in outcome.out) == (1, True)
    assert "40 reports mended" in indexed.ok("repair").out
    assert indexed.held() == held


def test_a_server_killed_in_the_middle_of_a_run_comes_back_and_nothing_is_lost(
    bench: Bench, corpus: Path, in_a_folder: Bench, opensearch_knn: OpenSearchServer
) -> None:
    def kill() -> None:
        opensearch_knn.kill()
        opensearch_knn.launch()  # the writer waits until it answers again

    counts = index_with(bench, corpus, Step.SNAPSHOT_WRITING, 3, kill)
    assert counts.indexed == REPORTS
    assert bench.held() == in_a_folder.held()
    assert bench.agrees()


def test_the_api_answers_from_it_and_sees_what_is_committed(indexed: Bench, corpus: Path, tmp_path: Path) -> None:
    records = [{**read_jsonl(corpus)[0], "id": "new", "text": "Scanner thoracique. Épanchement pleural droit."}]
    with serving(indexed.settings()) as api:
        assert api.ready()["snapshot"] == "radiotheque-vectors-000001"
        assert len(api.search(text="épanchement pleural", mode="semantic", limit=50)["hits"]) == REPORTS
        indexed.ok("index", write_jsonl(tmp_path / "one.jsonl", records))
        assert len(api.search(text="épanchement pleural", mode="semantic", limit=50)["hits"]) == REPORTS + 1


def test_findings_understood_anew_reach_the_vectors_and_nothing_is_encoded(
    indexed: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cluster filters by findings: what is understood anew has to get there."""
    own = tmp_path / "own.toml"
    own.write_text('[finding.our_finding]\nfr = "absence de"\nen = "our finding"\n', encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(SentenceTransformerEncoder, "encode_passages", None)  # whoever encodes fails
        said = indexed.ok("reanalyse", lexicon_file=own).said
    assert f"{REPORTS} reports understood anew" in said
    assert "What the vectors filter by" not in said

    def with_it(*arguments: object) -> list[str]:
        asked = ("search", "absence", "--finding", "our_finding", "--limit", 50, "--json", *arguments)
        return [hit["report_id"] for hit in json.loads(indexed.ok(*asked, lexicon_file=own).out)["hits"]]

    expected = set(with_it("--mode", "lexical"))
    assert 0 < len(expected) < REPORTS
    assert set(with_it("--mode", "semantic")) == expected
    assert indexed.agrees()


@pytest.mark.slow
@pytest.mark.parametrize("compared", [20_000, -1], ids=["every passage compared", "a graph walked"])
def test_no_search_by_meaning_fails_when_one_of_three_nodes_is_killed(
    compared: int,
    opensearch_knn_cluster: OpenSearchCluster,
    tmp_path: Path,
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("indexer.stores.vectors.opensearch.COMPARED", compared)
    opensearch_knn_cluster.start()
    settings = Settings(
        data_dir=tmp_path,
        vector_engine=VectorEngineName.OPENSEARCH,
        opensearch_url=",".join(opensearch_knn_cluster.urls),
        opensearch_index=f"three-{abs(compared)}",
        opensearch_shards=3,
    )
    engine, query = OpenSearchVectorEngine(settings), random_vectors(rng, 1)
    corpus = [encoded(rng, number) for number in range(300)]
    write(engine, corpus)
    opensearch_knn_cluster.start()  # waits until every copy is there
    best = list(best_scores(query, corpus, NO_FILTER))[:20]
    with closing(opened(engine)) as reader:

        def search() -> tuple[list[str], int]:
            return reader.nearest(query, 20, NO_FILTER), len(reader.similarities(query, best))

        expected = search()
        with repeating(search) as (answers, faults):
            until(lambda: len(answers) >= 20)
            opensearch_knn_cluster.manager().kill()
            before = len(answers)
            until(lambda: len(answers) >= before + 500)
    assert faults == []
    assert expected == (best, 20)
    assert all(answer == expected for answer in answers)
    write(engine, [encoded(rng, number) for number in range(300, 310)])
    assert len(held(engine)) == 310

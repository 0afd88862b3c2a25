"""The vector store as retrieval sees it: exact, filtered, compared with numpy."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from indexer.errors import DimensionMismatch, EncoderMismatch
from indexer.passage import EncodedReport, PassageKind
from indexer.report import SectionKind
from indexer.stores.filters import Filters
from indexer.stores.vectors.snapshot import SnapshotWriter
from indexer.stores.vectors.store import SnapshotVectors, open_vectors
from tests.unit.indexer.stores.reports import CRITERIA, accepted, random_filters, report_id
from tests.unit.indexer.stores.vectors.conftest import DIM, ENCODER, best_scores, encoded, random_vectors

CORPUS = 240
NO_FILTER = Filters()


def opened(root: Path) -> SnapshotVectors:
    store = open_vectors(root, ENCODER)
    assert store is not None
    return store


@pytest.fixture(scope="module")
def corpus() -> list[EncodedReport]:
    rng = np.random.default_rng(5)
    return [encoded(rng, number) for number in range(CORPUS)]


@pytest.fixture(scope="module")
def store(corpus: list[EncodedReport], tmp_path_factory: pytest.TempPathFactory) -> SnapshotVectors:
    """The corpus in five commits, some reports written before in another form, some removed since."""
    root = tmp_path_factory.mktemp("filled") / "vectors"
    rng = np.random.default_rng(6)
    writer = SnapshotWriter(root, ENCODER)
    writer.commit([encoded(rng, number) for number in range(CORPUS + 20)])
    for first in range(0, CORPUS, 80):
        writer.commit(corpus[first : first + 80])
    writer.commit([], [report_id(number) for number in range(CORPUS, CORPUS + 20)])
    return opened(root)


def test_nothing_is_open_before_the_first_commit(root: Path) -> None:
    assert open_vectors(root, ENCODER) is None


def test_it_holds_the_latest_of_every_report(store: SnapshotVectors, corpus: list[EncodedReport]) -> None:
    assert store.size == CORPUS
    assert store.passages == sum(len(e.passages) for e in corpus)
    assert store.encoder == ENCODER


@pytest.mark.parametrize("name", CRITERIA)
def test_nearest_is_brute_force_under_every_filter(
    name: str, store: SnapshotVectors, corpus: list[EncodedReport], rng: np.random.Generator
) -> None:
    filters = CRITERIA[name]
    assert accepted([e.report for e in corpus], filters)
    for query in random_vectors(rng, 3)[:, None]:
        expected = list(best_scores(query, corpus, filters))
        assert store.nearest(query, 10, filters) == expected[:10]
        assert store.nearest(query, CORPUS + 9, filters) == expected


def test_random_filters_let_nothing_else_out(
    store: SnapshotVectors, corpus: list[EncodedReport], rng: np.random.Generator
) -> None:
    sizes = set()
    for query in random_vectors(rng, 60)[:, None]:
        filters = random_filters(rng)
        expected = list(best_scores(query, corpus, filters))
        sizes.add(len(expected))
        assert store.nearest(query, 5, filters) == expected[:5]
        assert sorted(store.nearest(query, 1000, filters)) == sorted(expected)
    assert len(sizes) > 10


def test_reports_to_do_without_are_left_out(
    store: SnapshotVectors, corpus: list[EncodedReport], rng: np.random.Generator
) -> None:
    query = random_vectors(rng, 1)
    expected = list(best_scores(query, corpus, NO_FILTER))
    assert store.nearest(query, 5, NO_FILTER, without={expected[0], expected[2], "unknown"}) == [
        expected[1],
        *expected[3:7],
    ]


def test_a_filter_that_nothing_passes_finds_nothing(store: SnapshotVectors, rng: np.random.Generator) -> None:
    assert store.nearest(random_vectors(rng, 1), 5, Filters(age_min=500)) == []


def test_similarities_are_brute_force_by_kind(
    store: SnapshotVectors, corpus: list[EncodedReport], rng: np.random.Generator
) -> None:
    query = random_vectors(rng, 1)
    asked = [corpus[number] for number in rng.permutation(CORPUS)[:50]]
    found = store.similarities(query, [*(e.report.report_id for e in asked), "unknown"])
    assert list(found) == [e.report.report_id for e in asked]
    for e in asked:
        scores = e.vectors.astype(np.float16).astype(np.float32) @ query[0]
        kinds = {p.kind for p in e.passages}
        best = {kind: max(s for s, p in zip(scores, e.passages, strict=True) if p.kind is kind) for kind in kinds}
        assert found[e.report.report_id].best == pytest.approx(best, abs=1e-5)


def test_the_closest_passage_is_a_part_where_there_is_one(
    store: SnapshotVectors, corpus: list[EncodedReport], rng: np.random.Generator
) -> None:
    query = random_vectors(rng, 1)
    found = store.similarities(query, [e.report.report_id for e in corpus])
    seen = set()
    for e in corpus:
        scores = e.vectors.astype(np.float16).astype(np.float32) @ query[0]
        parts = [i for i, p in enumerate(e.passages) if p.kind is not PassageKind.WHOLE] or [0]
        passage = e.passages[max(parts, key=lambda i: scores[i])]
        similarity = found[e.report.report_id]
        assert (similarity.section, similarity.start, similarity.end) == (passage.section, passage.start, passage.end)
        seen.add(passage.section if len(e.passages) > 1 else None)
    assert seen == {None, SectionKind.RESULTS, SectionKind.CONCLUSION}


def test_similarities_of_nothing_are_nothing(store: SnapshotVectors, rng: np.random.Generator) -> None:
    assert store.similarities(random_vectors(rng, 1), []) == {}
    assert store.similarities(random_vectors(rng, 1), ["unknown"]) == {}


def test_a_store_emptied_of_all_its_reports_answers(root: Path, rng: np.random.Generator) -> None:
    writer = SnapshotWriter(root, ENCODER)
    writer.commit([encoded(rng, 1)])
    writer.commit([], [report_id(1)])
    store = opened(root)
    assert (store.size, store.passages) == (0, 0)
    assert store.nearest(random_vectors(rng, 1), 5, NO_FILTER) == []
    assert store.nearest(random_vectors(rng, 1), 5, CRITERIA["two regions"]) == []
    assert store.similarities(random_vectors(rng, 1), [report_id(1)]) == {}


def test_a_report_without_passages_is_held_and_never_near(root: Path, rng: np.random.Generator) -> None:
    bare = dataclasses.replace(encoded(rng, 1), passages=(), vectors=np.empty((0, DIM), np.float32))
    SnapshotWriter(root, ENCODER).commit([bare, encoded(rng, 2)])
    store = opened(root)
    assert store.size == 2
    assert store.nearest(random_vectors(rng, 1), 5, NO_FILTER) == [report_id(2)]
    assert list(store.similarities(random_vectors(rng, 1), [report_id(1), report_id(2)])) == [report_id(2)]


def test_a_report_with_many_near_passages_does_not_crowd_out_others(root: Path, rng: np.random.Generator) -> None:
    query = random_vectors(rng, 1)
    passages = encoded(rng, 1).passages[:1] * 50
    crowd = dataclasses.replace(encoded(rng, 1), passages=passages, vectors=np.repeat(query, 50, axis=0))
    others = [encoded(rng, number) for number in range(2, 8)]
    SnapshotWriter(root, ENCODER).commit([crowd, *others])
    assert opened(root).nearest(query, 4, NO_FILTER) == list(best_scores(query, [crowd, *others], NO_FILTER))[:4]


def test_another_encoder_is_refused_with_what_to_do(root: Path, rng: np.random.Generator) -> None:
    SnapshotWriter(root, ENCODER).commit([encoded(rng, 1)])
    other = dataclasses.replace(ENCODER, name="autre", dim=16)
    for attempt in (lambda: open_vectors(root, other), lambda: SnapshotWriter(root, other)):
        with pytest.raises(
            EncoderMismatch,
            match=r"by the encoder essai \(8 dimensions\), and autre \(16 dimensions\) is set.*"
            "RADIOTHEQUE_ENCODER.*radiotheque rebuild --store vectors",
        ):
            attempt()
    for change in ({"query_prompt": ""}, {"document_prompt": ""}, {"weights": "1" * 64}):
        with pytest.raises(EncoderMismatch, match="or its weights or prompts differ"):
            open_vectors(root, dataclasses.replace(ENCODER, **change))  # type: ignore[arg-type]
    assert open_vectors(root) is not None


def test_a_query_of_another_length_is_refused(store: SnapshotVectors, rng: np.random.Generator) -> None:
    with pytest.raises(DimensionMismatch, match=r"shape \(1, 9\) came; the index takes \(n, 8\)"):
        store.nearest(random_vectors(rng, 1, DIM + 1), 5, NO_FILTER)

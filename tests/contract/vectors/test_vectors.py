"""The vector store as retrieval sees it: exact, filtered, compared with numpy."""

import dataclasses

import numpy as np
import pytest

from indexer.errors import DimensionMismatch, EncoderMismatch
from indexer.passage import EncodedReport, PassageKind
from indexer.report import Assertion, Laterality, Modality, SectionKind
from indexer.steps import unobserved
from indexer.stores.filters import Filters, StatedFinding
from indexer.stores.vectors.base import VectorEngine, VectorStore
from tests.contract.vectors.conftest import CORPUS
from tests.contract.vectors.engines import DIM, ENCODER, NO_FILTER, best_scores, held, nearest, opened, write
from tests.unit.indexer.stores.reports import CRITERIA, FINDING_CRITERIA, accepted, clause, random_filters, report_id
from tests.unit.indexer.stores.vectors.conftest import encoded, of_fingerprint, random_vectors


def test_nothing_is_open_before_the_first_commit(engine: VectorEngine) -> None:
    assert engine.current() is None
    assert engine.open(ENCODER) is None
    assert engine.held() is None


def test_it_holds_the_latest_of_every_report(filled: VectorEngine, corpus: list[EncodedReport]) -> None:
    assert held(filled) == {e.report.report_id: e.report.fingerprint for e in corpus}
    found = filled.held()
    assert found is not None
    assert found.encoder == ENCODER


def test_what_is_written_again_is_replaced_and_what_is_removed_is_gone(
    engine: VectorEngine, rng: np.random.Generator
) -> None:
    one, two = encoded(rng, 1), encoded(rng, 2)
    write(engine, [of_fingerprint(one, "old"), of_fingerprint(two, "kept")])
    write(engine, [of_fingerprint(encoded(rng, 1), "new")])
    assert held(engine) == {report_id(1): "new", report_id(2): "kept"}
    write(engine, [], [report_id(1), "unknown"])
    assert held(engine) == {report_id(2): "kept"}
    write(engine, [one], [report_id(2)])
    query = one.vectors[:1]
    assert opened(engine).nearest(query, 5, NO_FILTER) == [report_id(1)]
    assert opened(engine).similarities(query, [report_id(1), report_id(2)])[report_id(1)].best[
        PassageKind.WHOLE
    ] == pytest.approx(1.0, abs=1e-3)


def test_one_finding_meets_a_criterion_all_at_once(engine: VectorEngine, rng: np.random.Generator) -> None:
    """A nodule of 20 mm and a denied cyst are not a cyst of more than 10 mm, nor a denied nodule."""
    nowhere = (Laterality.NONE, SectionKind.RESULTS)
    large_nodule = StatedFinding(frozenset({"nodule"}), Assertion.PRESENT, *nowhere, 20.0)
    large_cyst = StatedFinding(frozenset({"cyst"}), Assertion.PRESENT, *nowhere, 20.0)
    no_nodule = StatedFinding(frozenset({"nodule"}), Assertion.ABSENT, *nowhere)
    no_cyst = StatedFinding(frozenset({"cyst"}), Assertion.ABSENT, *nowhere)
    stated = [(no_nodule, large_cyst), (large_nodule, no_cyst), (large_nodule, large_cyst), ()]
    reports = [
        dataclasses.replace(encoded(rng, number, metadata=False), findings=findings)
        for number, findings in enumerate(stated)
    ]
    write(engine, reports)
    asked = Filters(findings=(clause("nodule", Assertion.ABSENT), clause("cyst", Assertion.PRESENT, size_min=10.0)))
    accepted = [e.report.report_id for e in reports if asked.accepts(e.report.metadata, e.findings)]
    assert accepted == [report_id(0)]
    store = opened(engine)
    within = None if store.keeps_findings else accepted
    assert store.nearest(random_vectors(rng, 1), 9, asked, within=within) == accepted


def test_what_reports_are_filtered_by_is_written_anew_where_it_can_be(
    engine: VectorEngine, rng: np.random.Generator
) -> None:
    """Their vectors stay; where nothing that is written changes, nothing is done and none is said to be."""
    nodule = StatedFinding(frozenset({"nodule"}), Assertion.PRESENT, Laterality.LEFT, SectionKind.RESULTS, 20.0)
    before = [encoded(rng, number, metadata=False) for number in range(3)]
    before = [dataclasses.replace(e, findings=()) for e in before]
    write(engine, before)
    exam = dataclasses.replace(before[1].report.metadata, modality=Modality.MR, age=None)
    after = dataclasses.replace(before[1].report, metadata=exam)
    unknown = dataclasses.replace(after, report_id="unknown")
    done = engine.restate([(after, (nodule,)), (unknown, (nodule,))])
    store, query = opened(engine), before[1].vectors[:1]
    assert done == ({report_id(1)} if store.keeps_findings else set())
    assert held(engine) == {e.report.report_id: e.report.fingerprint for e in before}
    asked = Filters(modalities=frozenset({Modality.MR}))
    assert set(store.nearest(query, 9, asked)) == done
    if store.keeps_findings:
        wanted = Filters(findings=(clause("nodule", Assertion.PRESENT, size_min=10.0),))
        assert store.nearest(query, 9, wanted) == [report_id(1)]
    assert store.nearest(query, 1, NO_FILTER) == [report_id(1)]
    assert store.similarities(query, [report_id(1)])[report_id(1)].best[PassageKind.WHOLE] == pytest.approx(1, abs=1e-3)
    assert engine.restate([]) == set()


def test_before_the_first_commit_nothing_is_written_anew(engine: VectorEngine, rng: np.random.Generator) -> None:
    assert engine.restate([(encoded(rng, 1).report, ())]) == set()
    assert engine.current() is None


def test_ids_of_any_characters_are_kept(engine: VectorEngine, rng: np.random.Generator) -> None:
    """Ids of this program are hexadecimal; a store does not rely on it."""
    ids = ["é-œ/ß|*?", "пациент 7", "一二三", "a" * 400]
    reports = [encoded(rng, number, metadata=False) for number in range(len(ids))]
    reports = [
        dataclasses.replace(e, report=dataclasses.replace(e.report, report_id=i))
        for e, i in zip(reports, ids, strict=True)
    ]
    write(engine, reports)
    query = random_vectors(rng, 1)
    assert set(held(engine)) == set(ids)
    assert opened(engine).nearest(query, 9, NO_FILTER) == list(best_scores(query, reports, NO_FILTER))
    assert set(opened(engine).similarities(query, ids)) == set(ids)
    assert set(opened(engine).nearest(query, 9, NO_FILTER, without=ids[:3])) == {ids[3]}
    write(engine, [], ids[:3])
    assert set(held(engine)) == {ids[3]}


@pytest.mark.parametrize("name", {**CRITERIA, **FINDING_CRITERIA})
def test_nearest_is_brute_force_under_every_filter(
    name: str, store: VectorStore, corpus: list[EncodedReport], rng: np.random.Generator
) -> None:
    filters = {**CRITERIA, **FINDING_CRITERIA}[name]
    assert accepted([e.report for e in corpus], filters)
    for query in random_vectors(rng, 3)[:, None]:
        expected = list(best_scores(query, corpus, filters))
        assert nearest(store, query, 10, filters, corpus) == expected[:10]
        assert nearest(store, query, CORPUS + 9, filters, corpus) == expected


def test_random_filters_let_nothing_else_out(
    store: VectorStore, corpus: list[EncodedReport], rng: np.random.Generator
) -> None:
    sizes = set()
    for query in random_vectors(rng, 60)[:, None]:
        findings = FINDING_CRITERIA[sorted(FINDING_CRITERIA)[int(rng.integers(len(FINDING_CRITERIA)))]].findings
        filters = dataclasses.replace(random_filters(rng), findings=findings if rng.random() < 0.5 else ())
        expected = list(best_scores(query, corpus, filters))
        sizes.add(len(expected))
        assert nearest(store, query, 5, filters, corpus) == expected[:5]
        assert sorted(nearest(store, query, 1000, filters, corpus)) == sorted(expected)
    assert len(sizes) > 10


def test_reports_to_do_without_are_left_out(
    store: VectorStore, corpus: list[EncodedReport], rng: np.random.Generator
) -> None:
    query = random_vectors(rng, 1)
    expected = list(best_scores(query, corpus, NO_FILTER))
    assert store.nearest(query, 5, NO_FILTER, without={expected[0], expected[2], "unknown"}) == [
        expected[1],
        *expected[3:7],
    ]


def test_a_filter_that_nothing_passes_finds_nothing(store: VectorStore, rng: np.random.Generator) -> None:
    assert store.nearest(random_vectors(rng, 1), 5, Filters(age_min=500)) == []


def test_similarities_are_brute_force_by_kind(
    store: VectorStore, corpus: list[EncodedReport], rng: np.random.Generator
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
    store: VectorStore, corpus: list[EncodedReport], rng: np.random.Generator
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


def test_similarities_of_nothing_are_nothing(store: VectorStore, rng: np.random.Generator) -> None:
    assert store.similarities(random_vectors(rng, 1), []) == {}
    assert store.similarities(random_vectors(rng, 1), ["unknown"]) == {}


def test_a_store_emptied_of_all_its_reports_answers(engine: VectorEngine, rng: np.random.Generator) -> None:
    write(engine, [encoded(rng, 1)])
    write(engine, [], [report_id(1)])
    store = opened(engine)
    assert held(engine) == {}
    assert store.nearest(random_vectors(rng, 1), 5, NO_FILTER) == []
    assert store.nearest(random_vectors(rng, 1), 5, CRITERIA["two regions"]) == []
    assert store.similarities(random_vectors(rng, 1), [report_id(1)]) == {}


def test_a_report_without_passages_is_held_and_never_near(engine: VectorEngine, rng: np.random.Generator) -> None:
    bare = dataclasses.replace(encoded(rng, 1), passages=(), vectors=np.empty((0, DIM), np.float32))
    write(engine, [bare, encoded(rng, 2)])
    store = opened(engine)
    assert set(held(engine)) == {report_id(1), report_id(2)}
    assert store.nearest(random_vectors(rng, 1), 5, NO_FILTER) == [report_id(2)]
    assert list(store.similarities(random_vectors(rng, 1), [report_id(1), report_id(2)])) == [report_id(2)]


def test_a_report_with_many_near_passages_does_not_crowd_out_others(
    engine: VectorEngine, rng: np.random.Generator
) -> None:
    query = random_vectors(rng, 1)
    passages = encoded(rng, 1).passages[:1] * 50
    crowd = dataclasses.replace(encoded(rng, 1), passages=passages, vectors=np.repeat(query, 50, axis=0))
    others = [encoded(rng, number) for number in range(2, 8)]
    write(engine, [crowd, *others])
    assert opened(engine).nearest(query, 4, NO_FILTER) == list(best_scores(query, [crowd, *others], NO_FILTER))[:4]


def test_another_encoder_is_refused_with_what_to_do(engine: VectorEngine, rng: np.random.Generator) -> None:
    write(engine, [encoded(rng, 1)])
    other = dataclasses.replace(ENCODER, name="autre", dim=16)
    for attempt in (lambda: engine.open(other), lambda: engine.writer(other, unobserved)):
        with pytest.raises(
            EncoderMismatch,
            match=r"by the encoder essai \(8 dimensions\), and autre \(16 dimensions\) is set.*"
            "RADIOTHEQUE_ENCODER.*radiotheque rebuild --store vectors",
        ):
            attempt()
    for change in ({"query_prompt": ""}, {"document_prompt": ""}, {"weights": "1" * 64}):
        with pytest.raises(EncoderMismatch, match="or its weights or prompts differ"):
            engine.open(dataclasses.replace(ENCODER, **change))  # type: ignore[arg-type]
    found = engine.held()
    assert found is not None
    assert found.encoder == ENCODER


def test_a_query_of_another_length_is_refused(store: VectorStore, rng: np.random.Generator) -> None:
    with pytest.raises(DimensionMismatch, match=r"shape \(1, 9\) came; the index takes \(n, 8\)"):
        store.nearest(random_vectors(rng, 1, DIM + 1), 5, NO_FILTER)
    with pytest.raises(DimensionMismatch, match=r"shape \(1, 9\) came; the index takes \(n, 8\)"):
        store.similarities(random_vectors(rng, 1, DIM + 1), [report_id(1)])


def test_passages_of_another_length_are_refused_and_change_nothing(
    engine: VectorEngine, rng: np.random.Generator
) -> None:
    write(engine, [encoded(rng, 1)])
    with pytest.raises(DimensionMismatch, match=rf"\d, 9\) came; the snapshot takes \(\d, {DIM}\)"):
        write(engine, [encoded(rng, 3), encoded(rng, 2, dim=DIM + 1)], [report_id(1)])
    assert list(held(engine)) == [report_id(1)]

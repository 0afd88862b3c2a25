"""The contract of the full text, on every engine: what is held, what passes, what is counted."""

import datetime as dt
from collections import Counter

import numpy as np
import pytest

from indexer.report import Assertion, BodyRegion, ExamMetadata, Modality, Report, SectionKind, Sex
from indexer.stores.filters import Filters
from indexer.stores.text.base import Facet, TextQuery, TextStore, WithinSection
from indexer.words import terms
from tests.contract.text.conftest import CORPUS
from tests.contract.text.engines import (
    ANY,
    NO_FILTER,
    Open,
    as_document,
    asking,
    found,
    numbers,
    phrase,
    phrase_within,
    sectioned,
    within,
    write,
)
from tests.unit.indexer.stores.reports import CRITERIA as EXAM_CRITERIA
from tests.unit.indexer.stores.reports import (
    FINDING_CRITERIA,
    accepted,
    make_report,
    random_filters,
    report_id,
    stated,
)

CRITERIA = EXAM_CRITERIA | FINDING_CRITERIA


class TestHolding:
    def test_an_empty_store_answers_everything(self, store: TextStore) -> None:
        assert found(store, asking("foie")) == []
        assert store.count(ANY, NO_FILTER) == 0
        assert store.newest(ANY, NO_FILTER, 0, 10) == []
        assert list(store.fingerprints()) == []
        assert store.scores(asking("foie"), [report_id(1)]) == {}
        assert store.passing(ANY, NO_FILTER, [report_id(1)]) == []
        assert store.facets(ANY, NO_FILTER) == {facet: {} for facet in Facet}

    def test_what_is_added_is_found(self, store: TextStore) -> None:
        write(store, [make_report(1, "Kyste du rein."), make_report(2, "Foie normal.")])
        assert numbers(found(store, asking("kystes rénaux rein"))) == [1]

    def test_an_update_replaces(self, store: TextStore) -> None:
        old, new = make_report(1, "Kyste du rein."), make_report(1, "Fracture.")
        write(store, [old])
        write(store, [new])
        assert found(store, asking("kyste")) == []
        assert numbers(found(store, asking("fracture"))) == [1]
        assert list(store.fingerprints()) == [(new.report_id, new.fingerprint)]

    def test_what_is_removed_is_gone(self, store: TextStore) -> None:
        write(store, [make_report(1), make_report(2)])
        write(store, [], [report_id(1), report_id(77)])
        assert numbers(found(store, asking("foie"))) == [2]
        assert store.count(ANY, NO_FILTER) == 1

    def test_removed_and_added_in_one_commit_is_held(self, store: TextStore) -> None:
        write(store, [make_report(1)])
        write(store, [make_report(1, "Rate.")], [report_id(1)])
        assert numbers(found(store, asking("rate"))) == [1]

    def test_fingerprints_are_of_all_that_is_held(self, filled: TextStore, corpus: list[Report]) -> None:
        assert sorted(filled.fingerprints()) == [(r.report_id, r.fingerprint) for r in corpus]

    def test_a_reader_sees_a_commit_after_refresh_only(self, open_store: Open) -> None:
        writer, reader = open_store(), open_store()
        write(writer, [make_report(1)])
        assert reader.count(ANY, NO_FILTER) == 0
        reader.refresh()
        assert reader.count(ANY, NO_FILTER) == 1
        write(writer, [], [report_id(1)])
        assert numbers(found(reader, asking("foie"))) == [1]
        reader.refresh()
        assert found(reader, asking("foie")) == []

    def test_a_closed_store_opens_with_what_it_held(self, open_store: Open, corpus: list[Report]) -> None:
        first = open_store()
        write(first, corpus[:20])
        first.close()
        second = open_store()
        assert second.count(ANY, NO_FILTER) == 20
        write(second, corpus[20:30])
        assert second.count(ANY, NO_FILTER) == 30


class TestFilters:
    @pytest.mark.parametrize("name", CRITERIA)
    def test_every_criterion_holds_in_every_method(self, name: str, filled: TextStore, corpus: list[Report]) -> None:
        filters = CRITERIA[name]
        wanted = accepted(corpus, filters)
        assert wanted
        everything = [report.report_id for report in corpus]
        holding = [r.report_id for r in corpus if {"kyst", "nodul"} & set(terms(r.text)) and r.report_id in wanted]
        assert holding
        assert filled.count(ANY, filters) == len(wanted)
        assert filled.passing(ANY, filters, everything) == wanted
        assert sorted(filled.newest(ANY, filters, 0, 1000)) == wanted
        assert sorted(found(filled, asking("kyste nodule"), filters)) == holding

    def test_random_filters_let_nothing_else_out(
        self, filled: TextStore, corpus: list[Report], rng: np.random.Generator
    ) -> None:
        everything = [report.report_id for report in corpus]
        query = asking("kyste nodule foie rein poumon", denied_things=(("frac",), ("fractur",)))
        sizes = set()
        for _ in range(60):
            filters = random_filters(rng)
            wanted = accepted(corpus, filters)
            sizes.add(len(wanted))
            assert filled.passing(ANY, filters, everything) == wanted
            assert filled.count(ANY, filters) == len(wanted)
            assert set(found(filled, query, filters)) <= set(wanted)
            assert set(filled.contradicting(query, filters)) <= set(wanted)
        assert len(sizes) > 10

    def test_a_filter_does_not_change_scores(self, filled: TextStore) -> None:
        query = asking("kyste nodule")
        free = {h.report_id: h.score for h in filled.search(query, NO_FILTER, 1000, avoid_contradiction=False)}
        kept = filled.search(query, CRITERIA["modality"], 1000, avoid_contradiction=False)
        assert kept
        assert [hit.score for hit in kept] == pytest.approx([free[hit.report_id] for hit in kept], rel=1e-6)

    def test_a_site_is_compared_as_it_is_written(self, store: TextStore) -> None:
        write(store, [make_report(1, exam=ExamMetadata(site="CHU Été")), make_report(2, exam=ExamMetadata(site="CHU"))])
        assert store.count(ANY, Filters(sites=frozenset({"CHU"}))) == 1
        assert store.count(ANY, Filters(sites=frozenset({"chu été"}))) == 0
        assert store.facets(ANY, NO_FILTER)[Facet.SITE] == {"CHU": 1, "CHU Été": 1}


class TestCounting:
    @pytest.mark.parametrize("name", CRITERIA)
    def test_facets_are_counted_by_brute_force_alike(self, name: str, filled: TextStore, corpus: list[Report]) -> None:
        passing = [report for report in corpus if CRITERIA[name].accepts(report.metadata, stated(report))]
        assert passing
        exams = [report.metadata for report in passing]
        present = [{c for f in stated(r) if f.assertion is Assertion.PRESENT for c in f.concepts} for r in passing]
        assert filled.facets(ANY, CRITERIA[name]) == {
            Facet.MODALITY: Counter(str(e.modality) for e in exams if e.modality),
            Facet.REGION: Counter(str(region) for e in exams for region in e.regions),
            Facet.SEX: Counter(str(e.sex) for e in exams),
            Facet.SITE: Counter(e.site for e in exams if e.site),
            Facet.YEAR: Counter(str(e.exam_date.year) for e in exams if e.exam_date),
            Facet.AGE: Counter(str(e.age // 10 * 10) for e in exams if e.age is not None),
            Facet.FINDING: Counter(concept for concepts in present for concept in concepts),
        }

    def test_facets_count_what_the_phrases_and_exclusions_leave(self, store: TextStore) -> None:
        write(
            store,
            [
                make_report(1, "Kyste rénal.", ExamMetadata(Modality.CT)),
                make_report(2, "Kyste rénal et fracture.", ExamMetadata(Modality.CT)),
                make_report(3, "Rein.", ExamMetadata(Modality.MR)),
            ],
        )
        query = TextQuery(phrases=(("kyste", "renal"),), excluded=tuple(terms("fracture")))
        assert store.facets(query, NO_FILTER)[Facet.MODALITY] == {"CT": 1}
        assert store.count(query, NO_FILTER) == 1

    def test_all_terms_counts_what_holds_every_word(self, filled: TextStore, corpus: list[Report]) -> None:
        wanted = sum({"kyst", "foi"} <= set(terms(report.text)) for report in corpus)
        some = sum(bool({"kyst", "foi"} & set(terms(report.text))) for report in corpus)
        assert 0 < wanted < some
        assert filled.count(asking("kyste foie kyste"), NO_FILTER, all_terms=True) == wanted
        assert filled.count(asking("kyste foie"), NO_FILTER) == len(corpus)
        assert len(found(filled, asking("kyste foie"))) == some

    def test_the_count_does_not_depend_on_how_many_are_asked_for(self, filled: TextStore) -> None:
        query = asking("kyste")
        assert len(filled.search(query, NO_FILTER, 3, avoid_contradiction=False)) == 3
        assert filled.count(query, NO_FILTER, all_terms=True) == len(found(filled, query)) > 3


class TestPaging:
    def test_newest_first_and_the_undated_last(self, filled: TextStore, corpus: list[Report]) -> None:
        date_of = {report.report_id: report.metadata.exam_date for report in corpus}
        dates = [date_of[i] for i in filled.newest(ANY, NO_FILTER, 0, 1000)]
        dated = [date for date in dates if date]
        assert dated == sorted(dated, reverse=True)
        assert dates[len(dated) :] == [None] * sum(date is None for date in date_of.values())
        assert dates[-1] is None

    def test_pages_join_to_the_whole(self, filled: TextStore) -> None:
        whole = filled.newest(ANY, NO_FILTER, 0, 1000)
        pages = [filled.newest(ANY, NO_FILTER, offset, 7) for offset in range(0, CORPUS, 7)]
        assert [i for page in pages for i in page] == whole
        assert len(set(whole)) == CORPUS

    def test_equal_days_keep_one_order(self, store: TextStore) -> None:
        day = ExamMetadata(exam_date=dt.date(2020, 1, 1))
        for first in range(0, 30, 6):
            write(store, [make_report(number, exam=day) for number in range(first, first + 6)])
        whole = store.newest(ANY, NO_FILTER, 0, 100)
        assert [store.newest(ANY, NO_FILTER, offset, 1) for offset in range(30)] == [[i] for i in whole]
        assert sorted(numbers(whole)) == list(range(30))

    def test_beyond_the_last_page_is_nothing(self, filled: TextStore) -> None:
        assert filled.newest(ANY, NO_FILTER, CORPUS, 10) == []


class TestWords:
    def test_a_phrase_is_its_words_one_after_the_other(self, store: TextStore) -> None:
        write(
            store,
            [
                make_report(1, "Épanchement pleural gauche."),
                make_report(2, "Épanchement péricardique et pleural."),
                make_report(3, "Pleural épanchement."),
                make_report(4, "EPANCHEMENT PLEURAL"),
                make_report(5, "Épanchements pleuraux."),
            ],
        )
        assert sorted(numbers(store.newest(phrase("épanchement pleural"), NO_FILTER, 0, 9))) == [1, 4]

    def test_a_phrase_counts_function_words_and_elisions(self, store: TextStore) -> None:
        write(store, [make_report(1, "Kyste de l'ovaire."), make_report(2, "Kyste ovaire.")])
        assert numbers(store.newest(phrase("kyste de l'ovaire"), NO_FILTER, 0, 9)) == [1]
        assert numbers(store.newest(phrase("de"), NO_FILTER, 0, 9)) == [1]

    def test_every_phrase_must_be_there(self, store: TextStore) -> None:
        write(store, [make_report(1, "Kyste rénal. Nodule froid."), make_report(2, "Kyste rénal.")])
        query = TextQuery(phrases=(("kyste", "renal"), ("nodule", "froid")))
        assert numbers(store.newest(query, NO_FILTER, 0, 9)) == [1]

    def test_excluded_words_are_nowhere(self, filled: TextStore, corpus: list[Report]) -> None:
        query = asking("nodule", excluded=("kyst", "foi"))
        wanted = [r.report_id for r in corpus if "nodul" in terms(r.text) and not {"kyst", "foi"} & set(terms(r.text))]
        assert wanted
        assert sorted(found(filled, query)) == wanted

    def test_case_accents_and_number_do_not_matter(self, store: TextStore) -> None:
        write(
            store,
            [make_report(1, "ŒDÈME DES PAPILLES"), make_report(2, "Kystes hépatiques"), make_report(3, "x 字 😀")],
        )
        assert numbers(found(store, asking("oedeme papille"))) == [1]
        assert numbers(found(store, asking("KYSTE HEPATIQUE"))) == [2]
        assert numbers(found(store, asking("字"))) == [3]

    def test_a_very_long_word_is_held(self, store: TextStore) -> None:
        word = "abcdefghij" * 20
        write(store, [make_report(1, f"kyste {word} rein")])
        assert numbers(found(store, TextQuery(terms=tuple(terms(word))))) == [1]
        assert numbers(store.newest(phrase(f"kyste {word} rein"), NO_FILTER, 0, 9)) == [1]

    def test_a_query_without_words_finds_nothing_and_passes_all(self, store: TextStore) -> None:
        write(store, [make_report(1)])
        assert found(store, ANY) == []
        assert store.scores(ANY, [report_id(1)]) == {}
        assert store.count(ANY, NO_FILTER) == 1


INDICATION, RESULTS, CONCLUSION = SectionKind.INDICATION, SectionKind.RESULTS, SectionKind.CONCLUSION


class TestSections:
    REPORTS = (
        sectioned(1, (INDICATION, "Embolie pulmonaire ?"), (CONCLUSION, "Pas de fracture.")),
        sectioned(2, (INDICATION, "Douleur."), (RESULTS, "Fracture."), (CONCLUSION, "Embolies pulmonaires droites.")),
        sectioned(3, (RESULTS, "Une embolie"), (CONCLUSION, "pulmonaire EMBOLIE")),
        sectioned(4, (CONCLUSION, "Une embolie"), (RESULTS, "Rein normal."), (CONCLUSION, "pulmonaire droite")),
        sectioned(5, (CONCLUSION, "Embolie"), (CONCLUSION, "pulmonaire"), (CONCLUSION, "L'embolie pulmonaire d'hier.")),
        make_report(6, "Embolie pulmonaire, sans conclusion."),
    )

    @pytest.mark.parametrize(
        ("asked", "expected"),
        [
            ([within(CONCLUSION, "embolie")], [2, 3, 4, 5]),
            ([within(INDICATION, "embolie")], [1]),
            ([within(RESULTS, "embolie")], [3, 6]),
            ([within(CONCLUSION, "EMBOLIES"), within(RESULTS, "embolie")], [3]),
            ([within(CONCLUSION, "embolie"), within(CONCLUSION, "droit")], [2, 4]),
            ([phrase_within(CONCLUSION, "embolie pulmonaire")], [5]),
            ([phrase_within(CONCLUSION, "embolies pulmonaires")], [2]),
            ([phrase_within(CONCLUSION, "l’Embolie")], [5]),
            ([phrase_within(CONCLUSION, "pulmonaire")], [3, 4, 5]),
            ([phrase_within(CONCLUSION, "pulmonaire l'embolie")], []),
            ([phrase_within(INDICATION, "indication")], []),
            ([within(CONCLUSION, "fracture", excluded=True)], [2, 3, 4, 5, 6]),
            ([within(CONCLUSION, "embolie", excluded=True)], [1, 6]),
            ([phrase_within(CONCLUSION, "embolie pulmonaire", excluded=True)], [1, 2, 3, 4, 6]),
            ([within(CONCLUSION, "embolie"), within(RESULTS, "fracture", excluded=True)], [3, 4, 5]),
            ([within(SectionKind.TECHNIQUE, "embolie")], []),
            ([within(SectionKind.COMPARISON, "embolie", excluded=True)], [1, 2, 3, 4, 5, 6]),
        ],
    )
    def test_what_a_section_holds_restricts_every_method(
        self, asked: list[WithinSection], expected: list[int], store: TextStore
    ) -> None:
        write(store, self.REPORTS)
        everything = [report.report_id for report in self.REPORTS]
        query = asking("embolie pas", within=tuple(asked), denied_things=(("embol",),))
        assert sorted(numbers(store.newest(query, NO_FILTER, 0, 9))) == expected
        assert numbers(store.passing(query, NO_FILTER, everything)) == expected
        assert store.count(query, NO_FILTER) == len(expected)
        assert store.facets(query, NO_FILTER)[Facet.SEX] == ({"U": len(expected)} if expected else {})
        assert sorted(numbers(found(store, query))) == expected
        assert sorted(numbers(store.contradicting(query, NO_FILTER))) == expected
        assert store.count(query, NO_FILTER, all_terms=True) == len({1} & set(expected))

    def test_a_section_does_not_change_scores(self, store: TextStore) -> None:
        write(store, self.REPORTS)
        free = {h.report_id: h.score for h in store.search(asking("embolie"), NO_FILTER, 9, avoid_contradiction=False)}
        query = asking("embolie", within=(within(CONCLUSION, "embolie"),))
        kept = store.search(query, NO_FILTER, 9, avoid_contradiction=False)
        assert len(kept) == 4
        assert [hit.score for hit in kept] == pytest.approx([free[hit.report_id] for hit in kept], rel=1e-6)
        assert store.scores(query, list(free)) == pytest.approx(free, rel=1e-6)

    def test_an_update_replaces_what_sections_hold(self, store: TextStore) -> None:
        write(store, self.REPORTS)
        write(store, [sectioned(2, (CONCLUSION, "Rien.")), sectioned(1, (CONCLUSION, "Embolie."))])
        held = store.newest(TextQuery(within=(within(CONCLUSION, "embolie"),)), NO_FILTER, 0, 9)
        assert sorted(numbers(held)) == [1, 3, 4, 5]

    def test_a_section_of_nothing_but_signs_holds_nothing(self, store: TextStore) -> None:
        write(store, [sectioned(1, (CONCLUSION, "---")), sectioned(2, (CONCLUSION, "?"), (CONCLUSION, "Kyste | rein"))])
        assert numbers(store.newest(TextQuery(within=(within(CONCLUSION, "rein"),)), NO_FILTER, 0, 9)) == [2]
        assert store.count(TextQuery(within=(phrase_within(CONCLUSION, "kyste rein"),)), NO_FILTER) == 1


class TestRanking:
    def test_scores_are_those_of_search(self, filled: TextStore, corpus: list[Report]) -> None:
        query = asking("kyste nodule nodule gauche", affirmed=("kyst", "nodul"))
        hits = {h.report_id: h.score for h in filled.search(query, NO_FILTER, 1000, avoid_contradiction=False)}
        assert 50 < len(hits) < CORPUS
        assert filled.scores(query, [r.report_id for r in corpus]) == pytest.approx(hits, rel=1e-5)
        assert filled.scores(query, [report_id(10**6)]) == {}

    def test_the_best_come_first_whatever_the_limit(self, filled: TextStore) -> None:
        query = asking("kyste nodule gauche", affirmed=("kyst",))
        scores = [hit.score for hit in filled.search(query, NO_FILTER, 1000, avoid_contradiction=False)]
        assert scores == sorted(scores, reverse=True)
        assert [h.score for h in filled.search(query, NO_FILTER, 9, avoid_contradiction=False)] == scores[:9]

    def test_more_and_rarer_words_weigh_more(self, store: TextStore) -> None:
        write(store, [make_report(n, "foie normal ici") for n in range(10)] + [make_report(50, "kyste normal ici")])
        assert numbers(found(store, asking("kyste foie")))[0] == 50
        write(store, [make_report(60, "kyste foie ici")])
        assert numbers(found(store, asking("kyste foie")))[0] == 60

    def test_what_is_affirmed_ranks_above_what_is_denied(self, store: TextStore) -> None:
        write(store, [make_report(1, "Pas d'embolie. Foie vu."), make_report(2, "Une embolie. Pas de foie vu.")])
        assert numbers(found(store, asking("embolie", affirmed=("embol",)))) == [2, 1]


class TestContradiction:
    REPORTS = (
        make_report(1, "Embolie pulmonaire du lobe droit."),
        make_report(2, "Pas d'embolie pulmonaire."),
        make_report(3, "Embolie pulmonaire ancienne. Pas d'embolie pulmonaire récente."),
        make_report(4, "Poumon normal."),
        make_report(5, "Embolie bilatérale pulmonaire."),
        make_report(6, "Embolie cérébrale. Artère pulmonaire normale."),
    )
    DENYING = TextQuery(terms=("pas", "embol", "pulmonair"), denied_things=(("embol", "pulmonair"),))

    def test_those_that_only_affirm_what_is_denied_contradict(self, store: TextStore) -> None:
        write(store, self.REPORTS)
        assert sorted(numbers(store.contradicting(self.DENYING, NO_FILTER))) == [1, 5]

    def test_they_are_left_out_where_that_is_asked(self, store: TextStore) -> None:
        write(store, self.REPORTS)
        kept = store.search(self.DENYING, NO_FILTER, 9, avoid_contradiction=True)
        assert sorted(int(hit.report_id, 16) for hit in kept) == [2, 3, 6]
        assert sorted(numbers(found(store, self.DENYING))) == [1, 2, 3, 5, 6]

    def test_a_query_that_denies_nothing_is_contradicted_by_nothing(self, store: TextStore) -> None:
        write(store, self.REPORTS)
        assert store.contradicting(asking("embolie"), NO_FILTER) == []
        assert len(store.search(asking("embolie"), NO_FILTER, 9, avoid_contradiction=True)) == 5

    def test_a_single_denied_word(self, store: TextStore) -> None:
        write(store, self.REPORTS)
        query = TextQuery(terms=("embol",), denied_things=(("embol",),))
        assert sorted(numbers(store.contradicting(query, NO_FILTER))) == [1, 5, 6]


def test_all_regions_of_an_exam_are_counted_and_filtered(store: TextStore) -> None:
    exam = ExamMetadata(Modality.CT, (BodyRegion.THORAX, BodyRegion.ABDOMEN, BodyRegion.PELVIS), Sex.MALE)
    write(store, [make_report(1, exam=exam)])
    assert store.facets(ANY, NO_FILTER)[Facet.REGION] == {"thorax": 1, "abdomen": 1, "pelvis": 1}
    assert all(store.count(ANY, Filters(regions=frozenset({region}))) == 1 for region in exam.regions)


def test_repr_of_a_document_hides_its_text() -> None:
    assert "zzmarqueurzz" not in repr(as_document(make_report(1, "zzmarqueurzz")))

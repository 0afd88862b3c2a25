"""Random archives and random questions, compared with brute force: nothing else gets out, in no method, and nothing is missing."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from indexer.report import Assertion, Laterality, Report, SectionKind
from indexer.stores.filters import Filters, FindingClause, FindingCriterion
from indexer.stores.text.base import SEARCHED_SECTIONS, Facet, TextQuery, TextStore, WithinSection
from indexer.words import folded_words, terms
from tests.contract.text.engines import (
    ANY,
    NO_FILTER,
    NewEngine,
    Open,
    asking,
    found,
    numbers,
    phrase,
    phrase_within,
    sectioned,
    within,
    write,
)
from tests.unit.indexer.stores.reports import WORDS, make_report, random_filters, random_report, stated

REPORTS = 150
QUESTIONS = 40

Archive = tuple[TextStore, list[Report]]


@pytest.fixture(scope="module", params=[1, 2, 3])
def archive(request: pytest.FixtureRequest, new_engine: NewEngine) -> Iterator[Archive]:
    """Reports in three commits, a third of them written twice and some removed again."""
    rng = np.random.default_rng(request.param)
    reports = [random_report(rng, number) for number in range(REPORTS)]
    doomed = [random_report(rng, number) for number in range(REPORTS, REPORTS + 20)]
    with closing(new_engine().open(make=True)) as store:
        write(store, [*doomed, *(random_report(rng, number) for number in range(0, REPORTS, 3))])
        write(store, reports[::2], [report.report_id for report in doomed])
        write(store, reports[1::2])
        store.refresh()
        yield store, reports


def test_what_comes_out_is_what_passes(archive: Archive) -> None:
    store, reports = archive
    rng = np.random.default_rng(99)
    everything = [report.report_id for report in reports]
    seen, seen_within = set(), set()
    for _ in range(QUESTIONS):
        query, filters = _random_query(rng), _random_filters(rng)
        passing = [report for report in reports if _passes(report, query, filters)]
        wanted = [report.report_id for report in passing]
        seen.add(len(wanted))
        seen_within.add((bool(query.within), bool(wanted)))
        assert store.count(query, filters) == len(wanted)
        assert store.passing(query, filters, everything) == wanted
        assert sorted(store.newest(query, filters, 0, 1000)) == wanted
        hits = [report.report_id for report in passing if set(query.terms) & set(terms(report.text))]
        assert sorted(found(store, query, filters)) == hits
        assert set(store.contradicting(query, filters)) <= set(wanted)
        holding = [report for report in passing if set(query.terms) <= set(terms(report.text))]
        assert store.count(query, filters, all_terms=True) == len(holding)
        counted = store.facets(query, filters)
        assert counted[Facet.SEX] == _counted(str(report.metadata.sex) for report in passing)
        assert counted[Facet.FINDING] == _counted(concept for report in passing for concept in _present(report))
    assert len(seen) > 10
    assert (True, True) in seen_within


def _random_query(rng: np.random.Generator) -> TextQuery:
    words = [WORDS[int(rng.integers(len(WORDS)))] for _ in range(int(rng.integers(1, 4)))]
    more: dict[str, tuple[tuple[str, ...], ...] | tuple[str, ...]] = {}
    if rng.random() < 0.3:
        more["phrases"] = (tuple(folded_words(" ".join(words[:2]))),)
    if rng.random() < 0.3:
        more["excluded"] = tuple(terms(WORDS[int(rng.integers(len(WORDS)))]))
    if rng.random() < 0.3:
        more["denied_things"] = (tuple(terms(words[0])),)
    return replace(asking(" ".join(words), **more), within=tuple(_random_within(rng)))


def _random_within(rng: np.random.Generator) -> Iterator[WithinSection]:
    """Nothing half of the time; sections that no report has happen, and phrases that are one word."""
    for _ in range(int(rng.integers(0, 3)) if rng.random() < 0.5 else 0):
        section = SEARCHED_SECTIONS[int(rng.integers(len(SEARCHED_SECTIONS)))]
        words = [WORDS[int(rng.integers(len(WORDS)))] for _ in range(int(rng.integers(1, 3)))]
        excluded = bool(rng.random() < 0.4)
        if rng.random() < 0.5:
            yield within(section, words[0], excluded=excluded)
        else:
            yield phrase_within(section, " ".join(words), excluded=excluded)


def _random_filters(rng: np.random.Generator) -> Filters:
    return replace(random_filters(rng), findings=tuple(_random_clause(rng) for _ in range(int(rng.integers(0, 3)))))


def _random_clause(rng: np.random.Generator) -> FindingClause:
    criteria = tuple(
        FindingCriterion(
            ["cyst", "nodule", "mass", "lesion"][int(rng.integers(4))],
            assertions=frozenset(one for one in Assertion if rng.random() < 0.4),
            sides=frozenset(one for one in Laterality if rng.random() < 0.2),
            sections=frozenset(one for one in SectionKind if rng.random() < 0.2),
            size_min=round(float(rng.random()) * 20, 1) if rng.random() < 0.3 else None,
            size_max=round(float(rng.random()) * 30, 1) if rng.random() < 0.3 else None,
        )
        for _ in range(int(rng.integers(1, 3)))
    )
    return FindingClause(criteria, excluded=bool(rng.random() < 0.4))


def _passes(report: Report, query: TextQuery, filters: Filters) -> bool:
    return (
        filters.accepts(report.metadata, stated(report))
        and not set(query.excluded) & set(terms(report.text))
        and all(_stands_in(words, folded_words(report.text)) for words in query.phrases)
        and all(_holds(report, asked) != asked.excluded for asked in query.within)
    )


def _holds(report: Report, asked: WithinSection) -> bool:
    parts = [report.text[s.start : s.end] for s in report.sections if s.kind is asked.section]
    if asked.term:
        return any(asked.term in terms(part) for part in parts)
    return any(_stands_in(asked.phrase, folded_words(part)) for part in parts)


def _stands_in(phrase: Sequence[str], words: Sequence[str]) -> bool:
    return any(list(words[n : n + len(phrase)]) == list(phrase) for n in range(len(words)))


def _present(report: Report) -> set[str]:
    return {c for finding in stated(report) if finding.assertion is Assertion.PRESENT for c in finding.concepts}


def _counted(values: Iterator[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts


ODD_TEXTS = [
    "ŒDÈME cérébral",
    "e\u0301panchement de\u0301compose\u0301",
    "İstanbul’da ﬁbrose",
    "胸部CT検査 正常",
    "التهاب رئوي حاد",
    "kyste\u00a0insécable\u202fétroit",
    "sein\u200bgauche 👩\u200d⚕️ normal",
    "𝐤𝐲𝐬𝐭𝐞 mathématique",
    "µ 12,5 mm² β-hCG α1",
    "ẞtraße ÆGYPTE",
    'guillemets « " \\ / { } [ ] * ? ~ ^ : ! ( )',
    "AND OR NOT TO",
]


def test_odd_characters_are_found_by_their_own_words(store: TextStore) -> None:
    write(store, [make_report(number, text) for number, text in enumerate(ODD_TEXTS)])
    for number, text in enumerate(ODD_TEXTS):
        assert terms(text)
        assert numbers(found(store, asking(text)))[0] == number
        assert numbers(store.newest(phrase(text), NO_FILTER, 0, 9)) == [number]
    assert store.count(ANY, NO_FILTER) == len(ODD_TEXTS)


def test_odd_characters_are_found_in_their_section(store: TextStore) -> None:
    write(
        store,
        [sectioned(n, (SectionKind.RESULTS, "ici"), (SectionKind.CONCLUSION, t)) for n, t in enumerate(ODD_TEXTS)],
    )
    for number, text in enumerate(ODD_TEXTS):
        held = TextQuery(
            within=tuple(within(SectionKind.CONCLUSION, term) for term in text.split() if len(terms(term)) == 1)
        )
        assert number in numbers(store.newest(held, NO_FILTER, 0, 99))
        assert numbers(
            store.newest(TextQuery(within=(phrase_within(SectionKind.CONCLUSION, text),)), NO_FILTER, 0, 9)
        ) == [number]
        assert store.count(TextQuery(within=(phrase_within(SectionKind.RESULTS, text),)), NO_FILTER) == 0


def test_pages_stay_as_they_are_while_others_write(open_store: Open) -> None:
    writer, reader = open_store(), open_store()
    write(writer, [make_report(number) for number in range(40)])
    reader.refresh()
    first = reader.newest(ANY, NO_FILTER, 0, 20)
    write(
        writer,
        [make_report(number, "Autre.") for number in range(10, 60)],
        [make_report(n).report_id for n in range(5)],
    )
    second = reader.newest(ANY, NO_FILTER, 20, 40)
    assert sorted(numbers([*first, *second])) == list(range(40))
    assert reader.count(ANY, NO_FILTER) == 40
    reader.refresh()
    assert reader.count(ANY, NO_FILTER) == 55

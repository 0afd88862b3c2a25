"""Criteria on findings: one finding must meet a criterion all at once, however many others a report has."""

import dataclasses

import pytest

from indexer.report import Assertion, Finding, Laterality, Measurement, Report, SectionKind
from indexer.stores.filters import Filters, FindingClause, FindingCriterion
from indexer.stores.text.base import TextStore
from tests.contract.text.engines import ANY, numbers, write
from tests.unit.indexer.stores.reports import accepted, clause, make_report

ABSENT, PRESENT = Assertion.ABSENT, Assertion.PRESENT


def finding(
    concept: str,
    assertion: Assertion = PRESENT,
    size: float | None = None,
    side: Laterality = Laterality.NONE,
    section: SectionKind = SectionKind.RESULTS,
) -> Finding:
    return Finding(concept, assertion, side, section, 0, 1, Measurement((size,)) if size is not None else None)


def with_findings(number: int, *findings: Finding) -> Report:
    return dataclasses.replace(make_report(number), findings=findings)


REPORTS = (
    with_findings(1, finding("nodule", ABSENT), finding("cyst", size=12.0)),
    with_findings(2, finding("cyst", ABSENT), finding("nodule", size=12.0)),
    with_findings(3, finding("nodule", ABSENT), finding("cyst", size=8.0)),
    with_findings(4, finding("cyst", side=Laterality.LEFT), finding("cyst", ABSENT, side=Laterality.RIGHT)),
    with_findings(5, finding("cyst", section=SectionKind.CONCLUSION), finding("nodule", size=10.0)),
    with_findings(6),
)
"""Each pair is made of the same words: only which belong together tells them apart."""

LEFT, RIGHT = frozenset({Laterality.LEFT}), frozenset({Laterality.RIGHT})
CONCLUSION = frozenset({SectionKind.CONCLUSION})


@pytest.mark.parametrize(
    ("clauses", "wanted"),
    [
        ((clause("nodule", ABSENT), clause("cyst", size_min=10.1)), [1]),
        ((clause("cyst", ABSENT), clause("nodule", size_min=10.1)), [2]),
        ((clause("cyst", PRESENT, size_min=10.1),), [1]),
        ((clause("nodule", ABSENT, size_min=1.0),), []),
        ((clause("cyst", PRESENT, sides=RIGHT),), []),
        ((clause("cyst", ABSENT, sides=RIGHT), clause("cyst", PRESENT, sides=LEFT)), [4]),
        ((clause("nodule", sections=CONCLUSION),), []),
        ((clause("lesion", sections=CONCLUSION),), [5]),
        ((clause("nodule", size_min=10.0, size_max=10.0),), [5]),
        ((clause("nodule", size_min=10.1, size_max=9.9),), []),
        ((clause("nodule", excluded=True),), [4, 6]),
        ((clause("cyst", PRESENT, excluded=True), clause("lesion")), [2]),
        ((clause("cyst", PRESENT, sides=RIGHT, excluded=True),), [1, 2, 3, 4, 5, 6]),
        ((clause("unknown"),), []),
        ((FindingClause(()),), []),
        ((FindingClause((), excluded=True),), [1, 2, 3, 4, 5, 6]),
        ((FindingClause((*clause("cyst", ABSENT).any_of, *clause("cyst", sections=CONCLUSION).any_of)),), [2, 4, 5]),
    ],
)
def test_one_finding_meets_a_criterion_all_at_once(
    clauses: tuple[FindingClause, ...], wanted: list[int], store: TextStore
) -> None:
    filters = Filters(findings=clauses)
    assert numbers(accepted(REPORTS, filters)) == wanted
    write(store, REPORTS)
    assert sorted(numbers(store.newest(ANY, filters, 0, 10))) == wanted
    assert store.count(ANY, filters) == len(wanted)


def test_sizes_compare_in_tenths_and_the_largest_as_equal(store: TextStore) -> None:
    sizes = [0.0, 0.04, 0.1, 9.9, 10.0, 10.04, 1638.3, 5000.0]
    write(store, [with_findings(n, finding("cyst", size=size)) for n, size in enumerate(sizes)])

    def between(low: float | None, high: float | None) -> list[int]:
        filters = Filters(findings=(FindingClause((FindingCriterion("cyst", size_min=low, size_max=high),)),))
        return sorted(numbers(store.newest(ANY, filters, 0, 10)))

    assert between(0.1, 10.0) == [2, 3, 4, 5]
    assert between(None, 0.0) == [0, 1]
    assert between(1638.3, None) == [6, 7]
    assert between(9000.0, None) == [6, 7]
    assert between(10.1, None) == [6, 7]


def test_a_finding_that_is_stated_a_hundred_times_counts_once(store: TextStore) -> None:
    write(store, [with_findings(1, *[finding("cyst", size=float(n % 3)) for n in range(100)])])
    assert store.count(ANY, Filters(findings=(clause("cyst", PRESENT, size_min=2.0),))) == 1

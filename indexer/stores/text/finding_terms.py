"""Findings as exact terms of a full-text engine without nested documents: one finding must meet a criterion all at once.

A finding is one term for every concept that it is a kind of and every choice of which of its assertion, side and section are
left open (`*`): eight a concept. Sizes are dyadic intervals, as in a numeric trie: the size in tenths of a millimetre, shifted right
by 0 to 14 bits, is a term each, so that any range is a union of at most 28 of them. What is asked is then whether one
term of a set is there, at any number of reports.
"""

from collections.abc import Iterable, Iterator
from itertools import product

from indexer.stores.filters import LARGEST, FindingCriterion, StatedFinding

OPEN = "*"
_BITS = LARGEST.bit_length()


def stated_terms(findings: Iterable[StatedFinding]) -> list[str]:
    """The terms of a report's findings, each once."""
    return sorted({term for finding in findings for term in _terms(finding)})


def asked_terms(criterion: FindingCriterion) -> list[str]:
    """The terms of which a report that meets a criterion has at least one; none if nothing can meet it."""
    choices = (
        [value.value for value in sorted(values)] or [OPEN]
        for values in (criterion.assertions, criterion.sides, criterion.sections)
    )
    bases = ["|".join((criterion.concept, *choice)) for choice in product(*choices)]
    if criterion.tenths is None:
        return bases
    intervals = list(_intervals(*criterion.tenths))
    return [f"{base}|{interval}" for base in bases for interval in intervals]


def _terms(finding: StatedFinding) -> Iterator[str]:
    open_or_not = [
        (value, OPEN) for value in (finding.assertion.value, finding.laterality.value, finding.section.value)
    ]
    tenths = finding.tenths
    sizes = [] if tenths is None else [f"{level}:{tenths >> level}" for level in range(_BITS + 1)]
    for concept in finding.concepts:
        for choice in product(*open_or_not):
            base = "|".join((concept, *choice))
            yield base
            yield from (f"{base}|{size}" for size in sizes)


def _intervals(low: int, high: int) -> Iterator[str]:
    """The fewest dyadic intervals that together are `low` to `high`, both inclusive."""
    level = 0
    while low <= high:
        if low & 1:
            yield f"{level}:{low}"
            low += 1
        if not high & 1 and low <= high:
            yield f"{level}:{high}"
            high -= 1
        low, high, level = low >> 1, high >> 1, level + 1
        if level > _BITS:
            return

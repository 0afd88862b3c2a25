"""Findings as exact terms of a full-text engine without nested documents: one finding must meet a criterion all at once.

A term says all of one finding at once, so no two findings can satisfy a criterion between them:

    concept|assertion|side|section            section: its own, and `*` for any
    concept|assertion|side|section|level:n    for a finding with a size: tenths of a millimetre // 4**level = n

Each stands once for every concept that the finding is a kind of. Assertion and side have no `*`: a criterion that takes any
is asked with all of them, thirty terms, which spares three of four that would be written. Blocks of sizes grow by four: any
range is a union of at most 38, and a size costs eight terms; by two it would be 26 for fifteen. Measured on 15 findings
a report, two of them with a size: 126 terms and 0.7 kB a report; with every `*` and blocks by two 725 and 2.8 kB.
"""

from collections.abc import Iterable, Iterator
from itertools import product

from indexer.report import Assertion, Laterality
from indexer.stores.filters import LARGEST, FindingCriterion, StatedFinding

_ANY = "*"
_BITS = 2
_LEVELS = LARGEST.bit_length() // _BITS + 1


def stated_terms(findings: Iterable[StatedFinding]) -> list[str]:
    """The terms of a report's findings, each once."""
    return sorted({term for finding in findings for term in _terms(finding)})


def asked_terms(criterion: FindingCriterion) -> list[str]:
    """The terms of which a report that meets a criterion has at least one; none if nothing can meet it."""
    bases = product(
        [criterion.concept],
        sorted(criterion.assertions or Assertion),
        sorted(criterion.sides or Laterality),
        sorted(map(str, criterion.sections)) or [_ANY],
    )
    blocks = [""] if criterion.tenths is None else list(_blocks(*criterion.tenths))
    return ["|".join(base) + block for base, block in product(bases, blocks)]


def _terms(finding: StatedFinding) -> Iterator[str]:
    tenths = finding.tenths
    sizes = [] if tenths is None else [_block(level, tenths >> _BITS * level) for level in range(_LEVELS)]
    for concept, section in product(finding.concepts, (finding.section, _ANY)):
        base = "|".join((concept, finding.assertion, finding.laterality, section))
        yield base
        yield from (base + size for size in sizes)


def _blocks(low: int, high: int) -> Iterator[str]:
    """The fewest aligned blocks that together are `low` to `high`, both inclusive."""
    while low <= high:
        level = 0
        while low % (wider := 1 << _BITS * (level + 1)) == 0 and low + wider - 1 <= high:
            level += 1
        yield _block(level, low >> _BITS * level)
        low += 1 << _BITS * level


def _block(level: int, number: int) -> str:
    return f"|{level}:{number}"

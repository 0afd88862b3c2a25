"""What identifies a person in a text: spans with a category and a confidence, and how overlapping ones become one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from indexer.report import IdentifierCategory as Category

__all__ = ["Category", "Detector", "Identifier", "resolve"]


@dataclass(frozen=True, slots=True)
class Identifier:
    """Characters `start` to `end` (exclusive) of a text. confidence: 0 to 1. rule: which rule found it, for reviewers."""

    start: int
    end: int
    category: Category
    confidence: float
    rule: str


class Detector(Protocol):
    """Finds identifiers of some categories. Pure: no state between two texts; time linear in the text's length."""

    def find(self, text: str) -> Iterator[Identifier]:
        """Every identifier, in any order; they may overlap each other and those of other detectors."""


def resolve(found: Iterable[Identifier]) -> list[Identifier]:
    """Identifiers in order, none overlapping: what overlaps becomes one span over all of it.

    The category and rule are those of the most confident part, of the longest among equals.
    """
    merged: list[Identifier] = []
    for one in sorted(found, key=lambda i: (i.start, i.end)):
        if merged and one.start < merged[-1].end:
            last = merged[-1]
            best = max(last, one, key=lambda i: (i.confidence, i.end - i.start))
            end = max(last.end, one.end)
            merged[-1] = Identifier(last.start, end, best.category, best.confidence, best.rule)
        elif one.start < one.end:
            merged.append(one)
    return merged

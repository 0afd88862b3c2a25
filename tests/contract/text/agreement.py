"""How far two full texts agree on a question."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from indexer.stores.filters import Filters
from indexer.stores.text.base import TextQuery, TextStore

TOP = 10


@dataclass
class Agreement:
    """What was compared. different: how many questions were answered otherwise, by what was asked."""

    different: dict[str, int] = field(default_factory=dict)
    overlaps: list[float] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    of_sections: list[int] = field(default_factory=list)
    """Those of the totals whose question asks of a section."""

    @property
    def overlap(self) -> float:
        """Mean share of the ten best that both have."""
        return sum(self.overlaps) / len(self.overlaps)

    def note(self, what: str, *, same: bool) -> None:
        self.different[what] = self.different.get(what, 0) + (not same)


def compared(one: TextStore, other: TextStore, questions: Iterable[tuple[TextQuery, Filters]]) -> Agreement:
    """Ask both everything."""
    found = Agreement()
    for query, filters in questions:
        totals = [store.count(query, filters) for store in (one, other)]
        found.totals.append(totals[0])
        if query.within:
            found.of_sections.append(totals[0])
        found.note("total", same=totals[0] == totals[1])
        words = [store.count(query, filters, all_terms=True) for store in (one, other)]
        found.note("all words", same=words[0] == words[1])
        found.note("facets", same=one.facets(query, filters) == other.facets(query, filters))
        contrary = [set(store.contradicting(query, filters)) for store in (one, other)]
        found.note("contradicting", same=contrary[0] == contrary[1])
        lists = [store.newest(query, filters, 0, 200) for store in (one, other)]
        found.note("newest", same=lists[0] == lists[1])
        best = [
            [hit.report_id for hit in store.search(query, filters, TOP, avoid_contradiction=True)]
            for store in (one, other)
        ]
        if best[0] or best[1]:
            found.overlaps.append(len(set(best[0]) & set(best[1])) / max(map(len, best)))
    return found

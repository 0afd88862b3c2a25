"""The lexicon's entries: what can be found, and where in the body."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from indexer.report import BodyRegion
from indexer.words import folded_words


class Sidedness(StrEnum):
    """How a site or a finding takes a side: has one of two, is always on one, lies in the middle, or has none."""

    PAIRED = "paired"
    LEFT = "left"
    RIGHT = "right"
    MIDLINE = "midline"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Entry:
    """What has words. fr, en: its labels.

    words, en_words: further wordings in French (adjectives among them) and in English, in the singular.
    abbreviations: count only in capitals.
    """

    id: str
    fr: str
    en: str
    words: tuple[str, ...] = ()
    en_words: tuple[str, ...] = ()
    abbreviations: tuple[str, ...] = ()

    @property
    def wordings(self) -> tuple[str, ...]:
        """All that it is called in words, abbreviations left out: the labels first."""
        return (self.fr, self.en, *self.words, *self.en_words)


@dataclass(frozen=True, slots=True)
class Site(Entry):
    """A part of the body. part_of: the next larger one, whose findings its own are too.

    seen_in: regions of the exams in which its words name it ("ventricules"); in all if there are none.
    """

    part_of: tuple[str, ...] = ()
    seen_in: tuple[BodyRegion, ...] = ()
    side: Sidedness = Sidedness.MIDLINE
    radlex: str | None = None


@dataclass(frozen=True, slots=True)
class Concept(Entry):
    """A finding or diagnosis.

    heads, sites: one of the heads said of one of the sites, or of a part of it, is this finding.
    alone_in: regions of an exam in which a head with no site at all is this finding.
    sided_in: in exams of these regions only, a head with a side and no site is this finding ("calcul gauche").
    alone: whether its own words name it without a site.
    abbreviations_in: regions of the exams in which its abbreviations count; in all if there are none.
    denials: words that deny it by themselves. beside: its words count only where their statement names one of these sites.
    denied_with: findings whose denial denies it, being its signs. operated: the organ that it is an operation on. organ_size: its size is that of the organ.
    near: it is a head only for sites that its own statement names.
    measured_at: sites whose size is its own where no size is told of it (an aneurysm: the aorta).
    past: present, it is what a past illness left: historical.
    once_known: findings that are it in a report on one who is known to have it ("SEP suivie ... une lésion nouvelle").
    left_by: present, it is what a past one of these left ("microsaignements": a haemorrhage that was).
    cim10: French CIM-10 codes, categories or subcategories. radlex: its RadLex id.
    """

    abbreviations_in: tuple[BodyRegion, ...] = ()
    denials: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    alone_in: tuple[BodyRegion, ...] = ()
    sided_in: tuple[BodyRegion, ...] = ()
    alone: bool = True
    parents: tuple[str, ...] = ()
    region: BodyRegion | None = None
    side: Sidedness = Sidedness.NONE
    denied_with: tuple[str, ...] = ()
    operated: str | None = None
    near: bool = False
    organ_size: bool = False
    measured_at: tuple[str, ...] = ()
    past: bool = False
    once_known: tuple[str, ...] = ()
    left_by: tuple[str, ...] = ()
    cim10: tuple[str, ...] = ()
    radlex: str | None = None

    @property
    def sized_by_organ(self) -> bool:
        """Whether its size is that of the organ: said so, or an enlargement."""
        return self.organ_size or "enlargement" in self.heads

    @property
    def broader(self) -> tuple[str, ...]:
        """The concepts of which this is a kind: its parents and those of its heads that name a finding."""
        return tuple(dict.fromkeys((*self.parents, *self.heads)))


Spelt = tuple[bool, str, tuple[str, ...]]
"""A wording: whether it is a label, as it is written, and its folded words."""


@dataclass(frozen=True)
class Lexicon:
    """All concepts and sites by id. origins: the file that each id comes from."""

    concepts: Mapping[str, Concept]
    sites: Mapping[str, Site]
    origins: Mapping[str, str] = field(default_factory=dict)

    def ancestors(self, concept: str) -> frozenset[str]:
        """A concept and all that it is a kind of."""
        return self._concept_ancestors[concept]

    def descendants(self, concept: str) -> frozenset[str]:
        """A concept and all its kinds."""
        return self._concept_descendants[concept]

    def sites_of(self, concept: str, site: str | None) -> tuple[str, ...]:
        """Where a finding is: the site stated for it, or else those that it is at home in."""
        return (site,) if site else self.concepts[concept].sites

    def homes(self, concept: str) -> tuple[str, ...]:
        """Where a finding is at home: its own sites, or those of what it is a kind of."""
        if self.concepts[concept].sites:
            return self.concepts[concept].sites
        return tuple(site for parent in self.concepts[concept].parents for site in self.concepts[parent].sites)

    def wholes(self, site: str) -> frozenset[str]:
        """A site and all of which it is a part."""
        return self._site_wholes[site]

    @cached_property
    def spelt(self) -> list[tuple[Concept, list[Spelt]]]:
        """Every concept with its wordings, to be looked up by the beginnings of their words."""
        return [(concept, list(_spelt(concept))) for concept in self.concepts.values()]

    @cached_property
    def _concept_ancestors(self) -> dict[str, frozenset[str]]:
        broader = {key: concept.broader for key, concept in self.concepts.items()}
        return {key: _closure(key, broader) for key in self.concepts}

    @cached_property
    def _concept_descendants(self) -> dict[str, frozenset[str]]:
        below: dict[str, set[str]] = {c: set() for c in self.concepts}
        for concept, above in self._concept_ancestors.items():
            for ancestor in above:
                below[ancestor].add(concept)
        return {c: frozenset(found) for c, found in below.items()}

    @cached_property
    def _site_wholes(self) -> dict[str, frozenset[str]]:
        part_of = {key: site.part_of for key, site in self.sites.items()}
        return {key: _closure(key, part_of) for key in self.sites}


def cycles(graph: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The nodes of a graph that lead back to themselves."""
    for start in graph:
        if any(start in _closure(following, graph) for following in graph[start]):
            yield start


def _closure(start: str, graph: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(graph.get(node, ()))
    return frozenset(found)


def _spelt(concept: Concept) -> Iterator[Spelt]:
    labels = (concept.fr, concept.en)
    for wording in (*labels, *concept.abbreviations, *concept.words, *concept.en_words):
        yield wording in labels, wording, tuple(folded_words(wording))

"""The lexicon made ready for matching: the wordings of findings and sites, and which head at which site is what."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from indexer.language.concepts import Concept, Lexicon, Site
from indexer.language.loading import load_lexicon
from indexer.language.tables import table
from indexer.language.tokens import SILENT, TRANSPARENT, stem_of, stems, tokenise, word_key, word_keys
from indexer.language.wordings import Wordings
from indexer.report import BodyRegion
from indexer.words import fold


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a wording stands for: a finding or a site; nothing if `id` is empty. denied: it denies itself.

    abbreviation: its folded letters, if it is one: it counts in capitals and letter by letter.
    regions: exams in which it counts; empty for all.
    """

    id: str
    is_site: bool
    abbreviation: str = ""
    denied: bool = False
    regions: tuple[BodyRegion, ...] = ()


class Vocabulary:
    """Wordings and composition over one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.wordings: Wordings[Meaning] = Wordings(
            ((stems(wording), meaning) for wording, meaning in _wordings(lexicon)),
            key=lambda token: token.stem,
            transparent=TRANSPARENT,
            modifiers=modifier_stems(),
        )
        self.idioms: Wordings[None] = Wordings(
            ((word_keys(idiom), None) for idiom in table("matching")["idioms"]), key=word_key, transparent=SILENT
        )
        self._made: dict[str, list[Concept]] = {}
        for concept in lexicon.concepts.values():
            for head in concept.heads:
                self._made.setdefault(head, []).append(concept)
        self._denied: dict[str, list[str]] = {}
        for concept in lexicon.concepts.values():
            for sign in concept.denied_with:
                self._denied.setdefault(sign, []).append(concept.id)
        self._composed: dict[tuple[str, str], str | None] = {}

    def composed(self, head: str, site: str) -> str | None:
        """The finding that a head makes at a site: of the nearest head, then of the nearest site, then of the head named first.

        None if there is none.

        A head is also every broader finding ("hématome" is an "hémorragie"), a site also every whole that it is part of.
        """
        key = (head, site)
        if key not in self._composed:
            self._composed[key] = self._compose(head, site)
        return self._composed[key]

    def is_head(self, concept: str) -> bool:
        """Whether a finding, or a broader one, makes others with a site."""
        return any(ancestor in self._made for ancestor in self.lexicon.ancestors(concept))

    def denied_by(self, concept: str) -> list[str]:
        """The findings that the denial of a finding denies, being a sign of them."""
        return self._denied.get(concept, [])

    def makes(self, concept: str) -> bool:
        """Whether a finding itself makes others with a site."""
        return concept in self._made

    def alone(self, head: str, regions: frozenset[BodyRegion]) -> str | None:
        """The one finding that a head without a site is in exams of some regions; None if none or several."""
        return self._only(head, lambda concept: not regions.isdisjoint(concept.alone_in))

    def sided(self, head: str, regions: frozenset[BodyRegion]) -> str | None:
        """The one finding that a head with a side and without a site is in exams of these regions; None if none or several."""
        return self._only(head, lambda concept: bool(regions) and regions.issubset(concept.sided_in))

    def _only(self, head: str, fits: Callable[[Concept], bool]) -> str | None:
        """The one finding that a head makes, or the nearest broader one; None if none or several."""
        for generation in self._upwards(head):
            found = {c.id for h in generation for c in self._made.get(h, ()) if fits(c)}
            if found:
                return found.pop() if len(found) == 1 else None
        return None

    @cached_property
    def words(self) -> frozenset[str]:
        """Every folded word of the lexicon, for the mending of typing errors."""
        entries: list[Concept | Site] = [*self.lexicon.concepts.values(), *self.lexicon.sites.values()]
        wordings = (w for e in entries for w in e.wordings)
        return frozenset(t.word for w in wordings for t in tokenise(w) if t.is_word and t.word not in TRANSPARENT)

    def _compose(self, head: str, site: str) -> str | None:
        wholes = self._distances(site)
        for generation in self._upwards(head):
            reached = [
                (min(wholes[s] for s in concept.sites if s in wholes), rank, concept.id)
                for rank, h in enumerate(generation)
                for concept in self._made.get(h, ())
                if any(s in wholes for s in concept.sites)
            ]
            if reached:
                return min(reached)[2]
        return None

    def _upwards(self, head: str) -> Iterator[list[str]]:
        """A finding, then the broader ones, by distance."""
        seen, generation = {head}, [head]
        while generation:
            yield generation
            above = [b for h in generation for b in self.lexicon.concepts[h].broader if b not in seen]
            generation = list(dict.fromkeys(above))
            seen.update(generation)

    def _distances(self, site: str) -> dict[str, int]:
        found, generation, distance = {site: 0}, [site], 0
        while generation:
            distance += 1
            generation = [w for s in generation for w in self.lexicon.sites[s].part_of if w not in found]
            found.update(dict.fromkeys(generation, distance))
        return found


@lru_cache(maxsize=2)
def load_vocabulary(own: Path | None = None) -> Vocabulary:
    """The vocabulary of the bundled lexicon, with an institution's own file if there is one."""
    return Vocabulary(load_lexicon(own))


@lru_cache(maxsize=1)
def modifier_stems() -> frozenset[str]:
    """Stems of the words that may stand inside a wording, of their feminine and plural too ("petit", "petite" differ)."""
    words = [fold(word) for word in table("matching")["modifiers"]]
    return frozenset(stem_of(word + ending) for word in words for ending in ("", "e", "s", "es"))


def _wordings(lexicon: Lexicon) -> Iterator[tuple[str, Meaning]]:
    for concept in lexicon.concepts.values():
        yield from _words_of(concept, is_site=False)
        for wording in concept.abbreviations:
            yield (
                wording,
                Meaning(concept.id, is_site=False, abbreviation=_letters(wording), regions=concept.abbreviations_in),
            )
        for wording in concept.denials:
            yield wording, Meaning(concept.id, is_site=False, denied=True)
    for site in lexicon.sites.values():
        yield from _words_of(site, is_site=True)
        for wording in site.abbreviations:
            yield wording, Meaning(site.id, is_site=True, abbreviation=_letters(wording), regions=site.seen_in)
    for wording in table("matching")["innocent"]:
        yield wording, Meaning("", is_site=False)


def _letters(wording: str) -> str:
    return "".join(t.word for t in tokenise(wording) if t.is_word)


def _words_of(entry: Concept | Site, *, is_site: bool) -> Iterator[tuple[str, Meaning]]:
    seen = set()
    for wording in entry.wordings:
        key = stems(wording)
        if key and key not in seen:
            seen.add(key)
            yield wording, Meaning(entry.id, is_site=is_site, regions=entry.seen_in if isinstance(entry, Site) else ())

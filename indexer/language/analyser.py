"""What a report says: every finding that it names, with assertion, side, site and size.

The order: sections, statements, findings and sites by the lexicon, heads brought together with sites, cues and their
reach, sides, sizes. Sections decide too: what the indication or the technique names is only asked for.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from indexer.errors import AnalysisTimeout
from indexer.language.changes import changes, compared
from indexer.language.concepts import Sidedness
from indexer.language.labels import Labels
from indexer.language.measurements import Size, sizes
from indexer.language.memory import Exam, Memory, Stated
from indexer.language.mentions import Mention, MentionReader, Place, Reading
from indexer.language.scopes import Landmarks, Scope, assertion_at, scopes
from indexer.language.sides import fixed_side, names_it, side_words, together, two_sides
from indexer.language.sizing import Sizing
from indexer.language.spelling import Speller
from indexer.language.statements import Statement, statements
from indexer.language.tokens import Token, tokenise
from indexer.language.vocabulary import Meaning, Vocabulary, load_vocabulary
from indexer.language.wordings import Match
from indexer.report import (
    AFFIRMED,
    Assertion,
    BodyRegion,
    Finding,
    Laterality,
    Measurement,
    Section,
    SectionKind,
)

ANALYSER_VERSION = "2"
"""Changes whenever the same text may give other findings; `radiotheque reanalyse` brings an index to it."""

_KEPT_WORDINGS = 20_000
_Wording = tuple[Sequence[Place], Sequence[Match[Meaning]], Sequence[Scope], frozenset[int]]
_ASKING = frozenset((SectionKind.INDICATION, SectionKind.TECHNIQUE, SectionKind.PREAMBLE))


class Analyser:
    """Reads reports with one vocabulary. Not shared between threads; make one per worker."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._reader = MentionReader(vocabulary)
        self._sizing = Sizing(vocabulary.lexicon)
        self._speller = Speller(vocabulary.words)
        self._wordings: dict[tuple[str, frozenset[BodyRegion], frozenset[int]], _Wording] = {}

    def exam(self, title: str, regions: frozenset[BodyRegion], side: Laterality) -> Exam:
        """What a title adds to what is known of an exam: the sites that it names."""
        places, _heads = self._reader.places_and_heads(tokenise(title), regions)
        return Exam(regions, side, tuple(dict.fromkeys(place.site for place in places)))

    def findings(
        self, text: str, sections: Sequence[Section], exam: Exam, seconds: float = math.inf
    ) -> tuple[Finding, ...]:
        """Every finding named in the sections of a text, in order of place.

        seconds: how long it may take; looked at between statements. Raises AnalysisTimeout.
        """
        stated: list[Stated] = []
        organ_sizes: dict[str, list[float]] = {}
        deadline = time.monotonic() + seconds
        for section in sections:
            for found in self._section(text, section, exam, organ_sizes):
                stated.extend(found)
                if time.monotonic() > deadline:
                    raise AnalysisTimeout(f"a report took over {seconds:g} s to be understood")
        self._sizing.size_enlargements(stated, organ_sizes)
        self._sizing.size_conclusions(stated)
        return tuple(sorted(map(_finding, stated), key=lambda f: (f.start, f.end)))

    def _section(
        self, text: str, section: Section, exam: Exam, organ_sizes: dict[str, list[float]]
    ) -> Iterator[list[Stated]]:
        tokens = self._speller.mended(tokenise(text, section.start, section.end))
        memory = Memory(exam, Labels(), organ_sizes)
        measured = sizes(text, section.start, section.end) if section.kind is not SectionKind.TECHNIQUE else []
        cursor = 0
        for statement in statements(text, tokens, section.kind):
            if not statement.tokens:
                continue
            first, last = statement.tokens[0].start, statement.tokens[-1].end
            while cursor < len(measured) and measured[cursor].start < first:
                cursor += 1
            own = []
            while cursor < len(measured) and measured[cursor].start < last:
                own.append(measured[cursor])
                cursor += 1
            yield self._statement(text, statement, own, memory)

    def _statement(self, text: str, statement: Statement, own: list[Size], memory: Memory) -> list[Stated]:
        tokens = statement.tokens
        sized = frozenset(i for s in own for i, t in enumerate(tokens) if s.start <= t.start < s.end)
        places, heads, reach, breaks = self._wording(
            text[tokens[0].start : tokens[-1].end], tokens, memory.exam.regions, sized
        )
        labelled = memory.labels.read(statement, places, has_findings=bool(heads))
        memory.turn(statement)
        reading = self._reader.read(tokens, places, heads, breaks, memory.surroundings())
        fixed = {p.first: fixed_side(self._vocabulary.lexicon.sites[p.site].side) for p in places}
        fixed = {i: side for i, side in fixed.items() if side is not Laterality.NONE}
        sides = side_words(tokens, text, memory.side, fixed) | two_sides(text, tokens)
        stated = [
            Stated(
                mention,
                self._assertion(mention, reach, statement, memory),
                self._side(mention, reading, sides, tokens, memory),
                tokens,
                statement.section,
            )
            for mention in reading.mentions
        ]
        self._sizing.assign(stated, reading, tokens, own, memory, text)
        for one, change in zip(stated, changes(tokens, [s.mention.first for s in stated]), strict=True):
            one.change = change if one.assertion in AFFIRMED else None
        memory.learn(statement, reading, stated, sides, reach, labelled)
        return [*stated, *self._denied_with(stated)]

    def _wording(
        self, said: str, tokens: Sequence[Token], regions: frozenset[BodyRegion], sized: frozenset[int]
    ) -> _Wording:
        """The sites, the findings' own words, the reach of the cues and the ends of noun phrases in a statement.

        They depend on its words and the exam's regions only, and radiology repeats itself (the sentences of normal exams): what
        was found is kept, and taken when the same is said again.
        """
        known = self._wordings.get((said, regions, sized))
        if known is None:
            places, heads = self._reader.places_and_heads(tokens, regions)
            reach, breaks = scopes(Landmarks(tokens, {h.first for h in heads}, {p.first for p in places}, sized))
            if len(self._wordings) >= _KEPT_WORDINGS:
                self._wordings.clear()
            known = self._wordings[said, regions, sized] = (places, heads, reach, breaks)
        return known

    def _denied_with(self, stated: list[Stated]) -> Iterator[Stated]:
        """What is denied by the denial of a sign of it ("ventricules non dilatés": no hydrocephalus)."""
        for one in stated:
            if one.assertion is Assertion.ABSENT:
                for concept in self._vocabulary.denied_by(one.mention.concept):
                    yield replace(one, mention=replace(one.mention, concept=concept), current=[], prior=[])

    def _assertion(self, mention: Mention, reach: Sequence[Scope], statement: Statement, memory: Memory) -> Assertion:
        said = assertion_at(mention.first, mention.last, reach)
        if mention.denied:
            said = Assertion.ABSENT
        if said is Assertion.PRESENT and memory.carried is not None:
            said = memory.carried
        if statement.section in _ASKING and said in AFFIRMED:
            return Assertion.ASKED
        if statement.section is SectionKind.COMPARISON and said is Assertion.PRESENT:
            return Assertion.HISTORICAL
        return said

    def _side(
        self,
        mention: Mention,
        reading: Reading,
        sides: dict[int, Laterality],
        tokens: Sequence[Token],
        memory: Memory,
    ) -> Laterality:
        """The side said in the finding's phrase; else right before it; else, of what has sides, that of its surroundings."""
        lexicon = self._vocabulary.lexicon
        site = lexicon.sites[mention.site] if mention.site else None
        end = mention.phrase_end
        places = [p.site for p in reading.places if mention.last <= p.first < end]
        fixed = [fixed_side(lexicon.sites[s].side) for s in (*([site.id] if site else ()), *places)]
        said = together([*fixed, *(s for i, s in sides.items() if mention.first <= i < end)])
        others = [m for m in reading.mentions if m.last <= mention.first]
        if said is Laterality.NONE:
            said = together(_close_before(mention, others, sides))
        paired = Sidedness.PAIRED in (lexicon.concepts[mention.concept].side, site.side if site else None)
        if said is not Laterality.NONE or not (paired or memory.exam.one_sided):
            return said
        if others and names_it(tokens[others[-1].phrase_end : mention.first]):
            return self._side(others[-1], reading, sides, tokens, memory)
        before = [(i, s) for i, s in sides.items() if i < mention.first]
        claimed = any(m.phrase_end > i for i, _s in before for m in others)
        stated = {s for _i, s in before}
        if before and (not claimed or (len(stated) == 1 and self._near_by(others[-1], mention))):
            return together([s for _i, s in before])
        return memory.side_for(mention)

    def _near_by(self, one: Mention, other: Mention) -> bool:
        """Whether two findings are at the same site, or one at a part of the other's."""
        lexicon = self._vocabulary.lexicon
        at = [set(lexicon.sites_of(m.concept, m.site)) for m in (one, other)]
        wholes = [{w for s in sites for w in lexicon.wholes(s)} for sites in at]
        return bool(at[0] & wholes[1] or at[1] & wholes[0])


def _close_before(mention: Mention, others: Sequence[Mention], sides: dict[int, Laterality]) -> list[Laterality]:
    """The sides between the finding and what stands before it: another finding's phrase, or its own site."""
    floor = max((m.phrase_end for m in others), default=0)
    if mention.place is not None and mention.place.last <= mention.first:
        floor = min(floor, mention.place.first)
    return [s for i, s in sides.items() if floor <= i < mention.first]


def _finding(stated: Stated) -> Finding:
    mention, tokens = stated.mention, stated.tokens
    first, last = mention.first, mention.last
    place = mention.place
    if place is not None and place.first >= last and place.first - last <= 3:
        last = place.last
    measurement = None
    if stated.current or stated.prior or stated.change:
        current, prior = (tuple(sorted(v, reverse=True)) for v in (stated.current, stated.prior))
        measurement = Measurement(current, prior, stated.change or compared(current, prior))
    return Finding(
        concept=mention.concept,
        assertion=stated.assertion,
        laterality=stated.side,
        section=stated.section,
        start=tokens[first].start,
        end=tokens[last - 1].end,
        measurement=measurement,
        site=mention.site,
    )


def load_analyser(own: Path | None = None) -> Analyser:
    """An analyser on the bundled lexicon, with an institution's own file if there is one."""
    return Analyser(load_vocabulary(own))

"""What a report says: every finding that it names, with assertion, side, site and size.

The order: sections, statements, findings and sites by the lexicon, heads brought together with sites, cues and their
reach, sides, sizes. Sections decide too: what the indication or the technique names is only asked for.
"""

import math
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from indexer.errors import AnalysisTimeout
from indexer.language.changes import changes, compared
from indexer.language.concepts import Sidedness
from indexer.language.labels import Labels
from indexer.language.measurements import Size, sizes
from indexer.language.mentions import Mention, MentionReader, Place, Reading, Surroundings
from indexer.language.scopes import Landmarks, Scope, assertion_at, scopes
from indexer.language.sides import fixed_side, side_words, together, two_sides
from indexer.language.spelling import Speller
from indexer.language.statements import Statement, statements
from indexer.language.tokens import Token, tokenise
from indexer.language.vocabulary import Vocabulary, load_vocabulary
from indexer.report import Assertion, BodyRegion, Change, Finding, Laterality, Measurement, Section, SectionKind

ANALYSER_VERSION = "1"
"""Changes whenever the same text may give other findings; `radiotheque reanalyse` brings an index to it."""

_OF_THE_LARGEST = re.compile(
    r"\b(?:plus (?:gros|grosse|grande?|volumineu(?:x|se))|(?:dont )?(?:l['’]un|l['’]une|certaine?s?|les plus gros(?:ses)?)|largest|biggest)\b",
    re.IGNORECASE,
)
"""The size behind it is of the findings just named, whatever place is named in between."""
_SIDED = frozenset((BodyRegion.UPPER_LIMB, BodyRegion.LOWER_LIMB))
_NAMING = (
    "evocat",
    "compatible",
    "rapport",
    "faveur",
    "suspect",
    "suggest",
    "correspond",
    "allure",
    "aspect",
    "type",
    "evoqu",
)
_NAMING_TOKENS = 8
_VAGUE = frozenset(
    (
        "lesion",
        "nodule",
        "mass",
        "cyst",
        "focal_liver_lesion",
        "lung_nodule",
        "lung_mass",
        "breast_mass",
        "renal_mass",
        "ovarian_mass",
    )
)
_ASKING = frozenset((SectionKind.INDICATION, SectionKind.TECHNIQUE, SectionKind.PREAMBLE))
_AFFIRMED = frozenset((Assertion.PRESENT, Assertion.UNCERTAIN))


@dataclass(frozen=True, slots=True)
class Exam:
    """What is known of the exam. side: of the limb or breast examined. sites: those that its title names."""

    regions: frozenset[BodyRegion] = frozenset()
    side: Laterality = Laterality.NONE
    sites: tuple[str, ...] = ()

    @property
    def one_sided(self) -> bool:
        """Whether all that is seen is on the exam's side."""
        return self.side is not Laterality.NONE and bool(self.regions) and self.regions <= _SIDED


@dataclass(slots=True)
class _Stated:
    """A mention in the making."""

    mention: Mention
    assertion: Assertion
    side: Laterality
    tokens: Sequence[Token]
    section: SectionKind
    current: list[float] = field(default_factory=list)
    prior: list[float] = field(default_factory=list)
    change: Change | None = None


class Analyser:
    """Reads reports with one vocabulary. Not shared between threads; make one per worker."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._reader = MentionReader(vocabulary)
        self._speller = Speller(vocabulary.words)

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
        stated: list[_Stated] = []
        organ_sizes: dict[str, list[float]] = {}
        deadline = time.monotonic() + seconds
        for section in sections:
            for found in self._section(text, section, exam, organ_sizes):
                stated.extend(found)
                if time.monotonic() > deadline:
                    raise AnalysisTimeout(f"a report took over {seconds:g} s to be understood")
        self._size_enlargements(stated, organ_sizes)
        return tuple(sorted(map(_finding, stated), key=lambda f: (f.start, f.end)))

    def _size_enlargements(self, stated: list[_Stated], organ_sizes: dict[str, list[float]]) -> None:
        """An enlarged organ has the largest size stated for it anywhere, if its mentions state none."""
        lexicon = self._vocabulary.lexicon
        sized = {one.mention.concept for one in stated if one.current}
        for one in stated:
            concept = lexicon.concepts[one.mention.concept]
            if concept.sized_by_organ and concept.id not in sized and one.assertion is Assertion.PRESENT:
                one.current.extend(v for site in concept.sites for v in organ_sizes.get(site, ()))

    def _section(
        self, text: str, section: Section, exam: Exam, organ_sizes: dict[str, list[float]]
    ) -> Iterator[list[_Stated]]:
        tokens = self._speller.mended(tokenise(text, section.start, section.end))
        memory = _Memory(exam, Labels(), organ_sizes)
        measured = list(sizes(text, section.start, section.end)) if section.kind is not SectionKind.TECHNIQUE else []
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

    def _statement(self, text: str, statement: Statement, own: list[Size], memory: "_Memory") -> list[_Stated]:
        tokens = statement.tokens
        places, heads = self._reader.places_and_heads(tokens, memory.exam.regions)
        sized = {i for s in own for i, t in enumerate(tokens) if s.start <= t.start < s.end}
        reach, breaks = scopes(Landmarks(tokens, {h.first for h in heads}, {p.first for p in places}, sized))
        labelled = memory.labels.read(statement, places, has_findings=bool(heads))
        memory.turn(statement)
        reading = self._reader.read(tokens, places, heads, breaks, memory.surroundings())
        fixed = {p.first: fixed_side(self._vocabulary.lexicon.sites[p.site].side) for p in places}
        fixed = {i: side for i, side in fixed.items() if side is not Laterality.NONE}
        sides = side_words(tokens, text, memory.side, fixed) | two_sides(text, tokens)
        stated = [
            _Stated(
                mention,
                self._assertion(mention, reach, statement, memory),
                self._side(mention, reading, sides, tokens, memory),
                tokens,
                statement.section,
            )
            for mention in reading.mentions
        ]
        self._measure(stated, reading, tokens, own, memory, text)
        for one, change in zip(stated, changes(tokens, [s.mention.first for s in stated]), strict=True):
            one.change = change if one.assertion in _AFFIRMED else None
        memory.learn(statement, reading, stated, sides, reach, labelled)
        return [*stated, *self._denied_with(stated)]

    def _denied_with(self, stated: list[_Stated]) -> Iterator[_Stated]:
        """What is denied by the denial of a sign of it ("ventricules non dilatés": no hydrocephalus)."""
        for one in stated:
            if one.assertion is Assertion.ABSENT:
                for concept in self._vocabulary.denied_by(one.mention.concept):
                    yield replace(one, mention=replace(one.mention, concept=concept), current=[], prior=[])

    def _assertion(
        self, mention: Mention, reach: Sequence[Scope], statement: Statement, memory: "_Memory"
    ) -> Assertion:
        said = assertion_at(mention.first, mention.last, reach)
        if mention.denied:
            said = Assertion.ABSENT
        if said is Assertion.PRESENT and memory.carried is not None:
            said = memory.carried
        if statement.section in _ASKING and said in _AFFIRMED:
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
        memory: "_Memory",
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
        if others and _names_it(tokens[others[-1].phrase_end : mention.first]):
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
        at = [{m.site} if m.site else set(lexicon.concepts[m.concept].sites) for m in (one, other)]
        wholes = [{w for s in sites for w in lexicon.wholes(s)} for sites in at]
        return bool(at[0] & wholes[1] or at[1] & wholes[0])

    def _measure(
        self,
        stated: list[_Stated],
        reading: Reading,
        tokens: Sequence[Token],
        own: list[Size],
        memory: "_Memory",
        text: str,
    ) -> None:
        for size in own:
            target = self._measured(stated, reading, tokens, size, memory, text)
            if target is None:
                self._keep_organ_size(reading, tokens, size, memory)
                continue
            (target.prior if size.prior else target.current).extend(size.values)
        for lesion, named in pairwise(stated):  # "lésion de 12 mm : angiome"
            if lesion.current and not named.current and self._is_the_same(lesion, named):
                named.current.extend(lesion.current)
                named.prior.extend(lesion.prior)

    def _is_the_same(self, lesion: _Stated, named: _Stated) -> bool:
        """Whether a finding names what a vaguer one before it in the statement is."""
        if named.assertion not in _AFFIRMED or lesion.assertion is not Assertion.PRESENT:
            return False
        kinds = self._vocabulary.lexicon.ancestors(named.mention.concept)
        vague = lesion.mention.concept
        between = lesion.tokens[lesion.mention.last : named.mention.first]
        linked = _names_it(between) or any(t.word == ":" for t in between)
        return vague != named.mention.concept and (vague in kinds or ("lesion" in kinds and vague in _VAGUE and linked))

    def _keep_organ_size(self, reading: Reading, tokens: Sequence[Token], size: Size, memory: "_Memory") -> None:
        """Remember the size of an organ, for its enlargement stated elsewhere ("flèche hépatique : 180 mm")."""
        organs = [p.site for p in reading.free if tokens[p.first].start < size.start][-1:] or memory.labels.sites[:1]
        for site in organs:
            if not size.prior:
                memory.organ_sizes.setdefault(site, []).extend(size.values)

    def _measured(
        self,
        stated: list[_Stated],
        reading: Reading,
        tokens: Sequence[Token],
        size: Size,
        memory: "_Memory",
        text: str,
    ) -> _Stated | None:
        """The finding that a size is of: the nearest before it, unless an organ of its own stands between; else the
        nearest behind it; else that of the statement before.
        """
        before = [s for s in stated if tokens[s.mention.first].start < size.start]
        organs = [p for p in reading.free if tokens[p.first].start < size.start]
        if _OF_THE_LARGEST.search(text, tokens[0].start, size.start):
            return _most_like(before) if before else memory.last
        if before:
            last = before[-1]
            between = [
                p
                for p in organs
                if tokens[p.first].start > tokens[last.mention.last - 1].start
                and not _used(p, stated)
                and not self._may_be_of(last, p)
            ]
            if not between:
                return _most_like(before)
            return next((s for s in stated if self._is_of(s, between[-1])), None)
        behind = [s for s in stated if tokens[s.mention.first].start >= size.end]
        if behind and not (organs and not self._is_of(behind[0], organs[-1])):
            return behind[0]
        if organs or stated:
            return None
        return memory.last

    def _may_be_of(self, stated: _Stated, place: Place) -> bool:
        """Whether a finding may be at a place: a part of its site, or of those that it is at home in."""
        lexicon = self._vocabulary.lexicon
        wholes = lexicon.wholes(place.site)
        concept = lexicon.concepts[stated.mention.concept]
        return stated.mention.site in wholes or any(s in wholes for s in concept.sites)

    def _is_of(self, stated: _Stated, place: Place) -> bool:
        lexicon = self._vocabulary.lexicon
        concept = lexicon.concepts[stated.mention.concept]
        wholes = lexicon.wholes(place.site)
        kinds = lexicon.ancestors(concept.id)
        sites = {s for kind in kinds for s in lexicon.concepts[kind].sites}
        return (stated.mention.site in wholes or not sites.isdisjoint(wholes)) and concept.sized_by_organ


class _Memory:
    """What the statements of a section leave for those behind them."""

    _TOPIC_STATEMENTS = 3

    def __init__(self, exam: Exam, labels: Labels, organ_sizes: dict[str, list[float]]) -> None:
        self.exam = exam
        self.organ_sizes = organ_sizes
        self.labels = labels
        self.side = exam.side
        self.carried: Assertion | None = None
        self.last: _Stated | None = None
        self._topics: tuple[str, ...] = ()
        self._topic_side = Laterality.NONE
        self._age = 0
        self._line = -1

    def turn(self, statement: Statement) -> None:
        """A new statement begins."""
        if self.carried is not None and not (statement.bullet or statement.line == self._line):
            self.carried = None
        self._age += 1
        if self._age > self._TOPIC_STATEMENTS:
            self._topics, self._topic_side = (), Laterality.NONE

    def surroundings(self) -> Surroundings:
        """For the mentions of the next statement."""
        return Surroundings(self.exam.regions, self.labels.sites, (*self._topics, *self.exam.sites))

    def side_for(self, mention: Mention) -> Laterality:
        """The side of a finding that its statement gives none."""
        if mention.inherited is not None and mention.inherited in self.labels.sites:
            said = self.labels.side
        elif mention.inherited is not None and mention.inherited in self._topics:
            said = self._topic_side
        else:
            said = self.labels.side
        return self.exam.side if said is Laterality.NONE and self.exam.one_sided else said

    def learn(
        self,
        statement: Statement,
        reading: Reading,
        stated: list[_Stated],
        sides: dict[int, Laterality],
        reach: Sequence[Scope],
        labelled: int,
    ) -> None:
        """Take in a statement that was read."""
        tokens = statement.tokens
        if labelled:
            self.labels.take_side(together([s for i, s in sides.items() if i < labelled]))
        if reading.free:
            first = reading.free[0]
            self._topics = tuple(dict.fromkeys(p.site for p in reading.free[:3]))
            self._topic_side = together([s for i, s in sides.items() if first.first <= i <= first.last + 1])
            self._age = 0
        elif stated and stated[-1].mention.site:
            self._topics = (stated[-1].mention.site,)
            self._topic_side = stated[-1].side
            self._age = 0
        if sides:
            said = sides[max(sides)]
            if said in (Laterality.LEFT, Laterality.RIGHT):
                self.side = said
        self.last = stated[-1] if stated else (self.last if not reading.free else None)
        if tokens and tokens[-1].word == ":" and not stated:
            denied = [s for s in reach if s.assertion is Assertion.ABSENT and s.end >= len(tokens) - 1]
            if denied:
                self.carried = Assertion.ABSENT
        self._line = statement.line


def _close_before(mention: Mention, others: Sequence[Mention], sides: dict[int, Laterality]) -> list[Laterality]:
    """The sides between the finding and what stands before it: another finding's phrase, or its own site."""
    floor = max((m.phrase_end for m in others), default=0)
    if mention.place is not None and mention.place.last <= mention.first:
        floor = min(floor, mention.place.first)
    return [s for i, s in sides.items() if floor <= i < mention.first]


def _names_it(between: Sequence[Token]) -> bool:
    """Whether the words between two findings say that the second is what the first is ("évocatrice d'un cancer")."""
    return len(between) <= _NAMING_TOKENS and any(t.word.startswith(_NAMING) for t in between)


def _used(place: Place, stated: list[_Stated]) -> bool:
    return any(s.mention.place == place for s in stated)


def _most_like(before: list[_Stated]) -> _Stated:
    """The last affirmed of the findings before a size, or the last one."""
    affirmed = [s for s in before if s.assertion is not Assertion.ABSENT]
    return affirmed[-1] if affirmed and before[-1].assertion is Assertion.ABSENT else before[-1]


def _finding(stated: _Stated) -> Finding:
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

"""What a report says: every finding that it names, with assertion, side, site and size.

The order: sections, statements, findings and sites by the lexicon, heads brought together with sites, cues and their
reach, sides, sizes. Sections decide too: what the indication or the technique names is only asked for.
"""

import math
import time
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from pathlib import Path

from indexer.errors import AnalysisTimeout
from indexer.language.alternatives import alternatives
from indexer.language.changes import changes, compared
from indexer.language.conclusions import Conclusions
from indexer.language.cues import cue_words
from indexer.language.descriptions import describes
from indexer.language.exam import Stated as StatedExam
from indexer.language.labels import LABEL_TOKENS, Labels
from indexer.language.measurements import Size, sizes
from indexer.language.memory import Exam, Ledger, Memory, Stated
from indexer.language.mentions import MentionReader
from indexer.language.past import is_dated
from indexer.language.places import GENERIC, Mention, Place
from indexer.language.scopes import Landmarks, Scope, assertion_at, scopes
from indexer.language.sections import tells_the_past
from indexer.language.sides import fixed_side, side_words, together, two_sides
from indexer.language.siding import Sided, Siding
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

ANALYSER_VERSION = "5"
"""Changes whenever the same text may give other findings; `radiotheque reanalyse` brings an index to it."""

_KEPT_WORDINGS = 20_000
_LESIONS = frozenset(("lesion", "nodule", "mass", "tumor"))
_Wording = tuple[Sequence[Place], Sequence[Match[Meaning]], Sequence[Scope], frozenset[int]]
_FOLLOWED = frozenset(("suivi", "surveillance", "controle"))
_ASKING = frozenset((SectionKind.INDICATION, SectionKind.TECHNIQUE, SectionKind.PREAMBLE))


class Analyser:
    """Reads reports with one vocabulary. Not shared between threads; make one per worker."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._reader = MentionReader(vocabulary)
        self._sizing = Sizing(vocabulary.lexicon)
        self._siding = Siding(vocabulary.lexicon, self._sizing)
        self._conclusions = Conclusions(vocabulary.lexicon, self._sizing)
        self._speller = Speller(vocabulary.words | cue_words())
        self._wordings: dict[tuple[str, frozenset[BodyRegion], frozenset[int]], _Wording] = {}

    def exam(self, stated: StatedExam, recorded: Sequence[BodyRegion]) -> Exam:
        """What is known of an exam by its title and text and, before these, by its record's regions."""
        titled = frozenset(stated.regions or recorded)
        regions = frozenset(recorded or stated.regions)
        tokens = tokenise(stated.title)
        places, _heads = self._reader.places_and_heads(tokens, regions)
        titled_side = together(list(side_words(tokens, stated.title, Laterality.NONE).values()))
        return Exam(regions, stated.side, tuple(dict.fromkeys(place.site for place in places)), titled, titled_side)

    def findings(
        self, text: str, sections: Sequence[Section], exam: Exam, seconds: float = math.inf
    ) -> tuple[Finding, ...]:
        """Every finding named in the sections of a text, in order of place.

        seconds: how long it may take; looked at between statements. Raises AnalysisTimeout.
        """
        stated: list[Stated] = []
        ledger = Ledger()
        deadline = time.monotonic() + seconds
        for section in sections:
            for found in self._section(text, section, exam, ledger):
                stated.extend(found)
                if time.monotonic() > deadline:
                    raise AnalysisTimeout(f"a report took over {seconds:g} s to be understood")
        self._siding.side_conclusions(stated, ledger)
        self._conclusions.size(stated, ledger)
        known = {kind for kind in ledger.known if self._vocabulary.lexicon.concepts[kind].once_known}
        if known:
            stated.extend(self._of_known(stated, known))
        return tuple(sorted(map(_finding, stated), key=lambda f: (f.start, f.end)))

    def _section(self, text: str, section: Section, exam: Exam, ledger: Ledger) -> Iterator[list[Stated]]:
        tokens = self._speller.mended(tokenise(text, section.start, section.end))
        memory = Memory(exam, Labels(), ledger)
        memory.past = section.kind is SectionKind.INDICATION and tells_the_past(text, section)
        measured = sizes(text, section.start, section.end) if section.kind is not SectionKind.TECHNIQUE else []
        cursor = 0
        heading: list[Stated] = []
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
            stated = self._statement(text, statement, own, memory)
            if heading and not (statement.bullet and _all_denied(stated)):
                yield heading
            heading = stated if _may_head(statement) else []
            if not heading:
                yield stated
        yield heading

    def _statement(self, text: str, statement: Statement, own: list[Size], memory: Memory) -> list[Stated]:
        tokens = statement.tokens
        sized = frozenset(i for s in own for i, t in enumerate(tokens) if s.start <= t.start < s.end)
        places, heads, reach, breaks = self._wording(
            text[tokens[0].start : tokens[-1].end], tokens, memory.exam.regions, sized
        )
        labelled = memory.labels.read(statement, places, has_findings=bool(heads))
        memory.turn(statement)
        reading = self._reader.read(tokens, places, heads, breaks, memory.surroundings(statement, labelled))
        fixed = {p.first: fixed_side(self._vocabulary.lexicon.sites[p.site].side) for p in places}
        fixed = {i: side for i, side in fixed.items() if side is not Laterality.NONE}
        sides = side_words(tokens, text, memory.side, fixed) | two_sides(text, tokens)
        if labelled:
            memory.labels.take_side(together([s for i, s in sides.items() if i < labelled]))
        sided = Sided(tokens, reading, sides, fixed)
        stated = []
        for mention in reading.mentions:
            said = self._assertion(mention, reach, statement, memory)
            side = self._siding.side(mention, said, sided, memory)
            stated.append(Stated(mention, said, side, tokens, statement.section))
        self._share_doubt(stated)
        self._sizing.assign(stated, reading, statement, own, memory, text, sides)
        for one, change in zip(stated, changes(tokens, [s.mention.first for s in stated]), strict=True):
            one.change = change if one.assertion in AFFIRMED else None
        memory.learn(statement, reading, stated, fixed | sides, reach)
        if stated:
            named = (self._vocabulary.lexicon.concepts[s.mention.concept] for s in reversed(stated))
            memory.homes = tuple(dict.fromkeys(s for concept in named for s in concept.sites if s not in GENERIC))
        elif reading.free:
            memory.homes = ()
        if statement.section is SectionKind.RESULTS and not stated and sides and not reach and describes(tokens):
            sites = tuple(place.site for place in places)
            memory.ledger.described.append((sites, together(list(sides.values()))))
        stated = self._without_label(statement, stated)
        return [*stated, *self._denied_with(stated), *self._left_by(stated), *self._parts(stated)]

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
            around = Landmarks(tokens, {h.first for h in heads}, {p.first for p in places}, sized)
            reach, breaks = scopes(around)
            reach.extend(alternatives(around))
            if len(self._wordings) >= _KEPT_WORDINGS:
                self._wordings.clear()
            known = self._wordings[said, regions, sized] = (places, heads, reach, breaks)
        return known

    def _share_doubt(self, stated: Sequence[Stated]) -> None:
        """A sign of what is doubted right behind it is no more certain ("bourse un peu épaisse, bursite possible").

        A sign of anything broader or narrower too, unless it is a lesion, which is there whatever it is ("hyperdensité, contusion possible").
        """
        doubted: set[str] = set()
        broader: set[str] = set()
        for one in reversed(stated):
            concept = one.mention.concept
            kinds = self._vocabulary.lexicon.ancestors(concept)
            if one.assertion is Assertion.UNCERTAIN:
                doubted.add(concept)
                broader |= kinds
            elif one.assertion is Assertion.PRESENT and (
                concept in doubted or (self._is_sign(one) and (concept in broader or not doubted.isdisjoint(kinds)))
            ):
                one.assertion = Assertion.UNCERTAIN

    def _is_sign(self, one: Stated) -> bool:
        said = one.tokens[one.mention.first : one.mention.last]
        return describes(said) and _LESIONS.isdisjoint(self._vocabulary.lexicon.ancestors(one.mention.concept))

    def _without_label(self, statement: Statement, stated: list[Stated]) -> list[Stated]:
        """Without the findings of a label behind which all is denied ("Air extra-digestif : pas de pneumopéritoine"), or
        a kind of them is not certain, where the label is a heading in the plural ("Lésions expansives : méningiome probable").
        """
        colon = next((i for i, t in enumerate(statement.tokens[:LABEL_TOKENS]) if t.word == ":"), None)
        if colon is None or not statement.opens_line:
            return stated
        behind = [one for one in stated if one.mention.first > colon]
        if _all_denied(behind):
            return behind
        doubted = [one for one in behind if one.assertion is not Assertion.PRESENT]
        told = {kind for one in doubted for kind in self._vocabulary.lexicon.ancestors(one.mention.concept)}
        return [s for s in stated if s.mention.first > colon or s.mention.concept not in told or not _is_heading(s)]

    def _parts(self, stated: list[Stated]) -> Iterator[Stated]:
        """The findings that one word names together, each for itself: they differ in size."""
        for one in stated:
            for concept in self._sizing.parts(one.mention.concept):
                yield replace(one, mention=replace(one.mention, concept=concept), current=[], prior=[])

    def _denied_with(self, stated: list[Stated]) -> Iterator[Stated]:
        """What is denied by the denial of a sign of it ("ventricules non dilatés": no hydrocephalus)."""
        for one in stated:
            if one.assertion is Assertion.ABSENT:
                for concept in self._vocabulary.denied_by(one.mention.concept):
                    yield replace(one, mention=replace(one.mention, concept=concept), current=[], prior=[])

    def _of_known(self, stated: Sequence[Stated], known: Set[str]) -> list[Stated]:
        """What a lesion is of one who is known to have such ("SEP ... une lésion nouvelle"), if its statement names nothing
        else and the report is nowhere in doubt of it.
        """
        doubted = {s.mention.concept for s in stated if s.assertion is Assertion.UNCERTAIN}
        named = {
            id(s.tokens)
            for s in stated
            if s.assertion in AFFIRMED and not self._sizing.is_description(s.mention, s.tokens)
        }
        concepts = self._vocabulary.lexicon.concepts
        return [
            replace(one, mention=replace(one.mention, concept=kind))
            for kind in sorted(known - doubted)
            for one in stated
            if one.mention.concept in concepts[kind].once_known
            and one.assertion is Assertion.PRESENT
            and one.section not in _ASKING
            and id(one.tokens) not in named
        ]

    def _left_by(self, stated: list[Stated]) -> Iterator[Stated]:
        """The past finding that a present one is left by ("microsaignements": a haemorrhage that was)."""
        for one in stated:
            if one.assertion in (Assertion.PRESENT, Assertion.HISTORICAL):
                for concept in self._vocabulary.lexicon.concepts[one.mention.concept].left_by:
                    past = replace(one.mention, concept=concept)
                    yield replace(one, mention=past, assertion=Assertion.HISTORICAL, current=[], prior=[], change=None)

    def _assertion(self, mention: Mention, reach: Sequence[Scope], statement: Statement, memory: Memory) -> Assertion:
        said = assertion_at(mention.first, mention.last, reach)
        if mention.denied:
            said = Assertion.ABSENT
        if said is Assertion.PRESENT and self._vocabulary.lexicon.concepts[mention.concept].past:
            said = Assertion.HISTORICAL
        if said is Assertion.PRESENT and memory.carried is not None:
            said = memory.carried
        if statement.section in _ASKING and (said is Assertion.PRESENT or _is_followed(mention, reach, statement)):
            memory.ledger.known.add(mention.concept)
        if statement.section in _ASKING and said in AFFIRMED:
            past = said is Assertion.PRESENT and (memory.past or is_dated(statement.tokens, mention.last))
            return Assertion.HISTORICAL if past else Assertion.ASKED
        if statement.section is SectionKind.COMPARISON and said is Assertion.PRESENT:
            return Assertion.HISTORICAL
        return said


def _is_followed(mention: Mention, reach: Sequence[Scope], statement: Statement) -> bool:
    """Whether a finding is asked for because it is known ("surveillance d'une SEP")."""
    cues = (s for s in reach if s.assertion is Assertion.ASKED and s.covers(mention.first))
    return any(statement.tokens[s.cue_start].word in _FOLLOWED for s in cues)


def _all_denied(stated: Sequence[Stated]) -> bool:
    return bool(stated) and all(one.assertion is Assertion.ABSENT for one in stated)


def _may_head(statement: Statement) -> bool:
    """Whether a line may be the heading of the list below it ("Lésions expansives et contraste")."""
    return statement.opens_line and not statement.bullet and statement.tokens[-1].is_word


def _is_heading(stated: Stated) -> bool:
    """Whether a finding before a colon is the name of a list, not something seen ("lésion du segment VI : angiome")."""
    return stated.tokens[stated.mention.first].word.endswith(("s", "x")) and not stated.current


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

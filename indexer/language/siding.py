"""Which side each finding of a statement is on, and on which the results show what only the conclusion names."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from indexer.language.concepts import Lexicon, Sidedness
from indexer.language.descriptions import has_naming, is_named, last_described, names_it
from indexer.language.memory import Ledger, Memory, Stated
from indexer.language.places import GENERIC, Mention, Place, Reading
from indexer.language.sides import OPPOSITE, fixed_side, together
from indexer.language.sizing import Sizing
from indexer.language.tokens import TRANSPARENT, Token
from indexer.language.vocabulary import modifier_stems
from indexer.report import AFFIRMED, Assertion, Laterality, SectionKind

_PLURAL = frozenset(("des", "les", "aux", "deux"))
_SEVERAL_A_SIDE = frozenset(
    ("rib", "upper_limb", "lower_limb", "spine", "muscle", "tooth", "lymph_node", "renal_pelvis", "mastoid")
)
"""Sites of which a side has several: the plural says nothing of sides."""
_BEFORE_SIDE = TRANSPARENT | {"cote"}
_LIST_ENDS = frozenset((":", ";", "(", "."))
_FOLLOWING = frozenset(("amont", "upstream", "regard", "adjacent", "adjacente", "adjacents", "adjacentes"))
"""What is there of another finding is on its side ("dilatation d'amont", "épanchement en regard")."""
_FOLLOWING_TOKENS = 4
_PREDOMINANT = frozenset(
    ("predominant", "predominants", "predominante", "predominantes", "predominance", "plus", "surtout", "larger")
)
"""Of several, more are on the side told behind: the others are on the other ("épanchements prédominant à droite")."""
_BESIDE_ORGAN = 2
_AND = frozenset(("et", "and", "+", "/", "&"))


@dataclass(frozen=True, slots=True)
class Sided:
    """A statement with its words of side: token -> side. fixed: the same of sites that are always on one side."""

    tokens: Sequence[Token]
    reading: Reading
    sides: Mapping[int, Laterality]
    fixed: Mapping[int, Laterality]


class Siding:
    """Gives findings their sides, with one lexicon."""

    def __init__(self, lexicon: Lexicon, sizing: Sizing) -> None:
        self._lexicon = lexicon
        self._sizing = sizing

    def side(self, mention: Mention, assertion: Assertion, sided: Sided, memory: Memory) -> Laterality:
        """The side said of the finding itself; else, of what has sides, that of its surroundings."""
        said = _first(self._stated(mention, assertion, sided, memory))
        if said is Laterality.NONE and (memory.exam.one_sided or self._is_paired(mention)):
            said = _first(self._around(mention, assertion, sided, memory))
        return said

    def side_conclusions(self, stated: Sequence[Stated], ledger: Ledger) -> None:
        """What only the conclusion names is on the side on which the results describe something at its organ.

        "Plage hypodense frontale gauche ... Conclusion : AVC ischémique".
        """
        unsided = [
            one
            for one in stated
            if one.section is SectionKind.CONCLUSION and one.side is Laterality.NONE and one.assertion in AFFIRMED
        ]
        if not unsided:
            return
        ancestors = self._lexicon.ancestors
        sided = {k for s in stated if s.side is not Laterality.NONE for k in ancestors(s.mention.concept)}
        described = self._described_at(stated, ledger, signs=False)
        signs = self._described_at(stated, ledger, signs=True)
        for one in unsided:
            concept = one.mention.concept
            if concept in sided:
                continue
            organs = self._lexicon.homes(concept)
            one.side = _only(described, organs)
            if one.side is Laterality.NONE and not _is_in_results(concept, stated):
                several = one.tokens[one.mention.first].word.endswith(("s", "x"))
                one.side = _only(signs, organs, several=several)

    def _described_at(self, stated: Sequence[Stated], ledger: Ledger, *, signs: bool) -> dict[str, set[Laterality]]:
        """The sides on which the results describe something, by organ. signs: findings that only describe count too."""
        described = list(ledger.described)
        if signs:
            described.extend(
                (self._lexicon.sites_of(s.mention.concept, s.mention.site), s.side)
                for s in stated
                if s.section is SectionKind.RESULTS
                and s.assertion in AFFIRMED
                and s.side is not Laterality.NONE
                and self._sizing.is_description(s.mention, s.tokens)
            )
        at: dict[str, set[Laterality]] = defaultdict(set)
        for sites, side in described:
            for whole in {w for site in sites for w in self._lexicon.wholes(site)}:
                at[whole].add(side)
        return at

    def _is_paired(self, mention: Mention) -> bool:
        site = self._lexicon.sites[mention.site].side if mention.site else None
        return Sidedness.PAIRED in (self._lexicon.concepts[mention.concept].side, site)

    def _stated(self, mention: Mention, assertion: Assertion, sided: Sided, memory: Memory) -> Iterator[Laterality]:
        """The sides said of a finding: in its phrase, right before it, behind it, by its site, or by what it names."""
        tokens, sides = sided.tokens, sided.sides
        others = [m for m in sided.reading.mentions if m.last <= mention.first]
        end = mention.phrase_end
        places = [p for p in sided.reading.places if mention.last <= p.first < end]
        if mention.place is not None:
            places.append(mention.place)
        said = together([*map(self._fixed, places), *(s for i, s in sides.items() if mention.first <= i < end)])
        yield Laterality.BILATERAL if said in OPPOSITE and self._predominates(mention, sided) else said
        yield together(_close_before(mention, others, sided))
        yield _behind_comma(tokens, end, sides)
        if mention.inherited is not None:
            yield fixed_side(self._lexicon.sites[mention.inherited].side)
        if assertion in AFFIRMED:
            yield together(self._described(mention, assertion, others, sided))
        if others and names_it(tokens[others[-1].phrase_end : mention.first]):
            yield self.side(others[-1], Assertion.PRESENT, sided, memory)

    def _around(self, mention: Mention, assertion: Assertion, sided: Sided, memory: Memory) -> Iterator[Laterality]:
        """The sides that what stands around a finding gives it, the nearest first."""
        reading, sides = sided.reading, sided.sides
        others = [m for m in reading.mentions if m.last <= mention.first]
        before = [(i, s) for i, s in sides.items() if i < mention.first and not reading.in_aside(i, mention.first)]
        claimed = any(m.phrase_end > i for i, _s in before for m in others)
        if before and (not claimed or (len({s for _i, s in before}) == 1 and self._near_by(others[-1], mention))):
            yield together([s for _i, s in before])
        if assertion in AFFIRMED or assertion is Assertion.HISTORICAL:
            yield together(self._behind(mention, sided))
        yield self._of_organ(mention, sided)
        yield memory.side_for(mention, self._lexicon.wholes(mention.site) if mention.site else frozenset())
        if assertion in AFFIRMED:
            yield self._of_both(mention, sided.tokens)
            yield _listed(mention, sided)
            yield _following(mention, sided, memory)
            yield self._shared(mention, sided)

    def _predominates(self, mention: Mention, sided: Sided) -> bool:
        """Whether several, of what has sides, are only more on the side that is said."""
        tokens = sided.tokens
        first = next(i for i in (*sided.sides, mention.first) if i >= mention.first)
        several = tokens[mention.first].word.endswith("s") and self._is_paired(mention)
        return several and not _PREDOMINANT.isdisjoint(t.word for t in tokens[mention.last : first])

    def _fixed(self, place: Place) -> Laterality:
        return fixed_side(self._lexicon.sites[place.site].side)

    def _of_both(self, mention: Mention, tokens: Sequence[Token]) -> Laterality:
        """Both sides, where a finding is said of a pair ("des bases", "les reins"); many bones and ribs are no pair."""
        place = mention.place
        if place is None or place.first == 0 or tokens[place.first - 1].word not in _PLURAL:
            return Laterality.NONE
        several = not _SEVERAL_A_SIDE.isdisjoint(self._lexicon.wholes(place.site))
        return Laterality.NONE if several else Laterality.BILATERAL

    def _of_organ(self, mention: Mention, sided: Sided) -> Laterality:
        """The side of the organ named last before a finding in it ("à droite le rein est normal hormis un calcul caliciel")."""
        wholes = self._lexicon.wholes(mention.site) if mention.site else frozenset()
        organ = next(
            (p for p in reversed(sided.reading.places) if p.last <= mention.first and p.site in wholes - GENERIC), None
        )
        if organ is None:
            return Laterality.NONE
        near = range(organ.first - _BESIDE_ORGAN, organ.last + 1)
        return together([side for i, side in sided.sides.items() if i in near])

    def _behind(self, mention: Mention, sided: Sided) -> list[Laterality]:
        """The sides of the sites told behind a comma ("deux lacunes, thalamique gauche et capsulaire droite")."""
        tokens, places = sided.tokens, sided.reading.places
        end = min((m.first for m in sided.reading.mentions if m.first >= mention.last), default=len(tokens))
        end = next((i for i in range(mention.last, end) if tokens[i].word in _LIST_ENDS), end)
        homes = set(self._lexicon.sites_of(mention.concept, mention.site))
        for comma in (i for i in range(mention.last, end) if tokens[i].word == ","):
            at = next((i for i in range(comma + 1, end) if tokens[i].word not in TRANSPARENT), end)
            named = next((p for p in places if p.first == at), None)
            if named is not None and homes & self._lexicon.wholes(named.site):
                return [side for told in (sided.sides, sided.fixed) for i, side in told.items() if comma < i < end]
        return []

    def _described(
        self, mention: Mention, assertion: Assertion, others: Sequence[Mention], sided: Sided
    ) -> list[Laterality]:
        """The sides of the description that a finding is the name of ("image frontale gauche : métastase")."""
        tokens, sides = sided.tokens, sided.sides
        before = next((t for t in reversed(tokens[: mention.first]) if t.word not in TRANSPARENT), None)
        told = before is not None and before.word == ":"  # what is said of a foyer before a colon is all of it
        floor = 0 if told else max((m.last for m in others if not self._sizing.is_description(m, tokens)), default=0)
        word = last_described(tokens[floor : mention.first])
        begun = None if word is None else floor + word
        if others and has_naming(tokens[others[-1].last : mention.first]):
            first = (m.first for m in reversed(others) if any(m.first <= i < mention.first for i in sides))
            begun = next(first, others[-1].first)
        if begun is None or not is_named(tokens[begun : mention.first], assertion):
            return []
        return [s for i, s in sides.items() if begun <= i < mention.first]

    def _shared(self, mention: Mention, sided: Sided) -> Laterality:
        """The side that is said once of two findings at one place ("pneumothorax et hémothorax gauches")."""
        other = next((m for m in sided.reading.mentions if m.first >= mention.last), None)
        if other is None or other.denied:
            return Laterality.NONE
        between = sided.tokens[mention.last : other.first]
        joined = any(t.word in _AND for t in between) and all(
            t.word in _AND or t.word in TRANSPARENT or t.stem in modifier_stems() for t in between
        )
        behind = [(i, s) for i, s in sided.sides.items() if other.last <= i < other.phrase_end]
        plural = any(sided.tokens[i].word.endswith("s") for i, _s in behind)
        if not joined or not (plural or self._near_by(mention, other)):
            return Laterality.NONE
        return together([s for _i, s in behind])

    def _near_by(self, one: Mention, other: Mention) -> bool:
        """Whether two findings are at the same site, or one at a part of the other's."""
        lexicon = self._lexicon
        at = [set(lexicon.sites_of(m.concept, m.site)) for m in (one, other)]
        wholes = [{w for s in sites for w in lexicon.wholes(s)} for sites in at]
        return bool(at[0] & wholes[1] or at[1] & wholes[0] or "spine" in wholes[0] & wholes[1])


def _is_in_results(concept: str, stated: Sequence[Stated]) -> bool:
    """Whether the results state a finding, beyond naming what they describe ("ces images sont en faveur de métastases")."""
    there = (s for s in stated if s.mention.concept == concept and s.section is SectionKind.RESULTS)
    return any(not has_naming(s.tokens[: s.mention.first]) for s in there)


def _only(at: Mapping[str, Set[Laterality]], organs: Sequence[str], *, several: bool = False) -> Laterality:
    """The one side at some organs; of several findings all sides together."""
    found = {side for organ in organs for side in at.get(organ, ())}
    return together(list(found)) if several or len(found) == 1 else Laterality.NONE


def _first(sides: Iterable[Laterality]) -> Laterality:
    return next((side for side in sides if side is not Laterality.NONE), Laterality.NONE)


def _close_before(mention: Mention, others: Sequence[Mention], sided: Sided) -> list[Laterality]:
    """The sides between the finding and what stands before it: another finding's phrase, or its own site."""
    floor = max((m.phrase_end for m in others), default=0)
    if mention.place is not None and mention.place.last <= mention.first:
        floor = min(floor, mention.place.first)
    first = mention.first
    return [s for i, s in sided.sides.items() if floor <= i < first and not sided.reading.in_aside(i, first)]


def _behind_comma(tokens: Sequence[Token], end: int, sides: Mapping[int, Laterality]) -> Laterality:
    """The side that stands alone behind the comma that ends a finding's phrase ("calcul de l'uretère, à gauche")."""
    if end >= len(tokens) or tokens[end].word != ",":
        return Laterality.NONE
    at = next((i for i in range(end + 1, len(tokens)) if tokens[i].word not in _BEFORE_SIDE), len(tokens))
    return sides.get(at, Laterality.NONE)


def _listed(mention: Mention, sided: Sided) -> Laterality:
    """The sides told behind a colon ("nodules pulmonaires : ... du lobe supérieur droit de 4 mm, ... de S8 D")."""
    tokens = sided.tokens
    colon = next((i for i in range(mention.last, len(tokens)) if tokens[i].word == ":"), len(tokens))
    end = min((m.first for m in sided.reading.mentions if m.first > mention.first), default=len(tokens))
    return together([side for i, side in sided.sides.items() if colon < i < end])


def _following(mention: Mention, sided: Sided, memory: Memory) -> Laterality:
    """The side named last, for what is there of the finding named before."""
    tokens = sided.tokens
    near = tokens[max(0, mention.first - _FOLLOWING_TOKENS) : mention.phrase_end + _FOLLOWING_TOKENS]
    if _FOLLOWING.isdisjoint(t.word for t in near):
        return Laterality.NONE
    before = [s for i, s in sorted(sided.sides.items()) if i < mention.first and s in OPPOSITE]
    return before[-1] if before else memory.side

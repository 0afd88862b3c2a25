"""Which finding each size of a statement is of, and which are an organ's."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from indexer.language.concepts import Lexicon
from indexer.language.descriptions import describes, is_named, last_described, names_it
from indexer.language.english import noun_behind
from indexer.language.measurements import Size
from indexer.language.memory import Measured, Memory, Stated
from indexer.language.places import GENERIC, Mention, Place, Reading
from indexer.language.sides import together
from indexer.language.statements import Statement
from indexer.language.tokens import SILENT, TRANSPARENT, Token
from indexer.language.vocabulary import modifier_stems
from indexer.report import AFFIRMED, Assertion, Laterality, SectionKind

_OF_THE_LARGEST = re.compile(
    r"\b(?:plus (?:gros|grosse|grande?|volumineu(?:x|se))|(?:dont )?(?:l['’]un|l['’]une|certaine?s?|les plus gros(?:ses)?)|largest|biggest)\b",
    re.IGNORECASE,
)
"""The size behind it is of the findings just named, whatever place is named in between."""
_SUBJECT = re.compile(r",\s*(?:mesurant|mesurée?s?)\s+(?:à\s+|environ\s+)?\Z", re.IGNORECASE)
"""The size behind it is of what the statement is about, whatever is named in between."""
_MEASURING = re.compile(r"\b(?:mesurant|mesurée?s?)\s+(?:à\s+|environ\s+)?\Z", re.IGNORECASE)
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
_DESCRIBING = frozenset(("lesion", "nodule", "mass"))
_NODE = "lymph_node"
_NEARNESS = frozenset(
    (
        "regard",
        "contact",
        "proximite",
        "peripherique",
        "peripheriques",
        "adjacent",
        "adjacente",
        "adjacents",
        "adjacentes",
        "voisinage",
        "autour",
        "pourtour",
    )
)
_DIMENSIONS = frozenset(("diametre", "calibre", "hauteur", "longueur", "largeur", "distance", "fleche", "volume"))
"""A statement that opens with one measures something of its own ("Diamètre du canal mesuré à 15 mm")."""
_UNREMARKABLE = frozenset(
    (
        *("pas", "sans", "absence", "aucun", "aucune", "no", "without", "unremarkable", "normal", "normale", "normaux"),
        *("normales", "banal", "banale", "banals", "banaux", "banales", "physiologique", "physiologiques"),
    )
)
"""What is measured in a statement with one of them may be nothing that has a name."""
_SPANS = frozenset(("fleche", "fleches", "span"))
_BEFORE_NOUNS = TRANSPARENT | {"cette", "ce"}
_NEARNESS_TOKENS = 5
_QUALIFIED = 8
_OF_ORGANS = frozenset(("dilatation", "enlargement", "thickening"))
"""What is so may hold something else that is measured ("vésicule distendue, plusieurs images, la plus grosse...")."""
_OF_A_PART = frozenset(("centre", "paroi", "contours", "composante", "portion", "contenu", "aspect"))
_ARTICLES = frozenset(("la", "le", "l", "les", "'", "’"))
_PREPOSITIONS = frozenset(("de", "d", "du", "des", "a", "au", "aux", "dans", "sur", "of"))
_POSITIONS = ("sous", "sus", "retro", "latero", "para", "peri", "pre", "juxta")
_APART = frozenset(("et", "ou", "ni", "avec", "sans", "mais", "puis", "and", "or", "with"))


class Sizing:
    """Gives sizes to findings with one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def assign(
        self,
        stated: list[Stated],
        reading: Reading,
        statement: Statement,
        own: list[Size],
        memory: Memory,
        text: str,
        sides: dict[int, Laterality],
    ) -> None:
        """Give each size of a statement to its finding, or keep it as an organ's. sides: those that the statement names."""
        tokens = statement.tokens
        for size in sorted(own, key=lambda size: size.about):
            noun = noun_behind(stated, tokens, size)
            target = noun or self._measured(stated, reading, tokens, size, memory, text)
            target = target or self._recalled(stated, tokens, size)
            if target is not None and self.parts(target.mention.concept):
                target = None
            of_subject = _MEASURING.search(text, tokens[0].start, size.start) is not None
            names = self._named_behind(stated, tokens, size, of_subject=of_subject)
            if target is None and not stated:
                target = self._followed(reading, tokens, size, memory)
            if target is None and not names and not size.prior:
                self._keep_organ_size(reading, tokens, size, memory)
                self._keep_described(reading, statement, size, memory, sides)
            is_here = noun is None and any(target is one for one in stated)  # not of a statement before
            here = target if is_here else None
            bearers = (
                target,
                *names,
                _qualified(here, stated, tokens),
                _apposed(here, stated, tokens),
                *_instead_of(here, stated, tokens),
            )
            for one in {id(s): s for s in bearers if s is not None}.values():
                if size.about and one.current:  # "centimétriques, la plus grosse de 12 mm"
                    continue
                (one.prior if size.prior else one.current).extend(size.values)
        self._pass_on_organ_sizes(stated, tokens)
        for lesion, named in pairwise(stated):  # "lésion de 12 mm : angiome"
            if lesion.current and not named.current and self._is_the_same(lesion, named):
                named.current.extend(lesion.current)
                named.prior.extend(lesion.prior)

    def _recalled(self, stated: list[Stated], tokens: Sequence[Token], size: Size) -> Stated | None:
        """The one finding before a size, if a description in between recalls it ("adénolymphite, ganglions de 13 mm")."""
        before = [s for s in stated if tokens[s.mention.last - 1].end <= size.start and s.assertion in AFFIRMED]
        if len(before) != 1 or self._is_of_organ(before[0]):
            return None
        between = [t for t in tokens[before[0].mention.last :] if t.end <= size.start]
        return before[0] if any(t.word == "," for t in between) and describes(between) else None

    def _is_of_organ(self, stated: Stated) -> bool:
        """Whether a finding is only how an organ is: it may hold something else that is measured."""
        return not _OF_ORGANS.isdisjoint(self._lexicon.ancestors(stated.mention.concept))

    def _pass_on_organ_sizes(self, stated: list[Stated], tokens: Sequence[Token]) -> None:
        """What names why an organ is large has its size ("appendice distendu à 8 mm, ... : appendicite")."""
        for named in stated:
            concept = self._lexicon.concepts[named.mention.concept]
            if named.current or named.assertion not in AFFIRMED or not concept.sized_by_organ:
                continue
            for large in stated:
                between = tokens[large.mention.last : named.mention.first]
                same = large is not named and large.current and self.share_organ(large, named)
                if same and between and is_named(between, named.assertion):
                    named.current.extend(large.current)
                    break

    def _is_the_same(self, lesion: Stated, named: Stated) -> bool:
        """Whether a finding names what a vaguer one before it in the statement is."""
        if named.assertion not in AFFIRMED or lesion.assertion is not Assertion.PRESENT:
            return False
        kinds = self._lexicon.ancestors(named.mention.concept)
        vague = lesion.mention.concept
        between = lesion.tokens[lesion.mention.last : named.mention.first]
        linked = names_it(between) or any(t.word == ":" for t in between)
        return vague != named.mention.concept and (vague in kinds or ("lesion" in kinds and vague in _VAGUE and linked))

    def _followed(self, reading: Reading, tokens: Sequence[Token], size: Size, memory: Memory) -> Stated | None:
        """The lymph nodes just found enlarged that a statement goes on about ("Ganglions pelviens de 6 mm, contre 28")."""
        nodes = [p for p in reading.free if _NODE in self._lexicon.wholes(p.site)]
        if not nodes or tokens[nodes[0].first].start > size.start:
            return None
        at = {p.site for p in reading.free} - {_NODE} or {_NODE}
        for one in reversed(memory.recent):
            sites = self._lexicon.sites_of(one.mention.concept, one.mention.site)
            homes = {_NODE, *(w for s in sites for w in self._lexicon.wholes(s))}
            if self._is_enlarged_node(one) and not homes.isdisjoint(at):
                return one
        return None

    def parts(self, concept: str) -> tuple[str, ...]:
        """The enlargements that one word names together (hepatosplenomegaly); each has the size of its own organ."""
        parents = [self._lexicon.concepts[parent] for parent in self._lexicon.concepts[concept].parents]
        organs = [site for parent in parents for site in parent.sites]
        each = all(parent.sized_by_organ and parent.sites for parent in parents) and len(set(organs)) == len(organs)
        return tuple(parent.id for parent in parents) if each and len(parents) > 1 else ()

    def _named_behind(
        self, stated: list[Stated], tokens: Sequence[Token], size: Size, *, of_subject: bool
    ) -> list[Stated]:
        """The finding that names what a size before it is of ("foyer de 5 mm, métastase possible"), and its alternative.

        of_subject: the size is of what the statement is about.
        """
        at = next(i for i, t in enumerate(tokens) if t.end > size.start)
        told = (s.mention.last for s in stated if s.mention.last <= at and not self.is_description(s.mention, tokens))
        floor = 0 if of_subject else max(told, default=0)
        if last_described(tokens[floor:at]) is None:
            return []
        behind = next((i for i, t in enumerate(tokens) if t.start >= size.end), len(tokens))
        named = [
            s
            for s in stated
            if s.mention.first >= behind
            and s.assertion in AFFIRMED
            and is_named(tokens[behind : s.mention.first], s.assertion)
        ]
        first = next((s for s in named if not self.is_vague(s.mention.concept)), named[0] if named else None)
        return [s for s in named if first is not None and (s is first or _are_alternatives(first, s, tokens))]

    def _keep_organ_size(self, reading: Reading, tokens: Sequence[Token], size: Size, memory: Memory) -> None:
        """Remember the size of an organ, for its enlargement stated elsewhere ("flèche hépatique : 180 mm")."""
        named = [p for p in reading.free if tokens[p.first].start < size.start and not _is_position(p, tokens)]
        said = [t for t in tokens if t.end <= size.start]
        if named and describes(said[named[-1].last :]):
            return  # of something in it ("Aorte : plaque de 6 mm")
        sites = [p.site for p in named]
        organs = [s for s in sites if s not in GENERIC][-1:] or sites[-1:] or memory.labels.sites[:1]
        if _NODE in sites:  # "en arrière de la carotide, un ganglion de 9 mm"; banal, it is no enlarged one's size
            organs = [] if any(t.word in _UNREMARKABLE for t in tokens) else [_NODE]
        for site in organs:
            memory.ledger.organ_sizes.setdefault(site, []).extend(size.values)

    def _keep_described(
        self, reading: Reading, statement: Statement, size: Size, memory: Memory, sides: dict[int, Laterality]
    ) -> None:
        """Remember the size of what the results describe and do not name, for its name in the conclusion."""
        said = [t for t in statement.tokens if t.end <= size.start]
        if statement.section is not SectionKind.RESULTS or not describes(said) or size.about:
            return
        if any(t.word in _UNREMARKABLE for t in statement.tokens):
            return
        named = [p for p in reading.free if statement.tokens[p.first].start < size.start]
        sites = tuple(p.site for p in named if not _is_position(p, statement.tokens)) or memory.labels.sites[:1]
        if sites:
            memory.ledger.measured.append(Measured(sites, together(list(sides.values())), size.values))

    def _measured(
        self,
        stated: list[Stated],
        reading: Reading,
        tokens: Sequence[Token],
        size: Size,
        memory: Memory,
        text: str,
    ) -> Stated | None:
        """The finding that a size is of: the nearest before it, unless an organ of its own stands between; else the
        nearest behind it; else that of the statement before.
        """
        before = _measurable([s for s in stated if tokens[s.mention.first].start < size.start], tokens)
        organs = [p for p in reading.free if tokens[p.first].start < size.start and not _is_position(p, tokens)]
        largest = _OF_THE_LARGEST.search(text, tokens[0].start, size.start)
        if largest:
            said = [t for t in tokens if t.end <= largest.start()]
            if before:
                return self._largest(before, said)
            if not (organs and describes(said)):
                return memory.last
        if before and _SUBJECT.search(text, tokens[0].start, size.start):
            return next((s for s in before if s.assertion is not Assertion.ABSENT), None)
        if before:
            return self._nearest(before, stated, organs, tokens, size)
        behind = [s for s in stated if tokens[s.mention.first].start >= size.end]
        if organs or stated or tokens[0].word in _DIMENSIONS:
            return self._first_behind(behind, organs)
        return memory.last

    def _first_behind(self, behind: list[Stated], organs: list[Place]) -> Stated | None:
        """The finding that a size before it is of, unless the size is of an organ; enlarged nodes are measured as nodes."""
        if behind and not (organs and not self._is_of(behind[0], organs[-1])):
            return behind[0]
        if any(_NODE in self._lexicon.wholes(place.site) for place in organs):
            return next((s for s in behind if s.assertion in AFFIRMED and self._is_enlarged_node(s)), None)
        return None

    def _largest(self, before: list[Stated], said: Sequence[Token]) -> Stated | None:
        """What has several sizes: the last finding, unless it is an organ's and something is described in the organ."""
        last = _most_like(before)
        own = describes(said[last.mention.last :])
        return None if own and self._is_of_organ(last) else last

    def _nearest(
        self,
        before: list[Stated],
        stated: list[Stated],
        organs: list[Place],
        tokens: Sequence[Token],
        size: Size,
    ) -> Stated | None:
        """The nearest finding before a size, unless an organ of its own stands between, or an organ's span."""
        last = _most_like(before)
        behind = tokens[last.mention.last : next(i for i, t in enumerate(tokens) if t.end > size.start)]
        if any(t.word in _SPANS for t in behind) and not self._lexicon.concepts[last.mention.concept].sized_by_organ:
            return None  # "stéatose, flèche à 17 cm"
        between = [
            p
            for p in organs
            if tokens[p.first].start > tokens[last.mention.last - 1].start
            and not _used(p, before)
            and not _is_in_phrase(p, tokens)
            and not self._may_be_of(last, p)
        ]
        if not between:
            return last
        return next((s for s in stated if self._is_of(s, between[-1])), None)

    def _is_enlarged_node(self, stated: Stated) -> bool:
        return "lymphadenopathy" in self._lexicon.ancestors(stated.mention.concept)

    def _may_be_of(self, stated: Stated, place: Place) -> bool:
        """Whether a finding may be at a place: a part of its site, or of those that it is at home in."""
        wholes = self._lexicon.wholes(place.site)
        concept = self._lexicon.concepts[stated.mention.concept]
        return stated.mention.site in wholes or any(s in wholes for s in concept.sites)

    def _is_of(self, stated: Stated, place: Place) -> bool:
        concept = self._lexicon.concepts[stated.mention.concept]
        wholes = self._lexicon.wholes(place.site)
        kinds = self._lexicon.ancestors(concept.id)
        sites = {s for kind in kinds for s in self._lexicon.concepts[kind].sites}
        return (stated.mention.site in wholes or not sites.isdisjoint(wholes)) and concept.sized_by_organ

    def is_description(self, mention: Mention, tokens: Sequence[Token]) -> bool:
        """Whether a finding is only the description of one that may be named behind it ("hypodensité du segment V")."""
        large = self._lexicon.concepts[mention.concept].sized_by_organ
        words = tokens[max(0, mention.first - 1) : mention.last]  # "plage ostéolytique": the finding is the adjective
        return large or self.is_vague(mention.concept) or describes(words)

    def is_vague(self, concept: str) -> bool:
        """Whether a finding only says that something is seen (a nodule, a mass), not what it is."""
        heads = self._lexicon.concepts[concept].heads
        return concept in _VAGUE or (bool(heads) and _DESCRIBING.issuperset(heads))

    def share_organ(self, one: Stated, other: Stated) -> bool:
        """Whether a finding lies where another one is at home, or in a part of it."""
        organs = self._lexicon.homes(other.mention.concept)
        at = self._lexicon.sites_of(one.mention.concept, one.mention.site)
        return any(organ in self._lexicon.wholes(site) for site in at for organ in organs)


def _are_alternatives(one: Stated, other: Stated, tokens: Sequence[Token]) -> bool:
    """Whether of two findings it may be one or the other ("kyste remanié ou tumeur")."""
    first, last = sorted((one.mention, other.mention), key=lambda mention: mention.first)
    between = tokens[first.last : last.first]
    return len(between) <= _QUALIFIED and any(token.word == "ou" for token in between)


def _instead_of(target: Stated | None, stated: list[Stated], tokens: Sequence[Token]) -> Iterator[Stated]:
    """What a doubted finding may be instead ("nodule dysplasique ou carcinome du segment III, mesurant 28 mm")."""
    if target is not None and target.assertion is Assertion.UNCERTAIN:
        others = (s for s in stated if s is not target and s.assertion is Assertion.UNCERTAIN)
        yield from (s for s in others if _are_alternatives(target, s, tokens))


def _qualified(target: Stated | None, stated: list[Stated], tokens: Sequence[Token]) -> Stated | None:
    """The finding that another one, right behind it, is a property of ("anévrysme à collet étroit", "masse kystique")."""
    before = [s for s in stated if target is not None and s.mention.last <= target.mention.first]
    if target is None or not before:
        return None
    between = tokens[before[-1].mention.last : target.mention.first]
    apart = len(between) > _QUALIFIED or any(t.word in _APART or not (t.is_word or t.word in SILENT) for t in between)
    if between and between[-1].word in _OF_A_PART:  # "adénopathie ..., à centre nécrotique, de 13 mm"
        return before[0]
    noun = next((t for t in reversed(between) if t.is_word and t.stem not in modifier_stems()), None)
    led = noun is not None and noun.word in TRANSPARENT  # "thrombose d'un petit anévrysme"
    return None if apart or led or before[-1].assertion is not target.assertion else before[-1]


def _apposed(target: Stated | None, stated: list[Stated], tokens: Sequence[Token]) -> Stated | None:
    """The finding that a bare "lesion" behind a comma stands for ("endométriose profonde ..., lésion mesurant 12 mm")."""
    if target is None or target.mention.concept not in _DESCRIBING or target.mention.first == 0:
        return None
    if tokens[target.mention.first - 1].word != ",":
        return None
    before = [s for s in stated if s.mention.last < target.mention.first]
    return before[-1] if before and before[-1].assertion is target.assertion else None


def _is_in_phrase(place: Place, tokens: Sequence[Token]) -> bool:
    """Whether a preposition makes a site a part of the noun phrase before it ("lésion ..., à la base, de 12 mm")."""
    at = place.first - 1
    while at > 0 and tokens[at].word in _ARTICLES:
        at -= 1
    return at > 0 and tokens[at].word in _PREPOSITIONS


def _is_position(place: Place, tokens: Sequence[Token]) -> bool:
    """Whether a site only says where something lies ("latéro-cæcal", "sous-ligamentaire")."""
    return place.first > 0 and (tokens[place.first - 1].word == "-" or tokens[place.first].word.startswith(_POSITIONS))


def _used(place: Place, stated: list[Stated]) -> bool:
    return any(s.mention.place == place for s in stated)


def _measurable(before: list[Stated], tokens: Sequence[Token]) -> list[Stated]:
    """Without those that only say where another one is ("contusion en regard de la fracture mesurant 2 cm")."""
    return [*before[:1], *(s for s in before[1:] if not _is_landmark(s, tokens))]


def _is_landmark(stated: Stated, tokens: Sequence[Token]) -> bool:
    """Whether words of nearness, and at most an article, stand right before a finding."""
    words = [t.word for t in tokens[max(0, stated.mention.first - _NEARNESS_TOKENS) : stated.mention.first]]
    while words and words[-1] in _BEFORE_NOUNS:
        words.pop()
    return bool(words) and words[-1] in _NEARNESS


def _most_like(before: list[Stated]) -> Stated:
    """The last affirmed of the findings before a size, or the last one."""
    affirmed = [s for s in before if s.assertion is not Assertion.ABSENT]
    return affirmed[-1] if affirmed and before[-1].assertion is Assertion.ABSENT else before[-1]

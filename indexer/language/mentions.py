"""Which findings a statement names, and where: heads are brought together with their sites.

A head takes, in this order: the sites that follow it in its noun phrase ("kyste du rein"), one for each in a list
("épanchements pleural et péricardique"); those of the head joined behind it ("épanchement ni épaississement pleural");
a site before it in the statement ("le foie contient un kyste"); the label of the line or of the list ("Reins : ..."); what
the statements before were about; and last, without any site, what it means in an exam of these regions.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from indexer.language.concepts import Concept, Lexicon, Sidedness
from indexer.language.places import GENERIC, JOINS, Mention, Place, Reading, Surroundings, with_words
from indexer.language.sides import is_side
from indexer.language.tokens import SILENT, TRANSPARENT, Token
from indexer.language.vocabulary import Meaning, Vocabulary, modifier_stems
from indexer.language.wordings import Match, longest
from indexer.report import BodyRegion

_PHRASE_TOKENS = 25
_EITHER = frozenset(("ou", "or"))
_QUALIFYING_TOKENS = 4
_QUALIFYING = frozenset(
    ("non", "post", "d", "'", "’", "-", "allure", "aspect", "partiellement", "totalement", "completement")
)
_BREAKS = frozenset((",", ":", ";", "(", ")", "[", "]", ".", "!"))
_BESIDE = frozenset(("latero", "juxta"))
_FINE = ("libre", "norma", "indemne", "clair", "permeable", "ras", "sans", "respecte", "integre", "clear", "free")
_ARTICLES = frozenset(("le", "la", "les", "l"))
_LEADING = frozenset(
    (
        "de",
        "a",
        "dans",
        "sur",
        "sous",
        "et",
        "ou",
        "ni",
        "avec",
        "sans",
        "vers",
        "par",
        "entre",
        "contre",
        "que",
        "dont",
        "en",
    )
)
"""What stands before the article of a site that belongs to the phrase before it."""
_SAYING = frozenset(
    (
        "est",
        "sont",
        "contient",
        "contiennent",
        "presente",
        "presentent",
        "mesure",
        "mesurent",
        "reste",
        "restent",
        "apparait",
    )
)
_REGIONS = {region.value: region for region in BodyRegion}


class MentionReader:
    """Finds mentions with one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._lexicon: Lexicon = vocabulary.lexicon
        self._beside = {c.id: frozenset(c.beside) for c in vocabulary.lexicon.concepts.values() if c.beside}

    def places_and_heads(
        self, tokens: Sequence[Token], regions: frozenset[BodyRegion]
    ) -> tuple[list[Place], list[Match[Meaning]]]:
        """The sites and the findings' own words in a statement, each in order, findings over sites where they overlap."""
        idle = _tokens_of(self._vocabulary.idioms.find(tokens))
        every = self._vocabulary.wordings.find(tokens)
        found = [
            m
            for m in every
            if _counts(m, tokens, regions)
            and (m.payload.id not in self._beside or self._may_be_said(m.payload.id, every))
            and idle.isdisjoint(range(m.first, m.last))
        ]
        short = {(m.first, m.last) for m in found if m.payload.abbreviation}
        if short:  # "LIG" is no ligament
            found = [m for m in found if m.payload.abbreviation or (m.first, m.last) not in short]
        named = longest(m for m in found if not m.payload.is_site)
        innocent = [m for m in named if not m.payload.id]
        heads = [m for m in named if m.payload.id]
        sites = [m for m in found if m.payload.is_site]
        heads = [h for h in heads if h.payload.id not in self._beside or self._is_said_of(h, sites, heads, tokens)]
        # A site's name may hold a word that elsewhere is a finding.
        bigger = [
            m
            for m in longest(sites)
            if any(h.first >= m.first and h.last <= m.last and h.words < m.words for h in heads)
        ]
        covered = _tokens_of(bigger)
        heads = [h for h in heads if covered.isdisjoint(range(h.first, h.last))]
        taken = _tokens_of([*heads, *innocent])
        free = longest(m for m in sites if taken.isdisjoint(range(m.first, m.last)))
        return [Place(m.payload.id, m.first, m.last) for m in free if not _is_beside(tokens, m.first)], heads

    def _may_be_said(self, concept: str, every: Sequence[Match[Meaning]]) -> bool:
        """Whether a site stands in the statement beside which alone a word is a finding ("suspect" and "ganglion")."""
        named = {m.payload.id for m in every if m.payload.is_site}
        return any(not self._lexicon.wholes(site).isdisjoint(self._beside[concept]) for site in named)

    def _is_said_of(
        self,
        head: Match[Meaning],
        sites: Sequence[Match[Meaning]],
        heads: Sequence[Match[Meaning]],
        tokens: Sequence[Token],
    ) -> bool:
        """Whether a head that needs a site is said of one: right behind it ("suspicious hilar nodes"), or somewhere before it,
        no other finding in between ("ganglions ..., non suspects", but not "ganglions banals, nodule suspect").
        """
        if any(other.first == head.last for other in heads):  # "abnormal enhancement"
            return False
        starts = [other.first for other in heads]
        for site in sites:
            if self._lexicon.wholes(site.payload.id).isdisjoint(self._beside[head.payload.id]):
                continue
            if site.last <= head.first and not any(site.last <= at < head.first for at in starts):
                return True
            between = tokens[head.last : site.first]
            if head.first <= site.first and len(between) <= _QUALIFYING_TOKENS and all(t.is_word for t in between):
                return True
        return False

    def read(
        self,
        tokens: Sequence[Token],
        places: Sequence[Place],
        heads: Sequence[Match[Meaning]],
        breaks: frozenset[int],
        around: Surroundings,
    ) -> Reading:
        """The mentions of a statement. breaks: tokens at which a noun phrase ends (cues, verbs)."""
        if not heads:
            return Reading(places=places, free=list(places))
        reading = with_words(tokens, places)
        followed = [self._following(tokens, places, heads, n, breaks) for n in range(len(heads))]
        for n in range(len(heads) - 2, -1, -1):  # "épanchement ni épaississement pleural"
            if followed[n][0]:
                continue
            if _qualified(tokens, heads[n].last, heads[n + 1].first):  # "nodule calcifié du lobe thyroïdien"
                followed[n] = followed[n + 1]
                continue
            if not _joined(tokens, heads[n].last, heads[n + 1].first):
                continue
            if self._vocabulary.is_head(heads[n].payload.id):
                followed[n] = (followed[n + 1][0], followed[n][1])
            shared = self._lexicon.concepts[heads[n + 1].payload.id].sites
            if shared and not followed[n][0]:
                reading.shared[heads[n].first] = shared[0]
        claimed = {place.first for found, _end in followed for place in found}
        reading.free = [p for p in places if p.first not in claimed]
        for head, (found, end) in zip(heads, followed, strict=True):
            reading.mentions.extend(self._mentions(head, found, end, reading, around))
        return reading

    def _following(
        self,
        tokens: Sequence[Token],
        places: Sequence[Place],
        heads: Sequence[Match[Meaning]],
        n: int,
        breaks: frozenset[int],
    ) -> tuple[list[Place], int]:
        """The sites in the noun phrase behind a head, and where the phrase ends."""
        head = heads[n]
        limit = heads[n + 1].first if n + 1 < len(heads) else len(tokens)
        limit = min(limit, head.last + _PHRASE_TOKENS)
        starts = {p.first: p for p in places if head.last <= p.first < limit}
        found: list[Place] = []
        at = head.last
        while at < limit:
            place = starts.get(at)
            if (
                place is not None and head.words == 1 and at - 1 == head.last and tokens[at - 1].word in _EITHER
            ):  # "kyste ou anse digestive"
                break
            if place is not None and _opens_clause(tokens, place):
                break
            if place is not None:
                found.append(place)
                at = place.last
                continue
            word = tokens[at].word
            if at in breaks or (word in _BREAKS and not _bridged(word, tokens, at, starts, found)):
                break
            at += 1
        return found, at

    def _mentions(
        self, head: Match[Meaning], found: list[Place], end: int, reading: Reading, around: Surroundings
    ) -> Iterator[Mention]:
        named = head.payload.id
        own = self._lexicon.concepts[named]
        made = self._made_by_phrase(head, found, end, reading)
        telling = any(p.site not in GENERIC for p in found)
        if len(made) == 1 and (not telling or named not in made):
            (only,) = made
            made = {only: self._kind_here(only, head, end, reading, around) or made[only]}
        if made:
            yield from map(made.__getitem__, self._narrowest(list(made)))
            return
        if not telling and self._vocabulary.is_head(named):
            known = Surroundings(labelled=around.labelled) if own.near else around
            told = list(self._from_elsewhere(head, end, reading, known))
            elsewhere = {m.concept: m for m in told or self._at_home(head, found, end, known)}
            if elsewhere:
                yield from map(elsewhere.__getitem__, self._narrowest(list(elsewhere)))
                return
        if own.alone:
            yield self._mention(head, named, end, found[0] if found else None)

    def _made_by_phrase(
        self, head: Match[Meaning], found: list[Place], end: int, reading: Reading
    ) -> dict[str, Mention]:
        """What a finding's words and the sites of its phrase make, by concept."""
        named = head.payload.id
        own = self._lexicon.concepts[named]
        made: dict[str, Mention] = {}
        if self._is_specific(own):
            made[named] = self._mention(head, named, end, self._own_place(own, found))
        if self._vocabulary.is_head(named):
            for place in found:
                concept = self._made(named, place.site, joined=reading.joins(place))
                if concept is None or concept in made:
                    continue
                if (
                    own.alone or not made or reading.joins(place)
                ):  # else it tells where: "fissure du tendon sous l'acromion"
                    made[concept] = self._mention(head, concept, end, place)
        return made

    def _is_specific(self, concept: Concept) -> bool:
        """Whether a finding is one by itself, unlike the heads."""
        return concept.alone and (
            concept.region is not None or bool(concept.sites) or not self._vocabulary.makes(concept.id)
        )

    def _own_place(self, concept: Concept, found: list[Place]) -> Place | None:
        """Of the sites in a finding's phrase, the first that it may be at; else the first."""
        fitting = (p for p in found if any(s in self._lexicon.wholes(p.site) for s in concept.sites))
        return next(fitting, found[0] if found else None)

    def _from_elsewhere(
        self, head: Match[Meaning], end: int, reading: Reading, around: Surroundings
    ) -> Iterator[Mention]:
        """What a head without a telling site of its own means where it stands: one finding, or one of each joined site."""
        sided = self._sided(head, end, reading, around)
        for site, place in self._sites_elsewhere(head, end, reading, around):
            if sided is not None and site in around.topics and not self._has_sides(site):
                continue
            concept = self._vocabulary.composed(head.payload.id, site)
            if concept is not None:
                yield self._inherited(head, concept, end, site, place)
                for joined in reading.joined_to(place):  # "vésicule et voies biliaires sans calcul"
                    concept = self._vocabulary.composed(head.payload.id, joined.site)
                    if concept is not None:
                        yield self._inherited(head, concept, end, joined.site, joined)
                return
        if sided is not None:
            yield self._mention(head, sided, end, None)
            return
        for regions in self._regions(head, end, reading, around):
            concept = self._vocabulary.alone(head.payload.id, regions)
            if concept is not None:
                yield self._mention(head, concept, end, None)
                return

    def _at_home(self, head: Match[Meaning], found: list[Place], end: int, around: Surroundings) -> Iterator[Mention]:
        """What a bare head is where the finding named last is at home ("Pas d'hydronéphrose. Pas de lithiase.")."""
        made = {self._vocabulary.composed(head.payload.id, site) for site in around.homes}
        known = [concept for concept in made if concept is not None]
        if len(known) == 1 and not found:
            yield self._mention(head, known[0], end, None)

    def _sided(self, head: Match[Meaning], end: int, reading: Reading, around: Surroundings) -> str | None:
        """What a head with a side means, whatever organ without sides the statements before were about ("calcul gauche")."""
        if reading.sided.isdisjoint(range(head.last, end)):
            return None
        return self._vocabulary.sided(head.payload.id, around.regions)

    def _has_sides(self, site: str) -> bool:
        return any(self._lexicon.sites[whole].side is Sidedness.PAIRED for whole in self._lexicon.wholes(site))

    def _kind_here(
        self, named: str, head: Match[Meaning], end: int, reading: Reading, around: Surroundings
    ) -> Mention | None:
        """The kind of a finding that its bare name means where it stands ("thrombose veineuse" in an exam of the head)."""
        if not self._vocabulary.makes(named):
            return None
        for site, place in self._sites_elsewhere(head, end, reading, around):
            kind = self._vocabulary.composed(named, site)
            if kind is not None and kind != named and named in self._lexicon.ancestors(kind):
                return self._inherited(head, kind, end, site, place)
        for regions in self._regions(head, end, reading, around):
            kind = self._vocabulary.alone(named, regions)
            if kind is not None and named in self._lexicon.ancestors(kind):
                return self._mention(head, kind, end, None)
        return None

    def _sites_elsewhere(
        self, head: Match[Meaning], end: int, reading: Reading, around: Surroundings
    ) -> Iterator[tuple[str, Place | None]]:
        """Sites to understand a head by, the nearest first, with their places where the statement names them."""
        if head.first in reading.shared:
            yield reading.shared[head.first], None
        before = [p for p in reading.free if p.last <= head.first]
        before = [p for p in before if not reading.is_aside(p, head.first)]
        label = [p for p in before if p.last <= around.labelled]  # "Poumons et plèvres": the first is the organ
        said = [p for p in before if p not in label]
        others = (p for p in reversed(reading.places) if p.last <= head.first and p not in label)
        claimed = [p for p in others if not reading.is_aside(p, head.first)]
        near = [p for p in said if head.first - p.last <= _PHRASE_TOKENS]  # prose without punctuation goes on for pages
        for place in (*reversed(near), *claimed, *reversed(said), *label):
            yield place.site, place
        for earlier in reversed(reading.mentions):  # "hépatomégalie sans nodule", "cholécystectomie pour calculs"
            operated = self._lexicon.concepts[earlier.concept].operated
            yield from (
                (site, None) for site in (*filter(None, (operated,)), *self._lexicon.homes(earlier.concept)[:1])
            )
        if any(p.site not in GENERIC for p in before):
            return
        own = self._regions_of(p.site for p in reading.places if head.last <= p.first < end)
        for site in (*around.labels, *around.topics):
            if not own or not own.isdisjoint(self._regions_of((site,))):
                yield site, None

    def _regions(
        self, head: Match[Meaning], end: int, reading: Reading, around: Surroundings
    ) -> Iterator[frozenset[BodyRegion]]:
        """Regions to understand a bare head by: of its own sites if they tell one, else the narrowest first."""
        own = [p.site for p in reading.places if head.last <= p.first < end]
        free = [p.site for p in reading.free if not reading.is_aside(p, head.first)]
        for sites in (own, free, around.labels, around.topics):
            regions = self._regions_of(sites)
            if regions:
                yield regions
                if sites is own:
                    return
                break
        yield around.regions

    def _regions_of(self, sites: Iterable[str]) -> frozenset[BodyRegion]:
        return frozenset(_REGIONS[w] for s in sites for w in self._lexicon.wholes(s) if w in _REGIONS)

    def _made(self, named: str, site: str, *, joined: bool) -> str | None:
        """What a finding's word makes with a site.

        One that has sites of its own is itself there, or a kind of itself; with another site that is joined to it, it
        is what its heads make there ("kyste hépatique et rénal").
        """
        concept = self._lexicon.concepts[named]
        direct = self._vocabulary.composed(named, site)
        if direct is not None and direct in self._lexicon.ancestors(named):
            direct = named
        if not self._is_specific(concept) or direct is None:
            return direct
        if direct in self._lexicon.descendants(named) or joined:
            return direct
        return None

    def _narrowest(self, concepts: list[str]) -> list[str]:
        """Without those that another one is a kind of."""
        return [
            c for c in concepts if not any(c != other and c in self._lexicon.ancestors(other) for other in concepts)
        ]

    def _inherited(self, head: Match[Meaning], concept: str, end: int, site: str, place: Place | None) -> Mention:
        mention = self._mention(head, concept, end, place)
        mention.inherited = site
        return mention

    @staticmethod
    def _mention(head: Match[Meaning], concept: str, end: int, place: Place | None) -> Mention:
        return Mention(concept, head.first, head.last, end, place, denied=head.payload.denied)


def _counts(match: Match[Meaning], tokens: Sequence[Token], regions: frozenset[BodyRegion]) -> bool:
    meaning = match.payload
    if meaning.abbreviation:
        words = [t for t in tokens[match.first : match.last] if t.is_word]
        if not all(t.capitals for t in words) or "".join(t.word for t in words) != meaning.abbreviation:
            return False
    if not meaning.regions or not regions or BodyRegion.WHOLE_BODY in regions:
        return True
    return not regions.isdisjoint(meaning.regions)


def _is_beside(tokens: Sequence[Token], first: int) -> bool:
    """Whether a site only says beside what another one lies ("appendice latéro-cæcal")."""
    return first > 1 and tokens[first - 1].word == "-" and tokens[first - 2].word in _BESIDE


def _tokens_of(matches: Iterable[Match[Any]]) -> set[int]:
    return {i for m in matches for i in range(m.first, m.last)}


def _bridged(word: str, tokens: Sequence[Token], at: int, starts: dict[int, Place], found: list[Place]) -> bool:
    """Whether a comma or a bracket stands inside a list of sites ("pleural, péricardique et péritonéal")."""
    if word not in (",", "(", ")"):
        return False
    if not found:
        return at + 1 < len(tokens) and tokens[at - 1].word[0].isdigit() and tokens[at + 1].word[0].isdigit()
    if any(token.word[0].isdigit() for token in tokens[found[-1].last : at]):  # "bassinet de 19 mm, vessie distendue"
        return False
    following = at + 1
    while following < len(tokens) and tokens[following].word in TRANSPARENT | JOINS:
        following += 1
    return following in starts and not _is_fine(tokens, starts[following].last)


def _is_fine(tokens: Sequence[Token], at: int) -> bool:
    """Whether a site is said to be as it should: a statement of its own begins with it ("..., uretère gauche libre")."""
    while at < len(tokens) and is_side(tokens[at]):
        at += 1
    return at < len(tokens) and tokens[at].word.startswith(_FINE)


def _qualified(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether a head is said of the one before it, whose sites it takes along ("nodule [non] calcifié du lobe moyen")."""
    between = tokens[start:end]
    return all(t.word in _QUALIFYING or (t.is_word and t.stem in modifier_stems()) for t in between)


def _opens_clause(tokens: Sequence[Token], place: Place) -> bool:
    """Whether a site is what a new clause is about, no comma before it ("calcul de 8 mm la vésicule contient ...")."""
    if place.last >= len(tokens) or tokens[place.last].word not in _SAYING:
        return False
    before = [t.word for t in tokens[max(0, place.first - 3) : place.first] if t.word not in SILENT]
    return len(before) > 1 and before[-1] in _ARTICLES and before[-2] not in _LEADING


def _joined(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether nothing but a joining word, articles and modifiers stands between two heads."""
    between = tokens[start:end]
    joins = any(t.word in JOINS for t in between)
    return joins and all(t.word in JOINS or t.word in TRANSPARENT or t.stem in modifier_stems() for t in between)

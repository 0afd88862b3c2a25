"""How far each cue reaches in a statement, and what a finding at some place is then said to be.

After ConText (Harkema, Dowling, Thornblade, Chapman: J Biomed Inform 2009): a cue reaches forwards or backwards until
the statement ends or turns ("mais", "hormis"). New here is the reading of lists: after a comma a denial goes on in
what continues the list ("ni", "de", a bare noun before "ni") and ends at what begins a statement of its own.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from indexer.language.cues import Cue, Payload, Reach, Turn, cues, folded
from indexer.language.past import reasons
from indexer.language.tokens import SILENT, TRANSPARENT, Token
from indexer.language.vocabulary import modifier_stems
from indexer.language.wordings import Match, longest
from indexer.report import Assertion


@dataclass(frozen=True, slots=True)
class Scope:
    """Tokens `start` to `end` (exclusive) that a cue reaches; cue_start, cue_end: the cue's own tokens."""

    assertion: Assertion
    start: int
    end: int
    cue_start: int
    cue_end: int

    def covers(self, token: int) -> bool:
        """Whether the cue reaches a token."""
        return self.start <= token < self.end

    def distance(self, first: int, last: int) -> int:
        """Tokens between the cue and a mention."""
        return max(self.cue_start - last, first - self.cue_end, 0)


_CLOSING = frozenset((":", "(", ")", "[", "]", "/"))
_LIST_WORDS = frozenset(("de", "d", "du", "ni", "ou", "et", "des", "or", "nor", "and", "of", "notamment", "y"))
_ARTICLES = frozenset(("un", "une", "l", "le", "la", "les"))
_JOINS = frozenset(("et", "ou", "ni", "or", "and", "nor"))
_EITHER = frozenset(("ou", "ni", "or", "nor"))
_TIMES = frozenset(("an", "ans", "mois", "semaine", "semaines", "jour", "jours", "annees"))
_NEAR = 3
_NEAR_BEHIND = 16
_BESIDE = 3
_DESCRIBED = 2
"""Words before a denial from which on it may be one of what is described ("réduction luminale sans ...")."""
_ASKED_START = 4
_SOON = 5
_HERNIA = 10
_OF_HERNIA = 2
"""Words of the cues that may be a hernia's ("exclue", "non exclue")."""
_PHRASE_ENDS = frozenset((",", ":", ";", "(", "."))
_VERBS = frozenset(("elimine", "ecarte", "infirme"))
_PASSIVE = frozenset(("est", "ete", "etre"))
_NO_OBJECT = frozenset((".", ",", ";", ":", ")", "par", "sur", "ce", "a", "et"))
_APPOSITION_ENDS = frozenset((",", ";", ".", ")"))
_DENYING = frozenset(("pas", "sans", "absence", "aucun", "aucune", "non", "no", "without"))
_SUGGESTING = ("evoquant", "evocat", "suggerant", "suggest", "traduisant", "temoignant", "faisant")
_SUGGESTED = 10
_FORWARDS = 60
_BACKWARDS = 30
_BARE = 3
"""Words of a bare member of a denied list ("..., hématome récent ni dissection")."""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What scopes need to know of a statement. findings, sites: the first tokens of each. sizes: those of measurements.

    doubts: first tokens of the cues that doubt what they stand behind.
    """

    tokens: Sequence[Token]
    findings: Set[int]
    sites: Set[int]
    sizes: Set[int]
    doubts: Set[int] = frozenset()


def scopes(around: Landmarks) -> tuple[list[Scope], frozenset[int]]:
    """The scopes of every cue of a statement, and the tokens at which a noun phrase ends: cues and turns."""
    every = (m for m in cues().find(around.tokens) if not _is_participle(m, around.tokens))
    found = [m for m in longest(every) if _is_meant(m, around)]
    around = replace(around, doubts=frozenset(m.first for m in found if _is_doubt_behind(m.payload)))
    breaks = frozenset(
        m.first
        for m in found
        if m.payload is not Turn.NEUTRAL and not _is_beside(m.payload) and around.tokens[m.first].word not in _JOINS
    )
    turns = {m.first: m for m in found if isinstance(m.payload, Turn)}
    made: list[Scope] = []
    previous: dict[tuple[Assertion, Reach], int] = {}
    starts = _starts(found)
    for cue in found:
        payload = cue.payload
        if isinstance(payload, Turn) or (payload.assertion is Assertion.ASKED and cue.first >= _ASKED_START):
            continue
        key = (payload.assertion, payload.reach)
        reached = _reached(around, cue, payload, turns, starts, previous.get(key, 0))
        previous[key] = cue.last
        made.extend(Scope(payload.assertion, start, end, cue.first, cue.last) for start, end in reached)
    done_for = (Scope(Assertion.HISTORICAL, first, end, at, at + 1) for at, first, end in reasons(around.tokens))
    return [*made, *_not_suggested(around, found, turns, starts), *done_for], breaks


def _is_participle(cue: Match[Payload], tokens: Sequence[Token]) -> bool:
    """Whether what may be a verb with an object behind it is a participle said of what is before ("hématome éliminé.")."""
    if cue.last - cue.first > 1 or tokens[cue.first].word not in _VERBS or not isinstance(cue.payload, Cue):
        return False
    behind = tokens[cue.last].word if cue.last < len(tokens) else "."
    passive = cue.first > 0 and tokens[cue.first - 1].word in _PASSIVE
    return cue.payload.reach is Reach.BEFORE and (passive or behind in _NO_OBJECT)


def _is_meant(cue: Match[Payload], around: Landmarks) -> bool:
    """Whether a cue that may be something else is one.

    "il y a" of time ("il y a 3 ans"), not of presence; "à l'âge de" that names one; "plus de" that denies ("plus de
    thrombose"); "exclu" that rules out, not a hernia's ("hernie L4-L5 exclue").
    """
    tokens = around.tokens
    words = [t.word for t in tokens[cue.first : cue.last]]
    if words[-2:-1] == ["age"]:  # a past one ("à l'âge de 9 ans"), not the patient's
        return cue.last < len(tokens) and tokens[cue.last].word.isdigit()
    if words[-1].startswith("exclu") and len(words) <= _OF_HERNIA:
        apposed = _apposed(tokens, cue)
        doubts = len(words) > 1 and apposed == cue.first  # "hernie débutante non exclue"
        return doubts or not _is_extruded(tokens, apposed)
    if words == ["il", "y", "a"]:
        return any(t.word in _TIMES for t in tokens[cue.last : cue.last + 3])
    if words[0].startswith("suspect") and words[-1] in TRANSPARENT:  # "nodule suspect du lobe moyen" doubts nothing
        return cue.last not in around.sites or cue.last in around.findings
    if words[0] == "plus" and words[-1] in ("de", "d"):
        begins = cue.first == 0 or not tokens[cue.first - 1].is_word or tokens[cue.first - 1].word in ("a", "et", "ni")
        return begins and not around.findings.isdisjoint(range(cue.last, cue.last + _SOON))
    return True


def _is_extruded(tokens: Sequence[Token], at: int) -> bool:
    """Whether the nearest noun before a word is what a disc sends out, with no verb between."""
    for token in reversed(tokens[max(0, at - _HERNIA) : at]):
        if token.word in folded("extruded", "stops") or token.word in _PHRASE_ENDS:
            return False
        if token.word in folded("extruded", "of"):
            return True
    return False


def _is_doubt_behind(payload: Payload) -> bool:
    """Whether a cue doubts the finding that it stands behind."""
    return (
        isinstance(payload, Cue)
        and payload.assertion is Assertion.UNCERTAIN
        and payload.reach in (Reach.NEAR, Reach.AFTER)
    )


def _not_suggested(
    around: Landmarks,
    found: Sequence[Match[Payload]],
    turns: dict[int, Match[Payload]],
    starts: dict[Assertion, list[int]],
) -> Iterator[Scope]:
    """What the denied sign would suggest ("pas de rehaussement en mottes évoquant un angiome")."""
    tokens = around.tokens
    for sign in found:
        if sign.payload is not Turn.NEUTRAL or tokens[sign.first].word not in _DENYING:
            continue
        for at in range(sign.last, min(len(tokens), sign.last + _SUGGESTED)):
            if tokens[at].word in _PHRASE_ENDS:
                break
            if tokens[at].word.startswith(_SUGGESTING):
                cue: Match[Payload] = Match(at, at + 1, 1, sign.payload)
                yield Scope(
                    Assertion.ABSENT, at + 1, _forwards(around, cue, turns, starts[Assertion.ABSENT]), at, at + 1
                )
                break


def _is_beside(payload: Payload) -> bool:
    """Whether a cue ends no noun phrase: an adjective, or what is said of the finding before it."""
    return isinstance(payload, Cue) and payload.reach in (Reach.NEAR, Reach.AFTER)


def assertion_at(first: int, last: int, found: Sequence[Scope]) -> Assertion:
    """What the scopes say of a mention, tokens first to last; present where none reaches it.

    The nearest cue counts, but a denial beats a doubt, a past or a question that it stands right before ("pas de
    suspicion de", "pas d'antécédent de").
    """
    reaching = [s for s in found if s.covers(first)]
    if not reaching:
        return Assertion.PRESENT
    nearest = min(reaching, key=lambda s: s.distance(first, last))
    if nearest.assertion is Assertion.ABSENT:
        return Assertion.ABSENT
    for scope in reaching:
        if scope.assertion is Assertion.FAMILY:
            return Assertion.FAMILY
        if scope.assertion is Assertion.ABSENT and (
            nearest.assertion is Assertion.UNCERTAIN
            or 0 <= nearest.cue_start - scope.cue_end <= _BESIDE
            or nearest.cue_start >= last
            or nearest.cue_start < scope.cue_start
        ):
            # Beside the denied finding stands an adjective ("pas de lésion ancienne"), or the cue is the denied thing.
            return Assertion.ABSENT
    return nearest.assertion


def _reached(
    around: Landmarks,
    cue: Match[Payload],
    payload: Cue,
    turns: dict[int, Match[Payload]],
    starts: dict[Assertion, list[int]],
    floor: int,
) -> Iterator[tuple[int, int]]:
    if payload.reach is Reach.BEFORE:
        end = _forwards(around, cue, turns, starts[payload.assertion])
        yield cue.last, end
    elif payload.reach is Reach.AFTER:
        start = _backwards(around, cue, turns, floor)
        if not around.findings.isdisjoint(range(start, cue.first)):
            yield start, cue.first
        elif (
            cue.last < len(around.tokens) and around.tokens[cue.last].word in _LIST_WORDS | _ARTICLES
        ):  # "il n'est pas retrouvé d'argument pour une fracture", "ne peut être exclue une fracture"
            yield cue.last, _forwards(around, cue, turns, starts[payload.assertion])
    elif payload.reach is Reach.NEXT:
        yield cue.last, min(cue.last + 2, len(around.tokens))
    else:
        yield from _nearby(around, cue)


def _forwards(around: Landmarks, cue: Match[Payload], turns: dict[int, Match[Payload]], starts: list[int]) -> int:
    tokens = around.tokens
    limit = min(len(tokens), cue.last + _FORWARDS)
    following = next((s for s in starts if s >= cue.last), limit)
    limit = min(limit, following)
    at = cue.last
    while at < limit and tokens[at].word in TRANSPARENT:
        at += 1
    listed = at < limit and tokens[at].word == ":"  # "Pas de : ...", "ATCD : ..., ..., ..."
    if listed:
        at += 1
    goes_on = listed and isinstance(cue.payload, Cue) and cue.payload.assertion is Assertion.HISTORICAL
    while at < limit:
        turn = turns.get(at)
        if turn is not None:
            if turn.payload is Turn.ENDS:
                return at
            if turn.payload is Turn.AFFIRMING and at > cue.last and tokens[at - 1].word not in TRANSPARENT:
                return at  # but "pas de signe de récidive"
            at = turn.last
            continue
        word = tokens[at].word
        if word in _CLOSING and word not in ("(", "/", ")"):
            return at
        if (
            word == ","
            and not goes_on
            and not _is_decimal(tokens, at)
            and not _list_goes_on(around, cue, at + 1, limit)
        ):
            return at
        at += 1
    return limit


def _names_either(around: Landmarks, at: int, limit: int) -> bool:
    """Whether behind a comma two names for what was described begin, the second no finding ("sténose ou spasme")."""
    tokens = around.tokens
    end = next((i for i in range(at, limit) if ends_phrase(tokens, i)), limit)
    either = next((i for i in range(at, end) if tokens[i].word == "ou"), None)
    named = [i for i in range(at, end) if i in around.findings]
    return either is not None and len(named) == 1 and named[0] - at <= 1 and named[0] < either


def _list_goes_on(around: Landmarks, cue: Match[Payload], at: int, limit: int) -> bool:
    """Whether a denied list goes on behind a comma."""
    tokens = around.tokens
    if at >= limit or tokens[at].word in _LIST_WORDS:
        return True
    if cue.first >= _DESCRIBED and _names_either(around, at, limit):
        return False
    end = next((i for i in range(at, limit) if tokens[i].word in (",", ":", "(")), limit)
    if not around.sizes.isdisjoint(range(at, end)) or not around.doubts.isdisjoint(range(at, end + 1)):
        return False
    findings = [i for i in range(at, end) if i in around.findings]
    if not findings or _offers(tokens, at, findings[0]):  # "pas de ganglion hilaire, cervical ou axillaire suspect"
        return True
    if at in around.sites:
        return False
    joined = any(tokens[i].word in _JOINS for i in range(at, end))
    length = sum(1 for i in range(at, end) if tokens[i].is_word)
    return findings[0] - at <= 1 and (joined or length <= _BARE)


def _offers(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether a word of choice stands in a part of a statement ("hilaire ou axillaire"); "plus ou moins" is none."""
    return any(tokens[i].word in _EITHER and tokens[i + 1].word != "moins" for i in range(start, end))


def _backwards(around: Landmarks, cue: Match[Payload], turns: dict[int, Match[Payload]], floor: int) -> int:
    tokens = around.tokens
    stop = max(floor, cue.first - _BACKWARDS)
    at = _apposed(tokens, cue)
    if at > stop and tokens[at - 1].word == ":":
        at -= 1
    while at > stop:
        word = tokens[at - 1].word
        if word == ":":
            return at
        if word == "," and not _is_decimal(tokens, at - 1) and not _is_list_comma(around, at - 1, cue.first):
            return at
        if (turn := turns.get(at - 1)) is not None and turn.payload is Turn.ENDS:
            return at
        at -= 1
    return stop


def _apposed(tokens: Sequence[Token], cue: Match[Payload]) -> int:
    """Where what a cue is said of may end: before its comma, if the cue is all that stands behind it (", ancienne.")."""
    alone = cue.last >= len(tokens) or tokens[cue.last].word in _APPOSITION_ENDS
    told = alone and not tokens[cue.first].word.startswith("suspect")  # "suspecte" is no "suspecté"
    return cue.first - 1 if told and cue.first > 0 and tokens[cue.first - 1].word == "," else cue.first


def ends_phrase(tokens: Sequence[Token], at: int) -> bool:
    """Whether a token ends the phrase before it."""
    return tokens[at].word in _PHRASE_ENDS and not _is_decimal(tokens, at)


def _is_decimal(tokens: Sequence[Token], comma: int) -> bool:
    """Whether a comma stands within a number ("3,3 cm")."""
    if not 0 < comma < len(tokens) - 1:
        return False
    return tokens[comma - 1].word[-1].isdigit() and tokens[comma + 1].word[0].isdigit()


def _is_list_comma(around: Landmarks, comma: int, end: int) -> bool:
    """Whether a comma joins members of a list that is denied at its end ("fracture, luxation ni tassement non vus")."""
    words = around.tokens[comma + 1 : end]
    return any(t.word in _JOINS for t in words) and comma + 1 not in around.sites


def _nearby(around: Landmarks, cue: Match[Payload]) -> Iterator[tuple[int, int]]:
    tokens = around.tokens
    start = _apposed(tokens, cue)
    while (
        start > 0
        and cue.first - start < _NEAR_BEHIND
        and _in_phrase(tokens[start - 1])
        and start not in around.findings
    ):
        start -= 1
    start = of_what(around, start)
    end = cue.last
    while end < len(tokens) and end - cue.last < _NEAR and tokens[end].word not in (",", ":"):
        end += 1
    adverb = tokens[cue.last - 1].word.endswith("ment")
    if adverb and not around.findings.isdisjoint(range(cue.last, end)):  # "probablement kystique"
        yield cue.last, end
        return
    # An adjective belongs to the finding before it; only without one there, to the one behind it.
    if any(i in around.findings for i in range(start, cue.first)):
        yield start, cue.first
    else:
        yield cue.last, end


def of_what(around: Landmarks, start: int) -> int:
    """The finding that another one right behind it is a property of ("lithiase peu calcifiée possible"), or the same place."""
    at = start - 1
    while at > 0 and around.tokens[at].stem in modifier_stems():
        at -= 1
    return at if start in around.findings and at in around.findings else start


def _in_phrase(token: Token) -> bool:
    return token.is_word or token.word in SILENT


def _starts(found: Sequence[Match[Payload]]) -> dict[Assertion, list[int]]:
    starts: dict[Assertion, list[int]] = {a: [] for a in Assertion}
    for cue in found:
        if isinstance(cue.payload, Cue) and cue.payload.reach is Reach.BEFORE:
            starts[cue.payload.assertion].append(cue.first)
    return starts

"""Which side a finding is on: said beside it, by its site, before it in the statement, by the label, or by the exam."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from indexer.language.concepts import Sidedness
from indexer.language.tokens import Token
from indexer.report import Laterality

_SIDES = {
    **dict.fromkeys(("droit", "droite", "droits", "droites", "right"), Laterality.RIGHT),
    **dict.fromkeys(("gauche", "gauches", "left"), Laterality.LEFT),
    **dict.fromkeys(
        ("bilateral", "bilaterale", "bilaterales", "bilateraux", "bilateralement", "bilat", "both"),
        Laterality.BILATERAL,
    ),
    **dict.fromkeys(("median", "mediane", "medians", "medianes", "midline"), Laterality.MIDLINE),
}
_LETTERS = {
    "D": Laterality.RIGHT,
    "G": Laterality.LEFT,
    "dt": Laterality.RIGHT,
    "dte": Laterality.RIGHT,
    "dts": Laterality.RIGHT,
    "dtes": Laterality.RIGHT,
    "gche": Laterality.LEFT,
    "gches": Laterality.LEFT,
}
_LONGEST_LETTERS = max(map(len, _LETTERS))
_SAME = frozenset(("homolateral", "homolaterale", "homolateraux", "homolaterales", "ipsilateral"))
_OTHER = frozenset(("controlateral", "controlaterale", "controlateraux", "controlaterales", "contralateral"))
_TWO = re.compile(
    r"\b(?:des|les|aux|de)\s+(?:deux|2)\s+(?:c[oô]t[ée]s|poumons|reins|seins|genoux|hanches|[ée]paules|bases|champs)"
    r"|\b(?:des|aux)\s+bases\b(?!\s+d)",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"bi(?:apic|bas|hil|pulmon|maxill|axill|ren|tempor|front|occipit|pariet|auricul|latero|mamm|orbit|malleol|condyl)\w+"
)
_SEGMENT = re.compile(r"s\d{1,2}([dg])")
"""A segment of the lung with its side: S6D."""
OPPOSITE = {Laterality.LEFT: Laterality.RIGHT, Laterality.RIGHT: Laterality.LEFT}
_FIXED = {Sidedness.LEFT: Laterality.LEFT, Sidedness.RIGHT: Laterality.RIGHT}


def side_words(
    tokens: Sequence[Token], text: str, known: Laterality, fixed: Mapping[int, Laterality] = MappingProxyType({})
) -> dict[int, Laterality]:
    """Token -> side, for every word of side. known: the side that "controlatéral" is other than, until one is named.

    fixed: tokens of sites that are always on one side.
    """
    found: dict[int, Laterality] = {}
    for i, token in enumerate(tokens):
        known = fixed.get(i, known)
        word = token.word
        side = _SIDES.get(word) or _by_form(tokens, i, text)
        if word in _SAME or (word == "meme" and i + 1 < len(tokens) and tokens[i + 1].word == "cote"):
            side = known
        elif word in _OTHER:
            side = OPPOSITE.get(known)
        if side is not None and side is not Laterality.NONE:
            found[i] = side
            known = side if side in OPPOSITE else known
    return found


def _by_form(tokens: Sequence[Token], i: int, text: str) -> Laterality | None:
    """The side of a segment ("S6D"), of a word on both ("biapical"), or of a letter behind a word ("rein D")."""
    token = tokens[i]
    if token.word.startswith("s") and (segment := _SEGMENT.fullmatch(token.word)):
        return _LETTERS[segment[1].upper()]
    if token.word.startswith("bi") and _BOTH.fullmatch(token.word):
        return Laterality.BILATERAL
    if (
        len(token.word) > _LONGEST_LETTERS
        or i == 0
        or not tokens[i - 1].is_word
        or (i + 1 < len(tokens) and tokens[i + 1].word in ("'", "’"))
    ):
        return None
    return _LETTERS.get(text[token.start : token.end])


def is_side(token: Token) -> bool:
    """Whether a word names a side."""
    return token.word in _SIDES


def two_sides(text: str, tokens: Sequence[Token]) -> dict[int, Laterality]:
    """Tokens at which both of a pair are named ("des deux côtés")."""
    if not tokens:
        return {}
    start, end = tokens[0].start, tokens[-1].end
    spans = [m.start() for m in _TWO.finditer(text, start, end)]
    return {i: Laterality.BILATERAL for s in spans for i, t in enumerate(tokens) if t.start <= s < t.end}


def together(sides: Sequence[Laterality]) -> Laterality:
    """The side of several words of side."""
    stated = {s for s in sides if s is not Laterality.NONE}
    if Laterality.BILATERAL in stated or {Laterality.LEFT, Laterality.RIGHT} <= stated:
        return Laterality.BILATERAL
    return next(iter(stated)) if len(stated) == 1 else Laterality.NONE


def fixed_side(sidedness: Sidedness) -> Laterality:
    """The side that a site always has."""
    return _FIXED.get(sidedness, Laterality.NONE)

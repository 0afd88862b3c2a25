"""Sizes stated in a text, in millimetres, and which of them are an earlier exam's.

"12 x 9 mm", "12x9x30mm", "3,5 cm", "de 5 à 8 mm", "40 et 45 mm" are sizes; a speed, a dose, a density, a distance
("à 3 cm de la marge anale"), a slice thickness or a field of view is none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TENS = {
    "vingt": 20,
    "trente": 30,
    "quarante": 40,
    "cinquante": 50,
    "soixante": 60,
    "quatre-vingt": 80,
    "quatre-vingts": 80,
}
_UNITS = [
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
_SPELT = {
    **{word: number for number, word in enumerate(_UNITS, 1)},
    **_TENS,
    **{f"{ten}-{word}": tens + number for ten, tens in _TENS.items() for number, word in enumerate(_UNITS, 1)},
    **{f"{ten}-et-un": tens + 1 for ten, tens in _TENS.items()},
}
"""Numbers as dictation software spells them out: "treize millimètres"."""
_NUMBER = r"\d{1,3}(?:[.,]\d{1,2})?"
_SPELT_BEFORE = re.compile(
    rf"(?<![\w-])(?P<number>{'|'.join(word.replace('-', '[- ]') for word in sorted(_SPELT, key=len, reverse=True))})\s+\Z",
    re.IGNORECASE,
)
_OF_UNITS = ("illim", "entim", "ILLIM", "ENTIM")
_SPELT_UNIT = re.compile(r"\b(?P<unit>milli|centi)m[eè]tres?\b", re.IGNORECASE)
_UNIT = r"(?:mm|cm|millim[eè]tres?|centim[eè]tres?|MM|CM)"
_SIZE = re.compile(
    rf"(?<![0-9A-Za-zéèê.,/])(?P<first>{_NUMBER})\s*(?P<unit1>{_UNIT})?"
    rf"(?P<rest>(?:\s*(?:[x×X*/]|sur|par)\s*{_NUMBER}\s*(?:{_UNIT})?){{0,2}})"
    rf"(?P<range>\s*(?:à|-|et|ou|to|and)\s*(?:de\s+)?{_NUMBER}(?:\s*(?:[x×X*]\s*{_NUMBER}\s*){{1,2}})?)*?"
    rf"\s*(?P<unit>{_UNIT})(?![\w²³³/])(?!\s*(?:/|par\s)\s*(?:s|min|h|an|mois)\b)"
)
_PART = re.compile(rf"({_NUMBER})\s*({_UNIT})?")
_ABOUT = re.compile(r"(?<![\w-])(?<!infra )(?<!p[ée]ri )(?<!pluri )(?<!supra )centim[ée]triques?\b", re.IGNORECASE)
_PRIOR_BEFORE = re.compile(
    r"(?:contre|versus|vs\.?|pour m[ée]moire|ant[ée]rieurement|auparavant|pr[ée]c[ée]demment|initialement|au lieu de|pour|anciennement|mesurai(?:en)?t|alors(?: \w+)? sur|"
    r"compared (?:to|with)|previously|was|formerly)\s*(?:[àa]\s+|de\s+|mesur[ée]e?s?\s+(?:[àa]\s+)?|environ\s+|:\s*)?$",
    re.IGNORECASE,
)
_PRIOR_AFTER = re.compile(
    r"^\s*(?:\)|,)?\s*(?:(?:sur|lors de|au|à)\s+(?:l['’]|le\s+|la\s+)?(?:examen|scanner|IRM|TDM|échographie|contrôle)\s+(?:ant[ée]rieur|pr[ée]c[ée]dent|initial)|"
    r"ant[ée]rieurement|pr[ée]c[ée]demment|auparavant|initialement|previously|puis\s+(?:[àa]\s+|de\s+)?\d|en\s+(?:\w+\s+|\d{1,2}[/.])?(?:19|20)\d\d\b)",
    re.IGNORECASE,
)
_NO_SIZE_BEFORE = re.compile(
    r"(?:coupes?|[ée]paisseur de coupe|coupes (?:jointives|fines|millim[ée]triques|natives) de|reconstructions?(?: \w+)?(?: de| en| tous les)?|"
    r"collimation|incr[ée]ment|intervalle|tous les|FOV|champ|(?<!mesur[ée] )(?<!jusqu')(?<!mesure )(?<!mesurant )(?<!évalu[ée] )(?<!estim[ée] )\bà (?:environ )?(?:plus de |moins de )?|"
    r"distance(?: de| d['’]environ)?|distant(?:e|es|s)? (?:de|d['’]environ)|SUV(?:max)?|profondeur(?: de)?|slice thickness|aiguille|guide)\s*(?:de\s+|:\s*|=\s*)?$",
    re.IGNORECASE,
)
_DISTANCE_AFTER = re.compile(
    r"^\s*(?:de\s+(?:la|l['’]|son|sa)|du\b|des\b|d['’]|au[- ](?:dessus|dessous)|sous\b|en (?:dessous|dessus|amont|aval|arri[eè]re|avant|dehors)|from\b|below\b|above\b)",
    re.IGNORECASE,
)
_LOOK = 45
_PLACED = re.compile(r"(?:\bà|\bat)\s*(?:environ\s+|about\s+)?(?:plus de\s+|moins de\s+)?$", re.IGNORECASE)
_MEASURED = re.compile(
    r"(?:mesur\w*|[ée]valu\w*|estim\w*|chiffr\w*|jusqu['’]|diam[èe]tre|[ée]paisseur|taille|axe|contre|stable|dilat\w*|disten\w*|lev[ée]|fl[eè]che|pass\w+ de .{1,12}|contour\w*|calibre|FH|FS)[^.;]{0,25}$"
    r"|(?:ligne|d[ée]coll\w*|pneumothorax)[^.;]{0,40}$",  # the distance of the pleura from the wall
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Size:
    """A size: characters `start` to `end` of the text; values in mm, as stated; prior: of an earlier exam.

    about: an order of magnitude ("centimétrique").
    """

    start: int
    end: int
    values: tuple[float, ...]
    prior: bool
    about: bool = False


def sizes(text: str, start: int, end: int) -> list[Size]:
    """The sizes in a part of a text, in order."""
    found = (*_stated(text, start, end), *_spelt(text, start, end), *_about(text, start, end))
    return sorted(found, key=lambda size: size.start)


def _stated(text: str, start: int, end: int) -> Iterator[Size]:
    for match in _SIZE.finditer(text, start, end):
        before = text[max(start, match.start() - _LOOK) : match.start()]
        after = text[match.end() : min(end, match.end() + _LOOK)]
        if _is_no_size(before, after):
            continue
        values = _values(match)
        if values:
            yield Size(match.start(), match.end(), values, _is_prior(before, after))


def _spelt(text: str, start: int, end: int) -> Iterator[Size]:
    if not any(text.find(part, start, end) >= 0 for part in _OF_UNITS):  # the slower search is seldom needed
        return
    for unit in _SPELT_UNIT.finditer(text, start, end):
        number = _SPELT_BEFORE.search(text, max(start, unit.start() - _LOOK), unit.start())
        if number is None:
            continue
        before = text[max(start, number.start() - _LOOK) : number.start()]
        after = text[unit.end() : min(end, unit.end() + _LOOK)]
        if not _is_no_size(before, after):
            value = _SPELT[number["number"].lower().replace(" ", "-")]
            factor = 10.0 if unit["unit"].lower() == "centi" else 1.0
            yield Size(number.start(), unit.end(), (value * factor,), _is_prior(before, after))


def _about(text: str, start: int, end: int) -> Iterator[Size]:
    for match in _ABOUT.finditer(text, start, end):
        yield Size(match.start(), match.end(), (10.0,), prior=False, about=True)


def _is_prior(before: str, after: str) -> bool:
    return bool(_PRIOR_BEFORE.search(before) or _PRIOR_AFTER.match(after))


def _is_no_size(before: str, after: str) -> bool:
    if _PLACED.search(before) and _DISTANCE_AFTER.match(after) and not _MEASURED.search(before):
        return True
    hit = _NO_SIZE_BEFORE.search(before)
    return bool(hit) and not _PLACED.search(before)


def _values(match: re.Match[str]) -> tuple[float, ...]:
    """Every number of a size, with the unit that follows it or, without one, the last."""
    parts = [(float(number.replace(",", ".")), unit) for number, unit in _PART.findall(match.group())]
    last = match["unit"]
    return tuple(round(value * (10.0 if (unit or last).lower().startswith("c") else 1.0), 2) for value, unit in parts)

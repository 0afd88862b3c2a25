"""Addresses: streets with their number, boxes, what completes them (building, floor), and postcodes with their commune.

A street needs a number, or a capitalised name behind its type; the plain words among the types ("cours", "place",
"voie") need both, or a postcode nearby.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from indexer.privacy.detectors.proper import PLACE_STOPS, commune_end, foreign_end, proper_end, with_department
from indexer.privacy.detectors.vocabulary import UNIT, alternatives, before, compiled, starts_word, vocabulary
from indexer.privacy.identifiers import Category, Identifier
from indexer.privacy.lexicon import flat, is_plain

_POSTCODE = compiled(r"(?:0[1-9]|[1-8][0-9]|9[0-8]|2[ab])(?P<space>\s?)[0-9]{3}(?![0-9.,]|\s?[0-9])")
_CODE_LABEL = re.compile(r"\b(?:c\.?p\.?|code postal|postal code|zip)(?: ?/ ?ville)?\s?:?\s{0,3}\Z")
_COUNTRY_CODE = re.compile(r"\b(?:f|fr|b|ch|l|d)\s?-\s?\Z")
_TO_NAME = re.compile(r"\s{0,2}[,–-]?[^\S\n]{0,3}\n?[^\S\n]{0,3}")
_BOX = compiled(
    rf"\b(?:b\.?p\.?|boite\spostale|cs|tsa)\s?(?:n?\s?°\s?)?(?P<number>[0-9]{{2,6}})(?![0-9]|\s?/|[.,][0-9]|{UNIT})"
)
_PARTICLES = frozenset(vocabulary("places")["streets"]["particles"])
_TITLES = frozenset(vocabulary("places")["streets"]["titles"])
_STREET_WORD = re.compile(r"(?:[ \u00a0'’.\-]{1,2}|[ \u00a0]?\n[ \u00a0]?)(?P<word>[^\W_]+)")
_ADDRESS_LABEL = re.compile(r"(?:adr(?:esse)?|domicile|domiciliee?|demeurant|habitant|habite|reside)[\s.:]{0,4}\Z")
_GRANDE_RUE = compiled(r"[0-9]{1,4}\s?(?:bis|ter)?\s?,?\s?grande?[\s'-]rue(?![a-z])")
_BARE_CODE = re.compile(r"[\s,–-]{1,4}(?P<code>[0-9]{5})(?![0-9])")
_LINK = re.compile(r"\s?(?:,|-|–|\sa\s|\n)\s?|\sa\s")
_ENGLISH_NAME = r"(?:[A-Z][\w'’.-]{0,30}\s){1,3}"


class AddressDetector:
    """Finds ADDRESS, and LOCATION where a postcode or an address stands before it."""

    def find(self, text: str) -> Iterator[Identifier]:
        """Addresses with what completes them, the places behind them, postcodes with their commune."""
        plain = flat(text)
        for address in _addresses(text, plain):
            yield address
            yield from _place_after(text, plain, address.end)
        yield from _postcodes(text, plain)


def _addresses(text: str, plain: str) -> Iterator[Identifier]:
    yield from _streets(text, plain)
    for match in _english_street().finditer(text):
        yield Identifier(match.start(), match.end(), Category.ADDRESS, 0.8, "address.english")
    for match in _GRANDE_RUE.finditer(plain):
        yield Identifier(match.start(), match.end(), Category.ADDRESS, 0.9, "address.street")
    for match in _BOX.finditer(plain):
        if text[match.start()].isupper() or len(match["number"]) >= 4:
            yield Identifier(match.start(), match.end(), Category.ADDRESS, 0.7, "address.box")
    for match in _part_line().finditer(plain):
        yield Identifier(match.start("part"), match.end(), Category.ADDRESS, 0.6, "address.part")


def _streets(text: str, plain: str) -> Iterator[Identifier]:
    for match in _numbered_street().finditer(plain):
        plain_name = match["street"] is not None or _has_address_around(plain, match)
        end = _street_end(text, plain, match.end(), plain_name=plain_name)
        if end > match.end() and starts_word(plain, match.start()):
            yield Identifier(match.start(), _parts_end(plain, end), Category.ADDRESS, 0.9, "address.street")
    for match in _street().finditer(plain):
        end = proper_end(text, match.end(), PLACE_STOPS)
        if end > match.end() and not text.startswith("\n", match.end()):
            yield Identifier(match.start(), _parts_end(plain, end), Category.ADDRESS, 0.7, "address.no_number")


def _has_address_around(plain: str, match: re.Match[str]) -> bool:
    label = _ADDRESS_LABEL.search(before(plain, match.start()))
    return bool(label or re.search(r"\b[0-9]{5}\b", plain[match.end() : match.end() + 50]))


def _street_end(text: str, plain: str, start: int, *, plain_name: bool) -> int:
    """End of a street's name: what stands up to a comma, line end or postcode, or to the sentence going on.

    plain_name: vocabulary in small letters ("rue des lilas") may be the name.
    """
    end, named = start, False
    for step in _STREET_WORD.finditer(text, start, start + 90):
        word = step["word"]
        plain_word = flat(word)
        if (
            not _is_particle_run(plain, end, step.start())
            or (plain_word in PLACE_STOPS and plain_word not in _TITLES)
            or _is_no_name(step, named=named)
        ):
            break
        if plain_word in _PARTICLES:
            continue
        capital = word[0].isupper() or word.isdigit() or plain_word in _TITLES
        if not capital and is_plain(plain_word) and (named or not plain_name):
            break
        end, named = step.end(), True
    return end


def _is_no_name(step: re.Match[str], *, named: bool) -> bool:
    """Postcodes, floors ("2e"), and what stands after a full stop, or on the next line if the name has begun."""
    word = step["word"]
    return (
        step.group().startswith(". ")
        or (named and "\n" in step.group())
        or (word[0].isdigit() and (len(word) > 4 or not word.isdigit()))
    )


def _is_particle_run(plain: str, start: int, end: int) -> bool:
    """Whether nothing but particles stands between two words of a name."""
    between = plain[start:end]
    return all(word in _PARTICLES for word in re.findall(r"[a-z0-9]+", between)) and not re.search(r"[,;:]", between)


def _parts_end(plain: str, end: int) -> int:
    """End of what completes an address: building, staircase, floor, flat."""
    match = _parts().match(plain, end)
    return match.end() if match else end


def _place_after(text: str, plain: str, end: int) -> Iterator[Identifier]:
    """A commune right behind an address, with a comma, a hyphen, "à" or a line end between."""
    link = _LINK.match(plain, end)
    bare_code = _BARE_CODE.match(plain, end)
    if bare_code:
        yield Identifier(bare_code.start("code"), bare_code.end(), Category.LOCATION, 0.8, "location.after_address")
    elif link and link.end() < len(text) and text[link.end()].isupper():
        close = commune_end(plain, link.end())
        if close == link.end() and "\n" not in link.group():
            close = proper_end(text, link.end(), PLACE_STOPS, 3)
        if close > link.end() + 2:
            yield Identifier(link.end(), close, Category.LOCATION, 0.7, "location.after_address")


def _postcodes(text: str, plain: str) -> Iterator[Identifier]:
    for match in _POSTCODE.finditer(plain):
        start = match.start()
        country = _COUNTRY_CODE.search(before(plain, start, 6))
        if not (starts_word(plain, start) and not re.search(r"[0-9][.,/ -]?\Z", before(plain, start, 2))):
            continue
        start -= len(country.group()) if country else 0
        labelled = bool(_CODE_LABEL.search(before(plain, match.start(), 24)))
        end = _postal_name_end(text, plain, match, labelled=labelled)
        if end:
            confidence = 0.9 if labelled else 0.85
            yield Identifier(start, with_department(plain, end), Category.LOCATION, confidence, "location.postcode")
        elif labelled:
            yield Identifier(start, match.end(), Category.LOCATION, 0.9, "location.postcode_label")


def _postal_name_end(text: str, plain: str, match: re.Match[str], *, labelled: bool) -> int:
    gap = _TO_NAME.match(plain, match.end())
    begin = gap.end() if gap else match.end()
    if begin == match.end():
        return 0
    end = commune_end(plain, begin)
    if end > begin:
        return end
    end = max(proper_end(text, begin, PLACE_STOPS - {"cedex"}, 4), foreign_end(plain, begin, PLACE_STOPS))
    name = plain[begin:end]
    if len(name) < 3 or match["space"]:
        return 0
    same_line = "\n" not in plain[match.end() : begin]
    return end if (labelled and same_line) or not is_plain(re.split(r"[\s'-]", name)[-1]) else 0


@lru_cache(maxsize=1)
def _numbered_street() -> re.Pattern[str]:
    words = vocabulary("places")["streets"]
    return compiled(
        rf"[0-9]{{1,4}}\s?(?:(?:bis|ter|quater|[a-d])(?![a-z]))?\s?(?:[-/]\s?[0-9]{{1,4}}\s?)?[,;]?\s{{0,2}}"
        rf"(?:(?P<street>{alternatives(words['words'])})|(?:{alternatives(words['numbered'])}))(?![a-z])"
    )


@lru_cache(maxsize=1)
def _street() -> re.Pattern[str]:
    return compiled(rf"(?<![a-z'])(?:{alternatives(vocabulary('places')['streets']['words'])})(?![a-z-])\s{{0,2}}")


@lru_cache(maxsize=1)
def _english_street() -> re.Pattern[str]:
    words = "|".join(word.capitalize() for word in vocabulary("places")["streets"]["english"])
    return re.compile(rf"\b[0-9]{{1,5}}\s{_ENGLISH_NAME}(?:{words})(?!\w)")


@lru_cache(maxsize=1)
def _parts() -> re.Pattern[str]:
    parts = alternatives(vocabulary("places")["streets"]["parts"])
    return compiled(
        rf"(?:\s?[,-]?\s?(?:(?:{parts})\.?\s?(?:[0-9]{{1,4}}[a-z]?|[a-z])(?![0-9a-z])|[0-9]{{1,2}}\s?(?:er|e|eme|nd)\s(?:et(?:age)?)(?![a-z])\.?)){{1,4}}"
    )


@lru_cache(maxsize=1)
def _part_line() -> re.Pattern[str]:
    part = r"(?:bat(?:iment)?|esc(?:alier)?|appt?|appartement|apt)\.?\s?(?:[0-9]{1,4}[a-z]?|[a-z])(?![0-9a-z])"
    return re.compile(rf"(?:^|\n)[^\S\n]{{0,20}}(?P<part>{part}(?:\s?[,-]\s?{part}){{0,3}})")

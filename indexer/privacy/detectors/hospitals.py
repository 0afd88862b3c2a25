"""Hospitals, imaging centres, homes, and wards with a name of their own.

"CHU", "service de pneumologie", "aux urgences" name nothing; the kind with a proper name does, as one span. How much a
name must prove depends on the kind: little behind "CHU", more behind "clinique", which is an adjective too, most behind
"unité" and "service", which specialities follow.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from indexer.privacy.detectors.proper import (
    commune_end,
    foreign_end,
    is_capital,
    is_shouting,
    is_vocabulary,
    proper_end,
    skip_particles,
)
from indexer.privacy.detectors.vocabulary import alternatives, before, compiled, vocabulary
from indexer.privacy.identifiers import Category, Identifier
from indexer.privacy.lexicon import clinical_words, flat, is_eponym, is_listed_name, is_plain

_ENGLISH = re.compile(
    r"(?:[A-Z][\w.'’-]{1,20}\s){1,4}(?:Hospital|Infirmary|Clinic|Medical (?:Center|Centre)|Health Centre)\b"
)
_TRAILING_NUMBER = re.compile(r"\s[0-9]{1,2}(?![0-9.,/]|[^\S\n]?[a-z%])")
_GAP = re.compile(r"[^\S\n]{1,3}|\s?\n\s?|[^\S\n]?[-–][^\S\n]?")
_HEAD_LINE = compiled(r"^[^\S\n]{0,60}+(?P<kind>(?:radiologie|centre|cabinet)\s)(?P<name>[a-z][a-z'\x20-]{2,40})$")
_ROMAN = re.compile(r"[ivx]+")
_HEAD_REACH = 300
# Behind a legal form the plain words belong to the name: "SELARL Imagerie du Littoral".
_LEGAL_FORMS = ("selarl", "selas", "scm", "scp", "gie", "gcs", "groupement de cooperation")
_NAMED_IN_SMALL = ("hopital", "polyclinique", "chu", "chr", "crlcc", "centre hospitalier", "institut")
_SENT_TO = re.compile(r"\b(?:a|par|vers|dans)\sla\s\Z")
_SMALL_WORD = re.compile(r"[a-z]{4,20}(?![a-z'-])")
_NAMED_IN_CAPITALS = re.compile(r"(?:\b(?:la|a|en|cette|a la)\s|^|\n)\Z")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A kind of establishment and the capitalised words behind it: `name` flat, `words` its words, from `start` on."""

    kind: re.Match[str]
    name: str
    start: int
    after_article: bool
    shouting: bool
    plain: str

    @property
    def first(self) -> str:
        return re.split(r"[\s-]", self.name, maxsplit=1)[0]

    @property
    def heads_line(self) -> bool:
        return not before(self.plain, self.kind.start(), 60).rpartition("\n")[2].strip()


class HospitalDetector:
    """Finds HOSPITAL."""

    def find(self, text: str) -> Iterator[Identifier]:
        """Establishments by kind and name, by a name that needs no kind, by the letterhead."""
        plain = flat(text)
        for kind in _kinds().finditer(plain):
            end = _name_end(text, plain, kind)
            if end > kind.end():
                confidence = 0.9 if kind["sure"] else 0.7
                yield _hospital(kind.start(), end, confidence, f"hospital.{kind.lastgroup}")
        yield from _known_names(text, plain)
        yield from _letterhead(text, plain)
        for match in _ENGLISH.finditer(text):
            yield _hospital(match.start(), match.end(), 0.8, "hospital.english")


def _hospital(start: int, end: int, confidence: float, rule: str) -> Identifier:
    return Identifier(start, end, Category.HOSPITAL, confidence, rule)


def _name_end(text: str, plain: str, kind: re.Match[str]) -> int:
    """End of the proper name behind a kind; the end of the kind if there is none."""
    gap = _GAP.match(plain, kind.end())
    if not gap:
        return kind.end()
    begin = gap.end()
    known = _known_end(plain, begin)
    if known and (kind["sure"] or is_capital(text[skip_particles(plain, begin) :])):
        return max(known, _capitalised_end(text, begin, kind))
    # Two letters ("ch", "hp") are an abbreviation of something else unless capitals say otherwise.
    if kind["sure"] and len(kind.group()) <= 4 and not text[kind.start() : kind.end()].isupper():
        return _small_name_end(plain, begin, kind) or kind.end()
    return _capitalised_name_end(text, plain, kind, begin) or _small_name_end(plain, begin, kind) or kind.end()


def _known_end(plain: str, begin: int) -> int:
    """End of a commune or of a saint's name in any casing: "chu de nantes", "hopital st antoine"; 0 if there is none."""
    article = skip_particles(plain, begin)
    end = commune_end(plain, article)
    if end > article and (article > begin or not is_plain(plain[article:end])):
        return end
    saint = _saint().match(plain, article)
    return saint.end() if saint else 0


def _capitalised_name_end(text: str, plain: str, kind: re.Match[str], begin: int) -> int:
    end = _capitalised_end(text, begin, kind)
    article = skip_particles(plain, begin)
    if end <= article:
        return 0
    name = _Candidate(kind, plain[article:end], article, article > begin, is_shouting(text, article), plain)
    new_line = "\n" in plain[kind.end() : begin] and not name.after_article
    heading = new_line and (is_vocabulary(name.name) or plain[end : end + 2].strip() == ":")
    if heading or not _PROOFS[kind.lastgroup or "sure"](name):
        return 0
    number = _TRAILING_NUMBER.match(plain, end) if kind["ward"] else None
    return number.end() if number else end


def _capitalised_end(text: str, begin: int, kind: re.Match[str]) -> int:
    stops = frozenset[str]() if kind.group().startswith(_LEGAL_FORMS) else _boundaries()
    return proper_end(text, begin, stops, 4 if is_shouting(text, begin) else 6)


def _small_name_end(plain: str, begin: int, kind: re.Match[str]) -> int:
    """End of a name in small letters: no vocabulary behind a sure kind ("hopital cochin"), an eponym behind a ward."""
    if kind.group().startswith(_NAMED_IN_SMALL):
        article = skip_particles(plain, begin)
        end = foreign_end(plain, article, _boundaries())
        return end if end > article else 0
    if kind.group().startswith(("ehpad", "clinique")) and skip_particles(plain, begin) > begin:
        return _plain_name_end(plain, begin, kind)
    word = _SMALL_WORD.match(plain, begin)
    if not word or kind["sure"]:
        return 0
    named = word.group() not in _boundaries() and not is_plain(word.group())
    return word.end() if named and (is_eponym(word.group()) or is_listed_name(word.group())) else 0


def _plain_name_end(plain: str, begin: int, kind: re.Match[str]) -> int:
    """End of "les glycines", "des tourelles" behind a home, or behind a clinic that somebody is sent to."""
    sent = kind.group() == "ehpad" or _SENT_TO.search(before(plain, kind.start(), 12))
    word = _SMALL_WORD.match(plain, skip_particles(plain, begin)) if sent else None
    return word.end() if word and word.group() not in _boundaries() | clinical_words() else 0


def _proves_sure(name: _Candidate) -> bool:
    if not is_vocabulary(name.name):
        return True
    return name.first not in clinical_words() and not (name.shouting and name.kind.group().startswith("imagerie"))


def _proves_careful(name: _Candidate) -> bool:
    if not is_vocabulary(name.name):
        return True
    if name.first in clinical_words():
        return False
    if name.shouting:
        return name.after_article and bool(_NAMED_IN_CAPITALS.search(before(name.plain, name.kind.start(), 8)))
    # "Clinique Pasteur" within a sentence; at a line's start it may head the clinical question.
    return name.after_article or "-" in name.name or not name.heads_line


def _proves_ward(name: _Candidate) -> bool:
    words = re.findall(r"[a-z]{3,}", name.name)
    own = [word for word in words if word not in _specialities() and not _ROMAN.fullmatch(word)]
    if any(is_eponym(word) or is_listed_name(word) for word in own):
        return True
    if name.after_article or not own:
        return False
    numbered = not name.shouting and bool(_TRAILING_NUMBER.match(name.plain, name.start + len(name.name)))
    return not is_vocabulary(" ".join(own)) or (numbered and name.first not in clinical_words())


_PROOFS: dict[str, Callable[[_Candidate], bool]] = {
    "sure": _proves_sure,
    "careful": _proves_careful,
    "ward": _proves_ward,
}


def _known_names(text: str, plain: str) -> Iterator[Identifier]:
    for match in _known().finditer(plain):
        written = text[match.start() : match.end()]
        several = "-" in written or (" " in written and len(written) > 8)
        if written.isupper() or several or (len(written) > 4 and any(map(str.isupper, written))):
            yield _hospital(match.start(), match.end(), 0.8, "hospital.known")


def _letterhead(text: str, plain: str) -> Iterator[Identifier]:
    """A line of the first ones that is a plain kind and a name: "RADIOLOGIE BELAIR"."""
    for match in _HEAD_LINE.finditer(plain, 0, _HEAD_REACH):
        end = proper_end(text, match.start("name"), _boundaries())
        if end == match.end("name") and not is_vocabulary(match["name"]):
            yield _hospital(match.start("kind"), end, 0.6, "hospital.letterhead")


@lru_cache(maxsize=1)
def _kinds() -> re.Pattern[str]:
    words = vocabulary("organisations")["hospitals"]
    groups = (("sure", words["sure"]), ("careful", words["careful"]), ("ward", words["wards"]))
    kinds = "|".join(f"(?P<{name}>{alternatives(kinds)})(?![a-z0-9])" for name, kinds in groups)
    return compiled(rf"(?<![a-z0-9-])(?:{kinds})")


@lru_cache(maxsize=1)
def _known() -> re.Pattern[str]:
    return compiled(rf"(?<![a-z0-9-])(?:{alternatives(vocabulary('organisations')['hospitals']['known'])})(?![a-z0-9])")


@lru_cache(maxsize=1)
def _boundaries() -> frozenset[str]:
    return frozenset(vocabulary("organisations")["boundaries"]["words"])


@lru_cache(maxsize=1)
def _specialities() -> frozenset[str]:
    return frozenset(vocabulary("organisations")["hospitals"]["specialities"])


@lru_cache(maxsize=1)
def _saint() -> re.Pattern[str]:
    saints = alternatives(vocabulary("organisations")["hospitals"]["saints"])
    return compiled(rf"(?:{saints})(?:[\s.-]{{1,3}}[a-z]{{3,20}}(?:-[a-z]{{2,20}}){{0,3}}|(?<=dame))(?![a-z])")

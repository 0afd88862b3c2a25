"""How far a proper name of a place or an organisation goes, and which names are communes of France."""

import re
from functools import lru_cache

from indexer.privacy.detectors.vocabulary import vocabulary
from indexer.privacy.lexicon import flat, is_plain, lines_of_package

_PARTICLES = frozenset(vocabulary("places")["names"]["particles"])
_ELIDED = re.compile(r"[ldLD]['’ʼ]")
_STEP = re.compile(
    r"(?P<gap>\.?[ \t\u00a0\u202f]{1,3}|[-–‐‑]\n?|\s?&\s?|[ \t]?\n[ \t]?)?(?P<word>[^\W_]+(?:['’ʼ‐‑-][^\W_]+)*+)"
)
_WORDS = re.compile(r"[a-z]+(?:(?:'|-| ?\n ?| {1,2}|-\n)[a-z]+){0,5}")
_SEPARATOR = re.compile(r"[' \n-]+")
_SMALL = re.compile(r"(?:(?<=[a-z]) )?(?P<word>[a-z]{3,20}(?:['-][a-z]{2,20}){0,3})(?![a-z0-9'@-])")
_LONGEST = 6
_LEADING = re.compile(r"(?:(?:de|du|des|la|le|les|d|l|of|the)(?:'|\s)\s?){1,3}")
_CEDEX = re.compile(r"\s{1,2}cedex(?:\s[0-9]{1,2}(?![0-9]))?")
_DEPARTMENT = re.compile(r"\s?\((?:[0-9]{2,3}|2[ab])\)")
PLACE_STOPS = frozenset(vocabulary("places")["names"]["stops"])
"""Flat words that end the name of a place though they may have a capital."""


def is_capital(word: str) -> bool:
    """Whether a word starts with a capital, an elided article left out ("d'Ascq", "l'Étang")."""
    bare = word[2:] if _ELIDED.match(word) and len(word) > 2 else word
    return bare[0].isupper()


def is_shouting(text: str, place: int) -> bool:
    """Whether the line around a place is in capitals only: there a capital tells nothing."""
    # A window, so that a text without line ends costs no more.
    head, tail = text[max(0, place - 60) : place], text[place : place + 60]
    around = head.rpartition("\n")[2] + tail.partition("\n")[0]
    return not any(map(str.islower, around))


def proper_end(text: str, start: int, stops: frozenset[str], longest: int = _LONGEST) -> int:
    """End of the capitalised words, with the particles between them, that begin at `start`; `start` if there are none.

    stops: flat words that end a name even if capitalised.
    """
    end = place = start
    after_particle = False
    word = ""
    for _ in range(2 * longest):
        step = _STEP.match(text, place)
        if not step or (place > start and step["gap"] is None):
            break
        gap = step["gap"] or ""
        if place == start and gap.strip(" \t\u00a0\u202f"):
            break
        # A line end goes on after "de", a full stop after an initial or "St".
        if ("\n" in gap and not after_particle and not re.search("[-&]", gap)) or (
            gap.startswith(".") and len(word) > 3
        ):
            break
        word = step["word"]
        if flat(word) in stops:
            break
        after_particle = flat(word) in _PARTICLES
        if not after_particle and not is_capital(word):
            break
        place = step.end()
        if not after_particle or (word[0].isupper() and flat(word) not in ("a", "et", "the", "of")):
            end = place if not after_particle else end
    return end


def foreign_end(plain: str, start: int, stops: frozenset[str], longest: int = 4) -> int:
    """End of the words that are no vocabulary and begin at `start` of flat text: names in small letters."""
    end = place = start
    for _ in range(longest):
        word = _SMALL.match(plain, place)
        if not word or word["word"] in stops or is_plain(word["word"]):
            break
        end = place = word.end()
    return end


def is_vocabulary(plain: str) -> bool:
    """Whether every word of three letters or more is French or clinical."""
    return all(is_plain(word) for word in re.findall(r"[a-z]{3,}", plain))


def skip_particles(plain: str, start: int) -> int:
    """Where the name proper begins after "de", "du", "de la", "d'" ..."""
    match = _LEADING.match(plain, start)
    return match.end() if match else start


def commune_end(plain: str, start: int) -> int:
    """End of the longest name of a commune that begins at `start` of flat text; `start` if there is none."""
    match = _WORDS.match(plain, start)
    if not match:
        return start
    known = communes()
    written = match.group()
    for end in sorted({*(m.start() for m in _SEPARATOR.finditer(written)), len(written)}, reverse=True):
        if _normal(written[:end]) in known:
            return start + end
    return start


def is_department(plain: str, end: int) -> bool:
    """Whether "cedex" or a department in parentheses stands behind a name: then it is a place for sure."""
    return bool(_CEDEX.match(plain, end) or _DEPARTMENT.match(plain, end))


def with_department(plain: str, end: int) -> int:
    """End of a place's name with its "cedex 9" or "(44)"."""
    for addition in (_CEDEX, _DEPARTMENT):
        match = addition.match(plain, end)
        end = match.end() if match else end
    return end


@lru_cache(maxsize=1)
def communes() -> frozenset[str]:
    """Names of communes, flat, hyphens and apostrophes as blanks; with and without their article."""
    listed = [flat(line) for line in lines_of_package("unpii", "lang/fr/cities.txt")]
    return frozenset(_normal(name) for name in (*listed, *vocabulary("places")["communes"]["known"]))


@lru_cache(maxsize=1)
def known_communes() -> frozenset[str]:
    """Those that count though they are French words as well (Paris, Tours)."""
    return frozenset(_normal(name) for name in vocabulary("places")["communes"]["known"])


@lru_cache(maxsize=1)
def first_words() -> frozenset[str]:
    """First words of the communes' names, articles left out."""
    return frozenset(name.split(" ")[0] for name in communes()) | {
        "l",
        "la",
        "le",
        "les",
        "saint",
        "sainte",
        "st",
        "ste",
    }


def normal(name: str) -> str:
    """The form in which communes are compared."""
    return _normal(flat(name))


def _normal(plain: str) -> str:
    words = _SEPARATOR.split(plain.strip())
    if len(words) > 1 and words[0] in ("le", "la", "les", "l"):
        words = words[1:]
    return " ".join({"st": "saint", "ste": "sainte", "s": "sur", "ss": "sous"}.get(word, word) for word in words)

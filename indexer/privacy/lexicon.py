"""What words are: names, eponyms, or plain French and clinical vocabulary. Loaded once, from packages and data files.

First names: the 33,000 of INSEE's list that the package `unpii` ships, and Faker's. Surnames: the most frequent ones, from Faker's
French provider. Plain French: pyspellchecker's word list, which has no proper names (its English one has, so English
has a short list of ours). Clinical words and eponyms: ours.
"""

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, files
from importlib.resources import files as resources
from pathlib import Path

from indexer.errors import PrivacyError

_DATA = resources("indexer.privacy") / "data"
_WORD_LISTS = ("clinical_words.txt", "english_words.txt", "makers.txt")
_ELISION = re.compile(r"^(?:l|d|qu|s|n|j|m|c|t|jusqu|lorsqu|puisqu|quelqu)'")
# Word endings of medicine; long words only, and never a listed first name (Jérôme, Salomé).
_CLINICAL = re.compile(
    r".{3,}(?:ite|ose|ome|graphie|gramme|scopie|ectomie|tomie|stomie|algie|plegie|pathie|emie|urie|cele|trophie|plasie"
    r"|dense|intense|gene|genique|oide|ique|atique|eux|euse|trope|phile|scanner|lyse|metrie|genese|sthesie|phagie)s?"
)


class _Flat(dict[int, str]):
    """Character -> its base letter in lower case, one for one, so that places in the text stay the same."""

    def __missing__(self, code: int) -> str:
        base = unicodedata.normalize("NFD", chr(code))[0].lower()
        flat = {"’": "'", "‘": "'", "ʼ": "'", "‐": "-", "‑": "-", "\u00a0": " ", "\u202f": " "}.get(chr(code), base)
        self[code] = flat if len(flat) == 1 else chr(code)
        return self[code]


_FLAT = _Flat()


@lru_cache(maxsize=256)  # every detector reads the same text
def flat(text: str) -> str:
    """The text without accents, in lower case, with plain apostrophes, hyphens and spaces; of the same length."""
    return text.translate(_FLAT)


@lru_cache(maxsize=65_536)
def is_plain(word: str) -> bool:
    """Whether a flat word is vocabulary: French, clinical, or of a medical form. Names that are words too are plain."""
    bare = _ELISION.sub("", word).replace("œ", "oe")
    known = french_words()
    if bare in known or bare in clinical_words():
        return True
    if "-" in bare:
        return all(len(part) < 3 or is_plain(part) for part in bare.split("-"))
    stem = re.sub(r"e?s?$", "", bare)
    if len(stem) > 4 and {stem, stem + "e", stem + "s"} & clinical_words():
        return True
    return bool(_CLINICAL.fullmatch(bare)) and bare not in first_names()


@lru_cache(maxsize=65_536)
def is_listed_name(word: str) -> bool:
    """Whether a flat word is on a list of first names or surnames; each part of a hyphenated one is."""
    return all(part in first_names() or part in surnames() for part in word.split("-"))


def is_eponym(word: str) -> bool:
    """Whether a flat word, or a part of it, names a sign, a disease, a place of the body."""
    return word in eponyms() or any(part in eponyms() for part in word.split("-"))


@lru_cache(maxsize=1)
def first_names() -> frozenset[str]:
    """INSEE's first names and Faker's, flat."""
    from faker.providers.person.fr_FR import Provider

    listed = [*lines_of_package("unpii", "lang/fr/names.txt"), *Provider.first_names]
    return frozenset(flat(name) for name in listed if len(name) > 1)


@lru_cache(maxsize=1)
def surnames() -> frozenset[str]:
    """Frequent surnames of France, flat."""
    from faker.providers.person.fr_FR import Provider

    return frozenset(flat(name) for name in Provider.last_names)


@lru_cache(maxsize=1)
def french_words() -> frozenset[str]:
    """French word forms, flat."""
    from spellchecker import SpellChecker

    return frozenset(flat(word) for word in SpellChecker(language="fr", distance=1).word_frequency.dictionary)


@lru_cache(maxsize=1)
def clinical_words() -> frozenset[str]:
    """Words of radiology reports, flat, of English ones, and makers' names."""
    return frozenset(flat(word) for name in _WORD_LISTS for word in _words_of(name))


def _words_of(name: str) -> list[str]:
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


@lru_cache(maxsize=1)
def eponyms() -> frozenset[str]:
    """Words of the eponyms of `eponyms.toml` and of their variants, flat; particles left out."""
    table = tomllib.loads((_DATA / "eponyms.toml").read_text(encoding="utf-8"))["eponym"]
    names = [name for entry in table for name in (entry["name"], *entry.get("variants", ()))]
    parts = {part for name in names for part in re.split(r"[\s\-–/']+", flat(name))}
    return frozenset({flat(name) for name in names} | {part for part in parts if len(part) > 2})


def lines_of_package(package: str, name: str) -> list[str]:
    """The lines of a list that an installed package ships. Raises PrivacyError if it is not there."""
    try:
        found = next((f for f in files(package) or () if str(f) == name), None)
    except PackageNotFoundError:
        found = None
    if found is None:
        raise PrivacyError(f"the package {package} with {name} is not installed; install it with: make install")
    return Path(str(found.locate())).read_text(encoding="utf-8").splitlines()

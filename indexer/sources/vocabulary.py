"""The words of vocabulary.toml, folded so that case, accents, hyphens and plurals do not matter."""

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any, Generic, TypeVar

from indexer.report import BodyRegion, Modality, Sex

_DOTS_OF_INITIALS = re.compile(r"(?<=\b\w)\.(?=\w\b)")
_NOT_WORD = re.compile(r"[\W_]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "Œ": "oe", "Æ": "ae"})
_Value = TypeVar("_Value")
_Member = TypeVar("_Member", bound=StrEnum)


def fold(text: str) -> str:
    """Lower case without accents or punctuation, words separated by one blank; `I.R.M.` is one word."""
    joined = _DOTS_OF_INITIALS.sub("", text.translate(_LIGATURES))
    plain = unicodedata.normalize("NFKD", joined).casefold()
    return _NOT_WORD.sub(" ", "".join(sign for sign in plain if not unicodedata.combining(sign))).strip()


def _stems(text: str) -> tuple[str, ...]:
    return tuple(word.rstrip("sx") if len(word) > 3 else word for word in fold(text).split())


class Terms(Generic[_Value]):
    """Entries of one or more words, each standing for one or more values."""

    def __init__(self, entries: dict[_Value, list[str]]) -> None:
        values: defaultdict[tuple[str, ...], list[_Value]] = defaultdict(list)
        for value, terms in entries.items():
            for stems in {_stems(term) for term in terms}:
                values[stems].append(value)
        self._values = dict(values)
        self._longest = max(map(len, self._values))

    def exactly(self, text: str) -> tuple[_Value, ...]:
        """What a whole text stands for; empty if it is no entry."""
        return tuple(self._values.get(_stems(text), ()))

    def within(self, text: str) -> Iterator[tuple[_Value, ...]]:
        """What the words stand for from left to right, longest entries first; empty for a word of no entry."""
        stems = _stems(text)
        position = 0
        while position < len(stems):
            length = self._length_at(stems, position)
            yield tuple(self._values.get(stems[position : position + length], ()))
            position += length

    def _length_at(self, stems: Sequence[str], position: int) -> int:
        lengths = range(min(self._longest, len(stems) - position), 1, -1)
        return next((n for n in lengths if tuple(stems[position : position + n]) in self._values), 1)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Every list of the file. age_units: for a unit's name, how many make a year."""

    absent: frozenset[str]
    modalities: Terms[Modality]
    regions: Terms[BodyRegion | None]
    sexes: Terms[Sex]
    languages: Terms[str]
    age_units: dict[str, float]


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The package's vocabulary."""
    content = tomllib.loads(files("indexer.sources").joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    regions: dict[BodyRegion | None, list[str]] = {None: content["region_fillers"]["words"]}
    regions.update(_by_member(BodyRegion, content["regions"]).items())
    return Vocabulary(
        absent=frozenset(fold(term) for term in content["absent"]),
        modalities=Terms(_by_member(Modality, content["modalities"])),
        regions=Terms(regions),
        sexes=Terms(_by_member(Sex, content["sexes"])),
        languages=Terms(content["languages"]),
        age_units={fold(word): unit["per_year"] for unit in content["age_units"].values() for word in unit["words"]},
    )


def _by_member(kind: type[_Member], table: dict[str, Any]) -> dict[_Member, list[str]]:
    return {kind(name): [*terms, name] for name, terms in table.items()}

"""A text as the words that names are made of, and how long a name goes on from a word."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from indexer.privacy.lexicon import flat, is_listed_name, is_plain

_LETTER = r"[^\W\d_][\u0300-\u036f]*"
_WORD = re.compile(
    r"(?:Dr|Pr|Mme|Mr|Mlle)(?=[A-ZÀ-Þ]{3})"  # a title glued to its name
    rf"|(?:{_LETTER}\.-?){{1,4}}(?!{_LETTER})|{_LETTER}\.(?=[^\W\d_]{{2}})|[A-Z]-[A-Z]\.|[A-Z]{{2}}\.(?=[ \u00a0]?[A-ZÀ-Þ])"
    rf"|(?:{_LETTER})+(?:['’‐‑\-](?:{_LETTER})+)*"
)
_COMBINING = re.compile(r"[\u0300-\u036f]")
_SPACE = re.compile(r"[ \t\u00a0\u202f]{0,4}")
_WRAP = re.compile(r"[ \t\u00a0\u202f]*\n[ \t\u00a0\u202f]*")
_HYPHEN = re.compile(r"[ \t]?[-‐‑–/'’^][ \t]?\n?")
_COMMA = re.compile(r",[ \t\u00a0]{0,2}")
MAX_PARTS = 7


_ROMAN = frozenset({"ii", "iii", "iv", "vi", "vii", "viii", "ix", "xi", "xii"})


class Shape(Enum):
    """How a word is written. INITIAL: `J.`, `J.-P.`, or a single capital."""

    UPPER = "upper"
    TITLE = "title"
    LOWER = "lower"
    INITIAL = "initial"
    MIXED = "mixed"


class Word(NamedTuple):  # made for every word of every report: a frozen dataclass takes three times as long
    """A word of a text; `flat` without accents in lower case; caps: its line is all in capitals."""

    start: int
    end: int
    flat: str
    shape: Shape
    caps: bool

    @property
    def capitalised(self) -> bool:
        """Whether it may begin a name by its form."""
        return self.shape not in (Shape.LOWER, Shape.MIXED)

    @property
    def plain(self) -> bool:
        """Whether it is vocabulary."""
        return is_plain(self.flat)

    @property
    def listed(self) -> bool:
        """Whether it is a listed first name or surname."""
        return is_listed_name(self.flat)


class Words(Sequence[Word]):
    """The words of a text, in order, with what stands between them."""

    def __init__(self, text: str, particles: frozenset[str], never: frozenset[str]) -> None:
        self.text = text
        self.flat = flat(text)
        self._particles = particles
        self._never = never
        self._words = list(_words(text, self.flat))
        self._starts = [word.start for word in self._words]

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN204 (int or slice, as Sequence has it)
        return self._words[index]

    def __len__(self) -> int:
        return len(self._words)

    def at(self, place: int) -> int:
        """Number of the first word that starts at or after a place of the text; len(self) if there is none."""
        return bisect_left(self._starts, place)

    def gap(self, index: int) -> str:
        """What stands between a word and the one before it."""
        return self.text[self._words[index - 1].end : self._words[index].start]

    def name_end(self, first: int, *, sure: bool) -> int:
        """Where a name that begins at word `first` ends: the number of the word after it; `first` if there is none.

        sure: after a title or a label, so that vocabulary (Mme Petit, Dr O. Sellier, BRAS Colette) and small letters
        (mme dupont) may be a part of it.
        """
        if first >= len(self._words) or not self._begins(first, sure=sure):
            return first
        end = self._over_particles(first) + 1
        while end < len(self._words) and end - first < MAX_PARTS and self._goes_on(first, end, sure=sure):
            end = self._over_particles(end) + 1
        return min(end, len(self._words))

    def _begins(self, index: int, *, sure: bool) -> bool:
        word = self._words[index]
        if self._is_particle(index):
            after = self._over_particles(index)
            begun = self._words[after]
            return after != index and (
                self._part(begun) or (sure and begun.capitalised and begun.flat not in self._never)
            )
        if word.flat in self._never:
            return False
        if word.shape is Shape.INITIAL:
            return sure or (index + 1 < len(self._words) and self._goes_on(index, index + 1, sure=False))
        if word.shape is Shape.LOWER:
            return sure and (word.listed or not word.plain) and len(word.flat) > 2
        return sure or self._part(word) or self.surname_before_first_name(index)

    def is_vocabulary(self, index: int) -> bool:
        """Whether a word begins no name whatever stands after it: plain, in small letters, and no particle."""
        word = self._words[index]
        if word.shape is not Shape.LOWER or word.flat in self._particles:
            return False
        return len(word.flat) < 3 or (word.plain and not word.listed)

    def surname_before_first_name(self, index: int) -> bool:
        """BRAS Colette: a surname in capitals, then a first name in small print."""
        if index + 1 >= len(self._words) or not _SPACE.fullmatch(self.gap(index + 1)):
            return False
        word, after = self._words[index], self._words[index + 1]
        return word.shape is Shape.UPPER and len(word.flat) > 2 and after.shape is Shape.TITLE and after.listed

    def _goes_on(self, first: int, index: int, *, sure: bool) -> bool:
        gap, word = self.gap(index), self._words[index]
        if _WRAP.fullmatch(gap):
            return self._wraps(index, sure=sure)
        if _COMMA.fullmatch(gap):
            return word.capitalised and word.listed and not word.plain and word.shape is not Shape.INITIAL
        if not (_SPACE.fullmatch(gap) or _HYPHEN.fullmatch(gap)):
            return False
        if self._is_particle(index):
            after = self._over_particles(index)
            return after != index and self._part(self._words[after])
        if word.shape is Shape.LOWER:
            return self._words[first].shape is Shape.LOWER and (word.listed or not word.plain) and len(word.flat) > 2
        return self._part(word) or (sure and self._surname_after(index))

    def _surname_after(self, index: int) -> bool:
        """Dr O. Sellier, Hervé Lobe: a capitalised word of the language right after an initial or a first name."""
        word, before = self._words[index], self._words[index - 1]
        if word.caps or word.flat in self._never or len(word.flat) < 3:
            return False
        return before.shape is Shape.INITIAL or (before.shape is Shape.TITLE and (before.listed or not before.plain))

    def _wraps(self, index: int, *, sure: bool) -> bool:
        """Whether a name cut by the end of a line goes on: with a name, not with a heading or a new statement."""
        last = self._over_particles(index)
        word = self._words[last]
        line_end = self.text.find("\n", word.end)
        rest = self.text[word.end : line_end if line_end >= 0 else len(self.text)]
        named = self._part(word) and (sure or not word.plain)
        heads = bool(re.match(r"\W{0,3}:|\s\w{1,12}\s?:", rest)) and (word.plain or not sure)
        return word.shape in (Shape.UPPER, Shape.TITLE) and named and not heads

    def _part(self, word: Word) -> bool:
        """Whether a word can be a part of a name by itself: a capital and no plain word, unless names are made of it too."""
        if word.flat in self._never or not word.capitalised:
            return False
        if word.shape is Shape.INITIAL:
            return word.flat.rstrip(".") not in _ROMAN
        return len(word.flat) > 1 and (word.listed or not word.plain)

    def _is_particle(self, index: int) -> bool:
        return self._words[index].flat in self._particles and index + 1 < len(self._words)

    def _over_particles(self, index: int) -> int:
        """The first word from `index` on that is no particle; `index` itself where nothing follows them."""
        last = index
        while last < len(self._words) - 1 and self._words[last].flat in self._particles:
            gap = self.gap(last + 1)
            if not (_SPACE.fullmatch(gap) or _HYPHEN.fullmatch(gap) or _WRAP.fullmatch(gap)):
                return index
            last += 1
        return last


def _words(text: str, flattened: str) -> Iterator[Word]:
    start = 0
    combining = _COMBINING.search(flattened) is not None
    for line in text.splitlines(keepends=True):
        caps = line.upper() == line and sum(map(str.isalpha, line)) > 3
        for match in _WORD.finditer(text, start, start + len(line)):
            first, last = match.span()
            written = match.group()
            if last - first < 3 and len(written.rstrip(".")) == 1 and _in_code(text, first, last):
                continue
            word = flattened[first:last]
            yield Word(first, last, _COMBINING.sub("", word) if combining else word, _shape(written), caps)
        start += len(line)


def _in_code(text: str, start: int, end: int) -> bool:
    """Whether a single letter is a part of a code such as T2, 4D or S9D."""
    return text[max(0, start - 1) : start].isdigit() or text[end : end + 1].isdigit()


@lru_cache(maxsize=65_536)
def _shape(written: str) -> Shape:
    if len(written) > 3 and written[0] in "dl" and written[1] in "'’":  # d'Aubigny
        written = written[2:]
    if "." in written or (len(written) == 1 and written.isupper()):
        return Shape.INITIAL if written[0].isupper() else Shape.LOWER
    if written.isupper():
        return Shape.UPPER
    if written.islower():
        return Shape.LOWER
    return Shape.TITLE if written[0].isupper() else Shape.MIXED

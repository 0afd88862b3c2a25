"""What a record's own columns say of the patient, looked for in its text: in any case, accent or order."""

import re
from collections.abc import Iterator, Sequence

from indexer.privacy.identifiers import Category, Identifier
from indexer.privacy.lexicon import flat, is_eponym, is_plain

_LETTERS = re.compile(r"[^\W\d_]{2,}")
_DIGITS = re.compile(r"\d")
_MIN_DIGITS = 4
_DATE = (
    re.compile(r"(?P<y>(?:18|19|20)\d\d)[-/.]?(?P<m>\d\d)[-/.]?(?P<d>\d\d)(?!\d).*"),
    re.compile(r"(?P<d>\d{1,2})[-/. ](?P<m>\d{1,2})[-/. ](?P<y>(?:18|19|20)\d\d)(?!\d).*"),
)
_MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre",
    "decembre",
)  # fmt: skip
_TITLE = re.compile(r"\b(?:M|MME|MR|MLLE|DR|MONSIEUR|MADAME|NOM|NEE?|PATIENTE?)\W*$")
_BETWEEN = re.compile(r"[\s./\-]+")
_SEPARATOR = r"[\s./\-]{0,3}"
_SMALL = frozenset(
    {"de", "du", "des", "la", "le", "les", "et", "van", "von", "el", "al", "ben", "da", "dos", "rue", "av"}
)


def known_identifiers(text: str, values: Sequence[str]) -> Iterator[Identifier]:
    """Where the values of a record's identifying columns stand in its text.

    A name that is a word of the language too (Petit) counts only where it is written with a capital.
    """
    flattened = flat(text)
    compact = _BETWEEN.sub("", flattened)
    for value in values:
        if _DIGITS.search(value):
            yield from _numbers(flattened, compact, value)
        yield from _names(text, flattened, value)


def _names(text: str, flattened: str, value: str) -> Iterator[Identifier]:
    for word in {w for w in _LETTERS.findall(flat(value)) if w not in _SMALL}:
        if word not in flattened:  # before a pattern is compiled, which takes longer than the search
            continue
        careful = is_plain(word) or is_eponym(word) or len(word) < 3
        for match in re.finditer(rf"(?<![^\W\d_]){re.escape(word)}(?![^\W\d_])", flattened):
            if careful and not _stands_as_name(text, match.start(), match.end()):
                continue
            yield Identifier(match.start(), match.end(), Category.NAME, 0.99, "known")


def _stands_as_name(text: str, start: int, end: int) -> bool:
    """Whether a word of the language is written as a name: a capital within a statement, or in capitals after a title."""
    if not text[start].isupper():
        return False
    line_end = text.find("\n", end)
    line = text[text.rfind("\n", 0, start) + 1 : line_end if line_end >= 0 else len(text)]
    before = text[max(0, start - 12) : start]
    if line.upper() == line:
        return bool(_TITLE.search(before))
    return bool(before) and before.rstrip(" \t\u00a0")[-1:] not in ".:;!?•-\n"


def _numbers(flattened: str, compact: str, value: str) -> Iterator[Identifier]:
    date = next((m for pattern in _DATE if (m := pattern.fullmatch(value.strip()))), None)
    if date:
        for match in _date_pattern(int(date["y"]), int(date["m"]), int(date["d"])).finditer(flattened):
            yield Identifier(match.start(), match.end(), Category.BIRTH_DATE, 0.99, "known")
        return
    signs = re.findall(r"[a-z0-9]", flat(value))
    if sum(sign.isdigit() for sign in signs) < _MIN_DIGITS or "".join(signs) not in compact:
        return
    for match in re.finditer(r"(?<!\w)" + _SEPARATOR.join(signs) + r"(?!\w)", flattened):
        yield Identifier(match.start(), match.end(), Category.PATIENT_ID, 0.99, "known")


def _date_pattern(year: int, month: int, day: int) -> re.Pattern[str]:
    """One day in every way in which reports write it."""
    years = rf"(?:{year}|{year % 100:02d})"
    name = _MONTHS[month - 1] if 1 <= month <= len(_MONTHS) else "mois"
    return re.compile(
        rf"(?<!\d)(?:0?{day}[\s./\-]{{1,3}}0?{month}[\s./\-]{{1,3}}{years}|{year}[./\-]?{month:02d}[./\-]?{day:02d}"
        rf"|0?{day}(?:er)?\s+{name}\s+{years})(?!\d)"
    )

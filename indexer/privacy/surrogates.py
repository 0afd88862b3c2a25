"""Plausible values in the place of identifiers: the same for the same one within a patient, never the true one.

Everything is drawn by keyed BLAKE2b from the workspace's key, the patient and the value: nothing is stored, and nobody
without the key can undo it. Dates move by a number of days that is constant for a patient, so that intervals hold.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from indexer.privacy.identifiers import Category, Identifier
from indexer.privacy.lexicon import flat
from indexer.privacy.pseudonyms import Pseudonyms
from indexer.privacy.redaction import MARKS, replaced

MAX_SHIFT_DAYS = 365
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
_NUMBERED = re.compile(r"(?P<d>\d{1,2})(?P<a>[./\-])(?P<m>\d{1,2})(?P<b>[./\-])(?P<y>\d{4}|\d{2})")
_ISO = re.compile(r"(?P<y>\d{4})(?P<a>[./\-]?)(?P<m>\d{2})(?P<b>[./\-]?)(?P<d>\d{2})")
_WRITTEN = re.compile(r"(?P<d>\d{1,2})(?:er)?\s+(?P<m>[^\W\d_]+)\s+(?P<y>\d{4})")
_WORD = re.compile(r"[^\W\d_]+")
_PIVOT = 30
"""Two-digit years up to it are of this century."""


class Surrogates:
    """The surrogates of one patient. patient: its key, or the report's id where the patient is unknown."""

    def __init__(self, pseudonyms: Pseudonyms, patient: str) -> None:
        self._draw: Callable[[str, str], int] = lambda purpose, value: pseudonyms.number(purpose, patient, value)
        days = self._draw("shift", "") % (2 * MAX_SHIFT_DAYS)
        self.shift_days = days - MAX_SHIFT_DAYS if days < MAX_SHIFT_DAYS else days - MAX_SHIFT_DAYS + 1
        """Never 0, from -365 to 365."""

    def applied(self, text: str, found: Sequence[Identifier]) -> str:
        """The text with a plausible value for every identifier."""
        return replaced(text, found, lambda one: self._instead(one.category, text[one.start : one.end]))

    def shifted(self, day: dt.date) -> dt.date:
        """The patient's date in place of a true one."""
        return day + dt.timedelta(days=self.shift_days)

    def _instead(self, category: Category, value: str) -> str:
        if category is Category.NAME:
            return _WORD.sub(lambda m: self._name(m.group()), value)
        if category in (Category.DATE, Category.BIRTH_DATE):
            return self._date(value) or MARKS[category]
        if category is Category.AGE:
            return "90 ans"
        if category in _DIGITS_ONLY:
            return re.sub(r"\d", lambda m: str(self._draw(f"digit {m.start()}", value) % 10), value)
        return MARKS[category]

    def _name(self, word: str) -> str:
        if len(word) == 1:
            return chr(ord("A") + self._draw("initial", flat(word)) % 26)
        names = _names()
        drawn = self._draw("name", flat(word)) % len(names)
        name = names[drawn] if flat(names[drawn]) != flat(word) else names[(drawn + 1) % len(names)]
        return name.upper() if word.isupper() else name.lower() if word.islower() else name

    def _date(self, value: str) -> str | None:
        for pattern, write in ((_ISO, _iso), (_NUMBERED, _numbered), (_WRITTEN, _written)):
            match = pattern.fullmatch(value.strip())
            day = _day(match) if match else None
            if match and day:
                return write(self.shifted(day), match)
        return None


_DIGITS_ONLY = frozenset({Category.PHONE, Category.NIR, Category.PROVIDER_ID, Category.PATIENT_ID, Category.EXAM_ID})


@lru_cache(maxsize=1)
def _names() -> tuple[str, ...]:
    """Frequent surnames of one word."""
    from faker.providers.person.fr_FR import Provider

    return tuple(sorted(name for name in Provider.last_names if name.isalpha()))


def _day(match: re.Match[str]) -> dt.date | None:
    month = match["m"]
    year = int(match["y"])
    if len(match["y"]) == 2:
        year += 2000 if year <= _PIVOT else 1900
    try:
        number = int(month) if month.isdigit() else [flat(m) for m in _MONTHS].index(flat(month)) + 1
        return dt.date(year, number, int(match["d"]))
    except ValueError:
        return None


def _numbered(day: dt.date, match: re.Match[str]) -> str:
    year = f"{day:%Y}" if len(match["y"]) == 4 else f"{day:%y}"
    return f"{day:%d}{match['a']}{day:%m}{match['b']}{year}"


def _iso(day: dt.date, match: re.Match[str]) -> str:
    return f"{day:%Y}{match['a']}{day:%m}{match['b']}{day:%d}"


def _written(day: dt.date, match: re.Match[str]) -> str:
    month = _MONTHS[day.month - 1]
    return f"{day.day} {month.upper() if match['m'].isupper() else month} {day:%Y}"

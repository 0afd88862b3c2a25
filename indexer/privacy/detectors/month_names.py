"""Dates with the name of a month: "lundi 4 mai 2021", "du 12 au 15 mars", "début mars 2021", "March 12, 2021"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from indexer.privacy.detectors.vocabulary import UNIT, alternatives, before, compiled, starts_word, vocabulary

_LONGEST_BEFORE = 60


@dataclass(frozen=True, slots=True)
class Dated:
    """A date found: characters `start` to `end`, how sure, and by which rule."""

    start: int
    end: int
    confidence: float
    rule: str


@dataclass(frozen=True, slots=True)
class _Months:
    """Patterns with the calendar's names in them.

    month: a name of a month with the year behind it; first_day: what a day before the month looks like, read up to
    the month; english_day: a day behind the month.
    """

    month: re.Pattern[str]
    first_day: re.Pattern[str]
    english_day: re.Pattern[str]
    about: re.Pattern[str]
    since: re.Pattern[str]


@lru_cache(maxsize=1)
def _months() -> _Months:
    words = vocabulary("dates")
    long, short = alternatives([*words["months"], *words["months_english"]]), alternatives(words["months_short"])
    weekday = rf"(?:(?:{alternatives(words['days'])})\.?,?\s{{1,3}}(?:le\s)?)"
    figure = r"(?:[0-9]{1,2}\s?(?:er|e|eme|st|nd|rd|th)?)"
    joined = r"\s?(?:au|et|a|ou|to|and|-|–|/|&)\s?(?:le\s)?"
    return _Months(
        month=compiled(
            rf"""(?:(?P<long>{long})|(?P<short>{short})) (?![a-z])
                (?: \.?,?[\s.\-/]{{0,3}} (?:(?:de|of)\s(?:l'an\s|l'annee\s)?)? (?P<year>(?:19|20)[0-9o]{{2}}) (?![0-9])
                  | \.?[\s.\-/]{{1,3}} '? (?P<short_year>[0-9]{{2}}) (?! [0-9] | [.,/:-][0-9] | {UNIT} | \s?[:h])
                  | \s(?P<spelt_year>(?:deux[\s-]mille|mille?[\s-]neuf[\s-]cents?)(?:[\s-](?:et|un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante|cinquante|soixante)){{0,6}}(?![a-z])) )?"""
        ),
        first_day=compiled(
            rf"""(?:(?<=les\s)(?:{figure}\s?,\s?){{1,4}})? (?:{weekday}?{figure}{joined}){{0,4}} {weekday}?
                (?P<day> {figure} | (?<![a-z]) (?:{alternatives(words["day_words"])}) )
                [\s.\-/]{{0,3}} (?:(?:de|du\smois\sde|of|du\smois\sd)\s?['’]?|d')?\Z"""
        ),
        english_day=compiled(
            rf"\.?\s[0-9]{{1,2}}(?:st|nd|rd|th)?(?:\s?,?\s?(?:19|20)[0-9]{{2}})?(?![0-9]|[.,/][0-9]|{UNIT})"
        ),
        about=compiled(rf"(?<![a-z])(?:{alternatives(words['about'])})(?:\s(?:du\smois\s)?(?:de\s|d')?|-)\Z"),
        since=compiled(rf"(?<![a-z])(?:{alternatives(words['since'])})(?:\s|(?<=')|-)\Z"),
    )


def worded_dates(plain: str) -> Iterator[Dated]:
    """Every date with the name of a month, in flat text."""
    months = _months()
    for match in months.month.finditer(plain):
        if starts_word(plain, match.start()) or plain[match.start() - 1].isdigit():
            dated = _dated(plain, match, months)
            if dated:
                yield dated


def _dated(plain: str, match: re.Match[str], months: _Months) -> Dated | None:
    head = before(plain, match.start(), _LONGEST_BEFORE)
    year = match["year"] or match["short_year"] or match["spelt_year"]
    day = _leftmost(months.first_day, head)
    if day and (match["long"] or year or match["short"] not in ("mar", "may", "sep")):
        return Dated(match.start() - len(head) + day.start(), match.end(), 0.6, "date.day_month")
    english = months.english_day.match(plain, match.start() + len(match["long"] or match["short"]))
    if english and (match["long"] or re.search(r"[0-9]{4}\Z", english.group())):
        return Dated(match.start(), english.end(), 0.6, "date.month_day")
    if match["year"] or match["spelt_year"] or (match["short_year"] and match["long"]):
        about = months.about.search(head)
        start = match.start() - len(head) + about.start() if about else match.start()
        return Dated(start, match.end(), 0.6, "date.month_year")
    if match["long"] and months.since.search(head):
        return Dated(match.start(), match.start() + len(match["long"]), 0.5, "date.month")
    return None


def _leftmost(pattern: re.Pattern[str], head: str) -> re.Match[str] | None:
    """The longest match that ends where `head` ends, and starts no number or word in its middle."""
    for match in pattern.finditer(head):
        if match.start() == 0 or not head[match.start() - 1].isalnum() or not head[match.start()].isalnum():
            return match
        inner = pattern.search(head, match.start() + 1)
        while inner and head[inner.start() - 1].isalnum() and head[inner.start()].isalnum():
            inner = pattern.search(head, inner.start() + 1)
        return inner
    return None

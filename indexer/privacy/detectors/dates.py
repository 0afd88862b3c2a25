"""Dates in figures and in words, birth dates, and ages over 89.

A bare year is none. Figures that are a date only to the eye (levels L4/L5, measures 10/12 mm, fractions 2/3, scores
5/10) are told from one by their range, by the unit behind them and by the word before them.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from indexer.privacy.detectors.month_names import Dated, worded_dates
from indexer.privacy.detectors.vocabulary import UNIT, alternatives, before, compiled, vocabulary
from indexer.privacy.identifiers import Category, Identifier
from indexer.privacy.lexicon import flat

# A figure 0 is often typed as a letter O.
_DAY_FIRST = compiled(
    r"(?P<first>[0-9o][0-9o]?) \s?(?P<sep>[/.\-_ ])\s? (?P<second>[0-9o]{1,2}) \s?(?P=sep)\s? (?P<year>(?:19|20)[0-9o]{2}|[0-9o]{2})"
    r"(?! [0-9] )"
)
_MEASURE = compiled(rf"[.,/-][0-9] | {UNIT}")
_YEAR_FIRST = compiled(
    r"(?P<year>(?:18|19|20)[0-9]{2}) (?P<sep>[/.\-]?) (?P<month>[0-9]{2}) (?P=sep) (?P<day>[0-9]{2})"
    r"(?: [t\s]?(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9])?(?:\.[0-9]{1,6})?(?![0-9/-])"
    r"  | t[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:z|[+-][0-9]{2}:?[0-9]{2})? )?"
    r"(?! [0-9] )"
)
_TWO = compiled(
    rf"(?P<first>[0-9]{{1,4}}) \s?(?P<sep>/\s?|[.\-]) (?P<second>[0-9]{{1,4}}) (?! [0-9] | [.,/-][0-9] | {UNIT})"
)
_RANGE = compiled(
    r"\b(?:du|le|les|entre(?:\sle)?|des|from)\s(?P<days>[0-9]{1,2}(?:er)?\s?(?:,|au|et|a|-|/|&)\s?(?:[0-9]{1,2}\s?(?:,|au|et|&)\s?){0,3}(?:le\s)?)\Z"
)
_AGE = compiled(
    r"""
    (?: 0? (?:9[0-9]|1[0-2][0-9]) (?: \s?(?:ans|an|annees)(?![a-z]) | \s?y[./]?\s?o(?![a-z]) | [\s-]?(?:years?|yrs?|y)(?:[\s-]old)?(?![a-z]) | a(?![a-z]) | \sa(?=\.(?:\W|\Z)|\s?[,;)\n]) )
      | quatre[\s-]vingts?[\s-](?:dix(?:[\s-](?:sept|huit|neuf))?|onze|douze|treize|quatorze|quinze|seize)\sans(?![a-z])
      | nonante(?:[\s-](?:et[\s-])?[a-z]{2,6})?\sans(?![a-z])
      | cent(?:[\s-](?:un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix))?\sans(?![a-z]) )
    """
)
_AGE_LABEL = compiled(
    r"\bage(?:e|es)?\s?(?:\(.{1,8}\)\s?)?[:=]?\s{0,3}(?P<age>0?(?:9[0-9]|1[0-2][0-9]))(?![0-9]|[.,/][0-9]|\s?(?:mois|jours|sem|%))"
)
_FRACTIONS = frozenset(
    {"1/2", "1/3", "2/3", "1/4", "2/4", "3/4", "1/5", "2/5", "3/5", "4/5", "1/6", "5/6", "1/8", "1/10"}
)
# "1/3 moyen" is a part of a bone wherever it stands.
_PART = compiled(r"\s?(?:moy|inf|sup|prox|dist|ext|int|ant|post|lat|med|super)")
_LAST_YEAR = 2099


class DateDetector:
    """Finds DATE, BIRTH_DATE and AGE."""

    def find(self, text: str) -> Iterator[Identifier]:
        """Dates of every form; those behind a label of birth are birth dates."""
        plain = flat(text)
        spans: set[tuple[int, int]] = set()
        for dated in (*worded_dates(plain), *_three_figures(plain), *_two_figures(plain)):
            spans.add((dated.start, dated.end))
            if _birth_label_before(text, plain, dated.start):
                yield Identifier(dated.start, dated.end, Category.BIRTH_DATE, 0.97, "birth_date.label")
            else:
                yield Identifier(dated.start, dated.end, Category.DATE, dated.confidence, dated.rule)
        yield from _loose_births(plain)
        yield from _ages(text, plain)


def _three_figures(plain: str) -> Iterator[Dated]:
    place = 0
    while match := _DAY_FIRST.search(plain, place):
        # "65 / 03/03/1956": figures that are no date may stand right before one.
        place = match.end("first")
        if _is_day_first(plain, match):
            place = match.end()
            yield Dated(_range_start(plain, match.start()), place, 0.6, "date.figures")
    for match in _YEAR_FIRST.finditer(plain):
        if re.search(r"(?:[0-9a-z]|[0-9][.,/-])\Z", before(plain, match.start(), 2)):
            continue
        if _is_calendar(match["year"], match["month"], match["day"]):
            yield Dated(match.start(), match.end(), 0.6, "date.iso")


def _is_day_first(plain: str, match: re.Match[str]) -> bool:
    first, second, year = match.group("first", "second", "year")
    values = [int(part.replace("o", "0")) for part in (first, second)]
    if not (1 <= min(values) <= 12 and max(values) <= 31):
        return False
    lead = before(plain, match.start(), 2)
    if lead[-1:].isdigit() or (first[0] == "o" and lead[-1:].isalpha()):
        return False
    if match["sep"] in " _":
        return len(year) == 4 and len(first) == len(second) == 2
    if len(year) == 4:
        return not re.search(r"[0-9][/.]\Z", lead)
    return values[1] <= 12 and _is_with_short_year(plain, match, lead)


def _is_with_short_year(plain: str, match: re.Match[str], lead: str) -> bool:
    """A two-digit year is sure with a companion of two digits; else a word that dates follow must stand before."""
    if _MEASURE.match(plain, match.end()) or re.search(r"(?:[0-9][/.,-]|[a-z]|x\s)\Z", lead):
        return False
    if len(match["first"]) + len(match["second"]) >= 3 or not lead.strip():
        return True
    return bool(_dating().search(before(plain, match.start())))


def _is_calendar(year: str, month: str, day: str) -> bool:
    try:
        return date(int(year), int(month), int(day)).year <= _LAST_YEAR
    except ValueError:
        return False


def _range_start(plain: str, start: int) -> int:
    days = _RANGE.search(before(plain, start, 24))
    return start - len(days["days"]) if days else start


def _two_figures(plain: str) -> Iterator[Dated]:
    """Month and year ("12/2021", "03/21"), or day and month ("le 12/03")."""
    for match in _TWO.finditer(plain):
        if re.search(r"(?:[0-9]|[0-9][.,/-]|[a-z][-.]?|n\s?[°o]\s?)\Z", before(plain, match.start(), 4)):
            continue
        first, second = match["first"], match["second"]
        low, high = int(first), int(second)
        if len(second) == 4 and 1 <= low <= 12 and len(first) <= 2 and 1900 <= high <= _LAST_YEAR:
            yield Dated(match.start(), match.end(), 0.6, "date.month_year_figures")
        elif len(first) == 4 and len(second) == 2 and 1900 <= low <= _LAST_YEAR and 1 <= high <= 12:
            yield Dated(match.start(), match.end(), 0.5, "date.year_month_figures")
        elif len(first) <= 2 and len(second) <= 2 and _is_short_date(plain, match, low, high):
            yield Dated(_range_start(plain, match.start()), match.end(), 0.5, "date.short")


def _is_short_date(plain: str, match: re.Match[str], low: int, high: int) -> bool:
    if re.sub(r"\s", "", match.group()) in _FRACTIONS or _PART.match(plain, match.end()):
        return False
    head = before(plain, match.start())
    padded = len(match["second"]) == 2
    if 1 <= low <= 12 and padded and match["sep"].strip() == "/" and _exam().search(head):
        return True
    if not (1 <= low <= 31 and 1 <= high <= 12) or (match["sep"] in ".-" and not (padded and len(match["first"]) == 2)):
        return False
    return bool(_dating().search(head)) and (padded or low > 12)


@lru_cache(maxsize=1)
def _dating() -> re.Pattern[str]:
    words = vocabulary("dates")
    return compiled(rf"(?:(?<![a-z])(?:{alternatives([*words['dated'], *words['birth']])})\s{{0,3}}|[:(]\s{{0,3}})\Z")


@lru_cache(maxsize=1)
def _exam() -> re.Pattern[str]:
    exams = alternatives(vocabulary("dates")["exams"])
    return compiled(
        rf"(?:(?<![a-z])(?:{exams})(?:\s[a-z]{{3,20}}){{0,2}}(?:\s(?:du|de|en|le))?\s?[:(]?\s?|(?<![a-z])(?:depuis|en)\s)\Z"
    )


@lru_cache(maxsize=1)
def _birth() -> re.Pattern[str]:
    labels = alternatives(vocabulary("dates")["birth"])
    return compiled(
        rf"(?<![a-z0-9])(?:(?:{labels})(?![a-z])[^a-z0-9]{{0,30}}(?:le\s)?|nee?\sa\s[^0-9\n;:,]{{2,40}}\sle\s*|nee\s[^0-9\n;:]{{2,40}}\sle\s*)\Z"
    )


def _birth_label_before(text: str, plain: str, start: int) -> bool:
    label = _birth().search(before(plain, start, 70))
    if not label:
        return False
    place = max(0, start - 70) + label.start()
    # "ne le" without accent may be the negation: "ne le 12" is not said, "ne ... le" is.
    return not (
        plain.startswith("ne ", place)
        and text[place + 1] == "e"
        and not plain.startswith(("ne le", "ne en", "ne a"), place)
    )


@lru_cache(maxsize=1)
def _loose_birth() -> re.Pattern[str]:
    """A label of birth and any run of figures behind it: 12031954, 12 03 54, 12.03.1954."""
    labels = alternatives(vocabulary("dates")["birth"])
    return compiled(
        rf"(?<![a-z0-9])(?:{labels})(?![a-z])[^a-z0-9]{{0,30}}+(?:le\s)?(?P<date>[0-9](?:[\s./\-]{{0,2}}[0-9o]){{5,7}})(?![0-9])"
    )


def _loose_births(plain: str) -> Iterator[Identifier]:
    for match in _loose_birth().finditer(plain):
        yield Identifier(match.start("date"), match.end("date"), Category.BIRTH_DATE, 0.9, "birth_date.loose")


def _ages(text: str, plain: str) -> Iterator[Identifier]:
    for match in _AGE.finditer(plain):
        if re.search(r"[0-9a-z]\Z|[0-9][.,/-]\Z", before(plain, match.start(), 2)):
            continue
        # "92 à droite" is 92 and a preposition.
        if "à" not in text[match.start() : match.end()]:
            yield Identifier(match.start(), match.end(), Category.AGE, 0.9, "age.over_89")
    for match in _AGE_LABEL.finditer(plain):
        yield Identifier(match.start("age"), match.end("age"), Category.AGE, 0.9, "age.label")

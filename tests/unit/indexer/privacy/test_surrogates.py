"""Surrogates: the same for the same, never the true one, and dates keep their distances."""

import datetime as dt
import re

import pytest

from indexer.privacy.identifiers import Category, Identifier
from indexer.privacy.pseudonyms import Pseudonyms
from indexer.privacy.surrogates import MAX_SHIFT_DAYS, Surrogates

PSEUDONYMS = Pseudonyms(bytes(range(32)))


def applied(text: str, words: str, category: Category, patient: str = "one") -> str:
    start = text.index(words)
    found = [Identifier(start, start + len(words), category, 0.9, "test")]
    return Surrogates(PSEUDONYMS, patient).applied(text, found)


def test_a_name_becomes_the_same_other_name_in_any_case_within_a_patient() -> None:
    first = applied("Mme DUPONT", "DUPONT", Category.NAME).removeprefix("Mme ")
    assert first.isupper()
    assert first != "DUPONT"
    assert applied("Mme Dupont", "Dupont", Category.NAME) == f"Mme {first.capitalize()}"
    assert applied("mme dupont", "dupont", Category.NAME) == f"mme {first.lower()}"


def test_another_patient_or_key_gets_other_names() -> None:
    names = {applied("Mme DUPONT", "DUPONT", Category.NAME, f"patient {n}") for n in range(20)}
    assert len(names) > 10
    other = Surrogates(Pseudonyms(bytes(32)), "one").applied("DUPONT", [Identifier(0, 6, Category.NAME, 0.9, "test")])
    assert other != applied("DUPONT", "DUPONT", Category.NAME)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [("12/03/2021", "22/03/2021"), ("12.03.21", "22.03.21"), ("2021-03-12", "2021-03-22"), ("20210312", "20210322")],
)
def test_dates_keep_their_distance_and_their_form(earlier: str, later: str) -> None:
    moved = [applied(day, day, Category.DATE) for day in (earlier, later)]
    assert moved[0] != earlier
    assert [re.sub(r"\d", "9", day) for day in moved] == [re.sub(r"\d", "9", day) for day in (earlier, later)]
    days = [_parsed(day) for day in moved]
    assert days[1] - days[0] == dt.timedelta(days=10)
    assert days[0] == dt.date(2021, 3, 12) + dt.timedelta(days=Surrogates(PSEUDONYMS, "one").shift_days)


def _parsed(day: str) -> dt.date:
    digits = re.findall(r"\d+", day)
    if len(digits) == 1:
        return dt.datetime.strptime(day, "%Y%m%d").replace(tzinfo=dt.UTC).date()
    if len(digits[0]) == 4:
        return dt.date(*map(int, digits))
    return dt.date(int(digits[2]) % 100 + 2000, int(digits[1]), int(digits[0]))


def test_a_written_date_is_moved_and_one_that_is_no_day_is_marked() -> None:
    assert re.fullmatch(r"\d{1,2} [a-zéû]+ 20\d\d", applied("12 mars 2021", "12 mars 2021", Category.DATE))
    assert applied("31/02/2021", "31/02/2021", Category.DATE) == "[DATE]"
    assert applied("mars 2021", "mars 2021", Category.DATE) == "[DATE]"


def test_the_shift_is_constant_bounded_and_never_zero() -> None:
    shifts = [Surrogates(PSEUDONYMS, f"patient {n}").shift_days for n in range(400)]
    assert shifts == [Surrogates(PSEUDONYMS, f"patient {n}").shift_days for n in range(400)]
    assert 0 not in shifts
    assert max(map(abs, shifts)) <= MAX_SHIFT_DAYS
    assert len(set(shifts)) > 200


def test_digits_become_other_digits_of_the_same_form() -> None:
    phone = applied("06 12 34 56 78", "06 12 34 56 78", Category.PHONE)
    assert re.fullmatch(r"\d\d( \d\d){4}", phone)
    assert phone != "06 12 34 56 78"


def test_what_has_no_plausible_stand_in_is_marked() -> None:
    assert applied("12 rue des Lilas", "12 rue des Lilas", Category.ADDRESS) == "[ADRESSE]"
    assert applied("Patiente de 94 ans", "94 ans", Category.AGE) == "Patiente de 90 ans"

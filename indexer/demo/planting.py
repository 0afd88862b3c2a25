"""Identifiers left in a few reports on purpose, with where they are: what the gate is there to catch."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from random import Random
from typing import Any

from indexer.demo.model import Mention, Planted, Sex

PLANTING_RATE = 0.02
_SLOT = re.compile(r"\{(\w+)\}")
_CATEGORIES = {
    "SURNAME": "name",
    "surname": "name",
    "first": "name",
    "first2": "name",
    "doctor": "name",
    "birth_date": "birth_date",
    "patient_id": "patient_id",
    "exam_id": "exam_id",
    "phone": "phone",
    "address": "address",
    "location": "location",
    "nir": "nir",
    "email": "email",
}


def plant(text: str, mentions: list[Mention], sex: Sex, age: int, year: int, rng: Random) -> tuple[str, list[Planted]]:
    """Add one line with identifiers above or below a report; the mentions follow."""
    table = _table()
    place, template = next(iter(rng.choice(table["line"]).items()))
    slots = _values(sex, year - age, rng)
    line, planted = "", []
    done = 0
    for match in _SLOT.finditer(template):
        line += template[done : match.start()]
        value = slots[match[1]]
        if match[1] in _CATEGORIES:
            planted.append(Planted(len(line), len(line) + len(value), _CATEGORIES[match[1]]))
        line += value
        done = match.end()
    line += template[done:]
    if place == "after":
        offset = len(text) + 2
        return f"{text}\n\n{line}", [p.moved(offset) for p in planted]
    for mention in mentions:
        mention.start += len(line) + 1
        mention.end += len(line) + 1
    return f"{line}\n{text}", planted


def _values(sex: Sex, birth_year: int, rng: Random) -> dict[str, str]:
    table = _table()
    woman = sex is Sex.FEMALE
    surname, doctor = rng.sample(table["surnames"], 2)
    first = rng.choice(table["first_names_f" if woman else "first_names_m"])
    month, day = rng.randint(1, 12), rng.randint(1, 28)
    return {
        "title": "Mme" if woman else "M.",
        "born": "née" if woman else "né",
        "e": "e" if woman else "",
        "his": "son",
        "kin": "fils",
        "surname": surname,
        "SURNAME": surname.upper(),
        "first": first,
        "first2": rng.choice(table["first_names_m"]),
        "doctor": rng.choice((doctor, f"{rng.choice('ABCDFJLMP')}. {doctor}", doctor.upper())),
        "birth_date": f"{day:02d}/{month:02d}/{birth_year}",
        "patient_id": f"80{rng.randint(10**7, 10**8 - 1)}",
        "exam_id": f"CT{rng.randint(2018, 2025)}-{rng.randint(10**5, 10**6 - 1)}",
        "phone": f"06 39 98 {rng.randint(0, 99):02d} {rng.randint(0, 99):02d}",
        "address": rng.choice(table["streets"]),
        "location": rng.choice(table["places"]),
        "nir": _nir(woman, birth_year, month, rng),
        "email": f"secretariat.{surname.split()[-1].lower().replace(chr(39), '')}@imagerie.invalid",
    }


def _nir(woman: bool, year: int, month: int, rng: Random) -> str:  # noqa: FBT001 (the first digit says it)
    """13 digits and their key, 97 less the remainder by 97."""
    number = f"{2 if woman else 1}{year % 100:02d}{month:02d}{rng.randint(1, 95):02d}{rng.randint(1, 990):03d}{rng.randint(1, 999):03d}"
    key = 97 - int(number) % 97
    return f"{number[0]} {number[1:3]} {number[3:5]} {number[5:7]} {number[7:10]} {number[10:]} {key:02d}"


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads((files("indexer.demo") / "planted.toml").read_text(encoding="utf-8"))

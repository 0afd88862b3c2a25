"""The words that detectors look for, read from data files, and the pieces of pattern that several of them share.

Patterns run over flat text (`lexicon.flat`: lower case, no accents, same length), so they are written in that form.
Every repetition in them is bounded or possessive: a page of blanks or digits costs no more than any other page.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any

NUMBER_SIGN = r"(?:(?:n\s?[°º]|(?:n\s?[o?]s?|num(?:ero)?s?|nr|nb|number)(?![a-z]))\.?)"
"""`n°` as typed: with a degree sign, an ordinal sign, an o, a question mark of a lost encoding, or spelt out."""

UNIT = (
    r"\s?(?:[x×*%‰°]|(?:(?:mm|cm|dm|m)[23²³]?|km|ml|cc|cl|dl|l|kg|g|mg|ug|µg|µmol|mmol|mgy|gy|msv|sv|mbq|kv|mas|ma|ms|uh|hu|hz|mhz|t|tesla"
    r"|ans?|mois|jours?|j|sa|semaines?|h|min|heures?|fois|bpm|mmhg|ui|u|french|gauge|coupes?|images?|points?)(?![a-z0-9]))"
)
"""What follows a quantity, and no date or number of a dossier."""


@lru_cache(maxsize=8)
def vocabulary(name: str) -> dict[str, Any]:
    """A data file of indexer/privacy/data, without its `.toml`."""
    return tomllib.loads((files("indexer.privacy") / "data" / f"{name}.toml").read_text(encoding="utf-8"))


def alternatives(words: Iterable[str]) -> str:
    """A pattern for any of the words, longest first; each may be a pattern, and a space in it stands for any blanks."""
    longest_first = sorted(words, key=len, reverse=True)
    return "|".join(re.sub(r" (?![?\]])", r"\\s{1,3}", word).replace(" ", r"\s") for word in longest_first)


def before(plain: str, place: int, reach: int = 40) -> str:
    """What stands before a place, up to `reach` characters."""
    return plain[max(0, place - reach) : place]


def starts_word(plain: str, place: int) -> bool:
    """Whether no letter or digit stands right before a place."""
    return place == 0 or not plain[place - 1].isalnum()


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern over flat text, written with free spacing; `^` is a line's start."""
    return re.compile(pattern, re.VERBOSE | re.MULTILINE)

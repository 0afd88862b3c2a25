"""Every sentence of the interface, by key and language: `fr.toml` and `en.toml`, numbers and dates included."""

import datetime as dt
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any

from search_app.vocabulary import Language

_PLURAL = {"one", "other"}


class UnknownText(KeyError):
    """A key that no language file has."""


class Texts:
    """The sentences of one language: `t("search.total", n=3)`.

    A key with the forms `one` and `other` takes the form that its value `n` asks for.
    Whole numbers are grouped by thousands; give what is not a quantity (a year) as a string.
    """

    def __init__(self, language: Language, sentences: dict[str, str | dict[str, str]]) -> None:
        self.language = language
        self._sentences = sentences

    def __call__(self, key: str, **values: str | int) -> str:
        """The sentence of a key with its values filled in. Raises UnknownText."""
        try:
            sentence = self._sentences[key]
        except KeyError as exc:
            raise UnknownText(f"{key}: no such text in {self.language}.toml") from exc
        if isinstance(sentence, dict):
            sentence = sentence["one" if self._is_singular(values["n"]) else "other"]
        return sentence.format_map({k: self.number(v) if isinstance(v, int) else v for k, v in values.items()})

    def keys(self) -> frozenset[str]:
        """Every key, sections joined by dots."""
        return frozenset(self._sentences)

    def number(self, n: int) -> str:
        """A whole number grouped by thousands: by a narrow no-break space in French, a comma in English."""
        return f"{n:,}".replace(",", self("number.thousands"))

    def millimetres(self, *sizes: float) -> str:
        """Sizes with their unit."""
        return self("number.millimetres", sizes=self("number.times").join(map(self.decimal, sizes)))

    def decimal(self, number: float) -> str:
        """A number to the tenth, which is written only if there is one."""
        return f"{number:.1f}".removesuffix(".0").replace(".", self("number.decimal"))

    def percent(self, share: float) -> str:
        """A share (0 to 1) in whole percents."""
        return self("number.percent", value=str(round(100 * share)))

    def date(self, day: dt.date) -> str:
        """A day in words."""
        first = self("date.first") if day.day == 1 else str(day.day)
        return self("date.day", day=first, month=self(f"date.months.{day.month}"), year=str(day.year))

    def _is_singular(self, n: str | int) -> bool:
        return n in (0, 1) if self.language is Language.FR else n == 1


@lru_cache
def texts(language: Language) -> Texts:
    """The sentences of a language."""
    source = (files(__name__) / f"{language}.toml").read_text(encoding="utf-8")
    return Texts(language, dict(_flat(tomllib.loads(source))))


def _flat(table: dict[str, Any], prefix: str = "") -> list[tuple[str, str | dict[str, str]]]:
    found: list[tuple[str, str | dict[str, str]]] = []
    for name, value in table.items():
        if isinstance(value, str) or set(value) == _PLURAL:
            found.append((prefix + name, value))
        else:
            found.extend(_flat(value, f"{prefix}{name}."))
    return found

"""The words around names, from `names.toml`, as sets and patterns over flat text."""

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Any


class Cues:
    """The words and patterns of `names.toml`."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.titles = frozenset(table["titles"])
        self.short_titles = frozenset(table["short_titles"])
        self.particles = frozenset(table["particles"])
        self.never = frozenset(table["never"]) | (self.titles - self.short_titles)
        alternatives = {name: "|".join(table[name]) for name in table if isinstance(table[name], list)}
        self.label = re.compile(rf"(?<![\w'])(?:{alternatives['labels']})(?: ?\(e?s?\)| ?\d)?[ \t]*[:=][ \t]*\n?[ \t]*")
        self.bare_label = re.compile(rf"(?<![\w'])(?:{alternatives['bare_labels']})[ \t]+")
        self.by = re.compile(
            rf"\b(?:{alternatives['by']})e?s?\b[^\n.:;]{{0,40}}?\b(?:par|by)\b"
            r"(?: l[ea']| mon| notre| son| l'interne)?\s*:?\s*"
        )
        self.kin = re.compile(
            r"\b(?:(?:son|sa|ses|leurs?|mon|ma|mes|votre|vos|notre|nos|his|her|their|your|my|la|le|un|une)\s+|l')"
            rf"(?:{alternatives['relatives']})(?:,| est| :|\s?\([^)\n]{{0,20}}\))?\s+\(?"
        )
        self.kin_in_brackets = re.compile(rf"(?<![\w'])(?:{alternatives['relatives']})(?: [a-z]{{3,12}})?\s?\(")
        self.married = re.compile(rf"(?<![\w'])(?:{alternatives['married']})[ \t]*(?:\(e\))?[ \t]*:?[ \t]+\n?")
        self.typist = re.compile(
            rf"(?<![\w'])(?:{alternatives['typists']})[ \t]*[:.]?[ \t]*"
            r"(?P<who>(?:[a-z]\.){2,3}|[a-z]{2,3}(?:[/-][a-z]{2,3})?)(?![\w'/.-])"
        )
        self.closing = re.compile(rf"\b(?:{alternatives['closings']})\b")


@lru_cache(maxsize=1)
def read_cues() -> Cues:
    """The cues, read once."""
    return Cues(tomllib.loads((files("indexer.privacy") / "data" / "names.toml").read_text(encoding="utf-8")))

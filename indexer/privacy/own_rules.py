r"""An institution's own names, patterns and words to keep, from a TOML file that it writes.

names = ["Le Guennec", "Villa Bretonneau"]      found wherever they stand, whatever the case or the accents
keep = ["Prodigy", "Salle Bleue"]               never taken for an identifier

[[pattern]]
category = "patient_id"                         any category of docs/privacy.md
regex = 'SIH-\\d{7}'                             Python's regular expressions, case ignored
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.errors import SettingsError
from indexer.privacy.identifiers import Category, Identifier
from indexer.privacy.lexicon import flat

_CONFIDENCE = 0.99
_KNOWN = frozenset({"names", "keep", "pattern"})


@dataclass(frozen=True, slots=True)
class OwnRules:
    """A detector made of the institution's own names and patterns, and the words that it wants kept, flat."""

    patterns: tuple[tuple[Category, re.Pattern[str]], ...] = ()
    names: re.Pattern[str] | None = None
    keep: frozenset[str] = frozenset()

    def find(self, text: str) -> Iterator[Identifier]:
        """Everything that the file names."""
        for category, pattern in self.patterns:
            for match in pattern.finditer(text):
                yield Identifier(match.start(), match.end(), category, _CONFIDENCE, "own pattern")
        if self.names:
            for match in self.names.finditer(flat(text)):
                yield Identifier(match.start(), match.end(), Category.NAME, _CONFIDENCE, "own name")

    def keeps(self, words: str) -> bool:
        """Whether these words of a text are to be kept."""
        return flat(words).strip() in self.keep


def load_own_rules(path: Path) -> OwnRules:
    """Read the file. Raises SettingsError naming the entry at fault."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise SettingsError(f"the gate's own rules {path} cannot be read: {exc.strerror}") from exc
    except ValueError as exc:
        raise SettingsError(f"the gate's own rules {path} are not a TOML file in UTF-8") from exc
    if unknown := table.keys() - _KNOWN:
        raise SettingsError(f"{path}: unknown entries {', '.join(sorted(unknown))}; known: {', '.join(sorted(_KNOWN))}")
    names = [flat(name) for name in _words(table.get("names", []), path, "names")]
    return OwnRules(
        patterns=tuple(_pattern(entry, number, path) for number, entry in enumerate(table.get("pattern", []), start=1)),
        names=re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)") if names else None,
        keep=frozenset(flat(word) for word in _words(table.get("keep", []), path, "keep")),
    )


def _words(value: Any, path: Path, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
        raise SettingsError(f"{path}: {name} must be a list of words in quotes")
    return [word.strip() for word in value]


def _pattern(entry: Any, number: int, path: Path) -> tuple[Category, re.Pattern[str]]:
    where = f"{path}: pattern {number}"
    if not isinstance(entry, dict) or set(entry) != {"category", "regex"}:
        raise SettingsError(f"{where} must have a category and a regex, and nothing else")
    if entry["category"] not in set(Category):
        raise SettingsError(f"{where}: no category {entry['category']!r}; valid: {', '.join(Category)}")
    try:
        compiled = re.compile(entry["regex"], re.IGNORECASE)
    except (re.error, TypeError) as exc:
        raise SettingsError(f"{where}: the regex cannot be used: {exc}") from exc
    if compiled.match(""):
        raise SettingsError(f"{where}: the regex matches nothing at all, and so everywhere; make it longer")
    return Category(entry["category"]), compiled

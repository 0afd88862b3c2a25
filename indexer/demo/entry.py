"""A table of a TOML file read with care: a fault names the file and the entry."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeVar

from indexer.demo.errors import DemoDataError
from indexer.demo.library import Sentences
from indexer.demo.template import Defaults, MarkupError, Template, compile_template

E = TypeVar("E", bound=StrEnum)


class Entry:
    """One table and where it stands. Every key must be asked for before `finish`."""

    def __init__(self, file: str, path: str, table: object) -> None:
        self.file = file
        self.path = path
        if not isinstance(table, dict):
            raise DemoDataError(file, path, f"a table is wanted, not {table!r}")
        self._table: dict[str, Any] = table
        self._seen: set[str] = set()

    def error(self, problem: str) -> DemoDataError:
        """Make the error for this entry."""
        return DemoDataError(self.file, self.path or "top level", problem)

    def has(self, key: str) -> bool:
        """Say whether the key is given."""
        return key in self._table

    def _take(self, key: str, kind: type | tuple[type, ...], default: Any) -> Any:
        self._seen.add(key)
        if key not in self._table:
            if default is None:
                raise self.error(f"{key} is missing")
            return default
        value = self._table[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(f"{key} = {value!r} has the wrong type")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """Read a string."""
        return str(self._take(key, str, default))

    def number(self, key: str, default: float | None = None) -> float:
        """Read a number."""
        return float(self._take(key, (int, float), default))

    def flag(self, key: str) -> bool:
        """Read true or false; false if absent."""
        return bool(self._take(key, bool, False))

    def integers(self, key: str, count: int, default: tuple[int, ...] | None = None) -> tuple[int, ...]:
        """Read a list of whole numbers in increasing order."""
        values = self._take(key, (list, tuple), default)
        if len(values) != count or not all(type(v) is int for v in values) or list(values) != sorted(values):
            raise self.error(f"{key} = {values!r}: {count} whole numbers in increasing order are wanted")
        return tuple(values)

    def strings(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Read a list of strings; a lone string is a list of one."""
        values = self._take(key, (list, str, tuple), default)
        values = [values] if isinstance(values, str) else values
        if not all(isinstance(value, str) for value in values):
            raise self.error(f"{key}: only strings are wanted")
        return tuple(values)

    def weights(self, key: str) -> dict[str, float]:
        """Read a table of numbers; empty if absent."""
        table = self._take(key, dict, {})
        for name, value in table.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise self.error(f"{key}.{name} = {value!r}: a positive number is wanted")
        return {name: float(value) for name, value in table.items()}

    def members(self, key: str, kind: type[E]) -> dict[E, float]:
        """Read a table of numbers whose keys are members of an enum."""
        return {self.member(key, kind, name): weight for name, weight in self.weights(key).items()}

    def member(self, key: str, kind: type[E], value: str) -> E:
        """Parse a member of an enum."""
        try:
            return kind(value)
        except ValueError:
            raise self.error(f"{key}: {value!r} is none of {', '.join(kind)}") from None

    def entries(self, key: str) -> list[tuple[str, Entry]]:
        """Read a table of tables; empty if absent."""
        table = self._take(key, dict, {})
        prefix = f"{self.path}.{key}" if self.path else key
        return [(name, Entry(self.file, f"{prefix}.{name}", value)) for name, value in table.items()]

    def entry(self, key: str) -> Entry:
        """Read one table; empty if absent."""
        return Entry(self.file, f"{self.path}.{key}" if self.path else key, self._take(key, dict, {}))

    def tables(self, key: str) -> list[object]:
        """Read a list of strings or tables; empty if absent."""
        return list(self._take(key, list, []))

    def sentences(self, key: str, defaults: Defaults) -> Sentences:
        """Read a list of sentences in the template markup; empty if absent."""
        return Sentences(self._templates(key, defaults))

    def _templates(self, key: str, defaults: Defaults) -> Iterable[Template]:
        for source in self.strings(key, ()):
            try:
                yield compile_template(source, defaults)
            except MarkupError as exc:
                raise self.error(f"{key}: {exc}, in {source!r}") from exc

    def keys(self) -> list[str]:
        """Names of the keys, in the order of the file."""
        return list(self._table)

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        unknown = [key for key in self._table if key not in self._seen]
        if unknown:
            raise self.error(f"unknown key {unknown[0]!r}; known: {', '.join(sorted(self._seen))}")

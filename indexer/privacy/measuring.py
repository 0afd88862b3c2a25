"""How well the gate finds identifiers in annotated text, and how much else it covers.

An identifier counts as found only if every letter and digit of it is covered, whatever the category. Over-redaction is
the share of all other letters and digits that are covered.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indexer.errors import InputError
from indexer.privacy.identifiers import Identifier
from indexer.report import MASK

CONTEXT = 30
Find = Callable[[str], Sequence[Identifier]]


@dataclass(frozen=True, slots=True)
class Marked:
    """An annotated text; spans: (start, end, label)."""

    text: str
    spans: tuple[tuple[int, int, str], ...]

    def __repr__(self) -> str:
        return f"Marked(text={MASK}, spans={len(self.spans)})"


@dataclass(frozen=True, slots=True)
class Case:
    """A miss or a false alarm with the characters around it, for the operator's own terminal."""

    label: str
    before: str
    words: str
    after: str

    def __repr__(self) -> str:
        return f"Case({self.label!r}, {MASK})"


@dataclass
class Measured:
    """Counts over a set of annotated texts."""

    found: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    covered: int = 0
    clinical: int = 0
    misses: list[Case] = field(default_factory=list)
    false_alarms: list[Case] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of all identifiers that were found; 1 if there are none."""
        return self.found.total() / self.total.total() if self.total else 1.0

    @property
    def over_redaction(self) -> float:
        """Share of the letters and digits of no identifier that were covered."""
        return self.covered / self.clinical if self.clinical else 0.0

    def as_json(self) -> dict[str, object]:
        """`{recall, over_redaction, by_label: {label: {recall, n}}}`."""
        by_label = {label: {"recall": self.found[label] / n, "n": n} for label, n in sorted(self.total.items())}
        return {"recall": self.recall, "over_redaction": self.over_redaction, "by_label": by_label}


def measure(texts: Iterable[Marked], find: Find) -> Measured:
    """Run a gate's `find` over annotated texts."""
    result = Measured()
    for marked in texts:
        _measure(marked, find(marked.text), result)
    return result


def _measure(marked: Marked, found: Sequence[Identifier], result: Measured) -> None:
    text = marked.text
    covered = {place for one in found for place in range(one.start, one.end)}
    identifying: set[int] = set()
    for start, end, label in marked.spans:
        places = {place for place in range(start, end) if text[place].isalnum()}
        identifying |= places
        result.total[label] += 1
        if places <= covered:
            result.found[label] += 1
        else:
            result.misses.append(_case(text, start, end, label))
    clinical = {place for place, sign in enumerate(text) if sign.isalnum()} - identifying
    result.clinical += len(clinical)
    result.covered += len(clinical & covered)
    for one in found:
        if not identifying.intersection(range(one.start, one.end)):
            result.false_alarms.append(_case(text, one.start, one.end, f"{one.category.value}/{one.rule}"))


def _case(text: str, start: int, end: int, label: str) -> Case:
    return Case(label, text[max(0, start - CONTEXT) : start], text[start:end], text[end : end + CONTEXT])


def read_marked(path: Path) -> Iterator[Marked]:
    """Annotated texts from JSON Lines: `text`, `spans` with start, end (exclusive) and label. Raises InputError."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as exc:
        raise InputError(f"{path} cannot be read ({exc.strerror}); name a file of annotated texts") from exc
    except UnicodeDecodeError:
        raise InputError(f"{path} is not in UTF-8") from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _marked(line, f"{path}:{number}")


def _marked(line: str, where: str) -> Marked:
    try:
        row = json.loads(line)
        text = row["text"]
        spans = tuple((int(s["start"]), int(s["end"]), str(s["label"])) for s in row["spans"])
    except (ValueError, KeyError, TypeError):
        raise InputError(f'{where}: wanted {{"text": ..., "spans": [{{"start", "end", "label"}}]}}') from None
    if not isinstance(text, str) or any(not 0 <= start < end <= len(text) for start, end, _label in spans):
        raise InputError(f"{where}: a span lies outside its text, or is empty")
    return Marked(text, spans)

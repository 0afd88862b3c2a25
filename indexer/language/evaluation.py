"""Scores the findings of an analyser against labels by report: precision, recall and F1 by status, sides and sizes.

A report's status for a finding is the first of present, uncertain, absent, historical, asked among its mentions, those
of its kinds included. Side and size are those of the mentions with that status, the largest size in millimetres.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexer.errors import RetrievalSetError
from indexer.language.concepts import Lexicon
from indexer.report import Assertion, Finding, Laterality

ORDER = (
    Assertion.PRESENT,
    Assertion.UNCERTAIN,
    Assertion.ABSENT,
    Assertion.HISTORICAL,
    Assertion.ASKED,
)
_SIDES = {"left": Laterality.LEFT, "right": Laterality.RIGHT, "both": Laterality.BILATERAL}
_SIZE_TOLERANCE = 0.05


@dataclass(frozen=True, slots=True)
class Label:
    """What one report says of one finding. size: mm. quote: the words that decide it."""

    report: str
    finding: str
    status: Assertion
    side: Laterality | None = None
    size: float | None = None
    quote: str = ""


@dataclass(slots=True)
class Score:
    """Counts of one class."""

    hits: int = 0
    false: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Of what was found, the share that is right; 0 if nothing was found."""
        return self.hits / (self.hits + self.false) if self.hits else 0.0

    @property
    def recall(self) -> float:
        """Of what is there, the share that was found; 0 if nothing is there."""
        return self.hits / (self.hits + self.missed) if self.hits else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A label and what was found instead; either may be missing."""

    report: str
    finding: str
    expected: str
    found: str
    quote: str


@dataclass(slots=True)
class Result:
    """All scores. sides, sizes: right and all, over the labels with a side or size whose status was found."""

    by_status: dict[Assertion, Score] = field(default_factory=lambda: {status: Score() for status in ORDER})
    by_finding: dict[str, Score] = field(default_factory=dict)
    sides: tuple[int, int] = (0, 0)
    sizes: tuple[int, int] = (0, 0)
    disagreements: list[Disagreement] = field(default_factory=list)

    def as_json(self) -> str:
        """The figures for machines."""
        status = {
            s.value: {
                "precision": score.precision,
                "recall": score.recall,
                "f1": score.f1,
                "labels": score.hits + score.missed,
            }
            for s, score in self.by_status.items()
        }
        finding = {
            name: {"precision": score.precision, "recall": score.recall, "f1": score.f1}
            for name, score in sorted(self.by_finding.items())
        }
        figures = {
            "status": status,
            "side_accuracy": _share(self.sides),
            "size_accuracy": _share(self.sizes),
            "finding": finding,
        }
        return json.dumps(figures, indent=2)


def read_labels(path: Path) -> list[Label]:
    """The labels of a JSON Lines file: id, finding, status, side, size_mm, quote. Raises RetrievalSetError."""
    labels: list[Label] = []
    for number, row in json_lines(path):
        try:
            side = row.get("side")
            labels.append(
                Label(
                    report=str(row["id"]),
                    finding=row["finding"],
                    status=Assertion(row["status"]),
                    side=_SIDES[side] if side else None,
                    size=row.get("size_mm"),
                    quote=row.get("quote") or "",
                )
            )
        except (KeyError, ValueError) as exc:
            wanted = (
                "id, finding, status (present, uncertain, absent, historical, asked), side (left, right, both), size_mm"
            )
            raise RetrievalSetError(f"{path.name}, line {number}: not a label; wanted are {wanted}") from exc
    return labels


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON Lines file with their line numbers. Raises RetrievalSetError."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, json.loads(line)
    except OSError as exc:
        raise RetrievalSetError(f"{path} cannot be read: {exc.strerror}") from exc
    except ValueError as exc:
        raise RetrievalSetError(f"{path.name} is not JSON Lines in UTF-8") from exc


def report_labels(report: str, found: Iterable[Finding], keys: Iterable[str], lexicon: Lexicon) -> dict[str, Label]:
    """What the findings of a report say of each of some concepts; those never mentioned are left out."""
    wanted = set(keys)
    mentions: dict[str, list[Finding]] = {}
    for finding in found:
        for concept in lexicon.ancestors(finding.concept) & wanted:
            mentions.setdefault(concept, []).append(finding)
    labels = {}
    for concept, those in mentions.items():
        status = next((s for s in ORDER if any(f.assertion is s for f in those)), None)
        if status is not None:
            deciding = [f for f in those if f.assertion is status]
            labels[concept] = Label(report, concept, status, _side(deciding), _size(deciding))
    return labels


def score(expected: Iterable[Label], found: Mapping[str, Mapping[str, Label]]) -> Result:
    """Compare labels with what was found, report by report. found: report -> finding -> label."""
    result = Result()
    labelled = {(label.report, label.finding): label for label in expected}
    keys = dict.fromkeys((*labelled, *((r, f) for r, labels in found.items() for f in labels)))
    for report, finding in keys:
        gold, seen = labelled.get((report, finding)), found.get(report, {}).get(finding)
        _count(result, finding, gold, seen)
        if gold is not None and seen is not None and gold.status is seen.status:
            _compare(result, gold, seen)
        else:
            result.disagreements.append(_disagreement(report, finding, gold, seen))
    return result


def _count(result: Result, finding: str, gold: Label | None, seen: Label | None) -> None:
    own = result.by_finding.setdefault(finding, Score())
    if gold is not None and seen is not None and gold.status is seen.status:
        own.hits += 1
        result.by_status[gold.status].hits += 1
        return
    if gold is not None:
        own.missed += 1
        result.by_status[gold.status].missed += 1
    if seen is not None:
        own.false += 1
        result.by_status[seen.status].false += 1


def _compare(result: Result, gold: Label, seen: Label) -> None:
    if gold.side is not None:
        right = seen.side is gold.side
        result.sides = (result.sides[0] + right, result.sides[1] + 1)
        if not right:
            found = seen.side.value if seen.side else "none"
            result.disagreements.append(_parts(gold, f"side {gold.side.value}", f"side {found}"))
    if gold.size is not None:
        right = seen.size is not None and abs(seen.size - gold.size) <= _SIZE_TOLERANCE
        result.sizes = (result.sizes[0] + right, result.sizes[1] + 1)
        if not right:
            result.disagreements.append(_parts(gold, f"{gold.size} mm", f"{seen.size} mm" if seen.size else "no size"))


def _parts(gold: Label, expected: str, found: str) -> Disagreement:
    return Disagreement(gold.report, gold.finding, expected, found, gold.quote)


def _disagreement(report: str, finding: str, gold: Label | None, seen: Label | None) -> Disagreement:
    return Disagreement(
        report,
        finding,
        gold.status.value if gold else "not mentioned",
        seen.status.value if seen else "not found",
        gold.quote if gold else "",
    )


def _side(found: list[Finding]) -> Laterality | None:
    sides = {f.laterality for f in found}
    if Laterality.BILATERAL in sides or {Laterality.LEFT, Laterality.RIGHT} <= sides:
        return Laterality.BILATERAL
    return next((s for s in (Laterality.LEFT, Laterality.RIGHT) if s in sides), None)


def _size(found: list[Finding]) -> float | None:
    return max((mm for f in found if f.measurement for mm in f.measurement.current), default=None)


def _share(counts: tuple[int, int]) -> float | None:
    return counts[0] / counts[1] if counts[1] else None

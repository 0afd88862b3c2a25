"""Findings that are asked for: rows as they are edited, the clauses that the API takes, the sentence that says them.

In an address a row is `join:concept:status:side:from:to`, what is default left empty and the end left out:
`and:lung_nodule::right:8`. It holds ids, codes and numbers only.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from search_app.i18n import Texts
from search_app.vocabulary import Assertion, Laterality

MAX_ROWS: Final = 20
"""The API takes no more clauses."""

MAX_SIZE: Final = 1600.0
"""Millimetres; the API compares no larger sizes."""

SIDES: Final = (Laterality.RIGHT, Laterality.LEFT, Laterality.BILATERAL, Laterality.MIDLINE)
"""The sides that can be asked for."""

_CONCEPT = re.compile(r"[a-z][a-z0-9_]{0,79}")
_FIELDS: Final = 6


class Join(StrEnum):
    """How a row goes with those before it: one more condition, an alternative to the last one, or an exclusion."""

    AND = "and"
    OR = "or"
    NOT = "not"


class Status(StrEnum):
    """What a report must say of a finding; possible: present or uncertain, any: whatever it says."""

    PRESENT = "present"
    POSSIBLE = "possible"
    UNCERTAIN = "uncertain"
    ABSENT = "absent"
    HISTORICAL = "historical"
    FAMILY = "family"
    ASKED = "asked"
    ANY = "any"

    @property
    def assertions(self) -> tuple[Assertion, ...]:
        """The API's assertions that it stands for."""
        if self is Status.ANY:
            return tuple(Assertion)
        if self is Status.POSSIBLE:
            return (Assertion.PRESENT, Assertion.UNCERTAIN)
        return (Assertion(self),)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding asked for. side: None for any; sizes in millimetres, inclusive."""

    concept: str
    join: Join = Join.AND
    status: Status = Status.PRESENT
    side: Laterality | None = None
    size_min: float | None = None
    size_max: float | None = None

    def criterion(self) -> dict[str, Any]:
        """The JSON of the API's criterion."""
        return {
            "concept": self.concept,
            "status": list(self.status.assertions),
            "side": self.side,
            "size_min": self.size_min,
            "size_max": self.size_max,
        }


def sized(row: FindingRow, size_min: float | None, size_max: float | None) -> FindingRow:
    """The row with other bounds; if they leave nothing between them, the one that did not change is dropped."""
    if size_min is not None and size_max is not None and size_min > size_max:
        if size_min == row.size_min:
            size_min = None
        else:
            size_max = None
    return replace(row, size_min=size_min, size_max=size_max)


def normal(rows: Sequence[FindingRow]) -> tuple[FindingRow, ...]:
    """The rows, of which the first cannot be an alternative, since nothing is before it."""
    if rows and rows[0].join is Join.OR:
        return (replace(rows[0], join=Join.AND), *rows[1:])
    return tuple(rows)


def grouped(rows: Iterable[FindingRow]) -> list[list[FindingRow]]:
    """Rows by clause: AND and NOT start one, OR goes on with the last."""
    groups: list[list[FindingRow]] = []
    for row in rows:
        if row.join is Join.OR and groups:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def clauses(rows: Iterable[FindingRow]) -> list[dict[str, Any]]:
    """The JSON of the API's clauses, which are joined by AND."""
    return [
        {"any_of": [row.criterion() for row in group], "excluded": group[0].join is Join.NOT} for group in grouped(rows)
    ]


def param_of(row: FindingRow) -> str:
    """A row as the value of an address's parameter: the inverse of `read_row`."""
    status = "" if row.status is Status.PRESENT else row.status
    bounds = ("" if bound is None else f"{bound:g}" for bound in (row.size_min, row.size_max))
    return ":".join((row.join, row.concept, status, row.side or "", *bounds)).rstrip(":")


def read_rows(values: Sequence[str]) -> tuple[FindingRow, ...]:
    """The rows that the values of an address's parameter describe; what cannot be read is left out."""
    return normal([row for row in map(read_row, values) if row is not None][:MAX_ROWS])


def read_row(raw: str) -> FindingRow | None:
    """The row that one value describes; None if it cannot be read."""
    parts = raw.split(":")
    if len(parts) > _FIELDS:
        return None
    join, concept, status, side, low, high = parts + [""] * (_FIELDS - len(parts))
    if not _CONCEPT.fullmatch(concept):
        return None
    try:
        row = FindingRow(
            concept=concept,
            join=Join(join),
            status=Status(status) if status else Status.PRESENT,
            side=SIDES[SIDES.index(Laterality(side))] if side else None,
            size_min=_size(low),
            size_max=_size(high),
        )
    except ValueError:
        return None
    possible = row.size_min is None or row.size_max is None or row.size_min <= row.size_max
    return row if possible else None


def _size(raw: str) -> float | None:
    if not raw:
        return None
    size = float(raw)
    if not math.isfinite(size) or not 0 <= size <= MAX_SIZE:
        raise ValueError("a size that no finding has")
    return round(size, 1)


def toggled(rows: Sequence[FindingRow], offered: Iterable[str], chosen: Iterable[str]) -> tuple[FindingRow, ...]:
    """The rows after concepts were chosen among those offered: a plain row is added for each, others' are removed."""
    wanted = list(chosen)
    dropped = {FindingRow(concept) for concept in offered if concept not in wanted}
    kept = [row for row in rows if row not in dropped]
    added = [FindingRow(concept) for concept in wanted if FindingRow(concept) not in kept]
    return normal([*kept, *added][:MAX_ROWS])


def sentence(rows: Sequence[FindingRow], labels: Mapping[str, str], t: Texts) -> str:
    """What is asked for, as plain text. labels: by concept id."""
    groups = grouped(rows)
    said = [_clause(group, labels, t, alone=len(groups) == 1) for group in groups]
    return t("finding.and").join(said)


def _clause(group: Sequence[FindingRow], labels: Mapping[str, str], t: Texts, *, alone: bool) -> str:
    excluded = group[0].join is Join.NOT
    said = t("finding.or").join(_criterion(row, labels, t, excluded=excluded) for row in group)
    if len(group) > 1 and (excluded or not alone):
        said = f"({said})"
    return t("finding.without", said=said) if excluded else said


def _criterion(row: FindingRow, labels: Mapping[str, str], t: Texts, *, excluded: bool) -> str:
    details = [] if excluded and row.status is Status.PRESENT else [t(f"status.{row.status}")]
    details += [t(f"side.{row.side}")] if row.side else []
    details += _bounds(row, t)
    label = labels.get(row.concept, row.concept)
    return " ".join([label, *([f"({', '.join(details)})"] if details else [])])


def _bounds(row: FindingRow, t: Texts) -> list[str]:
    low, high = row.size_min, row.size_max
    if low is not None and high is not None:
        return [t("finding.between", low=t.decimal(low), size=t.millimetres(high))]
    if low is not None:
        return [t("finding.at_least", size=t.millimetres(low))]
    return [t("finding.at_most", size=t.millimetres(high))] if high is not None else []

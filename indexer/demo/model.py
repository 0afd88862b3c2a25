"""What the generator hands out: a report, and the truth about every finding that it names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from indexer.report import Assertion, Laterality

__all__ = ["Assertion", "DemoReport", "Laterality", "Mention", "Planted", "Section", "Sex"]


class Section(StrEnum):
    """The part of the report that holds a mention."""

    INDICATION = "indication"
    TECHNIQUE = "technique"
    COMPARISON = "comparison"
    RESULTS = "results"
    CONCLUSION = "conclusion"


class Sex(StrEnum):
    """Sex as written in the record."""

    FEMALE = "F"
    MALE = "M"


@dataclass(slots=True)
class Mention:
    """One naming of a concept.

    start, end: character offsets in the final text of the words that name it, negation cue excluded.
    size_mm, prior_size_mm: largest dimension, only where the sentence of this mention states it.
    """

    concept: str
    assertion: Assertion
    laterality: Laterality
    size_mm: float | None
    prior_size_mm: float | None
    section: Section
    start: int
    end: int

    def record(self) -> dict[str, str | float | int | None]:
        """Return the mention as it stands in truth.jsonl."""
        return {
            "concept": self.concept,
            "assertion": self.assertion.value,
            "laterality": self.laterality.value,
            "size_mm": self.size_mm,
            "prior_size_mm": self.prior_size_mm,
            "section": self.section.value,
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, slots=True)
class Planted:
    """An identifier left in the text: characters start to end (exclusive), and its category."""

    start: int
    end: int
    category: str

    def moved(self, by: int) -> Planted:
        """The same, further on in the text."""
        return Planted(self.start + by, self.end + by, self.category)


@dataclass(slots=True)
class DemoReport:
    """A fictional report, its metadata and its truth."""

    id: str
    patient_id: str
    text: str
    modality: str
    regions: tuple[str, ...]
    sex: Sex
    age: int
    exam_date: date
    site: str
    exam_type: str
    diagnosis: str
    findings: list[Mention]
    identifiers: list[Planted]

    def report_line(self) -> str:
        """Return the line of reports.jsonl, without its line break."""
        return json.dumps(
            {
                "id": self.id,
                "patient_id": self.patient_id,
                "text": self.text,
                "modality": self.modality,
                "regions": self.regions,
                "sex": self.sex.value,
                "age": self.age,
                "exam_date": self.exam_date.isoformat(),
                "site": self.site,
            },
            ensure_ascii=False,
        )

    def truth_line(self) -> str:
        """Return the line of truth.jsonl, without its line break."""
        return json.dumps(
            {
                "id": self.id,
                "exam_type": self.exam_type,
                "diagnosis": self.diagnosis,
                "findings": [mention.record() for mention in self.findings],
                "identifiers": [{"start": p.start, "end": p.end, "label": p.category} for p in self.identifiers],
            },
            ensure_ascii=False,
        )

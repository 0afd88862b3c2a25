"""A quarantine of invented records, kept in memory: what the stand-in API answers with, and the tests fill."""

import datetime as dt
from dataclasses import dataclass, field

from api.review_schemas import (
    DecisionRequest,
    DecisionResponse,
    DecisionSchema,
    HeldListSchema,
    HeldRecordSchema,
    HeldSchema,
    IdentifierSchema,
)
from indexer.report import IdentifierCategory, Policy
from indexer.stores.catalog.base import QuarantineReason, Verdict

from .reports import HOSTILE

TEXTS = (
    "Patiente : Jeanne Morvan, née le 12/03/1951.\nScanner thoracique. Pas d'embolie.",
    f"Kyste de Baker. {HOSTILE}",
    "Examen du 4 mai 2023 demandé par le Dr Le Goff.\nPas de fracture.",
)
FOUND = (
    ("Jeanne Morvan", IdentifierCategory.NAME),
    ("12/03/1951", IdentifierCategory.BIRTH_DATE),
    ("Baker", IdentifierCategory.NAME),
    ("<script>", IdentifierCategory.EXAM_ID),
    ("4 mai 2023", IdentifierCategory.DATE),
    ("Le Goff", IdentifierCategory.NAME),
)
HELD_AT = dt.datetime(2025, 3, 3, 9, 30, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Fault:
    """An error that the next decision meets."""

    status: int
    code: str
    message: str


@dataclass
class HeldRecords:
    """Records 1, 2, 3 ... in turn with the texts above; nothing of it is shared with the real API."""

    records: dict[int, HeldRecordSchema] = field(default_factory=dict)
    policy: Policy = Policy.VERIFY
    fault: Fault | None = None
    indexes: bool = True
    asked: list[str] = field(default_factory=list)

    def fill(self, count: int = 3) -> None:
        self.records = {n: invented(n) for n in range(1, count + 1)}
        self.policy, self.fault, self.indexes, self.asked = Policy.VERIFY, None, True, []

    def page(self, offset: int, limit: int) -> HeldListSchema:
        waiting = [r for r in self.records.values() if r.verdict is None]
        held = [HeldSchema.model_validate(r.model_dump(include=set(HeldSchema.model_fields))) for r in waiting]
        return HeldListSchema(policy=self.policy, total=len(held), held=held[offset : offset + limit])

    def decide(self, number: int, request: DecisionRequest) -> DecisionResponse:
        record = self.records[number]
        made = DecisionSchema(verdict=request.verdict, who=request.who, why=request.why, at=HELD_AT)
        changes = {"verdict": request.verdict, "decisions": [*record.decisions, made]}
        self.records[number] = record.model_copy(update=changes)
        indexed = int(self.indexes and request.verdict is Verdict.RELEASED)
        return DecisionResponse(indexed=indexed, waiting=self.page(0, 1).total)


def invented(number: int) -> HeldRecordSchema:
    text = TEXTS[(number - 1) % len(TEXTS)]
    found = [
        IdentifierSchema(start=text.index(words), end=text.index(words) + len(words), category=category)
        for words, category in FOUND
        if words in text
    ]
    return HeldRecordSchema(
        number=number,
        reason=QuarantineReason.IDENTIFIER,
        file="lot <1>.jsonl",
        line=100 + number,
        at=HELD_AT,
        verdict=None,
        categories={category: sum(f.category is category for f in found) for category in (f.category for f in found)},
        text=text,
        identifiers=found,
        decisions=[],
    )


HELD = HeldRecords()

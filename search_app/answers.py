"""What the API answers, as far as the front end shows it. Whatever holds report text or an identifier hides it in repr."""

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from search_app.vocabulary import (
    Assertion,
    Change,
    Facet,
    IdentifierCategory,
    Language,
    Laterality,
    Modality,
    Mode,
    Policy,
    QuarantineReason,
    Region,
    SectionKind,
    Sex,
    Verdict,
)

Hidden = Field(repr=False)


class Answer(BaseModel):
    """Base of every answer: frozen; what a newer API adds is left aside; a fault never quotes the value."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Span(Answer):
    """Characters `start` to `end` (exclusive) of a report's whole text."""

    start: int
    end: int


class Exam(Answer):
    """What is known of the exam and the patient."""

    modality: Modality | None = None
    regions: tuple[Region, ...] = ()
    sex: Sex = Sex.UNKNOWN
    age: int | None = None
    exam_date: dt.date | None = None
    site: str | None = None
    language: str = "fr"


class Section(Span):
    """A part of the report's text, its heading left out."""

    kind: SectionKind


class Labelled(Answer):
    """Something of the lexicon, with its name in both languages."""

    label_fr: str
    label_en: str

    def label(self, language: Language) -> str:
        """Its name in a language, in small letters."""
        return self.label_fr if language is Language.FR else self.label_en


class Finding(Span, Labelled):
    """A mention of a concept and what the report says of it; sizes in millimetres, largest first, prior ones apart."""

    concept: str
    assertion: Assertion
    laterality: Laterality
    sizes_mm: tuple[float, ...] = ()
    prior_mm: tuple[float, ...] = ()
    change: Change | None = None


class Concept(Labelled):
    """A finding that can be asked for. wording: what of it matches the words typed, None if it was asked for by id."""

    id: str
    wording: str | None = None


class Concepts(Answer):
    """Concepts, best match first."""

    concepts: tuple[Concept, ...]


class Signal(Answer):
    """How one signal saw a hit; contributions of a hit add up to its score."""

    score: float | None
    rank: int | None
    contribution: float


class Passage(Span):
    """A piece of the report; `highlights` are positions in the whole text."""

    section: SectionKind
    text: Annotated[str, Hidden]
    highlights: tuple[Span, ...] = ()


class Hit(Answer):
    """A report found, and why; matched_findings: those that meet the filters."""

    report_id: Annotated[str, Hidden]
    rank: int
    score: float
    exam: Exam
    lexical: Signal
    semantic: Signal
    matched_words: Annotated[tuple[str, ...], Hidden]
    closest_section: SectionKind | None
    contradicts: bool
    passages: tuple[Passage, ...]
    matched_findings: Annotated[tuple[Finding, ...], Hidden] = ()


class Count(Answer):
    """How many reports of a set have a value."""

    value: str
    count: int


Facets = dict[Facet, tuple[Count, ...]]


class Found(Answer):
    """Hits of one page, and exact counts of the whole filtered set.

    degraded: what is away, if the search was answered by meaning alone; nothing is counted then.
    """

    hits: tuple[Hit, ...]
    total: int | None
    containing_all_words: int | None
    degraded: str | None = None
    facets: Facets
    mode: Mode
    took_ms: float


class Counted(Answer):
    """Exact counts of a set."""

    total: int
    facets: Facets


class Report(Answer):
    """A whole report; `related_report_ids`: other reports of the same patient, oldest first."""

    report_id: Annotated[str, Hidden]
    text: Annotated[str, Hidden]
    sections: tuple[Section, ...]
    findings: Annotated[tuple[Finding, ...], Hidden] = ()
    exam: Exam
    related_report_ids: Annotated[tuple[str, ...], Hidden]


class Highlights(Answer):
    """Where the query's words stand in a report's text."""

    highlights: tuple[Span, ...]


class Health(Answer):
    """Whether the API can answer, and with what."""

    status: str
    reports: int | None = None
    encoder: str | None = None
    snapshot: str | None = None
    detail: str | None = None


class Held(Answer):
    """A record that the gate held back, without its text. verdict: the last decision, None if there is none."""

    number: int
    reason: QuarantineReason
    file: str
    line: int
    at: dt.datetime
    verdict: Verdict | None
    categories: dict[IdentifierCategory, int]


class HeldList(Answer):
    """A part of the records that wait for a decision, oldest first. total: all that wait."""

    policy: Policy
    total: int
    held: tuple[Held, ...]


class Identifier(Span):
    """An identifier found in a held-back text."""

    category: IdentifierCategory


class Decision(Answer):
    """What was decided on a record, by whom, why and when."""

    verdict: Verdict
    who: Annotated[str, Hidden]
    why: Annotated[str, Hidden]
    at: dt.datetime


class HeldRecord(Held):
    """A held-back record with its text and what was found in it; decisions: oldest first."""

    text: Annotated[str, Hidden]
    identifiers: tuple[Identifier, ...]
    decisions: tuple[Decision, ...]


class Decided(Answer):
    """What came of a decision. indexed: reports that entered the index; waiting: records still to be decided on."""

    indexed: int
    waiting: int

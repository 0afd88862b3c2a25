"""Requests and responses of the HTTP API, apart from the domain and from the tables."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from indexer.language.concepts import Sidedness
from indexer.report import Assertion, BodyRegion, Change, Laterality, Modality, SectionKind, Sex

MAX_LIMIT = 100
MAX_OFFSET = 9_900
MAX_QUERY_CHARS = 20_000

MAX_FACET_VALUES = 50
"""Of a facet with many values, the most frequent ones."""

ConceptId = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$", max_length=80)]
Size = Annotated[float, Field(ge=0, le=1600)]
Age = Annotated[int, Field(ge=0, le=130)]


class Schema(BaseModel):
    """Base of every schema: unknown fields are an error, never swallowed."""

    model_config = ConfigDict(extra="forbid")


class SearchMode(StrEnum):
    """Which signals rank: words, meaning, or both."""

    HYBRID = "hybrid"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


class FacetName(StrEnum):
    """What can be counted."""

    MODALITY = "modality"
    REGION = "region"
    SEX = "sex"
    SITE = "site"
    YEAR = "year"
    AGE = "age"
    FINDING = "finding"


class FindingCriterionSchema(Schema):
    """What one finding must be, all at once: of a concept or a kind of it. status: any of these; sizes in millimetres.

    side: left and right take bilateral findings too; null takes any.
    """

    concept: ConceptId
    status: list[Assertion] = [Assertion.PRESENT]
    side: Laterality | None = None
    size_min: Size | None = None
    size_max: Size | None = None
    sections: list[SectionKind] = []


class FindingClauseSchema(Schema):
    """A report passes if it has a finding that meets one of the criteria; excluded: if it has none.

    A single criterion with the status `absent` alone asks for the report as a whole: the finding is denied, and nowhere (on
    that side) present or uncertain. In any other clause a status is that of one mention.
    """

    any_of: Annotated[list[FindingCriterionSchema], Field(min_length=1, max_length=20)]
    excluded: bool = False


class FilterSchema(Schema):
    """Which reports may be returned; criteria are joined by AND, the values of one criterion by OR."""

    modalities: list[Modality] = []
    regions: list[BodyRegion] = []
    sexes: list[Sex] = []
    sites: Annotated[list[str], Field(max_length=100)] = []
    age_min: Age | None = None
    age_max: Age | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    findings: Annotated[list[FindingClauseSchema], Field(max_length=20)] = []


class Like(Schema):
    """A report to resemble: one of the index, or a pasted text. Exactly one of the two."""

    report_id: str | None = None
    text: Annotated[str, Field(max_length=200_000)] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.report_id is None) == (self.text is None):
            raise ValueError("give exactly one of report_id and text")
        return self


QueryText = Annotated[
    str,
    Field(
        max_length=MAX_QUERY_CHARS,
        description='Words to find. `"quoted words"` must be there one after the other, `-word` must not be there. '
        '`conclusion:word` and `conclusion:"quoted words"` must be there in that section, with a hyphen before they must not; so '
        "too indication, technique, comparaison or comparison, résultats or results, in any case and without accents. A report in "
        "which no such section was found holds nothing in it. In texts of several lines or over 300 characters nothing is an operator.",
    ),
]


class SearchRequest(Schema):
    """A search by text, by a report to resemble, or by both; with neither, the filtered reports, newest first.

    degraded_ok: in mode semantic, answer by meaning alone, without counts, while the full text cannot be reached; what asks
    for words (phrases, exclusions, sections, denials, findings) still needs it.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "text": "embolie pulmonaire bilatérale",
                    "filters": {"modalities": ["CT"], "date_from": "2020-01-01"},
                    "mode": "hybrid",
                    "limit": 10,
                },
                {"text": "embolie -conclusion:embolie", "mode": "lexical"},
                {"like": {"report_id": "6f1c9d0e5b7a4c3d8e2f1a0b9c8d7e6f"}, "limit": 20},
            ]
        },
    )

    text: QueryText | None = None
    like: Like | None = None
    filters: FilterSchema = FilterSchema()
    mode: SearchMode = SearchMode.HYBRID
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = 0
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = 10
    degraded_ok: bool = False


class Span(Schema):
    """Characters `start` to `end` (exclusive) of a report's text."""

    start: int
    end: int


class ExamSchema(Schema):
    """What is known of the exam and the patient."""

    modality: Modality | None
    regions: list[BodyRegion]
    sex: Sex
    age: int | None
    exam_date: dt.date | None
    site: str | None
    language: str


class SectionSchema(Span):
    """A part of the report's text."""

    kind: SectionKind


class SignalSchema(Schema):
    """How one signal saw a hit. `contribution`: its share of the final score; shares of a hit add up to its score."""

    score: float | None
    rank: int | None
    contribution: float


class PassageSchema(Span):
    """A piece of the report worth showing, with the words of the query marked by their position in the whole text."""

    section: SectionKind
    text: str
    highlights: list[Span]


class FindingSchema(Span):
    """A mention of a finding and what the report says of it. sizes in millimetres, largest first."""

    concept: str
    label_fr: str
    label_en: str
    assertion: Assertion
    laterality: Laterality
    site: str | None
    sizes_mm: list[float]
    prior_mm: list[float]
    change: Change | None
    section: SectionKind


class HitSchema(Schema):
    """A report found, and why."""

    report_id: str
    rank: int
    score: float
    exam: ExamSchema
    lexical: SignalSchema
    semantic: SignalSchema
    matched_words: list[str]
    """Words of the query that the report contains, as typed in the query."""
    closest_section: SectionKind | None
    """The section whose passage is nearest in meaning; null without a semantic signal."""
    contradicts: bool
    """Whether the report affirms what the query denies; such reports are ranked last."""
    passages: list[PassageSchema]
    matched_findings: list[FindingSchema] = []
    """The findings that meet the filters on findings; none without such filters."""


class FacetValue(Schema):
    """How many reports of the set have a value."""

    value: str
    count: int


class SearchResponse(Schema):
    """Hits, and exact counts of the filtered boolean set, which do not depend on the ranking.

    total: reports that pass the filters and hold every quoted phrase, what sections must hold, and nothing that is excluded.
    containing_all_words: those of them that contain every word of the query; null without words.
    degraded: what is down, where the request allows that; nothing is counted then, and total is null.
    """

    hits: list[HitSchema]
    total: int | None
    containing_all_words: int | None
    degraded: str | None = None
    facets: dict[FacetName, list[FacetValue]]
    mode: SearchMode
    took_ms: float


class FacetsRequest(Schema):
    """The set to count: filters, and what a text says must be there or not: phrases, words of sections, excluded words."""

    text: QueryText | None = None
    filters: FilterSchema = FilterSchema()


class FacetsResponse(Schema):
    """Exact counts of a set. Facet `year`: exam year; `age`: decades, by their first year ("60" is 60-69).

    Facet `finding`: reports that state it, or a kind of it, as present, by the concept's id; the fifty most frequent.
    """

    total: int
    facets: dict[FacetName, list[FacetValue]]


class ReportSchema(Schema):
    """A whole report."""

    report_id: str
    text: str
    sections: list[SectionSchema]
    findings: list[FindingSchema] = []
    exam: ExamSchema
    related_report_ids: list[str]
    """Other reports of the same patient, oldest first."""


class HighlightRequest(Schema):
    """The query whose words are to be marked in a report."""

    text: QueryText


class HighlightResponse(Schema):
    """Where the query's words stand in the report's whole text, in order, not overlapping."""

    highlights: list[Span]


class HealthSchema(Schema):
    """`ready` only when every store is open and verified, `degraded` when one that was has gone; `detail` says which."""

    status: str
    reports: int | None = None
    encoder: str | None = None
    snapshot: str | None = None
    detail: str | None = None


class ErrorDetail(Schema):
    """What went wrong: a code for programs, a sentence for people."""

    code: str
    message: str


class ErrorSchema(Schema):
    """The one error body of the API."""

    error: ErrorDetail


class ConceptSchema(Schema):
    """A finding of the lexicon. wording: what of it matches the words asked for; null where it was asked for by id."""

    id: str
    label_fr: str
    label_en: str
    region: BodyRegion | None
    side: Sidedness
    wording: str | None = None


class ConceptsRequest(Schema):
    """What was typed of a finding's label or synonym: beginnings of words. In a body, since addresses are logged."""

    words: Annotated[str, Field(max_length=80)]
    limit: Annotated[int, Field(ge=1, le=50)] = 12


class ConceptsResponse(Schema):
    """Findings of the lexicon, best match first."""

    concepts: list[ConceptSchema]


class ConceptDetailSchema(ConceptSchema):
    """All that the lexicon says of a finding. parents, children: ids of what it is a kind of, and of its kinds."""

    words_fr: list[str]
    words_en: list[str]
    parents: list[str]
    children: list[str]
    cim10: list[str]
    radlex: str | None

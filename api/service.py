"""From a request to a response: questions asked of the stores, answers shaped for the wire. No HTTP here."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from api.away import FullTextAway
from api.engine import OpenStores
from api.findings import finding_schema, matched, to_clauses
from api.highlights import best_passages, matched_words, spans_of
from api.query import ParsedQuery, parse_pasted, parse_query
from api.retrieval import DEPTH, Found, Question, search
from api.schemas import (
    MAX_FACET_VALUES,
    ExamSchema,
    FacetName,
    FacetsRequest,
    FacetsResponse,
    FacetValue,
    FilterSchema,
    FindingSchema,
    HitSchema,
    Like,
    PassageSchema,
    ReportSchema,
    SearchMode,
    SearchRequest,
    SearchResponse,
    SectionSchema,
    SignalSchema,
    Span,
)
from indexer.errors import QueryError, UnknownReport
from indexer.language.concepts import Lexicon
from indexer.report import ExamMetadata, Report
from indexer.stores.filters import Filters
from indexer.stores.text.base import Facet, TextQuery

_BY_COUNT = (Facet.MODALITY, Facet.REGION, Facet.SEX, Facet.SITE, Facet.FINDING)


def run_search(request: SearchRequest, stores: OpenStores) -> SearchResponse:
    """Answer a search. Raises QueryError, UnknownReport."""
    started = time.perf_counter()
    filters = to_filters(request.filters, stores.lexicon)
    text = parse_query(request.text) if request.text and request.text.strip() else None
    stated = text.lexical if text else TextQuery()
    hits = _hits(request, text, filters, stores)
    counted = text is not None and not text.describes and bool(stated.terms)
    degraded = None
    total = containing = None
    facets: dict[FacetName, list[FacetValue]] = {}
    try:
        total = stores.text.count(stated, filters)
        containing = stores.text.count(stated, filters, all_terms=True) if counted else None
        facets = _facets(stated, filters, stores)
    except FullTextAway as exc:
        if not (request.degraded_ok and request.mode is SearchMode.SEMANTIC):
            raise
        total = containing = None
        degraded = str(exc)
    return SearchResponse(
        hits=hits,
        total=total,
        containing_all_words=containing,
        facets=facets,
        mode=request.mode,
        took_ms=round((time.perf_counter() - started) * 1000, 1),
        degraded=degraded,
    )


def run_facets(request: FacetsRequest, stores: OpenStores) -> FacetsResponse:
    """Count the set that a search would rank."""
    stated = parse_query(request.text).lexical if request.text and request.text.strip() else TextQuery()
    filters = to_filters(request.filters, stores.lexicon)
    return FacetsResponse(total=stores.text.count(stated, filters), facets=_facets(stated, filters, stores))


def read_report(report_id: str, stores: OpenStores) -> ReportSchema:
    """A whole report. Raises UnknownReport."""
    report = _report(report_id, stores)
    related = stores.catalog.reports.patient_reports(report.patient_key) if report.patient_key else []
    return ReportSchema(
        report_id=report.report_id,
        text=report.text,
        sections=[SectionSchema(kind=s.kind, start=s.start, end=s.end) for s in report.sections],
        findings=[finding_schema(f, stores.lexicon) for f in report.findings],
        exam=_exam(report.metadata),
        related_report_ids=[r for r in related if r != report_id],
    )


def highlight(report_id: str, text: str, stores: OpenStores) -> list[Span]:
    """Where a query's words stand in a report. Raises UnknownReport, QueryError."""
    report = _report(report_id, stores)
    return [Span(start=start, end=end) for start, end in spans_of(report.text, parse_query(text).lexical)]


def to_filters(schema: FilterSchema, lexicon: Lexicon) -> Filters:
    """The wire's filters as the stores take them. Raises QueryError for an unknown finding."""
    return Filters(
        modalities=frozenset(schema.modalities),
        regions=frozenset(schema.regions),
        sexes=frozenset(schema.sexes),
        sites=frozenset(schema.sites),
        age_min=schema.age_min,
        age_max=schema.age_max,
        date_from=schema.date_from,
        date_to=schema.date_to,
        findings=to_clauses(schema.findings, lexicon),
    )


def _report(report_id: str, stores: OpenStores) -> Report:
    report = stores.catalog.reports.get([report_id]).get(report_id)
    if report is None:
        raise UnknownReport("no report with that id is in the index; it may have been deleted or indexed anew")
    return report


@dataclass(frozen=True, slots=True)
class _Resembled:
    query: ParsedQuery
    itself: frozenset[str]


def _resembled(like: Like | None, stores: OpenStores) -> _Resembled | None:
    if like is None:
        return None
    if like.report_id is not None:
        return _Resembled(parse_pasted(_report(like.report_id, stores).text), frozenset({like.report_id}))
    if not like.text or not like.text.strip():
        raise QueryError("the pasted report is empty; paste its text")
    return _Resembled(parse_pasted(like.text), frozenset())


def _hits(request: SearchRequest, text: ParsedQuery | None, filters: Filters, stores: OpenStores) -> list[HitSchema]:
    like = _resembled(request.like, stores)
    ranked_by_words = text is not None and bool(text.lexical.terms)
    if like is None and not ranked_by_words:
        stated = text.lexical if text else TextQuery()
        return _newest(request, stated, filters, stores)
    if request.offset + request.limit > DEPTH:
        raise QueryError(f"a ranking is {DEPTH} reports deep; narrow the search with filters instead of paging on")
    question = Question(
        text,
        like.query if like else None,
        filters,
        request.mode,
        like.itself if like else frozenset(),
    )
    found = search(question, stores.text, stores.vectors, stores.encoder)
    page = found[request.offset : request.offset + request.limit]
    reports = stores.catalog.reports.get([f.ranked.report_id for f in page])
    return [
        _hit(f, rank, reports[f.ranked.report_id], text, _matched(reports[f.ranked.report_id], filters, stores))
        for rank, f in enumerate(page, start=request.offset + 1)
        if f.ranked.report_id in reports
    ]


def _newest(request: SearchRequest, stated: TextQuery, filters: Filters, stores: OpenStores) -> list[HitSchema]:
    ids = stores.text.newest(stated, filters, request.offset, request.limit)
    reports = stores.catalog.reports.get(ids)
    nothing = SignalSchema(score=None, rank=None, contribution=0.0)
    return [
        HitSchema(
            report_id=report_id,
            rank=rank,
            score=0.0,
            exam=_exam(reports[report_id].metadata),
            lexical=nothing,
            semantic=nothing,
            matched_words=[],
            closest_section=None,
            contradicts=False,
            passages=_passages(reports[report_id], stated, None),
            matched_findings=_matched(reports[report_id], filters, stores),
        )
        for rank, report_id in enumerate(ids, start=request.offset + 1)
        if report_id in reports
    ]


def _matched(report: Report, filters: Filters, stores: OpenStores) -> list[FindingSchema]:
    if not filters.findings:
        return []
    return [finding_schema(f, stores.lexicon) for f in matched(report.findings, filters.findings, stores.lexicon)]


def _hit(found: Found, rank: int, report: Report, text: ParsedQuery | None, findings: list[FindingSchema]) -> HitSchema:
    """text: the typed query, whose words are marked; of a report to resemble nearly every word would be."""
    similar = found.similarity
    return HitSchema(
        report_id=report.report_id,
        rank=rank,
        score=round(found.ranked.score, 4),
        exam=_exam(report.metadata),
        lexical=SignalSchema(score=found.lexical, rank=found.lexical_rank, contribution=round(found.ranked.lexical, 4)),
        semantic=SignalSchema(
            score=found.semantic_score, rank=found.semantic_rank, contribution=round(found.ranked.semantic, 4)
        ),
        matched_words=matched_words(text.text, report.text) if text else [],
        closest_section=similar.section if similar else None,
        contradicts=found.contradicts,
        passages=_passages(
            report, text.lexical if text else TextQuery(), (similar.start, similar.end) if similar else None
        ),
        matched_findings=findings,
    )


def _passages(report: Report, query: TextQuery, closest: tuple[int, int] | None) -> list[PassageSchema]:
    return [
        PassageSchema(
            start=shown.start,
            end=shown.end,
            section=shown.section,
            text=report.text[shown.start : shown.end],
            highlights=[Span(start=start, end=end) for start, end in shown.highlights],
        )
        for shown in best_passages(report, query, closest)
    ]


def _exam(metadata: ExamMetadata) -> ExamSchema:
    return ExamSchema(
        modality=metadata.modality,
        regions=list(metadata.regions),
        sex=metadata.sex,
        age=metadata.age,
        exam_date=metadata.exam_date,
        site=metadata.site,
        language=metadata.language,
    )


def _facets(query: TextQuery, filters: Filters, stores: OpenStores) -> dict[FacetName, list[FacetValue]]:
    counted = stores.text.facets(query, filters)
    return {FacetName(facet.value): _values(facet, counts) for facet, counts in counted.items()}


def _values(facet: Facet, counts: dict[str, int]) -> list[FacetValue]:
    """Categories by count, years and ages in their own order."""
    by_count: Sequence[tuple[str, int]] = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ordered = by_count if facet in _BY_COUNT else sorted(counts.items(), key=lambda item: int(item[0]))
    shown = ordered[:MAX_FACET_VALUES] if facet is Facet.FINDING else ordered
    return [FacetValue(value=value, count=count) for value, count in shown]

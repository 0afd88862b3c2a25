"""A small real HTTP server that keeps the API's contract over a dozen invented reports, ranking by shared words."""

import contextlib
import logging
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from api.review_schemas import DecisionRequest, DecisionResponse, HeldListSchema, HeldRecordSchema
from api.schemas import (
    ConceptsRequest,
    ConceptsResponse,
    ErrorDetail,
    ErrorSchema,
    ExamSchema,
    FacetName,
    FacetsRequest,
    FacetsResponse,
    FacetValue,
    FilterSchema,
    HealthSchema,
    HighlightRequest,
    HighlightResponse,
    HitSchema,
    PassageSchema,
    ReportSchema,
    SearchMode,
    SearchRequest,
    SearchResponse,
    SignalSchema,
    Span,
)
from indexer.report import SectionKind
from indexer.stores.filters import Filters

from .held_records import HELD, Fault
from .reports import REPORTS
from .stated import accepted, affirmed, concepts, matched, named, unknown_concepts

app = FastAPI()
AWAY = "the full text cannot be reached: OpenSearch at http://127.0.0.1:9200 does not answer"


class FullText:
    """Whether the full text is there."""

    away = False


class Unknown(Exception):
    pass


class Unready(Exception):
    pass


class FullTextAway(Exception):
    pass


class UnknownConcept(Exception):
    pass


class Faulty(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


@app.exception_handler(Faulty)
def _faulty(_request: Request, exc: Faulty) -> JSONResponse:
    body = ErrorSchema(error=ErrorDetail(code=exc.fault.code, message=exc.fault.message))
    return JSONResponse(body.model_dump(), status_code=exc.fault.status)


@app.exception_handler(Unknown)
def _unknown(_request: Request, _exc: Unknown) -> JSONResponse:
    body = ErrorSchema(error=ErrorDetail(code="unknown_report", message="no such report is in the index"))
    return JSONResponse(body.model_dump(), status_code=404)


@app.exception_handler(UnknownConcept)
def _unknown_concept(_request: Request, _exc: UnknownConcept) -> JSONResponse:
    body = ErrorSchema(error=ErrorDetail(code="bad_query", message="Le lexique n'a pas cette constatation."))
    return JSONResponse(body.model_dump(), status_code=422)


@app.exception_handler(Unready)
def _unready(_request: Request, _exc: Unready) -> JSONResponse:
    body = ErrorSchema(error=ErrorDetail(code="not_ready", message="L'instantané des vecteurs est abîmé."))
    return JSONResponse(body.model_dump(), status_code=503)


@app.exception_handler(FullTextAway)
def _full_text_away(_request: Request, _exc: FullTextAway) -> JSONResponse:
    body = ErrorSchema(error=ErrorDetail(code="full_text_away", message=AWAY))
    return JSONResponse(body.model_dump(), status_code=503)


@app.post("/v1/search")
def search(request: SearchRequest) -> SearchResponse:
    if request.text == "panne":
        raise Unready
    if FullText.away and not _by_meaning_alone(request):
        raise FullTextAway
    wanted, excluded, phrases = _parse(request.text or "")
    kept = [r for r in _filtered(request.filters) if _boolean(r, excluded, phrases)]
    liked = _text_to_resemble(request)
    if request.like and request.like.report_id:
        kept_to_rank = [r for r in kept if r.report_id != request.like.report_id]
    else:
        kept_to_rank = kept
    ranked = sorted(kept_to_rank, key=lambda r: (-_score(r, wanted, liked), -r.exam.exam_date.toordinal()))
    if wanted and request.mode is SearchMode.LEXICAL:
        ranked = [r for r in ranked if _words_in(r, wanted)]
    page = ranked[request.offset : request.offset + request.limit]
    if FullText.away:
        hits = [_hit(r, request.offset + n, [], "x", request.filters) for n, r in enumerate(page, 1)]
        nothing = {"total": None, "containing_all_words": None, "facets": {}}
        return SearchResponse(hits=hits, **nothing, mode=request.mode, took_ms=9.0, degraded=AWAY)
    return SearchResponse(
        hits=[_hit(r, request.offset + n, wanted, liked, request.filters) for n, r in enumerate(page, 1)],
        total=len(kept),
        containing_all_words=sum(len(_words_in(r, wanted)) == len(wanted) for r in kept) if wanted else None,
        facets=_count(kept),
        mode=request.mode,
        took_ms=12.4,
    )


@app.post("/v1/facets")
def facets(request: FacetsRequest) -> FacetsResponse:
    if FullText.away:
        raise FullTextAway
    _wanted, excluded, phrases = _parse(request.text or "")
    kept = [r for r in _filtered(request.filters) if _boolean(r, excluded, phrases)]
    return FacetsResponse(total=len(kept), facets=_count(kept))


@app.get("/v1/reports/{report_id}")
def report(report_id: str) -> ReportSchema:
    return _by_id(report_id)


@app.post("/v1/reports/{report_id}/highlights")
def highlights(report_id: str, request: HighlightRequest) -> HighlightResponse:
    found = _by_id(report_id)
    return HighlightResponse(highlights=_spans(found.text, _parse(request.text)[0], 0))


@app.post("/v1/concepts/search")
def find_concepts(request: ConceptsRequest) -> ConceptsResponse:
    return concepts(request.words, request.limit)


@app.get("/v1/concepts")
def concepts_named(ids: str) -> ConceptsResponse:
    return named(ids)


@app.get("/v1/health/ready")
def ready() -> HealthSchema:
    return HealthSchema(status="ready", reports=len(REPORTS), encoder="multilingual-e5-small", snapshot="000003")


@app.get("/v1/quarantine")
def held(offset: int = 0, limit: int = 20) -> HeldListSchema:
    HELD.asked.append("list")
    return HELD.page(offset, limit)


@app.get("/v1/quarantine/{number}")
def held_record(number: int) -> HeldRecordSchema:
    if number not in HELD.records:
        raise Unknown
    return HELD.records[number]


@app.post("/v1/quarantine/{number}/decision")
def decision(number: int, request: DecisionRequest) -> DecisionResponse:
    if HELD.fault:
        raise Faulty(HELD.fault)
    if number not in HELD.records:
        raise Unknown
    return HELD.decide(number, request)


def _by_meaning_alone(request: SearchRequest) -> bool:
    _wanted, excluded, phrases = _parse(request.text or "")
    for_words = excluded or phrases or request.filters.findings
    meant = request.degraded_ok and request.mode is SearchMode.SEMANTIC and (request.text or request.like)
    return bool(meant and not for_words)


def _by_id(report_id: str) -> ReportSchema:
    for found in REPORTS:
        if found.report_id == report_id:
            return found
    raise Unknown


def _parse(text: str) -> tuple[list[str], list[str], list[str]]:
    phrases = re.findall(r'"([^"]+)"', text)
    words = re.findall(r"(?<!\S)-?\w{3,}", text.replace('"', " "))
    return [w for w in words if w[0] != "-"], [w[1:] for w in words if w[0] == "-"], phrases


def _filtered(filters: FilterSchema) -> list[ReportSchema]:
    wanted = Filters(
        modalities=frozenset(filters.modalities),
        regions=frozenset(filters.regions),
        sexes=frozenset(filters.sexes),
        sites=frozenset(filters.sites),
        age_min=filters.age_min,
        age_max=filters.age_max,
        date_from=filters.date_from,
        date_to=filters.date_to,
    )
    if unknown_concepts(filters):
        raise UnknownConcept
    return [r for r in REPORTS if wanted.accepts(r.exam) and accepted(r, filters)]


def _boolean(found: ReportSchema, excluded: list[str], phrases: list[str]) -> bool:
    text = found.text.lower()
    return not any(w.lower() in text for w in excluded) and all(p.lower() in text for p in phrases)


def _text_to_resemble(request: SearchRequest) -> str:
    if request.like is None:
        return ""
    return _by_id(request.like.report_id).text if request.like.report_id else (request.like.text or "")


def _words_in(found: ReportSchema, words: list[str]) -> list[str]:
    return [w for w in words if w.lower() in found.text.lower()]


def _score(found: ReportSchema, wanted: list[str], liked: str) -> float:
    common = set(re.findall(r"\w{5,}", liked.lower())) & set(re.findall(r"\w{5,}", found.text.lower()))
    return len(_words_in(found, wanted)) + len(common) / 10


def _spans(text: str, words: list[str], offset: int) -> list[Span]:
    found = {(m.start(), m.end()) for w in words for m in re.finditer(re.escape(w), text, re.IGNORECASE)}
    return [Span(start=offset + start, end=offset + end) for start, end in sorted(found)]


def _hit(found: ReportSchema, rank: int, wanted: list[str], liked: str, filters: FilterSchema) -> HitSchema:
    words = _words_in(found, wanted)
    by_words, by_meaning = 0.6 * len(words), 0.4 if wanted or liked else 0.0
    passages = [
        PassageSchema(
            section=s.kind,
            start=s.start,
            end=s.end,
            text=found.text[s.start : s.end],
            highlights=_spans(found.text[s.start : s.end], wanted, s.start),
        )
        for s in reversed(found.sections)
    ]
    telling = [p for p in passages if p.highlights] or passages[:1]
    return HitSchema(
        report_id=found.report_id,
        rank=rank,
        score=by_words + by_meaning,
        exam=found.exam,
        lexical=SignalSchema(score=None, rank=rank if words else None, contribution=by_words),
        semantic=SignalSchema(score=None, rank=rank if by_meaning else None, contribution=by_meaning),
        matched_words=words,
        closest_section=SectionKind.CONCLUSION if by_meaning else None,
        contradicts="sans" in wanted and "embolie" in wanted and "Embolie pulmonaire bilatérale" in found.text,
        passages=telling[:3],
        matched_findings=matched(found, filters),
    )


_VALUES: dict[FacetName, Callable[[ExamSchema], list[str]]] = {
    FacetName.MODALITY: lambda exam: [str(exam.modality)],
    FacetName.REGION: lambda exam: [str(region) for region in exam.regions],
    FacetName.SEX: lambda exam: [str(exam.sex)],
    FacetName.SITE: lambda exam: [str(exam.site)],
    FacetName.YEAR: lambda exam: [str(exam.exam_date.year)] if exam.exam_date else [],
    FacetName.AGE: lambda exam: [str(exam.age // 10 * 10)] if exam.age is not None else [],
}


def _count(kept: list[ReportSchema]) -> dict[FacetName, list[FacetValue]]:
    counted = {name: Counter(v for r in kept for v in values(r.exam)) for name, values in _VALUES.items()}
    findings = Counter(concept for r in kept for concept in sorted(affirmed(r)))
    both = {**counted, FacetName.FINDING: findings}
    return {name: [FacetValue(value=v, count=n) for v, n in c.most_common()] for name, c in both.items()}


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The stand-in's address, on a free loopback port, as long as the context lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        logging.getLogger("uvicorn.access").disabled = True  # Streamlit reopens it; what is tested is the client's log
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(timeout=10)

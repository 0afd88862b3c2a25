"""What the front end knows of the API is what the API says, though neither imports the other."""

import ast
from enum import StrEnum
from pathlib import Path

import pytest

import search_app
from api import review_schemas, schemas
from indexer import report as domain
from indexer.stores.catalog import base as catalog
from search_app import answers, review, state, vocabulary, waiting
from search_app.client import NewDecision, Question
from search_app.findings import MAX_ROWS, MAX_SIZE, FindingRow, Join, Status
from search_app.state import Filters

SOURCES = sorted(Path(search_app.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_front_end_imports_nothing_from_the_other_side(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name for name in imported if name.split(".")[0] in {"indexer", "api"}} == set()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (vocabulary.Modality, domain.Modality),
        (vocabulary.Region, domain.BodyRegion),
        (vocabulary.Sex, domain.Sex),
        (vocabulary.SectionKind, domain.SectionKind),
        (vocabulary.Assertion, domain.Assertion),
        (vocabulary.Laterality, domain.Laterality),
        (vocabulary.Change, domain.Change),
        (vocabulary.Mode, schemas.SearchMode),
        (vocabulary.Facet, schemas.FacetName),
        (vocabulary.IdentifierCategory, domain.IdentifierCategory),
        (vocabulary.Policy, domain.Policy),
        (vocabulary.QuarantineReason, catalog.QuarantineReason),
        (vocabulary.Verdict, catalog.Verdict),
    ],
)
def test_closed_choices_are_those_of_the_api(ours: type[StrEnum], theirs: type[StrEnum]) -> None:
    assert {c.value for c in ours} == {c.value for c in theirs}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (answers.Exam, schemas.ExamSchema),
        (answers.Section, schemas.SectionSchema),
        (answers.Finding, schemas.FindingSchema),
        (answers.Concept, schemas.ConceptSchema),
        (answers.Concepts, schemas.ConceptsResponse),
        (answers.Signal, schemas.SignalSchema),
        (answers.Passage, schemas.PassageSchema),
        (answers.Hit, schemas.HitSchema),
        (answers.Found, schemas.SearchResponse),
        (answers.Counted, schemas.FacetsResponse),
        (answers.Report, schemas.ReportSchema),
        (answers.Highlights, schemas.HighlightResponse),
        (answers.Health, schemas.HealthSchema),
        (answers.Held, review_schemas.HeldSchema),
        (answers.HeldList, review_schemas.HeldListSchema),
        (answers.Identifier, review_schemas.IdentifierSchema),
        (answers.Decision, review_schemas.DecisionSchema),
        (answers.HeldRecord, review_schemas.HeldRecordSchema),
        (answers.Decided, review_schemas.DecisionResponse),
    ],
)
def test_every_field_that_the_front_end_reads_is_one_of_the_api(
    ours: type[answers.Answer], theirs: type[schemas.Schema]
) -> None:
    assert set(ours.model_fields) <= set(theirs.model_fields)


def test_the_fullest_question_is_a_request_that_the_api_takes() -> None:
    filters = Filters(modalities=(vocabulary.Modality.CT,), regions=(vocabulary.Region.HEAD,), sites=("A",), age_max=40)
    body = Question(text="x", like_text="y", filters=filters, offset=20, limit=5).body()
    request = schemas.SearchRequest.model_validate(body)
    assert request.filters.modalities == [domain.Modality.CT]
    assert request.like == schemas.Like(text="y")


def test_the_fullest_findings_are_clauses_that_the_api_takes() -> None:
    rows = (
        FindingRow("cyst", status=Status.ANY, side=domain.Laterality.LEFT, size_min=0.0, size_max=MAX_SIZE),
        *(FindingRow("cyst", Join.OR, status) for status in Status),
        *(FindingRow("cyst", Join.NOT) for _ in range(MAX_ROWS - len(Status) - 1)),
    )
    assert len(rows) == MAX_ROWS
    request = schemas.SearchRequest.model_validate(Question(filters=Filters(findings=rows)).body())
    assert [len(clause.any_of) for clause in request.filters.findings] == [len(Status) + 1] + [1] * 11
    assert request.filters.findings[0].any_of[0].size_max == MAX_SIZE
    separate = Filters(findings=tuple(FindingRow("cyst") for _ in range(MAX_ROWS)))
    assert len(schemas.FilterSchema.model_validate(separate.body()).findings) == MAX_ROWS


@pytest.mark.parametrize("verdict", vocabulary.Verdict)
def test_the_longest_decision_is_one_that_the_api_takes(verdict: vocabulary.Verdict) -> None:
    body = NewDecision(verdict, "w" * review.MAX_WHO, "y" * review.MAX_WHY).body()
    assert review_schemas.DecisionRequest.model_validate(body).verdict == verdict


def test_a_page_of_the_queue_and_its_neighbours_are_no_more_than_the_api_serves() -> None:
    assert waiting.PAGE_SIZE + 2 <= schemas.MAX_LIMIT


def test_the_last_page_is_the_last_that_the_api_serves() -> None:
    assert (state.MAX_PAGE - 1) * 10 == schemas.MAX_OFFSET

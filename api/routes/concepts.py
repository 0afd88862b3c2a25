"""The lexicon's findings: looked up by their words, by id."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import LexiconDep
from api.findings import concept_detail, find_concepts, named_concepts
from api.schemas import ConceptDetailSchema, ConceptsRequest, ConceptsResponse

router = APIRouter(prefix="/concepts", tags=["concepts"])

Ids = Annotated[str, Query(max_length=4000, description="Ids, separated by commas.")]


@router.post("/search")
def post_concepts_search(request: ConceptsRequest, lexicon: LexiconDep) -> ConceptsResponse:
    """Findings that words may name; accents do not matter."""
    return ConceptsResponse(concepts=find_concepts(request.words, request.limit, lexicon))


@router.get("")
def get_concepts(lexicon: LexiconDep, ids: Ids) -> ConceptsResponse:
    """Findings with some ids, in their order; unknown ones are left out."""
    return ConceptsResponse(concepts=named_concepts(ids.split(","), lexicon))


@router.get("/{concept_id}")
def get_concept(
    concept_id: Annotated[str, Path(pattern="^[a-z][a-z0-9_]*$", max_length=80)], lexicon: LexiconDep
) -> ConceptDetailSchema:
    """All that the lexicon says of a finding."""
    return concept_detail(concept_id, lexicon)

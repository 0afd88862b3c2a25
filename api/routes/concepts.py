"""The lexicon's findings: looked up by their words, by id."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import LexiconDep
from api.findings import concept_detail, find_concepts, named_concepts
from api.schemas import ConceptDetailSchema, ConceptsResponse

router = APIRouter(prefix="/concepts", tags=["concepts"])

Words = Annotated[str | None, Query(max_length=80, description="Beginnings of words of a label or synonym.")]
Ids = Annotated[str | None, Query(max_length=4000, description="Ids, separated by commas, instead.")]
Limit = Annotated[int, Query(ge=1, le=50)]


@router.get("")
def get_concepts(lexicon: LexiconDep, q: Words = None, ids: Ids = None, limit: Limit = 12) -> ConceptsResponse:
    """Findings that words may name, or those with some ids; accents do not matter."""
    found = named_concepts(ids.split(","), lexicon) if ids else find_concepts(q or "", limit, lexicon)
    return ConceptsResponse(concepts=found)


@router.get("/{concept_id}")
def get_concept(
    concept_id: Annotated[str, Path(pattern="^[a-z][a-z0-9_]*$", max_length=80)], lexicon: LexiconDep
) -> ConceptDetailSchema:
    """All that the lexicon says of a finding."""
    return concept_detail(concept_id, lexicon)

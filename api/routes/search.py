"""Search and counts."""

from fastapi import APIRouter

from api.deps import Stores
from api.schemas import FacetsRequest, FacetsResponse, SearchRequest, SearchResponse
from api.service import run_facets, run_search

router = APIRouter(tags=["search"])

# Plain functions: FastAPI runs them in its thread pool, so that encoding and FAISS never hold the event loop.


@router.post("/search")
def post_search(request: SearchRequest, stores: Stores) -> SearchResponse:
    """Find reports by text, by a report to resemble, or by both."""
    return run_search(request, stores)


@router.post("/facets")
def post_facets(request: FacetsRequest, stores: Stores) -> FacetsResponse:
    """Count the reports of a set by modality, region, sex, site, year and age."""
    return run_facets(request, stores)

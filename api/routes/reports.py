"""Reports by id."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.deps import Stores
from api.schemas import HighlightRequest, HighlightResponse, ReportSchema
from api.service import highlight, read_report

router = APIRouter(prefix="/reports", tags=["reports"])

ReportId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="A report's pseudonym.")]


@router.get("/{report_id}")
def get_report(report_id: ReportId, stores: Stores) -> ReportSchema:
    """A whole report with its sections."""
    return read_report(report_id, stores)


@router.post("/{report_id}/highlights")
def post_highlights(report_id: ReportId, request: HighlightRequest, stores: Stores) -> HighlightResponse:
    """Where the words of a query stand in a report; the query travels in the body, never in the address."""
    return HighlightResponse(highlights=highlight(report_id, request.text, stores))

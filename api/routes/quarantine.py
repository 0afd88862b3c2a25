"""What the gate held back, and the decisions on it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.deps import EngineDep, Stores
from api.review import decide, record, waiting
from api.review_schemas import DecisionRequest, DecisionResponse, HeldListSchema, HeldRecordSchema
from api.schemas import MAX_LIMIT

router = APIRouter(prefix="/quarantine", tags=["quarantine"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="A record's number in the quarantine.")]


@router.get("")
def get_held(
    engine: EngineDep,
    stores: Stores,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 20,
) -> HeldListSchema:
    """The records that wait for a decision, oldest first, without their texts."""
    return waiting(stores, engine.settings, offset, limit)


@router.get("/{number}")
def get_record(number: Number, stores: Stores) -> HeldRecordSchema:
    """One record with its text and what was found in it."""
    return record(stores, number)


@router.post("/{number}/decision")
def post_decision(number: Number, request: DecisionRequest, engine: EngineDep) -> DecisionResponse:
    """Release a record, which indexes it as it is, or reject it."""
    return decide(engine, number, request)

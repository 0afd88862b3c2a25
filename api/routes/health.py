"""Whether the API is alive, and whether it is ready to answer."""

from fastapi import APIRouter, Response

from api.deps import EngineDep
from api.schemas import HealthSchema
from indexer.errors import StoreUnavailable

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
def get_live() -> HealthSchema:
    """The process answers."""
    return HealthSchema(status="live")


@router.get("/ready")
def get_ready(engine: EngineDep, response: Response) -> HealthSchema:
    """Every store is open and verified; 503 with the reason until then."""
    try:
        stores = engine.stores
    except StoreUnavailable as exc:
        response.status_code = 503
        return HealthSchema(status="not ready", detail=str(exc))
    if engine.trouble is not None:
        response.status_code = 503
        return HealthSchema(status="degraded", detail=engine.trouble)
    return HealthSchema(
        status="ready",
        reports=stores.catalog.counts().total,
        encoder=stores.encoder.identity.name,
        snapshot=stores.vectors.state if stores.vectors else None,
    )

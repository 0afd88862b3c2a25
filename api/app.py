"""The HTTP application: routes, one error body for everything, and nothing of a request in any log."""

import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.away import FullTextAway
from api.engine import Engine
from api.routes import concepts, health, quarantine, reports, search
from api.schemas import ErrorDetail, ErrorSchema
from indexer.errors import DecidedAlready, InputError, RadiothequeError, SettingsError, StoreLocked, UnknownReport
from indexer.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_log = logging.getLogger(__name__)


def create_app(settings: Settings) -> FastAPI:
    """The application over a data folder; its stores open in the background when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.engine = Engine(settings)
        app.state.engine.start()
        yield
        app.state.engine.stop()

    app = FastAPI(
        title="Radiothèque",
        version="1",
        summary="Search of radiology reports",
        lifespan=lifespan,
        docs_url=None,  # the interactive page would load scripts from outside
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        responses={status: {"model": ErrorSchema} for status in (400, 404, 409, 422, 500, 503)},
    )
    # A page of another site that makes a browser ask a loopback address (DNS rebinding) is refused by its host name.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "[::1]"])
    app.add_middleware(_Contained)
    for router in (search.router, reports.router, concepts.router, quarantine.router, health.router):
        app.include_router(router, prefix="/v1")
    app.add_exception_handler(RadiothequeError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    return app


def check_host(host: str) -> None:
    """Refuse to listen beyond this machine. Raises SettingsError."""
    if host not in LOOPBACK:
        raise SettingsError(
            f"the API listens on the loopback address only ({', '.join(LOOPBACK)}) until authentication is configured, "
            "which this version does not have; unset RADIOTHEQUE_API_HOST"
        )


def _body(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse(ErrorSchema(error=ErrorDetail(code=code, message=message)).model_dump(), status)


_CODES: dict[type[RadiothequeError], tuple[int, str]] = {
    UnknownReport: (404, "unknown_report"),
    DecidedAlready: (409, "decided_already"),
    InputError: (400, "bad_request"),
    StoreLocked: (503, "locked"),
    FullTextAway: (503, "full_text_away"),
}
"""Status and code of an error, the first kind that it is."""


async def _known(_request: Request, exc: Exception) -> JSONResponse:
    status, code = next((said for kind, said in _CODES.items() if isinstance(exc, kind)), (503, "unavailable"))
    return _body(status, code, str(exc))


async def _invalid(_request: Request, exc: Exception) -> JSONResponse:
    """Which fields are wrong and why; never the values, which may be a patient's."""
    faults = exc.errors() if isinstance(exc, RequestValidationError) else []
    told = "; ".join(f"{'.'.join(str(part) for part in fault['loc'][1:])}: {fault['msg']}" for fault in faults)
    return _body(422, "invalid_request", told or "the request cannot be read")


async def _http(_request: Request, exc: Exception) -> JSONResponse:
    status = exc.status_code if isinstance(exc, HTTPException) else 500
    return _body(status, "http_error", str(exc.detail) if isinstance(exc, HTTPException) else "error")


class _Contained:
    """The outermost middleware: an unexpected error becomes a 500 here.

    Further out, Starlette would raise it again, and the server print it with its text, which may be a patient's.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as exc:  # noqa: BLE001 (whatever it is)
            place = traceback.extract_tb(exc.__traceback__)[-1]
            _log.error("unexpected error: %s at %s:%s", type(exc).__name__, place.filename, place.lineno)
            if not begun:
                await _body(500, "internal_error", "an unexpected error occurred; it is in the API's log")(
                    scope, receive, send
                )

"""The one HTTP client of the API.

    ApiFault
    ├── ApiDown        nothing answers there, or not in time
    └── ApiRefused     it answered, with an error or with something that cannot be read

No error has a query, a report id or report text; httpx's log of addresses, which have report ids, is turned off.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlencode

import httpx
from pydantic import BaseModel, ValidationError

from search_app.answers import (
    Answer,
    Concepts,
    Counted,
    Decided,
    Found,
    Health,
    HeldList,
    HeldRecord,
    Highlights,
    Report,
    Span,
)
from search_app.settings import AppSettings
from search_app.state import Filters
from search_app.vocabulary import Mode, Verdict

logging.getLogger("httpx").setLevel(logging.WARNING)

_Answer = TypeVar("_Answer", bound=Answer)


class DownReason(StrEnum):
    """Why the API cannot be heard."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"


class ApiFault(Exception):
    """Base of what can go wrong between the front end and the API."""


class ApiDown(ApiFault):
    """Nothing answers at the API's address, or not in time."""

    def __init__(self, reason: DownReason, address: str) -> None:
        super().__init__(f"the API at {address}: {reason}")
        self.reason = reason
        self.address = address


class ApiRefused(ApiFault):
    """The API answered with an error; `message` is its own sentence for people, empty if it gave none."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"the API refused ({status}, {code}): {message}")
        self.status = status
        self.code = code
        self.message = message

    @property
    def not_found(self) -> bool:
        """Whether what was asked for is not in the index."""
        return self.status == HTTPStatus.NOT_FOUND

    @property
    def full_text_away(self) -> bool:
        """Whether only the full text cannot be reached: search by meaning may go on."""
        return self.code == "full_text_away"

    @property
    def not_ready(self) -> bool:
        """Whether the API runs but cannot answer yet, or not any more."""
        return self.status == HTTPStatus.SERVICE_UNAVAILABLE


class _Detail(BaseModel):
    code: str
    message: str


class _ErrorBody(BaseModel):
    error: _Detail


@dataclass(frozen=True, slots=True)
class Question:
    """What to search: words, or a report to resemble (one of the index or a pasted text), or both; else the newest.

    degraded_ok: by meaning alone will do while the full text is away; holds in mode semantic.
    """

    text: str | None = field(default=None, repr=False)
    like_id: str | None = field(default=None, repr=False)
    like_text: str | None = field(default=None, repr=False)
    filters: Filters = field(default_factory=Filters)
    mode: Mode = Mode.HYBRID
    offset: int = 0
    limit: int = 10
    degraded_ok: bool = False

    @property
    def has_meaning(self) -> bool:
        """Whether there is something to compare by meaning."""
        return bool(self.text or self.like_id or self.like_text)

    def by_meaning_alone(self) -> Self:
        """The same, without the full text."""
        return replace(self, mode=Mode.SEMANTIC, degraded_ok=True)

    def body(self) -> dict[str, Any]:
        """The JSON of a search request; a report of the index goes before a pasted text."""
        body: dict[str, Any] = {
            "text": self.text or None,
            "filters": self.filters.body(),
            "mode": self.mode,
            "offset": self.offset,
            "limit": self.limit,
            "degraded_ok": self.degraded_ok,
        }
        if self.like_id:
            body["like"] = {"report_id": self.like_id}
        elif self.like_text:
            body["like"] = {"text": self.like_text}
        return body


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision to be recorded: who decides, and why."""

    verdict: Verdict
    who: str = field(repr=False)
    why: str = field(repr=False)

    def body(self) -> dict[str, Any]:
        """The JSON of the API's decision."""
        return {"verdict": self.verdict, "who": self.who, "why": self.why}


class Client:
    """Asks the API; every method raises ApiDown or ApiRefused and nothing else. Safe to share between threads."""

    def __init__(self, settings: AppSettings) -> None:
        self._address = settings.api_url
        self._http = httpx.Client(base_url=settings.api_url, timeout=settings.app_timeout_seconds, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connections."""
        self._http.close()

    def search(self, question: Question) -> Found:
        """One page of ranked reports and the exact counts of the set."""
        return self._ask(Found, "POST", "/v1/search", question.body())

    def facets(self, filters: Filters, text: str | None = None) -> Counted:
        """Exact counts of a set."""
        return self._ask(Counted, "POST", "/v1/facets", {"text": text or None, "filters": filters.body()})

    def report(self, report_id: str) -> Report:
        """A whole report."""
        return self._ask(Report, "GET", f"/v1/reports/{quote(report_id, safe='')}")

    def highlights(self, report_id: str, text: str) -> tuple[Span, ...]:
        """Where the words of a query stand in a report."""
        path = f"/v1/reports/{quote(report_id, safe='')}/highlights"
        return self._ask(Highlights, "POST", path, {"text": text}).highlights

    def concepts(self, words: str, limit: int = 12) -> Concepts:
        """The findings that words may name, best match first."""
        return self._ask(Concepts, "POST", "/v1/concepts/search", {"words": words, "limit": limit})

    def concepts_named(self, ids: Iterable[str]) -> Concepts:
        """The findings with these ids; unknown ones are left out."""
        return self._ask(Concepts, "GET", f"/v1/concepts?{urlencode({'ids': ','.join(ids)})}")

    def health(self) -> Health:
        """Whether every store is open, and with what encoder and snapshot."""
        return self._ask(Health, "GET", "/v1/health/ready")

    def held(self, offset: int = 0, limit: int = 20) -> HeldList:
        """The records that the gate held back and that wait for a decision, from `offset` on."""
        return self._ask(HeldList, "GET", f"/v1/quarantine?offset={offset}&limit={limit}")

    def held_record(self, number: int) -> HeldRecord:
        """A held-back record with its text, decided on or not."""
        return self._ask(HeldRecord, "GET", f"/v1/quarantine/{number}")

    def decide(self, number: int, decision: NewDecision) -> Decided:
        """Record a decision; a released record is indexed before the answer comes."""
        return self._ask(Decided, "POST", f"/v1/quarantine/{number}/decision", decision.body())

    def _ask(self, kind: type[_Answer], method: str, path: str, body: dict[str, Any] | None = None) -> _Answer:
        try:
            response = self._http.request(method, path, json=body)
        except httpx.TimeoutException:
            raise ApiDown(DownReason.TIMEOUT, self._address) from None  # httpx's message may have the path
        except (httpx.HTTPError, httpx.InvalidURL):
            raise ApiDown(DownReason.UNREACHABLE, self._address) from None
        if not response.is_success:
            raise _refusal(response)
        try:
            return kind.model_validate_json(response.content)
        except ValidationError as exc:
            raise ApiRefused(response.status_code, "unreadable_answer", "") from exc


def _refusal(response: httpx.Response) -> ApiRefused:
    try:
        detail = _ErrorBody.model_validate_json(response.content).error
    except ValidationError:
        return ApiRefused(response.status_code, "no_error_body", "")
    return ApiRefused(response.status_code, detail.code, detail.message)

"""The application without stores: one error body, schemas that refuse what they do not know, loopback only."""

import logging

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api.app import LOOPBACK, check_host, create_app
from api.away import FullTextAway
from api.deps import get_stores
from api.schemas import FilterSchema, Like, SearchRequest
from indexer.errors import DecidedAlready, QueryError, SettingsError, StoreDamaged, StoreLocked, UnknownReport
from indexer.settings import Settings

MARKER = "zqxmarkervtk"


@pytest.fixture
def app(tmp_path):
    """The application over an empty folder; `/v1/raise` raises what a test puts there."""
    made = create_app(Settings(data_dir=tmp_path / "none", encoder=str(tmp_path / "no-model")))
    router = APIRouter()
    made.state.fault = None

    @router.get("/v1/raise")
    def fail() -> None:
        raise made.state.fault

    made.include_router(router)
    return made


@pytest.fixture
def client(app):
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as running:
        yield running


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (UnknownReport("no such report"), 404, "unknown_report"),
        (QueryError("no word to search for"), 400, "bad_request"),
        (StoreDamaged("a file is damaged"), 503, "unavailable"),
        (DecidedAlready("it is indexed by now"), 409, "decided_already"),
        (StoreLocked("another process writes"), 503, "locked"),
        (FullTextAway("the full text cannot be reached"), 503, "full_text_away"),
    ],
)
def test_an_error_raised_on_purpose_has_a_status_and_its_sentence(app, client, fault, status, code):
    app.state.fault = fault
    response = client.get("/v1/raise")
    assert response.status_code == status
    assert response.json() == {"error": {"code": code, "message": str(fault)}}


def test_an_unexpected_error_never_tells_its_text(app, client, caplog):
    app.state.fault = RuntimeError(MARKER)
    with caplog.at_level(logging.DEBUG):
        response = client.get("/v1/raise")
    assert response.status_code == 500
    assert response.json()["error"] == {
        "code": "internal_error",
        "message": "an unexpected error occurred; it is in the API's log",
    }
    assert "unexpected error: RuntimeError" in caplog.text
    assert MARKER not in "".join(record.getMessage() for record in caplog.records)


def test_an_unknown_address_and_method_have_the_same_body(client):
    for response, status in ((client.get("/v1/none"), 404), (client.put("/v1/search"), 405)):
        assert response.status_code == status
        assert response.json()["error"]["code"] == "http_error"


def test_wrong_values_are_named_by_field_and_never_repeated(app, client):
    app.dependency_overrides[get_stores] = lambda: None
    body = {"mode": MARKER, "limit": MARKER, "filters": {"modalities": [MARKER], "date_to": MARKER}}
    response = client.post("/v1/search", json=body)
    assert response.status_code == 422
    message = response.json()["error"]["message"]
    assert [fault.partition(": ")[0] for fault in message.split("; ")] == [
        "filters.modalities.0",
        "filters.date_to",
        "mode",
        "limit",
    ]
    assert MARKER not in response.text


def test_it_is_alive_and_not_ready_without_an_index(client):
    assert client.get("/v1/health/live").json()["status"] == "live"
    ready = client.get("/v1/health/ready")
    assert ready.status_code == 503
    assert ready.json()["status"] == "not ready"
    assert ready.json()["detail"]


def test_another_host_name_is_refused(client):
    assert client.get("/v1/health/live", headers={"host": "evil.example"}).status_code == 400


def test_no_interactive_page_loads_scripts_from_outside(client):
    assert {client.get(path).status_code for path in ("/docs", "/redoc", "/v1/docs")} == {404}


@pytest.mark.parametrize("host", LOOPBACK)
def test_the_loopback_addresses_are_allowed(host):
    check_host(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "localhost.example"])  # noqa: S104 (what must be refused)
def test_any_other_address_is_refused(host):
    with pytest.raises(SettingsError, match="loopback address only"):
        check_host(host)


@pytest.mark.parametrize(("report_id", "text"), [(None, None), ("0" * 32, "texte")])
def test_like_takes_exactly_one_of_its_two(report_id, text):
    with pytest.raises(ValidationError, match="give exactly one of report_id and text"):
        Like(report_id=report_id, text=text)


def test_unknown_fields_are_an_error_in_every_schema():
    for schema in (SearchRequest, FilterSchema, Like):
        with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
            schema.model_validate({"text": "x", "unknown": 1})


def test_an_empty_request_asks_for_the_ten_newest():
    request = SearchRequest()
    assert (request.text, request.like, request.offset, request.limit, request.mode.value) == (
        None,
        None,
        0,
        10,
        "hybrid",
    )
    assert request.filters == FilterSchema()


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"limit": 101}, {"offset": -1}, {"offset": 9_901}, {"text": "x" * 20_001}], ids=str
)
def test_every_bound_is_kept(wrong):
    with pytest.raises(ValidationError, match=r"Input should be|String should have"):
        SearchRequest.model_validate(wrong)


def test_the_bounds_themselves_are_allowed():
    request = SearchRequest(limit=100, offset=9_900, text="x" * 20_000)
    assert (request.limit, request.offset) == (100, 9_900)

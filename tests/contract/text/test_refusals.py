"""Reports that a real server refuses for what they are, and what becomes of the others."""

import dataclasses
import logging
from collections.abc import Callable
from contextlib import closing

import pytest

from indexer.errors import ReportsRefused, StoreUnavailable
from indexer.report import Assertion, Finding, Laterality, Report, SectionKind
from indexer.settings import Settings
from indexer.stores import opensearch_bulk
from indexer.stores.text.opensearch import OpenSearchEngine
from tests.contract.text.engines import ANY, NO_FILTER, Backend, asking, found, numbers, only, write
from tests.rig.opensearch import OpenSearchServer
from tests.unit.indexer.stores.reports import make_report, report_id

pytestmark = only(Backend.OPENSEARCH)

LIMIT = "index.mapping.nested_objects.limit"
MARKER = "zzmarqueurzz"
KIND = "mapper_parsing_exception"


def with_findings(number: int, count: int, text: str = "Kyste du rein.") -> Report:
    stated = (Assertion.PRESENT, Laterality.NONE, SectionKind.RESULTS, 0, 1, None)
    return dataclasses.replace(
        make_report(number, text), findings=tuple(Finding(f"finding_{n}", *stated) for n in range(count))
    )


@pytest.fixture
def settings(new_settings: Callable[..., Settings]) -> Settings:
    return new_settings()


@pytest.fixture
def narrow(settings: Settings, opensearch_server: OpenSearchServer) -> OpenSearchEngine:
    """A full text of three reports, which takes no report of more than two findings from now on."""
    engine = OpenSearchEngine(settings)
    with closing(engine.open(make=True)) as store:
        write(store, [make_report(n, "Ancien kyste.") for n in range(3)])
    opensearch_server.request("PUT", f"/{settings.opensearch_index}-text/_settings", {LIMIT: 2})
    return engine


def test_all_others_are_written_and_of_a_refused_report_no_earlier_form_is_left(narrow: OpenSearchEngine) -> None:
    with closing(narrow.open(make=True)) as store:
        with pytest.raises(ReportsRefused, match=rf"refused 2 reports \(2 {KIND}\); all others are written") as caught:
            write(store, [with_findings(n, 3 if n in (1, 5) else 2) for n in range(1, 7)], removed=[report_id(0)])
        assert caught.value.kinds == {report_id(1): KIND, report_id(5): KIND}
        assert numbers(sorted(found(store, asking("kyste rein")))) == [2, 3, 4, 6]
        assert {int(held, 16) for held, _ in store.fingerprints()} == {2, 3, 4, 6}
        write(store, [with_findings(5, 2)])
        assert store.count(ANY, NO_FILTER) == 5


def test_requests_that_follow_a_refusal_are_sent(narrow: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opensearch_bulk, "REQUEST_BYTES", 1)
    with closing(narrow.open(make=True)) as store:
        with pytest.raises(ReportsRefused, match="refused 2 reports"):
            write(store, [with_findings(n, 3 if n in (3, 5) else 1) for n in range(3, 8)])
        assert {int(held, 16) for held, _ in store.fingerprints()} == {0, 1, 2, 4, 6, 7}


def test_a_filling_with_refusals_is_ended_as_any_other(settings: Settings, opensearch_server: OpenSearchServer) -> None:
    live = f"{settings.opensearch_index}-text"
    engine = OpenSearchEngine(settings)
    with closing(engine.open(make=True)) as store:
        opensearch_server.request("PUT", f"/{live}/_settings", {LIMIT: 2})
        with pytest.raises(ReportsRefused, match="refused 1 reports"):
            write(store, [with_findings(1, 3), with_findings(2, 1)])
        write(store, [with_findings(3, 1)])
    (index,) = opensearch_server.request("GET", f"/{live}/_settings").values()
    assert "refresh_interval" not in index["settings"]["index"]
    with closing(engine.open()) as store:
        assert numbers(sorted(found(store, asking("kyste")))) == [2, 3]


def test_an_index_made_anew_says_at_each_write_what_it_refuses(
    narrow: OpenSearchEngine, settings: Settings, opensearch_server: OpenSearchServer
) -> None:
    with narrow.fresh() as store:
        opensearch_server.request("PUT", f"/{settings.opensearch_index}-text-000002/_settings", {LIMIT: 2})
        with pytest.raises(ReportsRefused, match="refused 1 reports"):
            write(store, [with_findings(1, 3), with_findings(2, 2)])
        write(store, [with_findings(3, 2)])
    with closing(narrow.open()) as store:
        assert {int(held, 16) for held, _ in store.fingerprints()} == {2, 3}


def test_a_closed_index_refuses_no_report(
    narrow: OpenSearchEngine, settings: Settings, opensearch_server: OpenSearchServer
) -> None:
    live = f"{settings.opensearch_index}-text"
    with closing(narrow.open(make=True)) as store:
        opensearch_server.request("POST", f"/{live}/_close")
        with pytest.raises(StoreUnavailable, match="the index is closed; open it, then run this again"):
            write(store, [with_findings(4, 1)])
        opensearch_server.request("POST", f"/{live}/_open?wait_for_active_shards=1")
        write(store, [with_findings(4, 1)])
        assert store.count(ANY, NO_FILTER) == 4


def test_nothing_of_a_refused_report_is_logged_or_said(
    narrow: OpenSearchEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with closing(narrow.open(make=True)) as store, pytest.raises(ReportsRefused, match="refused 1 reports") as caught:
        write(store, [with_findings(77, 3, f"Kyste {MARKER}.")])
    for said in (str(caught.value), repr(caught.value), caplog.text):
        assert MARKER not in said
        assert report_id(77) not in said

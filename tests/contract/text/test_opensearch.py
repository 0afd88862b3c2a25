"""What only the cluster has: its wire, what it refuses, how it is filled, and names that must not meet."""

import logging
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from indexer.errors import SettingsError, StorageFull, StoreDamaged, StoreError, StoreUnavailable
from indexer.settings import Settings
from indexer.stores import opensearch_bulk
from indexer.stores.opensearch import Server
from indexer.stores.text import opensearch, opensearch_mapping
from indexer.stores.text.base import TextQuery
from indexer.stores.text.opensearch import OpenSearchEngine
from tests.contract.text.engines import ANY, NO_FILTER, Backend, asking, found, numbers, only, phrase, write
from tests.rig.opensearch import OpenSearchServer
from tests.rig.ports import free_port
from tests.rig.proxy import Proxy, certificate, proxied
from tests.unit.indexer.stores.reports import make_report

pytestmark = only(Backend.OPENSEARCH)

MARKER = "zzmarqueurzz"
NewSettings = Callable[..., Settings]


@pytest.fixture
def settings(new_settings: NewSettings) -> Settings:
    return new_settings()


@pytest.fixture
def made(settings: Settings) -> OpenSearchEngine:
    """A full text with three reports."""
    engine = OpenSearchEngine(settings)
    with closing(engine.open(make=True)) as store:
        write(store, [make_report(n, "Kyste du rein.") for n in range(3)])
    return engine


@pytest.fixture
def proxy(opensearch_server: OpenSearchServer) -> Iterator[Proxy]:
    with proxied(opensearch_server.http_port) as found:
        yield found


def live(settings: Settings) -> str:
    return f"{settings.opensearch_index}-text"


def own(server: OpenSearchServer, settings: Settings) -> dict[str, set[str]]:
    """The indices of these settings, with their aliases."""
    found = server.request("GET", f"/{live(settings)}-0*/_alias")
    return {name: set(index["aliases"]) for name, index in found.items()}


def setting(server: OpenSearchServer, settings: Settings, name: str) -> str | None:
    (index,) = server.request("GET", f"/{live(settings)}/_settings").values()
    value: str | None = index["settings"]["index"].get(name)
    return value


class TestWire:
    def test_a_server_that_is_away_is_said_with_its_address_and_then_at_once(self, settings: Settings) -> None:
        nowhere = settings.model_copy(update={"opensearch_url": f"http://127.0.0.1:{free_port()}"})
        server = Server(nowhere, patience=0.3)
        for _ in range(3):
            with pytest.raises(
                StoreUnavailable, match=r"at http://127\.0\.0\.1:\d+ does not answer; check that it runs"
            ):
                server.ask("GET", "/")
        with (
            mock.patch("time.sleep", side_effect=AssertionError("waits")),
            pytest.raises(StoreUnavailable, match="did not answer the last requests"),
        ):
            server.ask("GET", "/")
        server.close()

    def test_one_that_comes_back_is_asked_again(self, settings: Settings, proxy: Proxy) -> None:
        server = Server(settings.model_copy(update={"opensearch_url": proxy.url}), patience=0.01)
        proxy.cut()
        for _ in range(4):
            with pytest.raises(StoreUnavailable, match="OpenSearch at "):
                server.ask("GET", "/")
        proxy.mend()
        with mock.patch("indexer.stores.opensearch.time.monotonic", return_value=1e9):
            assert server.ask("GET", "/")["version"]["distribution"] == "opensearch"
        assert server.ask("GET", "/")["version"]["distribution"] == "opensearch"
        server.close()

    def test_another_node_is_asked_where_one_is_away(
        self, settings: Settings, opensearch_server: OpenSearchServer
    ) -> None:
        url = f"http://127.0.0.1:{free_port()},{opensearch_server.url}"
        server = Server(settings.model_copy(update={"opensearch_url": url}), patience=5.0)
        assert [server.ask("GET", "/")["version"]["distribution"] for _ in range(5)] == ["opensearch"] * 5
        server.close()

    def test_user_password_and_certificate_travel_encrypted_and_the_server_is_verified(
        self, settings: Settings, opensearch_server: OpenSearchServer, tmp_path: Path
    ) -> None:
        mine, key = certificate(tmp_path, "server")
        client, client_key = certificate(tmp_path, "client")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(client))
        context.load_cert_chain(mine, key)
        context.verify_mode = ssl.CERT_REQUIRED
        secret = tmp_path / "password"
        secret.write_text(f"{MARKER}\n")
        with proxied(opensearch_server.http_port, context) as proxy:
            stated: dict[str, Any] = {
                "opensearch_url": proxy.url,
                "opensearch_user": "radiotheque",
                "opensearch_password_file": secret,
                "opensearch_client_certificate": client,
                "opensearch_client_key": client_key,
                "opensearch_ca_bundle": mine,
            }
            engine = OpenSearchEngine(settings.model_copy(update=stated))
            with closing(engine.open(make=True)) as store:
                write(store, [make_report(1, "Kyste.")])
            with closing(engine.open()) as store:
                assert numbers(found(store, asking("kyste"))) == [1]
            assert b"Authorization: Basic " in bytes(proxy.received).title()
            assert MARKER.encode() not in proxy.received
            unknown = settings.model_copy(update={**stated, "opensearch_ca_bundle": client})
            with pytest.raises(
                StoreUnavailable, match="does not prove who it is; see RADIOTHEQUE_OPENSEARCH_CA_BUNDLE"
            ):
                OpenSearchEngine(unknown).open()

    def test_a_file_that_cannot_be_read_is_named(self, settings: Settings, tmp_path: Path) -> None:
        stated = {"opensearch_user": "me", "opensearch_password_file": tmp_path / "none"}
        with pytest.raises(SettingsError, match="none, which the settings for OpenSearch name, cannot be read"):
            OpenSearchEngine(settings.model_copy(update=stated)).open()
        with pytest.raises(SettingsError, match="without RADIOTHEQUE_OPENSEARCH_PASSWORD_FILE"):
            OpenSearchEngine(settings.model_copy(update={"opensearch_user": "me"})).open()

    def test_nothing_of_a_query_or_report_is_logged_or_said(
        self, made: OpenSearchEngine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        caplog.set_level(logging.DEBUG)
        for name in ("opensearch", "opensearchpy.trace", "urllib3"):
            logger = logging.getLogger(name)
            monkeypatch.setattr(logger, "propagate", True)
            logger.addHandler(caplog.handler)
        with closing(made.open(make=True)) as store:
            write(store, [make_report(9, f"Kyste {MARKER}.")])
            assert numbers(found(store, asking(MARKER))) == [9]
            assert store.count(phrase(f"kyste {MARKER}"), NO_FILTER) == 1
            monkeypatch.setattr(opensearch_mapping, "exam_numbers", lambda _report: [("age", MARKER)])
            with pytest.raises(StoreError, match=r"refused 1 reports \(1 mapper_parsing_exception\)") as caught:
                write(store, [make_report(10, MARKER)])
            bad = {"query": {"term": {"body": [MARKER]}}}
            with pytest.raises(StoreError, match=r"refused a request \(status 400") as also:
                Server(made._settings).ask("POST", "/_search", bad)
        for name in ("opensearch", "opensearchpy.trace", "urllib3"):
            logging.getLogger(name).removeHandler(caplog.handler)
        assert "_bulk" in caplog.text  # the wire's own log was listened to
        for said in (caplog.text, str(caught.value), str(also.value)):
            assert MARKER not in said
        for error in (caught.value, also.value):
            assert error.__cause__ is None
            assert error.__context__ is None or error.__suppress_context__


class TestFilling:
    def test_an_index_is_not_refreshed_nor_copied_while_it_is_filled_first(
        self, settings: Settings, opensearch_server: OpenSearchServer
    ) -> None:
        engine = OpenSearchEngine(settings)
        with closing(engine.open(make=True)) as store:
            assert setting(opensearch_server, settings, "refresh_interval") == "-1"
            assert setting(opensearch_server, settings, "number_of_replicas") == "0"
            write(store, [make_report(1)])
            with closing(engine.open()) as reader:
                assert reader.count(ANY, NO_FILTER) == 0
        assert setting(opensearch_server, settings, "refresh_interval") is None
        assert setting(opensearch_server, settings, "auto_expand_replicas") == "0-1"
        with closing(engine.open()) as reader:
            assert reader.count(ANY, NO_FILTER) == 1

    def test_a_filling_that_died_is_ended_by_the_next_writer(
        self, settings: Settings, opensearch_server: OpenSearchServer
    ) -> None:
        engine = OpenSearchEngine(settings)
        write(engine.open(make=True), [make_report(1)])  # never closed, as if killed
        assert setting(opensearch_server, settings, "refresh_interval") == "-1"
        engine.open().close()
        assert setting(opensearch_server, settings, "refresh_interval") == "-1"
        with closing(engine.open(make=True)) as store:
            assert setting(opensearch_server, settings, "refresh_interval") is None
            assert setting(opensearch_server, settings, "auto_expand_replicas") == "0-1"
            assert store.count(ANY, NO_FILTER) == 1

    def test_what_a_rebuild_that_died_has_left_goes_with_the_next_one(
        self, made: OpenSearchEngine, settings: Settings, opensearch_server: OpenSearchServer
    ) -> None:
        first, second = f"{live(settings)}-000001", f"{live(settings)}-000002"
        made._indices().make(made._body, live=False)  # and nobody comes back to it
        assert set(own(opensearch_server, settings)) == {first, second}
        with made.fresh() as store:
            write(store, [make_report(7)])
        third = {f"{live(settings)}-000002": {live(settings)}}
        assert own(opensearch_server, settings) == {first: {f"{live(settings)}-previous"}, **third}
        assert setting(opensearch_server, settings, "refresh_interval") is None
        with made.fresh() as store:
            write(store, [make_report(8)])
        assert first not in own(opensearch_server, settings)
        with closing(made.open()) as store:
            assert numbers(store.newest(ANY, NO_FILTER, 0, 9)) == [8]

    def test_a_large_write_goes_in_requests_of_the_stated_size(
        self, settings: Settings, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(opensearch_bulk, "REQUEST_BYTES", 20_000)
        engine = OpenSearchEngine(settings.model_copy(update={"opensearch_url": proxy.url}))
        with closing(engine.open(make=True)) as store:
            proxy.received.clear()
            write(store, [make_report(n, "Kyste du rein. " * 20) for n in range(100)])
            heads = re.findall(rb"POST \S+/_bulk\S* HTTP.*?content-length: (\d+)", bytes(proxy.received), re.S | re.I)
            sizes = [int(size) for size in heads]
            assert len(sizes) > 5
            assert all(20_000 <= size < 23_000 for size in sizes[:-1])
            store.refresh()
            assert store.count(ANY, NO_FILTER) == 100


class TestRefusals:
    def test_a_read_only_index_is_said_and_taken_up_again_when_the_block_is_lifted(
        self, made: OpenSearchEngine, settings: Settings, opensearch_server: OpenSearchServer
    ) -> None:
        path = f"/{live(settings)}/_settings"
        with closing(made.open(make=True)) as store:
            opensearch_server.request("PUT", path, {"index.blocks.read_only": True})
            with pytest.raises(StoreUnavailable, match="takes no writing: the index is set read-only; lift the block"):
                write(store, [make_report(9)])
            opensearch_server.request("PUT", path, {"index.blocks.read_only": None})
            write(store, [make_report(9)])
            assert store.count(ANY, NO_FILTER) == 4

    def test_a_full_disk_of_the_server_is_said_and_searches_go_on(
        self, made: OpenSearchEngine, settings: Settings, opensearch_server: OpenSearchServer
    ) -> None:
        path = f"/{live(settings)}/_settings"
        with closing(made.open(make=True)) as store:
            opensearch_server.request("PUT", path, {"index.blocks.read_only_allow_delete": True})
            with pytest.raises(StorageFull, match="its disk is full; free space there, and run the same command again"):
                write(store, [make_report(9)])
            assert store.count(ANY, NO_FILTER) == 3
            opensearch_server.request("PUT", path, {"index.blocks.read_only_allow_delete": None})
            write(store, [make_report(9)])
            assert store.count(ANY, NO_FILTER) == 4

    def test_an_index_that_is_deleted_is_missing_and_is_not_made_by_a_write(
        self, made: OpenSearchEngine, settings: Settings, opensearch_server: OpenSearchServer
    ) -> None:
        with closing(made.open(make=True)) as store:
            assert store.count(ANY, NO_FILTER) == 3
            opensearch_server.request("DELETE", f"/{live(settings)}-0*")
            with pytest.raises(StoreUnavailable, match="is missing; mend it with: radiotheque repair"):
                store.count(ANY, NO_FILTER)
            with pytest.raises(StoreUnavailable, match="has lost an index; mend it with: radiotheque repair"):
                write(store, [make_report(9)])
        assert own(opensearch_server, settings) == {}

    def test_an_index_of_another_version_is_made_anew(
        self, made: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(opensearch, "VERSION", opensearch_mapping.VERSION + 1)
        for make in (True, False):
            with pytest.raises(StoreDamaged, match="radiotheque rebuild --store text"):
                made.open(make=make)

    def test_what_cannot_be_stored_whole_is_cut_and_refuses_no_report(self, made: OpenSearchEngine) -> None:
        word = "x" * 40_000
        with closing(made.open(make=True)) as store:
            write(store, [make_report(9, f"kyste {word} rein")])
            assert numbers(found(store, asking("kyste rein")))[0] in range(10)
            assert store.count(phrase("kyste du rein"), NO_FILTER) == 3

    def test_more_words_than_a_server_takes_still_rank(self, made: OpenSearchEngine) -> None:
        many = tuple(f"mot{n}" for n in range(3_000))
        query = TextQuery(terms=("kyst", "kyst", *many), affirmed=("kyst", "kyst", *many))
        with closing(made.open()) as store:
            assert len(found(store, query)) == 3


def test_names_that_begin_alike_do_not_meet(
    made: OpenSearchEngine, settings: Settings, opensearch_server: OpenSearchServer
) -> None:
    other = settings.model_copy(update={"opensearch_index": f"{settings.opensearch_index}-text"})
    with closing(OpenSearchEngine(other).open(make=True)) as store:
        write(store, [make_report(50)])
    with made.fresh() as store:
        write(store, [make_report(1)])
    with closing(OpenSearchEngine(other).open()) as store:
        assert numbers(store.newest(ANY, NO_FILTER, 0, 9)) == [50]


def test_a_point_in_time_that_the_server_forgot_is_taken_anew(
    made: OpenSearchEngine, opensearch_server: OpenSearchServer
) -> None:
    with closing(made.open()) as store:
        opensearch_server.request("DELETE", "/_search/point_in_time/_all")
        assert store.count(ANY, NO_FILTER) == 3
        assert len(found(store, asking("kyste"))) == 3
    assert opensearch_server.request("GET", "/_search/point_in_time/_all")["pits"] == []


def test_facets_with_more_values_than_are_counted_are_refused(
    made: OpenSearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexer.report import ExamMetadata

    monkeypatch.setattr("indexer.stores.text.opensearch_queries.MOST_VALUES", 2)
    with closing(made.open(make=True)) as store:
        write(store, [make_report(n, exam=ExamMetadata(site=f"site {n}")) for n in range(3)])
        with pytest.raises(StoreError, match="more values than can be counted exactly"):
            store.facets(ANY, NO_FILTER)

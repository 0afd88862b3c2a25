"""An index with its full text on OpenSearch: the commands, the API, and what a cluster goes through while it is used."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from indexer.encoders.sentence_transformer import load_encoder
from indexer.errors import StoreUnavailable
from indexer.pipeline import Pipeline
from indexer.settings import Settings, TextEngineName
from indexer.sources.mapping import Mapping
from indexer.sources.opening import open_source
from indexer.steps import Step
from indexer.stores.catalog.base import Store
from indexer.stores.text.base import TextStore
from indexer.workspace import open_workspace, text_engine
from tests.contract.text.engines import ANY, NO_FILTER, asking, found, write
from tests.integration import dying
from tests.integration.bench import Bench, Held, make_bench, read_jsonl, write_jsonl
from tests.integration.conftest import NewBench
from tests.integration.disturbing import index_with, repeating, until
from tests.integration.serving import serving
from tests.rig.jars import Flavour
from tests.rig.opensearch import OpenSearchCluster, OpenSearchServer, running_opensearch
from tests.rig.proxy import Proxy, proxied
from tests.unit.indexer.stores.reports import make_report

REPORTS = 40  # five batches of eight
LIVE = "integration-text"


@pytest.fixture(scope="module")
def in_a_folder(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, corpus: Path) -> Held:
    """What the stores hold after the same run with the full text in a folder."""
    bench = make_bench(tmp_path_factory.mktemp("folder") / "data", tiny_model, index_batch=8)
    assert bench.ok("index", corpus).counts() == (REPORTS, REPORTS, 0, 0)
    return bench.held()


@pytest.fixture
def proxy(opensearch: OpenSearchServer) -> Iterator[Proxy]:
    with proxied(opensearch.http_port) as found:
        yield found


@pytest.fixture
def bench(new_bench: NewBench, proxy: Proxy) -> Bench:
    """An empty data folder, and an empty cluster at the end of a wire."""
    stated = {"opensearch_url": proxy.url, "opensearch_index": "integration", "opensearch_patience_seconds": 30.0}
    return new_bench(index_batch=8, text_engine=TextEngineName.OPENSEARCH, **stated)


def resumes(bench: Bench, corpus: Path, expected: Held) -> None:
    read, indexed, unchanged, quarantined = bench.ok("index", corpus).counts()
    assert (read, indexed + unchanged, quarantined) == (REPORTS, REPORTS, 0)
    assert bench.agrees()
    assert bench.held() == expected
    assert len(bench.find("pas de fracture", "--limit", 5)) == 5


class TestCommands:
    def test_the_index_is_the_same_as_in_a_folder_and_no_folder_is_made(
        self, indexed: Bench, corpus: Path, in_a_folder: Held
    ) -> None:
        assert indexed.held() == in_a_folder
        assert not (indexed.data / "text").exists()
        assert indexed.ok("index", corpus).counts() == (REPORTS, 0, REPORTS, 0)
        assert indexed.agrees()
        assert "opensearch 3." in indexed.ok("doctor").out

    def test_a_changed_and_a_deleted_report_reach_every_store(
        self, indexed: Bench, corpus: Path, tmp_path: Path
    ) -> None:
        records = read_jsonl(corpus)
        records[5]["text"] += "\nMention ajoutée : xanthogranulome fictif."
        changed = write_jsonl(tmp_path / "changed.jsonl", records)
        assert indexed.ok("index", changed).counts() == (REPORTS, 1, REPORTS - 1, 0)
        (met,) = indexed.find('"xanthogranulome fictif"')
        indexed.ok("delete", met, "--yes")
        assert indexed.find('"xanthogranulome fictif"') == []
        assert {len(held) for held in indexed.held().values()} == {REPORTS - 1}
        assert indexed.agrees()

    def test_a_rebuild_keeps_the_index_before_and_a_rollback_brings_it_back(
        self, indexed: Bench, opensearch: OpenSearchServer, in_a_folder: Held
    ) -> None:
        doomed = sorted(in_a_folder["catalog"])[3]
        indexed.ok("rebuild", "--store", "text")
        assert set(opensearch.request("GET", f"/_alias/{LIVE}")) == {f"{LIVE}-000002"}
        indexed.ok("delete", doomed, "--yes")
        indexed.ok("rollback")
        assert set(opensearch.request("GET", f"/_alias/{LIVE}")) == {f"{LIVE}-000001"}
        assert "1 too many" in indexed.run("status").out
        assert "1 reports mended" in indexed.ok("repair").out
        assert indexed.agrees()

    def test_an_index_deleted_behind_our_back_is_said_and_repaired_from_the_catalog(
        self, indexed: Bench, opensearch: OpenSearchServer, in_a_folder: Held
    ) -> None:
        opensearch.request("DELETE", f"/{LIVE}-000001")
        outcome = indexed.run("status")
        assert outcome.code == 1
        assert "is missing; mend it with: radiotheque repair" in outcome.sentence()
        assert f"{REPORTS} reports mended" in indexed.ok("repair").out
        assert indexed.agrees()
        assert indexed.held() == in_a_folder

    def test_a_cluster_that_is_away_is_one_sentence_and_not_waited_for_long(
        self, indexed: Bench, corpus: Path, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("indexer.stores.text.opensearch.READING_PATIENCE", 0.2)
        proxy.cut()
        for command in (["status"], ["doctor"], ["index", corpus], ["repair"], ["rebuild", "--store", "text"]):
            outcome = indexed.run(*command, opensearch_patience_seconds=0.2)
            assert outcome.code == 1
            assert f"OpenSearch at {proxy.url} does not answer" in outcome.said.replace("\n", "")


@pytest.mark.slow
def test_the_demo_keeps_its_words_on_the_cluster(
    new_bench: NewBench, opensearch: OpenSearchServer, tmp_path: Path
) -> None:
    """Reports invented, indexed, served and found, and nothing of an index that the settings name is touched."""
    bench = new_bench("own", opensearch_url=opensearch.url, opensearch_index="own", api_port=0, app_port=0)
    command = [sys.executable, "-m", "api", "demo", "--engine", "opensearch", "--reports", "30"]
    environment = {**os.environ, **bench.environment(), "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [*command, "--data-dir", str(tmp_path / "demo")], stdout=subprocess.PIPE, text=True, env=environment
    ) as demo:
        printed = ""
        for line in demo.stdout or ():
            printed += line
            if "Ctrl-C" in line:
                break
        (address,) = re.findall(r"Its API: (http://127\.0\.0\.1:\d+)", printed) or [printed]
        answer = httpx.post(f"{address}/v1/search", json={"text": "fracture", "mode": "lexical"}, timeout=30)
        demo.send_signal(signal.SIGINT)
        assert demo.wait(timeout=60) == 0
    assert answer.status_code == 200
    held = opensearch.request("GET", "/_cat/indices/*-text-0*?h=index,docs.count&format=json")
    assert [index["index"].startswith("radiotheque-demo-") for index in held] == [True]
    assert answer.json()["total"] > 20
    assert not (tmp_path / "demo" / "text").exists()


class TestFaults:
    def test_killed_in_the_middle_of_a_load_and_restarted_the_next_run_finishes(
        self, bench: Bench, corpus: Path, opensearch: OpenSearchServer, in_a_folder: Held
    ) -> None:
        with pytest.raises(StoreUnavailable, match="does not answer"):
            index_with(bench, corpus, Step.CATALOG_WRITTEN, 3, opensearch.kill, opensearch_patience_seconds=0.5)
        opensearch.start()
        resumes(bench, corpus, in_a_folder)

    def test_killed_while_a_request_is_in_flight_and_restarted_the_run_goes_on(
        self, bench: Bench, corpus: Path, opensearch: OpenSearchServer, proxy: Proxy, in_a_folder: Held
    ) -> None:
        done = threading.Event()

        def kill_at_the_third_write() -> None:
            while bytes(proxy.received).count(b"_bulk?") < 3 and not done.is_set():
                time.sleep(0.001)
            opensearch.kill()
            opensearch.start()

        killer = threading.Thread(target=kill_at_the_third_write)
        killer.start()
        try:
            settings = bench.settings(opensearch_patience_seconds=120.0)
            encoder = load_encoder(settings)
            with open_workspace(settings, encoder.identity) as workspace:
                counts = Pipeline(workspace, encoder).run([open_source(corpus, Mapping.parse([]))]).counts
        finally:
            done.set()
            killer.join()
        assert (counts.read, counts.indexed) == (REPORTS, REPORTS)
        assert bench.agrees()
        assert bench.held() == in_a_folder

    def test_a_writer_killed_in_the_middle_of_a_load_is_made_good_by_the_next(
        self, bench: Bench, corpus: Path, in_a_folder: Held, opensearch: OpenSearchServer
    ) -> None:
        dying.killed(dying.index_until, bench.settings(), corpus, Step.TEXT_COMMITTED, 3)
        resumes(bench, corpus, in_a_folder)
        (index,) = opensearch.request("GET", f"/{LIVE}/_settings").values()
        assert "refresh_interval" not in index["settings"]["index"]

    def test_a_rebuild_killed_half_way_leaves_the_old_index_answering(
        self, indexed: Bench, in_a_folder: Held, opensearch: OpenSearchServer
    ) -> None:
        dying.killed(dying.rebuild_until_batch, indexed.settings(), Store.TEXT, 3)
        assert indexed.agrees()
        assert indexed.held() == in_a_folder
        indexed.ok("rebuild", "--store", "text")
        assert indexed.held() == in_a_folder
        assert len(opensearch.request("GET", f"/{LIVE}-0*/_alias")) == 2

    def test_a_wire_that_is_cut_for_ten_seconds_is_waited_for(
        self, bench: Bench, corpus: Path, proxy: Proxy, in_a_folder: Held
    ) -> None:
        def cut() -> None:
            proxy.cut()
            threading.Timer(10.0, proxy.mend).start()

        counts = index_with(bench, corpus, Step.CATALOG_WRITTEN, 2, cut)
        assert (counts.read, counts.indexed) == (REPORTS, REPORTS)
        assert bench.agrees()
        assert bench.held() == in_a_folder

    @pytest.mark.parametrize(
        ("block", "said"),
        [
            ("index.blocks.read_only", "the index is set read-only; lift the block, then run this again"),
            (
                "index.blocks.read_only_allow_delete",
                "its disk is full; free space there, and run the same command again",
            ),
        ],
    )
    def test_a_block_is_one_sentence_and_what_is_pending_is_done_when_it_is_lifted(
        self, block: str, said: str, indexed: Bench, corpus: Path, tmp_path: Path, opensearch: OpenSearchServer
    ) -> None:
        records = read_jsonl(corpus)
        records[5]["text"] += "\nMention ajoutée : xanthogranulome fictif."
        changed = write_jsonl(tmp_path / "changed.jsonl", records)
        opensearch.request("PUT", f"/{LIVE}/_settings", {block: True})
        outcome = indexed.run("index", changed)
        assert outcome.code == 1
        assert said in outcome.sentence()
        assert indexed.find('"xanthogranulome fictif"') == []
        opensearch.request("PUT", f"/{LIVE}/_settings", {block: None})
        indexed.ok("index", changed)
        assert len(indexed.find('"xanthogranulome fictif"')) == 1
        assert indexed.agrees()

    def test_a_storm_of_writes_that_the_server_refuses_loses_nothing(self, tmp_path: Path) -> None:
        narrow = {"thread_pool.write.size": 1, "thread_pool.write.queue_size": 1}
        with running_opensearch(Flavour.PLAIN, narrow) as server, ExitStack() as closing_all:
            settings = _cluster_settings(tmp_path, server.url)
            engine = text_engine(settings)
            engine.open(make=True).close()
            stores = [closing_all.enter_context(closing(engine.open(make=True))) for _ in range(8)]
            writers = [threading.Thread(target=_write_all, args=(store, part)) for part, store in enumerate(stores)]
            for writer in writers:
                writer.start()
            for writer in writers:
                writer.join()
            pool = server.request("GET", "/_cat/thread_pool/write?h=rejected&format=json")
            assert sum(int(node["rejected"]) for node in pool) > 0
            with closing(engine.open()) as reader:
                assert reader.count(ANY, NO_FILTER) == 8 * _PART
                assert len({report_id for report_id, _ in reader.fingerprints()}) == 8 * _PART


@pytest.mark.slow
def test_no_search_fails_when_one_of_three_nodes_is_killed(
    opensearch_cluster: OpenSearchCluster, tmp_path: Path
) -> None:
    settings = _cluster_settings(tmp_path, ",".join(opensearch_cluster.urls), opensearch_shards=3)
    engine = text_engine(settings)
    with closing(engine.open(make=True)) as store:
        write(store, [make_report(n, "Kyste du rein." if n % 2 else "Foie normal.") for n in range(300)])
    opensearch_cluster.start()  # waits until every copy is there
    doomed = opensearch_cluster.manager()
    with closing(engine.open()) as reader:

        def search() -> tuple[int, int]:
            return len(found(reader, asking("kyste"))), reader.count(ANY, NO_FILTER)

        def refresh() -> None:
            reader.refresh()
            time.sleep(0.05)

        with repeating(search) as (answers, faults), repeating(refresh, threads=1) as (_, late):
            until(lambda: len(answers) >= 20)
            doomed.kill()
            before = len(answers)
            until(lambda: len(answers) >= before + 500)
    assert faults + late == []
    assert set(answers) == {(150, 300)}
    with closing(engine.open(make=True)) as store:
        write(store, [make_report(n) for n in range(300, 310)])
        assert store.count(ANY, NO_FILTER) == 310


class TestApi:
    def test_what_is_down_is_said_and_search_by_meaning_goes_on_alone_if_asked(
        self, indexed: Bench, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("indexer.stores.text.opensearch.READING_PATIENCE", 1.0)
        asked = {"text": "fracture du poignet", "mode": "semantic", "limit": 5}
        with serving(indexed.settings(snapshot_poll_seconds=1.0)) as api:
            api.ready()
            whole = api.search(**asked, degraded_ok=True)
            assert whole["degraded"] is None
            assert whole["total"] == REPORTS
            proxy.cut()
            for refused in (asked, {"text": "fracture", "mode": "hybrid"}, {}, {**asked, "degraded_ok": False}):
                response = api.post("search", **refused)
                assert (response.status_code, response.json()["error"]["code"]) == (503, "full_text_away")
                told = response.json()["error"]["message"]
                assert told.startswith(f"the full text cannot be reached: OpenSearch at {proxy.url}")
            phrase = api.post("search", text='"fracture du poignet" main', mode="semantic", degraded_ok=True)
            assert phrase.status_code == 503
            alone = api.search(**asked, degraded_ok=True)
            assert alone["hits"] == whole["hits"]
            assert (alone["total"], alone["facets"]) == (None, {})
            assert f"OpenSearch at {proxy.url}" in alone["degraded"]
            assert f"OpenSearch at {proxy.url}" in api.not_ready()
            proxy.mend()
            api.ready()
            until(lambda: api.post("search", **asked).status_code == 200)
            assert api.search(**asked)["hits"] == whole["hits"]

    def test_one_that_starts_while_the_cluster_is_away_answers_as_soon_as_it_is_back(
        self, indexed: Bench, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("indexer.stores.text.opensearch.READING_PATIENCE", 1.0)
        proxy.cut()
        with serving(indexed.settings(snapshot_poll_seconds=1.0)) as api:
            for _ in range(2):
                assert f"OpenSearch at {proxy.url}" in api.not_ready()
                refused = api.post("search", text="fracture", mode="semantic", degraded_ok=True)
                assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable")
            proxy.mend()
            assert api.ready()["reports"] == REPORTS
            assert api.search(text="fracture")["total"] == REPORTS

    def test_the_front_end_goes_on_by_meaning_alone_and_comes_back_by_itself(
        self, indexed: Bench, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("indexer.stores.text.opensearch.READING_PATIENCE", 1.0)
        with serving(indexed.settings(snapshot_poll_seconds=1.0)) as api:
            api.ready()
            proxy.cut()
            monkeypatch.setenv("RADIOTHEQUE_API_URL", f"http://127.0.0.1:{api.port}")
            app = AppTest.from_file(APP, default_timeout=60).run()
            app.text_input(key="query_box").set_value("fracture du poignet").run()
            assert f"the full text cannot be reached: OpenSearch at {proxy.url}" in _page(app)
            app.button(key="search_alone").click().run()
            assert "Recherche par le sens seulement." in _page(app)
            assert _page(app).count('class="rt-hit"') == 10
            proxy.mend()
            until(lambda: api.post("search", text="fracture").status_code == 200)
            app.run()
            assert not app.exception
            assert f"{REPORTS} comptes rendus" in _page(app)
            assert "Recherche par le sens seulement." not in _page(app)
        st.cache_resource.clear()


_PART = 120
APP = Path(__file__).parents[2] / "search_app" / "app.py"


def _page(app: AppTest) -> str:
    return "\n".join(element.value for element in app.html)


def _cluster_settings(folder: Path, url: str, **more: object) -> Settings:
    stated = {"data_dir": folder, "text_engine": TextEngineName.OPENSEARCH, "opensearch_url": url, **more}
    return Settings.model_validate(stated)


def _write_all(store: TextStore, part: int) -> None:
    for first in range(0, _PART, 20):
        write(store, [make_report(part * _PART + n) for n in range(first, first + 20)])

"""The disk of the cluster fills up: the server itself takes no more writing, and takes it again when there is room."""

from pathlib import Path

import pytest

from indexer.errors import StorageFull
from indexer.settings import TextEngineName, VectorEngineName
from indexer.steps import Step
from tests.integration.bench import Bench, make_bench, read_jsonl, write_jsonl
from tests.integration.conftest import NewBench
from tests.integration.disturbing import index_with, until
from tests.rig.opensearch import OpenSearchServer

REPORTS = 40  # five batches of eight

_DISK = "cluster.routing.allocation.disk"
_WATERMARKS = ("low", "high", "flood_stage")  # free bytes that a disk must have
_INDEX_BLOCK, _CREATE_INDEX_BLOCK = "12", "10"

pytestmark = pytest.mark.slow


@pytest.fixture
def bench(new_bench: NewBench, opensearch_knn: OpenSearchServer) -> Bench:
    """An empty data folder, whose full text and vectors are on an empty cluster."""
    stated = {"opensearch_url": opensearch_knn.url, "opensearch_patience_seconds": 30.0}
    engines = {"text_engine": TextEngineName.OPENSEARCH, "vector_engine": VectorEngineName.OPENSEARCH}
    return new_bench(index_batch=8, **engines, **stated)


def test_a_run_ends_with_one_sentence_and_the_same_command_finishes_when_there_is_room(
    bench: Bench, corpus: Path, opensearch_knn: OpenSearchServer, tmp_path: Path, tiny_model: Path
) -> None:
    in_a_folder = make_bench(tmp_path / "folder", tiny_model, index_batch=8)
    in_a_folder.ok("index", corpus)
    bench.ok("index", write_jsonl(tmp_path / "first.jsonl", read_jsonl(corpus)[:8]))
    with pytest.raises(StorageFull, match="takes no writing: its disk is full; free space there"):
        index_with(bench, corpus, Step.SETTLED, 2, lambda: fill(opensearch_knn))
    half = bench.held()
    assert 8 < len(half["text"]) < REPORTS
    assert half["text"].keys() >= half["vectors"].keys()

    full = bench.run("index", corpus)
    assert full.code == 1
    assert "takes no writing: its disk is full; free space there, and run the same command again" in full.sentence()
    for store in ("text", "vectors"):
        refused = bench.run("rebuild", "--store", store)
        assert refused.code == 1
        assert "makes no new index: its disks are nearly full" in refused.sentence()
    assert bench.held() == half
    assert bench.find("fracture", "--mode", "lexical")

    empty(opensearch_knn)
    read, indexed, unchanged, quarantined = bench.ok("index", corpus).counts()
    assert (read, indexed + unchanged, quarantined) == (REPORTS, REPORTS, 0)
    assert bench.agrees()
    assert bench.held() == in_a_folder.held()
    for store in ("text", "vectors"):
        assert opensearch_knn.request("GET", f"/radiotheque-{store}/_count")["count"] == REPORTS
        bench.ok("rebuild", "--store", store)


def fill(server: OpenSearchServer) -> None:
    """Let every disk be too full, and wait until the server has noticed."""
    _watch(server, {name: f"{9 - n}00pb" for n, name in enumerate(_WATERMARKS)})
    until(lambda: _blocks(server) == {_INDEX_BLOCK, _CREATE_INDEX_BLOCK})


def empty(server: OpenSearchServer) -> None:
    """Let every disk have room, and wait until the server has lifted its blocks."""
    _watch(server, {name: f"{3 - n}b" for n, name in enumerate(_WATERMARKS)})
    until(lambda: _blocks(server) == set())


def _watch(server: OpenSearchServer, watermarks: dict[str, str]) -> None:
    how = {"threshold_enabled": True, "reroute_interval": "1s"}  # a minute otherwise, for which indices are not made
    stated = {**how, **{f"watermark.{name}": free for name, free in watermarks.items()}}
    server.request("PUT", "/_cluster/settings", {"persistent": {f"{_DISK}.{name}": v for name, v in stated.items()}})


def _blocks(server: OpenSearchServer) -> set[str]:
    """The numbers of the blocks that the server has set on itself or on an index."""
    blocks = server.request("GET", "/_cluster/state/blocks")["blocks"]
    return set(blocks.get("global", {})).union(*blocks.get("indices", {}).values())

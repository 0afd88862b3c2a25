"""A full disk ends a run with one sentence and damages nothing; with more room the same command finishes."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.bench import Bench, make_bench
from tests.integration.serving import serving
from tests.rig.parts import missing


def _mount(*arguments: object) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a size that a test sets, in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        _mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", folder)
    except (OSError, subprocess.CalledProcessError):
        missing("a tmpfs can be mounted by root only")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _used(folder: Path) -> int:
    stat = os.statvfs(folder)
    return (stat.f_blocks - stat.f_bfree) * stat.f_frsize // 1024


@pytest.mark.parametrize("room", [0, 60, 150, 300, 600, 1200])
def test_a_full_disk_is_one_sentence_and_the_same_command_finishes_with_more_room(
    small_disk, tiny_model, elsewhere, large_corpus, corpus, room
):
    """room: KiB that are free when the second file is indexed; each small one ends the run somewhere else."""
    bench: Bench = make_bench(small_disk / "data", tiny_model, index_batch=32)
    assert bench.ok("index", corpus).counts() == (40, 40, 0, 0)
    before = bench.held()
    _mount("-o", f"remount,size={_used(small_disk) + room}k", small_disk)
    full = bench.run("index", large_corpus, "--namespace", "second")
    assert full.code in ((1, 2) if room == 0 else (1,)), full.said
    assert "space" in full.sentence()
    _mount("-o", "remount,size=128m", small_disk)
    kept = bench.held()
    assert all(before[store].items() <= kept[store].items() for store in before), "what was there is still there"
    read, indexed, unchanged, quarantined = bench.ok("index", large_corpus, "--namespace", "second").counts()
    assert (read, quarantined) == (300, 0)
    assert indexed + unchanged == 300
    assert bench.agrees()
    assert {len(held) for held in bench.held().values()} == {340}


def test_an_api_that_is_open_answers_on_a_full_disk(small_disk, tiny_model, elsewhere, corpus):
    bench = make_bench(small_disk / "data", tiny_model, index_batch=32)
    bench.ok("index", corpus)
    with serving(bench.settings()) as api:
        before = api.ready() and api.search(text="pas de fracture", limit=40)["hits"]
        assert before
        _mount("-o", f"remount,size={_used(small_disk)}k", small_disk)
        assert api.search(text="pas de fracture", limit=40)["hits"] == before
        assert api.get(f"reports/{before[0]['report_id']}").status_code == 200
        assert bench.agrees()

"""A kill at any moment costs at most the batch in flight (invariant 4), and nothing is lost (invariants 1 and 3)."""

import time
from pathlib import Path

import numpy as np
import pytest

from indexer.steps import Step
from indexer.stores.catalog.base import RunOutcome, Store
from tests.integration import dying
from tests.integration.bench import Bench, make_bench
from tests.integration.conftest import NewBench

REPORTS = 40  # five batches of eight


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, tiny_model, corpus):
    """What the stores hold after a run that nothing cut off."""
    bench = make_bench(tmp_path_factory.mktemp("undisturbed") / "data", tiny_model, index_batch=8)
    assert bench.ok("index", corpus).counts() == (REPORTS, REPORTS, 0, 0)
    held = bench.held()
    assert held["catalog"] == held["text"] == held["vectors"]
    assert len(held["catalog"]) == REPORTS
    return held


def _resumes(bench: Bench, corpus: Path, undisturbed) -> None:
    """The same command again brings everything in, the stores agree, and a search works."""
    read, indexed, unchanged, quarantined = bench.ok("index", corpus).counts()
    assert (read, quarantined) == (REPORTS, 0)
    assert indexed + unchanged == REPORTS
    assert bench.agrees()
    assert bench.held() == undisturbed
    assert bench.runs()[0].outcome is RunOutcome.FINISHED
    assert len(bench.find("pas de fracture", "--limit", 5)) == 5


@pytest.mark.parametrize("step", list(Step), ids=lambda step: step.name)
def test_a_kill_at_any_step_of_the_second_batch_is_finished_by_the_next_run(bench, corpus, undisturbed, step):
    dying.killed(dying.index_until, bench.settings(), corpus, step, 2)
    assert bench.runs()[0].outcome is RunOutcome.RUNNING
    survived = bench.held()
    assert len(survived["text"]) >= 8, "the first batch was committed before the kill"
    assert len(survived["vectors"]) >= 8
    _resumes(bench, corpus, undisturbed)
    assert bench.runs()[1].outcome is RunOutcome.INTERRUPTED


def test_what_a_kill_left_pending_is_finished_first_and_counted_unchanged(bench, corpus, undisturbed):
    dying.killed(dying.index_until, bench.settings(), corpus, Step.TEXT_COMMITTED, 2)
    again = bench.ok("index", corpus)
    assert "8 reports of an interrupted run were finished first." in again.out
    # 16 reports of two batches were in the catalog: eight settled, eight finished first.
    assert again.counts() == (REPORTS, 24, 16, 0)
    assert bench.held() == undisturbed


@pytest.mark.parametrize("step", list(Step), ids=lambda step: step.name)
def test_a_kill_at_the_very_first_batch_leaves_an_index_that_can_be_made(bench, corpus, undisturbed, step):
    dying.killed(dying.index_until, bench.settings(), corpus, step, 1)
    _resumes(bench, corpus, undisturbed)


def test_a_kill_while_encoding_loses_only_the_batch_in_flight(bench, corpus, undisturbed):
    dying.killed(dying.index_until_encoding, bench.settings(), corpus, 3)
    assert {store: len(held) for store, held in bench.held().items()} == {"catalog": 16, "text": 16, "vectors": 16}
    assert bench.agrees()
    _resumes(bench, corpus, undisturbed)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_kill_from_outside_at_a_random_moment_is_finished_by_the_next_run(bench, corpus, undisturbed, seed):
    moment = np.random.default_rng(seed).uniform(0.0, 0.5)
    process = dying.started(dying.index, bench.settings(index_batch=2), corpus)
    deadline = time.monotonic() + 60
    while not (bench.data / "vectors" / "CURRENT").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(moment)
    process.kill()
    process.join(10)
    _resumes(bench, corpus, undisturbed)


@pytest.mark.parametrize("store", list(Store))
def test_a_rebuild_killed_half_way_leaves_the_old_store_in_use(indexed, undisturbed, store):
    dying.killed(dying.rebuild_until_batch, indexed.settings(), store, 3)
    assert indexed.agrees()
    assert indexed.held() == undisturbed
    indexed.ok("rebuild", "--store", store.value)
    assert indexed.agrees()
    assert indexed.held() == undisturbed


@pytest.mark.parametrize("store", list(Store))
def test_a_rebuild_killed_between_the_two_renames_is_mended_by_the_next_writer(indexed, corpus, undisturbed, store):
    dying.killed(dying.rebuild_until_exchange, indexed.settings(), store)
    _resumes(indexed, corpus, undisturbed)
    indexed.ok("rebuild", "--store", store.value)
    assert indexed.held() == undisturbed


@pytest.mark.parametrize("store", list(Store))
def test_looking_at_the_index_between_the_two_renames_does_no_harm(indexed, corpus, undisturbed, store):
    dying.killed(dying.rebuild_until_exchange, indexed.settings(), store)
    indexed.run("status")
    indexed.run("search", "fracture")
    _resumes(indexed, corpus, undisturbed)


@pytest.mark.parametrize(
    "step", [Step.TEXT_COMMITTED, Step.SNAPSHOT_WRITING, Step.BEFORE_SWITCH, Step.SWITCHED, Step.SETTLED]
)
def test_a_deletion_killed_on_the_way_is_finished_by_the_next_command_that_writes(indexed, undisturbed, step):
    doomed = sorted(undisturbed["catalog"])[:3]
    dying.killed(dying.delete_until, indexed.settings(), doomed, step)
    indexed.ok("repair")
    assert indexed.agrees()
    rest = {report_id: print_ for report_id, print_ in undisturbed["catalog"].items() if report_id not in doomed}
    assert indexed.held() == {"catalog": rest, "text": rest, "vectors": rest}


def test_a_killed_writer_leaves_no_lock_behind(new_bench: NewBench, corpus):
    bench = new_bench(index_batch=8)
    dying.killed(dying.index_until, bench.settings(), corpus, Step.SNAPSHOT_WRITING, 1)
    assert bench.run("index", corpus).code == 0

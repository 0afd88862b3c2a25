"""Every run leaves what it read and did, also when it is killed."""

import datetime as dt

import pytest

from indexer.errors import StoreError
from indexer.stores.catalog.base import Run, RunCounts, RunOutcome
from indexer.stores.catalog.catalog import open_catalog

COUNTS = RunCounts(read=10, indexed=5, unchanged=3, quarantined=2)


def test_a_run_is_read_back_as_it_was_begun(catalog):
    before = dt.datetime.now(dt.UTC)
    run_id = catalog.runs.begin(["été.csv", "nom-\udcff.csv"], {"encoder": "bundled"})
    (run,) = catalog.runs.recent(10)
    assert before <= run.started <= dt.datetime.now(dt.UTC)
    assert run == Run(
        run_id=run_id,
        started=run.started,
        ended=None,
        outcome=RunOutcome.RUNNING,
        counts=RunCounts(),
        sources=("été.csv", "nom-\udcff.csv"),
        settings={"encoder": "bundled"},
        identifiers={},
    )


def test_instants_come_back_with_their_zone(catalog):
    run = catalog.runs.begin([], {})
    catalog.runs.end(run, COUNTS, RunOutcome.FINISHED, {"name": 2})
    (ended,) = catalog.runs.recent(1)
    assert ended.started.tzinfo is dt.UTC
    assert ended.ended is not None
    assert ended.ended.tzinfo is dt.UTC
    assert ended.started <= ended.ended


def test_progress_is_recorded_while_a_run_goes_on(catalog):
    run = catalog.runs.begin([], {})
    catalog.runs.count(run, COUNTS)
    (seen,) = catalog.runs.recent(1)
    assert (seen.counts, seen.outcome, seen.ended) == (COUNTS, RunOutcome.RUNNING, None)


@pytest.mark.parametrize("outcome", [RunOutcome.FINISHED, RunOutcome.FAILED, RunOutcome.INTERRUPTED])
def test_an_ended_run_has_its_outcome_and_counts(catalog, outcome):
    run = catalog.runs.begin([], {})
    catalog.runs.end(run, COUNTS, outcome, {})
    (seen,) = catalog.runs.recent(1)
    assert (seen.counts, seen.outcome) == (COUNTS, outcome)


def test_what_the_gate_met_is_kept_with_the_run(catalog):
    run = catalog.runs.begin([], {})
    catalog.runs.end(run, COUNTS, RunOutcome.FINISHED, {"name": 2})
    assert catalog.runs.get(run).identifiers == {"name": 2}
    assert catalog.runs.get(run + 1) is None


def test_a_run_left_running_is_interrupted_by_the_next(catalog, location):
    finished = catalog.runs.begin([], {})
    catalog.runs.end(finished, COUNTS, RunOutcome.FINISHED, {"name": 2})
    killed = catalog.runs.begin([], {})
    catalog.runs.count(killed, COUNTS)
    with open_catalog(location) as later:
        latest = later.runs.begin([], {})
        runs = {run.run_id: run for run in later.runs.recent(10)}
    assert list(runs) == [latest, killed, finished]
    assert [run.outcome for run in runs.values()] == [
        RunOutcome.RUNNING,
        RunOutcome.INTERRUPTED,
        RunOutcome.FINISHED,
    ]
    assert (runs[killed].ended, runs[killed].counts) == (None, COUNTS)


def test_only_the_latest_runs_are_returned(catalog):
    runs = [catalog.runs.begin([], {}) for _ in range(3)]
    assert [run.run_id for run in catalog.runs.recent(2)] == [runs[2], runs[1]]


def test_counting_in_a_run_that_was_never_begun_is_refused(catalog):
    with pytest.raises(StoreError, match="no run 7; wanted: one that `begin` returned"):
        catalog.runs.count(7, COUNTS)


def test_ending_a_run_that_was_never_begun_is_refused(catalog):
    with pytest.raises(StoreError, match="no run 7"):
        catalog.runs.end(7, COUNTS, RunOutcome.FINISHED, {"name": 2})

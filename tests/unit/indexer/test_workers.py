"""Worker processes: in order, ahead of the caller, as in the process itself, and one sentence when one dies."""

import os
import signal

import pytest

from indexer.errors import RadiothequeError
from indexer.workers import Workers

MANY = list(range(100))


def _process(number: int) -> tuple[int, int]:
    return number * 2, os.getpid()


def _dies(number: int) -> int:
    if number == 70:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.fixture
def two():
    with Workers(2) as workers:
        yield workers


def test_many_jobs_are_done_in_other_processes_and_come_in_order(two: Workers) -> None:
    done = two.map(_process, MANY)
    assert [number for number, _ in done] == [number * 2 for number in MANY]
    assert os.getpid() not in {process for _, process in done}


def test_a_second_start_goes_on_while_the_first_is_not_fetched(two: Workers) -> None:
    first, second = two.start(_process, MANY), two.start(_process, MANY[:3])
    assert [number for number, _ in second] == [0, 2, 4]
    assert [number for number, _ in first] == [number * 2 for number in MANY]


@pytest.mark.parametrize(("processes", "jobs"), [(1, 100), (2, 3)])
def test_where_workers_are_not_worth_it_the_process_itself_does_it(processes: int, jobs: int) -> None:
    with Workers(processes) as workers:
        assert {process for _, process in workers.map(_process, MANY[:jobs])} == {os.getpid()}


def test_a_worker_that_dies_is_one_sentence_and_the_next_jobs_are_done(two: Workers) -> None:
    with pytest.raises(RadiothequeError, match="ended unexpectedly, perhaps for lack of memory"):
        two.map(_dies, MANY)
    assert len(two.map(_process, MANY)) == 100

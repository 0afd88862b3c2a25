"""A full text made anew beside the one that answers: readers see the one or the other, never half of it."""

import threading
from contextlib import closing

import pytest

from indexer.errors import StoreUnavailable
from indexer.stores.text.base import TextEngine
from tests.contract.text.engines import ANY, NO_FILTER, Backend, NewEngine, asking, found, numbers, write
from tests.unit.indexer.stores.reports import make_report

OLD = [make_report(number, "Kyste.") for number in range(30)]
NEW = [make_report(number, "Nodule.") for number in range(20, 90)]


def held(engine: TextEngine) -> list[int]:
    with closing(engine.open()) as store:
        return sorted(numbers(store.newest(ANY, NO_FILTER, 0, 1000)))


def fill(engine: TextEngine) -> None:
    with closing(engine.open(make=True)) as store:
        write(store, OLD)


def test_what_is_not_there_is_opened_for_writing_only(new_engine: NewEngine) -> None:
    engine = new_engine()
    with pytest.raises(StoreUnavailable, match="is missing; mend it with: radiotheque repair"):
        engine.open()
    engine.open(make=True).close()
    assert held(engine) == []


def test_a_fresh_one_takes_the_place_of_the_old_when_it_is_whole(engine: TextEngine) -> None:
    fill(engine)
    with engine.fresh() as store:
        for report in NEW:
            write(store, [report])
        store.refresh()
        assert store.count(ANY, NO_FILTER) == len(NEW)
        assert held(engine) == list(range(30))
    assert held(engine) == list(range(20, 90))


def test_one_that_is_not_finished_is_not_seen(engine: TextEngine) -> None:
    fill(engine)
    with pytest.raises(ZeroDivisionError, match="half way"), engine.fresh() as store:  # noqa: PT012
        write(store, NEW)
        raise ZeroDivisionError("half way")
    assert held(engine) == list(range(30))
    with engine.fresh() as store:
        write(store, NEW[:3])
    assert held(engine) == [20, 21, 22]


def test_readers_never_see_half_of_it(engine: TextEngine) -> None:
    fill(engine)
    done, exchanged = threading.Event(), threading.Event()
    seen: set[tuple[int, int]] = set()

    def read() -> None:
        while not done.is_set():
            with closing(engine.open()) as reader:
                for _ in range(3):
                    reader.refresh()
                    seen.add((reader.count(ANY, NO_FILTER), len(found(reader, asking("kyste nodule")))))
            if (len(NEW), len(NEW)) in seen:
                exchanged.set()

    thread = threading.Thread(target=read)
    thread.start()
    try:
        with engine.fresh() as store:
            for first in range(0, len(NEW), 10):
                write(store, NEW[first : first + 10])
        assert exchanged.wait(30)
    finally:
        done.set()
        thread.join()
    assert seen <= {(len(OLD), len(OLD)), (len(NEW), len(NEW))}


def test_what_answered_before_can_answer_again_where_it_is_kept(engine: TextEngine, backend: Backend) -> None:
    fill(engine)
    with pytest.raises(StoreUnavailable, match="keeps no earlier"):
        engine.roll_back()
    with engine.fresh() as store:
        write(store, NEW)
    if backend is Backend.TANTIVY:
        pytest.skip("the embedded engine exchanges folders for good")
    engine.roll_back()
    assert held(engine) == list(range(30))
    engine.roll_back()
    assert held(engine) == list(range(20, 90))

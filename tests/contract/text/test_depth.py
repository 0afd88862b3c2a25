"""Beyond the ten thousandth result, where servers stop by themselves."""

import datetime as dt
from collections.abc import Iterator
from contextlib import closing

import pytest

from indexer.report import ExamMetadata, Report
from indexer.stores.text.base import TextQuery, TextStore
from tests.contract.text.engines import ANY, NO_FILTER, NewEngine, asking, numbers, write
from tests.unit.indexer.stores.reports import make_report

COUNT = 10_040
FIRST = dt.date(1990, 1, 1)


def _report(number: int) -> Report:
    text = "Embolie." if number % 1000 else "Pas d'embolie."
    return make_report(number, text, ExamMetadata(exam_date=FIRST + dt.timedelta(number)))


@pytest.fixture(scope="module")
def deep(new_engine: NewEngine) -> Iterator[TextStore]:
    """The reports 0 to 10,039, each a day later than the one before; every thousandth denies."""
    with closing(new_engine().open(make=True)) as store:
        write(store, [_report(number) for number in range(COUNT)])
        store.refresh()
        yield store


def test_counts_are_exact(deep: TextStore) -> None:
    assert deep.count(ANY, NO_FILTER) == COUNT
    assert deep.count(asking("embolie"), NO_FILTER, all_terms=True) == COUNT
    assert sum(1 for _ in deep.fingerprints()) == COUNT


@pytest.mark.parametrize(("offset", "limit"), [(9_999, 1), (10_000, 1), (10_000, 25), (9_995, 10), (10_030, 25)])
def test_a_page_beyond_is_the_next_one(offset: int, limit: int, deep: TextStore) -> None:
    wanted = list(range(COUNT - 1, -1, -1))[offset : offset + limit]
    assert numbers(deep.newest(ANY, NO_FILTER, offset, limit)) == wanted


def test_all_of_them_come_once_and_in_order(deep: TextStore) -> None:
    assert numbers(deep.newest(ANY, NO_FILTER, 0, 10_000_000)) == list(range(COUNT - 1, -1, -1))


def test_a_ranking_goes_on_beyond(deep: TextStore) -> None:
    hits = deep.search(asking("embolie"), NO_FILTER, COUNT + 5, avoid_contradiction=False)
    assert sorted(int(hit.report_id, 16) for hit in hits) == list(range(COUNT))


def test_all_that_contradict_are_named(deep: TextStore) -> None:
    denying = TextQuery(terms=("embol",), denied_things=(("embol",),))
    assert len(deep.contradicting(denying, NO_FILTER)) == COUNT - 11

"""The queue by pages: positions, neighbours, and what comes after a decision."""

import pytest

from search_app.client import Client
from search_app.state import View
from search_app.waiting import read_queue, view_after_decision, view_of

from .held_records import HeldRecords


def test_the_first_page_knows_the_record_after_it(client: Client, held: HeldRecords) -> None:
    held.fill(23)
    queue = read_queue(client, 1)
    assert [one.number for one in queue.on_page] == list(range(1, 11))
    assert (queue.total, queue.pages, queue.first) == (23, 3, 1)
    assert view_of(View(), queue, 10) == View(record=11, page=2)
    assert view_of(View(), queue, -1) is None


def test_a_middle_page_knows_the_records_around_it(client: Client, held: HeldRecords) -> None:
    held.fill(23)
    queue = read_queue(client, 2)
    assert [one.number for one in queue.on_page] == list(range(11, 21))
    assert view_of(View(page=2), queue, 9) == View(record=10, page=1)
    assert view_of(View(page=2), queue, 20) == View(record=21, page=3)
    assert [queue.position(number) for number in (9, 10, 11, 21, 22)] == [None, 9, 10, 20, None]


def test_the_last_page_ends_the_queue(client: Client, held: HeldRecords) -> None:
    held.fill(23)
    queue = read_queue(client, 3)
    assert [one.number for one in queue.on_page] == [21, 22, 23]
    assert view_of(View(page=3), queue, 23) is None


@pytest.mark.parametrize(("count", "page", "numbers"), [(20, 3, range(11, 21)), (5, 9, range(1, 6)), (0, 4, [])])
def test_a_page_beyond_the_end_becomes_the_last(
    client: Client, held: HeldRecords, count: int, page: int, numbers: range | list[int]
) -> None:
    held.fill(count)
    assert [one.number for one in read_queue(client, page).on_page] == list(numbers)


@pytest.mark.parametrize(
    ("page", "position", "after"),
    [
        (1, 0, View(record=2, page=1)),
        (1, 9, View(record=11, page=1)),  # the eleventh moves up to the tenth place
        (2, 10, View(record=12, page=2)),
        (2, 11, View(record=11, page=2)),  # nothing follows the last of twelve
        (1, None, View(record=1, page=1)),
    ],
)
def test_after_a_decision_comes_the_next_record_else_the_one_before(
    client: Client, held: HeldRecords, page: int, position: int | None, after: View
) -> None:
    held.fill(12)
    assert view_after_decision(View(page=page), read_queue(client, page), position) == after


def test_after_the_last_decision_nothing_is_left(client: Client, held: HeldRecords) -> None:
    held.fill(1)
    assert view_after_decision(View(record=1), read_queue(client, 1), 0) == View()

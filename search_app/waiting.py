"""The records that wait for a decision, a page at a time, and the way from one to the next."""

from dataclasses import dataclass, replace
from typing import Final

from search_app.answers import Held, HeldList
from search_app.client import Client
from search_app.state import MAX_PAGE, View

PAGE_SIZE: Final = 10


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue, with the record before it and the one after it. Positions count from 0.

    start: the position of the first record in `listed`, which is the one before the page unless the page is the first.
    """

    listed: HeldList
    start: int
    page: int

    @property
    def total(self) -> int:
        """How many records wait."""
        return self.listed.total

    @property
    def pages(self) -> int:
        """How many pages there are to offer."""
        return min(max(-(-self.total // PAGE_SIZE), self.page), MAX_PAGE)

    @property
    def on_page(self) -> tuple[Held, ...]:
        """The records of the page."""
        skipped = (self.page - 1) * PAGE_SIZE - self.start
        return self.listed.held[skipped : skipped + PAGE_SIZE]

    @property
    def first(self) -> int | None:
        """The number of the first record of the page; None if there is none."""
        return next((held.number for held in self.on_page), None)

    def position(self, number: int) -> int | None:
        """Where a record stands; None if it doesn't wait, or waits further off."""
        found = (self.start + n for n, held in enumerate(self.listed.held) if held.number == number)
        return next(found, None)

    def at(self, position: int) -> int | None:
        """The number of the record at a position, as far as this part of the queue reaches."""
        place = position - self.start
        return self.listed.held[place].number if 0 <= place < len(self.listed.held) else None


def read_queue(api: Client, page: int) -> Queue:
    """A page of the queue; the last one if there are fewer."""
    start = max((page - 1) * PAGE_SIZE - 1, 0)
    queue = Queue(api.held(start, page * PAGE_SIZE + 1 - start), start, page)
    if page > 1 and not queue.on_page:
        last = max(-(-queue.total // PAGE_SIZE), 1)
        return read_queue(api, min(last, page - 1))
    return queue


def view_of(view: View, queue: Queue, position: int) -> View | None:
    """The view of the record at a position; None beyond either end."""
    number = queue.at(position)
    return None if number is None else replace(view, record=number, page=position // PAGE_SIZE + 1)


def view_after_decision(view: View, queue: Queue, position: int | None) -> View:
    """The view of what is next once the record at `position` has left the queue: the one after it, else before it.

    position: None for a record that did not wait; the first of the page is next.
    """
    if position is None:
        return replace(view, record=queue.first)
    following, previous = queue.at(position + 1), view_of(view, queue, position - 1)
    if following is not None:
        return replace(view, record=following, page=position // PAGE_SIZE + 1)  # it moves up to this position
    return previous or replace(view, record=None, page=1)

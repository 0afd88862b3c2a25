"""What a reader sees of an index: a point in time, held until it is refreshed, so that no search sees half of a change."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from indexer.errors import StoreUnavailable
from indexer.stores.opensearch import Missing, Server

WINDOW = 10_000
"""Hits of one request: what a server gives at most."""

_KEPT = "10m"
"""For how long the server keeps a point in time that nobody uses."""

Hit = dict[str, Any]


class View:
    """Searches one state of an alias or index; safe in several threads.

    A point in time dies with the node that holds it, or by not being used: then the newest state takes its place.
    """

    def __init__(self, server: Server, index: str) -> None:
        """Raises Missing if there is no such alias or index."""
        self._server = server
        self._index = index
        self._lock = threading.Lock()
        self._before: str | None = None
        self._held: str | None = self._open()

    def refresh(self) -> None:
        """See what was committed since. The state before is kept until the next time: searches in flight use it."""
        with self._lock:
            fresh = self._open()
            outdated, self._before, self._held = self._before, self._held, fresh
        self._release(outdated)

    def forget(self) -> None:
        """Let go of the state: the next search sees the newest."""
        held, self._held = self._held, None
        self._release(held)

    def search(self, **body: Any) -> dict[str, Any]:
        """One request, answered whole or not at all."""
        deadline = time.monotonic() + self._server.patience
        while True:
            state = self._held or self._renew(None)
            try:
                return self._ask(state, body)
            except StoreUnavailable:
                if time.monotonic() >= deadline:
                    raise
                # Patient: comes back when another copy of every part can be searched, or raises.
                self._renew(state)

    def walk(self, **body: Any) -> Iterator[Hit]:
        """Every hit, a request for each `WINDOW` of them; body: with a sort that no two hits share."""
        after: dict[str, Any] = {}
        while True:
            hits = self.search(**body, **after, size=WINDOW, track_total_hits=False)["hits"]["hits"]
            yield from hits
            if len(hits) < WINDOW:
                return
            after = {"search_after": hits[-1]["sort"]}

    def close(self) -> None:
        """Let the server forget what it held for this view."""
        for state in (self._before, self._held):
            self._release(state)
        self._before = self._held = None

    def _ask(self, state: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._server.ask(
            "POST",
            "/_search",
            {**body, "pit": {"id": state, "keep_alive": _KEPT}},
            patience=0.0,
            allow_partial_search_results=False,
            search_type="dfs_query_then_fetch",  # else a word's rarity would be that of the part that a report is in
        )
        return answer

    def _renew(self, lost: str | None) -> str:
        """The state that takes the place of a lost one: taken once, however many searches have met the loss."""
        with self._lock:
            if self._held is None or self._held == lost:
                self._held = self._open()
            return self._held

    def _open(self) -> str:
        path = f"/{self._index}/_search/point_in_time"
        try:
            answer = self._server.ask("POST", path, keep_alive=_KEPT, allow_partial_pit_creation=False)
        except Missing as exc:
            raise Missing(
                f"the index {self._index} on {self._server.place} is missing; mend it with: radiotheque repair"
            ) from exc
        return str(answer["pit_id"])

    def _release(self, state: str | None) -> None:
        if state is None:
            return
        with suppress(StoreUnavailable):  # the server forgets it by itself
            self._server.ask("DELETE", "/_search/point_in_time", {"pit_id": [state]}, patience=0.0)

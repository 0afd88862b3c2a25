"""One way to talk to an OpenSearch cluster, for every store that is kept there.

While the cluster is out of reach or overloaded, a request is tried again with growing pauses, until its patience is over.
After several requests in a row that ended so, others fail at once for some seconds (a circuit breaker), so that callers
do not queue up behind a dead server. Errors come out as the house's own, without the server's words, which quote
queries and values; the library's log is silenced for the same reason.
"""

import logging
import random
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from indexer.errors import StorageFull, StoreError, StoreUnavailable
from indexer.settings import Settings
from indexer.stores.opensearch_credentials import password, tls, tls_advice

READING_PATIENCE = 10.0
"""Seconds for which a search tries again: somebody is waiting."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_FAILURES, _OPEN_SECONDS = 3, 5.0
BUSY = frozenset({429, 502, 503, 504})
"""Statuses after which the same may be taken later."""
_SETTLING = frozenset(
    {
        "cluster_manager_not_discovered_exception",
        "no_shard_available_action_exception",
        "node_closed_exception",
        "node_disconnected_exception",
        "node_not_connected_exception",
        "process_cluster_event_timeout_exception",
        "receive_timeout_transport_exception",
        "unavailable_shards_exception",
    }
)
"""What the server reports as an error of its own while a node has gone and the cluster takes notice."""

_NOT_ALLOWED = {
    401: "does not know this user by this password or certificate; see RADIOTHEQUE_OPENSEARCH_USER, "
    "RADIOTHEQUE_OPENSEARCH_PASSWORD_FILE and RADIOTHEQUE_OPENSEARCH_CLIENT_CERTIFICATE",
    403: "does not let this user do it; see RADIOTHEQUE_OPENSEARCH_USER and its roles there",
}

# Bodies are logged at DEBUG, and failed requests at WARNING with the library's own words.
for _name in ("opensearch", "opensearchpy", "opensearchpy.trace", "opensearchpy.helpers"):
    logging.getLogger(_name).addFilter(lambda _record: False)


class Missing(StoreUnavailable):
    """The index, alias or point in time that was asked for is not there."""


class Exists(StoreError):
    """What was to be made is there already: the answer to an earlier try may have been lost."""


class Server:
    """A connection to a cluster, usable from several threads.

    patience: seconds for which a request is tried again.
    """

    def __init__(self, settings: Settings, patience: float = READING_PATIENCE) -> None:
        """Connects when first asked. Raises SettingsError for a file that cannot be read."""
        self.patience = patience
        self.place = ", ".join(settings.opensearch_hosts)
        self._client = _client(settings)
        self._breaker = _Breaker()

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | str | None = None,
        *,
        patience: float | None = None,
        **parameters: str | int | bool,
    ) -> Any:
        """One request and its decoded answer; a body that is a string is sent as it is.

        patience: 0 for a single try, which does not count among those that the circuit breaker looks at.
        Raises Missing, StoreUnavailable when patience is over, StorageFull, StoreError for a request that the server refuses.
        """
        tried_before = self._breaker.pass_or_raise(self.place)
        limit = 0.0 if tried_before else self.patience if patience is None else patience
        stated = {name: str(value).lower() for name, value in parameters.items()}
        fault = None
        for _ in pauses(limit):
            answer, fault = self._try(method, path, body, stated)
            if fault is None:
                self._breaker.passed()
                return answer
        if limit or tried_before:
            self._breaker.failed()
        raise fault or StoreUnavailable(f"OpenSearch at {self.place} was not asked")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _try(
        self, method: str, path: str, body: Mapping[str, Any] | str | None, parameters: dict[str, str]
    ) -> tuple[Any, StoreError | None]:
        """The answer, or the fault that may pass; any other is raised."""
        from opensearchpy.exceptions import OpenSearchException, SSLError, TransportError

        kind: type[StoreError]
        try:
            return self._client.transport.perform_request(method, path, params=dict(parameters), body=body), None
        except SSLError as exc:
            kind, advice = StoreUnavailable, tls_advice(str(exc.info))
        except TransportError as exc:
            status = exc.status_code if isinstance(exc.status_code, int) else 0
            types = tuple(_types(exc.info))
            if _passes(status, types) and not is_full(exc.info):
                return None, StoreUnavailable(f"OpenSearch at {self.place} {_away(status, types)}")
            self._breaker.passed()
            kind, advice = _diagnosis(status, types, full=is_full(exc.info))
        except OpenSearchException:
            kind, advice = StoreError, "gave an answer that is none of OpenSearch's; is this its address?"
        # Not `from exc`: the library's error quotes queries and values.
        raise kind(f"OpenSearch at {self.place} {advice}") from None


class _Breaker:
    """Opens after several failures in a row. Then one caller at a time tries, when some seconds are over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0

    def pass_or_raise(self, place: str) -> bool:
        """Whether this is a trial after failures. Raises StoreUnavailable while it is open."""
        with self._lock:
            if self._failures < _FAILURES:
                return False
            if time.monotonic() < self._until:
                raise StoreUnavailable(f"OpenSearch at {place} did not answer the last requests; trying again shortly")
            self._until = time.monotonic() + _OPEN_SECONDS
            return True

    def passed(self) -> None:
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._until = time.monotonic() + _OPEN_SECONDS


def pauses(patience: float) -> Iterator[None]:
    """Once at once, then again after growing pauses, as long as patience (seconds) lasts."""
    deadline = time.monotonic() + patience
    pause = _FIRST_PAUSE
    yield
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, pause * random.uniform(0.5, 1.0)))  # noqa: S311 (spreads retries, guards nothing)
        pause = min(2 * pause, _LONGEST_PAUSE)
        yield


def _client(settings: Settings) -> Any:
    from opensearchpy import OpenSearch

    secret = password(settings)
    encrypted: dict[str, Any] = {}
    if any(host.startswith("https://") for host in settings.opensearch_hosts):
        encrypted = {"use_ssl": True, "ssl_context": tls(settings)}
    return OpenSearch(
        list(settings.opensearch_hosts),
        http_auth=(settings.opensearch_user, secret) if settings.opensearch_user else None,
        timeout=settings.opensearch_timeout_seconds,
        max_retries=0,
        retry_on_timeout=True,  # so that a node that does not answer is left alone for a while
        dead_timeout=_LONGEST_PAUSE,
        pool_maxsize=32,
        http_compress=bool(encrypted),
        **encrypted,
    )


def _types(info: Any) -> Iterator[str]:
    """Every type of error in an answer, the outer ones first: types are names, reasons quote queries."""
    if isinstance(info, Mapping):
        if isinstance(info.get("type"), str):
            yield info["type"]
        for part in info.values():
            yield from _types(part)
    elif isinstance(info, list):
        for part in info:
            yield from _types(part)


def is_full(info: Any) -> bool:
    """Whether a disk's flood stage blocks writing."""
    return "flood-stage watermark" in str(info)


def _passes(status: int, types: tuple[str, ...]) -> bool:
    """Whether the same request may succeed a little later. status 0: there was no answer."""
    return not status or status in BUSY or not _SETTLING.isdisjoint(types)


def _away(status: int, types: tuple[str, ...]) -> str:
    if not status:
        return "does not answer; check that it runs, and RADIOTHEQUE_OPENSEARCH_URL"
    said = types[-1] if types else "no reason"
    return f"is overloaded or not ready (status {status}, {said}); try again later"


_REFUSALS: dict[str, tuple[type[StoreError], str]] = {
    "cluster_block_exception": (
        StoreUnavailable,
        "takes no writing: the index is set read-only; lift the block, then run this again",
    ),
    "index_create_block_exception": (
        StorageFull,
        (
            "makes no new index: its disks are nearly full, or cluster.blocks.create_index is set there; "
            "free space, and run the same command again"
        ),
    ),
    "resource_already_exists_exception": (Exists, "has that index already"),
}
"""What a type of error means, whatever its status."""
_DISK_FULL = (StorageFull, "takes no writing: its disk is full; free space there, and run the same command again")


def refusal(types: Iterable[str], *, full: bool) -> tuple[type[StoreError], str] | None:
    """What types of error mean by themselves: the house's error, and what to say of the server. full: see `is_full`."""
    return _DISK_FULL if full else next((_REFUSALS[kind] for kind in types if kind in _REFUSALS), None)


def _diagnosis(status: int, types: tuple[str, ...], *, full: bool) -> tuple[type[StoreError], str]:
    if status == 404 and not full:
        return Missing, f"does not have what was asked for ({', '.join(dict.fromkeys(types)) or 'status 404'})"
    if known := refusal(types, full=full):
        return known
    if status in _NOT_ALLOWED:
        return StoreUnavailable, _NOT_ALLOWED[status]
    said = ", ".join(dict.fromkeys(types)) or "no reason"
    return StoreError, f"refused a request (status {status}, {said}); this is a defect, please report it"

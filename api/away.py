"""Which part is away: the full text says so by an error of its own, since search by meaning may go on without it."""

from functools import wraps
from typing import Any, cast

from indexer.errors import StoreUnavailable
from indexer.stores.text.base import TextStore


class FullTextAway(StoreUnavailable):
    """The full text cannot be reached; the other stores may be."""


def naming_itself(store: TextStore) -> TextStore:
    """The store, whose StoreUnavailable is a FullTextAway when it has been opened."""
    return cast("TextStore", _Named(store))


class _Named:
    def __init__(self, store: TextStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if not callable(found):
            return found

        @wraps(found)
        def asked(*arguments: Any, **named: Any) -> Any:
            try:
                return found(*arguments, **named)
            except StoreUnavailable as exc:
                raise FullTextAway(f"the full text cannot be reached: {exc}") from exc

        return asked

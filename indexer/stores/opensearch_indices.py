"""The indices of a store on a cluster: which one answers, which one is kept for going back, how they are exchanged.

PREFIX-STORE             alias of the one that answers
PREFIX-STORE-previous    alias of the one that answered before
PREFIX-STORE-000042      an index; one without an alias is what a rebuild that died has left
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from indexer.errors import StoreDamaged, StoreError, StoreUnavailable
from indexer.stores.opensearch import Exists, Missing, Server

_LOADING = {"refresh_interval": "-1", "number_of_replicas": 0, "auto_expand_replicas": "false"}
"""While an index is filled: nothing is made searchable in between, and nothing copied."""


@dataclass(frozen=True)
class Indices:
    """The indices of one store, `text` or `vectors`, whose names begin with a prefix.

    version: of the way in which reports are kept, in each mapping's `_meta`. replicas: of new ones.
    """

    server: Server
    prefix: str
    store: str
    version: int
    replicas: int

    @property
    def live(self) -> str:
        """The alias that is searched and written to."""
        return f"{self.prefix}-{self.store}"

    @property
    def previous(self) -> str:
        """The alias of what answered before the last rebuild."""
        return f"{self.live}-previous"

    def behind(self, alias: str) -> str | None:
        """The index that an alias names; None if there is no such alias."""
        try:
            # Without indices of our own in the path, a user would need a right on every index of the cluster.
            found = list(self.server.ask("GET", f"/{self.live}*/_alias/{alias}"))
        except Missing:
            return None
        if len(found) != 1:
            raise StoreError(f"{alias} on {self.server.place} names {len(found)} indices; leave one of them")
        return str(found[0])

    def make(self, body: Mapping[str, Any], *, live: bool) -> str:
        """Make an index, ready to be filled; body: settings and mapping; live: it answers from now on. Returns its name."""
        body = {"index_patterns": [f"{self.live}-0*"], "template": body, "priority": 500}
        self.server.ask("PUT", f"/_index_template/{self.live}", body)
        number = max((int(name[-6:]) for name in self._all()), default=0) + 1
        name = f"{self.live}-{number:06d}"
        aliases: dict[str, Any] = {"aliases": {self.live: {}}} if live else {}
        with suppress(Exists):  # nobody else takes this number: an index is made under the lock of its archive
            self.server.ask("PUT", f"/{name}", {"settings": {"index": _LOADING}, **aliases})
        return name

    def finish_load(self, index: str) -> None:
        """End the filling of an index or alias: what was written is searchable, and copied to other nodes."""
        self.server.ask("PUT", f"/{index}/_settings", {"index": self._wanted()})
        self.server.ask("POST", f"/{index}/_refresh")

    def mend_load(self) -> None:
        """End a filling that died, if one did."""
        settings = self.server.ask("GET", f"/{self.live}/_settings/index.refresh_interval")
        if any(
            found["settings"]["index"].get("refresh_interval") == "-1"
            for found in settings.values()
            if found["settings"]
        ):
            self.finish_load(self.live)

    def require_version(self) -> None:
        """Raise StoreDamaged if the index that answers was made by a version that kept reports in another way."""
        try:
            found = self.server.ask("GET", f"/{self.live}/_mapping")
        except Missing:
            return  # said where it is opened
        if any(index["mappings"].get("_meta", {}).get("version") != self.version for index in found.values()):
            raise StoreDamaged(
                f"{self.live} on {self.server.place} was made by another version, or not by radiotheque; "
                f"make it anew with: radiotheque rebuild --store {self.store}"
            )

    def exchange(self, fresh: str) -> None:
        """Let another index answer, in one step. The one that did is kept, the one kept before is deleted."""
        old, older = self.behind(self.live), self.behind(self.previous)
        self._alias(fresh, old, older)
        if older is not None:
            self.delete(older)

    def roll_back(self) -> None:
        """Let the index answer that did before the last rebuild, and keep the one that does now. Raises StoreUnavailable."""
        now, before = self.behind(self.live), self.behind(self.previous)
        if before is None:
            raise StoreUnavailable(f"{self.server.place} keeps no earlier {self.live}; nothing was changed")
        self._alias(before, now, before)

    def delete(self, index: str) -> None:
        """Delete an index."""
        self.server.ask("DELETE", f"/{index}", ignore_unavailable=True)

    def abandoned(self) -> list[str]:
        """What rebuilds that died have left."""
        return [name for name, aliases in self._all().items() if not aliases]

    def delete_abandoned(self) -> None:
        """Delete what rebuilds that died have left."""
        for name in self.abandoned():
            self.delete(name)

    def meta(self, index: str) -> dict[str, Any]:
        """What an index remembers of how it was made."""
        (found,) = self.server.ask("GET", f"/{index}/_mapping").values()
        meta: dict[str, Any] = found["mappings"].get("_meta", {})
        return meta

    def _alias(self, live: str, previous: str | None, no_more: str | None) -> None:
        actions: list[dict[str, Any]] = []
        if no_more is not None:
            actions.append({"remove": {"index": no_more, "alias": self.previous}})
        if previous is not None:
            actions.append({"remove": {"index": previous, "alias": self.live}})
            actions.append({"add": {"index": previous, "alias": self.previous}})
        actions.append({"add": {"index": live, "alias": self.live}})
        self.server.ask("POST", "/_aliases", {"actions": actions})

    def _all(self) -> dict[str, list[str]]:
        """Every index of this prefix, with its aliases. Another prefix may begin alike: whole names are compared."""
        found = self.server.ask("GET", f"/{self.live}-0*/_alias")
        own = re.compile(rf"{re.escape(self.live)}-\d{{6}}")
        return {name: list(index["aliases"]) for name, index in found.items() if own.fullmatch(name)}

    def _wanted(self) -> dict[str, Any]:
        return {"refresh_interval": None, "auto_expand_replicas": f"0-{self.replicas}" if self.replicas else "false"}

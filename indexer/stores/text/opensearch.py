"""Full text on an OpenSearch cluster: for an archive that one process cannot hold, or that others keep running.

Words, ranking and order are those of the embedded engine (`alike`). A store reads one state of the index until it is
refreshed (`View`). Ranking, counts, facets and lists are requests of their own.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any

from indexer.errors import StoreError
from indexer.settings import Settings
from indexer.stores.filters import Filters
from indexer.stores.opensearch import READING_PATIENCE, Server
from indexer.stores.opensearch_bulk import Bulk
from indexer.stores.opensearch_clauses import these
from indexer.stores.opensearch_indices import Indices
from indexer.stores.opensearch_view import WINDOW, View
from indexer.stores.text.alike import FACET_FIELDS
from indexer.stores.text.base import Facet, Scored, TextDocument, TextQuery, TextStore
from indexer.stores.text.opensearch_mapping import VERSION, as_body, index_body
from indexer.stores.text.opensearch_queries import contradiction, facets, holding_all, passing, ranked, scored

_BEST_FIRST = [{"_score": "desc"}, {"report_id": "asc"}]
_NEWEST_FIRST = [{"order": "desc"}, {"report_id": "asc"}]
_BY_ID = [{"report_id": "asc"}]
# The id of a hit is the last of its sort values: nothing else of it has to be fetched.
_NOTHING = {"_source": False, "stored_fields": "_none_"}
_ALL = (TextQuery(), Filters())


class OpenSearchText:
    """An index of a cluster, or what an alias names. loading: it is being filled, and made searchable when closed."""

    def __init__(self, indices: Indices, index: str, *, loading: bool = False) -> None:
        self._indices = indices
        self._server = indices.server
        self._index = index
        self._loading = loading
        self._is_live = index == indices.live
        self._complete = True
        self._bulk = Bulk(self._server, index, is_alias=self._is_live)
        self._view = View(self._server, index)

    def write(self, documents: Sequence[TextDocument], removed: Sequence[str]) -> None:
        """Add or replace documents and remove reports, durably. Raises ReportsRefused when all others are written."""
        complete, self._complete = self._complete, False
        refused = self._bulk.write(((d.report.report_id, as_body(d)) for d in documents), removed)
        if not self._loading:
            self._server.ask("POST", f"/{self._index}/_refresh")
        self._view.forget()
        self._complete = complete
        if refused:
            raise refused

    def refresh(self) -> None:
        """See what was committed since."""
        if self._loading:
            self._server.ask("POST", f"/{self._index}/_refresh")
        self._view.refresh()

    def search(self, query: TextQuery, filters: Filters, limit: int, *, avoid_contradiction: bool) -> list[Scored]:
        """The best reports that pass and hold a term, best first; of equal ones, the lower id."""
        if not query.terms:
            return []
        asked = ranked(query, filters, avoid_contradiction=avoid_contradiction)
        return [Scored(report_id, score) for score, report_id in self._sorted(asked, _BEST_FIRST, limit)]

    def scores(self, query: TextQuery, report_ids: Sequence[str]) -> dict[str, float]:
        """The scores that `search` would give some reports; those without any term are left out."""
        if not report_ids or not query.terms:
            return {}
        found = self._sorted(scored(query, report_ids), _BEST_FIRST, len(report_ids))
        return {report_id: score for score, report_id in found}

    def contradicting(self, query: TextQuery, filters: Filters) -> list[str]:
        """Reports that pass and affirm what the query denies, and nowhere deny it."""
        if not query.denied_things:
            return []
        return self._ids(passing(query, filters, contradiction(query)), _BY_ID)

    def passing(self, query: TextQuery, filters: Filters, report_ids: Sequence[str]) -> list[str]:
        """Those of some reports that pass, in the order given."""
        if not report_ids:
            return []
        held = set(self._ids(passing(query, filters, these(report_ids)), _BY_ID))
        return [report_id for report_id in report_ids if report_id in held]

    def newest(self, query: TextQuery, filters: Filters, offset: int, limit: int) -> list[str]:
        """Ids of the reports that pass, latest exam first, undated last."""
        return [str(found[-1]) for found in self._sorted(passing(query, filters), _NEWEST_FIRST, limit, offset)]

    def count(self, query: TextQuery, filters: Filters, *, all_terms: bool = False) -> int:
        """Exactly how many reports pass; with all_terms, and hold every term."""
        more = holding_all(query.terms) if all_terms else []
        found = self._view.search(query=passing(query, filters, *more), size=0, track_total_hits=True)
        return int(found["hits"]["total"]["value"])

    def facets(self, query: TextQuery, filters: Filters) -> dict[Facet, dict[str, int]]:
        """Exact counts by value over the reports that pass. Raises StoreError if there are too many values to count."""
        found = self._view.search(query=passing(query, filters), size=0, track_total_hits=False, aggs=facets())
        counted = found["aggregations"]
        if any(counted[facet.value]["sum_other_doc_count"] for facet in FACET_FIELDS):
            raise StoreError("a facet has more values than can be counted exactly; narrow the search with filters")
        return {
            facet: {str(bucket["key"]): int(bucket["doc_count"]) for bucket in counted[facet.value]["buckets"]}
            for facet in FACET_FIELDS
        }

    def fingerprints(self) -> Iterator[tuple[str, str]]:
        """(report id, fingerprint) of every report that is held."""
        view = View(self._server, self._index)
        try:
            asked = {"query": passing(*_ALL), "sort": _BY_ID, "docvalue_fields": ["fingerprint"]}
            for hit in view.walk(**asked, **_NOTHING):
                yield hit["sort"][-1], hit["fields"]["fingerprint"][0]
        finally:
            view.close()

    def finish(self) -> None:
        """End the filling: all is written, searchable, and copied to other nodes."""
        self._indices.finish_load(self._index)
        self._loading = False

    def close(self) -> None:
        """Make what was loaded searchable, and close the connections. After a failed write the next opening does it."""
        try:
            self._view.close()
            if self._loading and self._is_live and self._complete:
                self.finish()
        finally:
            self._server.close()

    def _ids(self, query: dict[str, Any], sort: list[dict[str, str]]) -> list[str]:
        return [str(hit["sort"][-1]) for hit in self._view.walk(query=query, sort=sort, **_NOTHING)]

    def _sorted(
        self, query: dict[str, Any], sort: list[dict[str, str]], limit: int, offset: int = 0
    ) -> Iterator[list[Any]]:
        """The values that hits are sorted by, from the one at `offset` on."""
        asked = {"query": query, "sort": sort, **_NOTHING}
        if offset + limit <= WINDOW:
            found = self._view.search(**asked, **{"from": offset}, size=limit, track_total_hits=False)
            return (hit["sort"] for hit in found["hits"]["hits"])
        return (hit["sort"] for hit in islice(self._view.walk(**asked), offset, offset + limit))


class OpenSearchEngine:
    """The full text of one archive on a cluster: what is opened, made anew beside the old one, and gone back to."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._body = index_body(settings.opensearch_shards)
        self.place = f"OpenSearch at {', '.join(settings.opensearch_hosts)}"

    def open(self, *, make: bool = False) -> TextStore:
        """Open it. make: for writing, and make it if there is none.

        Raises StoreUnavailable if it is not there, or the cluster is not; StoreDamaged if another version made it.
        """
        indices = self._indices()
        try:
            indices.require_version()
            loading = make and indices.behind(indices.live) is None
            if loading:
                indices.make(self._body, live=True)
            elif make:
                indices.mend_load()
            if make:
                indices.server.patience = self._settings.opensearch_patience_seconds
            return OpenSearchText(indices, indices.live, loading=loading)
        except BaseException:
            indices.server.close()
            raise

    @contextmanager
    def fresh(self) -> Iterator[TextStore]:
        """An empty store beside the one that answers; takes its place when the block ends well. The old one is kept."""
        indices = self._indices()
        with closing(indices.server):
            indices.delete_abandoned()
            indices.server.patience = self._settings.opensearch_patience_seconds
            index = indices.make(self._body, live=False)
            with closing(OpenSearchText(indices, index, loading=True)) as store:
                yield store
                store.finish()
                indices.exchange(index)

    def roll_back(self) -> None:
        """Let the index answer that did before the last rebuild. Raises StoreUnavailable if none is kept."""
        indices = self._indices()
        with closing(indices.server):
            indices.roll_back()

    def version(self) -> str:
        """What runs there, and how it is. Raises StoreUnavailable."""
        with closing(Server(self._settings, READING_PATIENCE)) as server:
            number = server.ask("GET", "/")["version"]["number"]
            health = server.ask("GET", "/_cluster/health")
            place = server.place
        return f"opensearch {number}, {health['number_of_nodes']} node(s), {health['status']}, at {place}"

    def _indices(self) -> Indices:
        """Asked with a reader's patience at first: whether a cluster is there at all is not waited for."""
        server = Server(self._settings, READING_PATIENCE)
        return Indices(server, self._settings.opensearch_index, "text", VERSION, self._settings.opensearch_replicas)

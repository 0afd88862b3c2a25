"""Vectors on an OpenSearch cluster with the k-NN plugin: for an archive whose passages one machine's memory cannot hold.

Where few reports pass the filters each of them is compared; where many do, a graph (HNSW) is walked under the filters. Either
way nothing else returns, and what is found is scored exactly.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from indexer.errors import DimensionMismatch, EncoderMismatch, StoreDamaged, StoreUnavailable
from indexer.passage import EncodedReport, EncoderIdentity, PassageKind, Vectors
from indexer.report import SectionKind
from indexer.settings import KnnCompression, Settings
from indexer.steps import OnStep, Step, unobserved
from indexer.stores.filters import Filters
from indexer.stores.opensearch import Server
from indexer.stores.opensearch_bulk import Bulk
from indexer.stores.opensearch_clauses import ALL, these
from indexer.stores.opensearch_indices import Indices
from indexer.stores.opensearch_view import WINDOW, View
from indexer.stores.vectors.base import Held, Restated, Similarity, VectorStore, VectorWriter
from indexer.stores.vectors.opensearch_mapping import COMPRESSION, ENCODER, VERSION, as_body, filtered_by, index_body
from indexer.stores.vectors.opensearch_queries import PLACE, by_kind, compared, cosine, neighbours, passing
from indexer.stores.vectors.snapshot import mismatch_message

COMPARED = 20_000
"""Reports up to which every passage is compared: 60,000 passages of 384 dimensions take some 25 ms, no longer than a graph."""

_BREADTH = 512
"""Candidates that a walk through a graph keeps at least, and twice as many as are wanted: what recall costs."""

_OVERSAMPLED = 4
"""Of compressed vectors, how many times as many as are wanted are found, and then compared by the full ones."""

_NOTHING = {"_source": False, "stored_fields": "_none_"}
_BY_ID = [{"report_id": "asc"}]


class OpenSearchVectors:
    """One index, for reading: it sees what is committed to it. See `base.VectorStore`."""

    keeps_findings = True

    def __init__(self, server: Server, index: str, encoder: EncoderIdentity, *, compressed: bool) -> None:
        self.state = index
        self._server = server
        self._encoder = encoder
        self._compressed = compressed

    def nearest(
        self,
        query: Vectors,
        reports: int,
        filters: Filters,
        *,
        without: Collection[str] = (),
        within: Collection[str] | None = None,
    ) -> list[str]:
        """See `base.VectorStore`; at most 10,000 reports, what a server gives at once."""
        _check(query, self._encoder)
        wanted = min(reports, WINDOW)
        allowed = passing(filters, without, within)
        if not self._passes_many(allowed):
            return self._best(compared(query, allowed), wanted)
        if not self._compressed:
            return self._best(neighbours(query, allowed, wanted, _breadth(wanted)), wanted)
        more = min(_OVERSAMPLED * wanted, WINDOW)
        candidates = self._best(neighbours(query, allowed, more, _breadth(more)), more)
        return self._best(compared(query, these(candidates)), wanted)

    def similarities(self, query: Vectors, report_ids: Sequence[str]) -> dict[str, Similarity]:
        """See `base.VectorStore`."""
        _check(query, self._encoder)
        found: dict[str, Similarity] = {}
        for first in range(0, len(report_ids), WINDOW):
            asked = list(report_ids[first : first + WINDOW])
            hits = self._search(query=by_kind(query, asked), size=len(asked), track_total_hits=False, _source=False)[
                "hits"
            ]
            found.update((hit["_id"], _similarity(hit["inner_hits"])) for hit in hits)
        return {report_id: found[report_id] for report_id in report_ids if report_id in found}

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def _best(self, asked: dict[str, Any], count: int) -> list[str]:
        best_first = [{"_score": "desc"}, *_BY_ID]
        found = self._search(query=asked, sort=best_first, size=count, track_total_hits=False, **_NOTHING)
        return [str(hit["sort"][-1]) for hit in found["hits"]]

    def _passes_many(self, allowed: dict[str, Any]) -> bool:
        total = self._search(query=allowed, size=0, track_total_hits=COMPARED + 1)["total"]
        return int(total["value"]) > COMPARED

    def _search(self, **body: Any) -> dict[str, Any]:
        answer = self._server.ask("POST", f"/{self.state}/_search", body, allow_partial_search_results=False)
        hits: dict[str, Any] = answer["hits"]
        return hits


class OpenSearchWriter:
    """An index or alias, for writing. loading: it is being filled, and made searchable when that is finished."""

    def __init__(
        self, indices: Indices, index: str, encoder: EncoderIdentity, on_step: OnStep = unobserved, *, loading: bool
    ) -> None:
        self._indices = indices
        self._index = index
        self._encoder = encoder
        self._on_step = on_step
        self._loading = loading
        self._whole = True
        self._bulk = Bulk(indices.server, index, is_alias=index == indices.live)

    def commit(self, added: Sequence[EncodedReport], removed: Sequence[str] = ()) -> None:
        """See `base.VectorWriter`; a report is replaced whole, a batch is not: the next run finishes what a kill cut off."""
        if not added and not removed:
            return
        for encoded in added:
            _check_passages(encoded, self._encoder)
        self._on_step(Step.SNAPSHOT_WRITING)
        self._whole = False
        refused = self._bulk.write(((e.report.report_id, as_body(e)) for e in added), removed)
        self._on_step(Step.BEFORE_SWITCH)
        if not self._loading:
            self._refresh()
        self._whole = True
        self._on_step(Step.SWITCHED)
        if refused:
            raise refused

    def fingerprints(self) -> Iterator[tuple[str, str]]:
        """(report id, fingerprint) of every report that is held."""
        self._refresh()
        return fingerprints(self._indices.server, self._index)

    def finish(self) -> None:
        """End the filling: all is searchable, and copied to other nodes."""
        self._indices.finish_load(self._index)
        self._loading = False

    def close(self) -> None:
        """Make what was loaded searchable, and close the connections. After a failed write the next opening does it."""
        try:
            if self._loading and self._whole and self._index == self._indices.live:
                self.finish()
        finally:
            self._indices.server.close()

    def _refresh(self) -> None:
        self._indices.server.ask("POST", f"/{self._index}/_refresh")


class OpenSearchVectorEngine:
    """The vectors of one archive on a cluster. See `base.VectorEngine`."""

    keeps_findings = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._reading: Server | None = None

    def current(self) -> str | None:
        """The index that answers."""
        indices = self._indices(self._reader())
        return indices.behind(indices.live)

    def open(self, encoder: EncoderIdentity) -> VectorStore | None:
        """The index that answers, by its own name: an exchanged one may be another encoder's."""
        indices = self._indices(Server(self._settings))
        try:
            index = indices.behind(indices.live)
            if index is None:
                indices.server.close()
                return None
            _require(indices, index, encoder)
        except BaseException:
            indices.server.close()
            raise
        compressed = indices.meta(index).get(COMPRESSION) != KnnCompression.NONE
        return OpenSearchVectors(indices.server, index, encoder, compressed=compressed)

    def writer(self, encoder: EncoderIdentity, on_step: OnStep) -> VectorWriter:
        """A writer to the alias; what it makes anew is searchable when it is closed."""
        indices = self._indices(self._patient())
        try:
            index = indices.behind(indices.live)
            if index is None:
                self._make(indices, encoder, live=True)
            else:
                _require(indices, index, encoder)
                indices.mend_load()
            return OpenSearchWriter(indices, indices.live, encoder, on_step, loading=index is None)
        except BaseException:
            indices.server.close()
            raise

    @contextmanager
    def fresh(self, encoder: EncoderIdentity) -> Iterator[VectorWriter]:
        """A writer to an index beside; takes its place when the block ends well, and the old one is kept."""
        with closing(self._patient()) as server:
            indices = self._indices(server)
            index = self._resumed(indices, encoder) or self._make(indices, encoder, live=False)
            writer = OpenSearchWriter(indices, index, encoder, loading=True)
            yield writer
            writer.finish()
            indices.exchange(index)

    def restate(self, reports: Sequence[Restated]) -> set[str]:
        """Change the fields that the index filters by; the vectors stay in it, and are read from there by the server."""
        with closing(self._patient()) as server:
            indices = self._indices(server)
            if not reports or indices.behind(indices.live) is None:
                return set()
            indices.require_version()
            bulk = Bulk(server, indices.live, is_alias=True)
            done = bulk.update((report.report_id, filtered_by(report, findings)) for report, findings in reports)
            server.ask("POST", f"/{indices.live}/_refresh")
            return done

    def held(self) -> Held | None:
        """The index that answers."""
        server = self._reader()
        indices = self._indices(server)
        index = indices.behind(indices.live)
        if index is None:
            return None
        indices.require_version()
        return Held(_made_by(indices, index), index, fingerprints(server, index))

    def roll_back(self) -> None:
        """Let the index answer that did before the last rebuild."""
        with closing(self._patient()) as server:
            self._indices(server).roll_back()

    def version(self) -> str:
        """What runs there, and its k-NN plugin. Raises StoreUnavailable."""
        with closing(Server(self._settings)) as server:
            number = server.ask("GET", "/")["version"]["number"]
            _require_plugin(server)
        return f"opensearch {number} with k-NN ({self._settings.opensearch_knn_engine.value}), at {server.place}"

    def _make(self, indices: Indices, encoder: EncoderIdentity, *, live: bool) -> str:
        _require_plugin(indices.server)
        return indices.make(index_body(encoder, self._settings), live=live)

    def _resumed(self, indices: Indices, encoder: EncoderIdentity) -> str | None:
        """What a rebuild that was cut off has left, if it is of use; what is not is deleted."""
        resumed = None
        for index in indices.abandoned():
            if resumed is None and indices.meta(index) == index_body(encoder, self._settings)["mappings"]["_meta"]:
                resumed = index
            else:
                indices.delete(index)
        return resumed

    def _reader(self) -> Server:
        if self._reading is None:
            self._reading = Server(self._settings)
        return self._reading

    def _patient(self) -> Server:
        return Server(self._settings, self._settings.opensearch_patience_seconds)

    def _indices(self, server: Server) -> Indices:
        settings = self._settings
        return Indices(server, settings.opensearch_index, "vectors", VERSION, settings.opensearch_replicas)


def fingerprints(server: Server, index: str) -> Iterator[tuple[str, str]]:
    """(report id, fingerprint) of every report in one state of an index."""
    with closing(View(server, index)) as view:
        for hit in view.walk(query=ALL, sort=_BY_ID, docvalue_fields=["fingerprint"], **_NOTHING):
            yield hit["sort"][-1], hit["fields"]["fingerprint"][0]


def _breadth(count: int) -> int:
    return min(max(2 * count, _BREADTH), WINDOW)


def _similarity(nearest: dict[str, Any]) -> Similarity:
    """What a report's nearest passage of each kind say; a part of it is the closest, if it has one."""
    tops = {kind: found["hits"]["hits"][0] for kind, found in nearest.items() if found["hits"]["hits"]}
    parts = {kind: top for kind, top in tops.items() if kind != PassageKind.WHOLE} or tops
    closest = max(parts.values(), key=lambda top: float(top["_score"]))["fields"]
    section, start, end = (closest[f"passages.{name}"][0] for name in PLACE)
    best = {PassageKind(kind): cosine(top["_score"]) for kind, top in tops.items()}
    return Similarity(best, SectionKind(section), int(start), int(end))


def _require(indices: Indices, index: str, encoder: EncoderIdentity) -> None:
    """Raise StoreDamaged if another version made an index, EncoderMismatch if another encoder's vectors are in it."""
    indices.require_version()
    if (made_by := _made_by(indices, index)) != encoder:
        raise EncoderMismatch(mismatch_message(made_by, encoder))


def _require_plugin(server: Server) -> None:
    plugins = server.ask("GET", "/_cat/plugins", format="json")
    if not any("knn" in plugin["component"].lower() for plugin in plugins):
        raise StoreUnavailable(
            f"OpenSearch at {server.place} has no k-NN plugin; install opensearch-knn there, or keep the vectors in the "
            "data folder: RADIOTHEQUE_VECTOR_ENGINE=faiss"
        )


def _made_by(indices: Indices, index: str) -> EncoderIdentity:
    try:
        return EncoderIdentity(**indices.meta(index)[ENCODER])
    except (KeyError, TypeError) as exc:
        raise StoreDamaged(
            f"{index} on {indices.server.place} does not say which encoder made it; "
            "make it anew with: radiotheque rebuild --store vectors"
        ) from exc


def _check(query: Vectors, encoder: EncoderIdentity) -> None:
    if query.shape != (1, encoder.dim):
        raise DimensionMismatch(f"vectors of shape {query.shape} came; the index takes (n, {encoder.dim})")


def _check_passages(encoded: EncodedReport, encoder: EncoderIdentity) -> None:
    wanted = (len(encoded.passages), encoder.dim)
    if encoded.vectors.shape != wanted:
        raise DimensionMismatch(f"vectors of shape {encoded.vectors.shape} came; the snapshot takes {wanted}")

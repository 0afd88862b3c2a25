"""Full text embedded in the process, on Tantivy (a Lucene-like engine in Rust).

Words are analysed by `indexer.words` and handed over as index forms, so that ranking, highlights and other engines agree.
Fields: `body` all words, `exact` unstemmed words for phrases, `affirmed` and `denied` the words on either side of the
negation cues, their clauses kept apart; both kinds of words of every section by itself. No field keeps more than is asked
of it: only what phrases are sought in has positions. An index with other fields than these is refused. Scores are Tantivy's BM25 (k1 1.2, b 0.75).
"""

import importlib.metadata
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur, Query

from indexer.errors import StorageFull, StoreDamaged, StoreLocked, StoreUnavailable
from indexer.files import exchange_folders
from indexer.stores.filters import Filters, FindingClause
from indexer.stores.finding_terms import asked_terms, stated_terms
from indexer.stores.text.alike import (
    AFFIRMED_WEIGHT,
    DENIED_SLOP,
    FACET_FIELDS,
    SECTION_EXACT,
    SECTION_TERMS,
    days,
    exam_numbers,
    joined,
    newest_first,
    present_concepts,
    word_fields,
)
from indexer.stores.text.base import Facet, Scored, TextDocument, TextQuery, TextStore, WithinSection

_WRITER_HEAP = 64_000_000
_FACET_SIZE = 10_000


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("report_id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("fingerprint", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("body", tokenizer_name="whitespace", index_option="freq")
    for name in ("exact", "affirmed", "denied", *SECTION_EXACT.values()):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in SECTION_TERMS.values():
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("stated", tokenizer_name="raw", index_option="basic")
    for name in ("modality", "regions", "sex", "site", "present"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("age", "decade", "year", "day", "order"):
        builder.add_integer_field(name, indexed=True, fast=True)
    return builder.build()


class TantivyText:
    """A Tantivy index in a folder. Opened for reading unless `write` is called; one writing process at a time."""

    def __init__(self, folder: Path) -> None:
        self._schema = _schema()
        self._writer: Any = None
        with _translated(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._folder = folder
            self._index = tantivy.Index(self._schema, path=str(folder), reuse=True)
        self._searcher = self._index.searcher()

    def write(self, documents: Sequence[TextDocument], removed: Sequence[str]) -> None:
        """Add or replace documents and remove reports, durably and in one commit."""
        with _translated(self._folder):
            if self._writer is None:
                self._writer = self._index.writer(_WRITER_HEAP, 1)
            for report_id in [*removed, *(d.report.report_id for d in documents)]:
                self._writer.delete_documents_by_term("report_id", report_id)
            for document in documents:
                self._writer.add_document(_document(document))
            self._writer.commit()
            self.refresh()

    def refresh(self) -> None:
        """See what was committed since."""
        with _translated(self._folder):
            self._index.reload()
            self._searcher = self._index.searcher()

    def search(self, query: TextQuery, filters: Filters, limit: int, *, avoid_contradiction: bool) -> list[Scored]:
        """The best reports that pass and hold a term, best first."""
        clauses = [(Occur.Must, self._ranking(query)), (Occur.Must, self._passing(query, filters))]
        if avoid_contradiction and query.denied_things:
            clauses.append((Occur.MustNot, self._contradiction(query)))
        return self._hits(Query.boolean_query(clauses), limit)

    def scores(self, query: TextQuery, report_ids: Sequence[str]) -> dict[str, float]:
        """The scores that `search` would give some reports; those without any term are left out."""
        if not report_ids or not query.terms:
            return {}
        these = Query.const_score_query(self._any("report_id", report_ids), 0.0)
        both = Query.boolean_query([(Occur.Must, self._ranking(query)), (Occur.Must, these)])
        return {hit.report_id: hit.score for hit in self._hits(both, len(report_ids))}

    def contradicting(self, query: TextQuery, filters: Filters) -> list[str]:
        """Reports that pass and affirm what the query denies, and nowhere deny it."""
        if not query.denied_things:
            return []
        both = Query.boolean_query(
            [(Occur.Must, self._contradiction(query)), (Occur.Must, self._passing(query, filters))]
        )
        return [hit.report_id for hit in self._hits(both, max(1, self._searcher.num_docs))]

    def passing(self, query: TextQuery, filters: Filters, report_ids: Sequence[str]) -> list[str]:
        """Those of some reports that pass, in the order given."""
        if not report_ids:
            return []
        clauses = [(Occur.Must, self._any("report_id", report_ids)), (Occur.Must, self._passing(query, filters))]
        held = {hit.report_id for hit in self._hits(Query.boolean_query(clauses), len(report_ids))}
        return [report_id for report_id in report_ids if report_id in held]

    def newest(self, query: TextQuery, filters: Filters, offset: int, limit: int) -> list[str]:
        """Ids of the reports that pass, latest exam first, undated last."""
        searcher = self._searcher
        found = searcher.search(
            self._passing(query, filters), limit, count=False, order_by_field="order", offset=offset
        )
        return [_report_id(searcher, address) for _key, address in found.hits]

    def count(self, query: TextQuery, filters: Filters, *, all_terms: bool = False) -> int:
        """Exactly how many reports pass; with all_terms, and hold every term."""
        clauses = [(Occur.Must, self._passing(query, filters))]
        if all_terms:
            clauses += [(Occur.Must, self._term("body", term)) for term in dict.fromkeys(query.terms)]
        return int(self._searcher.search(Query.boolean_query(clauses), 1, count=True).count)

    def facets(self, query: TextQuery, filters: Filters) -> dict[Facet, dict[str, int]]:
        """Exact counts by value over the reports that pass."""
        aggregations = {
            facet.value: {"terms": {"field": field, "size": _FACET_SIZE, "segment_size": _FACET_SIZE}}
            for facet, field in FACET_FIELDS.items()
        }
        found = self._searcher.aggregate(self._passing(query, filters), aggregations)
        return {facet: _buckets(found[facet.value]["buckets"]) for facet in Facet}

    def fingerprints(self) -> Iterator[tuple[str, str]]:
        """(report id, fingerprint) of every report that is held."""
        searcher = self._searcher
        found = searcher.search(Query.all_query(), max(1, searcher.num_docs), count=False)
        for _score, address in found.hits:
            document = searcher.doc(address)
            yield document.get_first("report_id"), document.get_first("fingerprint")

    def close(self) -> None:
        """Release files and locks."""
        if self._writer is not None:
            self._writer.wait_merging_threads()
            self._writer = None

    def _ranking(self, query: TextQuery) -> Any:
        fields = [("body", query.terms, 1.0), ("affirmed", query.affirmed, AFFIRMED_WEIGHT)]
        return Query.boolean_query(
            [
                (Occur.Should, Query.boost_query(self._term(field, term), weight * repeats))
                for field, found, weight in fields
                for term, repeats in Counter(found).items()
            ]
        )

    def _contradiction(self, query: TextQuery) -> Any:
        return Query.boolean_query(
            [
                (
                    Occur.Should,
                    Query.boolean_query(
                        [(Occur.Must, self._near("affirmed", group)), (Occur.MustNot, self._near("denied", group))]
                    ),
                )
                for group in query.denied_things
            ]
        )

    def _passing(self, query: TextQuery, filters: Filters) -> Any:
        clauses: list[tuple[Any, Any]] = [(Occur.Must, Query.all_query())]
        clauses += [(Occur.Must, q) for q in self._filter_queries(filters)]
        clauses += [(Occur.Must, self._near("exact", phrase, 0)) for phrase in query.phrases]
        clauses += [(Occur.MustNot, self._term("body", term)) for term in query.excluded]
        clauses += [(Occur.MustNot if one.excluded else Occur.Must, self._within(one)) for one in query.within]
        return Query.const_score_query(Query.boolean_query(clauses), 0.0)

    def _filter_queries(self, filters: Filters) -> Iterator[Any]:
        for field, values in (
            ("modality", filters.modalities),
            ("regions", filters.regions),
            ("sex", filters.sexes),
            ("site", filters.sites),
        ):
            if values:
                yield self._any(field, sorted(values))
        if filters.age_min is not None or filters.age_max is not None:
            yield self._range("age", filters.age_min, filters.age_max)
        if filters.date_from is not None or filters.date_to is not None:
            yield self._range("day", days(filters.date_from), days(filters.date_to))
        yield from map(self._clause, filters.findings)

    def _clause(self, clause: FindingClause) -> Any:
        terms = sorted({term for criterion in clause.any_of for term in asked_terms(criterion)})
        met = self._any("stated", terms) if terms else Query.empty_query()
        if not clause.excluded:
            return met
        return Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, met)])

    def _term(self, field: str, value: str) -> Any:
        return Query.term_query(self._schema, field, value, index_option="freq")

    def _any(self, field: str, values: Sequence[str]) -> Any:
        return Query.term_set_query(self._schema, field, [str(value) for value in values])

    def _range(self, field: str, low: int | None, high: int | None) -> Any:
        return Query.range_query(self._schema, field, tantivy.FieldType.Integer, low, high)

    def _within(self, asked: WithinSection) -> Any:
        if asked.phrase:
            return self._near(SECTION_EXACT[asked.section], asked.phrase, 0)
        return Query.term_query(self._schema, SECTION_TERMS[asked.section], asked.term, index_option="basic")

    def _near(self, field: str, words: Sequence[str], slop: int = DENIED_SLOP) -> Any:
        if len(words) == 1:
            return self._term(field, words[0])
        return Query.phrase_query(self._schema, field, list(words), slop)

    def _hits(self, query: Any, limit: int) -> list[Scored]:
        searcher = self._searcher  # addresses are of this searcher only, and another thread may refresh meanwhile
        found = searcher.search(query, limit, count=False)
        return [Scored(_report_id(searcher, address), float(score)) for score, address in found.hits]


class TantivyEngine:
    """The full text of one archive in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self, *, make: bool = False) -> TextStore:
        """Open it. Raises StoreUnavailable if its folder is not there, unless it is to be made; StoreDamaged."""
        # An empty folder made by a reader would stand in the way of one that a cut-off rebuild is to bring back.
        if not make and not self._folder.is_dir():
            raise StoreUnavailable(f"the full text in {self._folder} is missing; mend it with: radiotheque repair")
        return TantivyText(self._folder)

    @contextmanager
    def fresh(self) -> Iterator[TextStore]:
        """An empty index beside the one that answers; takes its place when the block ends well."""
        fresh = self._folder.with_name(self._folder.name + ".rebuilt")
        shutil.rmtree(fresh, ignore_errors=True)
        store = TantivyText(fresh)
        try:
            yield store
        finally:
            store.close()
        exchange_folders(fresh, self._folder)

    def roll_back(self) -> None:
        """Raises StoreUnavailable: a folder is exchanged for good."""
        raise StoreUnavailable(
            "the embedded full text keeps no earlier index to go back to; make it anew with: radiotheque rebuild --store text"
        )

    def version(self) -> str:
        """Its version: it is there if this package is."""
        return f"tantivy {importlib.metadata.version('tantivy')}, in the data folder"


def _report_id(searcher: Any, address: Any) -> str:
    return str(searcher.doc(address).get_first("report_id"))


def _document(source: TextDocument) -> Any:
    report, exam = source.report, source.report.metadata
    document = tantivy.Document()
    document.add_text("report_id", report.report_id)
    document.add_text("fingerprint", report.fingerprint)
    for field, words in word_fields(report):
        document.add_text(field, words)
    document.add_text("affirmed", joined(source.affirmed))
    document.add_text("denied", joined(source.denied))
    for field, values in (
        ("modality", [exam.modality]),
        ("regions", exam.regions),
        ("sex", [exam.sex]),
        ("site", [exam.site]),
    ):
        for value in values:
            if value is not None:
                document.add_text(field, str(value))
    for field, number in exam_numbers(report):
        document.add_integer(field, number)
    if (day := days(exam.exam_date)) is not None:
        document.add_integer("day", day)
    document.add_integer("order", newest_first(report))
    for term in stated_terms(source.findings):
        document.add_text("stated", term)
    for concept in present_concepts(source):
        document.add_text("present", concept)
    return document


def _buckets(buckets: list[dict[str, Any]]) -> dict[str, int]:
    return {_key(bucket["key"]): int(bucket["doc_count"]) for bucket in buckets}


def _key(key: str | float) -> str:
    return key if isinstance(key, str) else str(int(key))


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """Tantivy raises ValueError and OSError with texts of its own: sorted here by what they say."""
    try:
        yield
    except (ValueError, OSError) as exc:
        said = str(exc)
        if "No space left" in said or "os error 28" in said or "File too large" in said:
            raise StorageFull(f"no space left in {folder}; free some and run the same command again") from exc
        if "LockBusy" in said or "lock" in said.lower():
            raise StoreLocked(f"another process is writing to the full text in {folder}; wait until it ends") from exc
        if isinstance(exc, PermissionError) or "Permission denied" in said:
            raise StoreUnavailable(f"the full text in {folder} cannot be written: permission denied") from exc
        raise StoreDamaged(
            f"the full text in {folder} cannot be read; rebuild it with: radiotheque rebuild --store text"
        ) from exc

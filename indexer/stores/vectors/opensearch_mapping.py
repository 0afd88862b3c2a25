"""How OpenSearch keeps a report's passages: the index's mapping, and a report as a document of it.

A document is a report, replaced whole; its passages with their vectors are nested in it, so that neighbours come back as reports.
Findings are terms (`finding_terms`) and not nested documents as in the full text: a filter within a search of nested passages
sees what stands at the report itself, and nested documents of another kind it would count as the next report's.
No text is kept, and vectors once: the plugin makes `_source` from them. With `_source` off, a server keeps what it was sent for
its own recovery, three times as much.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from indexer.passage import EncodedReport, EncoderIdentity
from indexer.report import Report
from indexer.settings import KnnCompression, KnnEngine, Settings
from indexer.stores.filters import StatedFinding
from indexer.stores.finding_terms import stated_terms
from indexer.stores.opensearch_clauses import EXAM_FIELDS

VERSION = 1
"""Raised whenever the mapping or what is put in it changes: an index of another version is made anew."""

ENCODER, COMPRESSION = "encoder", "compression"
"""Under which an index's `_meta` has the encoder's identity, and how its vectors are compressed."""

SPACE = "innerproduct"
REPORT = "report"
"""The one value of the field `what`, which every report has and no passage."""

_LINKS, _BREADTH = 16, 128
"""Neighbours that a passage is linked to (m), and candidates among which they are chosen (ef_construction)."""


def index_body(encoder: EncoderIdentity, settings: Settings) -> dict[str, Any]:
    """Settings and mapping of an index."""
    engine, compression = settings.opensearch_knn_engine, settings.opensearch_knn_compression
    return {
        "settings": {"index.number_of_shards": settings.opensearch_shards, "index.knn": True},
        "mappings": {
            "dynamic": "strict",
            "_meta": {
                "version": VERSION,
                ENCODER: dataclasses.asdict(encoder),
                "knn": f"{engine.value} {compression.value}",
            },
            "properties": {
                "what": {"type": "keyword", "doc_values": False},
                "report_id": {"type": "keyword"},
                "fingerprint": {"type": "keyword", "index": False},
                "findings": {"type": "keyword", "doc_values": False},
                **EXAM_FIELDS,
                "passages": {
                    "type": "nested",
                    "properties": {
                        "kind": {"type": "keyword"},
                        "section": {"type": "keyword", "index": False},
                        "start": {"type": "integer", "index": False},
                        "end": {"type": "integer", "index": False},
                        "vector": _vector(encoder.dim, engine, compression),
                    },
                },
            },
        },
    }


def as_body(encoded: EncodedReport) -> dict[str, Any]:
    """A report as the index takes it; what is not known of it is left out. Vectors are rounded to fp16, as in a snapshot."""
    report, known = encoded.report, filtered_by(encoded.report, encoded.findings)
    vectors = encoded.vectors.astype(np.float16).tolist()
    return {
        "what": REPORT,
        "report_id": report.report_id,
        "fingerprint": report.fingerprint,
        "passages": [
            {"kind": p.kind, "section": p.section, "start": p.start, "end": p.end, "vector": vector}
            for p, vector in zip(encoded.passages, vectors, strict=True)
        ],
        **{name: value for name, value in known.items() if value is not None},
    }


def filtered_by(report: Report, findings: Sequence[StatedFinding]) -> dict[str, Any]:
    """What a report is filtered by, None for what is not known."""
    exam = report.metadata
    return {
        "findings": stated_terms(findings),
        "modality": exam.modality,
        "regions": list(exam.regions),
        "sex": exam.sex,
        "site": exam.site,
        "age": exam.age,
        "day": exam.exam_date.isoformat() if exam.exam_date else None,
    }


def _vector(dim: int, engine: KnnEngine, compression: KnnCompression) -> dict[str, Any]:
    graph = {"m": _LINKS, "ef_construction": _BREADTH}
    smaller = {} if compression is KnnCompression.NONE else {"mode": "on_disk", "compression_level": compression}
    return {
        "type": "knn_vector",
        "dimension": dim,
        "space_type": SPACE,
        "method": {"name": "hnsw", "engine": engine, "parameters": graph},
        **smaller,
    }

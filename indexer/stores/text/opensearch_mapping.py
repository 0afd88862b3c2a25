"""How OpenSearch keeps a report: the index's mapping, and a report as a document of it.

The words come as index forms (`indexer.words`), cut at their spaces and nothing more: no analyser of the server's stems or
stops anything, so a denial is never lost and both engines rank by the same words. Every section's words are there by themselves
too. No field keeps more than is asked of it: positions where phrases are sought, norms where it is ranked by. Findings are nested documents: what
a filter asks of a finding, one finding must meet all at once. No text is kept beside the index (`_source` is off): the
catalog has it, and an index is made anew from there.
"""

from typing import Any

from indexer.stores.text.alike import (
    GAP,
    SECTION_EXACT,
    SECTION_TERMS,
    exam_numbers,
    joined,
    newest_first,
    present_concepts,
    word_fields,
)
from indexer.stores.text.base import TextDocument

VERSION = 2
"""Raised whenever the mapping or what is put in it changes: an index of another version is made anew."""

_LONGEST = 8_000
"""Characters of a word or name that are kept: Lucene refuses a document with a term of more than 32,766 bytes."""

_KEYWORD = {"type": "keyword", "ignore_above": _LONGEST}
_RANKED = {"type": "text", "analyzer": "index_forms"}
_SOUGHT = {**_RANKED, "norms": False}
_HELD = {**_SOUGHT, "index_options": "docs"}


def index_body(shards: int) -> dict[str, Any]:
    """Settings and mapping of an index."""
    return {
        "settings": {
            "index.number_of_shards": shards,
            "analysis": {
                "analyzer": {"index_forms": {"type": "custom", "tokenizer": "spaces", "filter": ["cut"]}},
                "tokenizer": {"spaces": {"type": "whitespace", "max_token_length": 1_000_000}},
                "filter": {"cut": {"type": "truncate", "length": _LONGEST}},
            },
        },
        "mappings": {
            "dynamic": "strict",
            "_source": {"enabled": False},
            "_meta": {"version": VERSION},
            "properties": {
                "report_id": {"type": "keyword"},
                "fingerprint": {"type": "keyword", "index": False},
                "body": {**_RANKED, "index_options": "freqs"},
                "affirmed": _RANKED,
                **dict.fromkeys(("exact", "denied", *SECTION_EXACT.values()), _SOUGHT),
                **dict.fromkeys(SECTION_TERMS.values(), _HELD),
                **dict.fromkeys(("modality", "regions", "sex", "site", "present"), _KEYWORD),
                **{name: {"type": "short"} for name in ("age", "decade", "year")},
                "day": {"type": "date", "format": "strict_date"},
                "order": {"type": "long"},
                "findings": {
                    "type": "nested",
                    "properties": {
                        **{name: {"type": "keyword"} for name in ("concepts", "assertion", "side", "section")},
                        "tenths": {"type": "short"},
                    },
                },
            },
        },
    }


def as_body(document: TextDocument) -> dict[str, Any]:
    """A report as the index takes it; what is not known of it is left out."""
    report, exam = document.report, document.report.metadata
    words = dict(word_fields(report))
    known = {
        "modality": exam.modality,
        "regions": list(exam.regions),
        "sex": exam.sex,
        "site": exam.site,
        "day": exam.exam_date.isoformat() if exam.exam_date else None,
        **dict(exam_numbers(report)),
    }
    return {
        "report_id": report.report_id,
        "fingerprint": report.fingerprint,
        **words,
        "body": _kept(words["body"]),
        "affirmed": _kept(joined(document.affirmed)),
        "denied": _kept(joined(document.denied)),
        "order": newest_first(report),
        "present": present_concepts(document),
        "findings": _findings(document),
        **{name: value for name, value in known.items() if value is not None},
    }


def _kept(words: str) -> str:
    """Without a word, a report would not count among those that a word's rarity is measured by."""
    return words or GAP[0]


def _findings(document: TextDocument) -> list[dict[str, Any]]:
    """Each finding once: a server takes so many nested documents and no more."""
    return [
        {
            "concepts": sorted(finding.concepts),
            "assertion": finding.assertion,
            "side": finding.laterality,
            "section": finding.section,
            **({} if finding.tenths is None else {"tenths": finding.tenths}),
        }
        for finding in dict.fromkeys(document.findings)
    ]

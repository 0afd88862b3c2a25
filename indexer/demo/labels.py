"""The truth of a fictional report as labels by report, in the layout that `radiotheque evaluate-findings` reads.

The status, side and size of a label are those of `report_labels`, which also sums up what an analyser finds: truth and
findings are compared by one convention.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from indexer.demo.model import DemoReport, Mention, Section
from indexer.language.concepts import Lexicon
from indexer.language.evaluation import report_labels
from indexer.report import Finding, Laterality, Measurement, SectionKind

_SIDES = {Laterality.LEFT: "left", Laterality.RIGHT: "right", Laterality.BILATERAL: "both"}
_STOP = re.compile(r"\n|[.?!](?=\s|$)")


def label_lines(report: DemoReport, known: frozenset[str], lexicon: Lexicon) -> Iterator[str]:
    """Yield the lines of findings.jsonl for a report, without their line breaks.

    known: the concepts that the corpus marks wherever they are named, so that a missing label means "not mentioned".
    A mention of a kind of a known concept counts for that concept too.
    """
    findings = [_finding(mention) for mention in report.findings if mention.concept in lexicon.concepts]
    for concept, label in sorted(report_labels(report.id, findings, known, lexicon).items()):
        deciding = next(
            finding
            for finding in findings
            if finding.assertion is label.status and concept in lexicon.ancestors(finding.concept)
        )
        row = {
            "id": report.id,
            "finding": concept,
            "status": label.status.value,
            "side": _SIDES[label.side] if label.side else None,
            "size_mm": label.size,
            "quote": sentence_around(report.text, deciding.start, deciding.end),
        }
        yield json.dumps(row, ensure_ascii=False)


def _finding(mention: Mention) -> Finding:
    measurement = Measurement((mention.size_mm,)) if mention.size_mm is not None else None
    return Finding(
        concept=mention.concept,
        assertion=mention.assertion,
        laterality=mention.laterality,
        section=_KINDS[mention.section],
        start=mention.start,
        end=mention.end,
        measurement=measurement,
    )


_KINDS = {
    Section.INDICATION: SectionKind.INDICATION,
    Section.TECHNIQUE: SectionKind.TECHNIQUE,
    Section.COMPARISON: SectionKind.COMPARISON,
    Section.RESULTS: SectionKind.RESULTS,
    Section.CONCLUSION: SectionKind.CONCLUSION,
}


def sentence_around(text: str, start: int, end: int) -> str:
    """The sentence or line that holds these characters."""
    begin = max((stop.end() for stop in _STOP.finditer(text, 0, start)), default=0)
    stop = _STOP.search(text, end)
    return text[begin : stop.end() if stop else len(text)].strip()

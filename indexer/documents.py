"""A report as the stores take it: with its vectors, as a document of the full text, its findings as filters see them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from indexer.encoders.base import Encoder
from indexer.encoders.passages import passages_of
from indexer.language.concepts import Lexicon
from indexer.language.loading import load_lexicon
from indexer.language.polarity import clauses
from indexer.passage import EncodedReport
from indexer.report import Finding, Report, SectionKind
from indexer.stores.filters import StatedFinding
from indexer.stores.text.base import TextDocument

_ASSERTING = (SectionKind.PREAMBLE, SectionKind.RESULTS, SectionKind.CONCLUSION)
"""Sections whose words state something: what the indication asks is neither affirmed nor denied."""


def encode(reports: Sequence[Report], encoder: Encoder, own: Path | None) -> list[EncodedReport]:
    """The reports with their passages' vectors; equal passages are encoded once. own: an institution's lexicon file."""
    passages = [passages_of(report, encoder) for report in reports]
    texts = list(dict.fromkeys(p.text for found in passages for p in found))
    number = {text: i for i, text in enumerate(texts)}
    vectors = encoder.encode_passages(texts)
    lexicon = load_lexicon(own)
    return [
        EncodedReport(
            report, tuple(found), vectors[[number[p.text] for p in found]], stated_findings(report.findings, lexicon)
        )
        for report, found in zip(reports, passages, strict=True)
    ]


def text_document(report: Report, own: Path | None) -> TextDocument:
    """A report as the full text takes it, with the words that it affirms and denies. own: an institution's lexicon file."""
    stated = [c for s in report.sections if s.kind in _ASSERTING for c in clauses(report.text[s.start : s.end])]
    affirmed, denied = tuple(c.affirmed for c in stated), tuple(c.denied for c in stated)
    return TextDocument(report, affirmed, denied, stated_findings(report.findings, load_lexicon(own)))


def stated_findings(findings: Iterable[Finding], lexicon: Lexicon) -> tuple[StatedFinding, ...]:
    """Findings as filters see them. One whose concept the lexicon no longer has counts as nothing but itself."""
    return tuple(
        StatedFinding(
            lexicon.ancestors(f.concept) if f.concept in lexicon.concepts else frozenset((f.concept,)),
            f.assertion,
            f.laterality,
            f.section,
            max(f.measurement.current, default=None) if f.measurement else None,
        )
        for f in findings
    )

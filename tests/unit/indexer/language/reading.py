"""Reads a passage as the analyser does, for tests."""

from functools import lru_cache

from indexer.language.analyser import Analyser, load_analyser
from indexer.language.memory import Exam
from indexer.report import BodyRegion, Finding, Section, SectionKind


@lru_cache(maxsize=1)
def analyser() -> Analyser:
    """One analyser for all tests: it loads the lexicon."""
    return load_analyser()


def read(text: str, *regions: BodyRegion, section: SectionKind = SectionKind.RESULTS) -> tuple[Finding, ...]:
    """The findings of a text that is one section of an exam of these regions."""
    return analyser().findings(text, (Section(section, 0, len(text)),), Exam(frozenset(regions)))


def said(text: str, *regions: BodyRegion, section: SectionKind = SectionKind.RESULTS) -> dict[str, str]:
    """Concept -> assertion; of several mentions the last."""
    return {finding.concept: finding.assertion.value for finding in read(text, *regions, section=section)}

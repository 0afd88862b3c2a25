"""Random reports and filters for comparing an engine with brute force. Every value also comes missing."""

import dataclasses
import datetime as dt
import re
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from indexer.report import (
    Assertion,
    BodyRegion,
    ExamMetadata,
    Finding,
    Laterality,
    Measurement,
    Modality,
    Report,
    Section,
    SectionKind,
    Sex,
)
from indexer.stores.filters import Filters, FindingClause, FindingCriterion, StatedFinding

_Item = TypeVar("_Item")

WORDS = ["embolie", "fracture", "kyste", "nodule", "foie", "rein", "poumon", "gauche", "droit", "ancien"]
MODALITIES = [Modality.CT, Modality.MR, Modality.US]
REGIONS = [BodyRegion.THORAX, BodyRegion.ABDOMEN, BodyRegion.HEAD]
SITES = ["nord", "Hôpital d'Été", "sud 2"]
FIRST_DAY = dt.date(1968, 1, 1)  # before 1970: days are counted from there
DAYS = 365 * 55


def report_id(number: int) -> str:
    return f"{number:032x}"


def make_report(number: int, text: str = "Foie normal.", exam: ExamMetadata | None = None) -> Report:
    section = Section(SectionKind.RESULTS, 0, len(text))
    return Report(report_id(number), None, text, (section,), exam or ExamMetadata())


def random_report(rng: np.random.Generator, number: int) -> Report:
    made = make_report(number, _random_text(rng), random_exam(rng))
    return dataclasses.replace(made, sections=_random_sections(number, made.text), findings=_random_findings(rng))


def random_exam(rng: np.random.Generator) -> ExamMetadata:
    regions = [region for region in REGIONS if rng.random() < 0.4]
    return ExamMetadata(
        modality=_maybe(rng, _one(rng, MODALITIES)),
        regions=tuple(regions),
        sex=_one(rng, list(Sex)),
        age=_maybe(rng, max(0, int(rng.integers(-5, 100)))),
        exam_date=_maybe(rng, FIRST_DAY + dt.timedelta(int(rng.integers(0, DAYS)))),
        site=_maybe(rng, _one(rng, SITES)),
    )


def random_filters(rng: np.random.Generator) -> Filters:
    """Each criterion is there half of the time, a bound of a range likewise."""
    first = FIRST_DAY + dt.timedelta(int(rng.integers(0, DAYS)))
    last = first + dt.timedelta(int(rng.integers(0, DAYS)))
    age = int(rng.integers(0, 90))
    return Filters(
        modalities=_some(rng, MODALITIES),
        regions=_some(rng, REGIONS),
        sexes=_some(rng, list(Sex)),
        sites=_some(rng, SITES),
        age_min=_maybe(rng, age, 0.3),
        age_max=_maybe(rng, age + int(rng.integers(0, 60)), 0.3),
        date_from=_maybe(rng, first, 0.3),
        date_to=_maybe(rng, last, 0.3),
    )


def stated(report: Report) -> tuple[StatedFinding, ...]:
    """A report's findings as filters see them: every one is a kind of lesion."""
    return tuple(
        StatedFinding(
            frozenset((f.concept, "lesion")),
            f.assertion,
            f.laterality,
            f.section,
            max(f.measurement.current) if f.measurement else None,
        )
        for f in report.findings
    )


def _random_findings(rng: np.random.Generator) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            _one(rng, ["cyst", "nodule", "mass"]),
            _one(rng, [Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN]),
            _one(rng, [Laterality.LEFT, Laterality.RIGHT, Laterality.NONE]),
            _one(rng, [SectionKind.RESULTS, SectionKind.CONCLUSION]),
            0,
            1,
            Measurement((round(float(rng.random()) * 30, 1),)) if rng.random() < 0.5 else None,
        )
        for _ in range(int(rng.integers(0, 4)))
    )


def clause(concept: str, assertion: Assertion | None = None, *, excluded: bool = False, **more: Any) -> FindingClause:
    """A clause of one criterion."""
    assertions = frozenset({assertion} if assertion else ())
    return FindingClause((FindingCriterion(concept, assertions=assertions, **more),), excluded)


FINDING_CRITERIA = {
    "finding": Filters(findings=(clause("cyst", Assertion.PRESENT),)),
    "broader finding": Filters(findings=(clause("lesion", Assertion.PRESENT, sides=frozenset({Laterality.LEFT})),)),
    "two findings": Filters(findings=(clause("nodule", Assertion.ABSENT), clause("cyst", size_min=10.0))),
    "either finding": Filters(findings=(FindingClause((*clause("cyst").any_of, *clause("mass").any_of)),)),
    "no finding": Filters(findings=(clause("nodule", Assertion.PRESENT, excluded=True),)),
    "size": Filters(findings=(clause("nodule", Assertion.PRESENT, size_min=8.0, size_max=20.0),)),
    "section": Filters(findings=(clause("mass", sections=frozenset({SectionKind.CONCLUSION})),)),
    "finding and exam": Filters(modalities=frozenset({Modality.CT}), findings=(clause("cyst", Assertion.PRESENT),)),
}
"""Criteria on findings, which the vectors alone cannot answer."""

CRITERIA = {
    "none": Filters(),
    "modality": Filters(modalities=frozenset({Modality.CT})),
    "two modalities": Filters(modalities=frozenset({Modality.CT, Modality.US})),
    "region": Filters(regions=frozenset({BodyRegion.HEAD})),
    "two regions": Filters(regions=frozenset({BodyRegion.HEAD, BodyRegion.THORAX})),
    "sex": Filters(sexes=frozenset({Sex.FEMALE})),
    "site": Filters(sites=frozenset({"Hôpital d'Été"})),
    "age from": Filters(age_min=40),
    "age to": Filters(age_max=40),
    "age zero": Filters(age_min=0, age_max=0),
    "ages": Filters(age_min=30, age_max=60),
    "date from": Filters(date_from=dt.date(2000, 1, 1)),
    "date to": Filters(date_to=dt.date(1970, 1, 1)),
    "dates": Filters(date_from=dt.date(1969, 6, 1), date_to=dt.date(1999, 12, 31)),
    "combined": Filters(
        modalities=frozenset({Modality.CT, Modality.MR}), sexes=frozenset({Sex.FEMALE, Sex.MALE}), age_min=20
    ),
}
"""Every criterion alone, and some together."""


def accepted(reports: Sequence[Report], filters: Filters) -> list[str]:
    """Brute force: ids of the reports that pass, in the order given."""
    return [report.report_id for report in reports if filters.accepts(report.metadata, stated(report))]


def _random_text(rng: np.random.Generator) -> str:
    statements = []
    for _ in range(int(rng.integers(1, 5))):
        words = " ".join(_one(rng, WORDS) for _ in range(int(rng.integers(1, 5))))
        statements.append(f"Pas de {words}." if rng.random() < 0.3 else f"{words}.")
    return " ".join(statements)


def _random_sections(number: int, text: str) -> tuple[Section, ...]:
    """Every statement a section; neighbours of one kind happen, and none between two."""
    luck = np.random.default_rng(number)
    kinds = [SectionKind.INDICATION, SectionKind.RESULTS, SectionKind.CONCLUSION, SectionKind.PREAMBLE]
    statements = [match.span() for match in re.finditer(r"[^.]+\.", text)]
    return tuple(Section(_one(luck, kinds), start, end) for start, end in statements if luck.random() < 0.9)


def _one(rng: np.random.Generator, items: Sequence[_Item]) -> _Item:
    return items[int(rng.integers(len(items)))]


def _some(rng: np.random.Generator, items: Sequence[_Item]) -> frozenset[_Item]:
    return frozenset(item for item in items if rng.random() < 0.5) if rng.random() < 0.4 else frozenset()


def _maybe(rng: np.random.Generator, value: _Item, chance: float = 0.8) -> _Item | None:
    return value if rng.random() < chance else None

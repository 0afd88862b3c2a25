"""Reports as rows and back, exactly: what is read equals what was staged."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping

from indexer.errors import StoreDamaged
from indexer.report import (
    Assertion,
    BodyRegion,
    Change,
    ExamMetadata,
    Finding,
    IdentifierCategory,
    Laterality,
    Measurement,
    Modality,
    Policy,
    Report,
    Screening,
    Section,
    SectionKind,
    Sex,
)

Row = dict[str, Any]


def to_json(value: object) -> str:
    """Compact JSON in ASCII, which holds any string, lone surrogates included."""
    return json.dumps(value, separators=(",", ":"))


def report_row(report: Report, run: int) -> Row:
    """The `report` row of a report that a run stages; the other stores' fingerprints are not in it."""
    metadata = report.metadata
    return {
        "report_id": report.report_id,
        "patient_key": report.patient_key,
        "modality": metadata.modality and metadata.modality.value,
        "regions": to_json(metadata.regions),
        "sex": metadata.sex.value,
        "age": metadata.age,
        "exam_date": metadata.exam_date,
        "site": metadata.site,
        "language": metadata.language,
        "fingerprint": report.fingerprint,
        "deleted": False,
        "last_run": run,
        "screening": report.screening and to_json(asdict(report.screening)),
        "analysis": report.analysis,
    }


def restated_row(report: Report) -> Row:
    """Of the `report` row what understanding a report anew may change, with its id."""
    row = report_row(report, 0)
    return {name: row[name] for name in ("report_id", "modality", "regions", "sex", "age", "analysis")}


def content_row(report: Report) -> Row:
    """The `report_content` row of a report."""
    return {
        "report_id": report.report_id,
        "text": report.text,
        "sections": to_json([(section.kind, section.start, section.end) for section in report.sections]),
        "findings": to_json([_finding_fields(finding) for finding in report.findings]),
    }


def report_of(row: RowMapping) -> Report:
    """The report of the two rows, joined. Raises StoreDamaged if they hold what this version does not know."""
    try:
        return Report(
            report_id=row["report_id"],
            patient_key=row["patient_key"],
            text=row["text"],
            sections=tuple(Section(SectionKind(kind), *span) for kind, *span in json.loads(row["sections"])),
            metadata=_metadata_of(row),
            findings=tuple(_finding_of(fields) for fields in json.loads(row["findings"])),
            screening=_screening_of(row["screening"]),
            analysis=row["analysis"],
            fingerprint=row["fingerprint"],
        )
    except (ValueError, TypeError, KeyError):
        # Not `from exc`: a JSON error carries the document, and an enum's error quotes the value.
        message = "the catalog has a report whose fields cannot be read: it is damaged or of another version"
        raise StoreDamaged(message) from None


def _metadata_of(row: RowMapping) -> ExamMetadata:
    return ExamMetadata(
        modality=Modality(row["modality"]) if row["modality"] is not None else None,
        regions=tuple(BodyRegion(region) for region in json.loads(row["regions"])),
        sex=Sex(row["sex"]),
        age=row["age"],
        exam_date=row["exam_date"],
        site=row["site"],
        language=row["language"],
    )


def _screening_of(value: str | None) -> Screening | None:
    if value is None:
        return None
    fields = json.loads(value)
    found = {IdentifierCategory(category): int(count) for category, count in fields["found"].items()}
    return Screening(Policy(fields["policy"]), fields["rules"], found, fields["released"])


def _finding_fields(finding: Finding) -> Row:
    measurement = finding.measurement
    return {
        "concept": finding.concept,
        "assertion": finding.assertion,
        "laterality": finding.laterality,
        "section": finding.section,
        "span": (finding.start, finding.end),
        "mm": measurement and (measurement.current, measurement.prior, measurement.change),
        "site": finding.site,
    }


def _finding_of(fields: Mapping[str, Any]) -> Finding:
    start, end = fields["span"]
    return Finding(
        concept=fields["concept"],
        assertion=Assertion(fields["assertion"]),
        laterality=Laterality(fields["laterality"]),
        section=SectionKind(fields["section"]),
        start=start,
        end=end,
        measurement=_measurement_of(*fields["mm"]) if fields["mm"] is not None else None,
        site=fields["site"],
    )


def _measurement_of(current: list[float], prior: list[float], change: str | None) -> Measurement:
    return Measurement(tuple(current), tuple(prior), Change(change) if change is not None else None)

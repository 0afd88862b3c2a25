"""The domain: what a radiology report is to Radiothèque, from the raw record to the understood report.

Everything here is frozen. Whatever holds text or an identifier masks it in `repr`, so that it cannot reach a log.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum

MASK = "[...]"


class Modality(StrEnum):
    """DICOM modality codes (PS3.3, C.7.3.1.1.1) met in radiology archives."""

    CT = "CT"
    MR = "MR"
    US = "US"
    DX = "DX"
    CR = "CR"
    MG = "MG"
    XA = "XA"
    RF = "RF"
    NM = "NM"
    PT = "PT"
    BMD = "BMD"
    OT = "OT"


class BodyRegion(StrEnum):
    """Regions of the body that an exam covers; an exam may cover several."""

    HEAD = "head"
    NECK = "neck"
    THORAX = "thorax"
    BREAST = "breast"
    HEART = "heart"
    ABDOMEN = "abdomen"
    PELVIS = "pelvis"
    SPINE = "spine"
    UPPER_LIMB = "upper_limb"
    LOWER_LIMB = "lower_limb"
    WHOLE_BODY = "whole_body"


class Sex(StrEnum):
    """Administrative sex, in HL7 v2 table 0001's letters."""

    FEMALE = "F"
    MALE = "M"
    OTHER = "O"
    UNKNOWN = "U"


class SectionKind(StrEnum):
    """The parts of a report, in the order in which they usually stand."""

    PREAMBLE = "preamble"
    INDICATION = "indication"
    TECHNIQUE = "technique"
    COMPARISON = "comparison"
    RESULTS = "results"
    CONCLUSION = "conclusion"


class Assertion(StrEnum):
    """What a report says of a finding; `asked` is only queried in the indication."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"
    HISTORICAL = "historical"
    FAMILY = "family"
    ASKED = "asked"


AFFIRMED = frozenset((Assertion.PRESENT, Assertion.UNCERTAIN))
"""What a report says is there, or may be."""


class Laterality(StrEnum):
    """The side of a finding."""

    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"
    MIDLINE = "midline"
    NONE = "none"


class Change(StrEnum):
    """How a finding compares with an earlier exam."""

    INCREASED = "increased"
    DECREASED = "decreased"
    STABLE = "stable"
    NEW = "new"


class IdentifierCategory(StrEnum):
    """Kinds of identifier. Titles (Dr, Mme) are no part of a name; DATE is any calendar date but a bare year."""

    NAME = "name"
    BIRTH_DATE = "birth_date"
    DATE = "date"
    AGE = "age"
    ADDRESS = "address"
    LOCATION = "location"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    NIR = "nir"
    PROVIDER_ID = "provider_id"
    PATIENT_ID = "patient_id"
    EXAM_ID = "exam_id"
    HOSPITAL = "hospital"
    COMPANY = "company"
    DEVICE = "device"


class Policy(StrEnum):
    """What the gate does with a report in which it finds identifiers."""

    VERIFY = "verify"
    REDACT = "redact"
    SURROGATE = "surrogate"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record came from: the file, and the line (from 1) or row group position in it."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class RawReport:
    """One record as a source gives it, before the gate: nothing in it is trusted yet.

    metadata: field name -> raw value, for the fields of `sources.mapping.METADATA_FIELDS` that the mapping names.
    """

    source_id: str
    text: str
    metadata: dict[str, str]
    origin: Origin

    def __repr__(self) -> str:
        return f"RawReport(source_id={MASK}, text={MASK}, metadata={MASK}, origin={self.origin})"


@dataclass(frozen=True, slots=True)
class ExamMetadata:
    """What is known of the exam and the patient, all optional; `age` in completed years at the exam."""

    modality: Modality | None = None
    regions: tuple[BodyRegion, ...] = ()
    sex: Sex = Sex.UNKNOWN
    age: int | None = None
    exam_date: dt.date | None = None
    site: str | None = None
    language: str = "fr"

    def __repr__(self) -> str:
        return f"ExamMetadata({MASK})"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the text: characters `start` to `end` (exclusive), heading left out."""

    kind: SectionKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """Sizes stated for a finding, in millimetres, largest first; `prior` those of an earlier exam.

    change: how they compare; it may be stated without any size.
    """

    current: tuple[float, ...]
    prior: tuple[float, ...] = ()
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A mention of a lexicon concept and what the report says of it; `start`/`end` are characters of the text.

    concept: the most specific one that the words name. site: the lexicon's site at which it is seen, if one is named.
    """

    concept: str
    assertion: Assertion
    laterality: Laterality
    section: SectionKind
    start: int
    end: int
    measurement: Measurement | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Screening:
    """What the gate did with a report: by which policy and rules, and how many identifiers of each category it met.

    released: an operator let it pass as it was.
    """

    policy: Policy
    rules: str
    found: dict[IdentifierCategory, int] = field(default_factory=dict)
    released: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A report that passed the gate and was understood.

    report_id, patient_key: keyed pseudonyms (`privacy.pseudonyms`), 32 hexadecimal characters.
    analysis: the version of the analyser that found sections and findings; None if none did.
    """

    report_id: str
    patient_key: str | None
    text: str
    sections: tuple[Section, ...]
    metadata: ExamMetadata
    findings: tuple[Finding, ...] = ()
    screening: Screening | None = None
    analysis: str | None = None
    fingerprint: str = field(default="")

    def __post_init__(self) -> None:
        if not self.fingerprint:
            object.__setattr__(self, "fingerprint", content_fingerprint(self.text, self.patient_key, self.metadata))

    def __repr__(self) -> str:
        return f"Report(report_id={MASK}, text={MASK}, sections={len(self.sections)}, findings={len(self.findings)})"

    def section_text(self, kind: SectionKind) -> str:
        """The text of every section of a kind, joined by line ends; empty if there is none."""
        return "\n".join(self.text[s.start : s.end].strip() for s in self.sections if s.kind is kind)


def content_fingerprint(text: str, patient_key: str | None, metadata: ExamMetadata) -> str:
    """128-bit BLAKE2b, in hexadecimal, of all that a source says of a report: equal if and only if nothing changed."""
    content = {
        "text": text,
        "patient": patient_key,
        "modality": metadata.modality,
        "regions": sorted(metadata.regions),
        "sex": metadata.sex,
        "age": metadata.age,
        "date": metadata.exam_date.isoformat() if metadata.exam_date else None,
        "site": metadata.site,
        "language": metadata.language,
    }
    encoded = json.dumps(content, ensure_ascii=False, sort_keys=True).encode("utf-8")
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()

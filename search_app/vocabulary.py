"""The closed choices of the API as the front end knows them; a test compares them with the API's own."""

from enum import StrEnum


class Modality(StrEnum):
    """DICOM modality codes."""

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


class Region(StrEnum):
    """Regions of the body."""

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
    """Administrative sex."""

    FEMALE = "F"
    MALE = "M"
    OTHER = "O"
    UNKNOWN = "U"


class SectionKind(StrEnum):
    """The parts of a report."""

    PREAMBLE = "preamble"
    INDICATION = "indication"
    TECHNIQUE = "technique"
    COMPARISON = "comparison"
    RESULTS = "results"
    CONCLUSION = "conclusion"


class Mode(StrEnum):
    """Which signals rank."""

    HYBRID = "hybrid"
    LEXICAL = "lexical"
    SEMANTIC = "semantic"


class Facet(StrEnum):
    """What the API counts."""

    MODALITY = "modality"
    REGION = "region"
    SEX = "sex"
    SITE = "site"
    YEAR = "year"
    AGE = "age"
    FINDING = "finding"


class Assertion(StrEnum):
    """What a report says of a finding; asked: only queried in the indication."""

    PRESENT = "present"
    ABSENT = "absent"
    UNCERTAIN = "uncertain"
    HISTORICAL = "historical"
    FAMILY = "family"
    ASKED = "asked"


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
    """Kinds of identifier that the gate finds."""

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


class QuarantineReason(StrEnum):
    """Why a record was not indexed; the API lists only those of the gate."""

    UNREADABLE = "unreadable line"
    MISSING_TEXT = "missing or empty text"
    MISSING_ID = "missing id"
    DUPLICATE_ID = "same id with different content in one run"
    TOO_LONG = "text over the set size"
    WRONG_ENCODING = "wrong encoding"
    LONE_SURROGATE = "lone surrogate"
    NUL = "NUL character"
    BAD_METADATA = "metadata that cannot be understood"
    IDENTIFIER = "identifier found at the gate"
    GATE_FAULT = "a detector of the gate failed"
    TOO_SLOW = "took too long to be understood"
    NOT_UNDERSTOOD = "the analyser failed"
    REFUSED = "refused by a store"


class Verdict(StrEnum):
    """What is decided on a record that the gate held back."""

    RELEASED = "released"
    REJECTED = "rejected"


class Language(StrEnum):
    """The languages of the interface; the first is the default."""

    FR = "fr"
    EN = "en"

    @property
    def other(self) -> "Language":
        """The language to switch to."""
        return Language.EN if self is Language.FR else Language.FR

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


class Language(StrEnum):
    """The languages of the interface; the first is the default."""

    FR = "fr"
    EN = "en"

    @property
    def other(self) -> "Language":
        """The language to switch to."""
        return Language.EN if self is Language.FR else Language.FR

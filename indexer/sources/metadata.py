"""From the raw metadata of a record to ExamMetadata: every value is understood or named as a fault, none is guessed."""

import datetime as dt
import re
from collections.abc import Callable
from collections.abc import Mapping as Table
from typing import TypeVar

from indexer.report import BodyRegion, ExamMetadata, Modality, Sex
from indexer.sources.mapping import METADATA_FIELDS, Field
from indexer.sources.vocabulary import fold, vocabulary

_LONGEST_VALUE = 500
_OLDEST_AGE = 130
_FIRST_EXAM = dt.date(1895, 11, 8)  # Röntgen's first radiograph
_REGION_SEPARATORS = re.compile(r"[,;/|+&\\\n]")
_TIME = r"(?:[T ]?\d{2}:?\d{2}.*)?"
_DATES = (
    re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _TIME),
    re.compile(r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4})" + _TIME),
    re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})" + _TIME),
)
_AGE_PART = re.compile(r"(\d{1,4})(?:[.,](\d{1,4}))?\s*([^\W\d]*)(?:\s*(?:,|et|and)\s+|\s+)?")
_LANGUAGE_TAG = re.compile(r"([a-z]{2})(?:[-_][a-z0-9]{2,8})*", re.IGNORECASE)
_Parsed = TypeVar("_Parsed")


class MetadataFault(Exception):
    """A value that cannot be understood; has the field and the reason, never the value."""

    def __init__(self, field: Field, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


def parse_metadata(raw: Table[str, str], today: dt.date | None = None) -> ExamMetadata:
    """The exam's metadata; `patient_id` is checked for being storable and otherwise left to the pseudonyms.

    raw: by names of METADATA_FIELDS, as RawReport.metadata has them. today: the last day that an exam may have,
    by default this machine's. Raises MetadataFault for the first field that cannot be understood.
    """
    last_day = today or dt.datetime.now(dt.UTC).astimezone().date()
    values = {field: _checked(field, raw[field]) for field in METADATA_FIELDS if field in raw}
    return ExamMetadata(
        modality=_known(values, Field.MODALITY, _modality, None),
        regions=_known(values, Field.REGIONS, _regions, ()),
        sex=_known(values, Field.SEX, _sex, Sex.UNKNOWN),
        age=_known(values, Field.AGE, _age, None),
        exam_date=_known(values, Field.EXAM_DATE, lambda value: _date(value, last_day), None),
        site=" ".join(values.get(Field.SITE, "").split()) or None,
        language=_known(values, Field.LANGUAGE, _language, "fr"),
    )


def _checked(field: Field, value: str) -> str:
    if len(value) > _LONGEST_VALUE:
        raise MetadataFault(field, f"longer than {_LONGEST_VALUE} characters")
    if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in value):
        raise MetadataFault(field, "holds characters that cannot be stored")
    return value.strip()


def _known(values: Table[Field, str], field: Field, parse: Callable[[str], _Parsed], absent: _Parsed) -> _Parsed:
    value = values.get(field, "")
    folded = fold(value)
    return absent if not folded or folded in vocabulary().absent else parse(value)


def _modality(value: str) -> Modality:
    """The one modality that is named, whatever other words there are (`IRM cérébrale`)."""
    terms = vocabulary().modalities
    named = set(terms.exactly(value)) or {member for found in terms.within(value) for member in found}
    if len(named) != 1:
        reason = "names several modalities" if named else "neither a DICOM code nor a known name"
        raise MetadataFault(Field.MODALITY, f"{reason}; codes are {', '.join(Modality)}")
    return named.pop()


def _regions(value: str) -> tuple[BodyRegion, ...]:
    """Every region named, in the order of the enum."""
    terms = vocabulary().regions
    named: set[BodyRegion] = set()
    for part in _REGION_SEPARATORS.split(value):
        for found in terms.within(part):
            if not found:
                raise MetadataFault(Field.REGIONS, f"a region that is not known; regions are {', '.join(BodyRegion)}")
            named.update(region for region in found if region is not None)
    return tuple(region for region in BodyRegion if region in named)


def _sex(value: str) -> Sex:
    named = vocabulary().sexes.exactly(value)
    if len(named) != 1:
        raise MetadataFault(Field.SEX, f"not a known sex; codes are {', '.join(Sex)}")
    return named[0]


def _age(value: str) -> int:
    """Completed years of `63`, `63 ans`, `063Y` (DICOM AS), `18 mois` or `2 ans et 3 mois`."""
    fault = MetadataFault(Field.AGE, f"not an age of 0 to {_OLDEST_AGE} years, such as 63, 63 ans, 063Y or 8 mois")
    units = vocabulary().age_units
    years, position = 0.0, 0
    while position < len(value):
        part = _AGE_PART.match(value, position)
        unit = fold(part[3]) or "an" if part else ""
        if part is None or unit not in units:
            raise fault
        years += float(f"{part[1]}.{part[2] or 0}") / units[unit]
        position = part.end()
    if years >= _OLDEST_AGE + 1:
        raise fault
    return int(years)


def _date(value: str, last_day: dt.date) -> dt.date:
    """The day of ISO 8601, DD/MM/YYYY or YYYYMMDD (DICOM DA), with or without a time."""
    parts = next((match for pattern in _DATES if (match := pattern.fullmatch(value))), None)
    if parts is None:
        raise MetadataFault(Field.EXAM_DATE, "not a date such as 2024-03-31, 31/03/2024 or 20240331")
    try:
        day = dt.date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    except ValueError:
        raise MetadataFault(Field.EXAM_DATE, "no such day in the calendar") from None
    if not _FIRST_EXAM <= day <= last_day:
        raise MetadataFault(Field.EXAM_DATE, "in the future" if day > last_day else f"before {_FIRST_EXAM.year}")
    return day


def _language(value: str) -> str:
    """ISO 639-1, from a name, a three-letter code or a tag such as fr-FR."""
    named = vocabulary().languages.exactly(value)
    if named:
        return named[0]
    tag = _LANGUAGE_TAG.fullmatch(value)
    if tag is None:
        raise MetadataFault(Field.LANGUAGE, "not an ISO 639 code such as fr, nor a known name")
    return tag[1].lower()

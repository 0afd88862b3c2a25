"""A raw record on its way to being a report: checked, under its pseudonym, past the gate; or the reason why it cannot be one.

What is kept aside has the whole record with it, so that it can be tried again (`raw_of`).
"""

import datetime as dt
import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace

from indexer.language.detection import language_of
from indexer.language.understanding import NotUnderstood
from indexer.privacy.gate import Gate, Screened
from indexer.privacy.pseudonyms import Pseudonyms
from indexer.report import IdentifierCategory, RawReport, Report
from indexer.sources.base import Fault, Rejected
from indexer.sources.mapping import IDENTIFYING_FIELDS, Field
from indexer.sources.metadata import MetadataFault, parse_metadata
from indexer.stores.catalog.base import Quarantined, QuarantineReason

_FAULTS = {
    Fault.UNREADABLE: QuarantineReason.UNREADABLE,
    Fault.WRONG_ENCODING: QuarantineReason.WRONG_ENCODING,
    Fault.MISSING_TEXT: QuarantineReason.MISSING_TEXT,
    Fault.MISSING_ID: QuarantineReason.MISSING_ID,
}
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LANGUAGE_CHARS = 200
_LANGUAGE_SURE = 0.95
GATE_REASONS = (QuarantineReason.IDENTIFIER, QuarantineReason.GATE_FAULT)
"""Why the gate holds a report back; an operator may release it."""


@dataclass(frozen=True, slots=True)
class Screener:
    """Takes raw records one by one, also in a worker process. namespace: of the source, for the pseudonyms."""

    gate: Gate
    pseudonyms: Pseudonyms
    namespace: str
    max_chars: int

    def __call__(self, raw: RawReport, *, released: bool = False) -> Report | Quarantined:
        """A record as a report past the gate, not understood yet, or the reason why it cannot be one.

        released: past the gate as it is.
        """
        fault = _text_fault(raw, self.max_chars)
        if fault:
            return kept_aside(raw, *fault)
        try:
            metadata = parse_metadata(raw.metadata)
        except MetadataFault as exc:
            return kept_aside(raw, QuarantineReason.BAD_METADATA, exc.field)
        patient = raw.metadata.get(Field.PATIENT_ID, "").strip()
        report_id = self.pseudonyms.report_id(self.namespace, raw.source_id)
        patient_key = self.pseudonyms.patient_key(self.namespace, patient) if patient else None
        text = unicodedata.normalize("NFC", raw.text)  # accents as one character: headings and cues are spelt so
        known = [raw.source_id, *(raw.metadata[f] for f in IDENTIFYING_FIELDS if f in raw.metadata)]
        screened = (
            Screened(text, ()) if released else self.gate.screen(text, known, self.pseudonyms, patient_key or report_id)
        )
        if screened.text is None:
            return _held_back(raw, screened)
        if not raw.metadata.get(Field.LANGUAGE, "").strip():
            metadata = replace(metadata, language=_language(screened.text, metadata.language))
        if metadata.exam_date and screened.shift_days:
            metadata = replace(metadata, exam_date=metadata.exam_date + dt.timedelta(days=screened.shift_days))
        return Report(
            report_id=report_id,
            patient_key=patient_key,
            text=screened.text,
            sections=(),
            metadata=metadata,
            screening=screened.note(self.gate.policy, released=released),
        )


def _language(text: str, otherwise: str) -> str:
    """The language of a text long enough to be sure of, in which the record does not state it."""
    if len(text) < _LANGUAGE_CHARS:
        return otherwise
    language, probability = language_of(text)
    return language if probability >= _LANGUAGE_SURE else otherwise


def _text_fault(raw: RawReport, max_chars: int) -> tuple[QuarantineReason, str] | None:
    """What makes a text or an id unfit to be stored, and in which field."""
    for name, value in ((Field.ID, raw.source_id), (Field.TEXT, raw.text)):
        if "\0" in value:
            return QuarantineReason.NUL, name
        if _SURROGATE.search(value):
            return QuarantineReason.LONE_SURROGATE, name
    return (QuarantineReason.TOO_LONG, Field.TEXT) if len(raw.text) > max_chars else None


def kept_aside(raw: RawReport, reason: QuarantineReason, name: str | None = None) -> Quarantined:
    """A record for the quarantine. name: the field at fault, if one is."""
    record = {Field.ID: raw.source_id, Field.TEXT: raw.text, **raw.metadata}
    return Quarantined(reason, raw.origin, None if name is None else str(name), json.dumps(record))


def given_up(raw: RawReport, why: NotUnderstood) -> Quarantined:
    """A record whose text was not understood: it took too long, or the analyser has a fault."""
    if why.too_slow:
        return kept_aside(raw, QuarantineReason.TOO_SLOW, Field.TEXT)
    return replace(kept_aside(raw, QuarantineReason.NOT_UNDERSTOOD, Field.TEXT), detail=json.dumps(why.error))


def refused(raw: RawReport, kind: str) -> Quarantined:
    """A record that a store does not take as it is. kind: of the store's error."""
    return replace(kept_aside(raw, QuarantineReason.REFUSED), detail=json.dumps(kind))


def error_kind(record: Quarantined) -> str | None:
    """The kind of the error for which a record is kept aside, if it was one: a detector's, the analyser's or a store's."""
    found = json.loads(record.detail) if record.detail else None
    return found if isinstance(found, str) else None


def unread(record: Rejected) -> Quarantined:
    """What a source could not read, for the quarantine."""
    return Quarantined(_FAULTS[record.fault], record.origin, raw=record.raw)


def _held_back(raw: RawReport, screened: Screened) -> Quarantined:
    places = [[i.start, i.end, i.category.value, round(i.confidence, 2), i.rule] for i in screened.found]
    reason = QuarantineReason.GATE_FAULT if screened.fault else QuarantineReason.IDENTIFIER
    return replace(kept_aside(raw, reason, Field.TEXT), detail=json.dumps(screened.fault or places))


def identifiers_of(record: Quarantined) -> list[tuple[int, int, IdentifierCategory]]:
    """Where the gate found identifiers in the text of a record: start, end, category, in order."""
    found = json.loads(record.detail) if record.detail else []
    if not isinstance(found, list):  # the kind of an error
        return []
    return [(start, end, IdentifierCategory(category)) for start, end, category, _confidence, _rule in found]


def met(screened: Report | Quarantined) -> Counter[IdentifierCategory]:
    """How many identifiers of each category the gate met in a record."""
    if isinstance(screened, Report):
        return Counter(screened.screening.found if screened.screening else {})
    return Counter(category for _start, _end, category in identifiers_of(screened))


def raw_of(record: Quarantined) -> RawReport | None:
    """The raw report of a quarantined record, to be tried again; None if its fields could not be told apart."""
    values = json.loads(record.raw) if record.raw else {}
    source_id, text = values.pop(Field.ID, None), values.pop(Field.TEXT, None)
    if not source_id or not text:
        return None
    return RawReport(source_id, text, values, record.origin)

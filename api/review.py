"""The review of what the gate held back: list, show, decide. The only part of the API that writes."""

import json
import unicodedata
from collections import Counter

from api.engine import Engine, OpenStores
from api.review_schemas import (
    DecisionRequest,
    DecisionResponse,
    DecisionSchema,
    HeldListSchema,
    HeldRecordSchema,
    HeldSchema,
    IdentifierSchema,
)
from indexer.errors import DecidedAlready, UnknownReport
from indexer.maintenance import release
from indexer.screening import GATE_REASONS, identifiers_of
from indexer.settings import Settings
from indexer.stores.catalog.base import QuarantineEntry, Verdict
from indexer.workspace import open_foundation, open_workspace


def waiting(stores: OpenStores, settings: Settings, offset: int, limit: int) -> HeldListSchema:
    """A page of the records that wait for a decision."""
    total, entries = stores.catalog.quarantine.waiting(GATE_REASONS, offset, limit)
    return HeldListSchema(policy=settings.privacy_policy, total=total, held=[_held(e) for e in entries])


def record(stores: OpenStores, number: int) -> HeldRecordSchema:
    """One record with its text. Raises UnknownReport."""
    entry = _entry(stores, number)
    values = json.loads(entry.record.raw) if entry.record.raw else {}
    return HeldRecordSchema(
        **_held(entry).model_dump(),
        text=unicodedata.normalize("NFC", values.get("text", "")),  # as the gate read it
        identifiers=[IdentifierSchema(start=s, end=e, category=c) for s, e, c in identifiers_of(entry.record)],
        decisions=[
            DecisionSchema(verdict=d.verdict, who=d.who, why=d.why, at=d.at)
            for d in stores.catalog.quarantine.decisions(number)
        ],
    )


def decide(engine: Engine, number: int, request: DecisionRequest) -> DecisionResponse:
    """Record a decision; a released record is indexed at once. Raises UnknownReport, DecidedAlready, StoreLocked."""
    stores = engine.stores
    entry = _entry(stores, number)
    if entry.resolved:
        raise DecidedAlready(f"record {number} is indexed already; to take it back: radiotheque delete REPORT_ID")
    indexed = 0
    if request.verdict is entry.verdict:  # a key pressed twice is one decision
        return DecisionResponse(indexed=0, waiting=stores.catalog.quarantine.waiting(GATE_REASONS, 0, 1)[0])
    if request.verdict is Verdict.REJECTED:
        with open_foundation(engine.settings) as foundation:
            foundation.catalog.quarantine.decide(number, request.verdict, request.who, request.why)
    else:
        with open_workspace(engine.settings, stores.encoder.identity) as workspace:
            indexed = release(workspace, stores.encoder, [entry], request.who, request.why)
    return DecisionResponse(indexed=indexed, waiting=stores.catalog.quarantine.waiting(GATE_REASONS, 0, 1)[0])


def _entry(stores: OpenStores, number: int) -> QuarantineEntry:
    entry = stores.catalog.quarantine.get(number)
    if entry is None or entry.record.reason not in GATE_REASONS:
        raise UnknownReport("the gate held back no record with that number")
    return entry


def _held(entry: QuarantineEntry) -> HeldSchema:
    return HeldSchema(
        number=entry.entry_id,
        reason=entry.record.reason,
        file=entry.record.origin.file,
        line=entry.record.origin.line,
        at=entry.at,
        verdict=entry.verdict,
        categories=dict(Counter(category for _start, _end, category in identifiers_of(entry.record))),
    )

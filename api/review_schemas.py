"""Requests and responses of the review of what the gate held back."""

import datetime as dt
from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas import Schema, Span
from indexer.report import IdentifierCategory, Policy
from indexer.stores.catalog.base import QuarantineReason, Verdict

Stated = Annotated[
    str,
    # No database keeps a NUL.
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]*$"),
]


class HeldSchema(Schema):
    """A record that the gate held back, without its text."""

    number: int
    reason: QuarantineReason
    file: str
    line: int
    at: dt.datetime
    verdict: Verdict | None
    categories: dict[IdentifierCategory, int]


class HeldListSchema(Schema):
    """A page of held-back records, oldest first. total: those that wait for a decision."""

    policy: Policy
    total: int
    held: list[HeldSchema]


class IdentifierSchema(Span):
    """An identifier found in a held-back text."""

    category: IdentifierCategory


class DecisionSchema(Schema):
    """What was decided, by whom, why and when."""

    verdict: Verdict
    who: str
    why: str
    at: dt.datetime


class HeldRecordSchema(HeldSchema):
    """A held-back record with its text and what was found in it."""

    text: str
    identifiers: list[IdentifierSchema]
    decisions: list[DecisionSchema]


class DecisionRequest(Schema):
    """A decision on a held-back record: `released` indexes it as it is, `rejected` keeps it out for good."""

    verdict: Verdict
    who: Stated
    why: Annotated[Stated, Field(description="Why; kept with the name and the time.")]


class DecisionResponse(Schema):
    """What came of a decision."""

    indexed: int
    waiting: int

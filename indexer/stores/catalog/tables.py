"""The catalog's tables. Statements use them directly (`select`, `insert`): rows are never loaded as objects.

A report is two rows. `report` is narrow: identity, metadata and the state that every batch rewrites; `report_content`
holds the text, which is written once. Kept together, recording a state would rewrite eight times as many pages.
"""

import datetime as dt

from sqlalchemy import ColumnElement, Dialect, Index, LargeBinary, MetaData, String, Text, case, or_
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel, col

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An instant, always with the UTC zone in Python; SQLite, which has no zones, stores it bare."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, _dialect: Dialect) -> dt.datetime | None:
        """What is stored."""
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, _dialect: Dialect) -> dt.datetime | None:
        """What was stored."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Unstorable(ValueError):
    """Text that PostgreSQL cannot hold, and that SQLite is not given either."""


class PlainString(TypeDecorator[str]):
    """Short text from outside, without NUL."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """What is stored. Raises Unstorable."""
        if value is not None and "\0" in value:
            raise Unstorable("NUL")
        return value


class PlainText(PlainString):
    """Long text from outside, without NUL."""

    impl = Text
    cache_ok = True


class AnyText(TypeDecorator[str]):
    """Text that may hold what no database accepts as text: lone surrogates and NUL, which quarantined records have."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> bytes | None:
        """What is stored."""
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> str | None:
        """What was stored."""
        return None if value is None else value.decode("utf-8", "surrogatepass")


class CatalogTable(SQLModel, registry=registry(metadata=MetaData(naming_convention=_NAMES))):
    """Base of the tables; its metadata is the catalog's alone."""


class RunRow(CatalogTable, table=True):
    """A run of the indexer; `sources`, `settings` and `identifiers` (how many by category) are JSON."""

    __tablename__ = "run"

    run_id: int | None = Field(default=None, primary_key=True)
    started: dt.datetime = Field(sa_type=UtcDateTime)
    ended: dt.datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: str
    read: int = 0
    indexed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    sources: str = Field(sa_type=Text)
    settings: str = Field(sa_type=Text)
    identifiers: str = Field(sa_type=Text)


class ReportRow(CatalogTable, table=True):
    """Identity, metadata and state of a report; `regions` and `screening` are JSON, closed choices are their codes."""

    __tablename__ = "report"
    __table_args__ = (Index("ix_report_patient", "patient_key", "exam_date"),)

    report_id: str = Field(primary_key=True)
    patient_key: str | None
    modality: str | None
    regions: str
    sex: str
    age: int | None
    exam_date: dt.date | None
    site: str | None = Field(sa_type=PlainString)
    language: str
    fingerprint: str
    text_fingerprint: str | None
    vectors_fingerprint: str | None
    deleted: bool
    last_run: int | None = Field(foreign_key="run.run_id")
    screening: str | None = Field(sa_type=Text)
    analysis: str | None


class ContentRow(CatalogTable, table=True):
    """The text of a report and what was understood of it; `sections` and `findings` are JSON."""

    __tablename__ = "report_content"

    report_id: str = Field(primary_key=True, foreign_key="report.report_id", ondelete="CASCADE")
    text: str = Field(sa_type=PlainText)
    sections: str = Field(sa_type=Text)
    findings: str = Field(sa_type=Text)


class QuarantineRow(CatalogTable, table=True):
    """A record kept aside. digest: of origin and raw, by which the same record is known again; `raw` last, being long.

    detail: JSON, see `base.Quarantined`.
    """

    __tablename__ = "quarantine"

    entry_id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    run: int = Field(foreign_key="run.run_id")
    reason: str
    file: str = Field(sa_type=AnyText)
    line: int
    field: str | None
    detail: str | None = Field(sa_type=Text)
    at: dt.datetime = Field(sa_type=UtcDateTime)
    resolved: bool
    raw: str | None = Field(sa_type=AnyText)


class DecisionRow(CatalogTable, table=True):
    """What an operator decided on a record kept aside; never changed, the latest counts."""

    __tablename__ = "decision"

    decision_id: int | None = Field(default=None, primary_key=True)
    entry: int = Field(foreign_key="quarantine.entry_id")
    verdict: str
    who: str = Field(sa_type=PlainString)
    why: str = Field(sa_type=PlainText)
    at: dt.datetime = Field(sa_type=UtcDateTime)


class FactRow(CatalogTable, table=True):
    """A fact about the whole index."""

    __tablename__ = "workspace_fact"

    name: str = Field(primary_key=True)
    value: str = Field(sa_type=PlainText)


def _differs(held: str | None) -> ColumnElement[bool]:
    """Whether a store holds nothing, or something else than the catalog's content."""
    return or_(col(held).is_(None), col(held) != col(ReportRow.fingerprint))


def owed(held: str | None) -> ColumnElement[bool]:
    """Whether a store has still to take a report, or to drop it if it is deleted. held: the store's column."""
    return case((col(ReportRow.deleted), col(held).is_not(None)), else_=_differs(held))


UNSETTLED = or_(col(ReportRow.deleted), _differs(ReportRow.text_fingerprint), _differs(ReportRow.vectors_fingerprint))
"""What `ReportState.settled` denies, in SQL.

The index on it holds the few unsettled reports only: finding them costs the same at a thousand reports and at a hundred
million, the database keeps it right by itself, and no column could come to disagree with the fingerprints.
"""

Index("ix_report_unsettled", col(ReportRow.report_id), sqlite_where=UNSETTLED, postgresql_where=UNSETTLED)

"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_FINGERPRINT = sa.column("fingerprint", sa.String())
_TEXT = sa.column("text_fingerprint", sa.String())
_VECTORS = sa.column("vectors_fingerprint", sa.String())
_UNSETTLED = sa.or_(
    sa.column("deleted", sa.Boolean()),
    _TEXT.is_(None),
    _TEXT != _FINGERPRINT,
    _VECTORS.is_(None),
    _VECTORS != _FINGERPRINT,
)


def upgrade() -> None:
    """Make the tables."""
    _make_runs()
    _make_reports()
    _make_quarantine()
    op.create_table(
        "workspace_fact",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_workspace_fact"),
    )


def _make_runs() -> None:
    op.create_table(
        "run",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("indexed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("identifiers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_run"),
    )


def _make_reports() -> None:
    op.create_table(
        "report",
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("patient_key", sa.String(), nullable=True),
        sa.Column("modality", sa.String(), nullable=True),
        sa.Column("regions", sa.String(), nullable=False),
        sa.Column("sex", sa.String(), nullable=False),
        sa.Column("age", sa.Integer(), nullable=True),
        sa.Column("exam_date", sa.Date(), nullable=True),
        sa.Column("site", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("text_fingerprint", sa.String(), nullable=True),
        sa.Column("vectors_fingerprint", sa.String(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("last_run", sa.Integer(), nullable=True),
        sa.Column("screening", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["last_run"], ["run.run_id"], name="fk_report_last_run_run"),
        sa.PrimaryKeyConstraint("report_id", name="pk_report"),
    )
    op.create_index("ix_report_patient", "report", ["patient_key", "exam_date"])
    op.create_index(
        "ix_report_unsettled", "report", ["report_id"], sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED
    )
    op.create_table(
        "report_content",
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sections", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.report_id"], name="fk_report_content_report_id_report", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name="pk_report_content"),
    )


def _make_quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved", sa.Boolean(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name="pk_quarantine"),
        sa.UniqueConstraint("digest", name="uq_quarantine_digest"),
        sa.ForeignKeyConstraint(["run"], ["run.run_id"], name="fk_quarantine_run_run"),
    )
    op.create_table(
        "decision",
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name="pk_decision"),
        sa.ForeignKeyConstraint(["entry"], ["quarantine.entry_id"], name="fk_decision_entry_quarantine"),
    )

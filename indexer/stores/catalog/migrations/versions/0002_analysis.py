"""The version of the analyser that understood each report; none did for those indexed before."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("report", sa.Column("analysis", sa.String(), nullable=True))

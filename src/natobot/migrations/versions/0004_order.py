"""When a channel may have the next message, so that order and pace hold for all processes on one database."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEXES = {"ix_deliveries_pace": ["free_at"], "ix_deliveries_order": ["thread_ts", "status", "message_ts"]}


def upgrade() -> None:
    """Make it."""
    op.add_column("deliveries", sa.Column("free_at", sa.Double, nullable=False, server_default="0"))
    for name, columns in _INDEXES.items():
        op.create_index(name, "deliveries", ["enterprise", "team", "channel", *columns])


def downgrade() -> None:
    """Drop it."""
    for name in _INDEXES:
        op.drop_index(name, "deliveries")
    op.drop_column("deliveries", "free_at")

"""What people say of answers, what went unanswered, and what was shared; who asked, so that they can be forgotten."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make them."""
    for table in ("deliveries", "threads"):
        op.add_column(table, sa.Column("person", sa.String, nullable=False, server_default=""))
    op.create_table(
        "feedback",
        *_keys("enterprise", "team", "person", "channel", "message_ts"),
        sa.Column("helpful", sa.Boolean, nullable=False),
        sa.Column("given_at", sa.Double, nullable=False),
    )
    op.create_index("ix_feedback_given_at", "feedback", ["given_at"])
    op.create_table(
        "unanswered",
        *_keys("enterprise", "team", "note"),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("passages", sa.Text, nullable=False),
        sa.Column("filed_at", sa.Double, nullable=False),
    )
    op.create_index("ix_unanswered_filed_at", "unanswered", ["filed_at"])
    op.create_table(
        "shares",
        *_keys("enterprise", "team", "channel", "message_ts"),
        sa.Column("shared_at", sa.Double, nullable=False),
    )
    op.create_index("ix_shares_shared_at", "shares", ["shared_at"])


def downgrade() -> None:
    """Drop them, with all they hold."""
    for table in ("shares", "unanswered", "feedback"):
        op.drop_table(table)
    for table in ("threads", "deliveries"):
        op.drop_column(table, "person")


def _keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, primary_key=True) for name in names]

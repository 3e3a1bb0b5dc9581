"""The first tables: deliveries, threads, daily posts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "deliveries",
        sa.Column("event_id", sa.String, primary_key=True),
        sa.Column("enterprise", sa.String, nullable=False),
        sa.Column("team", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("message_ts", sa.String, nullable=False),
        sa.Column("thread_ts", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("question", sa.Text, nullable=True),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("doubts", sa.Integer, nullable=False),
        sa.Column("error", sa.String, nullable=True),
        sa.Column("posted_ts", sa.String, nullable=True),
        sa.Column("worker", sa.String, nullable=False),
        sa.Column("lease_until", sa.Double, nullable=False),
        sa.Column("claimed_at", sa.Double, nullable=False),
        sa.Column("done_at", sa.Double, nullable=True),
        sa.UniqueConstraint("enterprise", "team", "channel", "message_ts", name="uq_deliveries_message"),
    )
    op.create_index("ix_deliveries_status", "deliveries", ["status", "lease_until"])
    op.create_table(
        "threads",
        sa.Column("enterprise", sa.String, primary_key=True),
        sa.Column("team", sa.String, primary_key=True),
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("thread_ts", sa.String, primary_key=True),
        sa.Column("message_ts", sa.String, primary_key=True),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("asked_at", sa.Double, nullable=False),
    )
    op.create_index("ix_threads_asked_at", "threads", ["asked_at"])
    op.create_table(
        "daily_posts",
        sa.Column("enterprise", sa.String, primary_key=True),
        sa.Column("team", sa.String, primary_key=True),
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("local_date", sa.String, primary_key=True),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.String, nullable=True),
        sa.Column("posted_ts", sa.String, nullable=True),
        sa.Column("claimed_at", sa.Double, nullable=False),
    )


def downgrade() -> None:
    """Drop them, with all they hold."""
    op.drop_table("daily_posts")
    op.drop_table("threads")
    op.drop_table("deliveries")

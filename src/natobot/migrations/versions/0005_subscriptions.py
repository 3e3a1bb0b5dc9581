"""Who wants a daily post where and when, which clock works for whom, and when a post that failed is tried again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INDEXES = {
    "ix_daily_posts_local_date": ["local_date"],
    "ix_daily_posts_status": ["status", "claimed_at"],
    "ix_daily_posts_retry_at": ["retry_at"],
}


def upgrade() -> None:
    """Make them."""
    op.add_column("daily_posts", sa.Column("retry_at", sa.Double, nullable=True))
    for name, columns in _INDEXES.items():
        op.create_index(name, "daily_posts", columns)
    op.create_table(
        "subscriptions",
        *_keys("enterprise", "team", "channel"),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("local_time", sa.String, nullable=False),
        sa.Column("zone", sa.String, nullable=False),
        sa.Column("weekdays", sa.String, nullable=False),
        sa.Column("topics", sa.Text, nullable=False),
        sa.Column("sources", sa.Text, nullable=False),
        sa.Column("quiet", sa.Boolean, nullable=False),
        sa.Column("window_hours", sa.Integer, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("counted_from", sa.Double, nullable=False),
        sa.Column("paused", sa.String, nullable=False),
        sa.Column("owed", sa.Boolean, nullable=False),
    )
    op.create_table("adopted", *_keys("enterprise", "team", "channel"), sa.Column("adopted_at", sa.Double, nullable=False))
    op.create_table(
        "clock_turns",
        *_keys("enterprise", "team"),
        sa.Column("worker", sa.String, nullable=False),
        sa.Column("lease_until", sa.Double, nullable=False),
        sa.Column("free_at", sa.Double, nullable=False),
    )


def downgrade() -> None:
    """Drop them, with all they hold."""
    for table in ("clock_turns", "adopted", "subscriptions"):
        op.drop_table(table)
    for name in _INDEXES:
        op.drop_index(name, "daily_posts")
    op.drop_column("daily_posts", "retry_at")


def _keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, primary_key=True) for name in names]

"""Who wants a daily post where and when, which clock works for whom, and when a post that failed is tried again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make them."""
    op.add_column("daily_posts", sa.Column("retry_at", sa.Double, nullable=True))
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
    op.drop_column("daily_posts", "retry_at")


def _keys(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, primary_key=True) for name in names]

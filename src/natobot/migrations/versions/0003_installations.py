"""Who installed the app by OAuth, with their tokens, and which installations are under way."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "slack_bots",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("client_id", sa.String, nullable=False),
        sa.Column("app_id", sa.String, nullable=False),
        *_texts("enterprise_id", "enterprise_name", "team_id", "team_name"),
        *_texts("bot_token", "bot_id", "bot_user_id", "bot_scopes", "bot_refresh_token"),
        sa.Column("bot_token_expires_at", sa.DateTime),
        sa.Column("is_enterprise_install", sa.Boolean, nullable=False),
        sa.Column("installed_at", sa.DateTime, nullable=False),
    )
    op.create_index("slack_bots_idx", "slack_bots", ["client_id", "enterprise_id", "team_id", "installed_at"])
    op.create_table(
        "slack_oauth_states",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("expire_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_slack_oauth_states_state", "slack_oauth_states", ["state"])
    op.create_index("ix_slack_oauth_states_expire_at", "slack_oauth_states", ["expire_at"])


def downgrade() -> None:
    """Drop them, with all they hold: everybody must install the app again."""
    op.drop_table("slack_oauth_states")
    op.drop_table("slack_bots")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String) for name in names]

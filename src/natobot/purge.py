"""Deletes what is stored of a workspace or organisation that no longer has the app: in goes whose, every table is swept.

The tables are found by their columns, so that a later one is swept too.
"""

import datetime

import sqlalchemy as sa

from natobot.database import metadata, slack_bots
from natobot.state import State, Workspace

# The names under which tables hold whose a row is: ours, and those of slack_sdk's store.
_OWNERS = (("enterprise", "team"), ("enterprise_id", "team_id"))


def purge(state: State, workspace: Workspace) -> int:
    """Delete every row of a workspace, or without ``team`` of a whole organisation; how many those were.

    Raises:
        StateError: the state database fails; then nothing is deleted.
    """
    with state.begin_work() as connection:
        return sum(connection.execute(sa.delete(table).where(theirs)).rowcount for table, theirs in _rows(workspace))


def installed_since(state: State, workspace: Workspace, moment: float) -> bool:
    """Whether somebody installed the app for a workspace or organisation after a moment (seconds since 1970).

    Raises:
        StateError: the state database fails.
    """
    [theirs] = [theirs for table, theirs in _rows(workspace) if table is slack_bots] or [sa.false()]
    # The store writes times without a zone, in UTC.
    after = datetime.datetime.fromtimestamp(moment, datetime.UTC).replace(tzinfo=None)
    with state.begin_work() as connection:
        query = sa.select(slack_bots.c.id).where(theirs, slack_bots.c.installed_at > after)
        return connection.execute(query).first() is not None


def owned() -> dict[sa.Table, tuple[sa.Column[str], sa.Column[str]]]:
    """The tables whose rows belong to somebody, with the columns of organisation and workspace."""
    return {
        table: (table.c[enterprise], table.c[team])
        for table in metadata.sorted_tables
        for enterprise, team in _OWNERS
        if enterprise in table.c and team in table.c
    }


def _rows(workspace: Workspace) -> list[tuple[sa.Table, sa.ColumnElement[bool]]]:
    """Each table with the condition for the rows of a workspace or organisation; nothing for nobody."""
    if workspace.team:
        # Ids of workspaces are unique, and one may have joined an organisation since a row was written.
        return [(table, team == workspace.team) for table, (_, team) in owned().items()]
    if workspace.enterprise:
        return [(table, enterprise == workspace.enterprise) for table, (enterprise, _) in owned().items()]
    return []

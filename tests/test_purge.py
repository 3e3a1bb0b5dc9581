"""What is stored of a workspace goes when it leaves: all tables, its rows and no others."""

import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from natobot.database import StateError, metadata, slack_bots, slack_oauth_states
from natobot.purge import installed_since, owned, purge
from natobot.state import State, Workspace

# Rows of nobody: installations under way, of which nobody knows yet whose they will be.
OF_NOBODY = {slack_oauth_states}
PLACES = [("", "T1"), ("", "T2"), ("E1", "T3"), ("E1", "T4"), ("E1", ""), ("E2", "")]


def value(column: sa.Column[object], number: int) -> object:
    """Anything that fits into a column, another one for another number."""
    kinds: list[tuple[type[Any], object]] = [
        (sa.Boolean, True),
        (sa.Integer, number + 1),
        (sa.Float, float(number)),
        (sa.DateTime, datetime.datetime(2026, 1, 1)),  # noqa: DTZ001 - as Slack's store writes it
    ]
    return next((each for kind, each in kinds if isinstance(column.type, kind)), f"v{number}")


def fill(state: State) -> None:
    """A row of every place in every table that belongs to somebody."""
    with state.begin_work() as connection:
        for table, (enterprise, team) in owned().items():
            for number, (group, workspace) in enumerate(PLACES):
                row = {column.name: value(column, number) for column in table.c}
                connection.execute(sa.insert(table).values({**row, enterprise.name: group, team.name: workspace}))


def left(state: State) -> dict[str, list[tuple[str, str]]]:
    """Whose rows are left, by table."""
    with state.begin_work() as connection:
        return {
            table.name: [(row[0], row[1]) for row in connection.execute(sa.select(*columns).order_by(*columns))]
            for table, columns in owned().items()
        }


def test_no_table_is_left_out() -> None:
    """Every table is either swept or named here as nobody's; none that is nobody's speaks of a workspace or a person."""
    assert set(metadata.sorted_tables) == owned().keys() | OF_NOBODY
    for table in OF_NOBODY:
        assert not {"enterprise", "team", "enterprise_id", "team_id", "person", "user_id", "channel"} & set(table.c.keys())


@pytest.mark.parametrize(
    ("gone", "rows"),
    [
        (Workspace(team="T1"), {("", "T1")}),
        # Whatever organisation it was in when a row was written.
        (Workspace(enterprise="E9", team="T1"), {("", "T1")}),
        (Workspace(enterprise="E1", team="T3"), {("E1", "T3")}),
        (Workspace(enterprise="E1"), {("E1", "T3"), ("E1", "T4"), ("E1", "")}),
        (Workspace(enterprise="E2"), {("E2", "")}),
        (Workspace(team="T9"), set()),
        (Workspace(), set()),
    ],
)
def test_a_workspace_leaves(state: State, gone: Workspace, rows: set[tuple[str, str]]) -> None:
    """A workspace takes its own rows along, an organisation those of all its workspaces; nobody else's go."""
    fill(state)
    assert purge(state, gone) == len(rows) * len(owned())
    assert left(state) == dict.fromkeys((table.name for table in owned()), sorted(set(PLACES) - rows))


def test_when_it_came_back(state: State) -> None:
    """Whether the app was installed after a moment is told by the store's own clock, for a workspace and an organisation."""
    fill(state)
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC).timestamp()
    for workspace in (Workspace(team="T1"), Workspace(enterprise="E1"), Workspace(enterprise="E1", team="T3")):
        assert installed_since(state, workspace, moment - 1)
        assert not installed_since(state, workspace, moment)
    assert not installed_since(state, Workspace(team="T9"), 0.0)
    assert not installed_since(state, Workspace(), 0.0)


def test_all_or_nothing(state: State) -> None:
    """When a table cannot be swept, none is, and the error says no more than that."""
    fill(state)
    before = left(state)
    with state.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE threads RENAME TO elsewhere"))
    with pytest.raises(StateError, match="threads"):
        purge(state, Workspace(team="T1"))
    with state.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO threads"))
    assert left(state) == before


def test_the_tokens_are_swept() -> None:
    """The table of the tokens is one of those that are swept."""
    assert slack_bots in owned()

"""The state database: claims, threads, and what happens when it cannot be used."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from natobot import database, state
from natobot.database import StateError
from natobot.errors import SettingError
from natobot.ledger import Ledger, Post
from natobot.state import Delivery, State, Workspace

QUESTION = "where does the sekretwort stand?"
OURS = Workspace(enterprise="E1", team="T1")
ASKED = Delivery(
    event_id="Ev1",
    workspace=OURS,
    kind="mention",
    channel="C1",
    message_ts="1700000001.000100",
    thread_ts="1700000000.000100",
    question=QUESTION,
)


def later(number: int, **changes: object) -> Delivery:
    """A question asked after ``ASKED``."""
    own = {"event_id": f"Ev{number}", "message_ts": f"17000000{number:02}.000100"}
    return replace(ASKED, **{**own, **changes})  # type: ignore[arg-type]


def rows(store: State, table: sa.Table) -> list[sa.RowMapping]:
    """All rows of a table."""
    with store._engine.connect() as connection:
        return list(connection.execute(sa.select(table)).mappings())


@pytest.fixture(name="store")
def _store(state: State) -> State:
    """A new state database; ``state`` is the module here."""
    return state


def test_an_event_is_claimed_once(store: State) -> None:
    """Of four deliveries of one event, one is a claim."""
    assert [store.claim(ASKED) for _ in range(4)] == [True, False, False, False]


def test_a_claim_survives_a_restart(store: State, url: str) -> None:
    """A process that starts later knows the events of those before it."""
    store.claim(ASKED)
    store.finish(ASKED.event_id, "accepted")
    again = State.open(url)
    assert not again.claim(ASKED)
    assert again.pending() == []
    again.close()


def test_a_message_is_claimed_once(store: State) -> None:
    """Two events for one message (a mention that is a direct message too) are one claim."""
    assert store.claim(ASKED)
    assert not store.claim(replace(ASKED, event_id="Ev2", kind="message"))


def test_workspaces_do_not_meet(store: State) -> None:
    """The same channel and time in another workspace is another message."""
    assert store.claim(ASKED)
    assert store.claim(replace(ASKED, event_id="Ev2", workspace=Workspace(team="T2")))


def test_a_delivery_comes_back_as_it_went_in(store: State) -> None:
    """What is claimed is what is read, but for the counters."""
    store.claim(ASKED)
    assert store.delivery(ASKED.event_id) == ASKED
    assert store.begin(ASKED.event_id)
    assert store.delivery(ASKED.event_id) is None
    store.retry(ASKED.event_id, "reset", doubt=True)
    assert store.delivery(ASKED.event_id) == replace(ASKED, attempts=1, doubts=1)


def test_a_post_begins_once(store: State) -> None:
    """Two workers cannot both begin the same post."""
    store.claim(ASKED)
    assert [store.begin(ASKED.event_id) for _ in range(2)] == [True, False]


@given(text=st.text(st.characters()) | st.sampled_from(["\0", "\ud800", "'; DROP TABLE deliveries; --", "x" * 40_000]))
@examples(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_kept(store: State, text: str) -> None:
    """Questions with NUL, lone surrogates, SQL or 40,000 characters come back unchanged."""
    name = f"Ev{time.monotonic_ns()}"
    store.claim(replace(ASKED, event_id=name, message_ts=name, question=text))
    found = store.delivery(name)
    assert found is not None
    assert found.question == text


def test_a_finished_question_is_erased(store: State) -> None:
    """When a delivery is done, its row holds how it ended and no question."""
    store.claim(ASKED)
    store.finish(ASKED.event_id, "accepted", ts="1700000002.000100")
    [row] = rows(store, database.deliveries)
    assert (row["question"], row["status"], row["posted_ts"]) == (None, "accepted", "1700000002.000100")


@pytest.mark.parametrize("when", ["at work", "closed"])
def test_an_erased_question_is_in_no_file(tmp_path: Path, when: str) -> None:
    """No byte of the database's files holds a finished question once the log was folded in, nor after the end."""

    def on_disk() -> bool:
        return any(QUESTION.encode() in file.read_bytes() for file in tmp_path.iterdir())

    store = State.open(f"sqlite:///{tmp_path / 'state.sqlite3'}")
    store.claim(ASKED)
    assert on_disk()
    store.finish(ASKED.event_id, "accepted")
    if when == "at work":
        store.checkpoint()
        assert not on_disk()
    store.close()
    assert not on_disk()


def test_files_are_their_owners_only(tmp_path: Path) -> None:
    """The folder is 0700; the database and its companions are 0600, also where they lay open before."""
    file = tmp_path / "new" / "state.sqlite3"
    store = State.open(f"sqlite:///{file}")
    store.claim(ASKED)
    modes = {path.name: path.stat().st_mode & 0o777 for path in file.parent.iterdir()}
    assert modes == dict.fromkeys(["state.sqlite3", "state.sqlite3-wal", "state.sqlite3-shm"], 0o600)
    assert file.parent.stat().st_mode & 0o777 == 0o700
    store.close()
    file.chmod(0o644)
    State.open(f"sqlite:///{file}").close()
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_work_of_a_killed_process_is_taken_up(url: str) -> None:
    """What a killed process had claimed is pending at once, oldest first; a post it had begun counts as a doubt."""
    program = f"""
        import os
        from natobot.state import Delivery, State, Workspace
        store = State.open({url!r})
        for name in ("b", "a"):
            store.claim(Delivery(event_id=name, workspace=Workspace(team="T1"), kind="mention", channel="C1",
                                 message_ts=name, thread_ts="1", question=name))
            store.begin("b")
        os._exit(9)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=False)
    store = State.open(url)
    assert [(d.event_id, d.question, d.attempts, d.doubts) for d in store.pending()] == [("a", "a", 0, 0), ("b", "b", 1, 1)]
    assert store.pending() == []
    assert store.begin("a")
    store.close()


def test_the_work_of_the_living_is_left_alone(store: State, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker takes up nothing until the lease has run out, and renewing keeps it."""
    store.claim(ASKED)
    other = State.open(url)
    assert other.pending() == []
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + state.LEASE + 1)
    store.renew()
    assert other.pending() == []
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + state.LEASE + 1)
    assert [d.event_id for d in other.pending()] == ["Ev1"]
    assert store.delivery("Ev1") is None
    assert not store.begin("Ev1")
    other.close()


def test_ones_own_work_is_not_taken_up_twice(store: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was asleep for longer than its lease does not take up what it has at hand."""
    store.claim(ASKED)
    store.begin("Ev1")
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + state.LEASE + 1)
    assert store.pending() == []


def test_what_is_released_is_free(store: State) -> None:
    """A worker that lets go of its deliveries can take them up again."""
    store.claim(ASKED)
    store.claim(later(2))
    store.release("Ev2")
    store.renew()
    assert [d.event_id for d in store.pending()] == ["Ev2"]
    store.release()
    assert [d.event_id for d in store.pending()] == ["Ev1", "Ev2"]


def test_one_of_many_takes_up(url: str) -> None:
    """Many workers that look at the same moment share the pending deliveries, each of them once."""
    first = State.open(url)
    for number in range(10, 40):
        first.claim(later(number))
    first.release()
    others = [State.open(url) for _ in range(4)]
    taken: list[str] = []
    threads = [threading.Thread(target=lambda s=s: taken.extend(d.event_id for d in s.pending())) for s in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [f"Ev{number}" for number in range(10, 40)]
    for each in [first, *others]:
        each.close()


def test_a_thread_is_answered_in_order_by_all(store: State, url: str) -> None:
    """Whoever holds it, a question is posted only when no earlier one of its thread is open; other threads do not wait."""
    other = State.open(url)
    store.claim(later(1))
    other.claim(later(2))
    other.claim(later(3, thread_ts="1"))
    other.claim(later(4, workspace=Workspace(team="T2")))
    assert [other.begin(name) for name in ("Ev2", "Ev3", "Ev4")] == [False, True, True]
    assert (other.turn(later(2)).behind, store.turn(later(1)).behind) == (True, False)
    assert store.begin("Ev1")
    assert not other.begin("Ev2")
    store.retry("Ev1", "reset", doubt=True)
    assert not other.begin("Ev2")
    store.finish("Ev1", "uncertain")
    assert not other.turn(later(2)).behind
    assert other.begin("Ev2")
    other.close()


def test_a_channel_has_one_message_in_its_time_from_all(store: State, url: str) -> None:
    """Within the pace nobody else begins a post in the channel; other channels and workspaces are free."""
    other = State.open(url)
    store.claim(later(1))
    for number, place in ((2, {}), (3, {"channel": "C2"}), (4, {"workspace": Workspace(team="T2")})):
        other.claim(later(number, thread_ts=str(number), **place))
    assert store.begin("Ev1", pace=30.0)
    assert [other.begin(f"Ev{number}") for number in (2, 3, 4)] == [False, True, True]
    assert 29.0 < other.turn(later(2, thread_ts="2")).held <= 30.0
    other.close()


def test_slack_holds_a_channel_for_all(store: State, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While Slack wants nothing more in a channel, no process begins a post there; then all may."""
    other = State.open(url)
    store.claim(later(1))
    other.claim(later(2, thread_ts="2"))
    store.begin("Ev1")
    store.retry("Ev1", "ratelimited", doubt=False, hold=20.0)
    assert (store.begin("Ev1"), other.begin("Ev2")) == (False, False)
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + 21.0)
    assert (store.begin("Ev1"), other.begin("Ev2")) == (True, True)
    other.close()


def test_of_many_at_once_one_begins(url: str) -> None:
    """Of many workers that begin in one channel at the same moment, one may."""
    stores = [State.open(url) for _ in range(8)]
    for number, each in enumerate(stores, 10):
        each.claim(later(number, thread_ts=str(number)))
    start = threading.Barrier(len(stores))
    begun: list[bool] = []

    def run(number: int) -> None:
        start.wait(10)
        begun.append(stores[number - 10].begin(f"Ev{number}", pace=60.0))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(10, 18)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(begun) == [False] * 7 + [True]
    for each in stores:
        each.close()


def test_what_others_took_up_is_theirs(store: State, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that comes back late from a post does not set back what another has in hand."""
    store.claim(ASKED)
    store.begin("Ev1")
    other = State.open(url)
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + state.LEASE + 1)
    assert [d.doubts for d in other.pending()] == [1]
    other.begin("Ev1")
    store.retry("Ev1", "reset", doubt=True)
    assert [(row["status"], row["doubts"]) for row in rows(store, database.deliveries)] == [("posting", 1)]
    other.close()


def test_counting(store: State) -> None:
    """Open deliveries and daily posts by outcome are counted over all processes, and the database can be asked if it lives."""
    store.claim(ASKED)
    store.claim(later(2))
    store.finish("Ev2", "accepted")
    post = Post(OURS, "C1", "2026-04-04")
    Ledger(store).begin(post)
    Ledger(store).finish(post, 1, "refused")
    store.ping()
    assert store.counts() == (1, {"refused": 1})


def test_turns_of_a_thread(store: State) -> None:
    """A thread's earlier questions come back in order; other threads, channels, workspaces and later ones do not."""
    for delivery in (
        later(10, question="first"),
        later(11, question="second"),
        later(11, question="second again"),
        later(12, question="other thread", thread_ts="1"),
        later(13, question="other channel", channel="C2"),
        later(14, question="other workspace", workspace=Workspace(team="T2")),
        later(30, question="too late"),
    ):
        store.remember(delivery)
    assert store.turns(later(20)) == ("first", "second")


def test_turns_are_few(store: State) -> None:
    """At most ten turns are given, the last ones."""
    for number in range(10, 25):
        store.remember(later(number, question=str(number)))
    assert store.turns(later(30)) == tuple(str(number) for number in range(15, 25))


def test_turns_are_forgotten(store: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """After 24 hours a turn is not given any more, and `tidy` deletes it."""
    store.remember(ASKED)
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + state.THREAD_RETENTION + 1)
    assert store.turns(later(50)) == ()
    store.tidy()
    assert rows(store, database.threads) == []


def test_tidying(store: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deliveries done a week ago go, and open ones stay."""
    store.claim(ASKED)
    store.claim(later(2))
    store.finish("Ev2", "accepted")
    store.tidy()
    assert len(rows(store, database.deliveries)) == 2
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + state.DELIVERY_RETENTION + 1)
    store.tidy()
    assert [row["event_id"] for row in rows(store, database.deliveries)] == ["Ev1"]


def test_many_may_open_a_new_database_at_once(url: str) -> None:
    """Eight openers of a database that does not exist yet all get one with all its tables."""
    results: list[bool | Exception] = []

    def open_one(number: int) -> None:
        try:
            opened = State.open(url)
            results.append(opened.claim(later(number)))
            opened.close()
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=open_one, args=(10 + n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 8


def test_the_migrations_make_the_tables(store: State) -> None:
    """The revisions lead to exactly the tables that the code uses, and the newest is the one named in the code."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == database.SCHEMA
        assert compare_metadata(context, database.metadata) == []


def test_a_database_of_a_newer_program(store: State, url: str) -> None:
    """A revision this program does not know is refused in one line, and left as it is."""
    with store._engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StateError, match=r"newer natobot. Update natobot"):
        State.open(url)


def test_errors_hold_no_question(store: State) -> None:
    """When a statement fails, the error holds one line without the question it was about."""
    with store._engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE deliveries"))
    with pytest.raises(StateError) as caught:
        store.claim(ASKED)
    assert "deliveries" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "sekretwort" not in f"{caught.value!r} {caught.value.__cause__}"


@pytest.mark.parametrize("address", ["sqlite:///{}", "postgresql+psycopg://u@127.0.0.1:1/{}"])
def test_parameters_are_hidden(tmp_path: Path, address: str) -> None:
    """SQLAlchemy is told to keep parameters out of its own errors and logs, whatever the database."""
    engine = database.engine(address.format(tmp_path / "state.sqlite3"))
    assert engine.hide_parameters
    engine.dispose()


def test_a_question_is_not_in_the_repr() -> None:
    """A delivery that ends up in a log or a traceback does not show what was asked."""
    assert "sekretwort" not in repr(ASKED)


@pytest.mark.parametrize(
    "address",
    [
        "nonsense",
        "mysql://u:sekretwort@host/db",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql+psycopg://u:sekretwort@host:port/db",
    ],
)
def test_addresses_that_cannot_be_used(address: str) -> None:
    """An address of no database, of another kind or of none that lasts names the setting and never the password."""
    with pytest.raises(SettingError, match=r"DATABASE_URL: .*Set ") as caught:
        State.open(address)
    assert "sekretwort" not in str(caught.value)


def test_a_database_server_that_is_not_there() -> None:
    """A refused connection is one line with a remedy, without the password."""
    with pytest.raises(StateError, match="DATABASE_URL") as caught:
        State.open("postgresql+psycopg://u:sekretwort@127.0.0.1:1/db")
    assert "\n" not in str(caught.value)
    assert "sekretwort" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A file of something else is refused in one line, and left as it is."""
    file = tmp_path / "state.sqlite3"
    file.write_text("not a database, " * 1000)
    with pytest.raises(StateError, match=r"not a database.*Check"):
        State.open(f"sqlite:///{file}")
    assert file.read_text().startswith("not a database")


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A folder that is a file is refused in one line with the remedy."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="NATOBOT_HOME"):
        State.open(f"sqlite:///{tmp_path / 'file' / 'state.sqlite3'}")


@pytest.mark.skipif(os.name != "posix", reason="process numbers mean something else")
def test_a_process_number_may_come_again(store: State) -> None:
    """A worker with our own process number from before a restart, as in a container, is dead; one elsewhere is not."""
    host, pid, _ = store.worker.rsplit("/", 2)
    assert store._dead(f"{host}/{pid}/before")
    assert not store._dead(f"other-{host}/{pid}/before")
    assert not store._dead(store.worker)

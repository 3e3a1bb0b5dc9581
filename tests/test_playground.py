"""Starting, watching and stopping the local Slack, and the page of documentation about it."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from slack_sdk import WebClient

from natobot.errors import InputError
from natobot.playground.blocks import check_message
from natobot.playground.limits import ACCESSORIES, ACTIONS, BLOCKS, INLINE, INPUTS, LIMITS, RICH
from natobot.playground.methods import METHODS
from natobot.playground.scopes import EVENTS
from natobot.playground.server import Playground

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "natobot" / "playground"
PAGE = (ROOT / "docs" / "local-slack.md").read_text(encoding="utf-8")


def test_it_listens_on_this_machine_only() -> None:
    """Any other address is refused with the reason before anything listens."""
    for host in ("0.0.0.0", "localhost", "::1", ""):  # noqa: S104 - that is the point
        with pytest.raises(InputError, match=r"127\.0\.0\.1 only.*no passwords"):
            Playground(host=host).start()
    with Playground() as slack:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", slack.url)
        assert slack.api_url == slack.url + "/api/"


def test_a_port_in_use_is_one_line() -> None:
    """Two on one port: the second says so, and what to do."""
    with Playground() as slack, pytest.raises(InputError, match=r"port \d+ cannot be used .*Choose another"):
        Playground(port=int(slack.url.rpartition(":")[2])).start()


def test_a_chosen_port_is_used() -> None:
    """A free port that was asked for is the one it listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Playground(port=port) as slack:
        assert slack.url == f"http://127.0.0.1:{port}"


def test_it_starts_and_stops_quickly_and_leaves_nothing() -> None:
    """Start below half a second, stop below one, no thread left, the port free again; closing twice is harmless."""
    before = set(threading.enumerate())
    start = time.monotonic()
    slack = Playground().start()
    assert slack.start() is slack
    started = time.monotonic()
    WebClient(token=slack.bot_token, base_url=slack.api_url).chat_postMessage(channel="#general", text="kept")
    slack.close()
    slack.close()
    stopped = time.monotonic()
    assert (started - start < 0.5, stopped - started < 1.0) == (True, True)
    assert before == set(threading.enumerate())
    assert [message.text for message in slack.messages()] == ["kept"]
    with Playground(port=int(slack.url.rpartition(":")[2])) as again:
        assert again.url == slack.url


def test_secrets_are_random_and_hidden() -> None:
    """Each has its own tokens and secret, none of them in its repr."""
    one, two = Playground(), Playground()
    secrets = {one.bot_token, one.app_token, one.signing_secret, two.bot_token, two.app_token, two.signing_secret}
    assert len(secrets) == 6
    assert (one.bot_token[:5], one.app_token[:5]) == ("xoxb-", "xapp-")
    shown = repr(one) + repr(one.state) + repr(list(one.state.tokens.values()))
    assert not any(secret in shown for secret in secrets)
    mine = Playground(bot_token="xoxb-1", app_token="xapp-1", signing_secret="s")
    assert (mine.bot_token, mine.app_token, mine.signing_secret) == ("xoxb-1", "xapp-1", "s")


def test_env_points_a_child_process_at_it() -> None:
    """A process with this environment reaches this Slack."""
    code = "import os; from slack_sdk import WebClient as W\n" + (
        "print(W(token=os.environ['SLACK_BOT_TOKEN'], base_url=os.environ['SLACK_API_URL']).auth_test()['user_id'])"
    )
    with Playground() as slack:
        assert {"SLACK_API_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"} == slack.env().keys()
        ran = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, **slack.env()}, capture_output=True, text=True, check=False
        )
        assert ran.stdout.strip() == "U0NATOBOT", ran.stderr
        assert [call.method for call in slack.calls] == ["auth.test"]


def test_waiting_for_messages() -> None:
    """It comes back as soon as they are there, and says what was there if they are not."""
    with Playground() as slack:
        client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        timer = threading.Timer(0.1, lambda: client.chat_postMessage(channel="#general", text="soon"))
        timer.start()
        assert [message.text for message in slack.wait_for_messages(1, channel="general")] == ["soon"]
        timer.join()
        assert slack.wait_for_calls("chat.postMessage")[0].status == 200
        with pytest.raises(TimeoutError, match=r"2 messages expected.*'soon'.*chat\.postMessage"):
            slack.wait_for_messages(2, timeout=0.05)
        with pytest.raises(TimeoutError, match=r"1 calls of views\.open"):
            slack.wait_for_calls("views.open", timeout=0.05)
        with pytest.raises(TimeoutError, match="1 sockets"):
            slack.wait_for_sockets(timeout=0.05)


def test_settle_waits_until_the_app_is_quiet() -> None:
    """It outlasts a late call, and gives up on an app that never stops."""
    with Playground() as slack:
        client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        timer = threading.Timer(0.05, client.auth_test)
        timer.start()
        slack.settle(quiet=0.2)
        timer.join()
        assert [call.method for call in slack.calls] == ["auth.test"]
        stop = threading.Event()

        def chatter() -> None:
            while not stop.wait(0.02):
                client.auth_test()

        thread = threading.Thread(target=chatter)
        thread.start()
        with pytest.raises(TimeoutError, match="still called"):
            slack.settle(quiet=0.2, timeout=0.2)
        stop.set()
        thread.join()


def test_reset_starts_over() -> None:
    """Messages, calls, views and faults are gone; people, channels and tokens stay."""
    with Playground() as slack:
        client = WebClient(token=slack.bot_token, base_url=slack.api_url)
        channel, user = slack.add_channel("desk"), slack.add_user("guest")
        client.chat_postMessage(channel="#desk", text="a")
        client.views_publish(user_id=user.id, view={"type": "home", "blocks": [{"type": "divider"}]})
        slack.reset()
        assert (slack.messages(people=True), slack.calls, slack.home("guest")) == ([], [], None)
        assert client.chat_postMessage(channel="#desk", text="b")["channel"] == channel.id


def test_it_says_when_it_is_not_running() -> None:
    """What needs the server says so instead of hanging."""
    with pytest.raises(InputError, match="not running"):
        Playground(transport="socket").command("/nato", "a")
    with Playground() as slack:
        pass
    with pytest.raises(InputError, match="not running"):
        slack.drop_sockets()


def test_the_product_does_not_need_bolt() -> None:
    """Starting it imports neither Bolt nor slack-sdk, and of natobot only the errors."""
    code = (
        "import sys; from natobot.playground.server import Playground\n"
        "Playground().start().close()\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('slack_bolt', 'slack_sdk', 'natobot')))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    own = {f"natobot.playground.{path.stem}" for path in PACKAGE.glob("*.py")}
    allowed = {"natobot", "natobot.errors", "natobot.playground", *own}
    loaded = set(re.findall(r"'([\w.]+)'", ran.stdout))
    assert "natobot.playground.server" in loaded, ran.stderr
    assert set() == loaded - allowed


def table(heading: str) -> list[tuple[str, ...]]:
    """The rows of the first table under a heading of the page, without its backticks."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [tuple(cell.strip().replace("`", "") for cell in row.strip("|").split("|")) for row in rows[2:]]


def test_the_page_lists_the_methods() -> None:
    """Name, token, scope and needed arguments of every method, and no other."""
    methods = [(m.name, m.takes or "none", m.scope or "", ", ".join(m.needed)) for m in METHODS.values()]
    assert methods == [row[:4] for row in table("Web API methods")]


def test_the_page_lists_the_limits() -> None:
    """Every number of the table of limits, and no other; rows of one number share a line."""
    limits = {(limit.of, limit.field, str(limit.most), limit.error) for limit in LIMITS}
    rows = [(of, *rest) for names, *rest in table("Limits") for of in names.split(", ")]
    assert limits == set(rows)
    assert len(limits) == len(rows)


def test_the_page_lists_the_errors() -> None:
    """Every word that the code can refuse with is explained, and no other."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))
    words = set(re.findall(r'Refused\(\s*"(\w+)"', sources)) | {limit.error for limit in LIMITS}
    assert words == {row[0] for row in table("Errors")}


def test_the_page_lists_the_scopes_of_events() -> None:
    """Every event that needs a scope, with it, and no other."""
    rows = PAGE.split("\n| event | scope |\n|---|---|\n")[1].split("\n\n")[0].replace("`", "").splitlines()
    assert list(EVENTS.items()) == [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in rows]


def test_the_page_lists_the_blocks() -> None:
    """Every kind of block and element that is accepted, by where it may stand."""
    kinds = {
        "blocks": BLOCKS,
        "beside a section": ACCESSORIES,
        "in actions": ACTIONS,
        "in an input": INPUTS,
        "in rich text": RICH,
        "in its parts": INLINE,
    }
    assert table("Blocks and elements") == [(place, ", ".join(names)) for place, names in kinds.items()]
    check_message(None, [{"type": BLOCKS[2]}])

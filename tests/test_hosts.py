"""Installed anywhere: what hosts and Slack's command line tool look for is there, and starts what it should."""

import http.client
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import postgres
from natobot import database
from natobot.cli import main
from natobot.playground.server import Playground

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
HOOKS = json.loads((ROOT / ".slack" / "hooks.json").read_text("utf-8"))
LASTING = ("serve", "socket", "clock")
QUESTION = "When did NATO take command of ISAF?"
ANSWER = "NATO had in 2003 taken command of the International Security Assistance Force"
# Seconds for a process to be ready, on a machine that is busy.
PATIENCE = 60.0


def processes() -> dict[str, str]:
    """The lines of Procfile: names and commands."""
    rows = (line.partition(": ") for line in (ROOT / "Procfile").read_text("utf-8").splitlines())
    return {name: command for name, _, command in rows}


def bare() -> dict[str, str]:
    """The environment without anything that natobot or Python would take from it."""
    ours = ("NATOBOT_", "SLACK_", "PYTHON", "DATABASE_URL", "PORT", "DYNO", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@contextmanager
def started(command: str, env: Mapping[str, str], cwd: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A command in a shell, as hosts start it, with the file of what it logs; ended as hosts end it, and that it takes well."""
    log = cwd / "log"
    with log.open("wb") as sink, subprocess.Popen(["sh", "-c", f"exec {command}"], env=env, cwd=cwd, stderr=sink) as running:
        try:
            yield running, log
            running.terminate()
            assert running.wait(PATIENCE) == 0, log.read_text("utf-8")
        finally:
            running.kill()


def wait(running: subprocess.Popen[bytes], log: Path, ready: Any) -> None:
    """Wait until something is so, as long as the process lives."""
    end = time.monotonic() + PATIENCE
    while not ready():
        assert running.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < end, log.read_text("utf-8")
        time.sleep(0.05)


# Disks that do not last


@pytest.mark.parametrize("command", LASTING)
@pytest.mark.parametrize("env", [{"DYNO": "web.1"}, {"NATOBOT_EPHEMERAL": "1"}], ids=lambda env: next(iter(env)))
def test_what_runs_for_long_needs_a_disk_that_lasts(tmp_path: Path, command: str, env: dict[str, str]) -> None:
    """Where the disk goes with the process and no database is set, it exits with 2 and one line that names the remedy."""
    with Playground() as slack:
        given = {**slack.env(), "NATOBOT_HOME": str(tmp_path), "NATOBOT_DAILY_CHANNELS": "C0GENERAL", "DATABASE_URL": "", **env}
        result = CliRunner(env=given).invoke(main, [command])
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert line.startswith("natobot: DATABASE_URL: missing, and this host's disk goes with the process")
    assert line.endswith("Attach a PostgreSQL database, or set NATOBOT_EPHEMERAL=0 if the disk does last.")
    assert slack.calls == []
    assert list(tmp_path.iterdir()) == []


# Files that hosts look for


def test_hosts_install_what_is_tested() -> None:
    """requirements.txt is the package with the driver of the database that hosts have, in the versions that are pinned."""
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-c constraints.txt", ".[postgres]"]
    assert "postgres" in PROJECT["optional-dependencies"]


def test_hosts_run_a_python_that_is_tested() -> None:
    """.python-version is the oldest version that the package names: the one of the first run of .ci/run."""
    named = [tuple(map(int, each.split("."))) for each in re.findall(r":: (3\.\d+)", "\n".join(PROJECT["classifiers"]))]
    oldest = ".".join(map(str, min(named)))
    assert (ROOT / ".python-version").read_text("utf-8") == f"{oldest}\n"
    assert PROJECT["requires-python"] == f">={oldest}"


# Slack's command line tool


def test_the_hooks_are_found() -> None:
    """Slack's tool asks for its hooks and gets JSON, over which ours are laid: only the start of the app is another."""
    pytest.importorskip("slack_cli_hooks")
    env = {**bare(), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": ":".join(sys.path)}
    asked = subprocess.run(["sh", "-c", HOOKS["hooks"]["get-hooks"]], env=env, capture_output=True, text=True, check=True)
    given = json.loads(asked.stdout)
    assert set(HOOKS["hooks"]) - {"get-hooks"} == {"start"}
    assert {"start", "get-manifest"} <= set(given["hooks"])
    assert given["config"]["sdk-managed-connection-enabled"] is True
    assert set(HOOKS["config"]["watch"]["app"]) == set(given["config"]["watch"]["app"])
    assert given["config"]["watch"]["manifest"]["paths"] == ["manifest.json"]
    assert all((ROOT / path).is_dir() for path in HOOKS["config"]["watch"]["app"]["paths"])
    manifest = subprocess.run(
        ["sh", "-c", given["hooks"]["get-manifest"]], env=env, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(manifest.stdout) == json.loads((ROOT / "manifest.json").read_text("utf-8"))


@pytest.mark.slow
def test_the_tool_starts_the_app(tmp_path: Path) -> None:
    """With the tokens as the tool hands them over, beside an `.env` with none, its start hook answers over Socket Mode."""
    shutil.copy(ROOT / ".env.sample", tmp_path / ".env")
    with Playground(transport="socket") as slack:
        own = {"SLACK_CLI_XOXB": slack.bot_token, "SLACK_CLI_XAPP": slack.app_token}
        own |= {"SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.api_url}
        path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "src")}
        env = {**bare(), **path, **own, "NATOBOT_HOME": str(tmp_path / "home")}
        with started(HOOKS["hooks"]["start"], env, tmp_path):
            slack.wait_for_sockets(timeout=PATIENCE)
            slack.mention(QUESTION)
            assert ANSWER in slack.wait_for_messages(1, timeout=PATIENCE)[0].text


# Every line of Procfile, from a wheel, on PostgreSQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A machine with natobot installed from its wheel and a database of its own."""

    # The environment of every process, without tokens.
    env: dict[str, str]
    # Where they run: a folder that is no checkout.
    folder: Path
    # The socket of the PostgreSQL server.
    server: Path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment that has the wheel with its extra and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    dist, home = folder / "dist", folder / "venv"
    venv.create(home, with_pip=True)
    pip, env = [str(home / "bin" / "python"), "-m", "pip", "-q"], {**bare(), "PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    needed = subprocess.run([*pip, "download", "--no-deps", "-d", folder, "hatchling"], env=env, capture_output=True, check=False)
    if needed.returncode:
        pytest.skip("no package index within reach: a wheel can be neither built nor installed")
    subprocess.run([*pip, "wheel", "--no-deps", "-w", dist, ROOT], env=env, check=True)
    [wheel] = dist.glob("natobot-*.whl")
    subprocess.run([*pip, "install", f"natobot[postgres] @ {wheel.as_uri()}"], env=env, cwd=folder, check=True)
    return home / "bin"


@pytest.fixture(scope="module")
def host(server: Path, installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Host:
    """The host, with an empty database whose address is written as hosts write it."""
    url = postgres.new_database(server, "host").replace("postgresql+psycopg://", "postgres://")
    folder = tmp_path_factory.mktemp("host")
    more = {"DATABASE_URL": url, "DYNO": "web.1", "NATOBOT_HOME": str(folder / "home")}
    return Host(env={**bare(), **more, "PATH": f"{installed}:{os.environ['PATH']}"}, folder=folder, server=server)


def test_the_lines_are_commands() -> None:
    """Every line of Procfile starts a command that there is; the release brings the database up to date."""
    commands = {name: shlex.split(line) for name, line in processes().items()}
    assert commands.pop("release") == ["natobot", "migrate"]
    assert {words[1] for words in commands.values()} == set(LASTING)
    assert all(words[0] == "natobot" and words[1] in main.commands for words in commands.values())


@pytest.mark.slow
def test_release(host: Host) -> None:
    """The release makes the tables in the database of DATABASE_URL, exits with 0, and can be repeated."""
    import psycopg

    # A database that none of the other processes has opened.
    url = postgres.new_database(host.server, "release").replace("postgresql+psycopg://", "postgres://")
    env = {**host.env, "DATABASE_URL": url}
    for said in ("is now", "was"):
        done = subprocess.run(
            ["sh", "-c", processes()["release"]], env=env, cwd=host.folder, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"the state database {said} up to date (revision {database.SCHEMA})\n"
    with psycopg.connect(host=str(host.server), user="natobot", dbname="release") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (database.SCHEMA,)


@pytest.mark.slow
def test_web(host: Host) -> None:
    """The web process listens on PORT, says that it is ready, and answers a signed command."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"

    def ready() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            response = connection.getresponse()
            return response.status == 200 and json.load(response)["ready"] is True
        except ConnectionError:
            return False
        finally:
            connection.close()

    with Playground(app_url=url) as slack:
        given = {name: value for name, value in slack.env().items() if name != "SLACK_APP_TOKEN"}
        with started(processes()["web"], {**host.env, **given, "PORT": str(port)}, host.folder) as (running, log):
            wait(running, log, ready)
            answer = slack.command("/nato", QUESTION)
            assert answer.posted is not None
            assert ANSWER in answer.posted.text
            slack.mention(QUESTION)
            assert ANSWER in slack.wait_for_messages(2, timeout=PATIENCE)[-1].text


@pytest.mark.slow
def test_worker(host: Host) -> None:
    """The worker process connects to Slack by itself and answers a mention; it needs no signing secret."""
    with Playground(transport="socket") as slack:
        given = {name: value for name, value in slack.env().items() if name != "SLACK_SIGNING_SECRET"}
        with started(processes()["worker"], {**host.env, **given}, host.folder):
            slack.wait_for_sockets(timeout=PATIENCE)
            slack.mention(QUESTION)
            assert ANSWER in slack.wait_for_messages(1, timeout=PATIENCE)[0].text


@pytest.mark.slow
def test_clock(host: Host) -> None:
    """The clock process learns from Slack who it is, and logs what it will do."""
    with Playground() as slack:
        given = {**slack.env(), "NATOBOT_DAILY_CHANNELS": "C0GENERAL"}
        with started(f"{processes()['clock']} --json", {**host.env, **given}, host.folder) as (running, log):
            wait(running, log, lambda: log.read_bytes().endswith(b"\n"))
            lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        assert {call.method for call in slack.calls} >= {"auth.test"}
    assert lines[0]["level"] == "INFO"
    assert lines[0]["message"] == "posting daily to 1 channel"

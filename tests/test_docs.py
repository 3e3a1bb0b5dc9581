"""The documents beside the code tell the truth: what they name exists, what exists is named, and the examples run."""

import datetime
import io
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

import natobot
from little import little
from natobot import database, feedback, state
from natobot.bot import Natobot
from natobot.cli import main
from natobot.demo import demo
from natobot.intents import ACTIONS
from natobot.settings import Settings
from natobot.slack import manifest
from natobot.slack.scopes import APP_SCOPES, SCOPES
from natobot.web import METHODS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PAGES = {path.name: path.read_text("utf-8") for path in ROOT.glob("*.md")}
TOUR_DATE = datetime.date(2026, 7, 8)
# What a file is called that a person has yet to make.
EXAMPLES = {"harbour.txt"}
MINUTES = """\
The harbour board resolved to build a second pier of granite. The treasurer warned that it would cost forty thousand crowns.

The lighthouse keeper asked for a new lamp. His request was refused by all members but one.
"""


def section(page: str, title: str) -> str:
    """A part of a page from its heading to the next."""
    [found] = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    return str(found)


def fenced(page: str, language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


def first_cells(table: str) -> list[str]:
    """What stands as code in the first column of a section's tables."""
    return [code for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for code in re.findall(r"`(.+?)`", row)]


def squeezed(text: str) -> str:
    """A text on one line, and how long an answer took left open."""
    return re.sub(r"\d+ ms", "… ms", " ".join(text.split()))


def ours(settings: Settings) -> dict[str, str]:
    """An environment in which the commands find the shipped documents and a home for tests."""
    folders = {"HOME": settings.home, "SEEDS": settings.seeds, "RESPONSES": settings.responses}
    return {f"NATOBOT_{name}": str(folder) for name, folder in folders.items()}


class Environment(dict[str, str]):
    """An environment that keeps which settings were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, key: str, default: str = "") -> str:  # type: ignore[override]
        self.asked.add(key)
        return default


def setting_names() -> set[str]:
    """The environment variables that natobot reads."""
    env = Environment()
    Settings.load(env)
    return env.asked


# What is named exists


def test_every_command_is_in_the_table_and_nothing_else() -> None:
    """README's table of commands has a row for each command, and no other."""
    named = [cell.split()[1] for cell in first_cells(section(README, "Commands"))]
    assert sorted(named) == sorted(main.commands)


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_command_named_exists(page: str) -> None:
    """Wherever a page names a command or an option of one, there is such a command and option."""
    for command, rest in re.findall(r"(?<!@)natobot ([a-z]+)\b([^\n`|]*)", "\n".join(code(PAGES[page]))):
        assert command in main.commands, command
        known = {name for parameter in main.commands[command].params for name in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest.partition('"')[0])) <= known


def code(page: str) -> Iterator[str]:
    """Everything that stands as code in a page."""
    yield from re.findall(r"^```\w+\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    yield from re.findall(r"`([^`\n]+)`", page)


def test_options_in_the_table_exist() -> None:
    """An option that a row of README's table names is one of its command."""
    for row in re.findall(r"^\| `natobot ([a-z]+)[^|]*\|(.*)\|$", section(README, "Commands"), re.MULTILINE):
        known = {name for parameter in main.commands[row[0]].params for name in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", row[1])) <= known, row[0]


def test_every_setting_is_described() -> None:
    """README's table, .env.sample and the code have the same settings."""
    table = first_cells(section(README, "Settings"))
    sample = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.sample").read_text("utf-8"), re.MULTILINE)
    assert set(table) == setting_names()
    assert set(sample) == setting_names()
    assert len(table) == len(set(table))


def test_the_sample_environment_is_a_valid_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """.env.sample as it stands gives the settings of an empty environment."""
    for name in setting_names():
        monkeypatch.delenv(name, raising=False)
    shutil.copy(ROOT / ".env.sample", tmp_path / ".env")
    monkeypatch.chdir(tmp_path)
    assert Settings.load() == Settings.load({})


def test_every_intent_is_described() -> None:
    """README's table has every intent there is, and no other."""
    assert sorted(first_cells(section(README, "Your own documents, cards and phrasings"))) == sorted(ACTIONS)


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_file_named_exists(page: str) -> None:
    """Every file or folder that a page names is there."""
    inline = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", PAGES[page])
    named = {
        each for each in inline if re.fullmatch(r"\.?[\w-]+(/[\w.-]*)+|[\w-]*\.?[\w-]+\.(md|toml|txt|yaml|py|sample|json)", each)
    }
    places = (ROOT, ROOT / "src" / "natobot")
    named = {each for each in named - EXAMPLES if not each.startswith(".venv")}
    assert [each for each in sorted(named) if not any((place / each).exists() for place in places)] == []


def test_every_file_people_edit_is_named() -> None:
    """README names the files of seeds and responses, everything in docs, and what hosts and tools look for."""
    files = [
        *(ROOT / name for name in ("Procfile", "requirements.txt", ".python-version", "manifest.json", ".env.sample")),
        *(ROOT / name for name in (".slack/hooks.json", "PRIVACY.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE")),
        *(ROOT / "responses").iterdir(),
        *(ROOT / "docs").iterdir(),
        ROOT / "seeds" / "sources.yaml",
        ROOT / "seeds" / "NOTICE",
    ]
    names = [f"{path.relative_to(ROOT)}{'/' if path.is_dir() else ''}" for path in files]
    shown_elsewhere = {"responses/intents.yaml"}
    assert [name for name in names if f"`{name}`" not in README and name not in shown_elsewhere] == []


def test_the_addresses_are_those_of_the_code() -> None:
    """What README says of addresses, the server answers, and the way to set it up names both tokens and both manifests."""
    page = section(README, "Five minutes to your own workspace")
    assert set(re.findall(r"/slack/\w+|/healthz|/metrics", page)) == set(METHODS)
    assert f"`{manifest.FILE}`" in page
    assert "`natobot manifest --url https://your.host`" in page
    assert {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"} <= set(re.findall(r"`(SLACK_\w+)`", page))
    assert {f"`{scope}`" for scope in APP_SCOPES} <= set(re.findall(r"`.+?`", page))


def test_the_way_to_set_it_up_can_be_typed() -> None:
    """The first way's lines are commands that there are, in the order in which they help; the second's extra exists."""
    first, second = fenced(re.sub(r"(?m)^   ", "", section(README, "Five minutes to your own workspace")), "sh")
    assert first.splitlines() == ["natobot doctor", "natobot socket"]
    [extra] = re.findall(r"\[(.+)\]", second)
    assert extra in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]


def test_the_first_question_has_an_answer(bot: Natobot) -> None:
    """What people are told to type first in Slack is answered."""
    [question] = re.findall(r"type `/nato (.+?)`", section(README, "Five minutes to your own workspace"))
    assert bot.reply(question).answered


# Privacy


def rows(page: str) -> dict[str, str]:
    """The rows of a section's table: the code in the first column with the second."""
    return dict(re.findall(r"^\| `(.+?)` \| (.+?) \|", page, re.MULTILINE))


def test_every_table_is_told() -> None:
    """PRIVACY.md has a row for each table of the state database."""
    told = set(rows(section(PAGES["PRIVACY.md"], "The state database")))
    assert told == {*database.metadata.tables, "alembic_version"}


def test_every_scope_is_told() -> None:
    """PRIVACY.md has each scope with the reason that the code gives for it, and no other."""
    page = section(PAGES["PRIVACY.md"], "Scopes")
    assert rows(page) == SCOPES
    assert {f"`{scope}`" for scope in APP_SCOPES} <= set(re.findall(r"`.+?`", page))


def test_the_times_are_those_of_the_code() -> None:
    """How long rows are kept is what the code deletes by."""
    cells = {name: rest for name, *rest in re.findall(r"^\| `(.+?)` \| (.+?) \| (.+?) \|$", PAGES["PRIVACY.md"], re.MULTILINE)}
    day = 24 * 3600
    assert f"{state.THREAD_RETENTION / 3600:.0f} hours" in cells["threads"][1]
    assert f"{state.DELIVERY_RETENTION / day:.0f} days" in cells["deliveries"][1]
    assert cells["daily_posts"][1] == f"{state.DAILY_RETENTION / day:.0f} days"
    assert all(f"{feedback.RETENTION / day:.0f} days" in cells[name][1] for name in ("feedback", "unanswered", "shares"))


# One truth


def test_the_map_is_drawn_once() -> None:
    """CONTRIBUTING shows the drawing of the package's docstring."""
    [drawing] = fenced(section(CONTRIBUTING, "The map"), "text")
    lines = str(natobot.__doc__).splitlines()
    indented = [line[4:] for line in lines if line.startswith("    ")]
    assert drawing.splitlines() == indented


def test_every_picture_is_there_and_small() -> None:
    """What README shows exists and is described in words; no picture has more than 120 kB."""
    shown = re.findall(r"!\[(.*?)\]\((.+?)\)", README)
    assert len(shown) == 2
    for words, path in shown:
        assert len(words) > 20
        assert (ROOT / path).is_file(), path
    assert [path.name for path in (ROOT / "docs" / "images").iterdir() if path.stat().st_size > 120_000] == []


def test_the_short_forms_are_the_plain_lines() -> None:
    """Makefile and .ci/run give the very commands of README."""
    first_line, test_line = (block.strip() for block in fenced(README.partition("## ")[0], "sh"))
    recipes = re.findall(r"^\t(.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert recipes == [first_line, first_line.replace("playground", "demo"), test_line]
    assert test_line in [line.strip() for line in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()]


def test_the_processes_are_described() -> None:
    """Procfile starts commands that there are, and README has a row for each process, and no other."""
    lines = [line.split(": ") for line in (ROOT / "Procfile").read_text("utf-8").splitlines()]
    started = {name: shlex.split(command)[1] for name, command in lines}
    assert started == {"release": "migrate", "web": "serve", "worker": "socket", "clock": "clock"}
    assert set(rows(section(README, "Five minutes to your own workspace"))) == set(started)


# Examples run


def test_the_commands_print_what_the_page_shows(settings: Settings) -> None:
    """The console examples of README give this output, as far as it is shown."""
    [block] = fenced(README, "console")
    examples = re.findall(r"^\$ natobot (.+)\n((?:(?!\$ ).*\n)+)", block, re.MULTILINE)
    assert len(examples) == block.count("$ natobot")
    for command, shown in examples:
        printed = CliRunner(env=ours(settings)).invoke(main, shlex.split(command)).stdout
        assert printed.startswith(shown), printed


@pytest.mark.slow
def test_the_tour_shows_what_the_page_shows(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step of the excerpt in README is printed by the tour."""
    for name, folder in ours(settings).items():
        monkeypatch.setenv(name, folder)
    printed = io.StringIO()
    demo(TOUR_DATE, console=Console(file=printed, width=100, highlight=False))
    [excerpt] = fenced(section(README, "What it looks like"), "text")
    for step in excerpt.split("\n\n"):
        assert squeezed(step) in squeezed(printed.getvalue())


def test_the_document_of_the_page_can_be_added(tmp_path: Path, settings: Settings) -> None:
    """A text beside the entry that README shows is answered from, though no card speaks of it."""
    small = little(tmp_path, settings)
    [entry, _] = fenced(README, "yaml")
    with (small.seeds / "sources.yaml").open("a", encoding="utf-8") as listing:
        listing.write(entry)
    (small.seeds / "harbour.txt").write_text(MINUTES, "utf-8")
    [first, *_] = Natobot.open(small).reply("what will the second pier be made of?").snippets
    assert first.text == "The harbour board resolved to build a second pier of granite."


def test_the_card_of_the_page_can_be_added(tmp_path: Path, settings: Settings) -> None:
    """With the card that README shows, its questions lead to its sentence."""
    responses = tmp_path / "responses"
    shutil.copytree(settings.responses, responses)
    [_, card] = fenced(README, "yaml")
    (responses / "cards" / "of-the-page.yaml").write_text(card, "utf-8")
    answer = Natobot.open(replace(settings, responses=responses)).reply("is joining the alliance a prize for being nice?")
    assert "merit badge" in answer.snippets[0].text

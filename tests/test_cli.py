"""The commands as a shell sees them: what they print, and how they exit (0 done, 1 no answer, 2 bad input, 3 a failed check)."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from little import environment, little, spoil
from natobot import build
from natobot.check import Report
from natobot.cli import main
from natobot.errors import StoreError
from natobot.settings import Settings

ANSWER = "It sank in the storm of 1902 with 140 sheep on board."
QUESTION = "what happened to the first ferry"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Settings:
    """Two short documents and two cards with their knowledge; not to be changed."""
    made = little(tmp_path_factory.mktemp("cli"), settings)
    build.ensure(made)
    return made


def run(settings: Settings, *arguments: str, given: str | bytes = "", **env: str) -> Result:
    """Run a command."""
    names = {"NATOBOT_HOME": settings.home, "NATOBOT_SEEDS": settings.seeds, "NATOBOT_RESPONSES": settings.responses}
    runner = CliRunner(env={**{name: str(value) for name, value in names.items()}, **env})
    return runner.invoke(main, list(arguments), input=given, catch_exceptions=False)


def objects(result: Result) -> list[dict[str, Any]]:
    """The JSON objects of an output, one a line."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def one_line(result: Result, code: int) -> str:
    """What an error says, when it says it in one line and on the error output."""
    assert result.exit_code == code
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("natobot: ")
    return line.removeprefix("natobot: ")


# ask


def test_an_answer_is_printed_with_its_source(small: Settings) -> None:
    """The sentence, whose it is and where it stands, its id; exit 0, nothing on the error output."""
    result = run(small, "ask", QUESTION)
    assert (result.exit_code, result.stderr) == (0, "")
    assert ANSWER in result.stdout
    assert "— Ada Quill, [On the ferry], undated, para. 1" in result.stdout
    assert "ferry/" in result.stdout
    assert "\x1b" not in result.stdout, "no colours where nobody looks"


def test_a_question_may_come_in_pieces(small: Settings) -> None:
    """Without quotation marks in the shell a question is many arguments."""
    assert run(small, "ask", *QUESTION.split()).stdout == run(small, "ask", QUESTION).stdout


@pytest.mark.parametrize(
    ("question", "code", "said"),
    [
        ("what about Iceland", 1, "None of the sources mentions Iceland."),
        ("quantum chromodynamics", 1, "I found nothing in the sources that answers this."),
        ("", 1, "I could not read a question there."),
        ("hello", 0, "Hello."),
        ("help", 0, "Ask in your own words"),
    ],
)
def test_refusals_and_small_talk_have_their_codes(small: Settings, question: str, code: int, said: str) -> None:
    """1 where there is no answer, 0 where a greeting gets a greeting."""
    result = run(small, "ask", question)
    assert (result.exit_code, result.stderr) == (code, "")
    assert result.stdout.startswith(said)


def test_json_has_every_key(small: Settings) -> None:
    """With --json one object; with --why the receipt as well."""
    keys = ["id", "intent", "answered", "snippets", "missing", "suggestions", "repaired"]
    (record,) = objects(run(small, "ask", "--json", QUESTION))
    assert list(record) == keys
    assert (record["id"], record["answered"]) == (None, True)
    assert record["snippets"][0]["text"].endswith(ANSWER)
    (with_why,) = objects(run(small, "ask", "--json", "--why", QUESTION))
    assert list(with_why) == [*keys, "why"]
    assert with_why["why"]["knowledge"] == build.knowledge_hash(small)
    assert with_why["why"]["candidates"][0]["passage"] == record["snippets"][0]["passage"]


def test_json_of_a_refusal_exits_with_1(small: Settings) -> None:
    """The exit code is the same with --json."""
    result = run(small, "ask", "--json", "what about Iceland")
    assert result.exit_code == 1
    assert objects(result)[0]["missing"] == ["Iceland"]


def test_why_is_printed_below_the_answer(small: Settings) -> None:
    """For a person the receipt follows as one line of JSON."""
    *_, last = run(small, "ask", "--why", QUESTION).stdout.splitlines()
    assert json.loads(last)["why"]


def test_without_cards_a_question_in_other_words_finds_no_answer(small: Settings) -> None:
    """--no-cards answers from the documents' own words alone."""
    assert run(small, "ask", "how old is the boat line").exit_code == 0
    assert run(small, "ask", "--no-cards", "how old is the boat line").exit_code == 1
    (record,) = objects(run(small, "ask", "--no-cards", "--why", "--json", "which storm sank the ferry with sheep on board"))
    assert not any("asked" in candidate["parts"] for candidate in record["why"]["candidates"])


# ask --jsonl


def test_lines_are_answered_in_their_order(small: Settings) -> None:
    """One line out for each line in, blank ones aside, with their ids; questions and threads alike."""
    lines = [
        {"id": "1", "text": QUESTION},
        {"id": "2", "turns": [QUESTION, "hello"]},
        {"id": "", "text": "what about Iceland"},
        {"id": "1", "text": ""},
    ]
    result = run(small, "ask", "--jsonl", given="\n\n".join(json.dumps(line) for line in lines) + "\r\n \n")
    assert result.exit_code == 0, "a line without an answer is no failure"
    assert [record["id"] for record in objects(result)] == ["1", "2", "", "1"]
    assert [record["answered"] for record in objects(result)] == [True, False, False, False]
    assert [record["intent"] for record in objects(result)] == ["ask", "greeting", "ask", "ask"]


def test_a_thread_gives_its_last_turn_a_meaning(small: Settings) -> None:
    """``turns`` are asked one after the other, and the last is answered."""
    turns = [QUESTION, "and why?"]
    (record,) = objects(run(small, "ask", "--jsonl", given=json.dumps({"id": "t", "turns": turns})))
    assert record["snippets"][0]["text"].endswith(ANSWER)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"{", "not JSON ("),
        (b"\xff\xfe", "not JSON ("),
        (b"[1]", "a line is an object with id and text or turns."),
        (b'{"text": "a"}', "the key 'id' is missing."),
        (b'{"id": "a"}', "the key 'turns' is missing."),
        (b'{"id": 1, "text": "a"}', "id must be text."),
        (b'{"id": "a", "text": null}', "text must be text, turns a list of texts with at least one."),
        (b'{"id": "a", "turns": []}', "text must be text, turns a list of texts with at least one."),
        (b'{"id": "a", "turns": "ab"}', "text must be text, turns a list of texts with at least one."),
        (b"[" * 50_000, ""),
        (b'{"id": ' + b"1" * 5_000 + b"}", ""),
    ],
)
def test_a_bad_line_is_answered_with_an_error(small: Settings, line: bytes, error: str) -> None:
    """It gets id null and one line of what is wrong; the others are answered; exit 2."""
    good = json.dumps({"id": "x", "text": "hello"}).encode()
    result = run(small, "ask", "--jsonl", given=b"\n".join([good, line, good]))
    first, bad, last = objects(result)
    assert (result.exit_code, first["id"], last["id"]) == (2, "x", "x")
    assert (list(bad), bad["id"]) == (["id", "error"], None)
    assert bad["error"].startswith(error)
    assert bad["error"].endswith(".")


def test_what_cannot_be_printed_is_escaped(small: Settings) -> None:
    """A lone surrogate goes in and comes out as JSON writes it."""
    result = run(small, "ask", "--jsonl", given='{"id": "\\ud800", "text": "what about New\\ud800 Oldport"}')
    assert result.exit_code == 0
    assert objects(result)[0]["id"] == "\ud800"


def test_no_lines_are_no_failure(small: Settings) -> None:
    """An empty input has an empty output."""
    result = run(small, "ask", "--jsonl", given="\n")
    assert (result.exit_code, result.stdout) == (0, "")


@pytest.mark.parametrize(
    "arguments", [["ask"], ["ask", "--jsonl", "x"], ["ask", "--nope", "x"], ["show"], ["export", "nope"], ["nope"]]
)
def test_bad_usage_exits_with_2(small: Settings, arguments: list[str]) -> None:
    """Nothing to do, two things at once or something unknown: one line on the error output."""
    result = run(small, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("natobot: ")
    assert len(result.stderr.splitlines()) == 1
    assert "--help" in result.stderr


# show, sources, export, build, chat


def test_show_prints_a_passage_in_its_place(small: Settings) -> None:
    """The passage between its neighbours, its citation, and where it stands in the file."""
    (record,) = objects(run(small, "ask", "--json", QUESTION))
    key = record["snippets"][0]["passage"]
    result = run(small, "show", key)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "  The ferry to Oldport was founded in 1901.",
        f"  {ANSWER}",
        "  Nobody was drowned.",
        "Ada Quill, [On the ferry], undated, para. 1",
        f"{key} · ferry.txt, characters 42–95",
    ]


def test_show_prints_json(small: Settings) -> None:
    """The same as a record, as export has it."""
    exported = objects(run(small, "export", "passages"))
    assert objects(run(small, "show", "--json", exported[3]["id"])) == [exported[3]]


def test_an_unknown_passage_is_one_line(small: Settings) -> None:
    """Exit 2 and where to look."""
    assert one_line(run(small, "show", "ferry/nope"), 2) == (
        "no passage has the id 'ferry/nope'. `natobot export passages` lists them all."
    )


def test_sources_are_listed(small: Settings) -> None:
    """Each document with its author, title, date, number of passages and file; as JSON with its CSL fields."""
    lines = run(small, "sources").stdout.splitlines()
    assert lines[:2] == ["ferry: Ada Quill, [On the ferry], undated", "  5 passages · ferry.txt"]
    assert lines[2] == "mill: Bo Ferrant, “The Mill”, Marsh Papers, 4 May 1999"
    assert [record["id"] for record in objects(run(small, "sources", "--json"))] == ["ferry", "mill"]


def test_everything_can_be_exported(small: Settings) -> None:
    """JSON lines, one a record."""
    assert [record["id"] for record in objects(run(small, "export", "cards"))] == ["founding", "sinking"]
    assert len(objects(run(small, "export", "passages"))) == 8


def test_build_says_what_there_is(small: Settings) -> None:
    """The hash and what it holds."""
    wanted = build.knowledge_hash(small)
    assert run(small, "build").stdout == f"knowledge {wanted}: 2 sources, 8 passages\n"
    assert objects(run(small, "build", "--json")) == [{"knowledge": wanted, "sources": 2, "passages": 8}]


def test_chat_answers_until_nothing_is_typed(small: Settings) -> None:
    """It greets, answers each line in the light of those before, and ends with an empty line or the end of the input."""
    for given in (f"{QUESTION}\nand why?\n\nhello\n", f"{QUESTION}\nand why?\n"):
        result = run(small, "chat", given=given)
        assert result.exit_code == 0
        assert result.stdout.startswith("Hello.")
        assert result.stdout.count("Hello.") == 1
        assert result.stdout.count(ANSWER) == 2


# today


def test_today_prints_the_day(small: Settings) -> None:
    """A header, what the sources say, and whose words they are."""
    lines = run(small, "today", "--date", "2026-05-04").stdout.splitlines()
    assert lines[0] == "2026-05-04  Published on this day (4 May 1999)"
    assert lines[2].startswith("  — Bo Ferrant, “The Mill”")


def test_today_prints_json(small: Settings) -> None:
    """One record a day, with every key."""
    (record,) = objects(run(small, "today", "--json", "--date", "2026-05-04", "--channel", "C1"))
    assert list(record) == ["date", "kind", "items"]
    assert (record["date"], record["kind"], record["items"][0]["event"]["date"]) == ("2026-05-04", "publication", "1999-05-04")


@pytest.mark.parametrize(("year", "days"), [("2027", 365), ("2028", 366), ("1", 365), ("9998", 365)])
def test_a_whole_year_can_be_had(small: Settings, year: str, days: int) -> None:
    """--year gives every day of it in order."""
    records = objects(run(small, "today", "--json", "--year", year))
    assert len(records) == days
    assert [record["date"] for record in records] == sorted(record["date"] for record in records)


def test_the_time_zone_says_what_day_it_is(small: Settings) -> None:
    """At any moment it is a later day in Kiritimati than on Niue."""
    east, west = (
        objects(run(small, "today", "--json", "--tz", zone))[0]["date"] for zone in ("Pacific/Kiritimati", "Pacific/Niue")
    )
    assert east > west


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--date", "2026-02-30"], "--date: '2026-02-30' is not a date. Write it as 2026-07-08."),
        (["--date", "8 July"], "--date: '8 July' is not a date. Write it as 2026-07-08."),
        (["--tz", "Mars/Olympus"], "--tz: no time zone is called 'Mars/Olympus'. Use a name such as Europe/Brussels."),
        (["--tz", "../../etc/passwd"], "--tz: no time zone is called '../../etc/passwd'. Use a name such as Europe/Brussels."),
        (["--tz", ""], "--tz: no time zone is called ''. Use a name such as Europe/Brussels."),
        (["--tz", "Europe"], "--tz: no time zone is called 'Europe'. Use a name such as Europe/Brussels."),
        (["--year", "0"], "--year takes a year from 1 to 9998, and no --date beside it."),
        (["--year", "9999"], "--year takes a year from 1 to 9998, and no --date beside it."),
        (["--year", "2026", "--date", "2026-01-01"], "--year takes a year from 1 to 9998, and no --date beside it."),
    ],
)
def test_a_wrong_day_is_one_line(small: Settings, arguments: list[str], error: str) -> None:
    """Exit 2, and how to write it."""
    assert one_line(run(small, "today", *arguments), 2) == error


# check, mistakes, disks


def test_check_exits_with_0_where_all_is_well(small: Settings) -> None:
    """The report for a person and as JSON."""
    assert run(small, "check").stdout.splitlines()[-1] == "every passage is verbatim, every card resolves"
    (record,) = objects(run(small, "check", "--json"))
    assert list(record) == ["faults", "notes", "counts"]
    assert record["faults"] == []


def test_check_exits_with_3_where_it_is_not(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults are printed, then counted on the error output."""
    monkeypatch.setattr("natobot.check.check", lambda _: Report(faults=("a: b", "c: d"), notes=(), counts={"sources": 1}))
    result = run(small, "check")
    assert (result.exit_code, result.stderr) == (3, "natobot: 2 faults found.\n")
    assert result.stdout.splitlines()[:2] == ["fault: a: b", "fault: c: d"]
    assert run(small, "check", "--json").exit_code == 3


@pytest.mark.parametrize("arguments", [["ask", "hello"], ["build"], ["check"], ["sources"], ["today"], ["export", "cards"]])
def test_a_mistake_in_a_file_is_one_line(tmp_path: Path, settings: Settings, arguments: list[str]) -> None:
    """Whatever the command: file, line, what is wrong and how to mend it; no traceback."""
    broken = little(tmp_path, settings)
    path = spoil(broken, "cards/boats.yaml", "subjects: [ferry]", "subject: [ferry]")
    assert one_line(run(broken, *arguments), 2) == f"{path}:11: unknown key 'subject'. Did you mean 'subjects'?"


def test_a_home_that_cannot_be_written_is_one_line(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2 and what to do about it."""

    def unwritable(_: Settings) -> None:
        raise StoreError("cannot write the knowledge. Set NATOBOT_HOME.")

    monkeypatch.setattr(build, "ensure", unwritable)
    assert one_line(run(small, "ask", "hello"), 2) == "cannot write the knowledge. Set NATOBOT_HOME."


def test_a_warning_does_not_stand_in_the_way(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where older knowledge has to do, the answer is printed and the warning goes to the error output."""
    made = little(tmp_path, settings)
    build.ensure(made)
    spoil(made, "cards/boats.yaml", "first ferry", "first ferry of all")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("natobot.write.write", full_disk)
    result = run(made, "ask", QUESTION)
    assert result.exit_code == 0
    assert ANSWER in result.stdout
    assert result.stderr.endswith("(No space left on device). The knowledge from before stays in use.\n")


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("PORT", "http", "PORT: not a port number. Set a number from 0 to 65535."),
        ("NATOBOT_SEEDS", "/nowhere", "NATOBOT_SEEDS: no folder at /nowhere. Point it at an existing folder, or unset it."),
    ],
)
def test_a_wrong_setting_is_one_line(small: Settings, name: str, value: str, error: str) -> None:
    """Exit 2, the name of the setting and the remedy."""
    assert one_line(run(small, "ask", "hello", **{name: value}), 2) == error


def test_migrate_says_whether_there_was_anything_to_do(small: Settings, tmp_path: Path) -> None:
    """The first time the tables are made, the second time they are there; a wrong address is one line."""
    url = f"sqlite:///{tmp_path / 'state.sqlite3'}"
    for said in ("is now", "was"):
        result = run(small, "migrate", DATABASE_URL=url)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout.startswith(f"the state database {said} up to date (revision ")
    assert one_line(run(small, "migrate", DATABASE_URL="x"), 2).startswith("DATABASE_URL: not the address of a database.")


# The shell


def test_every_command_says_what_it_does() -> None:
    """Each has a line of help, and help needs no knowledge, no settings and no network."""
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert isinstance(main, click.Group)
    for name, command in main.commands.items():
        assert command.help, name
        assert name in result.stdout
        assert CliRunner().invoke(main, [name, "-h"]).exit_code == 0


def test_the_version_is_told() -> None:
    """--version names program and version."""
    assert CliRunner().invoke(main, ["--version"]).stdout == "natobot, version 0.1.0\n"


def test_a_reader_that_goes_away_is_no_error(small: Settings) -> None:
    """As in ``natobot export passages | head -1``: no traceback, no complaint."""
    code = "import sys; from natobot.cli import main; sys.stdout.write('x' * 70_000); main()"
    command = [sys.executable, "-c", code, "export", "passages"]
    with subprocess.Popen(command, env=environment(small), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(1) == b"x"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in (0, 1)


def test_asking_loads_neither_slack_nor_sql(small: Settings) -> None:
    """A question from the shell does not wait for libraries it has no use for."""
    code = (
        "import sys; from natobot.cli import main\n"
        "try: main()\n"
        "finally: print(sorted({n.partition('.')[0] for n in sys.modules}), file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, "ask", QUESTION]
    result = subprocess.run(command, env=environment(small), capture_output=True, text=True, check=True)
    heavy = {"slack_bolt", "slack_sdk", "sqlalchemy", "alembic", "uvicorn", "starlette", "websockets", "rich", "wordfreq"}
    assert ANSWER in result.stdout
    assert [name for name in sorted(heavy) if f"'{name}'" in result.stderr] == []
    assert "'tantivy'" in result.stderr

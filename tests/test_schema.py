"""The command line keeps its contract: what it prints fits docs/schema, and a bad line spoils no other."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from natobot.cli import main
from natobot.export import KINDS
from natobot.playground import faults
from natobot.playground.server import Playground
from natobot.settings import Settings

Json = dict[str, Any]
SCHEMAS = Path(__file__).parent.parent / "docs" / "schema"
# Keys that are printed on demand only.
ON_DEMAND = {"why"}
QUESTIONS: list[Json] = [
    {"id": "fact", "text": "When did NATO take command of ISAF?"},
    {"id": "thread", "turns": ["What does Rumer think of enlargement?", "and Rynning?"]},
    {"id": "misspelt", "text": "what hapened at the buchrest summit"},
    {"id": "missing", "text": "What do the authors say about Iceland?"},
    {"id": "open", "text": "which minister quarrelled about cheese"},
    {"id": "talk", "text": "hello"},
    {"id": "empty", "text": ""},
    {"id": "surrogate", "text": "what is \ud800?"},
]
QUOTATIONS: list[Json] = [
    {"id": "exact", "text": "NATO’s purpose is laid out in the Washington Treaty of 1949"},
    {"id": "altered", "text": "NATO’s purpose was laid out in the Washington Treaty of 1949", "by": "Eugene Rumer"},
    {"id": "foreign", "text": "a zebra crossing on the dark side of the moon"},
    {"id": "empty", "text": ""},
]
BAD_LINES = ["{", "[1]", "7", '{"id": 1, "text": "a"}', '{"id": "a"}', '{"id": "a", "turns": []}', '{"text": "a"}', "[" * 100_000]


def validator(name: str) -> Draft202012Validator:
    """The validator of ``docs/schema/<name>.json``."""
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text("utf-8")))


def run(settings: Settings, *arguments: str, lines: str | bytes = "", **more: str) -> Result:
    """Run a command on the shipped documents."""
    folders = {"HOME": settings.home, "SEEDS": settings.seeds, "RESPONSES": settings.responses}
    env = {f"NATOBOT_{name}": str(folder) for name, folder in folders.items()}
    return CliRunner(env={**env, **more}).invoke(main, arguments, input=lines, catch_exceptions=False)


def records(result: Result, schema: str) -> list[Json]:
    """The lines of an output, each of which fits its schema."""
    check = validator(schema)
    found: list[Json] = [json.loads(line) for line in result.stdout.splitlines()]
    assert [f"{error.json_path}: {error.message}" for record in found for error in check.iter_errors(record)] == []
    return found


def jsonl(items: list[Json]) -> str:
    """Objects, one a line."""
    return "".join(json.dumps(item) + "\n" for item in items)


def objects(schema: Any) -> Iterator[Json]:
    """Every object described in a schema that names its keys."""
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_a_schema_is_closed(path: Path) -> None:
    """A schema is valid, needs every key it names (but those given on demand) and allows no other."""
    schema = json.loads(path.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    found = list(objects(schema))
    assert found
    for each in found:
        assert each["additionalProperties"] is False
        assert set(each["properties"]) - set(each["required"]) <= ON_DEMAND


def test_every_kind_has_a_schema() -> None:
    """Each kind of export has its schema, and so has each command that prints records of its own; there are no others."""
    exports = {f"export-{kind}" for kind in KINDS if kind != "sources"}
    others = {"ask", "verify", "compare", "today", "sources", "check", "build"}
    others |= {"doctor", "daily", "migrate", "demo", "playground", "log"}
    assert {path.stem for path in SCHEMAS.glob("*.json")} == exports | others


@pytest.mark.parametrize(
    ("arguments", "schema"),
    [
        (["ask", "--json", "What", "is", "the", "open", "door", "policy?"], "ask"),
        (["ask", "--json", "--why", "--no-cards", "What is the open door policy?"], "ask"),
        (["verify", "--json", "NATO’s purpose is laid out in the Washington Treaty"], "verify"),
        (["compare", "--json", "Russia"], "compare"),
        (["today", "--json", "--date", "2026-07-08"], "today"),
        (["today", "--json", "--date", "2026-09-11"], "today"),
        (["today", "--json", "--date", "2026-02-28"], "today"),
        pytest.param(["today", "--json", "--year", "2026"], "today", marks=pytest.mark.slow),
        (["sources", "--json"], "sources"),
        (["check", "--json"], "check"),
        (["build", "--json"], "build"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_fits_its_schema(settings: Settings, arguments: list[str], schema: str) -> None:
    """What a command prints with --json fits its schema, and it exits with 0."""
    result = run(settings, *arguments)
    assert records(result, schema)
    assert result.exit_code == 0


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_fits_its_schema(settings: Settings, kind: str) -> None:
    """Every exported line fits the schema of its kind; there is at least one."""
    result = run(settings, "export", kind)
    assert records(result, kind if kind == "sources" else f"export-{kind}")
    assert result.exit_code == 0


def test_every_command_has_json() -> None:
    """Each command takes --json."""
    assert [name for name, command in main.commands.items() if not any("--json" in each.opts for each in command.params)] == []


def test_a_conversation_fits_the_schema_of_answers(settings: Settings) -> None:
    """`chat --json` prints one record an answer and nothing else; a follow-up is understood."""
    result = run(settings, "chat", "--json", lines="What does Rumer think of enlargement?\nand Rynning?\n")
    first, second = records(result, "ask")
    assert result.exit_code == 0
    assert {snippet["source"] for snippet in first["snippets"]} == {"rumer"}
    assert {snippet["source"] for snippet in second["snippets"]} == {"rynning"}


def test_what_the_doctor_finds_fits_its_schema(settings: Settings) -> None:
    """Whether all is well or not, `doctor --json` prints one record."""
    with Playground() as slack:
        good = run(settings, "doctor", "--json", **slack.env())
        bad = run(settings, "doctor", "--json", **{**slack.env(), "SLACK_BOT_TOKEN": "", "PORT": "0"})
    assert [record["ok"] for result in (good, bad) for record in records(result, "doctor")] == [True, False]
    assert (good.exit_code, bad.exit_code) == (0, 3)


def test_a_migration_fits_its_schema(settings: Settings, tmp_path: Path) -> None:
    """The first `migrate` says that it changed the database, the second that it did not."""
    url = f"sqlite:///{tmp_path / 'state.sqlite3'}"
    results = [run(settings, "migrate", "--json", DATABASE_URL=url) for _ in range(2)]
    assert [record["migrated"] for result in results for record in records(result, "migrate")] == [True, False]


def test_daily_posts_fit_their_schema(settings: Settings, tmp_path: Path) -> None:
    """`daily --json` prints one record a channel, whatever became of its post."""
    with Playground() as slack:
        secret = slack.add_channel("secret", private=True, member=False)
        slack.faults.add("chat.postMessage", faults.reset(), when=lambda body: body["channel"] == "C0NEWSROOM")
        channels = f"C0GENERAL,C0NEWSROOM,{secret.id}"
        more = {"NATOBOT_DAILY_CHANNELS": channels, "DATABASE_URL": f"sqlite:///{tmp_path / 'state.sqlite3'}"}
        results = [run(settings, "daily", "--json", "--date", "2026-07-08", **slack.env(), **more) for _ in range(2)]
    first, second = (records(result, "daily") for result in results)
    assert [(each["channel"], each["status"]) for each in first] == [
        ("C0GENERAL", "accepted"),
        ("C0NEWSROOM", "uncertain"),
        (secret.id, "refused"),
    ]
    assert [each["status"] for each in second] == ["before", "before", "refused"]
    assert [result.exit_code for result in results] == [0, 0]


@pytest.mark.slow
def test_the_tour_fits_its_schema(settings: Settings) -> None:
    """`demo --json` prints one record a step, numbered, with what people did and what natobot showed."""
    result = run(settings, "demo", "--json")
    steps = records(result, "demo")
    assert [step["number"] for step in steps] == list(range(1, len(steps) + 1))
    assert all(step["transcript"] for step in steps)
    assert "natobot" in {line["who"] for line in steps[0]["transcript"]} - {"editor"}
    assert any("140,000 troops" in line for each in steps[0]["transcript"] for line in each["lines"])


@pytest.mark.parametrize("kind", ["passages", "quotations", "cards"])
def test_exported_words_stand_where_they_say(settings: Settings, kind: str) -> None:
    """The text of a record and the spans of its file differ in white space only."""
    raws = {
        source["id"]: (settings.seeds / source["file"]).read_bytes().decode("utf-8")
        for source in records(run(settings, "export", "sources"), "sources")
    }
    for record in records(run(settings, "export", kind), f"export-{kind}"):
        words = "".join(raws[record["source"]][start:end] for start, end in record["spans"])
        assert "".join(words.split()) == "".join(record["text"].split())


def test_a_shown_passage_is_an_exported_one(settings: Settings) -> None:
    """`show --json` prints the very line that `export passages` has."""
    first = records(run(settings, "export", "passages"), "export-passages")[0]
    assert records(run(settings, "show", "--json", first["id"]), "export-passages") == [first]


def test_questions_are_answered_in_order(settings: Settings) -> None:
    """Every question of --jsonl gets one line that fits the schema, in the order of the questions."""
    result = run(settings, "ask", "--jsonl", lines=jsonl(QUESTIONS))
    answers = {answer["id"]: answer for answer in records(result, "ask")}
    assert list(answers) == [question["id"] for question in QUESTIONS]
    assert result.exit_code == 0
    expected = {"fact": True, "misspelt": True, "missing": False, "talk": False, "empty": False}
    assert {key: answers[key]["answered"] for key in expected} == expected
    assert all(answer["answered"] is bool(answer["snippets"]) for answer in answers.values())
    assert answers["misspelt"]["repaired"]["buchrest"] == "bucharest"
    assert answers["missing"]["missing"] == ["Iceland"]


def test_quotations_are_judged_in_order(settings: Settings) -> None:
    """Every quotation of --jsonl gets one line that fits the schema, in the order of the quotations."""
    result = run(settings, "verify", "--jsonl", lines=jsonl(QUOTATIONS))
    found = [(verdict["id"], verdict["verdict"], verdict["attribution_ok"]) for verdict in records(result, "verify")]
    assert found == [
        ("exact", "exact", None),
        ("altered", "altered", False),
        ("foreign", "not_found", None),
        ("empty", "not_found", None),
    ]
    assert result.exit_code == 0


@pytest.mark.parametrize("command", ["ask", "verify"])
@pytest.mark.parametrize("line", BAD_LINES, ids=lambda line: line[:24])
def test_a_bad_line_spoils_no_other(settings: Settings, command: str, line: str) -> None:
    """A line that cannot be read gets an error with the id null, the rest goes on, and the exit code is 2."""
    good = [{"id": name, "text": "NATO’s purpose is laid out"} for name in ("before", "after")]
    result = run(settings, command, "--jsonl", lines=f"{jsonl(good[:1])}{line}\n\n{jsonl(good[1:])}")
    before, bad, after = records(result, command)
    assert (before["id"], after["id"]) == ("before", "after")
    assert set(bad) == {"id", "error"}
    assert bad["id"] is None
    assert result.exit_code == 2


def test_a_line_that_is_not_utf_8_is_bad(settings: Settings) -> None:
    """Bytes that are not UTF-8 outside of a text make their own line bad and no other."""
    result = run(settings, "ask", "--jsonl", lines=b'\xff\xfe\n{"id": "after", "text": "hello"}\n')
    bad, after = records(result, "ask")
    assert (bad["id"], after["id"]) == (None, "after")
    assert result.exit_code == 2

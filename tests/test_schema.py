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


def run(settings: Settings, *arguments: str, lines: str | bytes = "") -> Result:
    """Run a command on the shipped documents."""
    folders = {"HOME": settings.home, "SEEDS": settings.seeds, "RESPONSES": settings.responses}
    env = {f"NATOBOT_{name}": str(folder) for name, folder in folders.items()}
    return CliRunner(env=env).invoke(main, arguments, input=lines, catch_exceptions=False)


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
    """Each kind of export has its schema, and there are no others."""
    exports = {f"export-{kind}" for kind in KINDS if kind != "sources"}
    others = {"ask", "verify", "compare", "today", "sources", "check", "build"}
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

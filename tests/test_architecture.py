"""The shape of the code: who may import whom, how long a file may grow, and what a package of it must hold."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from importlinter.api import read_configuration
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "natobot"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted(Path(__file__).parent.glob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LONGEST = 560
# The stages, from the first row of the map that is one to the last; what stands above drives them, what stands below is floor.
FIRST_STAGE, LAST_STAGE = "export", "read"
# Calls from room to room that there are reasons for.
CALLS = {
    "compare -> route": "a topic is read as a question is",
    "export -> render": "a record looks the same wherever it is printed",
    "extract -> clean": "a sentence is cut from clean text only",
    "ics -> render": "what a calendar shows is cited as everywhere",
    "today -> answer": "a passage of the day is shown as one that answers is",
}
# Declared, but not imported: time zones are data, and SQLAlchemy finds PostgreSQL's driver by its name.
NOT_IMPORTED = {"tzdata", "psycopg"}


def name(path: Path) -> str:
    """A file as its place below the tests or the package."""
    return str(path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else ROOT))


def imports(path: Path) -> Iterator[tuple[str, str | None]]:
    """What a file imports when it runs: module and name, or module and nothing."""
    tree = ast.parse(path.read_text("utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.ImportFrom):
            yield from ((str(node.module), alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)


def rooms() -> dict[str, str]:
    """Each file of a stage with the room it belongs to, as .importlinter draws the map."""
    [options] = [each for each in read_configuration(str(ROOT / ".importlinter"))["contracts_options"] if each["id"] == "map"]
    rows = [re.split(r"\s*([|:])\s*", row.strip()) for row in options["layers"]]
    first, last = (next(i for i, row in enumerate(rows) if stage in row) for stage in (FIRST_STAGE, LAST_STAGE))
    found: dict[str, str] = {}
    for row in rows[first : last + 1]:
        found |= {each: row[0] if ":" in row else each for each in row[::2]}
    return found


def requirements(*groups: list[str]) -> Iterator[Requirement]:
    """The requirements of lists of them."""
    yield from (Requirement(line) for group in groups for line in group)


def test_imports_keep_to_the_map() -> None:
    """The contracts of .importlinter hold."""
    # A process of its own, since import-linter silences every logger it finds.
    command = "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache', '--no-logo'])"
    env = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_stages_do_not_call_each_other() -> None:
    """A stage takes nouns (classes) from another room, never its functions or figures; the exceptions are all still needed."""
    room = rooms()
    calls = set()
    for stage, own in room.items():
        for module, imported in imports(PACKAGE / f"{stage}.py"):
            other = module.removeprefix("natobot.") if imported and module != "natobot" else imported
            if not module.startswith("natobot") or other not in room or room[other] == own:
                continue
            if imported is None or not re.match(r"[A-Z][A-Za-z]*[a-z]", imported):
                calls.add(f"{stage} -> {other}")
    assert calls == set(CALLS)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_short_and_says_what_it_is_for(path: Path) -> None:
    """Every file of the package has a docstring, unless it is empty, and at most 560 lines."""
    text = path.read_text("utf-8")
    assert not text or ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= LONGEST


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_every_test_states_its_claim(path: Path) -> None:
    """Every file of tests has a docstring, and so has every test in it."""
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree)
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    assert [test.name for test in tests if not ast.get_docstring(test)] == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_error_is_swallowed_unexplained(path: Path) -> None:
    """Whoever catches every error raises it again, or says why not, there or on the next line."""
    lines = path.read_text("utf-8").splitlines()
    for node in ast.walk(ast.parse("\n".join(lines))):
        if not isinstance(node, ast.ExceptHandler) or ast.unparse(node.body[-1]) == "raise":
            continue
        if re.search(r"\b(Base)?Exception\b", ast.unparse(node.type) if node.type else "BaseException"):
            here, below = lines[node.lineno - 1 : node.lineno + 1]
            assert "#" in here or below.lstrip().startswith("#"), f"line {node.lineno} does not say why"


def test_dependencies_are_what_is_imported() -> None:
    """Every third party that the package imports is declared, and nothing else is."""
    distributions = metadata.packages_distributions()
    declared = {canonicalize_name(each.name) for each in requirements(PROJECT["project"]["dependencies"])}
    tops = {module.partition(".")[0] for path in MODULES for module, _ in imports(path)}
    imported = {canonicalize_name(distributions[top][0]) for top in tops - sys.stdlib_module_names - {"natobot"}}
    # slack-sdk is a dependency of slack-bolt.
    assert imported - {"slack-sdk"} == declared - NOT_IMPORTED


def test_every_version_is_pinned() -> None:
    """constraints.txt pins all that the package and its extras need, directly or not, without addresses."""
    lines = [line for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line)] == []
    assert lines == sorted(lines, key=str.lower)
    pinned = {canonicalize_name(line.partition("==")[0]) for line in lines}
    project = PROJECT["project"]
    wanted = list(requirements(project["dependencies"], *project["optional-dependencies"].values()))
    wanted += requirements(PROJECT["build-system"]["requires"])
    seen: set[tuple[str, frozenset[str]]] = set()
    while wanted:
        each = wanted.pop()
        key = canonicalize_name(each.name), frozenset(each.extras)
        if key in seen or key[0] == project["name"]:
            continue
        seen.add(key)
        assert key[0] in pinned, f"{each.name} is not in constraints.txt"
        try:
            needs = metadata.requires(key[0]) or []
        except metadata.PackageNotFoundError:
            # What builds the package need not be installed to test it.
            continue
        extras = each.extras or {""}
        wanted += [n for n in requirements(needs) if not n.marker or any(n.marker.evaluate({"extra": e}) for e in extras)]


def test_documents_and_responses_ship() -> None:
    """A wheel holds seeds and responses where settings look for them, and the notice of whose the documents are."""
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"] == {each: f"natobot/data/{each}" for each in ("seeds", "responses")}
    assert PROJECT["project"]["license-files"] == ["LICENSE", "seeds/NOTICE"]

"""The way from files to knowledge in use: built once, swapped in whole, rebuilt when damaged, kept when nothing better is had."""

import errno
import gc
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from little import environment, little, spoil
from natobot import build, gather
from natobot.bot import Natobot
from natobot.errors import FileError, NatobotError, StoreError
from natobot.files import write_whole
from natobot.read import Document
from natobot.settings import Settings
from natobot.store import CONTENT, Knowledge, Store
from natobot.words import Words
from natobot.write import write

QUESTION = "what happened to the first ferry"
ANSWER = "It sank in the storm of 1902 with 140 sheep on board."
CARD = "cards/boats.yaml"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Settings:
    """Two short documents and two cards with their knowledge; not to be changed."""
    small = little(tmp_path_factory.mktemp("built"), settings)
    build.ensure(small)
    return small


@pytest.fixture
def small(tmp_path: Path, built: Settings) -> Settings:
    """A copy of ``built`` that a test may spoil."""
    folder = tmp_path / "copy"
    shutil.copytree(built.home.parent, folder, ignore=shutil.ignore_patterns("words-*"))
    for words in built.home.glob("words-*"):
        os.link(words, folder / "home" / words.name)
    return replace(built, home=folder / "home", seeds=folder / "seeds", responses=folder / "responses")


@pytest.fixture
def quick(built: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds write what ``built`` holds under the new hash, for tests of everything but the writing."""

    def copy(folder: Path, _: Knowledge, wanted: str) -> None:
        ignore = shutil.ignore_patterns("manifest.json", "lock")
        shutil.copytree(knowledge(built), folder, ignore=ignore, dirs_exist_ok=True)
        with closing(sqlite3.connect(folder / CONTENT)) as connection, connection:
            connection.execute("update meta set value = ? where key = 'hash'", (wanted,))

    monkeypatch.setattr("natobot.write.write", copy)


@pytest.fixture
def no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds that belong into a child process happen in this one, and end in the same lines."""

    def run(_: list[str], *, env: dict[str, str], **__: object) -> subprocess.CompletedProcess[str]:
        try:
            warning = build.ensure(Settings.load(env))[1]
        except NatobotError as error:
            return subprocess.CompletedProcess([], 2, "", f"natobot: {error}\n")
        return subprocess.CompletedProcess([], 0, "", f"natobot: {warning}\n" if warning else "")

    monkeypatch.setattr(subprocess, "run", run)


def knowledge(settings: Settings) -> Path:
    """The directory in use."""
    return settings.home / "knowledge" / (settings.home / "knowledge" / "current").read_text()


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def says(bot: Natobot) -> list[str]:
    """What the bot answers to the question that the cards know."""
    return [snippet.passage.text for snippet in bot.reply(QUESTION).snippets[:1]]


def full_disk(*_: object, **__: object) -> None:
    """Fails as a full disk does."""
    raise OSError(errno.ENOSPC, "No space left on device")


def must_not(*_: object, **__: object) -> None:
    """Fails the test that gets here."""
    pytest.fail("this should not have been called")


# In use


def test_knowledge_is_built_once(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there already and fits the files is opened and not built."""
    before = tree(small.home)
    monkeypatch.setattr(build, "build", must_not)
    assert says(Natobot.open(small)) == [ANSWER]
    assert tree(small.home) == before


def test_current_names_the_knowledge_in_use(small: Settings) -> None:
    """The pointer file holds the name of the directory, which is the hash."""
    store, warning = build.ensure(small)
    assert (small.home / "knowledge" / "current").read_text() == store.hash == store.folder.name == build.knowledge_hash(small)
    assert warning is None


def test_a_lost_pointer_is_written_again(small: Settings) -> None:
    """Without ``current`` the knowledge is found by its hash, and named again."""
    pointer = small.home / "knowledge" / "current"
    pointer.unlink()
    store, _ = build.ensure(small)
    assert pointer.read_text() == store.hash


def test_a_home_that_can_only_be_read_is_enough(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening writes nothing that it could not do without."""
    (small.home / "knowledge" / "current").unlink()
    monkeypatch.setattr(tempfile, "mkdtemp", full_disk)
    assert says(Natobot.open(small)) == [ANSWER]


# The hash


def test_the_hash_is_that_of_the_files(small: Settings, built: Settings) -> None:
    """It depends on what the files hold, not on where they lie, when they were written or in which order."""
    again = small.seeds.parent / "again"
    again.mkdir()
    for path in sorted(small.seeds.iterdir(), reverse=True):
        (again / path.name).write_bytes(path.read_bytes())
        os.utime(again / path.name, (1, 1))
    shutil.rmtree(small.seeds)
    again.rename(small.seeds)
    assert build.knowledge_hash(small) == build.knowledge_hash(built)


@pytest.mark.parametrize("name", ["seeds/ferry.txt", "seeds/sources.yaml", "responses/cards/boats.yaml", "responses/names.yaml"])
def test_the_hash_changes_with_every_file(small: Settings, name: str) -> None:
    """A document, a description, a card or a name that changes asks for new knowledge."""
    before = build.knowledge_hash(small)
    with (small.seeds.parent / name).open("a") as file:
        file.write("\n")
    assert build.knowledge_hash(small) != before


@pytest.mark.parametrize("name", ["seeds/other.txt", "responses/cards/other.yaml", "responses/cards/other.yml"])
def test_the_hash_changes_with_a_new_file(small: Settings, name: str) -> None:
    """A file that is added is taken up, or refused: it never lies there unseen."""
    before = build.knowledge_hash(small)
    (small.seeds.parent / name).touch()
    assert build.knowledge_hash(small) != before


def test_the_hash_leaves_hidden_files_out(small: Settings) -> None:
    """What an editor or a file manager leaves behind changes nothing."""
    before = build.knowledge_hash(small)
    (small.seeds / ".DS_Store").write_text("x")
    (small.responses / "cards" / ".boats.yaml.swp").write_text("x")
    assert build.knowledge_hash(small) == before


def test_the_hash_changes_with_the_code(small: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of a program file, or another release, asks for new knowledge."""
    code = tmp_path / "natobot"
    shutil.copytree(Path(build.__file__).parent, code, ignore=shutil.ignore_patterns("__pycache__"))
    before = build.knowledge_hash(small)
    monkeypatch.setattr(build, "__file__", str(code / "build.py"))
    assert build.knowledge_hash(small) == before
    with (code / "fold.py").open("a") as file:
        file.write("# changed\n")
    changed = build.knowledge_hash(small)
    assert changed != before
    monkeypatch.setattr(build, "__version__", "99.0")
    assert build.knowledge_hash(small) not in (before, changed)


# Damage


def cut(path: Path) -> None:
    """Cut the end off a file."""
    path.write_bytes(path.read_bytes()[:-1])


def garble(path: Path) -> None:
    """Change some bytes in the middle of a file, its size and date left as they are."""
    data, stat = bytearray(path.read_bytes()), path.stat()
    middle = len(data) // 2
    data[middle : middle + 8] = bytes(255 - byte for byte in data[middle : middle + 8])
    path.write_bytes(data)
    os.utime(path, (stat.st_atime, stat.st_mtime))


@pytest.mark.parametrize("harm", [Path.unlink, cut, garble, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("pattern", ["content.sqlite", "asks/meta.json", "passages/*.term", "words/*.idx", "manifest.json"])
def test_damage_is_seen(small: Settings, monkeypatch: pytest.MonkeyPatch, pattern: str, harm: Callable[[Path], None]) -> None:
    """Whichever file is missing, cut short, emptied or garbled: the directory is built anew and never answered from."""
    (found,) = knowledge(small).glob(pattern)
    harm(found)
    monkeypatch.setattr(build, "build", full_disk)
    with pytest.raises(StoreError, match="No space left on device"):
        build.ensure(small)


def test_a_damaged_directory_is_built_anew(small: Settings) -> None:
    """The answer is as before, and nothing of the damaged directory is left."""
    (knowledge(small) / "content.sqlite").write_bytes(b"rubbish" * 1000)
    assert says(Natobot.open(small)) == [ANSWER]
    assert {path.name for path in (small.home / "knowledge").iterdir()} == {"current", knowledge(small).name}


def test_a_file_in_the_place_of_the_directory_gives_way(small: Settings) -> None:
    """Even a file where the directory should be is put right."""
    place = knowledge(small)
    shutil.rmtree(place)
    place.write_text("not a directory")
    assert says(Natobot.open(small)) == [ANSWER]


def test_garbage_in_the_cache_is_read_anew(small: Settings) -> None:
    """The cache is a help and never trusted."""
    before = gather.gather(small)
    for path in (small.home / "cache").iterdir():
        path.write_text('{"passages": [{"id": 1}]}')
    assert gather.gather(small) == before


def test_the_cache_saves_the_reading(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A changed card does not have the documents read again; a changed document has that one read, and its old entry goes."""
    read: list[str] = []
    true = gather.extract_document

    def watched(document: Document, words: Words) -> gather.Extracted:
        read.append(document.source.id)
        return true(document, words)

    monkeypatch.setattr(gather, "extract_document", watched)
    spoil(small, CARD, "[what happened to the first ferry]", "[what happened to the ferry]")
    gather.gather(small)
    assert read == []
    with (small.seeds / "mill.txt").open("a") as file:
        file.write("\nIt closed.\n")
    assert len(gather.gather(small).passages) == 9
    assert read == ["mill"]
    assert len(list((small.home / "cache").iterdir())) == 2


# Disks


def test_a_file_in_the_place_of_the_home_is_one_line(small: Settings, tmp_path: Path) -> None:
    """Where nothing can be written and nothing is there, one line says so and what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as caught:
        Natobot.open(replace(small, home=tmp_path / "file"))
    assert str(caught.value).startswith(f"cannot write the knowledge to {tmp_path}/file/knowledge (Not a directory).")
    assert str(caught.value).endswith("set NATOBOT_HOME to a folder that can be written.")
    assert "\n" not in str(caught.value)


def test_a_full_disk_without_knowledge_is_one_line(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first build on a full disk says that there is no space, and leaves nothing half-written behind."""
    shutil.rmtree(small.home / "knowledge")
    monkeypatch.setattr("natobot.write.write", full_disk)
    with pytest.raises(StoreError, match=r"No space left on device\). Free some space there"):
        Natobot.open(small)
    assert list((small.home / "knowledge").iterdir()) == []


def test_a_full_disk_keeps_the_old_knowledge(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """With knowledge from before, that stays in use and a warning says why."""
    before = tree(small.home / "knowledge")
    spoil(small, CARD, "[what happened to the first ferry]", "[what happened to the ferry]")
    monkeypatch.setattr("natobot.write.write", full_disk)
    bot = Natobot.open(small)
    assert says(bot) == [ANSWER]
    assert bot.warning is not None
    assert bot.warning.startswith("cannot write the knowledge to ")
    assert bot.warning.endswith("(No space left on device). The knowledge from before stays in use.")
    assert tree(small.home / "knowledge") == before


def test_a_full_disk_leaves_no_scraps(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache entry or pointer that could not be written whole is not left there in part."""
    before = tree(small.home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", full_disk)
        with pytest.raises(OSError, match="No space left"):
            write_whole(small.home / "cache" / "x.json", "{}")
    assert tree(small.home) == before
    assert len(list((small.home / "cache").iterdir())) == 2


@pytest.mark.parametrize("mode", [0o750, 0o755])
def test_others_may_read_what_the_folder_lets_them(small: Settings, quick: None, mode: int) -> None:
    """Knowledge that one user built can be used by another, as far as the folder it lies in allows."""
    shutil.rmtree(knowledge(small))
    (small.home / "knowledge").chmod(mode)
    build.ensure(small)
    paths = [knowledge(small), *knowledge(small).rglob("*")]
    assert {path.stat().st_mode & 0o777 for path in paths if path.is_dir()} == {mode}
    assert {path.stat().st_mode & 0o666 for path in paths if path.is_file() and path.name != "lock"} == {mode & 0o666}


# Mistakes


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [(CARD, "of 1902", "of 1903"), ("intents.yaml", "{term}", "{term"), ("wording.yaml", "{names}", "{nmaes}")],
)
def test_a_mistake_leaves_the_knowledge_untouched(small: Settings, no_child: None, name: str, old: str, new: str) -> None:
    """A build that finds a mistake fails, changes no file, and a running bot goes on with what it has and says why."""
    bot, before = Natobot.open(small), tree(small.home)
    spoil(small, name, old, new)
    with pytest.raises(FileError) as caught:
        Natobot.open(small)
    assert not bot.refresh()
    assert bot.warning == str(caught.value)
    assert says(bot) == [ANSWER]
    assert tree(small.home) == before
    spoil(small, name, new, old)
    assert not bot.refresh()
    assert bot.warning is None


@pytest.mark.parametrize("what", ["a file nobody listed", "a file gone", "the folder gone"])
def test_a_mistake_in_the_seeds_leaves_the_knowledge_untouched(small: Settings, no_child: None, what: str) -> None:
    """So does a mistake in the documents."""
    bot, before = Natobot.open(small), tree(small.home)
    if what == "a file nobody listed":
        (small.seeds / "new.txt").write_text("Something new.")
    elif what == "a file gone":
        (small.seeds / "mill.txt").unlink()
    else:
        shutil.rmtree(small.seeds)
    with pytest.raises(NatobotError):
        Natobot.open(small)
    assert not bot.refresh()
    assert bot.warning
    assert "\n" not in bot.warning
    assert says(bot) == [ANSWER]
    assert tree(small.home) == before


# Running on


def test_refresh_takes_nothing_where_nothing_changed(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a change no process is started."""
    bot = Natobot.open(small)
    monkeypatch.setattr(subprocess, "run", must_not)
    assert not bot.refresh()


def test_refresh_takes_up_a_changed_card(small: Settings, no_child: None) -> None:
    """One call is enough: the next question is answered from the new card."""
    bot = Natobot.open(small)
    assert says(bot) == [ANSWER]
    old = bot.knowledge
    spoil(small, CARD, '"It sank in the storm of 1902"', '"It sank in the spring"')
    assert bot.refresh()
    assert bot.knowledge != old
    assert says(bot) == ["It sank in the spring of 1911."]
    assert bot.warning is None


def test_refresh_survives_a_build_that_never_ends(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that hangs is given up, and the bot goes on."""
    bot = Natobot.open(small)
    spoil(small, CARD, "first ferry", "ferry")

    def hang(*_: object, timeout: float, **__: object) -> None:
        raise subprocess.TimeoutExpired("natobot", timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    assert not bot.refresh()
    assert bot.warning == "the build took more than 600 seconds. Run `natobot build` by hand to see why."
    assert says(bot) == [ANSWER]


def test_refresh_on_a_full_disk_keeps_the_old(small: Settings, no_child: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot goes on with what it has, and tells the cause."""
    bot = Natobot.open(small)
    spoil(small, CARD, "first ferry", "ferry")
    monkeypatch.setattr("natobot.write.write", full_disk)
    assert not bot.refresh()
    assert bot.warning is not None
    assert "No space left on device" in bot.warning
    assert says(bot) == [ANSWER]


@pytest.mark.slow
def test_refresh_builds_in_a_child_process(small: Settings) -> None:
    """The real child process builds, and its one line is told where it fails."""
    bot = Natobot.open(small)
    spoil(small, CARD, "    ask:\n", "    ask:\n      - was there ever a boat to the town\n")
    assert bot.refresh()
    path = spoil(small, CARD, "topic: boats", "topics: boats")
    assert not bot.refresh()
    assert bot.warning == f"{path}:1: unknown key 'topics'. Did you mean 'topic'?"


def test_a_file_saved_during_the_build_is_taken_up(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Knowledge never lies under the hash of files it was not built from."""
    old = build.knowledge_hash(small)
    shutil.rmtree(knowledge(small))
    true, calls = gather.gather, []

    def saved_meanwhile(settings: Settings) -> object:
        found = true(settings)
        calls.append(True)
        if len(calls) == 1:
            spoil(small, CARD, "It sank in the storm of 1902", "It sank in the spring of 1911")
        return found

    monkeypatch.setattr(gather, "gather", saved_meanwhile)
    store, _ = build.ensure(small)
    assert store.hash == store.folder.name == build.knowledge_hash(small) != old
    assert says(Natobot.open(small)) == ["It sank in the spring of 1911."]


# Sweeping


def change(settings: Settings, number: int) -> None:
    """Change a card a little."""
    spoil(settings, CARD, "ask:\n", f"ask:\n      - ferry number {number}\n")


def directories(settings: Settings) -> set[str]:
    """Names of what lies beside the pointer."""
    return {path.name for path in (settings.home / "knowledge").iterdir()} - {"current"}


def test_old_knowledge_is_swept_away(small: Settings, quick: None) -> None:
    """A build removes directories that nobody uses any more."""
    change(small, 1)
    store, _ = build.ensure(small)
    assert directories(small) == {store.hash}


def test_knowledge_in_use_is_not_swept_away(small: Settings, quick: None) -> None:
    """A directory stays while somebody reads it, and goes with the first build after that."""
    reader: Store | None = build.ensure(small)[0]
    assert reader is not None
    old = reader.hash
    change(small, 1)
    build.ensure(small)
    assert old in directories(small)
    assert reader.find_passages({"ferri": 1.0}, {"text": 1.0}, 3)
    del reader
    gc.collect()
    change(small, 2)
    build.ensure(small)
    assert old not in directories(small)


def test_a_running_bot_lets_go_of_what_it_has_left(small: Settings, no_child: None, quick: None) -> None:
    """However often a bot takes up something new, directories do not pile up."""
    bot = Natobot.open(small)
    for number in range(3):
        change(small, number)
        assert bot.refresh()
        gc.collect()
    assert len(directories(small)) <= 2
    assert bot.knowledge in directories(small)


def test_a_killed_build_is_swept_away(small: Settings, quick: None) -> None:
    """What a build left that was killed goes with the next; a build still at work is left alone."""
    home = small.home / "knowledge"
    for name in (".building-killed", ".building-at-work", ".damaged-1-x"):
        (home / name).mkdir()
        (home / name / "lock").touch()
    at_work = build._lock(home / ".building-at-work", shared=True)
    assert at_work is not None
    change(small, 1)
    store, _ = build.ensure(small)
    assert directories(small) == {store.hash, ".building-at-work"}
    os.close(at_work)


def test_a_directory_that_is_being_swept_away_is_not_opened(small: Settings) -> None:
    """Who opens knowledge in the moment it goes builds it anew."""
    sweeper = build._lock(knowledge(small), shared=False)
    assert sweeper is not None
    assert build._open(knowledge(small)) is None
    os.close(sweeper)
    assert build._open(knowledge(small)) is not None


# Two at once


def test_the_first_to_finish_wins(small: Settings, built: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process that put the same knowledge in place meanwhile is no error; nothing is left of the slower one."""
    shutil.rmtree(knowledge(small))

    def overtaken(folder: Path, found: Knowledge, wanted: str) -> None:
        write(folder, found, wanted)
        shutil.copytree(knowledge(built), small.home / "knowledge" / knowledge(built).name)

    monkeypatch.setattr("natobot.write.write", overtaken)
    bot = Natobot.open(small)
    assert bot.warning is None
    assert says(bot) == [ANSWER]
    assert tree(knowledge(small)) == tree(knowledge(built))
    assert directories(small) == {knowledge(built).name}


@pytest.fixture
def several(small: Settings) -> Iterator[list[subprocess.Popen[str]]]:
    """Four processes that ask at the same moment, without any knowledge there."""
    shutil.rmtree(small.home / "knowledge")
    command = [sys.executable, "-m", "natobot", "ask", QUESTION]
    running = [
        subprocess.Popen(command, env=environment(small), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    yield running
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_processes_that_start_at_once_all_answer(small: Settings, several: list[subprocess.Popen[str]]) -> None:
    """They build once or more often, but none reads half, none fails, and one directory is left."""
    for process in several:
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert ANSWER in out
    assert len(directories(small)) == 1

"""The way in: a folder of documents and its list, and one line with file, line and remedy for every mistake in them."""

import hashlib
from pathlib import Path

import pytest

from natobot.errors import FileError
from natobot.read import read

ENTRY = """harbour:
  file: harbour.txt
  title: The Harbour
  authors: [Ada Lindqvist]
  issued: 1961-04
  container: Coastal Quarterly
  publisher: null
  url: null
"""


def seeds(folder: Path, listing: str = ENTRY, **files: str | bytes) -> Path:
    """A seeds folder with a list and documents (``harbour.txt`` unless told)."""
    (folder / "sources.yaml").write_text(listing, "utf-8")
    for name, content in (files or {"harbour": "It rained."}).items():
        data = content if isinstance(content, bytes) else content.encode("utf-8")
        (folder / f"{name}.txt").write_bytes(data)
    return folder


def complaint(folder: Path) -> str:
    """The one line that reading the folder fails with, without the folder's own path."""
    with pytest.raises(FileError) as caught:
        read(folder)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(f"{folder}/", "")


def test_a_document_is_its_raw_text_and_what_the_list_says(tmp_path: Path) -> None:
    """The bytes are decoded and nothing else: line ends and the byte order mark stay, the digest is the file's."""
    data = b"\xef\xbb\xbfIt rained.\r\nWe left.\r"
    editor = "  editor: {viewpoint: Wet., aliases: [the wet author, Ada], note: Unsigned.}\n"
    (document,) = read(seeds(tmp_path, ENTRY + editor, harbour=data))
    source = document.source

    assert document.raw == data.decode("utf-8")
    assert source.sha256 == hashlib.sha256(data).hexdigest()
    assert (source.id, source.file, source.title, source.authors) == (
        "harbour",
        "harbour.txt",
        "The Harbour",
        ("Ada Lindqvist",),
    )
    assert (source.issued, source.container, source.publisher, source.url) == ("1961-04", "Coastal Quarterly", None, None)
    assert (source.viewpoint, source.aliases) == ("Wet.", ("the wet author", "Ada"))


def test_documents_come_in_the_order_of_their_ids(tmp_path: Path) -> None:
    """Whatever their order in the list, and with a licence and a hidden file beside them."""
    second = ENTRY.replace("harbour", "bees")
    folder = seeds(tmp_path, ENTRY + second, harbour="It rained.", bees="They flew.")
    (folder / "NOTICE").write_text("All rights stay with the authors.")
    (folder / ".DS_Store").write_bytes(b"\0\1")

    assert [document.source.id for document in read(folder)] == ["bees", "harbour"]


@pytest.mark.parametrize(("title", "descriptive"), [("The Harbour", False), ('"[On a harbour]"', True)])
def test_a_title_in_brackets_is_a_description(tmp_path: Path, title: str, descriptive: bool) -> None:
    """Where the file shows no title, ours stands in brackets and is known for it."""
    (document,) = read(seeds(tmp_path, ENTRY.replace("The Harbour", title)))

    assert document.source.title_is_descriptive == descriptive


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "title: The Harbour",
            "title: null",
            "sources.yaml:3: a source needs a title. Where the file shows none, write a descriptive one in [brackets].",
        ),
        (
            "title: The Harbour",
            "title:",
            "sources.yaml:3: a source needs a title. Where the file shows none, write a descriptive one in [brackets].",
        ),
        (
            "  title: The Harbour\n",
            "",
            "sources.yaml:2: the key 'title' is missing. Add 'title: …'; write null where it is unknown.",
        ),
        ("authors:", "author:", "sources.yaml:4: unknown key 'author'. Did you mean 'authors'?"),
        (
            "  publisher: null",
            "  publisher: null\n  colour:\n    - red",
            "sources.yaml:8: unknown key 'colour'. Known keys: file, title, authors, issued, container, publisher, url, editor.",
        ),
        (
            "[Ada Lindqvist]",
            "Ada Lindqvist",
            "sources.yaml:4: a list expected here. Start each item on a line of its own with '- '.",
        ),
        (
            "1961-04",
            "April 1961",
            "sources.yaml:5: 'April 1961' is not a date. Write 2014, 2014-07, 2014-07-08 or 2004/2014, or null.",
        ),
        (
            "url: null",
            "url: press.example/a",
            "sources.yaml:8: 'press.example/a' is not an address. Write it with http:// or https://, or null.",
        ),
        (
            "harbour:\n",
            "The Harbour:\n",
            "sources.yaml:1: 'The Harbour' is not an id. Use lower-case letters, digits and single hyphens.",
        ),
        (
            "harbour.txt",
            "harbor.txt",
            "sources.yaml:2: no file harbor.txt in {folder}/. Put it there, or correct the name.",
        ),
        (
            "harbour.txt",
            "../harbour.txt",
            "sources.yaml:2: no file ../harbour.txt in {folder}/. Put it there, or correct the name.",
        ),
        ("authors: [Ada", "authors: [[Ada", "sources.yaml:5: not YAML (did not find expected ',' or ']'). Check"),
        (
            "url: null\n",
            "url: null\n  editor: {mood: wet}\n",
            "sources.yaml:9: unknown key 'mood'. Known keys: viewpoint, aliases, note.",
        ),
    ],
)
def test_a_mistake_in_the_list_names_its_line_and_its_remedy(tmp_path: Path, old: str, new: str, message: str) -> None:
    """Wrong, missing and unknown keys and values: ``file:line: what is wrong. How to mend it.``"""
    found = complaint(seeds(tmp_path, ENTRY.replace(old, new, 1)))
    expected = message.replace("{folder}", tmp_path.name)

    assert found == expected if not expected.endswith("Check") else found.startswith(expected)


def test_an_id_that_stands_twice_is_named(tmp_path: Path) -> None:
    """The second of the two lines, and where the first is."""
    assert complaint(seeds(tmp_path, ENTRY + ENTRY)) == (
        "sources.yaml:9: 'harbour' stands here a second time (first on line 1). Rename or remove one of the two."
    )


def test_a_file_that_is_listed_twice_is_named(tmp_path: Path) -> None:
    """Two ids for one file would give every sentence twice."""
    assert complaint(seeds(tmp_path, ENTRY + ENTRY.replace("harbour:", "port:"))) == (
        "sources.yaml:10: harbour.txt is listed as 'harbour' already. List each file once."
    )


def test_a_file_that_is_not_listed_is_named(tmp_path: Path) -> None:
    """A document that somebody only dropped into the folder is not ignored in silence."""
    folder = seeds(tmp_path, ENTRY, harbour="It rained.", letter="Dear all.")

    assert complaint(folder) == (
        f"letter.txt: this file is not listed in sources.yaml. Describe it in sources.yaml, or move it out of {folder.name}/."
    )


def test_a_folder_without_a_list_is_named(tmp_path: Path) -> None:
    """An empty folder, or one that does not exist."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert complaint(folder) == ("sources.yaml: not found. Every seeds folder needs a sources.yaml that lists its documents.")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"It rained.\nIn Z\xfcrich.\n", "harbour.txt:2: the file is not UTF-8. Save it as UTF-8 (byte 15 is not)."),
        (b"One.\rTwo.\rZ\xfcrich.", "harbour.txt:3: the file is not UTF-8. Save it as UTF-8 (byte 11 is not)."),
        (
            "It rained.".encode("utf-16-le"),
            "sources.yaml:2: harbour.txt is not plain text. It holds NUL characters; save it as UTF-8 text.",
        ),
        (
            b"\xef\xbb\xbf \r\n\t\r\n",
            "sources.yaml:2: harbour.txt is empty. Put the document's text into it, or take it off the list.",
        ),
    ],
)
def test_a_document_that_cannot_be_read_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    """Another encoding, two bytes a letter, or nothing at all."""
    assert complaint(seeds(tmp_path, harbour=content)) == message


def test_a_list_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    """The list itself is read as strictly as the documents."""
    folder = seeds(tmp_path)
    (folder / "sources.yaml").write_bytes(ENTRY.replace("Ada", "Ad\xe4").encode("latin-1"))

    assert complaint(folder).startswith("sources.yaml:4: the file is not UTF-8. Save it as UTF-8")


def test_the_shipped_list_says_only_what_the_files_show() -> None:
    """Three documents; Jin Ling's has no title and no date, and its descriptive title says so."""
    documents = {d.source.id: d.source for d in read(Path(__file__).parent.parent / "seeds")}

    assert sorted(documents) == ["jin-ling", "rumer", "rynning"]
    assert documents["jin-ling"].title_is_descriptive
    assert documents["jin-ling"].issued is None
    assert documents["rumer"].issued == "2014-07-08"

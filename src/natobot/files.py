"""Files written so that nobody ever sees half of one."""

import tempfile
from pathlib import Path

# How folders begin that hold something unfinished.
BUILDING = ".building-"


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it, and nothing stays behind where the disk is full.

    Raises:
        OSError: the disk is full or not writable; what stood there before stands there still.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=BUILDING) as aside:
        written = Path(aside) / path.name
        written.write_text(text, "utf-8")
        written.replace(path)

"""Takes the pictures of docs/images: ``python docs/screenshots.py [STATE…]``, all states that are shown by default.

Needs what the tests of the page need: the extra ``browser`` and a Chromium on this machine.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser import STATES, screens  # noqa: E402 - it lies beside the tests
from natobot.settings import Settings  # noqa: E402

IMAGES = ROOT / "docs" / "images"
# The most bytes of a picture.
LARGEST = 120_000
COLOURS = 128


def main(names: list[str]) -> int:
    """Take the pictures; 1 if one is too large."""
    IMAGES.mkdir(exist_ok=True)
    wanted = {name: state for name, state in STATES.items() if (name in names if names else state.shown)}
    too_large = 0
    with tempfile.TemporaryDirectory(prefix="natobot-screenshots-") as folder, screens(Settings.load(), Path(folder)) as opened:
        for name, state in wanted.items():
            screen = opened(state.size, state.scheme)
            state.lead(screen)
            path = IMAGES / f"{name}.png"
            taken = screen.tab.screenshot(animations="disabled", caret="hide")
            # Letters and plain areas need few colours.
            Image.open(io.BytesIO(taken)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
            size = path.stat().st_size
            too_large += size > LARGEST
            print(f"{path.relative_to(ROOT)}  {state.size[0]}×{state.size[1]}  {size / 1000:.0f} kB")
    return int(too_large > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

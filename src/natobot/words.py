"""Which words English knows, and how common they are: so that a known word is never taken for a typing error.

The list is wordfreq's (Speer 2022), read once and kept as a sorted file beside the knowledge, because importing the
package takes longer than answering a question.
"""

import math
import mmap
import tempfile
from pathlib import Path

# Zipf frequency (log10 of occurrences in a billion words) from which a word counts as known. Below it the list also
# holds common misspellings.
KNOWN = 3.0
_LEAST = 1.0
_RELEASE = "wordfreq-3"


class Words:
    """A sorted list of ``word<TAB>zipf`` lines, looked up by bisection where it lies."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self._data = data

    @staticmethod
    def open(home: Path) -> "Words":
        """The list from ``home``, written there on first use; from memory where ``home`` is not writable."""
        path = home / f"words-{_RELEASE}.txt"
        try:
            with path.open("rb") as file:
                return Words(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (OSError, ValueError):
            # Missing, not readable, or empty.
            pass
        data = _read_list()
        try:
            home.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=home) as aside:
                written = Path(aside) / path.name
                written.write_bytes(data)
                written.replace(path)
        except OSError:
            # A list in memory answers as well; the store reports what cannot be written.
            pass
        return Words(data)

    def zipf(self, word: str) -> float:
        """How common a folded word is, 0 to 8; 0 if the list lacks it."""
        key = word.encode("utf-8", "replace") + b"\t"
        low, high = 0, len(self._data)
        while low < high:
            middle = (low + high) // 2
            start = self._data.rfind(b"\n", 0, middle) + 1
            end = self._data.find(b"\n", middle)
            end = len(self._data) if end < 0 else end
            line = self._data[start:end]
            if line.startswith(key):
                return float(line[len(key) :])
            if line < key:
                low = end + 1
            else:
                high = start
        return 0.0

    def known(self, word: str) -> bool:
        """Whether English knows a folded word, names of people and places included."""
        return self.zipf(word) >= KNOWN


def _read_list() -> bytes:
    from wordfreq import get_frequency_dict

    frequencies = get_frequency_dict("en", wordlist="large")
    # Frequencies come in some hundred steps, so that each is written out once.
    zipf = {frequency: math.log10(frequency) + 9 for frequency in set(frequencies.values())}
    told = {frequency: f"\t{value:.2f}" for frequency, value in zipf.items() if value >= _LEAST}
    found = [(word + told[frequency]).encode() for word, frequency in frequencies.items() if frequency in told and word.isalpha()]
    found.sort()
    return b"\n".join(found)

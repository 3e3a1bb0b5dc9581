"""A local Slack that misbehaves by chance: what may go wrong goes in, a fault now and then comes out."""

import random
from collections import Counter
from collections.abc import Callable

from natobot.playground import faults
from natobot.playground.cast import Json
from natobot.playground.faults import ANY, Fault, Faults

# By name; drawn anew for each call, since some are a matter of chance themselves.
Kinds = dict[str, Fault]


class Mishaps(Faults):
    """Faults at random, for a share of the calls of a method, or of all."""

    def __init__(self, share: float, seed: int, kinds: Callable[[random.Random], Kinds], method: str = ANY) -> None:
        super().__init__()
        self._share = share
        self._random = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self._kinds = kinds
        self._method = method
        self.met: Counter[str] = Counter()

    def take(self, method: str, body: Json) -> Fault | None:
        """One of the faults, or none."""
        with self.lock:
            if self._method not in (ANY, method) or self._random.random() >= self._share:
                return None
            kinds = self._kinds(self._random)
            name = self._random.choice(list(kinds))
            self.met[name] += 1
            return kinds[name]


def doubtful() -> Kinds:
    """Those after which nobody knows whether the call took effect: half of them it did."""
    return {
        "5xx, accepted": faults.server_error(500, accepted=True),
        "5xx, not accepted": faults.server_error(503, accepted=False),
        "reset, accepted": faults.reset(accepted=True),
        "reset, not accepted": faults.reset(accepted=False),
    }

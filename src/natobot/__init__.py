"""natobot answers questions in Slack with its sources' own words.

::

    seeds/ ──► read ─► clean ─► extract ─► build ─► store            a document's way in
    responses/ ─► cards, intents ──────────┘          │
                                                      ▼
    text ─► route ─► answer ─► Answer ─► render ─► Slack blocks | terminal | JSON      a question's way
                                           ▲
    clock ─► daily ────────────────────────┘                                            a date's way

Doors (``cli``, ``demo``, ``play``, ``doctor``, ``web``, ``socket``, ``daily``, ``slack``) call ``bot``; ``bot`` calls the
stages; stages do not call each other, with the few exceptions that ``tests/test_architecture.py`` names; all may use the
floor (``model``, ``errors``, ``settings``, ``fold``, ``dates``, ``words``, ``files``, ``yamlfile``). ``playground``, the
local Slack, knows none of them.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from natobot.bot import Natobot as Natobot

__version__ = "0.1.0"
__all__ = ["Natobot", "__version__"]


def __getattr__(name: str) -> Any:
    # Lazy, so that `natobot --help` does not load the search index.
    if name == "Natobot":
        from natobot.bot import Natobot

        return Natobot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

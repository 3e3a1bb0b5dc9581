"""The pages that whoever installs natobot sees: sentences go in, HTML comes out. Pure functions.

The pages load nothing, run nothing and are held to that by their headers.
"""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from natobot.render import Wording

INSTALL = "/slack/install"
REDIRECT = "/slack/oauth_redirect"
# Status, content type, body and further headers of a page.
Page = tuple[int, str, str, tuple[tuple[str, str], ...]]

_STYLE = """
:root { color-scheme: light dark; --ink: #1d1c1d; --paper: #ffffff; --soft: #5c5a5e; --button: #0b5cad; --on: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e6e9; --paper: #1a1b1e; --soft: #b3b0b6; --button: #8fc1ff; --on: #10233a; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.55 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 12vh 1.25rem 3rem; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.05rem; margin: 2.25rem 0 .25rem; }
h2 ~ p { margin-bottom: .5rem; }
p { margin: 0 0 1rem; }
.small { color: var(--soft); font-size: .9375rem; }
.button { display: inline-block; margin: .5rem 0 1.25rem; padding: .7rem 1.3rem; border-radius: .5rem;
  background: var(--button); color: var(--on); font-weight: 600; text-decoration: none; }
.button:hover { text-decoration: underline; }
.button:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

# What every page says to browsers: keep nothing, load nothing, be framed by nobody, tell nobody the address.
HEADERS = (
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
)


class Button(NamedTuple):
    """A link that looks like a button."""

    # What it says.
    label: str
    # Where it leads.
    address: str


def begin(authorize_url: str, wording: Wording) -> str:
    """The page that an installation begins with."""
    lines = "".join(f'<p class="small">{escape(wording[key])}</p>' for key in ("install_stored", "privacy"))
    stored = f"<h2>{escape(wording['home_stored'])}</h2>{lines}"
    button = Button(wording["install_button"], authorize_url)
    return _page(wording["install_title"], [wording["install_what"]], button, wording, [wording["install_note"]], stored)


def done(workspace: str, button: Button | None, wording: Wording, *, org_wide: bool) -> str:
    """The page of an installation that succeeded."""
    lines = [wording["installed_what"].format(workspace=workspace)]
    if org_wide:
        lines.append(wording["installed_org"])
    return _page(wording["installed_title"], lines, button, wording)


def failed(title: str, lines: Sequence[str], again: str, wording: Wording) -> str:
    """The page of one that came to nothing, with the way to begin again at the address ``again``."""
    return _page(title, lines, Button(wording["install_again"], again), wording)


def _page(
    title: str, lines: Sequence[str], button: Button | None, wording: Wording, small: Sequence[str] = (), more: str = ""
) -> str:
    """A whole page; ``more`` is HTML, all else is text."""
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    if button is not None:
        body += f'<p><a class="button" href="{escape(button.address)}">{escape(button.label)}</a></p>'
    body += "".join(f'<p class="small">{escape(line)}</p>' for line in small)
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(wording["page_language"])}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
        f'<title>{escape(title)}</title>\n<link rel="icon" href="data:,">\n<style>{_STYLE}</style>\n</head>\n'
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n{body}\n{more}\n</main>\n</body>\n</html>\n"
    )

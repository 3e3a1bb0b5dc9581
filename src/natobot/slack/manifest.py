"""The app as Slack must know it: the address it is served at goes in (or none, for Socket Mode), the manifest comes out.

``manifest.json`` at the root of the checkout is the one for Socket Mode, word for word as `text` gives it.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from natobot.errors import InputError
from natobot.slack.scopes import SCOPES

# Where the server takes requests, and where Slack sends people back to who install the app.
EVENTS, REDIRECT = "/slack/events", "/slack/oauth_redirect"
FILE = "manifest.json"

_DESCRIPTION = "Answers with the sentence that answers, word for word, with author, title, date and place."
_LONG = (
    "Ask a set of documents in your own words, and get back the sentence that answers: word for word, with its author, title, "
    "date and place, and the sentences around it one click away. If the documents do not answer, natobot says so.\n\n"
    "Ask with /nato for your eyes only and share what is worth it, mention natobot in a channel or a thread, or write to it "
    "directly. Check a quotation from any message, set rival authors side by side, copy a citation in four styles. "
    "No language model writes anything: every answer is the source's own words."
)


def manifest(url: str | None = None) -> dict[str, Any]:
    """The manifest for HTTP at an address such as ``https://your.host``, or without one for Socket Mode.

    Raises:
        InputError: the address is none that Slack can send requests to.
    """
    base = _address(url) if url is not None else None
    to = {} if base is None else {"url": base + EVENTS}
    requests = {} if base is None else {"request_url": base + EVENTS}
    redirects = {} if base is None else {"redirect_urls": [base + REDIRECT]}
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": "natobot",
            "description": _DESCRIPTION,
            "long_description": _LONG,
            "background_color": "#1d3557",
        },
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
            "bot_user": {"display_name": "natobot", "always_online": True},
            # What it suggests to ask comes from the wording when somebody opens it.
            "agent_view": {"agent_description": _DESCRIPTION},
            "slash_commands": [
                {
                    "command": "/nato",
                    **to,
                    "description": "Ask the documents, for your eyes only",
                    "usage_hint": "a question, a quotation in quotation marks, subscribe, or help",
                    # A quotation is to arrive as it was typed, and no id of a person with it.
                    "should_escape": False,
                }
            ],
            "shortcuts": [
                _shortcut("Check this quote", "check_quote", "Says whether a quotation in the message stands in the documents"),
                _shortcut("Find sources", "find_sources", "Finds what the documents say of the message"),
            ],
        },
        "oauth_config": {**redirects, "scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {
                **requests,
                # Of messages only those to natobot itself: one mention in a channel must not arrive twice.
                "bot_events": ["app_mention", "message.im", "app_home_opened", "app_uninstalled", "tokens_revoked"],
            },
            "interactivity": {"is_enabled": True, **requests},
            # A whole organisation installs by OAuth, and so over HTTP.
            "org_deploy_enabled": base is not None,
            "socket_mode_enabled": base is None,
            # A token copied into a setting would expire within a day, and Slack does not let one switch this off again. Who
            # installs by OAuth alone can switch it on.
            "token_rotation_enabled": False,
        },
    }


def text(url: str | None = None) -> str:
    """The manifest as it is printed and stands in the file.

    Raises:
        InputError: as `manifest`.
    """
    return json.dumps(manifest(url), indent=2, ensure_ascii=False) + "\n"


def fault(checkout: Path | None) -> str | None:
    """What is wrong with ``manifest.json`` of a checkout, in one line; nothing where there is no checkout."""
    if checkout is None:
        return None
    path = checkout / FILE
    mend = f"Run `natobot manifest > {FILE}` there."
    try:
        written = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return f"{path}: cannot be read. {mend}"
    return None if written == text() else f"{path}: not the app that the code is. {mend}"


def _shortcut(name: str, callback_id: str, description: str) -> dict[str, str]:
    return {"name": name, "type": "message", "callback_id": callback_id, "description": description}


def _address(url: str) -> str:
    """The address without a slash at its end."""
    try:
        parts = urlsplit(url.strip())
        good = parts.scheme == "https" and parts.hostname and not parts.username and (parts.port or 443)
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment or any(c.isspace() for c in url.strip()):
        raise InputError(f"--url: {url!r} is no address that Slack sends requests to. Write it as https://your.host.")
    return url.strip().rstrip("/")

"""OAuth as a person sees it: the address an app sends them to goes in, a page or the address they are sent back to comes out."""

import secrets
from collections.abc import Mapping
from html import escape
from urllib.parse import urlencode, urlsplit

from natobot.playground.hub import Ask, Code, Hub
from natobot.playground.refused import Refused
from natobot.playground.state import State

PATH = "/oauth/v2/authorize"
ALLOW = "/oauth/v2/allow"


def read(hub: Hub, query: Mapping[str, str]) -> Ask:
    """What the app asks for.

    Raises:
        Refused: Slack would show an error instead: ``invalid_client_id``, ``invalid_scope``, ``bad_redirect_uri``.
    """
    if query.get("client_id") != hub.client_id:
        raise Refused("invalid_client_id")
    if query.get("user_scope"):
        raise Refused("invalid_scope", "the local Slack does not implement user tokens: leave user_scope out")
    scopes = tuple(dict.fromkeys(scope for scope in query.get("scope", "").replace(" ", ",").split(",") if scope))
    if not scopes:
        raise Refused("invalid_scope", "no scopes requested")
    said = query.get("redirect_uri") or None
    if said and not _below(said, hub.redirect()):
        raise Refused("bad_redirect_uri", f"{said} is not below {hub.redirect()}")
    return Ask(scopes=scopes, state=query.get("state", ""), back=said or hub.redirect(), redirect_uri=said)


def _below(said: str, known: str) -> bool:
    """Whether an address is the one the app is known with, or lies below it."""
    one, other = urlsplit(said), urlsplit(known)
    path = other.path.rstrip("/")
    return one[:2] == other[:2] and (one.path.rstrip("/") == path or one.path.startswith(path + "/"))


def allow(hub: Hub, ask: Ask, place: str, user: str) -> str:
    """The address that a person who allows it is sent to; ``place`` is a workspace or an enterprise."""
    with hub.changed:
        code = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(32)}"
        hub.codes[code] = Code(ask=ask, place=place, user=user, issued=hub.now())
    return _back(ask, code=code)


def deny(ask: Ask) -> str:
    """The address that a person who does not allow it is sent to."""
    return _back(ask, error="access_denied")


def _back(ask: Ask, **said: str) -> str:
    return ask.back + ("&" if urlsplit(ask.back).query else "?") + urlencode({**said, "state": ask.state})


def person(state: State) -> str:
    """Who allows it where nobody is named: the first person of a workspace."""
    return next(user.id for user in state.users.values() if not user.is_bot)


def places(hub: Hub, team: str | None) -> dict[str, str]:
    """Where the app can be installed: names by id, of workspaces and enterprises, or of the one the app asks for."""
    with hub.changed:
        names = {state.team.id: state.team.name for state in hub.states.values()}
        names |= {group.id: group.name + " (all workspaces)" for group in hub.enterprises.values() if hub.within(group.id)}
    return {team: names[team]} if team in names else names


def page(hub: Hub, query: Mapping[str, str]) -> str:
    """What a browser shows: who would be given what, and the two ways to answer."""
    ask = read(hub, query)
    lines = [
        f'<p><a href="{escape(ALLOW + "?" + urlencode({**query, "place": place}))}">Allow in {escape(name)}</a></p>'
        for place, name in places(hub, query.get("team")).items()
    ]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Local Slack</title>'
        f"<h1>{escape(hub.first.users[hub.first.team.bot_user].name)} asks for permission</h1>"
        f"<p>{escape(', '.join(ask.scopes))}</p>{''.join(lines)}"
        f'<p><a href="{escape(deny(ask))}">Cancel</a></p></html>'
    )


def pressed(hub: Hub, query: Mapping[str, str]) -> str:
    """Where a browser goes after Allow.

    Raises:
        Refused: as ``read``, or ``team_not_found``.
    """
    ask, place = read(hub, query), query.get("place", "")
    if place not in places(hub, None):
        raise Refused("team_not_found")
    return allow(hub, ask, place, person(hub.within(place)[0]))

"""OAuth as an app sees it: codes and refresh tokens go in, tokens come out; and the methods that take tokens back."""

from dataclasses import replace

from natobot.playground.cast import Json, Token
from natobot.playground.hub import Code, Hub
from natobot.playground.refused import Refused
from natobot.playground.state import State

CODE_SECONDS = 10 * 60.0


def access(state: State, _token: Token, args: Json) -> Json:
    """``oauth.v2.access``: a code, or a refresh token, for a new bot token.

    Raises:
        Refused: wrong credentials, a code or a refresh token that is no good, or another ``redirect_uri``.
    """
    hub = state.hub
    _check_app(hub, args)
    with hub.changed:
        match args.get("grant_type") or "authorization_code":
            case "authorization_code":
                code = _use(hub, args)
                return {**_installed(hub, code.place, code.ask.scopes), "authed_user": {"id": code.user}}
            case "refresh_token":
                where = hub.refresh.pop(str(args.get("refresh_token")), None)
                if where is None:
                    raise Refused("invalid_refresh_token")
                return _installed(hub, where, hub.installed[where].scopes)
            case _:
                raise Refused("invalid_grant_type")


def _check_app(hub: Hub, args: Json) -> None:
    if args.get("client_id") != hub.client_id:
        raise Refused("invalid_client_id")
    if args.get("client_secret") != hub.client_secret:
        raise Refused("bad_client_secret")


def _use(hub: Hub, args: Json) -> Code:
    """Spend a code."""
    name = str(args.get("code"))
    code = hub.codes.get(name)
    if code is None or hub.now() - code.issued > CODE_SECONDS:
        raise Refused("invalid_code")
    if code.used:
        raise Refused("code_already_used")
    # An address that was asked for must be said again; one that was not may be said, as the one it is.
    if (args.get("redirect_uri") or code.ask.redirect_uri) not in (None, code.ask.back):
        raise Refused("bad_redirect_uri")
    if code.ask.redirect_uri and not args.get("redirect_uri"):
        raise Refused("bad_redirect_uri")
    hub.codes[name] = replace(code, used=True)
    return code


def _installed(hub: Hub, where: str, scopes: tuple[str, ...]) -> Json:
    """A new token, and what Slack says of it."""
    value, again = hub.install(where, scopes)
    [team, *_] = [one.team for one in hub.within(where)]
    ends = {"expires_in": int(hub.rotation or 0), "refresh_token": again} if again else {}
    return {
        "access_token": value,
        "token_type": "bot",
        "scope": ",".join(scopes),
        "bot_user_id": team.bot_user,
        "app_id": team.app,
        "team": None if team.org else {"id": team.id, "name": team.name},
        "enterprise": {"id": team.enterprise, "name": team.enterprise_name} if team.enterprise else None,
        "is_enterprise_install": team.org,
        **ends,
    }


def revoke(state: State, token: Token, args: Json) -> Json:
    """``auth.revoke``: the token is good no longer, and with it the bot user; ``test`` only asks."""
    if args.get("test") in (None, "", "0", "false", 0, False):
        state.hub.remove(token.place, "token_revoked")
        state.hub.gone(token.place, False)
        return {"revoked": True}
    return {"revoked": False}


def uninstall(state: State, token: Token, args: Json) -> Json:
    """``apps.uninstall``: the app leaves by itself.

    Raises:
        Refused: wrong credentials.
    """
    _check_app(state.hub, args)
    state.hub.remove(token.place, "account_inactive")
    state.hub.gone(token.place, True)
    return {}

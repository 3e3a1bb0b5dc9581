"""The HTTP side: requests to ``/api/<method>``, to response URLs and to the page of OAuth, answered by the other modules."""

import asyncio
import base64
import binascii
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from natobot.errors import NatobotError
from natobot.playground import consent, methods, replies
from natobot.playground.cast import Json
from natobot.playground.faults import Fault, Faults
from natobot.playground.hub import Hub
from natobot.playground.records import Call
from natobot.playground.refused import Refused
from natobot.playground.state import State

# What Slack answers with beside 200.
_STATUS = {"used_url": 404, "expired_url": 404}
# Arguments and answers of OAuth that no record holds.
_SECRET = ("client_secret", "code", "refresh_token", "access_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the request handlers work with."""

    # All workspaces.
    hub: Hub
    # What to do wrong.
    faults: Faults
    # Closes the connection of a request without an answer: host and port of the caller go in.
    cut: Callable[[tuple[str, int]], None]
    # Set when the server stops, so that slow answers do not hold it up.
    closing: asyncio.Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a call comes to."""

    # The body.
    body: Json
    # The HTTP status.
    status: int


class Cut(Response):
    """No answer at all: the connection is closed."""

    def __init__(self, cut: Callable[[tuple[str, int]], None]) -> None:
        super().__init__()
        self.cut = cut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.cut(scope["client"])
        while (await receive())["type"] != "http.disconnect":
            pass


def web(desk: Desk, more: Sequence[BaseRoute] = ()) -> Starlette:
    """The application to serve; ``more`` are addresses beside Slack's own. They find ``closing`` in its state."""

    async def api(request: Request) -> Response:
        return await _call(desk, request, request.path_params["method"], _run_method)

    async def response_url(request: Request) -> Response:
        return await _call(desk, request, "response_url", _run_response_url)

    async def authorize(request: Request) -> Response:
        return _show(lambda: HTMLResponse(consent.page(desk.hub, dict(request.query_params))))

    async def allow(request: Request) -> Response:
        return _show(lambda: RedirectResponse(consent.pressed(desk.hub, dict(request.query_params)), 302))

    served = Starlette(
        routes=[
            Route("/api/{method}", api, methods=["GET", "POST"]),
            Route("/commands/{team}/{url}", response_url, methods=["POST"]),
            Route("/actions/{team}/{url}", response_url, methods=["POST"]),
            Route(consent.PATH, authorize),
            Route(consent.ALLOW, allow),
            *more,
        ]
    )
    served.state.closing = desk.closing
    return served


def _show(page: Callable[[], Response]) -> Response:
    """A page, or Slack's word for why there is none."""
    try:
        return page()
    except NatobotError as wrong:
        return Response(str(wrong), 400, media_type="text/plain")


async def _call(desk: Desk, request: Request, name: str, run: Callable[[State, Request, Json, str | None], Answer]) -> Response:
    """Answer a request, unless a fault is waiting for it, and remember it."""
    at = time.monotonic()
    wrong: Refused | None = None
    body: Json = {}
    try:
        body = await _read(request)
    except Refused as refused:
        wrong = refused
    token = _token(request, body)
    known = desk.hub.tokens.get(token or "")
    state = desk.hub.states.get(request.path_params.get("team", "")) or desk.hub.state_of(known, body)
    fault = desk.faults.take(name, body)
    if wrong:
        answer = Answer(body=wrong.answer(), status=200)
    elif fault is None or fault.accepted:
        answer = run(state, request, body, token)
    else:
        answer = Answer(body={}, status=200)
    if fault:
        answer = _spoil(answer, fault)
    state.record(
        Call(
            method=name,
            body=_plain(body),
            answer=_plain(answer.body),
            status=None if fault and fault.reset else answer.status,
            at=at,
            token=known.kind if known else None,
            fault=fault.name if fault else None,
            elapsed=time.monotonic() - at + (fault.delay if fault else 0.0),
        )
    )
    if fault and fault.delay:
        await _wait(desk.closing, fault.delay)
    if fault and fault.reset:
        return Cut(desk.cut)
    headers = {"Date": formatdate(state.now(), usegmt=True)}
    if fault and fault.retry_after is not None:
        headers["Retry-After"] = str(fault.retry_after)
    if known:
        headers["X-OAuth-Scopes"] = ",".join(sorted(known.scopes))
    # ASCII with escapes, as Slack sends it; it also carries lone surrogates back as they came.
    return Response(json.dumps(answer.body), answer.status, headers, "application/json")


def _run_method(state: State, request: Request, body: Json, token: str | None) -> Answer:
    try:
        return Answer(body=methods.call(state, request.path_params["method"], token, body), status=200)
    except Refused as refused:
        return Answer(body=refused.answer(), status=200)


def _run_response_url(state: State, request: Request, body: Json, _token: str | None) -> Answer:
    try:
        return Answer(body=replies.answer_url(state, request.path_params["url"], body), status=200)
    except Refused as refused:
        return Answer(body=refused.answer(), status=_STATUS.get(refused.error, 400))


def _spoil(answer: Answer, fault: Fault) -> Answer:
    body: Json = {"ok": False, "error": fault.error} if fault.error else answer.body
    return Answer(body=body, status=fault.status or answer.status)


def _plain(said: Json) -> Json:
    """Without the secrets of OAuth."""
    return {name: value for name, value in said.items() if name not in _SECRET}


async def _wait(closing: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await closing.wait()
    except TimeoutError:
        pass


async def _read(request: Request) -> Json:
    """The arguments of a call: the query, and a form or JSON in the body."""
    raw = await request.body()
    args: Json = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        try:
            said = json.loads(raw or b"{}")
        except ValueError as wrong:
            raise Refused("invalid_json") from wrong
        if not isinstance(said, dict):
            raise Refused("json_not_object")
        return args | said
    if kind in ("application/x-www-form-urlencoded", ""):
        return args | dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    raise Refused("invalid_post_type")


def _token(request: Request, body: Json) -> str | None:
    """The token of a call, taken out of the arguments, so that no record holds it; basic credentials become arguments."""
    own = body.pop("token", None)
    scheme, _, said = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(said, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        body |= {"client_id": name, "client_secret": secret}
    return said.strip() if scheme.lower() == "bearer" else own if isinstance(own, str) else None

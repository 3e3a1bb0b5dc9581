"""The page: a browser's requests go in, the page itself, what a person sees and what becomes of their acts come out.

Whoever reaches it can speak as anybody, so it answers nobody but its own page: the address of the server in ``Host`` (no
name that somebody else's name server could point here), no foreign ``Origin``, and a token that stands in the page alone.
"""

import asyncio
import hmac
import json
import secrets
import time
import zlib
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from natobot.errors import InputError, NatobotError
from natobot.playground.acts import App, FormErrors, act
from natobot.playground.methods import METHODS
from natobot.playground.screen import details, screen
from natobot.playground.server import Playground

FILES = Path(__file__).resolve().parent / "static"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# Where the page has its token from.
_PLACE = "{{token}}"
TOKEN = "X-Page-Token"  # noqa: S105 - the name of a header
# A request of the page is small: the longest message and what stands around it.
LARGEST = 256 * 1024
# Seconds that a look waits for a change, and between two looks at how the app is.
PATIENCE, STEP = 20.0, 1.0
POLICY = "; ".join(
    [
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "connect")),
        *(f"{what} 'none'" for what in ("base-uri", "form-action", "frame-ancestors")),
    ]
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Page:
    """The page of a local Slack; ``routes()`` go into ``Playground.routes`` before it starts."""

    def __init__(self, slack: Playground, app: App | None = None) -> None:
        self.slack = slack
        # What is known of the app; set once it runs.
        self.app = app or App()
        # Known to whoever may read the page, which other pages may not.
        self.token = secrets.token_urlsafe(32)
        # Tells one run from the next: what a browser still shows of an older one is thrown away.
        self._run = secrets.token_hex(4)

    def routes(self) -> list[BaseRoute]:
        """Its addresses."""
        return [
            Route("/", self._index),
            Route("/static/{name}", self._file),
            Route("/page/state", self._state),
            Route("/page/traffic/{key}", self._details),
            Route("/page/do", self._do, methods=["POST"]),
        ]

    # The page itself

    async def _index(self, request: Request) -> Response:
        self._check(request)
        text = (FILES / "index.html").read_text("utf-8").replace(_PLACE, self.token)
        return Response(text, 200, HEADERS, _TYPES[".html"])

    async def _file(self, request: Request) -> Response:
        self._check(request)
        # Only what lies there: a name from the address never becomes part of a path.
        found = [path for path in FILES.iterdir() if path.name == request.path_params["name"] and path.suffix in _TYPES]
        if not found or found[0].suffix == ".html":
            raise HTTPException(404, headers=HEADERS)
        return Response(found[0].read_bytes(), 200, HEADERS, _TYPES[found[0].suffix])

    # What it asks

    async def _state(self, request: Request) -> Response:
        """What a person sees: at once if it is not what ``since`` names, else when something changes."""
        self._check(request, token=True)
        user = self._person(request.query_params.get("user", ""))
        await self._change(request, request.query_params.get("since", ""))
        # The version is read first: what changes in between is told again rather than never.
        version = self._version()
        return self._json({"version": version, "run": self._run, **screen(self.slack, user), "app": self._about()})

    async def _details(self, request: Request) -> Response:
        self._check(request, token=True)
        try:
            return self._json(details(self.slack, request.path_params["key"]))
        except InputError as wrong:
            return self._json({"error": str(wrong)}, 404)

    async def _do(self, request: Request) -> Response:
        """Do something; sending to the app may take seconds, and must not hold up the app's own calls."""
        self._check(request, token=True)
        said = await self._said(request)
        name, args = said.get("act"), said.get("args", {})
        if not isinstance(name, str) or not isinstance(args, dict):
            raise HTTPException(400, headers=HEADERS)
        user = self._person(said.get("user"))
        try:
            told = await run_in_threadpool(partial(act, self.slack, self.app, user, name, args))
        except FormErrors as wrong:
            return self._json({"ok": False, "errors": wrong.lines, "told": []})
        except NatobotError as wrong:
            return self._json({"ok": False, "errors": {}, "told": [str(wrong)]})
        return self._json({"ok": True, "errors": {}, "told": told})

    async def _said(self, request: Request) -> dict[str, Any]:
        raw = bytearray()
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > LARGEST:
                raise HTTPException(413, headers=HEADERS)
        try:
            said = json.loads(raw)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise HTTPException(400, headers=HEADERS)
        return said

    async def _change(self, request: Request, since: str) -> None:
        """Wait until there is something newer than ``since``, but no longer than a look may take."""
        changed, loop, woken = self.slack.state.changed, asyncio.get_running_loop(), asyncio.Event()
        closing: asyncio.Event = request.app.state.closing

        def wake() -> None:
            # A loop that has just ended has nobody to wake.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(woken.set)

        until = time.monotonic() + PATIENCE
        with changed:
            changed.watchers.add(wake)
        try:
            while not closing.is_set() and time.monotonic() < until:
                # Before the look, so that no change falls between the two.
                woken.clear()
                if self._version() != since:
                    break
                either = [asyncio.create_task(event.wait()) for event in (woken, closing)]
                # The app does not tell of newer knowledge: it is looked at every second.
                _, pending = await asyncio.wait(either, timeout=STEP, return_when=asyncio.FIRST_COMPLETED)
                for task in pending:
                    task.cancel()
        finally:
            with changed:
                changed.watchers.discard(wake)

    # Help

    def _version(self) -> str:
        status = json.dumps(dict(self.app.status()), sort_keys=True)
        return f"{self._run}.{self.slack.state.changed.count}.{zlib.crc32(status.encode())}"

    def _about(self) -> dict[str, Any]:
        return {
            "commands": [{"name": one.name, "hint": one.hint, "words": list(one.words)} for one in self.app.commands],
            "shortcuts": [{"callback_id": key, "name": name} for key, name in self.app.shortcuts],
            "status": dict(self.app.status()),
            "daily": self.app.daily is not None,
            "methods": sorted(METHODS),
        }

    def _person(self, said: object) -> str:
        """The id of a person of the cast; the first one if nobody is named."""
        people = [user.id for user in self.slack.state.users.values() if not user.is_bot]
        if said in ("", None):
            return people[0]
        if not isinstance(said, str) or said not in people:
            raise HTTPException(404, headers=HEADERS)
        return said

    def _json(self, value: Any, status: int = 200) -> Response:
        return JSONResponse(value, status, HEADERS)

    def _check(self, request: Request, *, token: bool = False) -> None:
        """Refuse what does not come from the page itself (403)."""
        own = urlsplit(self.slack.url)
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
        good = request.headers.get("host") == own.netloc and origin in (None, self.slack.url)
        if token:
            good = good and site in (None, "same-origin")
            good = good and hmac.compare_digest(request.headers.get(TOKEN, "").encode(), self.token.encode())
            if request.method == "POST":
                good = good and request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
        if not good:
            raise HTTPException(403, f"This is for the local Slack's own page, at {self.slack.url}/", HEADERS)

"""The connection of Socket Mode: bounded, closed only when all that was taken is answered, and made anew when it goes deaf.

slack_sdk's client connects anew when the connection is closed, or when Slack does not answer its pings. What it does not see
is a connection that was open and never answered a ping, or over which nothing comes any more though pings are answered. So
what Slack sends is watched here.
"""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from queue import Empty
from typing import Any

from slack_bolt.adapter.socket_mode.base_handler import BaseSocketModeHandler
from slack_bolt.adapter.socket_mode.internals import run_bolt_app, send_response
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from natobot import render
from natobot.settings import Settings
from natobot.slack import logs, tokens
from natobot.slack.app import Service, refusal
from natobot.slack.busy import LISTENERS, WAITING, Busy, Pool, kind_of_envelope, polite
from natobot.slack.post import FAILURES

log = logging.getLogger(__name__)

# Seconds between our own pings, and looks at how long Slack has been silent.
CHECK = 10.0
# Slack pings every ten to thirty seconds. After so long without a word a connection is given up.
SILENT = 45.0


class Client(SocketModeClient):
    """slack_sdk's client, which knows when Slack last said anything, and takes no more than there is room for."""

    def __init__(self, *, turn_away: Callable[[dict[str, Any]], None], **options: Any) -> None:
        self.heard_at = time.monotonic()
        self._turn_away = turn_away
        super().__init__(**options)
        self.message_workers.shutdown()
        self.message_workers = Pool(LISTENERS, WAITING, "socket")

    def connect(self) -> None:
        """Open a connection and listen for the pings in it."""
        super().connect()
        session = self.current_session
        if session is None or not session.is_active():
            return
        hang_up = session.disconnect

        def disconnect() -> None:
            # slack_sdk stumbles when two of its threads close one socket at the same moment; it is closed then.
            with suppress(AttributeError):
                hang_up()

        setattr(session, "disconnect", disconnect)  # noqa: B010
        if self.closed:
            # It was closed while this was on its way.
            self.disconnect()
            return
        self.heard_at, answer = time.monotonic(), session.pong

        def pong(payload: str | bytes = "") -> None:
            self.heard_at = time.monotonic()
            answer(payload)

        # It is called for every ping of Slack's, and nothing else tells of them.
        setattr(session, "pong", pong)  # noqa: B010

    def process_message(self) -> None:
        """Hand the next message on, or turn it away."""
        try:
            raw = self.message_queue.get(timeout=1)
        except Empty:
            return
        if raw is None:
            return
        self.heard_at = time.monotonic()
        message = json.loads(raw) if raw.startswith("{") else {}
        if message.get("type") == "disconnect":
            self.connect_to_new_endpoint(force=True)
            return
        try:
            self.message_workers.submit(self.run_message_listeners, message, raw)
        except Busy:
            self._turn_away(message)

    def _monitor_current_session(self) -> None:
        silence = time.monotonic() - self.heard_at
        if self.auto_reconnect_enabled and silence > SILENT:
            log.warning("Slack has said nothing for %.0f s: connecting anew", silence)
            try:
                self.connect_to_new_endpoint(force=True)
            except Exception as error:
                # Whatever it is, the next look tries again.
                log.warning("connecting anew failed (%s)", type(error).__name__)
            return
        super()._monitor_current_session()  # type: ignore[no-untyped-call]


class Connection(BaseSocketModeHandler):
    """The connection of a service; a closing one answers what it has taken before it hangs up."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self._in_flight = 0
        self._settled = threading.Condition()
        self._service = service
        self.app = service.app
        self.app_token = tokens.app_token(settings)
        self.client = self._link = Client(
            turn_away=self._turn_away,
            app_token=self.app_token,
            logger=logs.quiet("socket"),
            web_client=service.app.client,
            ping_interval=CHECK,
        )
        self.client.socket_mode_request_listeners.append(self.handle)  # type: ignore[arg-type]

    @property
    def silence(self) -> float:
        """Seconds since Slack last pinged or said anything."""
        return time.monotonic() - self._link.heard_at

    def connect(self) -> None:
        """Open the connection.

        Raises:
            InputError: Slack refuses the token or cannot be reached.
        """
        web = self.client.web_client
        try:
            self.client.wss_uri = str(web.apps_connections_open(app_token=self.app_token)["url"])
        except FAILURES as error:
            raise refusal("SLACK_APP_TOKEN", web.base_url, error) from None
        super().connect()  # type: ignore[no-untyped-call]

    def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Answer one request."""
        with self._settled:
            self._in_flight += 1
        try:
            start = time.time()
            response = run_bolt_app(self.app, req)
            if response.status == HTTPStatus.SERVICE_UNAVAILABLE:
                self._service.metrics.turned_away(kind_of_envelope(req.type))
            send_response(client, req, response, start)
        finally:
            with self._settled:
                self._in_flight -= 1
                self._settled.notify_all()

    def _turn_away(self, message: dict[str, Any]) -> None:
        """Answer a command politely; anything else is left to Slack, which sends it again or shows that it failed."""
        kind = kind_of_envelope(str(message.get("type")))
        self._service.metrics.turned_away(kind)
        if kind == "command":
            words = polite(render.escape(self._service.bot.wording["busy"]))
            self.client.send_socket_mode_response({"envelope_id": message.get("envelope_id"), "payload": words})

    def close(self, timeout: float = 0.0) -> None:
        """Wait for the requests in flight, at most so long, and close."""
        with self._settled:
            self._settled.wait_for(lambda: not self._in_flight, timeout)
        # Wakes its reading and its sorting thread, which would otherwise sit in their calls for seconds.
        self._link.auto_reconnect_enabled = self._link.default_auto_reconnect_enabled = False
        self._link.closed = True
        self._link.message_queue.put(None)
        session = self._link.current_session
        if session is not None and session.sock is not None:
            with suppress(OSError):
                session.sock.shutdown(socket.SHUT_RDWR)
        super().close()  # type: ignore[no-untyped-call]

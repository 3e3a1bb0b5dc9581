"""The Socket Mode door: Slack's requests over a connection that we open, so that no address of ours need be public."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from natobot.server import beside, bound
from natobot.settings import Settings
from natobot.signals import until_stopped
from natobot.slack import logs, tokens
from natobot.slack.app import Service, open_service
from natobot.slack.link import Connection
from natobot.watch import Watch

log = logging.getLogger(__name__)

# Of the ten seconds a stop may take: requests first, then deliveries.
STOP_REQUESTS = 3.0
STOP_DELIVERIES = 6.0


def run(settings: Settings) -> None:
    """Answer Slack over Socket Mode until SIGTERM or SIGINT, then finish what is in flight.

    Raises:
        InputError: a setting is wrong, or Slack refuses a token.
        StateError: the state database cannot be opened.
    """
    logs.configure(settings)
    settings.check_disk()
    with until_stopped() as stop, running(settings, host="0.0.0.0"):  # noqa: S104
        stop.wait()


@contextmanager
def running(settings: Settings, *, host: str = "127.0.0.1") -> Iterator[Service]:
    """The connection and the workers, for as long as the block lasts; where ``PORT`` is set, they tell of their health there.

    Raises:
        InputError, StateError: as `run`.
    """
    tokens.by_oauth(settings)
    tokens.app_token(settings)
    with ExitStack() as stack:
        listener = stack.enter_context(bound(host, settings.port)) if settings.port_given else None
        service = open_service(settings)
        connection = Connection(service, settings)
        try:
            service.start()
            connection.connect()
            log.info("listening to Slack over Socket Mode")
            if listener is not None:
                watch = Watch(
                    health=service.health,
                    beat=service.state.ping,
                    figures=service.metrics.text,
                    silence=lambda: connection.silence,
                )
                stack.enter_context(beside(watch, listener))
            yield service
        finally:
            connection.close(STOP_REQUESTS)
            service.stop(STOP_DELIVERIES)

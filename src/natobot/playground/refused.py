"""Slack's answer ``{"ok": false}``: what the rules raise and the server turns into a response."""

from typing import Any

from natobot.errors import NatobotError


class Refused(NatobotError):
    """A call broke one of Slack's rules; ``error`` is Slack's own word for it, ``messages`` say where."""

    def __init__(self, error: str, *messages: str, **more: str) -> None:
        super().__init__(": ".join([error, "; ".join(messages)]) if messages else error)
        self.error = error
        self.messages = messages
        self.more = more

    def answer(self) -> dict[str, Any]:
        """The body of the response, with the messages in both places where Slack puts them."""
        answer: dict[str, Any] = {"ok": False, "error": self.error, **self.more}
        if self.messages:
            answer["errors"] = list(self.messages)
            answer["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return answer

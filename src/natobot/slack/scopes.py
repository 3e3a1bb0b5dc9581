"""The scopes natobot needs of Slack, and what each is for."""

SCOPES: dict[str, str] = {
    "app_mentions:read": "to hear when somebody mentions it",
    "chat:write": "to answer, to share an answer and to post daily",
    "commands": "for /nato and the shortcuts of a message",
    "im:history": "to read what is written to it in direct messages",
    "assistant:write": "to suggest questions in the agent view",
    "users:read": "for the time zone of a person, and nothing else of them",
}

# Of the app-level token, for Socket Mode.
APP_SCOPES = ("connections:write",)

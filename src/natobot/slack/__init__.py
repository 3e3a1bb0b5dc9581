"""The door to Slack: `listeners.register(app, bot, state)` mounts natobot into any Bolt app; `app` builds our own."""

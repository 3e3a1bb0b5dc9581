"""The history of the state database, one revision a file; `natobot.state` runs it when it opens a database."""

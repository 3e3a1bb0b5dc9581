"""Run by Alembic: upgrades inside the transaction that `natobot.state.migrate` holds open."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()

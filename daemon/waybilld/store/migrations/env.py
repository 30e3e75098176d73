"""Alembic's environment: one connection that is given, DDL inside the transaction."""

from alembic import context

from waybilld.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()

"""Alembic's environment: runs on the connection it is given, inside its transaction."""

from __future__ import annotations

from alembic import context

connection = context.config.attributes["connection"]
# render_as_batch: SQLite alters a table by copying it. The transaction is the caller's: all steps
# are committed together, or none.
context.configure(connection=connection, render_as_batch=True, transactional_ddl=False)
context.run_migrations()

"""How Alembic runs: on the connection, and in the transaction, that the caller began."""

from alembic import context

from cds_service.memory.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
    render_as_batch=True,
)
context.run_migrations()

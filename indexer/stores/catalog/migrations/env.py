"""What Alembic runs to migrate: over the connection, and inside the transaction, that `upgrade` hands it."""

from alembic import context

from indexer.stores.catalog.tables import CatalogTable

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=CatalogTable.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()

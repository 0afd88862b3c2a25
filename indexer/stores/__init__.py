"""Where an index is kept: the catalog, the full text and the vectors."""

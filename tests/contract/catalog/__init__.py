"""Tests of the catalog, on SQLite and on PostgreSQL; what one of them has alone is tested in a file of its name."""

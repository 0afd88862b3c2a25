"""Tests of the catalog that need no database."""

"""The record of every report and of what happened to it: the source of truth."""

from indexer.stores.catalog.catalog import Catalog, open_catalog

__all__ = ["Catalog", "open_catalog"]

"""Facts about the whole index outlive the process and are replaced, not doubled."""

from indexer.stores.catalog.catalog import open_catalog


def test_a_fact_that_was_never_set_is_none(catalog):
    assert catalog.workspace.get_fact("encoder") is None


def test_a_fact_outlives_the_connection(catalog, location):
    catalog.workspace.set_fact("encoder", "modèle é 🫁")
    catalog.close()
    with open_catalog(location) as later:
        assert later.workspace.get_fact("encoder") == "modèle é 🫁"


def test_a_fact_set_again_is_replaced(catalog):
    catalog.workspace.set_fact("encoder", "one")
    catalog.workspace.set_fact("key_check", "")
    catalog.workspace.set_fact("encoder", "two")
    assert catalog.workspace.get_fact("encoder") == "two"
    assert catalog.workspace.get_fact("key_check") == ""

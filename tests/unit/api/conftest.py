"""Benches over the invented reports, built once a session: nothing in these tests writes to them."""

import pytest

from tests.unit.api.bench import Bench, open_bench, small_corpus


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Twelve reports: two affirm an embolism, two deny one, eight are about something else."""
    return open_bench(tmp_path_factory.mktemp("bench"), small_corpus())

"""Both engines give the same answers to the same questions about the same invented reports."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from indexer.batching import batched
from indexer.settings import Settings
from indexer.stores.text.base import TextStore
from indexer.stores.text.tantivy import TantivyEngine
from indexer.workspace import text_engine
from tests.contract.text.agreement import Agreement, compared
from tests.contract.text.engines import Backend, only
from tests.contract.text.invented import documents, questions

pytestmark = [only(Backend.OPENSEARCH), pytest.mark.slow]

REPORTS = 5_000
"""`python -m benchmarks.engines --reports 20000` compares the engines on more."""
QUESTIONS = 300


@pytest.fixture(scope="module")
def both(
    new_settings: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TextStore, TextStore]]:
    """The reports in a folder and on a cluster, in three parts there, as a large index is."""
    folder = TantivyEngine(tmp_path_factory.mktemp("congruence") / "text").open(make=True)
    with closing(folder) as one, closing(text_engine(new_settings(opensearch_shards=3)).open(make=True)) as other:
        for batch in batched(documents(REPORTS, seed=41), 500):
            one.write(batch, [])
            other.write(batch, [])
        other.refresh()
        yield one, other


@pytest.fixture(scope="module")
def agreement(both: tuple[TextStore, TextStore]) -> Agreement:
    return compared(*both, questions(QUESTIONS, seed=42))


def test_both_hold_the_same_reports(both: tuple[TextStore, TextStore]) -> None:
    one, other = (dict(store.fingerprints()) for store in both)
    assert len(one) == REPORTS
    assert one == other


@pytest.mark.parametrize("what", ["total", "all words", "facets", "contradicting", "newest"])
def test_totals_facets_and_lists_are_the_same(what: str, agreement: Agreement) -> None:
    assert agreement.different[what] == 0
    assert len(agreement.totals) == QUESTIONS
    assert sum(0 < total < REPORTS for total in agreement.totals) > QUESTIONS / 3
    assert sum(0 < total < REPORTS for total in agreement.of_sections) > QUESTIONS / 15


def test_the_ten_best_by_words_are_nearly_the_same(agreement: Agreement) -> None:
    assert len(agreement.overlaps) > QUESTIONS / 2
    assert agreement.overlap >= 0.95
    assert min(agreement.overlaps) >= 0.5

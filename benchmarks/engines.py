"""Both full texts side by side: how fast they are filled, how fast they answer, how far they agree. No encoder is used.

    python -m benchmarks.engines                        100,000 invented reports
    python -m benchmarks.engines --reports 5000         a quick look
    python -m benchmarks.engines --url URL              a cluster that runs already (`make engines`), not one of its own

Prints tables in Markdown, as docs/performance.md has them. Loading is timed from understood reports to a full text that can be
searched; both engines take turns, batch by batch, on the same machine.
"""

import argparse
import contextlib
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from indexer.batching import batched
from indexer.settings import Settings, TextEngineName
from indexer.stores.filters import Filters
from indexer.stores.text.base import TextEngine, TextQuery, TextStore
from indexer.workspace import text_engine
from tests.contract.text.agreement import compared
from tests.contract.text.invented import documents, questions
from tests.rig.jars import Flavour
from tests.rig.opensearch import running_opensearch

QUESTIONS = 300
_BATCH = 2_000
_HEAP_MB = 2048
_DEPTH = 500
Question = tuple[TextQuery, Filters]


def _ranking(store: TextStore, question: Question) -> None:
    store.search(*question, _DEPTH, avoid_contradiction=True)


def _whole(store: TextStore, question: Question) -> None:
    """What the API asks of the full text for one search by words."""
    query, filters = question
    store.contradicting(query, filters)
    hits = store.search(query, filters, _DEPTH, avoid_contradiction=True)
    store.scores(query, [hit.report_id for hit in hits])
    store.count(query, filters)
    store.count(query, filters, all_terms=True)
    store.facets(query, filters)


ASKED: dict[str, Callable[[TextStore, Question], object]] = {
    "500 best": _ranking,
    "count": lambda store, question: store.count(*question),
    "facets": lambda store, question: store.facets(*question),
    "20 newest": lambda store, question: store.newest(*question, 0, 20),
    "a whole search by words": _whole,
}


def load(engines: Sequence[TextEngine], reports: int) -> list[float]:
    """Fill both; seconds that each took."""
    seconds = [0.0] * len(engines)
    with contextlib.ExitStack() as filling:
        stores = [filling.enter_context(_timed_end(engine, seconds, n)) for n, engine in enumerate(engines)]
        done = 0
        for batch in batched(documents(reports, seed=7), _BATCH):
            for number, store in enumerate(stores):
                seconds[number] += _seconds(partial(store.write, batch, []))
            done += len(batch)
            print(f"{done} of {reports}", flush=True)
    return seconds


@contextlib.contextmanager
def _timed_end(engine: TextEngine, seconds: list[float], number: int) -> Iterator[TextStore]:
    """An index made anew; what finishing it takes counts too."""
    with contextlib.ExitStack() as opened:
        yield opened.enter_context(engine.fresh())
        seconds[number] += _seconds(opened.close)


def latencies(store: TextStore, asked: Sequence[Question]) -> dict[str, tuple[float, float]]:
    """Milliseconds, median and 95th percentile, of everything that is asked; a first round warms up."""
    found = {}
    for name, ask in ASKED.items():
        for question in asked[:50]:
            ask(store, question)
        times = [1000 * _seconds(lambda q=question, ask=ask: ask(store, q)) for question in asked]  # type: ignore[misc]
        found[name] = (float(np.percentile(times, 50)), float(np.percentile(times, 95)))
    return found


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(embedded: TextEngine, served: TextEngine, reports: int) -> None:
    """Load, ask, compare, print."""
    seconds = load((embedded, served), reports)
    asked = questions(QUESTIONS, seed=42)
    worded = [question for question in asked if question[0].terms]
    with contextlib.closing(embedded.open()) as one, contextlib.closing(served.open()) as other:
        times = [latencies(store, worded) for store in (one, other)]
        agreement = compared(one, other, asked)
    print(f"\n{reports} reports, {platform.machine()}, {served.version()}\n")
    print("| | Tantivy | OpenSearch |\n|---|---|---|")
    print("| loading, reports/s | " + " | ".join(f"{reports / each:.0f}" for each in seconds) + " |")
    for name in ASKED:
        cells = [f"{found[name][0]:.1f} / {found[name][1]:.1f}" for found in times]
        print(f"| {name}, ms (p50 / p95) | " + " | ".join(cells) + " |")
    print(f"\n{len(asked)} questions answered otherwise: {agreement.different}")
    print(f"the ten best by words: {agreement.overlap:.3f} the same on average, {min(agreement.overlaps):.1f} at least")


def _settings(folder: Path, engine: TextEngineName, url: str) -> Settings:
    return Settings(data_dir=folder, text_engine=engine, opensearch_url=url, opensearch_index="radiotheque-benchmark")


def main() -> None:
    """Measure on a cluster of its own or on one that runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=100_000)
    parser.add_argument("--url")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="radiotheque-benchmark-")))
        url = options.url or stack.enter_context(running_opensearch(Flavour.PLAIN, heap_mb=_HEAP_MB)).url
        engines = [text_engine(_settings(folder, engine, url)) for engine in TextEngineName]
        measure(engines[0], engines[1], options.reports)


if __name__ == "__main__":
    main()

"""What befalls a run or a search in the middle: a run when one of its batches reaches a step, searches while they go on."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from indexer.encoders.sentence_transformer import load_encoder
from indexer.pipeline import Pipeline
from indexer.sources.mapping import Mapping
from indexer.sources.opening import open_source
from indexer.steps import Step
from indexer.stores.catalog.base import RunCounts
from indexer.workspace import open_workspace
from tests.integration.bench import Bench

_Answer = TypeVar("_Answer")


def index_with(
    bench: Bench, corpus: Path, at: Step, batch: int, disturb: Callable[[], None], **options: object
) -> RunCounts:
    """Index, and disturb when a batch reaches a step."""
    reached = 0

    def on_step(step: Step) -> None:
        nonlocal reached
        reached += step is at
        if step is at and reached == batch:
            disturb()

    settings = bench.settings(**options)
    encoder = load_encoder(settings)
    with open_workspace(settings, encoder.identity, on_step) as workspace:
        return Pipeline(workspace, encoder, on_step=on_step).run([open_source(corpus, Mapping.parse([]))]).counts


@contextmanager
def repeating(ask: Callable[[], _Answer], threads: int = 12) -> Iterator[tuple[list[_Answer], list[Exception]]]:
    """Ask the same from many threads, as the API does, until the block ends: the answers, and what failed."""
    answers: list[_Answer] = []
    faults: list[Exception] = []
    done = threading.Event()

    def repeat() -> None:
        while not done.is_set():
            try:
                answers.append(ask())
            except Exception as exc:  # noqa: BLE001 (whatever it is)
                faults.append(exc)

    started = [threading.Thread(target=repeat) for _ in range(threads)]
    for thread in started:
        thread.start()
    try:
        yield answers, faults
    finally:
        done.set()
        for thread in started:
            thread.join()


def until(reached: Callable[[], bool]) -> None:
    """Wait for it, two minutes at most."""
    deadline = time.monotonic() + 120
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.01)

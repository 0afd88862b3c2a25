"""A run that something befalls when one of its batches reaches a step."""

from collections.abc import Callable
from pathlib import Path

from indexer.encoders.sentence_transformer import load_encoder
from indexer.pipeline import Pipeline
from indexer.sources.mapping import Mapping
from indexer.sources.opening import open_source
from indexer.steps import Step
from indexer.stores.catalog.base import RunCounts
from indexer.workspace import open_workspace
from tests.integration.bench import Bench


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

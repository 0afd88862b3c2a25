"""Processes that kill themselves with SIGKILL at a chosen moment; run by `deaths`, in a process of their own.

They are forked from a server that has imported the heavy libraries once, so that each costs a fraction of a second.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any
from unittest import mock

from indexer.encoders.sentence_transformer import SentenceTransformerEncoder, load_encoder
from indexer.maintenance import OnReports, delete, rebuild_text, rebuild_vectors
from indexer.pipeline import Pipeline
from indexer.settings import Settings
from indexer.settling import Settler
from indexer.sources.mapping import Mapping
from indexer.sources.opening import open_source
from indexer.steps import OnStep, Step
from indexer.stores.catalog.base import Store
from indexer.workspace import open_foundation, open_workspace

_TIMEOUT = 60.0


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at(step: Step, time: int) -> OnStep:
    """Die when a step is reached for the n-th time."""
    reached = 0

    def on_step(passed: Step) -> None:
        nonlocal reached
        reached += passed is step
        if reached == time and passed is step:
            die()

    return on_step


def index_until(settings: Settings, source: Path, step: Step, time: int) -> None:
    on_step = at(step, time)
    encoder = load_encoder(settings)
    with open_workspace(settings, encoder.identity, on_step) as workspace:
        Pipeline(workspace, encoder, on_step=on_step).run([open_source(source, Mapping.parse([]))])


def index_until_encoding(settings: Settings, source: Path, time: int) -> None:
    encode, batches = SentenceTransformerEncoder.encode_passages, 0

    def dying(self: SentenceTransformerEncoder, texts: Any) -> Any:
        nonlocal batches
        batches += 1
        if batches == time:
            die()
        return encode(self, texts)

    with mock.patch.object(SentenceTransformerEncoder, "encode_passages", dying):
        index(settings, source)


def index(settings: Settings, source: Path) -> None:
    encoder = load_encoder(settings)
    with open_workspace(settings, encoder.identity) as workspace:
        Pipeline(workspace, encoder).run([open_source(source, Mapping.parse([]))])


def rebuild_until_batch(settings: Settings, store: Store, time: int) -> None:
    done = 0

    def on_progress(_reports: int) -> None:
        nonlocal done
        done += 1
        if done == time:
            die()

    _rebuild(settings, store, on_progress)


def rebuild_until_exchange(settings: Settings, store: Store) -> None:
    """Die when the old folder is out of the way and the fresh one is not in its place yet."""
    rename = Path.rename

    def dying(self: Path, target: Path) -> Path:
        moved = rename(self, target)
        if target.name.endswith(".old"):
            die()
        return moved

    with mock.patch.object(Path, "rename", dying):
        _rebuild(settings, store, lambda _reports: None)


def _rebuild(settings: Settings, store: Store, on_progress: OnReports) -> None:
    with open_foundation(settings) as foundation:
        if store is Store.VECTORS:
            rebuild_vectors(foundation, load_encoder(settings), on_progress)
        else:
            rebuild_text(foundation, on_progress)


def delete_until(settings: Settings, report_ids: list[str], step: Step) -> None:
    on_step = at(step, 1)
    encoder = load_encoder(settings)
    with open_workspace(settings, encoder.identity, on_step) as workspace:
        delete(workspace, Settler(workspace, encoder, on_step), report_ids)


def started(target: Callable[..., None], *arguments: object) -> ForkServerProcess:
    """A process that runs a function of this module."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.integration.dying", "sentence_transformers"])
    process = context.Process(target=target, args=arguments)
    process.start()
    return process


def killed(target: Callable[..., None], *arguments: object) -> None:
    """Run a function of this module that must kill its process."""
    process = started(target, *arguments)
    process.join(_TIMEOUT)
    assert process.exitcode == -signal.SIGKILL, f"ended with {process.exitcode} instead of being killed"

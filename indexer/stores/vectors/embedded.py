"""Vectors in a folder of this machine: snapshots, loaded whole and searched by FAISS."""

import importlib.metadata
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from indexer.errors import EncoderMismatch, StoreDamaged, StoreUnavailable
from indexer.files import exchange_folders
from indexer.passage import EncoderIdentity
from indexer.steps import OnStep
from indexer.stores.vectors.base import Held, Restated, VectorStore, VectorWriter
from indexer.stores.vectors.segments import fingerprints
from indexer.stores.vectors.snapshot import SnapshotWriter, current_name, open_snapshot
from indexer.stores.vectors.store import open_vectors


class SnapshotEngine:
    """The vectors of one archive in a folder. See `base.VectorEngine`."""

    keeps_findings = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def current(self) -> str | None:
        """The name of the visible snapshot."""
        return current_name(self._folder)

    def open(self, encoder: EncoderIdentity) -> VectorStore | None:
        """Load the visible snapshot, verified."""
        return open_vectors(self._folder, encoder)

    def writer(self, encoder: EncoderIdentity, on_step: OnStep) -> VectorWriter:
        """A writer of snapshots."""
        return SnapshotWriter(self._folder, encoder, on_step)

    @contextmanager
    def fresh(self, encoder: EncoderIdentity) -> Iterator[VectorWriter]:
        """A writer into a folder beside, which is put in the place of the other one; nothing is kept for going back."""
        beside = self._folder.with_name(self._folder.name + ".rebuilt")
        try:
            writer = SnapshotWriter(beside, encoder)
        except (EncoderMismatch, StoreDamaged):  # what is left of an earlier rebuild is of no use
            shutil.rmtree(beside)
            writer = SnapshotWriter(beside, encoder)
        yield writer
        exchange_folders(beside, self._folder)

    def restate(self, reports: Sequence[Restated]) -> set[str]:  # noqa: ARG002 (what another engine does with them)
        """None: the files of a snapshot never change."""
        return set()

    def held(self) -> Held | None:
        """The visible snapshot, verified."""
        snapshot = open_snapshot(self._folder)
        if snapshot is None:
            return None
        return Held(snapshot.encoder, f"{snapshot.name}, verified", fingerprints(snapshot.segments))

    def roll_back(self) -> None:
        """Raises StoreUnavailable: a rebuild keeps nothing of what was there before."""
        raise StoreUnavailable("the vectors in a folder keep no earlier state; nothing was changed")

    def version(self) -> str:
        """Which FAISS is installed."""
        names = ("faiss-cpu", "faiss-gpu", "faiss-gpu-cuvs")
        found = [
            f"{d.metadata['Name']} {d.version}"
            for d in importlib.metadata.distributions()
            if d.metadata["Name"] in names
        ]
        if len(found) != 1:
            several = "several FAISS wheels overwrite each other" if found else "FAISS is not installed"
            raise StoreUnavailable(f"{several}; run: make clean install (or: make clean install ENGINE=gpu)")
        import faiss

        return f"{found[0]}, {faiss.get_num_gpus() if hasattr(faiss, 'get_num_gpus') else 0} GPU usable"

"""Snapshots: complete, verified folders of segments, and the pointer that makes one of them visible.

A commit writes its own segment, hard-links the segments before it, and switches the pointer in one rename: its cost
is that of the batch, not of the corpus, and a reader sees the old snapshot or the new one. The manifest has the
SHA-256 of every file. Neighbouring segments of one level are merged, so their number grows with the logarithm of
the corpus; a segment above MERGE_BELOW_PASSAGES is left alone, so that memory stays bounded.
"""

import dataclasses
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import EncoderMismatch, StorageFull, StoreDamaged, StoreUnavailable
from indexer.files import atomic_folder, atomic_write, sha256_of
from indexer.passage import EncodedReport, EncoderIdentity
from indexer.steps import OnStep, Step, unobserved
from indexer.stores.vectors.segments import Segment, fingerprints, merge_segments, write_segment

POINTER = "CURRENT"
MANIFEST = "manifest.json"
FORMAT = 1
MERGE_COUNT = 8
MERGE_BELOW_PASSAGES = 400_000
KEPT_SNAPSHOTS = 2
_NO_SPACE = (28, 27, 122)  # ENOSPC, EFBIG, EDQUOT


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A visible snapshot: its folder, its segments oldest first, the encoder that made it, and the files' sums."""

    folder: Path
    segments: tuple[Segment, ...]
    encoder: EncoderIdentity
    sums: dict[str, str]

    @property
    def name(self) -> str:
        """The snapshot's number, as its folder is named."""
        return self.folder.name

    def verify(self, files: Iterable[str] | None = None) -> None:
        """Compare files, all if none are named, with the manifest. Raises StoreDamaged naming the first that differs."""
        for file in self.sums if files is None else files:
            path = self.folder / file
            if not path.is_file():
                raise StoreDamaged(f"{path.name} of vector snapshot {self.name} is missing; {_MEND}")
            if sha256_of(path) != self.sums[file]:
                raise StoreDamaged(f"{path.name} of vector snapshot {self.name} is not as it was written; {_MEND}")


_MEND = "rebuild it from the catalog with: radiotheque rebuild --store vectors"


def current_name(root: Path) -> str | None:
    """The name of the visible snapshot, or None if there is none yet."""
    try:
        name = (root / POINTER).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as exc:
        raise StoreDamaged(f"the pointer file {POINTER} of the vector store is damaged; {_MEND}") from exc
    if not name.isdigit():
        # An empty pointer is not a new store: a writer would sweep every snapshot away.
        raise StoreDamaged(f"the pointer file {POINTER} of the vector store is damaged; {_MEND}")
    return name


def open_snapshot(root: Path, *, verify: bool = True) -> Snapshot | None:
    """The visible snapshot, verified; None if nothing was written yet. Raises StoreDamaged naming the file."""
    name = current_name(root)
    if name is None:
        return None
    folder = root / name
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        snapshot = Snapshot(
            folder,
            tuple(Segment(folder, s) for s in manifest["segments"]),
            EncoderIdentity(**manifest["encoder"]),
            manifest["sums"],
        )
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise StoreDamaged(f"{MANIFEST} of vector snapshot {name} is missing or damaged; {_MEND}") from exc
    if verify:
        snapshot.verify()
    return snapshot


class SnapshotWriter:
    """Commits batches. One writer at a time, which the workspace's lock sees to."""

    def __init__(
        self, root: Path, encoder: EncoderIdentity, on_step: OnStep = unobserved, *, any_encoder: bool = False
    ) -> None:
        self._root = root
        self._encoder = encoder
        self._on_step = on_step
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise StoreUnavailable(f"the folder {root} cannot be made: {exc.strerror}") from exc
        self._current = open_snapshot(root, verify=False)
        if self._current and self._current.encoder != encoder and not any_encoder:
            raise EncoderMismatch(mismatch_message(self._current.encoder, encoder))
        self._sweep()

    def commit(self, added: Sequence[EncodedReport], removed: Sequence[str] = ()) -> None:
        """Make a batch visible, whole or not at all. Raises StorageFull, and then nothing has changed."""
        if not added and not removed:
            return
        number = int(self._current.name) + 1 if self._current else 1
        target = self._root / f"{number:08d}"
        try:
            with atomic_folder(target) as folder:
                self._fill(folder, number, added, removed)
            self._on_step(Step.BEFORE_SWITCH)
            atomic_write(self._root / POINTER, target.name.encode("ascii"))
        except OSError as exc:
            if exc.errno in _NO_SPACE or (exc.errno is None and "written" in str(exc)):  # numpy's own: no number to it
                raise StorageFull(f"no space left in {self._root}; free some and run the same command again") from exc
            raise StoreUnavailable(f"the vector store in {self._root} cannot be written: {exc.strerror}") from exc
        self._on_step(Step.SWITCHED)
        self._current = open_snapshot(self._root, verify=False)
        self._sweep()

    def fingerprints(self) -> Iterator[tuple[str, str]]:
        """(report id, fingerprint) of every report that the visible snapshot holds."""
        return fingerprints(self._current.segments) if self._current else iter(())

    def close(self) -> None:
        """Nothing is held: every commit is whole."""

    def _fill(self, folder: Path, number: int, added: Sequence[EncodedReport], removed: Sequence[str]) -> None:
        old = self._current.segments if self._current else ()
        sums = {}
        for segment in old:
            for file in segment.files:
                os.link(file, folder / file.name)
                sums[file.name] = self._current.sums[file.name] if self._current else ""
        fresh = Segment(folder, f"{number:08d}-0")
        write_segment(fresh, added, removed, self._encoder.dim)
        self._on_step(Step.SNAPSHOT_WRITING)
        segments = self._merged([*(Segment(folder, s.name) for s in old), fresh], number)
        kept = {file.name for segment in segments for file in segment.files}
        for path in folder.iterdir():
            if path.name not in kept:
                path.unlink()
        manifest = {
            "format": FORMAT,
            "encoder": dataclasses.asdict(self._encoder),
            "segments": [s.name for s in segments],
            "sums": {name: sums.get(name) or sha256_of(folder / name) for name in sorted(kept)},
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")

    def _merged(self, segments: list[Segment], number: int) -> list[Segment]:
        while True:
            tail = self._mergeable_tail(segments)
            if len(tail) < MERGE_COUNT:
                return segments
            if self._current:  # a merged copy of damage would have a right sum
                self._current.verify(f.name for segment in tail for f in segment.files if f.name in self._current.sums)
            merged = Segment(tail[0].folder, f"{number:08d}-{tail[0].level + 1}")
            merge_segments(tail, merged, self._encoder.dim)
            segments = [*segments[: -len(tail)], merged]

    @staticmethod
    def _mergeable_tail(segments: list[Segment]) -> list[Segment]:
        tail: list[Segment] = []
        for segment in reversed(segments):
            large = len(segment.embeddings()) > MERGE_BELOW_PASSAGES
            if large or segment.level != segments[-1].level:
                break
            tail.insert(0, segment)
        return tail

    def _sweep(self) -> None:
        """Remove snapshots that are neither visible nor the last one before, and what a kill left half written."""
        names = sorted(p.name for p in self._root.iterdir() if p.is_dir() and p.name.isdigit())
        visible = self._current.name if self._current else ""
        older = [n for n in names if n < visible]
        doomed = {*older[: -(KEPT_SNAPSHOTS - 1)], *(n for n in names if n > visible)}
        for path in self._root.iterdir():
            if path.name in doomed or path.name.startswith("."):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def mismatch_message(made_by: EncoderIdentity, wanted: EncoderIdentity) -> str:
    """What to do when the index and the settings name two encoders."""
    return (
        f"the index was made by the encoder {made_by.name} ({made_by.dim} dimensions), and {wanted.name} "
        f"({wanted.dim} dimensions) is set, or its weights or prompts differ; set RADIOTHEQUE_ENCODER back, or encode "
        "all reports anew with: radiotheque rebuild --store vectors"
    )

"""Snapshots: whole or not visible, verified, merged without loss, and cheap to add to."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from indexer.errors import DimensionMismatch, StorageFull, StoreDamaged, StoreUnavailable
from indexer.files import sha256_of
from indexer.passage import EncodedReport
from indexer.steps import OnStep, Step
from indexer.stores.filters import Filters
from indexer.stores.vectors import snapshot as snapshots
from indexer.stores.vectors.segments import SUFFIXES
from indexer.stores.vectors.snapshot import MANIFEST, MERGE_COUNT, POINTER, SnapshotWriter, current_name, open_snapshot
from indexer.stores.vectors.store import open_vectors
from tests.contract.vectors.engines import DIM, ENCODER, best_scores
from tests.unit.indexer.stores.reports import report_id
from tests.unit.indexer.stores.vectors.conftest import encoded, of_fingerprint, random_vectors

NO_FILTER = Filters()


def held(root: Path) -> dict[str, str]:
    """What the visible snapshot holds, once it is verified and loads."""
    assert open_vectors(root, ENCODER) is not None
    return dict(SnapshotWriter(root, ENCODER).fingerprints())


def one_per_commit(writer: SnapshotWriter, rng: np.random.Generator, numbers: range) -> list[EncodedReport]:
    reports = [encoded(rng, number, metadata=False) for number in numbers]
    for report in reports:
        writer.commit([report])
    return reports


def killed_at(step: Step) -> OnStep:
    def stop(reached: Step) -> None:
        if reached is step:
            raise KeyboardInterrupt(step.value)

    return stop


class TestCommitting:
    def test_nothing_to_commit_makes_no_snapshot(self, writer: SnapshotWriter, root: Path) -> None:
        writer.commit([], [])
        assert current_name(root) is None
        assert list(writer.fingerprints()) == []

    def test_fingerprints_are_the_latest(self, writer: SnapshotWriter, rng: np.random.Generator, root: Path) -> None:
        one, two = encoded(rng, 1), encoded(rng, 2)
        writer.commit([of_fingerprint(one, "old"), of_fingerprint(two, "kept")])
        writer.commit([of_fingerprint(one, "new")])
        assert held(root) == {report_id(1): "new", report_id(2): "kept"}

    def test_removing_hides_and_adding_again_shows(
        self, writer: SnapshotWriter, rng: np.random.Generator, root: Path
    ) -> None:
        writer.commit([encoded(rng, 1), encoded(rng, 2)])
        writer.commit([], [report_id(1), "unknown"])
        assert list(held(root)) == [report_id(2)]
        writer.commit([encoded(rng, 1)], [report_id(2)])
        assert list(held(root)) == [report_id(1)]

    def test_vectors_of_another_length_are_refused_and_change_nothing(
        self, writer: SnapshotWriter, rng: np.random.Generator, root: Path
    ) -> None:
        writer.commit([encoded(rng, 1)])
        with pytest.raises(DimensionMismatch, match=rf"\d, 9\) came; the snapshot takes \(\d, {DIM}\)"):
            writer.commit([encoded(rng, 2, dim=DIM + 1)])
        assert list(held(root)) == [report_id(1)]

    def test_a_commit_links_old_segments_and_rewrites_none(
        self, writer: SnapshotWriter, rng: np.random.Generator, root: Path
    ) -> None:
        writer.commit([encoded(rng, 1)])
        (first,) = (open_snapshot(root) or pytest.fail("no snapshot")).segments
        inodes = [file.stat().st_ino for file in first.files]
        one_per_commit(writer, rng, range(2, 5))
        snapshot = open_snapshot(root)
        assert snapshot is not None
        assert len(snapshot.segments) == 4
        assert [file.stat().st_ino for file in snapshot.segments[0].files] == inodes

    def test_old_snapshots_are_swept_but_the_one_before(
        self, writer: SnapshotWriter, rng: np.random.Generator, root: Path
    ) -> None:
        one_per_commit(writer, rng, range(5))
        assert sorted(path.name for path in root.iterdir()) == ["00000004", "00000005", POINTER]

    def test_a_reader_keeps_its_snapshot_while_others_follow(
        self, writer: SnapshotWriter, rng: np.random.Generator, root: Path
    ) -> None:
        before = one_per_commit(writer, rng, range(3))
        reader = open_vectors(root, ENCODER)
        assert reader is not None
        one_per_commit(writer, rng, range(3, 8))
        query = random_vectors(rng, 1)
        assert reader.nearest(query, 9, NO_FILTER) == list(best_scores(query, before, NO_FILTER))

    def test_a_snapshot_is_the_same_after_reopening_for_writing(self, rng: np.random.Generator, root: Path) -> None:
        for number in range(MERGE_COUNT + 2):
            SnapshotWriter(root, ENCODER).commit([encoded(rng, number)])
        assert len(held(root)) == MERGE_COUNT + 2

    def test_the_manifest_has_the_sum_of_every_file(
        self, writer: SnapshotWriter, rng: np.random.Generator, root: Path
    ) -> None:
        one_per_commit(writer, rng, range(MERGE_COUNT + 1))
        snapshot = open_snapshot(root)
        assert snapshot is not None
        files = {p.name: sha256_of(p) for p in snapshot.folder.iterdir() if p.name != MANIFEST}
        assert snapshot.sums == files
        assert len(files) == 2 * len(SUFFIXES)

    def test_embeddings_are_kept_in_half_precision(
        self, writer: SnapshotWriter, rng: np.random.Generator, root: Path
    ) -> None:
        report = encoded(rng, 1)
        writer.commit([report])
        snapshot = open_snapshot(root)
        assert snapshot is not None
        np.testing.assert_array_equal(snapshot.segments[0].embeddings(), report.vectors.astype(np.float16))


class TestMerging:
    def test_segments_of_one_level_become_one_of_the_next(
        self, writer: SnapshotWriter, rng: np.random.Generator, root: Path
    ) -> None:
        one_per_commit(writer, rng, range(MERGE_COUNT * 2 + 1))
        snapshot = open_snapshot(root)
        assert snapshot is not None
        assert [segment.level for segment in snapshot.segments] == [1, 1, 0]

    def test_their_number_grows_with_the_logarithm(
        self, writer: SnapshotWriter, rng: np.random.Generator, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(snapshots, "MERGE_COUNT", 3)
        one_per_commit(writer, rng, range(3**2))
        snapshot = open_snapshot(root)
        assert snapshot is not None
        assert [segment.level for segment in snapshot.segments] == [2]
        assert len(held(root)) == 3**2

    def test_a_large_segment_is_left_alone(
        self, writer: SnapshotWriter, rng: np.random.Generator, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(snapshots, "MERGE_BELOW_PASSAGES", 0)
        one_per_commit(writer, rng, range(MERGE_COUNT + 1))
        snapshot = open_snapshot(root)
        assert snapshot is not None
        assert len(snapshot.segments) == MERGE_COUNT + 1

    def test_any_history_is_the_same_as_brute_force(
        self, writer: SnapshotWriter, rng: np.random.Generator, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Forty commits that add, replace and remove: what is held and what is near is as if written at once."""
        monkeypatch.setattr(snapshots, "MERGE_COUNT", 3)
        expected: dict[str, EncodedReport] = {}
        for _ in range(40):
            numbers = rng.choice(40, size=int(rng.integers(0, 6)), replace=False).tolist()
            added = [encoded(rng, number) for number in numbers]
            doomed = {report_id(n) for n in rng.choice(40, size=int(rng.integers(0, 4))).tolist()}
            removed = sorted(doomed - {e.report.report_id for e in added})
            writer.commit(added, removed)
            expected = {i: e for i, e in expected.items() if i not in doomed}
            expected |= {e.report.report_id: e for e in added}
        assert 10 < len(expected) < 40
        assert held(root) == {i: e.report.fingerprint for i, e in expected.items()}
        store = open_vectors(root, ENCODER)
        assert store is not None
        assert store.passages == sum(len(e.passages) for e in expected.values())
        for query in random_vectors(rng, 10)[:, None]:
            assert store.nearest(query, 50, NO_FILTER) == list(best_scores(query, list(expected.values()), NO_FILTER))


class TestDamage:
    @pytest.fixture
    def folder(self, writer: SnapshotWriter, rng: np.random.Generator, root: Path) -> Path:
        writer.commit([encoded(rng, 1)])
        return root / "00000001"

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_a_damaged_file_is_named(self, suffix: str, folder: Path, root: Path) -> None:
        path = folder / f"00000001-0{suffix}"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        with pytest.raises(
            StoreDamaged, match=rf"{path.name} of vector snapshot 00000001 is not as it was .*rebuild --store vectors"
        ):
            open_vectors(root, ENCODER)

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_a_missing_file_is_named(self, suffix: str, folder: Path, root: Path) -> None:
        (folder / f"00000001-0{suffix}").unlink()
        with pytest.raises(StoreDamaged, match=f"00000001-0{suffix} of vector snapshot 00000001 is missing"):
            open_vectors(root, ENCODER)

    @pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"segments": [], "encoder": {"x": 1}}'])
    def test_a_damaged_manifest_is_named(self, content: bytes, folder: Path, root: Path) -> None:
        (folder / MANIFEST).write_bytes(content)
        with pytest.raises(StoreDamaged, match=r"manifest\.json of vector snapshot 00000001 is missing or damaged"):
            open_vectors(root, ENCODER)

    def test_a_missing_manifest_is_named(self, folder: Path, root: Path) -> None:
        (folder / MANIFEST).unlink()
        with pytest.raises(StoreDamaged, match=r"manifest\.json of vector snapshot 00000001"):
            open_vectors(root, ENCODER)

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"00000077", b"../elsewhere", b"00000001/.."])
    def test_a_damaged_pointer_is_an_error_of_ours(self, content: bytes, folder: Path, root: Path) -> None:
        (root / POINTER).write_bytes(content)
        with pytest.raises(StoreDamaged, match="rebuild --store vectors"):
            open_vectors(root, ENCODER)
        with pytest.raises(StoreDamaged, match="rebuild --store vectors"):
            SnapshotWriter(root, ENCODER)
        assert folder.is_dir()

    def test_a_snapshot_folder_that_is_gone_is_named(self, folder: Path, root: Path) -> None:
        shutil.rmtree(folder)
        with pytest.raises(StoreDamaged, match="vector snapshot 00000001"):
            open_vectors(root, ENCODER)


class TestKill:
    @pytest.mark.parametrize(
        ("step", "visible"),
        [(Step.SNAPSHOT_WRITING, [1]), (Step.BEFORE_SWITCH, [1]), (Step.SWITCHED, [1, 2])],
    )
    def test_the_old_snapshot_or_the_new_one_is_visible(
        self, step: Step, visible: list[int], rng: np.random.Generator, root: Path
    ) -> None:
        SnapshotWriter(root, ENCODER).commit([encoded(rng, 1)])
        with pytest.raises(KeyboardInterrupt, match=step.value):
            SnapshotWriter(root, ENCODER, killed_at(step)).commit([encoded(rng, 2)])
        store = open_vectors(root, ENCODER)
        assert store is not None
        assert store.size == len(visible)
        assert list(held(root)) == [report_id(number) for number in visible]
        SnapshotWriter(root, ENCODER).commit([encoded(rng, 2)])
        assert list(held(root)) == [report_id(1), report_id(2)]

    @pytest.mark.parametrize("step", [Step.SNAPSHOT_WRITING, Step.BEFORE_SWITCH])
    def test_a_kill_in_the_first_commit_leaves_nothing_visible(
        self, step: Step, rng: np.random.Generator, root: Path
    ) -> None:
        with pytest.raises(KeyboardInterrupt, match=step.value):
            SnapshotWriter(root, ENCODER, killed_at(step)).commit([encoded(rng, 1)])
        assert open_vectors(root, ENCODER) is None
        SnapshotWriter(root, ENCODER).commit([encoded(rng, 1)])
        assert list(held(root)) == [report_id(1)]

    @pytest.mark.parametrize("step", [Step.SNAPSHOT_WRITING, Step.BEFORE_SWITCH, Step.SWITCHED])
    def test_a_kill_during_a_merge_loses_nothing(self, step: Step, rng: np.random.Generator, root: Path) -> None:
        one_per_commit(SnapshotWriter(root, ENCODER), rng, range(MERGE_COUNT - 1))
        last = encoded(rng, 100)
        with pytest.raises(KeyboardInterrupt, match=step.value):
            SnapshotWriter(root, ENCODER, killed_at(step)).commit([last])
        SnapshotWriter(root, ENCODER).commit([last])
        assert sorted(held(root)) == sorted([*(report_id(n) for n in range(MERGE_COUNT - 1)), report_id(100)])

    def test_what_a_kill_left_half_written_is_swept(self, rng: np.random.Generator, root: Path) -> None:
        SnapshotWriter(root, ENCODER).commit([encoded(rng, 1)])
        (root / ".00000002-abc").mkdir()
        (root / ".00000002-abc" / "half.npy").touch()
        (root / f".{POINTER}-xyz").touch()
        (root / "00000002").mkdir()
        SnapshotWriter(root, ENCODER)
        assert sorted(path.name for path in root.iterdir()) == ["00000001", POINTER]


class TestFaults:
    @pytest.mark.parametrize("number", [28, 122])
    def test_a_full_disk_changes_nothing(
        self, number: int, rng: np.random.Generator, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        writer = SnapshotWriter(root, ENCODER)
        writer.commit([encoded(rng, 1)])

        def full(*_arguments: object, **_options: object) -> None:
            raise OSError(number, os.strerror(number))

        with monkeypatch.context() as patch:
            patch.setattr("indexer.stores.vectors.segments.np.save", full)
            with pytest.raises(StorageFull, match=r"no space left in .*run the same command again"):
                writer.commit([encoded(rng, 2)])
        assert list(held(root)) == [report_id(1)]
        writer.commit([encoded(rng, 2)])
        assert list(held(root)) == [report_id(1), report_id(2)]

    def test_a_folder_that_cannot_be_made_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(StoreUnavailable, match="cannot be made: Not a directory"):
            SnapshotWriter(tmp_path / "file" / "vectors", ENCODER)

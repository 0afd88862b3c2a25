"""Files are whole or not there, whatever goes wrong in between."""

import hashlib
from pathlib import Path

import pytest

from indexer.files import atomic_folder, atomic_write, exchange_folders, finish_exchange, sha256_of


def _fill(folder: Path, content: str) -> Path:
    folder.mkdir()
    (folder / "file").write_text(content)
    return folder


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _break_off(target: Path) -> None:
    with atomic_folder(target) as folder:
        (folder / "half").write_text("half")
        raise KeyboardInterrupt("cut off")


def test_sum_is_that_of_the_standard(tmp_path: Path) -> None:
    # FIPS 180-2, appendix B.1: SHA-256 of "abc".
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_sum_of_a_file_longer_than_a_chunk(tmp_path: Path) -> None:
    data = bytes(range(256)) * 8200  # 2 MiB and some
    (tmp_path / "long").write_bytes(data)
    assert sha256_of(tmp_path / "long") == hashlib.sha256(data).hexdigest()


def test_a_folder_shows_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "target"
    with atomic_folder(target) as folder:
        (folder / "below").mkdir()
        (folder / "below" / "file").write_text("whole")
        assert not target.exists()
        assert folder.parent == tmp_path
    assert (target / "below" / "file").read_text() == "whole"
    assert _names(tmp_path) == ["target"]


def test_an_error_leaves_no_trace_of_a_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt, match="cut off"):
        _break_off(tmp_path / "target")
    assert _names(tmp_path) == []


def test_a_folder_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    target = _fill(tmp_path / "target", "old")
    with pytest.raises(OSError, match="not empty"), atomic_folder(target) as folder:
        (folder / "file").write_text("new")
    assert (target / "file").read_text() == "old"
    assert _names(tmp_path) == ["target"]


def test_a_write_replaces_the_content(tmp_path: Path) -> None:
    path = tmp_path / "pointer"
    atomic_write(path, b"old")
    atomic_write(path, b"new")
    assert path.read_bytes() == b"new"
    assert _names(tmp_path) == ["pointer"]


def test_a_write_that_fails_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "pointer"
    path.write_bytes(b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("indexer.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    assert _names(tmp_path) == ["pointer"]


def test_an_exchange_puts_the_fresh_folder_in_place(tmp_path: Path) -> None:
    target, fresh = _fill(tmp_path / "index", "old"), _fill(tmp_path / "fresh", "new")
    exchange_folders(fresh, target)
    assert (target / "file").read_text() == "new"
    assert _names(tmp_path) == ["index"]


def test_an_exchange_needs_no_old_folder(tmp_path: Path) -> None:
    exchange_folders(_fill(tmp_path / "fresh", "new"), tmp_path / "index")
    assert (tmp_path / "index" / "file").read_text() == "new"


def test_an_exchange_cut_off_before_the_fresh_folder_stands_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, fresh = _fill(tmp_path / "index", "old"), _fill(tmp_path / "fresh", "new")
    real = Path.rename

    def killed(self: Path, to: Path) -> Path:
        if self == fresh:
            raise KeyboardInterrupt("killed")
        return real(self, to)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt, match="killed"):
            exchange_folders(fresh, target)
    assert not target.exists()
    finish_exchange(target)
    assert (target / "file").read_text() == "old"
    assert _names(tmp_path) == ["fresh", "index"]


def test_an_exchange_cut_off_after_the_fresh_folder_stands_keeps_it(tmp_path: Path) -> None:
    target = _fill(tmp_path / "index", "new")
    _fill(tmp_path / "index.old", "old")
    finish_exchange(target)
    assert (target / "file").read_text() == "new"


def test_what_an_earlier_kill_left_aside_does_not_stop_an_exchange(tmp_path: Path) -> None:
    target = _fill(tmp_path / "index", "second")
    _fill(tmp_path / "index.old", "first")
    exchange_folders(_fill(tmp_path / "fresh", "third"), target)
    assert (target / "file").read_text() == "third"
    assert _names(tmp_path) == ["index"]

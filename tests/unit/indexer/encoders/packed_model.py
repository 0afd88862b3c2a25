"""Writes a packed model in the layout of `e5-small-q4.bin`, small enough for a unit test."""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HIDDEN, HEADS, WIDE, POSITIONS = 32, 2, 64, 40
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁kyste", "▁rein", "▁query", "▁passage", ":", *"abcdefghijklmnop"]

_MATRICES = {
    "emb.word": len(PIECES),
    "emb.pos": POSITIONS,
    "emb.type": 2,
    "l0.q.w": HIDDEN,
    "l0.k.w": HIDDEN,
    "l0.v.w": HIDDEN,
    "l0.ao.w": HIDDEN,
    "l0.fi.w": WIDE,
    "l0.fo.w": WIDE,  # as many values as the transposed matrix
}
_BIASES = {"l0.q.b": HIDDEN, "l0.k.b": HIDDEN, "l0.v.b": HIDDEN, "l0.ao.b": HIDDEN, "l0.fi.b": WIDE, "l0.fo.b": HIDDEN}
_NORMS = ("emb.ln", "l0.aln", "l0.oln")


def write_packed(path: Path) -> Path:
    """One layer of random weights; the matrices in Q4_0 blocks, the vectors in float32."""
    rng = np.random.default_rng(3)
    tensors: list[tuple[str, int, int, bytes]] = []
    for name, rows in _MATRICES.items():
        values = rng.normal(0, 0.1, rows * HIDDEN).astype(np.float32)
        tensors.append((name, 1, values.size, quantise_q4(values)))
    for name, size in _BIASES.items():
        tensors.append((name, 0, size, np.zeros(size, "<f4").tobytes()))
    for name in _NORMS:
        tensors.append((f"{name}.w", 0, HIDDEN, np.ones(HIDDEN, "<f4").tobytes()))
        tensors.append((f"{name}.b", 0, HIDDEN, np.zeros(HIDDEN, "<f4").tobytes()))
    head = _header() + _vocabulary()
    path.write_bytes(head + _directory(tensors, len(head)) + b"".join(raw for *_rest, raw in tensors))
    return path


def quantise_q4(values: NDArray[np.float32]) -> bytes:
    """Blocks of 32 weights: an fp16 scale, then weights 0-15 in the low nibbles and 16-31 in the high ones."""
    packed = b""
    for block in values.reshape(-1, 32):
        scale = np.float16(np.abs(block).max() / 7)
        nibbles = np.clip(np.round(block / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
        packed += scale.tobytes() + (nibbles[:16] | nibbles[16:] << 4).tobytes()
    return packed


def _header() -> bytes:
    return (
        b"E5S1"
        + struct.pack("<I", 1)
        + struct.pack("<7ifi", HIDDEN, 1, HEADS, WIDE, len(PIECES), POSITIONS, 2, 1e-12, 32)
    )


def _vocabulary() -> bytes:
    encoded = [piece.encode() for piece in PIECES]
    offsets = np.cumsum([0, *map(len, encoded)]).astype("<u4")
    scores = -np.arange(len(PIECES), dtype="<f4")
    blob = b"".join(encoded)
    special = struct.pack("<5i", len(PIECES), 0, 2, 1, 3)
    return (
        special + struct.pack("<Q", len(blob)) + offsets.tobytes() + scores.tobytes() + blob + struct.pack("<iI", 0, 0)
    )


def _directory(tensors: list[tuple[str, int, int, bytes]], base: int) -> bytes:
    size = 4 + sum(2 + len(name) + struct.calcsize("<BIQQ") for name, *_rest in tensors)
    entries, offset = struct.pack("<i", len(tensors)), base + size
    for name, kind, elements, raw in tensors:
        entries += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, elements, offset, len(raw))
        offset += len(raw)
    return entries

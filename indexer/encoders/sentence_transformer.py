"""Any sentence-transformers model as an encoder, the bundled one among them; on a GPU in fp16 when there is one."""

import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.encoders.bundled import BUNDLED_NAME, ensure_unpacked
from indexer.errors import EncoderUnavailable
from indexer.files import sha256_of
from indexer.passage import EncoderIdentity, Vectors
from indexer.settings import BUNDLED, Device, Settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_WEIGHT_FILES = ("*.safetensors", "*.bin", "tokenizer.json", "vocab.txt", "sentencepiece.bpe.model")
_FALLBACK_WINDOW = 512
_PAD_TOKENS = 16


class SentenceTransformerEncoder:
    """A loaded model with its prompts. Thread-safe for encoding: torch's forward pass holds no shared state."""

    def __init__(
        self, model: "SentenceTransformer", name: str, *, query_prompt: str, document_prompt: str, batch: int
    ) -> None:
        self._model = model
        self._tokenizer: Any = model.tokenizer
        self._batch = batch
        _pad_evenly(model)
        dim = model.get_embedding_dimension()
        if dim is None:
            raise EncoderUnavailable(f"the model {name} does not say how long its vectors are")
        self.identity = EncoderIdentity(name, dim, query_prompt, document_prompt, _weights_sum(model, name))
        prompt_tokens = len(self._tokenizer(document_prompt)["input_ids"])
        self.window = (model.max_seq_length or _FALLBACK_WINDOW) - prompt_tokens

    def token_ends(self, text: str) -> Sequence[int]:
        """For each token of a text, in order, the character where it ends."""
        encoded = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return [end for _start, end in encoded["offset_mapping"]]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, longest first in the batches so that padding is little; returned as given."""
        if not texts:
            return np.empty((0, self.identity.dim), np.float32)
        with _fast_arithmetic(self._model.device.type):
            return self._encode(texts, self.identity.document_prompt)

    def encode_query(self, text: str) -> Vectors:
        """The vector of one query; shape (1, dim)."""
        with _one_thread():
            return self._encode([text], self.identity.query_prompt)

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        # sentence-transformers itself sorts by length before it cuts batches.
        tensor = self._model.encode(
            list(texts),
            prompt=prompt,
            batch_size=self._batch,
            normalize_embeddings=False,
            convert_to_tensor=True,
            show_progress_bar=False,
        )
        return _normalised(tensor.float().cpu().numpy())


def _pad_evenly(model: "SentenceTransformer") -> None:
    """Pad batches to a multiple of some tokens: torch keeps memory for every new shape, half a gigabyte in 2,500 reports."""
    first: Any = model[0]
    window = model.max_seq_length or _FALLBACK_WINDOW
    if hasattr(first, "processing_kwargs") and window % _PAD_TOKENS == 0:
        own = first.processing_kwargs
        first.processing_kwargs = {**own, "text": {**own.get("text", {}), "pad_to_multiple_of": _PAD_TOKENS}}


def _normalised(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


@contextmanager
def _fast_arithmetic(device: str) -> Iterator[None]:
    """bfloat16 where the processor computes in it natively (cosine to fp32 above .999), else as the model is.

    For batches only: a single query is over before the weights are converted.
    """
    import torch

    native = torch.cpu.get_capabilities().get("avx512_bf16", False) if device == "cpu" else False
    if not native:
        yield
        return
    with torch.autocast("cpu", dtype=torch.bfloat16):
        yield


@contextmanager
def _one_thread() -> Iterator[None]:
    """A short query gains 3 ms by a second thread, and loses 50 wherever that thread has to wait for a core."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def load_encoder(settings: Settings) -> SentenceTransformerEncoder:
    """The encoder that the settings name, loaded from this machine only.

    Raises EncoderUnavailable if the model or its library is missing, or a GPU was asked for and there is none.
    """
    bundled = settings.encoder == BUNDLED
    path = str(ensure_unpacked(settings.models_dir)) if bundled else settings.encoder
    model = _load(path, settings.encoder_device)
    prompts = model.prompts or {}
    return SentenceTransformerEncoder(
        model,
        BUNDLED_NAME if bundled else Path(settings.encoder).name,
        query_prompt=_first(settings.encoder_query_prompt, prompts.get("query")),
        document_prompt=_first(settings.encoder_document_prompt, prompts.get("document") or prompts.get("passage")),
        batch=settings.encoder_batch,
    )


def _first(stated: str | None, own: str | None) -> str:
    return stated if stated is not None else own or ""


def _load(path: str, device: Device) -> "SentenceTransformer":
    # No call to any outside service: a model that is not on this machine is an error, never a download.
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        import torch
        import transformers
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer
    except ImportError as exc:
        raise EncoderUnavailable("sentence-transformers cannot be loaded; install it with: make install") from exc
    transformers.utils.logging.disable_progress_bar()
    logging.getLogger("sentence_transformers").setLevel(logging.WARNING)
    if device is Device.CUDA and not torch.cuda.is_available():
        raise EncoderUnavailable("RADIOTHEQUE_ENCODER_DEVICE is cuda, and torch finds no GPU; set it to auto or cpu")
    chosen = "cuda" if device is not Device.CPU and torch.cuda.is_available() else "cpu"
    dtype = torch.float16 if chosen == "cuda" else torch.float32
    try:
        return SentenceTransformer(path, device=chosen, local_files_only=True, model_kwargs={"dtype": dtype})
    except (OSError, ValueError, SafetensorError) as exc:
        raise EncoderUnavailable(
            f"the model {Path(path).name} is not on this machine or is not a sentence-transformers model; "
            "give the path of its folder, or set RADIOTHEQUE_ENCODER=bundled"
        ) from exc


def _weights_sum(model: "SentenceTransformer", name: str) -> str:
    """SHA-256 over the weight files' own sums; over the parameters where the folder is not known."""
    folder = Path(str(getattr(model[0], "model_name_or_path", None) or model.tokenizer.name_or_path))
    found = sorted({f for pattern in _WEIGHT_FILES for f in folder.rglob(pattern)}) if folder.is_dir() else []
    if not found:
        raise EncoderUnavailable(f"the model {name} is not a folder on this machine; give its path")
    total = hashlib.sha256()
    for file in found:
        total.update(sha256_of(file).encode("ascii"))
    return total.hexdigest()

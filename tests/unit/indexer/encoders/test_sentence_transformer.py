"""Any sentence-transformers model by path, with its prompts or those of the settings."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from indexer.encoders.sentence_transformer import SentenceTransformerEncoder, load_encoder
from indexer.errors import EncoderUnavailable
from indexer.settings import Device, Settings
from tests.tiny_model import HIDDEN, MAX_TOKENS

TEXTS = ["kyste du rein gauche", "embolie", "nodule du poumon droit sans adenopathie ni epanchement pleural", "foie"]


def _load(folder: Path, **settings: object) -> SentenceTransformerEncoder:
    return load_encoder(Settings.model_validate({"encoder": str(folder), "encoder_device": Device.CPU, **settings}))


@pytest.fixture
def copied(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "copied"))


def test_a_model_is_known_by_its_folder_and_prompts(tiny_encoder: SentenceTransformerEncoder) -> None:
    identity = tiny_encoder.identity
    assert (identity.name, identity.dim) == ("tiny-bert", HIDDEN)
    assert (identity.query_prompt, identity.document_prompt) == ("query: ", "passage: ")
    assert len(identity.weights) == 64


def test_the_window_leaves_room_for_the_prompt(tiny_encoder: SentenceTransformerEncoder) -> None:
    # [CLS] passage : [SEP] take four.
    assert tiny_encoder.window == MAX_TOKENS - 4


def test_the_order_of_passages_is_kept(tiny_encoder: SentenceTransformerEncoder) -> None:
    # Batches are sorted by length inside; each passage alone must give the vector of its place.
    together = tiny_encoder.encode_passages(TEXTS)
    alone = np.concatenate([tiny_encoder.encode_passages([text]) for text in TEXTS])
    assert together.shape == (len(TEXTS), HIDDEN)
    # bfloat16, where the processor has it, rounds differently with other padding.
    assert np.argmax(together @ alone.T, axis=1).tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(np.sum(together * alone, axis=1), 1, atol=1e-3)


def test_batches_of_any_size_give_the_same_vectors(tiny_model: Path, tiny_encoder: SentenceTransformerEncoder) -> None:
    small = _load(tiny_model, encoder_batch=1)
    np.testing.assert_allclose(small.encode_passages(TEXTS), tiny_encoder.encode_passages(TEXTS), atol=2e-2)


def test_no_passages_make_no_vectors(tiny_encoder: SentenceTransformerEncoder) -> None:
    vectors = tiny_encoder.encode_passages([])
    assert vectors.shape == (0, HIDDEN)
    assert vectors.dtype == np.float32


def test_vectors_have_length_one(tiny_encoder: SentenceTransformerEncoder) -> None:
    vectors = np.concatenate([tiny_encoder.encode_passages(TEXTS), tiny_encoder.encode_query("kyste")])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_queries_and_passages_have_prompts_of_their_own(
    tiny_model: Path, tiny_encoder: SentenceTransformerEncoder
) -> None:
    query = tiny_encoder.encode_query("kyste")
    assert query.shape == (1, HIDDEN)
    # The query's prompt written out before a passage without prompt is the same text.
    bare = _load(tiny_model, encoder_query_prompt="", encoder_document_prompt="")
    np.testing.assert_allclose(query, bare.encode_passages(["query: kyste"]), atol=1e-3)
    assert float((query @ tiny_encoder.encode_passages(["kyste"]).T)[0, 0]) < 0.9999


def test_what_is_beyond_the_window_of_a_query_is_not_seen(tiny_encoder: SentenceTransformerEncoder) -> None:
    filled = "kyste " * MAX_TOKENS
    np.testing.assert_allclose(
        tiny_encoder.encode_query(filled), tiny_encoder.encode_query(filled + "embolie"), atol=1e-6
    )


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Embolie pulmonaire", [7, 18]),
        ("kyste, rein", [5, 6, 11]),
        ("xyz", [1, 2, 3]),
        ("é", [1]),
        ("", []),
    ],
)
def test_tokens_end_at_characters_of_the_text(
    text: str, ends: Sequence[int], tiny_encoder: SentenceTransformerEncoder
) -> None:
    assert list(tiny_encoder.token_ends(text)) == ends


def test_other_prompts_are_another_identity(tiny_model: Path, tiny_encoder: SentenceTransformerEncoder) -> None:
    query = _load(tiny_model, encoder_query_prompt="question : ").identity
    document = _load(tiny_model, encoder_document_prompt="").identity
    assert query.query_prompt == "question : "
    assert document.document_prompt == ""
    assert len({query, document, tiny_encoder.identity}) == 3


def test_the_same_folder_is_the_same_identity(tiny_model: Path, tiny_encoder: SentenceTransformerEncoder) -> None:
    assert _load(tiny_model).identity == tiny_encoder.identity


def test_other_weights_are_another_identity(copied: Path, tiny_encoder: SentenceTransformerEncoder) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(copied / "model.safetensors")
    name = "encoder.layer.0.output.dense.bias"
    save_file({**weights, name: weights[name] + 1}, copied / "model.safetensors", metadata={"format": "pt"})
    assert _load(copied).identity.weights != tiny_encoder.identity.weights


@pytest.mark.parametrize("name", ["/no/such/folder", "no-such-model", "nobody/no-such-model"])
def test_a_model_that_is_not_here_is_never_downloaded(name: str) -> None:
    with pytest.raises(EncoderUnavailable, match="is not on this machine or is not a sentence-transformers model"):
        load_encoder(Settings(encoder=name, encoder_device=Device.CPU))


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", "modules.json"])
@pytest.mark.parametrize("content", [b"", b"garbage"])
def test_a_damaged_model_is_an_error_of_ours(name: str, content: bytes, copied: Path) -> None:
    (copied / name).write_bytes(content)
    with pytest.raises(EncoderUnavailable, match="the model copied is not on this machine"):
        _load(copied)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_that_is_asked_for_and_missing_is_named(tiny_model: Path) -> None:
    with pytest.raises(EncoderUnavailable, match="RADIOTHEQUE_ENCODER_DEVICE is cuda, and torch finds no GPU"):
        _load(tiny_model, encoder_device=Device.CUDA)

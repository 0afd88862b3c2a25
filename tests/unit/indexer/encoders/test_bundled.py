"""The bundled encoder itself, unpacked from the installed package."""

from pathlib import Path

import numpy as np
import pytest

from indexer.encoders.bundled import is_intact
from indexer.encoders.passages import cut
from indexer.encoders.sentence_transformer import SentenceTransformerEncoder

PASSAGES = [
    "Kyste arachnoïdien temporal gauche avec effet de masse.",
    "Fracture du radius distal avec déplacement dorsal.",
    "Embolie pulmonaire segmentaire du lobe inférieur droit.",
]


def test_it_is_intact_after_unpacking(bundled_models: Path) -> None:
    (model,) = bundled_models.glob("multilingual-e5-small-v*")
    assert is_intact(model)


def test_it_is_the_model_that_the_design_names(bundled_encoder: SentenceTransformerEncoder) -> None:
    identity = bundled_encoder.identity
    assert (identity.name, identity.dim) == ("multilingual-e5-small", 384)
    assert (identity.query_prompt, identity.document_prompt) == ("query: ", "passage: ")


@pytest.mark.parametrize(
    ("query", "nearest"),
    [
        ("left temporal arachnoid cyst", 0),
        ("pulmonary embolism", 2),
        ("fracture of the wrist", 1),
    ],
)
def test_a_query_is_nearest_to_what_it_means(
    query: str, nearest: int, bundled_encoder: SentenceTransformerEncoder
) -> None:
    scores = bundled_encoder.encode_passages(PASSAGES) @ bundled_encoder.encode_query(query)[0]
    assert int(np.argmax(scores)) == nearest


def test_vectors_are_normalised_float32(bundled_encoder: SentenceTransformerEncoder) -> None:
    vectors = bundled_encoder.encode_passages(PASSAGES)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), np.ones(3), atol=1e-5)


def test_what_fills_the_window_is_seen_whole(bundled_encoder: SentenceTransformerEncoder) -> None:
    text = "".join(f"mesure{n}kystedelalobulation" for n in range(150))
    ends = bundled_encoder.token_ends(text)
    first, *_rest = (text[start:end] for start, end in cut(text, bundled_encoder.window, bundled_encoder, ends))
    prompted = bundled_encoder.identity.document_prompt + first
    # 512 with the two special tokens.
    assert 480 <= len(bundled_encoder.token_ends(prompted)) + 2 <= 512


@pytest.mark.parametrize("limit", [8, 40])
def test_a_piece_cut_within_a_word_is_measured_on_its_own(
    limit: int, bundled_encoder: SentenceTransformerEncoder
) -> None:
    # Cut in two, a word has a token more than whole: at its second half's start.
    text = "œsogastroduodénoscopiquementincontournable" * 20
    pieces = [text[start:end] for start, end in cut(text, limit, bundled_encoder, bundled_encoder.token_ends(text))]
    assert "".join(pieces) == text
    assert max(len(bundled_encoder.token_ends(piece)) for piece in pieces) <= limit

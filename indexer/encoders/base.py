"""The encoder's contract: text to vectors."""

from collections.abc import Sequence
from typing import Protocol

from indexer.passage import EncoderIdentity, Vectors


class Encoder(Protocol):
    """Turns queries and passages into vectors of one space."""

    @property
    def identity(self) -> EncoderIdentity:
        """What this encoder is."""

    @property
    def window(self) -> int:
        """How many tokens of a passage are seen, prompt and special tokens taken off."""

    def token_ends(self, text: str) -> Sequence[int]:
        """For each token of a text, in order, the character where it ends."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, in the order given; shape (len(texts), dim)."""

    def encode_query(self, text: str) -> Vectors:
        """The vector of one query; shape (1, dim). Longer than the window, its start counts."""

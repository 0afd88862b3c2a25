"""What encoders make and vector stores keep: passages, their vectors, and the identity of the encoder."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from indexer.report import MASK, Report, SectionKind
from indexer.stores.filters import StatedFinding

Vectors = NDArray[np.float32]
"""Shape (n, dim), each row L2-normalised: inner products are cosines."""


class PassageKind(StrEnum):
    """What part of a report a passage stands for."""

    WHOLE = "whole"
    CONCLUSION = "conclusion"
    RESULTS = "results"


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece to encode. `text` is what is encoded; `start`/`end` the characters of the report that it covers."""

    kind: PassageKind
    section: SectionKind
    start: int
    end: int
    text: str

    def __repr__(self) -> str:
        return f"Passage({self.kind.value}, {self.section.value}, {self.start}, {self.end}, text={MASK})"


@dataclass(frozen=True, slots=True)
class EncodedReport:
    """A report's passages with their vectors, row for row: vectors of shape (len(passages), dim), normalised.

    findings: as filters see them.
    """

    report: Report
    passages: tuple[Passage, ...]
    vectors: Vectors
    findings: tuple[StatedFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """What an index remembers of the encoder that made it: vectors of two encoders cannot be compared.

    weights: SHA-256 over the model's weight files; prompts are part of it because they change the vectors.
    """

    name: str
    dim: int
    query_prompt: str
    document_prompt: str
    weights: str

"""Indexing throughput by stage, search latency and memory, on invented reports.

    python -m benchmarks.run                        10,000 reports: about half an hour on 2 cores
    python -m benchmarks.run --reports 1000         a quick look
    python -m benchmarks.run --folder DIR           keep the index there, and measure the search again in seconds

Prints a table in Markdown, as docs/performance.md has it, and writes the same as JSON with --json FILE.
"""

import argparse
import json
import platform
import random
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from api.engine import Engine
from api.query import is_foreign
from api.schemas import FilterSchema, SearchMode, SearchRequest
from api.service import run_search
from indexer.demo.corpus import concepts, write_corpus
from indexer.encoders.base import Encoder
from indexer.encoders.sentence_transformer import load_encoder
from indexer.passage import EncoderIdentity, Vectors
from indexer.pipeline import Pipeline
from indexer.report import Modality
from indexer.settings import Settings, read_settings
from indexer.sources.base import Source
from indexer.sources.mapping import Mapping
from indexer.sources.opening import open_source
from indexer.steps import Step
from indexer.stores.catalog.base import RunCounts
from indexer.workspace import open_workspace

QUERIES = 200
_STAGES = {
    Step.CATALOG_WRITTEN: "catalog",
    Step.TEXT_COMMITTED: "full text",
    Step.SNAPSHOT_WRITING: "vectors",
    Step.BEFORE_SWITCH: "vectors",
    Step.SWITCHED: "vectors",
    Step.SETTLED: "catalog",
}


@dataclass
class Clock:
    """Seconds by stage: whoever ends a stage says so, and the time since the last such word is its."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        """The time since the last lap was spent on this stage."""
        now = time.perf_counter()
        self.seconds[stage] += now - self.last
        self.last = now


class _Around:
    """All of another encoder but how it encodes passages."""

    def __init__(self, inner: Encoder) -> None:
        self._inner = inner

    @property
    def identity(self) -> EncoderIdentity:
        """The inner encoder's."""
        return self._inner.identity

    @property
    def window(self) -> int:
        """The inner encoder's."""
        return self._inner.window

    def token_ends(self, text: str) -> Sequence[int]:
        """The inner encoder's."""
        return self._inner.token_ends(text)

    def encode_query(self, text: str) -> Vectors:
        """The inner encoder's."""
        return self._inner.encode_query(text)


class TimedEncoder(_Around):
    """An encoder that tells the clock when it encoded, and counts passages."""

    def __init__(self, inner: Encoder, clock: Clock) -> None:
        super().__init__(inner)
        self._clock = clock
        self.passages = 0

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Encode, on the clock."""
        self._clock.lap("read, screen, understand, cut")
        self.passages += len(texts)
        vectors = self._inner.encode_passages(texts)
        self._clock.lap("encode")
        return vectors


class InstantEncoder(_Around):
    """An encoder that takes no time, as a fast GPU would: the inner one's tokens, and vectors made beforehand."""

    def __init__(self, inner: Encoder) -> None:
        super().__init__(inner)
        made = np.random.default_rng(1).normal(size=(4096, inner.identity.dim)).astype(np.float32)
        self._made = made / np.linalg.norm(made, axis=1, keepdims=True)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Some unit vectors."""
        return self._made[np.arange(len(texts)) % len(self._made)]


def all_but_encoding(settings: Settings, reports: int) -> float:
    """Reports a second from the file to the stores, the start of the workers included, where encoding takes no time."""
    encoder = InstantEncoder(load_encoder(settings))
    source = _corpus(settings, reports)
    started = time.perf_counter()
    with open_workspace(settings, encoder.identity) as workspace:
        Pipeline(workspace, encoder).run([source])
    return reports / (time.perf_counter() - started)


def _corpus(settings: Settings, reports: int) -> Source:
    corpus = settings.data_dir / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    return open_source(write_corpus(corpus, reports, seed=7, planting=0.0).reports, Mapping.parse([]))


def index(settings: Settings, reports: int) -> dict[str, float]:
    """Index invented reports; seconds by stage, passages, and peak memory (MiB) after each quarter."""
    source = _corpus(settings, reports)
    clock = Clock()
    encoder = TimedEncoder(load_encoder(settings), clock)
    memory: list[float] = []

    def progress(counts: RunCounts) -> None:
        memory.append(_peak_mib())
        print(f"{counts.read} of {reports}", file=sys.stderr)

    def lap(step: Step) -> None:
        clock.lap(_STAGES[step])

    with open_workspace(settings, encoder.identity, lap) as workspace:
        clock.lap("start")
        Pipeline(workspace, encoder, on_step=lap).run([source], on_progress=progress)
    quarters = {f"peak MiB at {q}/4": memory[max(0, len(memory) * q // 4 - 1)] for q in range(1, 5)}
    return {**clock.seconds, "passages": encoder.passages, **quarters}


def encode_rate(settings: Settings, passages: int = 256, tokens: int = 80) -> float:
    """Passages a second, each of about 80 tokens."""
    encoder = load_encoder(settings)
    text = "Pas d'épanchement pleural ni de foyer parenchymateux. Nodule de 8 mm du lobe supérieur droit, stable. " * 9
    cut = encoder.token_ends(text)[tokens - 1]
    texts = [f"{i} {text[:cut]}" for i in range(passages)]
    encoder.encode_passages(texts[:32])
    started = time.perf_counter()
    encoder.encode_passages(texts)
    return passages / (time.perf_counter() - started)


def queries(count: int) -> list[SearchRequest]:
    """Queries as people type them: a concept's label, often with a side, a denial or a filter. Always the same."""
    chance = random.Random(1)  # noqa: S311 - no secret is made
    labels = sorted(concepts().values())
    forms = ("{}", "{} à droite", "{} gauche", "sans {}", "{} récent", "suspicion de {}", "{} de 12 mm")
    filters = (FilterSchema(), FilterSchema(), FilterSchema(modalities=[Modality.CT]), FilterSchema(age_min=50))
    return [
        SearchRequest(text=chance.choice(forms).format(chance.choice(labels)), filters=chance.choice(filters))
        for _ in range(count)
    ]


def search(settings: Settings) -> dict[str, float]:
    """Milliseconds of searches one after the other, encoding and answer included."""
    engine = Engine(settings)
    is_foreign("radiographie")
    started = time.perf_counter()
    engine.refresh()
    figures = {"open the stores (s)": time.perf_counter() - started}
    stores = engine.stores
    asked = queries(QUERIES)
    for request in asked[:10]:
        run_search(request, stores)
    for mode in SearchMode:
        took = []
        for request in asked:
            begun = time.perf_counter()
            run_search(request.model_copy(update={"mode": mode}), stores)
            took.append((time.perf_counter() - begun) * 1000)
        figures[f"{mode.value} p50 (ms)"], figures[f"{mode.value} p95 (ms)"] = np.percentile(took, [50, 95])
    took = []
    for request in asked:
        begun = time.perf_counter()
        stores.encoder.encode_query(request.text or "")
        took.append((time.perf_counter() - begun) * 1000)
    figures["of which encoding p50 (ms)"], figures["of which encoding p95 (ms)"] = np.percentile(took, [50, 95])
    figures["peak MiB of the searching process"] = _peak_mib()
    return figures


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _report(
    reports: int, indexing: dict[str, float], searching: dict[str, float], rate: float, without: float | None
) -> str:
    stages = {
        k: v
        for k, v in indexing.items()
        if k in {"read, screen, understand, cut", "encode", "catalog", "full text", "vectors"}
    }
    lines = [f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {reports} reports", ""]
    if stages:
        lines += ["| stage | seconds | reports/s |", "|---|---|---|"]
        lines += [f"| {stage} | {seconds:.1f} | {reports / seconds:.0f} |" for stage, seconds in stages.items()]
        lines += ["", f"- everything but encoding, by itself: {without:.0f} reports/s"]
        lines += [f"- {name}: {value:.0f}" for name, value in indexing.items() if name.startswith(("pa", "pe"))]
    lines += [f"- encoding, passages of 80 tokens a second: {rate:.1f}", "", "| search | |", "|---|---|"]
    lines += [f"| {name} | {value:.1f} |" for name, value in searching.items()]
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, help="keep the index in this folder, and use it if it is there")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        settings = read_settings().in_folder((options.folder or Path(temporary)).absolute())
        there = settings.catalog_path.exists()
        indexing = {} if there else index(settings, options.reports)
        without = None
        if not there:
            with tempfile.TemporaryDirectory() as other:
                without = all_but_encoding(settings.in_folder(Path(other)), options.reports)
        rate = encode_rate(settings)
        searching = search(settings)
    print(_report(options.reports, indexing, searching, rate, without))
    if options.json:
        figures = {
            "reports": options.reports,
            "indexing": indexing,
            "everything but encoding, reports/s": without,
            "search": searching,
            "passages/s": rate,
        }
        options.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Entry points: a stream of fictional reports with their truth, and the three files of a corpus."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from pathlib import Path
from random import Random

from indexer.demo.composing import compose
from indexer.demo.labels import label_lines
from indexer.demo.layout import lay_out
from indexer.demo.library import Library, State
from indexer.demo.model import DemoReport, Planted
from indexer.demo.noise import TYPING_RATE, in_capitals, with_typing_errors, without_ligatures
from indexer.demo.patients import Clinic, Visit
from indexer.demo.planting import PLANTING_RATE, plant
from indexer.demo.reading import library
from indexer.demo.scene import Scene
from indexer.demo.styles import SITES
from indexer.language.loading import load_lexicon

# Spreads (seed, patient) over distinct generators; any large odd number would do.
_STRIDE = 1_000_003


@dataclass(frozen=True, slots=True)
class CorpusPaths:
    """Where a corpus was written. labels: the truth by report and finding, as `evaluate-findings` reads it."""

    reports: Path
    truth: Path
    labels: Path


def generate(reports: int, seed: int, *, planting: float = PLANTING_RATE) -> Iterator[DemoReport]:
    """Yield that many reports, patient after patient, each patient's exams in order of date.

    planting: share of the reports in which identifiers are left, for the gate to catch.
    The same number and seed give the same reports. Raises DemoDataError if the data files are wrong.
    """
    return generate_from(library(), reports, seed, planting)


def generate_from(source: Library, reports: int, seed: int, planting: float = 0.0) -> Iterator[DemoReport]:
    """Yield reports drawn from a given library."""
    clinic, made, patient = Clinic(source), 0, 0
    while made < reports:
        patient += 1
        rng = Random(seed * _STRIDE + patient)  # noqa: S311 (fiction, not secrets)
        site, styles = SITES.draw(rng)
        for visit in clinic.visits(rng):
            made += 1
            scene = Scene(source, visit, styles.draw(rng), rng)
            # A generator of its own: what is planted changes nothing else of the corpus.
            luck = Random(f"{seed} planted {made}")  # noqa: S311 (fiction, not secrets)
            yield _report(scene, f"D{made:06d}", f"P{patient:05d}", site, luck if luck.random() < planting else None)
            if made == reports:
                return


def _report(scene: Scene, report_id: str, patient_id: str, site: str, luck: Random | None) -> DemoReport:
    visit, style, rng = scene.visit, scene.style, scene.rng
    page = lay_out(compose(scene), scene)
    text, mentions = page.text, page.mentions
    if style.capitals or not style.ligatures:
        text = without_ligatures(text, mentions)
    if style.curly:
        text = text.replace("'", "’")
    if rng.random() < TYPING_RATE:
        text = with_typing_errors(text, mentions, rng)
    planted: list[Planted] = []
    if luck is not None:
        text, planted = plant(text, mentions, visit.sex, visit.age, visit.day.year, luck)
    if style.capitals:
        text = in_capitals(text)
    mentions.sort(key=lambda mention: mention.start)
    return DemoReport(
        id=report_id,
        patient_id=patient_id,
        text=text,
        modality=visit.exam.modality,
        regions=visit.exam.regions,
        sex=visit.sex,
        age=visit.age,
        exam_date=visit.day,
        site=site,
        exam_type=visit.exam.key,
        diagnosis=_diagnosis(visit),
        findings=mentions,
        identifiers=planted,
    )


def _diagnosis(visit: Visit) -> str:
    """Name the concept of the main lesion, else of an incidental one worth a conclusion, else "normal"."""
    there = [lesion for lesion in visit.lesions if lesion.state is not State.RESOLVED]
    if visit.has_main and there:
        return there[0].finding.concept
    told = (lesion for lesion in there if lesion.finding.conclusion.get(lesion.state))
    return next((lesion.finding.concept for lesion in told), "normal")


def write_corpus(folder: Path, reports: int, seed: int, *, planting: float = PLANTING_RATE) -> CorpusPaths:
    """Write reports.jsonl, truth.jsonl and findings.jsonl; none exists in part, whatever interrupts."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = CorpusPaths(folder / "reports.jsonl", folder / "truth.jsonl", folder / "findings.jsonl")
    partial = {path: path.with_name(f".{path.name}.partial") for path in astuple(paths)}
    lexicon = load_lexicon()
    known = frozenset(concepts()) & frozenset(lexicon.concepts)
    try:
        with ExitStack() as stack:
            texts, truths, labels = (
                stack.enter_context(path.open("w", encoding="utf-8", newline="\n")) for path in partial.values()
            )
            for report in generate(reports, seed, planting=planting):
                texts.write(report.report_line() + "\n")
                truths.write(report.truth_line() + "\n")
                labels.writelines(line + "\n" for line in label_lines(report, known, lexicon))
            for stream in (texts, truths, labels):
                stream.flush()
                os.fsync(stream.fileno())
        for path, written in partial.items():
            written.replace(path)
    finally:
        for written in partial.values():
            written.unlink(missing_ok=True)
    return paths


def concepts() -> dict[str, str]:
    """Every concept that the corpus knows, with its French label."""
    return {concept: words[0] for concept, words in sorted(library().wordings.items())}


__all__ = ["CorpusPaths", "concepts", "generate", "generate_from", "write_corpus"]

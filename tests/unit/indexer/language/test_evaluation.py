"""Scoring of findings, with figures worked out by hand."""

import json
from pathlib import Path

import pytest

from indexer.errors import RetrievalSetError
from indexer.language.evaluation import Label, read_labels, report_labels, score
from indexer.language.loading import load_lexicon
from indexer.report import Assertion, Finding, Laterality, Measurement, SectionKind

PRESENT, ABSENT, UNCERTAIN, ASKED = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN, Assertion.ASKED


def finding(concept: str, assertion: Assertion, side: Laterality = Laterality.NONE, *sizes: float) -> Finding:
    measurement = Measurement(sizes) if sizes else None
    return Finding(concept, assertion, side, SectionKind.RESULTS, 0, 1, measurement)


def test_the_first_status_in_order_counts_and_kinds_count_for_the_broader() -> None:
    found = [finding("renal_cyst", ABSENT), finding("renal_cyst", UNCERTAIN), finding("renal_cyst", ASKED)]
    assert report_labels("a", found, ["renal_cyst", "cyst"], load_lexicon()) == {
        "renal_cyst": Label("a", "renal_cyst", UNCERTAIN),
        "cyst": Label("a", "cyst", UNCERTAIN),
    }


def test_side_and_size_are_those_of_the_deciding_mentions() -> None:
    found = [
        finding("renal_cyst", PRESENT, Laterality.LEFT, 12.0),
        finding("renal_cyst", PRESENT, Laterality.RIGHT, 9.0),
        finding("renal_cyst", ABSENT, Laterality.NONE, 80.0),
    ]
    label = report_labels("a", found, ["renal_cyst"], load_lexicon())["renal_cyst"]
    assert (label.side, label.size) == (Laterality.BILATERAL, 12.0)


def test_scores() -> None:
    expected = [
        Label("a", "cyst", PRESENT, Laterality.LEFT, 12.0),
        Label("a", "mass", PRESENT),
        Label("b", "cyst", ABSENT),
        Label("c", "cyst", PRESENT),
    ]
    found = {
        "a": {"cyst": Label("a", "cyst", PRESENT, Laterality.RIGHT, 12.0), "mass": Label("a", "mass", ABSENT)},
        "b": {"cyst": Label("b", "cyst", ABSENT)},
        "c": {"mass": Label("c", "mass", PRESENT)},
    }
    result = score(expected, found)
    present, absent = result.by_status[PRESENT], result.by_status[ABSENT]
    # present: a-cyst right; a-mass and c-cyst missed; c-mass false. absent: b-cyst right; a-mass false.
    assert (present.hits, present.missed, present.false) == (1, 2, 1)
    assert (present.precision, present.recall, present.f1) == (1 / 2, 1 / 3, pytest.approx(0.4))
    assert (absent.precision, absent.recall) == (1 / 2, 1.0)
    assert (result.sides, result.sizes) == ((0, 1), (1, 1))
    assert len(result.disagreements) == 4
    figures = json.loads(result.as_json())
    assert figures["status"]["present"]["f1"] == pytest.approx(0.4)
    assert (figures["side_accuracy"], figures["size_accuracy"]) == (0.0, 1.0)


def test_labels_that_cannot_be_read_are_refused_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text('{"id": "a", "finding": "cyst", "status": "maybe"}\n', encoding="utf-8")
    with pytest.raises(RetrievalSetError, match=r"labels.jsonl, line 1: not a label; wanted are id, finding, status"):
        read_labels(file)
    with pytest.raises(RetrievalSetError, match=r"none.jsonl cannot be read"):
        read_labels(tmp_path / "none.jsonl")

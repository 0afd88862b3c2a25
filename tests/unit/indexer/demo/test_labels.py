"""The truth as labels by report: worked out by hand, and read by what scores findings."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from indexer.demo.corpus import concepts, write_corpus
from indexer.demo.labels import label_lines
from indexer.demo.model import Assertion, DemoReport, Laterality, Mention, Section, Sex
from indexer.language.evaluation import read_labels
from indexer.language.loading import load_lexicon

TEXT = (
    "INDICATION :\nRecherche d'ascite. Père opéré d'un méningiome.\n"
    "RÉSULTATS :\nPas d'épanchement pleural droit. Épanchement pleural gauche de 12 mm, de 20 mm en dehors.\n"
    "Kystes des deux reins. TIPMP possible."
)


def _mention(
    words: str,
    concept: str,
    assertion: Assertion,
    side: Laterality = Laterality.NONE,
    size: float | None = None,
    section: Section = Section.RESULTS,
) -> Mention:
    start = TEXT.index(words)
    return Mention(concept, assertion, side, size, None, section, start, start + len(words))


def _rows(mentions: list[Mention], known: set[str]) -> list[dict[str, object]]:
    report = DemoReport(
        "D1", "P1", TEXT, "CT", ("thorax",), Sex.FEMALE, 60, date(2020, 1, 1), "S", "x", "y", mentions, []
    )
    return [json.loads(line) for line in label_lines(report, frozenset(known), load_lexicon())]


def test_a_label_has_the_first_status_in_order_its_side_its_largest_size_and_its_sentence() -> None:
    present, absent = Assertion.PRESENT, Assertion.ABSENT
    mentions = [
        _mention("épanchement pleural droit", "pleural_effusion", absent, Laterality.RIGHT, 30.0),
        _mention("Épanchement pleural gauche", "pleural_effusion", present, Laterality.LEFT, 12.0),
        _mention("de 20 mm", "pleural_effusion", present, Laterality.LEFT, 20.0),
    ]
    assert _rows(mentions, {"pleural_effusion"}) == [
        {
            "id": "D1",
            "finding": "pleural_effusion",
            "status": "present",
            "side": "left",
            "size_mm": 20.0,
            "quote": "Épanchement pleural gauche de 12 mm, de 20 mm en dehors.",
        }
    ]


def test_kinds_count_for_what_is_broader_if_the_corpus_knows_it() -> None:
    mentions = [_mention("TIPMP", "pancreatic_ipmn", Assertion.UNCERTAIN)]
    # In the lexicon it is a kind of pancreatic cyst, and of lesion, which this corpus does not mark.
    rows = _rows(mentions, {"pancreatic_ipmn", "pancreatic_cyst"})
    assert [(row["finding"], row["status"], row["quote"]) for row in rows] == [
        ("pancreatic_cyst", "uncertain", "TIPMP possible."),
        ("pancreatic_ipmn", "uncertain", "TIPMP possible."),
    ]


def test_both_sides_are_both_a_midline_has_none_and_a_relatives_finding_no_label() -> None:
    mentions = [
        _mention("Kystes", "renal_cyst", Assertion.PRESENT, Laterality.BILATERAL),
        _mention("ascite", "ascites", Assertion.ASKED, Laterality.MIDLINE, section=Section.INDICATION),
        _mention("méningiome", "meningioma", Assertion.FAMILY, section=Section.INDICATION),
    ]
    rows = _rows(mentions, {"renal_cyst", "ascites", "meningioma"})
    assert [(row["finding"], row["status"], row["side"], row["size_mm"]) for row in rows] == [
        ("ascites", "asked", None, None),
        ("renal_cyst", "present", "both", None),
    ]


def test_the_labels_of_a_corpus_are_read_by_the_evaluation_and_agree_with_its_truth(tmp_path: Path) -> None:
    paths = write_corpus(tmp_path, 40, 7)
    truths = {row["id"]: row["findings"] for row in map(json.loads, paths.truth.read_text("utf-8").splitlines())}
    labels = read_labels(paths.labels)
    assert {label.report for label in labels} <= set(truths)
    assert {label.finding for label in labels} <= set(concepts())
    told = {(label.report, label.finding) for label in labels}
    marked = {(report, f["concept"]) for report, found in truths.items() for f in found if f["assertion"] != "family"}
    assert {pair for pair in marked if pair[1] in load_lexicon().concepts} <= told

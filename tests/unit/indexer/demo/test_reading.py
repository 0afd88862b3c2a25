"""The validator names the file, the entry and the fault."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from indexer.demo.check import main
from indexer.demo.corpus import generate_from
from indexer.demo.errors import DemoDataError
from indexer.demo.labels import sentence_around
from indexer.demo.model import Assertion, DemoReport, Laterality
from indexer.demo.reading import library, read_library

DATA = Path(str(files("indexer.demo"))) / "data"
CONCEPTS = (DATA / "concepts.toml").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```toml\n(.*?)```", (DATA / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def _example() -> str:
    if EXAMPLE is None:
        pytest.fail("README.md has no example")
    return EXAMPLE[1]


def test_the_example_of_the_readme_loads_and_writes_reports() -> None:
    found = read_library({"concepts.toml": CONCEPTS, "thyroid.toml": _example()})
    assert {report.exam_type for report in generate_from(found, 30, 1)} == {"thyroid_us"}


def test_concepts_asked_for_by_the_project_have_labels() -> None:
    wanted = (
        "pulmonary_embolism pleural_effusion pneumothorax lung_nodule pulmonary_consolidation ascites hydronephrosis gallstones "
        "urinary_stone hepatic_steatosis renal_cyst liver_metastasis hepatomegaly splenomegaly lymphadenopathy "
        "bowel_obstruction appendicitis diverticulitis pneumoperitoneum ovarian_cyst uterine_fibroid fracture disc_herniation "
        "spinal_stenosis meniscal_tear acl_tear joint_effusion rotator_cuff_tear ischemic_stroke intracranial_hemorrhage "
        "hydrocephalus sinusitis demyelinating_lesions brain_tumor aortic_aneurysm aortic_dissection venous_thrombosis "
        "cardiomegaly breast_mass thyroid_nodule"
    )
    assert set(wanted.split()) <= set(library().wordings)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('modality = "US"', 'modality = "USG"', "exam.thyroid_us: modality: 'USG' is none of CT"),
        ('regions = ["neck"]', 'regions = ["cou"]', "regions: 'cou' is none of head"),
        ("weight = 4", "wieght = 4", "exam.thyroid_us: weight is missing"),
        ("normal = 0.25", "normal = 0.25\nfoo = 1", "exam.thyroid_us: unknown key 'foo'"),
        ("ages = [16, 52, 90]", "ages = [16, 90, 52]", "ages = .*increasing order"),
        (
            'at = "gland.nodule"',
            'at = "gland.knot"',
            "finding.thyroid_nodule: at/replaces: 'gland.knot' is no organ.aspect",
        ),
        ("size = [5, 42]", "", "slot 'size.?' needs a finding with size|slot 'prior' needs"),
        ("goiter = 0.2", "struma = 0.2", "companions: 'struma' is no finding"),
        (
            "findings = { thyroid_nodule = 5 }",
            "findings = { nodule = 5 }",
            "findings: 'nodule' is not defined",
        ),
        ("[goitre|goiter]", "[goitre|struma]", "concept 'struma' is not declared"),
        (
            "sans [nodule|thyroid_nodule] décelable.",
            "sans nodule thyroïdien.",
            "'nodule thyroïdien' names thyroid_nodule",
        ),
        ("Sonde linéaire de haute fréquence.", "Sonde linéaire", "no full stop"),
        ("Sonde linéaire de haute", "Sonde de haute  ", "French or spacing slip"),
        ("Bilan de dysthyroïdie.", "Bilan de euthyroïdie.", "French or spacing slip 'de euthyroïdie'"),
        ("{lobe.court}", "{lobe.bref}", "value 'le lobe droit' has no form 'bref'"),
        ("de {sizes}, <classé", "de {num 3 9} mm, <classé", "is written {size}, so that the truth knows it"),
        ("@size>19", "@taille>19", "unknown condition 'taille>19'"),
        ("@size>19", "@without=struma", "'without=struma': the concept is not declared"),
        (
            "course = { stable = 5, growing = 2 }",
            "course = { shrinking = 2 }",
            "state shrinking has a weight and no results",
        ),
        (
            "again = { thyroid_us = 1 }",
            "again = { thyroid_ct = 1 }",
            "again/compares: 'thyroid_ct' is no exam",
        ),
        ("[slot.lobe]", "[slot.lobe", "thyroid.toml: top level: not valid TOML"),
        (
            'thyroiditis = ["thyroïdite"]',
            'goiter = ["struma"]',
            "goiter is 'struma' here and 'goitre' in another file",
        ),
    ],
)
def test_a_fault_is_named(before: str, after: str, message: str) -> None:
    text = _example()
    assert before in text
    with pytest.raises(DemoDataError, match=message) as caught:
        read_library({"concepts.toml": CONCEPTS, "thyroid.toml": text.replace(before, after)})
    assert caught.value.file == "thyroid.toml"


def test_the_check_command_reports_a_fault_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "area.toml"
    path.write_text(_example().replace('"US"', '"XX"'), encoding="utf-8")
    assert main([str(path)]) == 1
    assert "area.toml: exam.thyroid_us: modality" in capsys.readouterr().out


def test_the_check_command_prints_marked_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "area.toml"
    path.write_text(_example(), encoding="utf-8")
    assert main([str(path), "--samples", "1"]) == 0
    assert "OK: 1 exam types" in capsys.readouterr().out


def _drawn(example: str, word: str, reports: int = 200) -> list[tuple[str, DemoReport]]:
    """The lines that hold a word, each with its report."""
    found = read_library({"concepts.toml": CONCEPTS, "thyroid.toml": example})
    return [(line, r) for r in generate_from(found, reports, 1) for line in r.text.splitlines() if word in line.lower()]


def test_a_side_is_the_truth_of_a_mention_only_where_its_sentence_tells_it() -> None:
    # The lobe is the only word for the side: without it, the same lesion has none.
    example = _example().replace('at = "gland.nodule"', 'at = "gland.nodule"\nsides = { left = 1 }')
    example = example.replace(', side = "right"', "").replace(', side = "left"', "").replace(', side = "midline"', "")
    found = read_library({"concepts.toml": CONCEPTS, "thyroid.toml": example.replace("le lobe droit", "le pôle haut")})
    seen = set()
    for report in generate_from(found, 300, 1):
        for mention in report.findings:
            if mention.concept == "thyroid_nodule" and mention.assertion is Assertion.PRESENT:
                sentence = sentence_around(report.text, mention.start, mention.end).lower()
                told = "gauche" in sentence
                seen.add(told)
                assert mention.laterality is (Laterality.LEFT if told else Laterality.NONE), sentence
    assert seen == {True, False}


def test_a_sentence_without_a_concept_is_left_out_where_that_is_affirmed() -> None:
    example = _example().replace("Thyroïde de volume normal.", "@without=thyroid_nodule Thyroïde sans anomalie.")
    lines = _drawn(example, "thyroïde sans anomalie")
    affirmed = {
        m.concept for _, r in lines for m in r.findings if m.assertion in (Assertion.PRESENT, Assertion.UNCERTAIN)
    }
    assert lines
    assert "thyroid_nodule" not in affirmed

"""Understanding texts: in the process and in workers alike, within a time limit, and no text that hangs it."""

from random import Random
from unittest import mock

import pytest

from indexer.errors import AnalysisTimeout
from indexer.language.understanding import NotUnderstood, Task, Understanding, understand
from indexer.report import Assertion, BodyRegion, ExamMetadata, Laterality, Modality
from indexer.workers import Workers
from tests.language_set.passages import passages

TEXT = (
    "SCANNER THORACIQUE\nRésultats :\nNodule de 8 mm du lobe supérieur droit.\nConclusion :\nPas d'embolie pulmonaire."
)
PATHOLOGICAL = {
    "one word, a megabyte": "x" * 1_000_000,
    "one sentence, a megabyte": "kyste du rein droit " * 50_000,
    "ten thousand lines": "Pas de kyste du rein droit de 12 mm.\n" * 10_000,
    "five thousand commas": "Pas de kyste" + ", de fracture" * 5_000,
    "no punctuation": "pas de kyste ni fracture ou masse et nodule " * 2_000,
    "nested brackets": "(" * 5_000 + "kyste" + ")" * 5_000,
    "nothing but blanks": " \n\t" * 100_000,
    "numbers": "12 x 9 mm " * 10_000,
    "headings": "RESULTATS :\nCONCLUSION :\n" * 5_000,
    "question marks": "kyste ? " * 10_000,
    "operations": "prothèse " * 10_000 + "pour kyste",
    "operations and brackets": "prothèse (" * 5_000,
    "hernias": "hernie exclue " * 10_000,
}


def test_what_is_understood() -> None:
    found = understand(Task(TEXT, ExamMetadata()), None, 10)
    assert [f.concept for f in found.findings] == ["lung_nodule", "pulmonary_embolism"]
    assert (found.metadata.modality, found.metadata.regions) == (Modality.CT, (BodyRegion.THORAX,))


@pytest.mark.parametrize(
    ("indication", "kind"),
    [
        ("SEP-RR sous traitement.", "multiple_sclerosis"),
        ("surveillance d'une SEP.", "multiple_sclerosis"),
        ("SEP ?", None),
        ("suspicion de SEP.", None),
        ("bilan d'une possible SEP.", None),
    ],
)
def test_a_lesion_is_of_the_illness_that_is_known_already(indication: str, kind: str | None) -> None:
    text = f"IRM ENCEPHALIQUE\nIndication : {indication}\nRésultats :\nUne lésion de la substance blanche frontale."
    found = understand(Task(text, ExamMetadata()), None, 10).findings
    assert [f.concept for f in found if f.assertion is Assertion.PRESENT] == [
        "white_matter_lesions",
        *filter(None, [kind]),
    ]


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("ECHOGRAPHIE MAMMAIRE DROITE\nRésultats : nodule de 12 mm.", Laterality.RIGHT),
        ("MAMMOGRAPHIE BILATERALE\nRésultats : nodule de 12 mm.", Laterality.NONE),
        ("MAMMOGRAPHIE\nIndication : douleur à gauche.\nRésultats : nodule de 12 mm.", Laterality.NONE),
        ("ECHOGRAPHIE DU MOLLET GAUCHE\nRésultats : thrombose de la veine soléaire.", Laterality.LEFT),
        ("ULTRASOUND OF THE LEFT LEG\nFindings: thrombus in the popliteal vein.", Laterality.LEFT),
    ],
)
def test_the_title_tells_the_side_of_what_it_names(text: str, side: Laterality) -> None:
    (found,) = understand(Task(text, ExamMetadata()), None, 10).findings
    assert found.laterality is side


def test_what_the_conclusion_names_is_on_the_side_of_what_the_results_describe() -> None:
    text = "IRM ENCEPHALIQUE\nRésultats :\nLésion intra-axiale temporale gauche de 40 mm.\nConclusion :\nAspect de glioblastome."
    found = understand(Task(text, ExamMetadata()), None, 10).findings
    assert [(f.concept, f.laterality) for f in found] == [
        ("brain_lesion", Laterality.LEFT),
        ("glioma", Laterality.LEFT),
    ]


def test_workers_find_what_the_process_itself_finds() -> None:
    tasks = [Task(TEXT.replace("8 mm", f"{n} mm"), ExamMetadata()) for n in range(1, 71)]
    with Workers(2) as several, Workers(1) as alone:
        assert Understanding(None, 10, several).of(tasks) == Understanding(None, 10, alone).of(tasks)


def test_a_text_that_takes_too_long_is_given_up() -> None:
    task = Task(PATHOLOGICAL["ten thousand lines"], ExamMetadata())
    with pytest.raises(AnalysisTimeout, match=r"took over 0\.001 s"):
        understand(task, None, 0.001)
    assert Understanding(None, 0.001, Workers(1)).of([task]) == [NotUnderstood("AnalysisTimeout")]


def test_a_text_at_which_the_analyser_fails_is_given_up_without_its_words() -> None:
    tasks = [Task(TEXT, ExamMetadata()), Task("Nodule secret.", ExamMetadata())]
    with mock.patch("indexer.language.understanding.split_sections", side_effect=[KeyError("secret"), ()]):
        failed, other = Understanding(None, 10, Workers(1)).of(tasks)
    assert failed == NotUnderstood("KeyError")
    assert not isinstance(other, NotUnderstood)


def test_passages_in_any_order_are_understood() -> None:
    """Whole and broken passages on end: statements that nobody wrote after one another."""
    luck = Random(20_261_129)  # noqa: S311 (mixes, guards nothing)
    said = [passage.text for passage in passages()]
    pieces = said + [part for text in said for part in text.replace(",", ".").split(".") if part.strip()]
    for _report in range(400):
        text = "".join(luck.choice(pieces) + luck.choice((" ", "\n", ", ", " : ")) for _ in range(25))
        for finding in understand(Task(text, ExamMetadata()), None, 300).findings:
            assert 0 <= finding.start < finding.end <= len(text)


def test_a_size_alone_is_that_of_the_lesion_said_before() -> None:
    found = understand(Task("Plage mal limitée, en regard du repère, lésion.\n12 mm.", ExamMetadata()), None, 10)
    assert [(one.concept, one.measurement and one.measurement.current) for one in found.findings] == [("lesion", (12,))]


@pytest.mark.parametrize("name", list(PATHOLOGICAL))
def test_no_text_hangs_it(name: str) -> None:
    """It raises if it takes minutes: a megabyte of findings takes seconds, and what is quadratic takes hours."""
    assert understand(Task(PATHOLOGICAL[name], ExamMetadata()), None, 300).metadata.modality is None


def test_nothing_of_a_text_is_shown() -> None:
    assert TEXT not in repr(Task(TEXT, ExamMetadata()))

"""What a text tells of its exam."""

import pytest

from indexer.language.exam import completed, stated_exam
from indexer.language.sections import split_sections
from indexer.report import BodyRegion, ExamMetadata, Laterality, Modality, Sex


@pytest.mark.parametrize(
    ("text", "modality", "regions"),
    [
        ("SCANNER THORACO-ABDOMINO-PELVIEN\nRésultats :\nRAS.", Modality.CT, {"thorax", "abdomen", "pelvis"}),
        ("IRM du genou droit\nRésultats :\nRAS.", Modality.MR, {"lower_limb"}),
        ("Angio-IRM cérébrale\nRésultats :\nRAS.", Modality.MR, {"head"}),
        ("Échographie abdominale\nRésultats :\nRAS.", Modality.US, {"abdomen"}),
        ("Radiographie du rachis lombaire\nRésultats :\nRAS.", Modality.DX, {"spine"}),
        ("Mammographie bilatérale\nRésultats :\nRAS.", Modality.MG, {"breast"}),
        ("TEP-TDM au 18F-FDG corps entier\nRésultats :\nRAS.", Modality.PT, {"whole_body"}),
        ("Examen\nTechnique :\nTDM cérébrale sans injection.\nRésultats :\nRAS.", Modality.CT, {"head"}),
    ],
)
def test_modality_and_regions(text: str, modality: Modality, regions: set[str]) -> None:
    stated = stated_exam(text, split_sections(text))
    assert stated.modality is modality
    assert {r.value for r in stated.regions} == regions


@pytest.mark.parametrize(
    ("indication", "sex", "age"),
    [
        ("Femme de 45 ans, douleurs.", Sex.FEMALE, 45),
        ("Patiente âgée de 82 ans.", Sex.FEMALE, 82),
        ("Homme de 7 mois.", Sex.MALE, 0),
        ("67-year-old man with cough.", Sex.MALE, 67),
        ("Douleurs depuis 3 ans.", Sex.UNKNOWN, None),
        ("Contrôle à 5 ans d'une prothèse.", Sex.UNKNOWN, None),
    ],
)
def test_sex_and_age(indication: str, sex: Sex, age: int | None) -> None:
    text = f"Scanner\nIndication :\n{indication}\nRésultats :\nRAS."
    stated = stated_exam(text, split_sections(text))
    assert (stated.sex, stated.age) == (sex, age)


@pytest.mark.parametrize(
    ("technique", "contrast"),
    [
        ("Acquisition après injection de produit de contraste iodé.", True),
        ("Acquisition sans injection.", False),
        ("Sans et avec injection.", True),
        ("Hélice de la base aux apex.", None),
    ],
)
def test_contrast(technique: str, *, contrast: bool | None) -> None:
    text = f"Scanner\nTechnique :\n{technique}\nRésultats :\nRAS."
    assert stated_exam(text, split_sections(text)).contrast is contrast


def test_the_side_of_a_limb() -> None:
    text = "IRM du genou gauche\nRésultats :\nRAS."
    assert stated_exam(text, split_sections(text)).side is Laterality.LEFT


def test_the_record_counts_more_than_the_text() -> None:
    text = "IRM du genou\nIndication :\nFemme de 45 ans.\nRésultats :\nRAS."
    stated = stated_exam(text, split_sections(text))
    kept = completed(ExamMetadata(modality=Modality.CT, age=50), stated)
    assert kept == ExamMetadata(Modality.CT, (BodyRegion.LOWER_LIMB,), Sex.FEMALE, 50)

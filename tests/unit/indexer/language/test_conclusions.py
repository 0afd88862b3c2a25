"""Sizes that the results state of what only the conclusion names."""

import pytest

from indexer.language.understanding import Task, understand
from indexer.report import ExamMetadata


def sized(results: str, conclusion: str, title: str = "SCANNER ABDOMINAL") -> dict[str, float]:
    """Concept -> largest size, over both sections."""
    text = f"{title}\n\nRésultats :\n{results}\n\nConclusion :\n{conclusion}"
    found: dict[str, float] = {}
    for one in understand(Task(text, ExamMetadata()), None, 10).findings:
        if one.measurement and one.measurement.current:
            found[one.concept] = max(found.get(one.concept, 0), *one.measurement.current)
    return found


@pytest.mark.parametrize(
    ("results", "conclusion", "concept", "size"),
    [
        (
            "Vésicule : images hyperéchogènes déclives, la plus grosse de 12 mm.",
            "Lithiase vésiculaire.",
            "gallstones",
            12,
        ),
        (
            "Vésicule distendue, plusieurs images mobiles, la plus grosse 8 mm.",
            "Calculs vésiculaires.",
            "gallstones",
            8,
        ),
        ("Le bassinet droit est mesuré à 17 mm.", "Hydronéphrose droite.", "hydronephrosis", 17),
        ("Aorte sous-rénale : 43 mm.", "Anévrysme de l'aorte abdominale.", "abdominal_aortic_aneurysm", 43),
        (
            "Dilatation de l'aorte abdominale à 37 mm.",
            "Anévrysme de l'aorte abdominale.",
            "abdominal_aortic_aneurysm",
            37,
        ),
        (
            "Ganglions mésentériques nombreux, jusqu'à 14 mm de petit axe.",
            "Adénopathies mésentériques.",
            "abdominal_lymphadenopathy",
            14,
        ),
        ("Ovaire droit : image hétérogène de 52 mm.", "Endométriome droit.", "endometrioma", 52),
        ("Structure tubulée borgne de 11 mm de diamètre.", "Appendicite.", "appendicitis", 11),
        ("Formations nodulaires du myomètre, de 38 mm au plus.", "Utérus myomateux.", "uterine_fibroid", 38),
    ],
)
def test_what_the_conclusion_names_has_the_size_of_what_the_results_describe(
    results: str, conclusion: str, concept: str, size: float
) -> None:
    assert sized(results, conclusion)[concept] == size


@pytest.mark.parametrize(
    ("results", "conclusion", "concept"),
    [
        ("Vésicule : image de 12 mm.", "Calcul du rein droit.", "urinary_stone"),
        ("Rein gauche : image de 12 mm.", "Calcul du rein droit.", "urinary_stone"),
        ("Rein droit de 112 mm.", "Hydronéphrose droite.", "hydronephrosis"),
        ("Aorte abdominale : plaque de 6 mm.", "Anévrysme de l'aorte abdominale.", "abdominal_aortic_aneurysm"),
        ("Aorte ascendante : 38 mm.", "Anévrysme de l'aorte abdominale.", "abdominal_aortic_aneurysm"),
        ("Ganglions mésentériques de 6 mm, banals.", "Adénopathies mésentériques.", "abdominal_lymphadenopathy"),
        ("Pas d'image de plus de 5 mm dans la vésicule.", "Lithiase vésiculaire.", "gallstones"),
        ("Foie : plage de 30 mm.", "Stéatose hépatique.", "hepatic_steatosis"),
    ],
)
def test_it_has_no_size_of_another_organ_or_side_or_of_what_is_normal(
    results: str, conclusion: str, concept: str
) -> None:
    assert concept not in sized(results, conclusion)


def test_a_size_of_its_own_is_kept() -> None:
    assert sized("Aorte abdominale : 45 mm.", "Anévrysme de l'aorte abdominale de 47 mm.") == {
        "abdominal_aortic_aneurysm": 47
    }

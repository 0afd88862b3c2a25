"""Sections by their headings, in every way in which reports write them."""

import re
import time
import unicodedata
from itertools import pairwise

import pytest

from indexer.language.sections import heading_names, split_sections, tells_the_past
from indexer.report import SectionKind
from indexer.words import fold

INDICATION, TECHNIQUE, COMPARISON = SectionKind.INDICATION, SectionKind.TECHNIQUE, SectionKind.COMPARISON
RESULTS, CONCLUSION, PREAMBLE = SectionKind.RESULTS, SectionKind.CONCLUSION, SectionKind.PREAMBLE


def parts(text: str) -> list[tuple[SectionKind, str]]:
    return [(section.kind, text[section.start : section.end]) for section in split_sections(text)]


WAYS = {
    "colon": "Indication : toux.\nTechnique : sans injection.\nRésultats : nodule.\nConclusion : à suivre.",
    "capitals and colon": "INDICATION: toux.\nTECHNIQUE: sans injection.\nRÉSULTATS: nodule.\nCONCLUSION: à suivre.",
    "no accents": "INDICATION : toux.\nTECHNIQUE : sans injection.\nRESULTATS : nodule.\nCONCLUSION : à suivre.",
    "alone": "Indication\ntoux.\n\nTechnique\nsans injection.\n\nRésultats\nnodule.\n\nConclusion\nà suivre.",
    "bold": "**Indication**\ntoux.\n**Technique :** sans injection.\n**RÉSULTATS** : nodule.\n__Conclusion__\nà suivre.",
    "numbered": "1. Indication : toux.\n2) Technique : sans injection.\n3. Résultats\nnodule.\n 4. Conclusion\nà suivre.",
    "markdown": "# Indication\ntoux.\n## Technique\nsans injection.\n## Résultats\nnodule.\n# Conclusion\nà suivre.",
    "bullets": "- Indication : toux.\n• Technique : sans injection.\n> Résultats : nodule.\n* Conclusion : à suivre.",
    "inline capitals": "INDICATION toux.\nTECHNIQUE sans injection.\nRESULTATS nodule.\nCONCLUSION à suivre.",
    "no-break spaces": "Indication\u00a0: toux.\nTechnique\u202f: sans injection.\n\u00a0Résultats\u00a0:\u00a0nodule.\n"
    "Conclusion\u00a0\nà suivre.",
    "carriage returns": "Indication : toux.\r\nTechnique\r\nsans injection.\r\nRésultats :\r\nnodule.\r\n\r\nCONCLUSION\r\n"
    "à suivre.\r\n",
    "wide colon": "Indication：toux.\nTechnique：sans injection.\nRésultats：nodule.\nConclusion：à suivre.",
    "indented": "\t Indication : toux.\n   Technique : sans injection.\n\tRésultats :\n nodule.\n  Conclusion :\n à suivre.",
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_headings_gives_the_same_sections(way: str) -> None:
    assert parts(WAYS[way]) == [
        (INDICATION, "toux."),
        (TECHNIQUE, "sans injection."),
        (RESULTS, "nodule."),
        (CONCLUSION, "à suivre."),
    ]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Motif de l'examen", INDICATION),
        ("Renseignements cliniques", INDICATION),
        ("ANTÉCÉDENTS", INDICATION),
        ("Clinical history", INDICATION),
        ("R.C.", INDICATION),
        ("Indic.", INDICATION),
        ("Renseignements", INDICATION),
        ("Circonstances", INDICATION),
        ("Clinical details", INDICATION),
        ("PMH", INDICATION),
        ("Tech", TECHNIQUE),
        ("Trouvailles", RESULTS),
        ("OPINION", CONCLUSION),
        ("Protocole d’acquisition", TECHNIQUE),
        ("Séquences réalisées", TECHNIQUE),
        ("Éléments de comparaison", COMPARISON),
        ("Examen antérieur", COMPARISON),
        ("Findings", RESULTS),
        ("Compte-rendu", RESULTS),
        ("COMPTE RENDU", RESULTS),
        ("Constatations", RESULTS),
        ("Impression", CONCLUSION),
        ("Au total", CONCLUSION),
        ("En synthèse", CONCLUSION),
        ("Corrélation et concordance", None),
    ],
)
def test_variants_of_a_heading(heading: str, kind: SectionKind | None) -> None:
    found = parts(f"{heading} :\nTexte de cette partie.")
    assert found == (
        [(kind, "Texte de cette partie.")] if kind else [(RESULTS, f"{heading} :\nTexte de cette partie.")]
    )


def test_every_heading_of_the_table_is_found_in_small_letters_and_capitals() -> None:
    for name, kind in heading_names().items():
        for written in (name, name.upper(), name.capitalize()):
            assert parts(f"{written} : corps.") == [(kind, "corps.")], written


def test_an_english_report() -> None:
    text = "CLINICAL INFORMATION: Cough.\nPROTOCOL: CT.\nCOMPARISON: None.\nFINDINGS: Nodule.\nIMPRESSION: Benign."
    assert [kind for kind, _body in parts(text)] == [INDICATION, TECHNIQUE, COMPARISON, RESULTS, CONCLUSION]
    assert parts(text)[-1] == (CONCLUSION, "Benign.")


def test_what_stands_before_the_first_heading_is_the_preamble() -> None:
    assert parts("Scanner thoracique\n\nIndication : toux.") == [
        (PREAMBLE, "Scanner thoracique"),
        (INDICATION, "toux."),
    ]


@pytest.mark.parametrize("text", ["Pas de fracture.", "Pas de fracture.\n\nFoie normal.", "fracture"])
def test_a_report_without_headings_is_one_section_of_results(text: str) -> None:
    assert parts(f"\n  {text}\t\n") == [(RESULTS, text)]


@pytest.mark.parametrize("text", ["", "  \n\t\u00a0 "])
def test_a_text_of_blanks_has_no_section(text: str) -> None:
    assert split_sections(text) == ()


def test_a_heading_without_a_body_is_left_out() -> None:
    assert parts("Indication :\nTechnique :\n\nRésultats : nodule.\nConclusion :") == [(RESULTS, "nodule.")]


@pytest.mark.parametrize(
    "text",
    [
        "La conclusion : rien.",
        "Nodule : indication chirurgicale.",
        "Conclusion rassurante pour le patient.",
        "Voir la technique\u00a0opératoire.",
        "Résultat de la biopsie : bénin.",
        "IRM cérébrale normale.",
        "CONCLUSIONS",
    ],
)
def test_what_only_resembles_a_heading_is_text(text: str) -> None:
    kept = [] if text == "CONCLUSIONS" else [(RESULTS, text)]
    assert parts(text) == kept


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CONCLUSION Pas de fracture.", [(CONCLUSION, "Pas de fracture.")]),
        ("CONCLUSION Voir : la suite.", [(CONCLUSION, "Voir : la suite.")]),
        ("RESULTATS DE L'EXAMEN : nodule.", [(RESULTS, "nodule.")]),
        ("CONCLUSION\nPas de fracture.", [(CONCLUSION, "Pas de fracture.")]),
        ("Conclusion Pas de fracture.", [(RESULTS, "Conclusion Pas de fracture.")]),
    ],
)
def test_only_a_heading_in_capitals_goes_on_into_its_text(text: str, found: list[tuple[SectionKind, str]]) -> None:
    assert parts(text) == found


def test_a_heading_may_come_twice() -> None:
    text = "Résultats : foie.\nConclusion : un.\nRésultats : rein.\nConclusion : deux."
    assert parts(text) == [(RESULTS, "foie."), (CONCLUSION, "un."), (RESULTS, "rein."), (CONCLUSION, "deux.")]


def test_an_unknown_heading_stays_in_the_section() -> None:
    assert parts("Résultats :\nFoie : normal.\nRate : normale.") == [(RESULTS, "Foie : normal.\nRate : normale.")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Écho du foie\nFoie normal.\nCCL : rien.",
            [(PREAMBLE, "Écho du foie"), (RESULTS, "Foie normal."), (CONCLUSION, "rien.")],
        ),
        ("Foie normal.\nConclusion : rien.", [(RESULTS, "Foie normal."), (CONCLUSION, "rien.")]),
        (
            "Technique : hélice.\nFoie normal.\nRate normale.\nConclusion : rien.",
            [(TECHNIQUE, "hélice."), (RESULTS, "Foie normal.\nRate normale."), (CONCLUSION, "rien.")],
        ),
        (
            "Motif : toux.\nTechnique : hélice.\nRien.",
            [(INDICATION, "toux."), (TECHNIQUE, "hélice."), (RESULTS, "Rien.")],
        ),
        (
            "Indication : toux.\nTechnique : hélice.\nConclusion : rien.",
            [(INDICATION, "toux."), (TECHNIQUE, "hélice."), (CONCLUSION, "rien.")],
        ),
        ("Conclusion : rien.", [(CONCLUSION, "rien.")]),
    ],
)
def test_results_without_a_heading_stand_before_the_conclusion(text: str, found: list[tuple[SectionKind, str]]) -> None:
    assert parts(text) == found


@pytest.mark.parametrize(
    "told",
    [
        "Pte de 31 ans, nodule palpé du sein gauche.",
        "F 28 a, dlr FIG depuis ce matin, CRP 45",
        "52 ans, G2P2, métrorragies.",
        "Votre patient de 40 ans se plaint d'une dyspnée d'effort.",
        "Marathonienne, 35 ans, douleur de la hanche.",
        "Lymphome en cours de chimiothérapie. Réévaluation.",
        "Chute cette nuit, sous AVK.",
        "Carcinome du côlon opéré (tumeur de 42 mm), immunothérapie en cours, réévaluation.",
        "Contrôle de drain, désaturation. Pneumopathie ?",
        "ctrl post-op J2, fièvre",
        "Chère consœur,\nMerci de m'avoir confié ce patient de 61 ans pour un bilan de lombalgie.",
        "56M, RUQ pain, fever.",
        "Mme B., 82 ans, tombée de sa hauteur.",
        "Lombosciatique gauche.",
        "HTA, palpitations.",
        "Exclure une lithiase.",
        "Notion de nodule sur la radio.",
    ],
)
def test_a_first_line_about_the_patient_is_the_indication(told: str) -> None:
    seen = "Nodule de 12 mm.\n\nPas d'épanchement."
    assert parts(f"Scanner thoracique\n\n{told}\n\n{seen}") == [
        (PREAMBLE, "Scanner thoracique"),
        (INDICATION, told),
        (RESULTS, seen),
    ]


@pytest.mark.parametrize(
    "seen",
    [
        "Fracture du radius, à bascule postérieure. Contrôle après réduction.",
        "Atrophie corticale chez cette patiente de 84 ans, en rapport avec l'âge.",
        "Goitre en cours de majoration, suivi depuis 3 ans.",
        "Status après cholécystectomie et néphrectomie droite. Stéatose.",
        "Pneumopathie lobaire en cours de régression sous traitement.",
        "Grossesse unique évolutive. Conditions d'examen moyennes.",
        "Gonarthrose interne évoluée avec douleurs. Prothèse à discuter.",
        "Hernie discale L4-L5 gauche. Canal étroit.",
        "Multiple gallstones. No biliary dilatation.",
    ],
)
def test_a_first_line_about_the_images_is_the_result(seen: str) -> None:
    assert parts(f"Scanner thoracique\n\n{seen}\n\nPas d'épanchement.")[1:] == [
        (RESULTS, f"{seen}\n\nPas d'épanchement.")
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Homme de 60 ans, toux. Opacité du lobe moyen. Nodule à gauche.",
            [(INDICATION, "Homme de 60 ans, toux."), (RESULTS, "Opacité du lobe moyen. Nodule à gauche.")],
        ),
        (
            "TDM TAP injectée. Astreinte de nuit.\n\nIndication. Chute. EP ?\n\nRésultats. Nodule.\n\nConclusion. Nodule.",
            [
                (PREAMBLE, "TDM TAP injectée. Astreinte de nuit."),
                (INDICATION, "Chute. EP ?"),
                (RESULTS, "Nodule."),
                (CONCLUSION, "Nodule."),
            ],
        ),
        (
            "CENTRE D'IMAGERIE\nRADIOGRAPHIE DU THORAX et ÉCHOGRAPHIE\n(cliché couché)\nOpacité.",
            [
                (PREAMBLE, "CENTRE D'IMAGERIE\nRADIOGRAPHIE DU THORAX et ÉCHOGRAPHIE\n(cliché couché)"),
                (RESULTS, "Opacité."),
            ],
        ),
        (
            "COMPTE RENDU\nIRM cérébrale\n\nCéphalées, méningiome ?\n\nNodule.",
            [(PREAMBLE, "COMPTE RENDU\nIRM cérébrale"), (INDICATION, "Céphalées, méningiome ?"), (RESULTS, "Nodule.")],
        ),
        (
            "Motif : toux, fièvre. Résultat : nodule du LSD. Conclusion : nodule.",
            [(INDICATION, "toux, fièvre."), (RESULTS, "nodule du LSD."), (CONCLUSION, "nodule.")],
        ),
        ("R.C. : toux.\nNodule.", [(INDICATION, "toux."), (RESULTS, "Nodule.")]),
        (
            "Écho du foie\nFoie gras.\n=> stéatose.",
            [(PREAMBLE, "Écho du foie"), (RESULTS, "Foie gras."), (CONCLUSION, "=> stéatose.")],
        ),
    ],
)
def test_what_tells_of_patient_images_and_exam_is_told_apart(text: str, found: list[tuple[SectionKind, str]]) -> None:
    assert parts(text) == found


@pytest.mark.parametrize(
    ("heading", "past"),
    [
        ("Antécédents : ", True),
        ("**ATCD**\n", True),
        ("Past medical history: ", True),
        ("ANTECEDENTS CHIRURGICAUX : ", True),
        ("Contexte et antécédents : ", False),
        ("Indication : ", False),
    ],
)
def test_a_heading_of_antecedents_tells_the_past(heading: str, *, past: bool) -> None:
    text = f"Scanner\n\n{heading}fracture.\n\nRésultats : nodule."
    (section,) = [s for s in split_sections(text) if s.kind is INDICATION]
    assert tells_the_past(text, section) is past


def test_spans_are_in_order_apart_and_cover_everything_but_the_headings() -> None:
    for text in WAYS.values():
        sections = split_sections(text)
        left = text
        for section in reversed(sections):
            left = left[: section.start] + left[section.end :]
        assert all(one.end <= next_.start for one, next_ in pairwise(sections))
        assert re.findall("[a-z]{3,}", fold(left)) == ["indication", "technique", "resultats", "conclusion"]


def test_composed_letters_of_any_case_make_the_same_heading() -> None:
    assert parts(unicodedata.normalize("NFC", "Re\u0301sultats : nodule.")) == [(RESULTS, "nodule.")]


PATTERNS = {
    "blanks": " ",
    "rules": "*_- ",
    "number and blanks": "1. " + " " * 100,
    "lines": "Foie de taille normale, sans lésion focale visible.\n",
    "headings": "Conclusion : rien.\n",
    "colons": "abc : ",
    "capitals": "CONCLUSION ",
    "words on one line": "foie normal ",
    "line ends": "\n",
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_time_grows_with_the_length_of_the_text_not_with_its_square(pattern: str) -> None:
    """Ten times the text may take at most forty times the time; were it the square, a hundred times."""

    def seconds(size: int) -> float:
        text = (PATTERNS[pattern] * (size // len(PATTERNS[pattern]) + 1))[:size]
        started = time.perf_counter()
        split_sections(text)
        return time.perf_counter() - started

    small = max(min(seconds(20_000) for _ in range(5)), 1e-4)
    assert min(seconds(200_000) for _ in range(2)) < 40 * small


def test_a_megabyte_is_split() -> None:
    body = "Foie de taille normale, sans lésion focale visible.\n" * 20_000
    text = f"Indication : toux.\nRésultats : {body}Conclusion : rien."
    assert len(text) > 1_000_000
    assert [kind for kind, _body in parts(text)] == [INDICATION, RESULTS, CONCLUSION]

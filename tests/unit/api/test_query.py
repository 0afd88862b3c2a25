"""What a typed query means: phrases, exclusions, what is denied, its language, its length."""

from typing import Any

import pytest

from api.query import ParsedQuery, is_foreign, parse_pasted, parse_query
from indexer.errors import QueryError
from indexer.report import SectionKind
from indexer.stores.text.base import TextQuery, WithinSection
from indexer.words import terms

_MARKER = "Zyxwvutopathie"


@pytest.mark.parametrize("quoted", ['"col fémoral"', "«col fémoral»", "« col fémoral »", "“col fémoral”"])
def test_quoted_words_are_a_phrase_and_are_ranked_by(quoted: str) -> None:
    parsed = parse_query(f"fracture {quoted} droit")
    assert parsed.lexical.phrases == (("col", "femoral"),)
    assert parsed.lexical.terms == ("fractur", "col", "femoral", "droit")
    assert parsed.text.split() == ["fracture", "col", "fémoral", "droit"]


def test_a_phrase_keeps_function_words_and_elided_particles() -> None:
    assert parse_query('"rupture de l\'aorte" « effet de masse »').lexical.phrases == (
        ("rupture", "de", "l", "aorte"),
        ("effet", "de", "masse"),
    )


@pytest.mark.parametrize("text", ['"kyste rénal', 'kyste rénal"', "« kyste rénal", "kyste” rénal“", 'kyste "" rénal'])
def test_unbalanced_or_empty_quotes_are_no_operators(text: str) -> None:
    assert parse_query(text).lexical.phrases == ()
    assert parse_query(text).lexical.terms == ("kyst", "renal")


def test_a_hyphen_before_a_word_excludes_it() -> None:
    parsed = parse_query("kyste -rein -foie, simple")
    assert parsed.lexical.excluded == ("rein", "foi")
    assert parsed.lexical.terms == ("kyst", "simpl")
    assert "rein" not in parsed.text


def test_the_first_word_can_be_excluded() -> None:
    assert parse_query("-rein kyste").lexical == TextQuery(terms=("kyst",), affirmed=("kyst",), excluded=("rein",))


def test_an_elided_word_is_excluded_without_its_particle() -> None:
    assert parse_query("kyste -l’utérus").lexical.excluded == ("uterus",)


def test_all_parts_of_a_compound_word_are_excluded() -> None:
    parsed = parse_query("sténose -post-opératoire")
    assert parsed.lexical.excluded == ("post", "operatoir")
    assert parsed.lexical.terms == ("stenos",)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("hernie L5-S1", ("hern", "l5", "s1")),
        ("état post-opératoire", ("etat", "post", "operatoir")),
        ("kyste - rein", ("kyst", "rein")),
        ("kyste – rein", ("kyst", "rein")),
        ("kyste -", ("kyst",)),
        ("T-score -2,5", ("t", "scor", "2,5")),
        ("densité -100 UH", ("densit", "100", "uh")),
    ],
    ids=["level", "compound", "bullet", "dash", "alone", "decimal", "density"],
)
def test_other_hyphens_exclude_nothing(text: str, terms: tuple[str, ...]) -> None:
    assert parse_query(text).lexical.excluded == ()
    assert parse_query(text).lexical.terms == terms


@pytest.mark.parametrize(
    "pasted",
    ['Rein :\n-kyste simple\n-pas de calcul "coralliforme"', '-kyste "simple" ' + "du rein gauche " * 20],
    ids=["lines", "long"],
)
def test_bullets_and_quotes_of_a_pasted_text_are_no_operators(pasted: str) -> None:
    parsed = parse_query(pasted)
    assert (parsed.lexical.phrases, parsed.lexical.excluded, parsed.text) == ((), (), pasted)
    assert "kyst" in parsed.lexical.terms


def test_line_ends_around_a_query_do_not_make_it_a_pasted_text() -> None:
    assert parse_query("\nkyste -rein\n").lexical.excluded == ("rein",)


def test_excluded_words_alone_are_a_query_without_words_to_rank_by() -> None:
    assert parse_query("-rein").lexical == TextQuery(excluded=("rein",))


@pytest.mark.parametrize("quoted", [f'"{_MARKER} simple"', f"« {_MARKER} »", f"“{_MARKER}”"])
def test_an_excluded_phrase_is_refused_and_not_turned_into_its_contrary(quoted: str) -> None:
    with pytest.raises(QueryError, match="a phrase in quotes cannot be excluded; put a hyphen before") as caught:
        parse_query(f"kyste -{quoted}")
    assert _MARKER not in str(caught.value)


_CONCLUSION = SectionKind.CONCLUSION
_NAMED = {
    "indication": SectionKind.INDICATION,
    "technique": SectionKind.TECHNIQUE,
    "comparaison": SectionKind.COMPARISON,
    "comparison": SectionKind.COMPARISON,
    "résultats": SectionKind.RESULTS,
    "resultats": SectionKind.RESULTS,
    "re\u0301sultats": SectionKind.RESULTS,
    "results": SectionKind.RESULTS,
    "conclusion": SectionKind.CONCLUSION,
}


@pytest.mark.parametrize(("name", "section"), _NAMED.items())
def test_a_word_after_the_name_of_a_section_must_stand_in_it_and_is_ranked_by(name: str, section: SectionKind) -> None:
    for spelt in (name, name.upper(), name.capitalize()):
        parsed = parse_query(f"poumon {spelt}:embolies, droite")
        assert parsed.lexical == TextQuery(
            terms=("poumon", "embol", "droit"),
            affirmed=("poumon", "embol", "droit"),
            within=(WithinSection(section, term="embol"),),
        )
        assert parsed.text.split() == ["poumon", "embolies", ",", "droite"]


@pytest.mark.parametrize("quoted", ['"Col du fémur"', "«Col du fémur»", "« Col du fémur »", "“Col du fémur”"])
def test_quoted_words_after_the_name_of_a_section_are_a_phrase_of_it_alone(quoted: str) -> None:
    parsed = parse_query(f'conclusion:{quoted} "hanche droite"')
    assert parsed.lexical.within == (WithinSection(_CONCLUSION, phrase=("col", "du", "femur")),)
    assert parsed.lexical.phrases == (("hanche", "droite"),)
    assert parsed.lexical.terms == ("col", "femur", "hanch", "droit")
    assert parsed.text.split() == ["Col", "du", "fémur", "hanche", "droite"]


def test_a_hyphen_before_a_section_excludes_what_it_holds_and_nothing_is_ranked_by_it() -> None:
    parsed = parse_query('genou -conclusion:fracture -Résultats:"pas d\'épanchement"')
    assert parsed.lexical == TextQuery(
        terms=("genou",),
        affirmed=("genou",),
        within=(
            WithinSection(_CONCLUSION, term="fractur", excluded=True),
            WithinSection(SectionKind.RESULTS, phrase=("pas", "d", "epanchement"), excluded=True),
        ),
    )
    assert parsed.text.split() == ["genou"]
    assert not parsed.foreign


def test_what_a_section_must_not_hold_is_a_query_without_words_to_rank_by() -> None:
    within = (WithinSection(_CONCLUSION, term="fractur", excluded=True),)
    assert parse_query("-conclusion:fracture").lexical == TextQuery(within=within)


@pytest.mark.parametrize(
    ("word", "within"),
    [
        ("l'embolie", [{"term": "embol"}]),
        ("post-opératoire", [{"term": "post"}, {"term": "operatoir"}]),
        ("L4-L5.", [{"term": "l4"}, {"term": "l5"}]),
        ("2,5", [{"term": "2,5"}]),
        ("12.", [{"term": "12"}]),
        ("de", [{"phrase": ("de",)}]),
        ("pas", [{"term": "pas"}]),
        ("字", [{"term": "字"}]),
        ('"-rein conclusion:foie"', [{"phrase": ("rein", "conclusion", "foie")}]),
        ('"?"', []),
    ],
)
def test_what_is_sought_in_a_section(word: str, within: list[dict[str, Any]]) -> None:
    lexical = parse_query(f"kyste conclusion:{word}").lexical
    assert lexical.within == tuple(WithinSection(_CONCLUSION, **one) for one in within)
    assert (lexical.excluded, lexical.phrases) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        "Conclusion : embolie pulmonaire",
        "Conclusion: embolie pulmonaire",
        "Conclusion :embolie pulmonaire",
        "Conclusion : « embolie » pulmonaire",
        "En conclusion:, embolie",
        "conclusion:",
        "(conclusion:embolie)",
        "sous-conclusion:embolie",
        "T2:hypersignal",
        "conclusions:embolie",
        "préambule:embolie",
        "preamble:embolie",
        "\u0131nd\u0131cation:embolie",
        '"voir conclusion:embolie"',
        "conclusion::embolie",
        "conclusion:-embolie",
        "conclusion:embolie\ndroite",
        "conclusion:embolie " * 16,
    ],
)
def test_other_colons_are_no_operators(text: str) -> None:
    parsed = parse_query(text)
    assert (parsed.lexical.within, parsed.lexical.excluded) == ((), ())
    assert parsed.lexical.terms == tuple(terms(text))


def test_a_phrase_after_an_unknown_name_is_a_phrase_of_the_whole() -> None:
    assert parse_query('verdict:"embolie pulmonaire"').lexical.phrases == (("embolie", "pulmonaire"),)
    assert parse_query('conclusion: "embolie pulmonaire"').lexical.phrases == (("embolie", "pulmonaire"),)


@pytest.mark.parametrize(
    "text", ["", "   ", "\n", "?!", "-", '""', '"" -', "«»", "\x00", "l'", "de la", '"de la"', "-de"]
)
def test_a_query_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="no word to search for; type at least one word or number"):
        parse_query(text)


@pytest.mark.parametrize("text", ["pas", "sans", "7", "é", "10 mm"])
def test_negations_and_numbers_are_words(text: str) -> None:
    assert parse_query(text).lexical.terms


def test_the_longest_text_allowed_is_understood() -> None:
    text = ("kyste du rein gauche sans calcul " * 700)[:20_000]
    parsed = parse_query(text)
    # 33 characters with five terms: 606 of them whole, and "ky"
    assert len(parsed.lexical.terms) == 606 * 5 + 1
    assert parsed.describes


def test_a_word_of_twenty_thousand_letters_is_one_word() -> None:
    parsed = parse_query("a" * 20_000)
    assert (len(parsed.lexical.terms), parsed.describes) == (1, False)


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("sans embolie", (("embol",),)),
        ("pas d'embolie pulmonaire", (("embol", "pulmonair"),)),
        ("PAS D’EMBOLIE", (("embol",),)),
        ("absence d'embolie", (("embol",),)),
        ("aucune embolie", (("embol",),)),
        ("embolie non retrouvée", (("embol",),)),
        ("no pulmonary embolism", (("pulmonary", "embolism"),)),
        ("without fracture", (("fractur",),)),
        ("pas d'épanchement pleural ni péricardique", (("epanch", "pleural"),)),
        ("embolie pulmonaire sans infarctus", (("infarctus",),)),
        ("embolie pulmonaire", ()),
        ("scanner sans injection", ()),
        ("scanner sans et avec injection", ()),
        ("kyste sans modification", ()),
    ],
)
def test_what_a_query_denies(text: str, things: tuple[tuple[str, ...], ...]) -> None:
    assert parse_query(text).lexical.denied_things == things


@pytest.mark.parametrize(
    "text",
    [
        "pas d'embolie et pas de pneumothorax",
        "sans embolie, sans pneumothorax",
        "sans embolie, sans signe de pneumothorax",
        "absence d'embolie, absence de pneumothorax",
        "pas d'embolie. Pas de pneumothorax.",
    ],
)
def test_each_negation_names_a_thing_of_its_own(text: str) -> None:
    assert parse_query(text).lexical.denied_things == (("embol",), ("pneumothorax",))


@pytest.mark.parametrize("text", ["sans embolie ou pneumothorax", "sans embolie, kyste rénal", "ni embolie ni kyste"])
def test_a_joining_word_or_a_comma_ends_what_is_denied(text: str) -> None:
    assert parse_query(text).lexical.denied_things == (("embol",),)


def test_a_comma_within_a_number_parts_nothing() -> None:
    assert parse_query("pas de nodule 2,5 mm").lexical.denied_things == (("nodul", "2,5", "mm"),)


@pytest.mark.parametrize(
    "text",
    [
        "pas de signe d'embolie",
        "pas d'argument en faveur d'une embolie",
        "sans image d'embolie",
        "pas d'embolie visible",
    ],
)
def test_words_that_carry_a_denial_are_not_what_is_denied(text: str) -> None:
    assert parse_query(text).lexical.denied_things == (("embol",),)


def test_words_that_are_denied_are_not_affirmed() -> None:
    lexical = parse_query("fracture sans déplacement mais ouverte").lexical
    assert lexical.affirmed == ("fractur", "mais", "ouvert")
    assert lexical.denied_things == (("deplac",),)


def test_more_than_twelve_terms_describe_a_report_and_deny_nothing() -> None:
    twelve = "pas d'embolie " + " ".join(f"mot{i}" for i in range(10))
    short, long = parse_query(twelve), parse_query(twelve + " encore")
    assert (len(short.lexical.terms), short.describes, len(short.lexical.denied_things)) == (12, False, 1)
    assert (len(long.lexical.terms), long.describes, long.lexical.denied_things) == (13, True, ())
    assert long.lexical.affirmed == ()


def test_nothing_in_a_pasted_report_is_an_operator() -> None:
    parsed = parse_pasted('Kyste "simple" -rein conclusion:foie. Pas de calcul.')
    assert parsed.lexical == TextQuery(
        terms=("kyst", "simpl", "rein", "conclus", "foi", "pas", "calcul"),
        affirmed=("kyst", "simpl", "rein", "conclus", "foi"),
    )
    assert parsed.describes


@pytest.mark.parametrize(
    "text",
    [
        "embolie pulmonaire",
        "kyste",
        "AVC",
        "IRM genou droit",
        "HEPATOMEGALIE HOMOGENE",
        "hernie discale L5-S1",
        "nodule thyroïdien EU-TIRADS 4",
        "fracture du col fémoral",
        "kyste arachnoïdien temporal avec effet de masse",
        "10 mm",
        "123",
        "",
    ],
)
def test_french_and_what_is_of_no_language_is_not_foreign(text: str) -> None:
    assert not is_foreign(text)


@pytest.mark.parametrize(
    "text",
    [
        "kidney stone",
        "brain hemorrhage with midline shift",
        "fracture of the femoral neck",
        "acute appendicitis in a child",
        "Lungenembolie mit Rechtsherzbelastung und Pleuraerguss",
    ],
)
def test_what_is_surely_not_french_is_foreign(text: str) -> None:
    assert is_foreign(text)
    assert parse_query(text).foreign


def test_the_operators_do_not_decide_the_language() -> None:
    assert parse_query('"fracture of the femoral neck" -hip').foreign


@pytest.mark.parametrize("parse", [parse_query, parse_pasted])
def test_a_query_hides_itself(parse: object) -> None:
    assert callable(parse)
    parsed = parse(f'{_MARKER} "{_MARKER} simple" -{_MARKER} conclusion:{_MARKER} sans {_MARKER}')
    assert isinstance(parsed, ParsedQuery)
    for shown in (repr(parsed), str(parsed), f"{parsed}", repr([parsed.lexical]), repr(parsed.lexical.within)):
        assert _MARKER.lower() not in shown.lower()
        assert "zyxw" not in shown.lower()

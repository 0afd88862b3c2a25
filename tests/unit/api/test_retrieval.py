"""Search over real stores, in every mode: what comes first, what may not come, what comes last."""

import datetime as dt
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from api.query import parse_pasted, parse_query
from api.ranking import QueryKind
from api.retrieval import Question, search
from api.schemas import SearchMode
from indexer.encoders.sentence_transformer import SentenceTransformerEncoder
from indexer.errors import QueryError
from indexer.report import BodyRegion, ExamMetadata, Modality, Report, Sex
from indexer.stores.filters import Filters
from tests.unit.api.bench import AFFIRMING, Bench, open_bench, report, small_corpus

EVERY_MODE = pytest.mark.parametrize("mode", list(SearchMode))
WITH_WORDS = pytest.mark.parametrize("mode", [SearchMode.HYBRID, SearchMode.LEXICAL])
WITH_MEANING = pytest.mark.parametrize("mode", [SearchMode.HYBRID, SearchMode.SEMANTIC])
_IDS = {r.report_id for r in small_corpus()}
_MARKER = "Zyxwvutopathie"
_Value = TypeVar("_Value")


@EVERY_MODE
@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("kyste du rein gauche", "kyste_renal"),
        ("FRACTURE DU COL FEMORAL", "fracture_col"),
        ("fissure méniscale, ménisque interne", "menisque"),
        ("hernie L5-S1", "hernie"),
        ("pneumothorax gauche", "pneumothorax"),
    ],
)
def test_the_report_that_says_it_comes_first(bench: Bench, mode: SearchMode, typed: str, first: str) -> None:
    assert bench.ids(typed, mode)[0] == first


def test_words_find_only_reports_that_hold_one_and_meaning_ranks_all(bench: Bench) -> None:
    assert set(bench.ids("kyste gauche", SearchMode.LEXICAL)) == {"kyste_renal", "kyste_hepatique", "pneumothorax"}
    assert set(bench.ids("kyste gauche", SearchMode.SEMANTIC)) == _IDS
    assert set(bench.ids("kyste gauche", SearchMode.HYBRID)) == _IDS


def test_each_mode_tells_of_its_own_signals_only(bench: Bench) -> None:
    by_words, by_meaning, by_both = (
        bench.find("kyste rein", mode)[0] for mode in (SearchMode.LEXICAL, SearchMode.SEMANTIC, SearchMode.HYBRID)
    )
    assert by_words.lexical is not None
    assert (by_words.similarity, by_words.semantic_score, by_words.semantic_rank) == (None, None, None)
    assert (by_words.ranked.semantic, by_words.ranked.score) == (0.0, by_words.ranked.lexical)
    assert (by_meaning.lexical, by_meaning.lexical_rank, by_meaning.ranked.lexical) == (None, None, 0.0)
    assert (by_both.lexical_rank, by_both.semantic_rank) == (1, 1)
    assert by_both.lexical == pytest.approx(by_words.lexical)
    assert by_both.semantic_score == pytest.approx(by_meaning.semantic_score)


def test_a_report_that_holds_no_word_has_no_lexical_score(bench: Bench) -> None:
    last = next(f for f in bench.find("kyste", SearchMode.HYBRID) if f.ranked.report_id == "hernie")
    assert (last.lexical, last.lexical_rank) == (None, None)


# Invariant 7 ----------------------------------------------------------------------------------------------------------

_DENIALS = [
    "sans embolie",
    "pas d'embolie pulmonaire",
    "absence d'embolie",
    "PAS D’EMBOLIE",
    "aucune embolie",
    "embolie non retrouvée",
    "pas de signe d'embolie",
    "angioscanner sans embolie pulmonaire",
    "sans embolie ou pneumothorax",
    "pas d'embolie, pas de fracture",
]
"""French denials; the encoder is deaf to every one of them."""


@EVERY_MODE
@pytest.mark.parametrize("typed", _DENIALS)
def test_what_the_query_denies_comes_after_all_else(bench: Bench, mode: SearchMode, typed: str) -> None:
    found = bench.find(typed, mode)
    affirming = [f.ranked.report_id in AFFIRMING for f in found]
    assert {"embolie_niee", "embolie_absente"} <= {f.ranked.report_id for f in found}
    assert affirming == sorted(affirming)
    assert all(f.contradicts for f in found if f.ranked.report_id in AFFIRMING)


@WITH_MEANING
def test_without_the_denial_the_deaf_encoder_ranks_an_embolism_first(bench: Bench, mode: SearchMode) -> None:
    # What the tests around this one would miss if the denial did nothing.
    assert bench.ids("embolie pulmonaire droite", mode)[0] == "embolie_droite"
    assert not any(f.contradicts for f in bench.find("embolie pulmonaire droite", mode))


@pytest.fixture(scope="module")
def tiny_bench(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: SentenceTransformerEncoder) -> Bench:
    return open_bench(tmp_path_factory.mktemp("tiny"), small_corpus(), tiny_encoder)


@EVERY_MODE
@pytest.mark.parametrize("typed", _DENIALS[:3])
def test_it_holds_with_the_vectors_of_a_transformer(tiny_bench: Bench, mode: SearchMode, typed: str) -> None:
    affirming = [f.ranked.report_id in AFFIRMING for f in tiny_bench.find(typed, mode)]
    assert set(affirming) == {True, False}
    assert affirming == sorted(affirming)


_MANY = 600


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """600 reports that affirm an embolism, more than a ranking is deep, and three that deny it."""
    affirming = [report(f"a{i:03}", f"Embolie pulmonaire droite numéro {i}.", _dated(i)) for i in range(_MANY)]
    denying = [
        report("z1", "Pas d'embolie pulmonaire.", _dated(1)),
        report("z2", "Examen gêné par les mouvements respiratoires. Absence d'embolie.", _dated(2)),
        report("z3", "Embolie pulmonaire non retrouvée. Foyer infectieux du lobe moyen.", _dated(3)),
    ]
    return open_bench(tmp_path_factory.mktemp("crowd"), [*affirming, *denying])


def _dated(number: int) -> ExamMetadata:
    return ExamMetadata(Modality.CT, (BodyRegion.THORAX,), Sex.FEMALE, 20 + number % 60, dt.date(2020, 1, 1))


@EVERY_MODE
@pytest.mark.parametrize("typed", ["sans embolie", "pas d'embolie pulmonaire", "absence d'embolie"])
def test_three_denying_reports_come_before_six_hundred_that_affirm(crowd: Bench, mode: SearchMode, typed: str) -> None:
    found = crowd.find(typed, mode)
    assert {f.ranked.report_id for f in found[:3]} == {"z1", "z2", "z3"}
    assert len(found) >= 500
    assert all(f.contradicts for f in found[3:])


@EVERY_MODE
def test_they_come_first_within_a_filter_too(crowd: Bench, mode: SearchMode) -> None:
    # aged 21 to 23: numbers 1, 2 and 3 of each of the ten full sixties, and the three that deny
    found = crowd.ids("sans embolie", mode, filters=Filters(age_min=21, age_max=23))
    assert sorted(found[:3]) == ["z1", "z2", "z3"]
    assert len(found) == 3 + 30


@EVERY_MODE
def test_an_english_denial_holds_over_english_reports(tmp_path: Path, mode: SearchMode) -> None:
    texts = {"a": "Pulmonary embolism in the right lower lobe.", "b": "Clear lungs. No pulmonary embolism."}
    bench = open_bench(tmp_path, [report(name, text, ExamMetadata(language="en")) for name, text in texts.items()])
    assert bench.ids("no pulmonary embolism", mode) == ["b", "a"]


@WITH_MEANING
@pytest.mark.xfail(strict=True, reason="what an English query denies is looked up in the reports by its English words")
def test_an_english_denial_holds_over_french_reports(crowd: Bench, mode: SearchMode) -> None:
    assert set(crowd.ids("no pulmonary embolism", mode)[:3]) == {"z1", "z2", "z3"}


# Filters, phrases, exclusions -----------------------------------------------------------------------------------------

_WORDS = ("kyste", "fracture", "embolie", "sans", "nodule", "foie", "rein", "pas de")


_REGIONS = (BodyRegion.HEAD, BodyRegion.THORAX, BodyRegion.PELVIS)


class _Chance:
    """Random values of enums and dates, which NumPy would turn into its own types."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def one(self, *values: _Value) -> _Value:
        return values[int(self._rng.integers(len(values)))]

    def some(self, *values: _Value) -> tuple[_Value, ...]:
        """None, one or two of them, none being as likely as one or two."""
        count = self.one(0, 0, 1, 2)
        return tuple(values[i] for i in self._rng.permutation(len(values))[:count])


def _random_report(number: int, chance: _Chance) -> Report:
    text = " ".join(chance.one(*_WORDS) for _ in range(6)) + f". Examen {number}."
    exam = ExamMetadata(
        chance.one(None, Modality.CT, Modality.MR),
        chance.some(*_REGIONS),
        chance.one(*Sex),
        chance.one(None, *range(18, 90, 9)),
        chance.one(None, *(dt.date(year, 5, 17) for year in range(2015, 2024))),
        chance.one(None, "Nord", "Sud"),
    )
    return report(f"r{number:02}", text, exam)


def _random_filters(chance: _Chance) -> Filters:
    return Filters(
        modalities=frozenset(chance.some(Modality.CT, Modality.MR, Modality.US)),
        regions=frozenset(chance.some(*_REGIONS)),
        sexes=frozenset(chance.some(*Sex)),
        sites=frozenset(chance.some("Nord", "Sud", "Est")),
        age_min=chance.one(None, None, 30),
        age_max=chance.one(None, None, 70),
        date_from=chance.one(None, None, dt.date(2017, 5, 17)),
        date_to=chance.one(None, None, dt.date(2021, 5, 17)),
    )


@EVERY_MODE
@pytest.mark.parametrize("seed", range(3))
def test_filters_hold_whatever_is_asked(tmp_path: Path, mode: SearchMode, seed: int) -> None:
    chance = _Chance(seed)
    reports = [_random_report(number, chance) for number in range(60)]
    bench = open_bench(tmp_path, reports)
    answered = 0
    for typed in ("kyste du foie", "sans embolie", "fracture -nodule", '"pas de"', "kidney stone") * 6:
        filters = _random_filters(chance)
        accepted = {r.report_id for r in reports if filters.accepts(r.metadata)}
        found = bench.ids(typed, mode, filters=filters)
        assert set(found) <= accepted
        assert len(found) == len(set(found))
        answered += bool(found)
    assert answered >= 5


@WITH_MEANING
def test_meaning_ranks_every_report_that_passes_the_filters(bench: Bench, mode: SearchMode) -> None:
    women_in_the_north = Filters(sexes=frozenset({Sex.FEMALE}), sites=frozenset({"Nord"}))
    expected = {"embolie_droite", "embolie_niee", "kyste_renal", "fracture_col"}
    assert set(bench.ids("sans embolie", mode, filters=women_in_the_north)) == expected


@EVERY_MODE
def test_a_phrase_must_stand_as_it_is(bench: Bench, mode: SearchMode) -> None:
    # The other cyst is "dite simple" elsewhere in its report.
    assert bench.ids('"kyste simple"', mode) == ["kyste_renal"]


@pytest.mark.parametrize(("told", "found"), [(100, ["kyste_renal"]), (0, [])])
def test_a_rare_phrase_is_found_however_far_its_report_is_in_meaning(
    bench: Bench, told: int, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where few reports pass, they are told to the vectors; among the nearest of all (here one) they might not be."""
    monkeypatch.setattr("api.retrieval.TOLD", told)
    typed = parse_query('embolie pulmonaire bilatérale, défect endoluminal "simple"')
    question = Question(typed, None, Filters(), SearchMode.SEMANTIC)
    ranking = search(question, bench.text, bench.vectors, bench.encoder, depth=1)
    assert [one.ranked.report_id for one in ranking] == found


@EVERY_MODE
def test_a_phrase_that_stands_nowhere_finds_nothing(bench: Bench, mode: SearchMode) -> None:
    assert bench.ids('"simple kyste" rein', mode) == []


@EVERY_MODE
def test_excluded_words_keep_a_report_out(bench: Bench, mode: SearchMode) -> None:
    found = bench.ids("kyste -rein", mode)
    assert found[0] == "kyste_hepatique"
    assert "kyste_renal" not in found


@EVERY_MODE
def test_phrases_and_exclusions_hold_for_what_contradicts_the_query(bench: Bench, mode: SearchMode) -> None:
    found = bench.ids("pas d'embolie -droite -moyen", mode)
    assert "embolie_niee" in found
    # "droit" has the stem of "droite": both reports that affirm an embolism hold it
    assert AFFIRMING.isdisjoint(found)
    assert "embolie_absente" not in found


@EVERY_MODE
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("embolie conclusion:embolie", {"concluded", "denied"}),
        ('embolie conclusion:"embolie pulmonaire"', {"concluded"}),
        ("embolie indication:embolie -conclusion:embolie", {"asked"}),
        ("embolie -conclusion:embolie", {"asked", "unnamed", "other"}),
        ("sans embolie -résultats:foie", {"concluded", "denied", "asked", "other"}),
        ("technique:embolie", set()),
    ],
)
def test_what_a_section_must_hold_holds_in_every_mode(
    tmp_path: Path, mode: SearchMode, typed: str, expected: set[str]
) -> None:
    reports = [
        report("concluded", "Indication : Douleur.\nRésultats : Lacune.\nConclusion : Embolie pulmonaire."),
        report("denied", "Indication : Embolie ?\nRésultats : Rien.\nConclusion : Pas d'embolie."),
        report("asked", "Indication : Embolie ?\nRésultats : Poumon normal.\nConclusion : Examen normal."),
        report("unnamed", "Embolie pulmonaire du lobe droit. Foie normal."),
        report("other", "Indication : Chute.\nRésultats : Rien.\nConclusion : Entorse."),
    ]
    # By words alone, a report that holds none of them is not found.
    wanted = expected - {"other"} if mode is SearchMode.LEXICAL else expected
    assert set(open_bench(tmp_path, reports).ids(typed, mode)) == wanted


@EVERY_MODE
def test_reports_of_without_never_return(bench: Bench, mode: SearchMode) -> None:
    left = frozenset({"kyste_renal", "embolie_droite"})
    assert bench.ids("kyste", mode, without=left)[0] == "kyste_hepatique"
    assert left.isdisjoint(bench.ids("kyste sans embolie", mode, without=left))


@EVERY_MODE
def test_reports_of_without_take_no_place_in_the_depth(bench: Bench, mode: SearchMode) -> None:
    question = Question(parse_query("kyste"), None, Filters(), mode, frozenset({"kyste_renal"}))
    found = search(question, bench.text, bench.vectors, bench.encoder, depth=1)
    assert [f.ranked.report_id for f in found] == ["kyste_hepatique"]


# Stability ------------------------------------------------------------------------------------------------------------


@EVERY_MODE
@pytest.mark.parametrize("typed", ["kyste gauche", "sans embolie", "examen"])
def test_the_ranking_does_not_depend_on_the_order_of_indexing(
    bench: Bench, tmp_path: Path, mode: SearchMode, typed: str
) -> None:
    backwards = open_bench(tmp_path, small_corpus()[::-1])
    assert backwards.ids(typed, mode) == bench.ids(typed, mode)


@EVERY_MODE
def test_asked_again_after_other_questions_the_pages_fit_together(crowd: Bench, mode: SearchMode) -> None:
    first = crowd.ids("embolie pulmonaire", mode)[:20]
    crowd.ids("foyer infectieux", mode)
    again = crowd.ids("embolie pulmonaire", mode)
    assert again[:20] == first
    assert len(again[20:40]) == 20
    assert set(again[20:40]).isdisjoint(first)


# A report to resemble -------------------------------------------------------------------------------------------------

_PASTED = "Formation anéchogène du rein gauche, à paroi fine. Conclusion : kyste."


@EVERY_MODE
def test_a_pasted_report_finds_its_like(bench: Bench, mode: SearchMode) -> None:
    assert bench.ids(None, mode, like=parse_pasted(_PASTED))[0] == "kyste_renal"


@EVERY_MODE
def test_a_text_and_a_report_are_searched_together(bench: Bench, mode: SearchMode) -> None:
    like = parse_pasted("Bascule de la glène.")
    assert bench.ids(None, mode, like=like)[0] == "fracture_poignet"
    both = bench.ids("fissure du ménisque interne", mode, like=like)
    assert set(both[:2]) == {"menisque", "fracture_poignet"}


@EVERY_MODE
def test_operators_of_the_text_hold_beside_a_report(bench: Bench, mode: SearchMode) -> None:
    like = parse_pasted(_PASTED)
    assert bench.ids('"kyste biliaire"', mode, like=like) == ["kyste_hepatique"]
    assert "kyste_renal" not in bench.ids("kyste -rein", mode, like=like)
    assert "kyste_renal" not in bench.ids("-rein", mode, like=like)


@EVERY_MODE
def test_excluded_words_alone_do_not_change_what_a_report_resembles(bench: Bench, mode: SearchMode) -> None:
    like = parse_pasted(_PASTED)
    alone = bench.ids(None, mode, like=like, without=frozenset({"hernie"}))
    assert bench.ids("-racine", mode, like=like) == alone


@pytest.mark.parametrize(
    ("typed", "like", "kind"),
    [
        ("kyste du rein", None, QueryKind.TEXT),
        ("fracture of the femoral neck", None, QueryKind.FOREIGN),
        ("formation liquidienne à paroi fine du rein gauche " * 3, None, QueryKind.DESCRIPTION),
        ("kyste", _PASTED, QueryKind.LIKE),
        (None, _PASTED, QueryKind.LIKE),
    ],
)
def test_the_kind_of_a_question(typed: str | None, like: str | None, kind: QueryKind) -> None:
    text, resembled = (parse_query(typed) if typed else None), (parse_pasted(like) if like else None)
    assert Question(text, resembled, Filters(), SearchMode.HYBRID).kind is kind


# Edges ----------------------------------------------------------------------------------------------------------------


@WITH_WORDS
def test_without_vectors_the_words_rank(bench: Bench, mode: SearchMode) -> None:
    unencoded = Bench(bench.text, None, bench.encoder)
    assert unencoded.ids("kyste du rein", mode) == bench.ids("kyste du rein", SearchMode.LEXICAL)
    assert unencoded.ids("kyste du rein", mode)[0] == "kyste_renal"


def test_without_vectors_meaning_finds_nothing(bench: Bench) -> None:
    assert Bench(bench.text, None, bench.encoder).find("kyste", SearchMode.SEMANTIC) == []


@EVERY_MODE
def test_an_empty_index_answers_with_nothing(tmp_path: Path, mode: SearchMode) -> None:
    assert open_bench(tmp_path, []).ids("sans embolie", mode) == []


def test_words_that_stand_nowhere_find_nothing(bench: Bench) -> None:
    assert bench.ids("xylophone", SearchMode.LEXICAL) == []


@EVERY_MODE
@pytest.mark.parametrize("typed", [None, "-rein"])
def test_a_question_with_nothing_to_rank_by_is_refused(bench: Bench, mode: SearchMode, typed: str | None) -> None:
    with pytest.raises(QueryError, match="needs a text with a word to rank by, or a report to resemble"):
        bench.find(typed, mode)


def test_a_question_hides_itself() -> None:
    question = Question(parse_query(_MARKER), parse_pasted(_MARKER), Filters(), SearchMode.HYBRID)
    assert repr(question) == "Question([...], mode=hybrid)"
    assert "zyxw" not in f"{question} {question.lexical}".lower()

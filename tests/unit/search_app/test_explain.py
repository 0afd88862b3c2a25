import pytest

from search_app.answers import Exam, Hit, Signal
from search_app.explain import hit_card, reasons, share_bar, why_block, word_share
from search_app.i18n import texts
from search_app.vocabulary import Assertion, Language, Laterality, SectionKind

from .test_marks import finding
from .test_render import passage

FR, EN = texts(Language.FR), texts(Language.EN)


def hit(words: float = 0.3, meaning: float = 0.1, *, contradicts: bool = False, matched: tuple[str, ...] = ()) -> Hit:
    return Hit(
        report_id="0" * 32,
        rank=4,
        score=words + meaning,
        exam=Exam(),
        lexical=Signal(score=None, rank=1 if words else None, contribution=words),
        semantic=Signal(score=None, rank=1 if meaning else None, contribution=meaning),
        matched_words=matched,
        closest_section=SectionKind.CONCLUSION if meaning else None,
        contradicts=contradicts,
        passages=tuple(passage(f"Phrase {n}.") for n in range(4)),
    )


@pytest.mark.parametrize(("words", "meaning", "share"), [(0.3, 0.1, 0.75), (0.2, 0, 1), (0, 0.2, 0), (-0.1, 0.2, 0)])
def test_the_share_of_words_is_their_part_of_the_score(words: float, meaning: float, share: float) -> None:
    assert word_share(hit(words, meaning)) == pytest.approx(share)


def test_without_a_signal_there_is_no_share_and_nothing_to_explain() -> None:
    assert word_share(hit(0, 0)) is None
    assert why_block(hit(0, 0), FR) == ""


def test_a_card_shows_the_findings_that_were_asked_for_once_each() -> None:
    same = (finding(0, 4, sizes_mm=(12.0,)), finding(9, 13, sizes_mm=(12.0,)))
    denied = finding(20, 24, assertion=Assertion.ABSENT, laterality=Laterality.NONE)
    card = hit_card(hit().model_copy(update={"matched_findings": (*same, denied)}), FR)
    assert (
        '<div class="rt-matched"><span class="rt-badge rt-f-present">Kyste &lt;rénal&gt;, à droite, 12\u00a0mm</span>'
        '<span class="rt-badge rt-f-absent">Kyste &lt;rénal&gt;, absent</span></div>'
    ) in card
    assert "rt-matched" not in hit_card(hit(), FR)


def test_reasons_name_the_words_and_the_nearest_section() -> None:
    both = hit(matched=("embolie", "pulmonaire"))
    assert reasons(both, FR) == "mots retrouvés : embolie, pulmonaire · proche par le sens : conclusion"
    assert reasons(hit(matched=("embolie",)), EN) == "word found: embolie · closest in meaning: impression"


def test_a_hit_without_the_words_says_so() -> None:
    assert reasons(hit(0, 0.1), FR) == "aucun mot de la recherche · proche par le sens : conclusion"


def test_a_search_without_words_does_not_speak_of_them() -> None:
    similar = why_block(hit(0, 0.1), FR, worded=False)
    assert "mot" not in similar
    assert "proche par le sens : conclusion" in similar


def test_the_bar_is_as_long_as_the_share_and_named_for_screen_readers() -> None:
    bar = share_bar(0.75, FR)
    assert '<i style="width:75%"></i>' in bar
    assert 'aria-label="75\u00a0% par les mots, 25\u00a0% par le sens"' in bar


def test_a_contradicting_report_is_announced() -> None:
    assert "affirme ce que la recherche exclut" in why_block(hit(contradicts=True), FR)
    assert "affirme" not in why_block(hit(), FR)


def test_a_card_shows_at_most_three_passages() -> None:
    card = hit_card(hit(), FR)
    assert card.count('class="rt-passage"') == 3
    assert 'aria-label="Résultat 4">4<' in card


def test_words_of_the_query_are_escaped_in_a_card() -> None:
    assert "&lt;script&gt;" in hit_card(hit(matched=("<script>",)), FR)
    assert "<script>" not in hit_card(hit(matched=("<script>",)), FR)

"""Search by meaning alone, while the full text is away: what the pages offer, say, and take back."""

import pytest
from streamlit.testing.v1 import AppTest

from search_app.client import Question
from search_app.hits import page_count
from search_app.state import MAX_PAGE
from search_app.vocabulary import Mode

from .conftest import Open
from .reports import report_id
from .stand_in import AWAY, FullText
from .test_screens import links, search, shown


@pytest.fixture(autouse=True)
def away(full_text: type[FullText]) -> None:
    full_text.away = True


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def alone_for(app: AppTest, words: str) -> AppTest:
    search(app, words).button(key="search_alone").click().run()
    assert not app.exception
    return app


def test_what_is_away_is_named_and_meaning_alone_is_offered(open_app: Open) -> None:
    app = search(open_app(), "embolie pulmonaire")
    page = shown(app)
    assert "<h2>Le texte intégral ne répond pas</h2>" in page
    assert "La recherche par le sens reste possible" in page
    assert f"L&#x27;API en dit : {AWAY}" in page
    assert 'class="rt-hit"' not in page
    assert {"Chercher par le sens seulement", "Réessayer"} <= set(labels(app))


def test_the_results_say_what_is_missing_and_count_nothing(open_app: Open) -> None:
    app = alone_for(open_app(modality=["CT"]), "embolie pulmonaire")
    page = shown(app)
    assert page.count('class="rt-hit"') == 4
    assert '<div role="status"><b>Recherche par le sens seulement.</b> Le texte intégral ne répond pas' in page
    assert "le nombre exact de comptes rendus et les effectifs des filtres manquent" in page
    assert AWAY in page
    assert "Comptes rendus trouvés</h2><span>9 ms</span>" in page
    pills = app.pills(key="filter_modality")
    assert pills.value == ["CT"]
    assert pills.options[:2] == ["Scanner", "IRM"]
    assert app.query_params == {"modality": "CT"}


def test_it_speaks_english(open_app: Open) -> None:
    app = search(open_app(lang="en"), "pulmonary embolism")
    assert "<h2>The full text does not answer</h2>" in shown(app)
    app.button(key="search_alone").click().run()
    assert "<b>Search by meaning only.</b> The full text does not answer" in shown(app)
    assert "Try again with words" in labels(app)


def test_the_next_search_and_the_next_page_go_on_by_meaning_alone(open_app: Open) -> None:
    app = search(alone_for(open_app(), "embolie"), "infarctus")
    assert shown(app).count('class="rt-hit"') == 10
    app.pagination[0].set_value(2).run()
    assert shown(app).count('class="rt-hit"') == 2
    assert "Recherche par le sens seulement" in shown(app)


def test_when_the_full_text_is_back_the_whole_answer_comes_by_itself(open_app: Open, full_text: type[FullText]) -> None:
    app = alone_for(open_app(), "embolie pulmonaire")
    full_text.away = False
    app.run()
    assert "12 comptes rendus" in shown(app)
    assert "Recherche par le sens seulement" not in shown(app)
    full_text.away = True
    app.run()
    assert "Chercher par le sens seulement" in labels(app)


def test_the_way_back_asks_for_the_words_again(open_app: Open) -> None:
    app = alone_for(open_app(), "embolie")
    app.button(key="search_again").click().run()
    assert "Chercher par le sens seulement" in labels(app)


@pytest.mark.parametrize("words", ['"embolie pulmonaire" droite', "embolie -fracture"])
def test_what_needs_the_full_text_is_not_offered_twice(open_app: Open, words: str) -> None:
    app = alone_for(open_app(), words)
    assert "Cette recherche ne peut pas se passer du texte intégral" in shown(app)
    assert "Chercher par le sens seulement" not in labels(app)
    assert "Réessayer" in labels(app)


def test_with_nothing_to_compare_it_says_what_to_do(open_app: Open) -> None:
    app = open_app()
    assert "Saisissez une recherche ou collez un compte rendu" in shown(app)
    assert "Chercher par le sens seulement" not in labels(app)


def test_a_report_is_read_and_its_similar_cases_are_found_by_meaning(open_app: Open) -> None:
    app = open_app("report", report=report_id(0))
    assert "<h3>Indication</h3>" in shown(app)
    assert "Trouvés par le sens seulement : le texte intégral ne répond pas." in [c.value for c in app.caption]
    assert len([label for label, _query in links(app) if label == "Lire le compte rendu"]) == 5


def test_a_page_that_counts_names_what_is_away(open_app: Open) -> None:
    assert "<h2>Le texte intégral ne répond pas</h2>" in shown(open_app("corpus"))


def test_by_meaning_alone_is_a_request_in_mode_semantic() -> None:
    body = Question(text="embolie", mode=Mode.LEXICAL, offset=10).by_meaning_alone().body()
    assert (body["mode"], body["degraded_ok"], body["offset"]) == ("semantic", True, 10)


@pytest.mark.parametrize(("page", "shown_here", "pages"), [(1, 10, 2), (3, 10, 4), (3, 4, 3), (MAX_PAGE, 10, MAX_PAGE)])
def test_where_nothing_is_counted_a_full_page_leads_to_one_more(page: int, shown_here: int, pages: int) -> None:
    assert page_count(None, page, shown_here, 10) == pages

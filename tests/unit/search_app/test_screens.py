"""Every page, run by Streamlit itself against the stand-in API."""

import socket

import pytest
from streamlit.testing.v1 import AppTest

from indexer.report import Policy

from .conftest import Open
from .held_records import HeldRecords
from .reports import report_id


def shown(app: AppTest) -> str:
    """The HTML of the page."""
    return "\n".join(element.value for element in app.html)


def links(app: AppTest) -> list[tuple[str, str]]:
    """Label and query of every link to a page."""
    return [(link.proto.label, link.proto.query_string) for link in app.get("page_link")]


def search(app: AppTest, words: str) -> AppTest:
    app.text_input(key="query_box").set_value(words).run()
    assert not app.exception
    return app


def test_the_first_page_shows_the_newest_reports_and_three_examples(open_app: Open) -> None:
    app = open_app()
    assert "Les plus récents</h2><span>12 comptes rendus" in shown(app)
    assert shown(app).count('class="rt-hit"') == 10
    assert [button.label for button in app.button if button.key.startswith("search.example")] == [
        "embolie pulmonaire bilatérale",
        "fracture du col fémoral -prothèse",
        '"canal lombaire étroit" avec sciatique',
    ]


def test_a_search_shows_ranked_cards_with_marked_words_and_reasons(open_app: Open) -> None:
    page = shown(search(open_app(), "kyste arachnoïdien"))
    assert "12 comptes rendus · 1 contient tous les mots" in page
    assert "<mark>Kyste</mark> <mark>arachnoïdien</mark>" in page
    assert "mots retrouvés : kyste, arachnoïdien" in page


def test_clicking_an_example_searches_it(open_app: Open) -> None:
    app = open_app()
    app.button(key="search.example_1").click().run()
    assert app.text_input(key="query_box").value == "embolie pulmonaire bilatérale"
    assert "<mark>Embolie</mark> <mark>pulmonaire</mark> <mark>bilatérale</mark>" in shown(app)


def test_the_address_never_holds_the_query(open_app: Open) -> None:
    app = search(open_app(modality=["CT"]), "embolie secrète")
    assert app.query_params == {"modality": "CT"}
    assert all("embolie" not in query and "secr" not in query for _label, query in links(app))


def test_filters_come_from_the_address(open_app: Open) -> None:
    app = open_app(modality=["US"], site="CHU Nord", lang="fr")
    assert "1 compte rendu correspond aux filtres" in shown(app)
    assert app.pills(key="filter_modality").value == ["US"]
    assert app.multiselect(key="filter_site").value == ["CHU Nord"]


def test_choosing_a_filter_changes_the_results_and_the_address(open_app: Open) -> None:
    app = open_app()
    app.pills(key="filter_modality").select("MR").run()
    app.pills(key="filter_sex").select("M").run()
    assert app.query_params == {"modality": "MR", "sex": "M"}
    assert "3 comptes rendus correspondent aux filtres" in shown(app)


def test_the_other_values_of_a_filter_keep_their_counts(open_app: Open) -> None:
    app = open_app(modality=["US"])
    assert app.pills(key="filter_modality").options[:2] == ["Scanner  4", "IRM  3"]


def test_ages_and_dates_filter(open_app: Open) -> None:
    app = open_app()
    app.slider(key="filter_age").set_range(0, 40).run()
    assert app.query_params == {"age_max": "40"}
    assert "2 comptes rendus correspondent" in shown(app)


def test_resetting_the_filters_empties_the_address(open_app: Open) -> None:
    app = open_app(modality=["US"], age_min="30", page="1")
    app.button(key="filters_reset").click().run()
    assert app.query_params == {}
    assert app.pills(key="filter_modality").value == []
    assert app.slider(key="filter_age").value == (0, 110)


def test_the_mode_goes_into_the_address(open_app: Open) -> None:
    app = search(open_app(), "cholécystite")
    app.segmented_control(key="mode_choice").set_value("lexical").run()
    assert app.query_params == {"mode": "lexical"}
    assert shown(app).count('class="rt-hit"') == 1


def test_the_second_page_goes_on_where_the_first_ended(open_app: Open) -> None:
    app = open_app()
    app.pagination[0].set_value(2).run()
    assert app.query_params == {"page": "2"}
    assert shown(app).count('class="rt-hit"') == 2
    assert 'aria-label="Résultat 11"' in shown(app)


def test_a_new_search_starts_at_the_first_page(open_app: Open) -> None:
    app = search(open_app(page="2"), "fracture")
    assert app.query_params == {}
    assert 'aria-label="Résultat 1"' in shown(app)


def test_a_page_beyond_the_last_result_offers_the_first(open_app: Open) -> None:
    app = open_app(page="50")
    assert "Il n&#x27;y a plus de résultat" in shown(app)
    assert ("Première page", "") in links(app)


def test_no_result_says_what_to_relax(open_app: Open) -> None:
    page = shown(search(open_app(sex=["F"]), '"introuvable ici" -rien'))
    assert "Aucun compte rendu ne correspond" in page
    assert page.count("<li>") == 3


def test_a_pasted_report_finds_similar_cases_and_stays_out_of_the_address(open_app: Open) -> None:
    app = open_app()
    app.text_area(key="paste_box").set_value("Rupture du ligament croisé antérieur.")
    app.button(key="paste_submit").click().run()
    page = shown(app)
    assert "Cas semblables au compte rendu collé" in page
    assert page.index("Rupture du ligament croisé antérieur gauche.") < page.index('aria-label="Résultat 2"')
    assert app.query_params == {}
    app.button(key="like_clear").click().run()
    assert "Les plus récents" in shown(app)


def test_similar_cases_of_a_report_come_from_the_address(open_app: Open) -> None:
    app = open_app(like=report_id(0))
    page = shown(app)
    assert "Cas semblables à : Scanner · thorax · 12 mars 2023" in page
    assert "11 comptes rendus" not in page
    assert all(f"report={report_id(0)}" not in query for _label, query in links(app))


def test_asking_for_similar_cases_empties_the_query_once(open_app: Open) -> None:
    app = search(open_app(), "embolie")
    app.query_params = {"like": report_id(0)}
    app.run()
    assert app.text_input(key="query_box").value == ""
    search(app, "infarctus")
    assert app.text_input(key="query_box").value == "infarctus"
    assert app.query_params == {"like": report_id(0)}


def test_links_of_a_hit_keep_the_filters(open_app: Open) -> None:
    app = open_app(modality=["MG"], lang="en")
    assert ("Read the report", f"modality=MG&lang=en&report={report_id(5)}") in links(app)
    assert ("Similar cases", f"modality=MG&lang=en&like={report_id(5)}") in links(app)


def test_a_report_shows_its_sections_facts_and_the_patients_other_exams(open_app: Open) -> None:
    app = open_app("report", report=report_id(0))
    page = shown(app)
    assert "<h3>Indication</h3>" in page
    assert "<h3>Résultats</h3>" in page
    assert "<h3>Conclusion<small>Au total :</small></h3>" in page
    assert "<dt>Établissement</dt><dd>CHU Nord</dd>" in page
    assert "branches segmentaires.\nRapport VD/VG" in page
    labels = [label for label, _query in links(app)]
    assert "Scanner · thorax · 20 septembre 2023" in labels
    assert "Échographie · membre inférieur · 13 mars 2023" in labels
    assert "Cet examen · 12 mars 2023" in page


def test_a_report_lists_similar_cases_but_not_itself(open_app: Open) -> None:
    app = open_app("report", report=report_id(0))
    reading = [query for label, query in links(app) if label == "Lire le compte rendu"]
    assert len(reading) == 5
    assert f"report={report_id(0)}" not in reading


def test_the_words_of_the_query_are_marked_in_the_report(open_app: Open) -> None:
    app = search(open_app(), "infarctus")
    app.switch_page("screens/report.py")
    app.query_params = {"report": report_id(0)}
    app.run()
    assert "<mark>infarctus</mark> pulmonaire</span> postéro-basal" in shown(app)
    assert "1 mot de la recherche marqué" in [caption.value for caption in app.caption]


def test_markup_in_a_report_stays_text(open_app: Open) -> None:
    page = shown(open_app("report", report=report_id(9)))
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; **gras** [lien]" in page
    assert "<script>alert" not in page


def test_the_way_back_keeps_filters_and_page(open_app: Open) -> None:
    app = open_app("report", report=report_id(0), modality=["CT"], page="2")
    assert ("Retour aux résultats", "modality=CT&page=2") in links(app)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({}, "Aucun compte rendu n'est désigné : choisissez-en un dans les résultats."),
        ({"report": "f" * 32}, "Ce compte rendu n'est pas dans l'index. Il a pu en être retiré."),
    ],
)
def test_a_report_that_cannot_be_shown_is_explained(open_app: Open, params: dict[str, str], sentence: str) -> None:
    assert [info.value for info in open_app("report", **params).info] == [sentence]


def test_the_corpus_page_counts_and_draws_everything(open_app: Open) -> None:
    app = open_app("corpus", modality=["US"])
    page = shown(app)
    assert "<dt>Comptes rendus</dt><dd>12</dd>" in page
    assert "<dt>Période</dt><dd>2019 – 2024</dd>" in page
    titles = ["Par modalité", "Par région du corps", "Par année d&#x27;examen", "Par âge", "Par sexe"]
    assert all(f'<h3 class="rt-plot">{title}' in page for title in titles)
    assert len(app.get("vega_lite_chart")) + len(app.get("arrow_vega_lite_chart")) == 6


def test_the_corpus_page_warns_when_the_gate_is_off(open_app: Open, held: HeldRecords) -> None:
    assert list(open_app("corpus").error) == []
    held.policy = Policy.OFF
    [banner] = open_app("corpus").error
    assert banner.value == (
        "Le contrôle de désidentification est désactivé : des comptes rendus peuvent nommer des patients."
    )


def test_searching_and_reading_ask_nothing_of_the_quarantine(open_app: Open, held: HeldRecords) -> None:
    search(open_app(), "embolie")
    open_app("report", report=report_id(0))
    assert held.asked == []


@pytest.mark.parametrize("screen", ["", "report", "corpus", "quarantine"])
def test_no_page_shows_a_string_of_its_source(open_app: Open, screen: str) -> None:
    assert list(open_app(screen, report=report_id(0)).markdown) == []


@pytest.mark.parametrize("screen", ["", "report", "corpus", "quarantine"])
def test_every_page_speaks_english(open_app: Open, screen: str) -> None:
    app = open_app(screen, lang="en", report=report_id(0))
    labels = [label for label, _query in links(app)]
    assert "Français" in labels
    assert "Recherche" not in labels
    assert "Search in French radiology reports" in shown(app)


@pytest.mark.parametrize("screen", ["", "report", "corpus", "quarantine"])
def test_every_page_says_that_the_api_is_down_and_how_to_start_it(
    open_app: Open, screen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("RADIOTHEQUE_API_URL", address)
    app = open_app(screen, report=report_id(0))
    assert "L&#x27;API de Radiothèque ne répond pas" in shown(app)
    assert address in shown(app)
    assert [code.value for code in app.code] == ["radiotheque serve"]


def test_a_refusal_shows_the_sentence_of_the_api(open_app: Open) -> None:
    page = shown(search(open_app(), "panne"))
    assert "L&#x27;API n&#x27;est pas prête" in page
    assert "L&#x27;instantané des vecteurs est abîmé." in page

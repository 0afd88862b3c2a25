"""Asking for findings and reading them, run by Streamlit itself against the stand-in API."""

from streamlit.testing.v1 import AppTest

from .conftest import Open
from .reports import report_id
from .test_screens import links, shown


def asked(app: AppTest) -> str:
    """The sentence that says what is looked for."""
    [line] = [html.value for html in app.html if "rt-asked" in html.value and "<style>" not in html.value]
    return line.removeprefix('<p class="rt-asked"><span>Recherche</span> ').removesuffix("</p>").replace("\u00a0", " ")


def pick(app: AppTest, words: str, concept: str) -> AppTest:
    app.text_input(key="finding_box").set_value(words).run()
    app.pills(key="finding_matches").set_value(concept).run()
    assert not app.exception
    return app


def test_a_finding_is_found_by_a_synonym_and_added(open_app: Open) -> None:
    app = open_app()
    app.text_input(key="finding_box").set_value("leptoméningé").run()
    assert app.pills(key="finding_matches").options == ["kyste arachnoïdien (kyste leptoméningé)"]
    app.pills(key="finding_matches").set_value("arachnoid_cyst").run()
    assert app.query_params == {"finding": "and:arachnoid_cyst"}
    assert asked(app) == "kyste arachnoïdien (présent)"
    assert "1 compte rendu correspond aux filtres" in shown(app)
    assert app.text_input(key="finding_box").value == ""


def test_a_word_that_names_nothing_is_said_to(open_app: Open) -> None:
    app = open_app()
    app.text_input(key="finding_box").set_value("xyz").run()
    assert "Aucune constatation ne porte ce nom. Essayez un autre mot." in [c.value for c in app.caption]


def test_what_is_typed_to_find_a_finding_stays_out_of_the_address(open_app: Open) -> None:
    app = open_app()
    app.text_input(key="finding_box").set_value("embolie").run()
    assert app.query_params == {}


def test_rows_are_joined_narrowed_and_removed(open_app: Open) -> None:
    app = pick(pick(open_app(), "kyste", "cyst"), "infarctus", "pulmonary_infarct")
    assert "0 compte rendu correspond" in shown(app)
    app.selectbox(key="finding_1_join").set_value("or").run()
    assert asked(app) == "kyste (présent) OU infarctus pulmonaire (présent)"
    assert "2 comptes rendus correspondent" in shown(app)
    app.number_input(key="finding_0_size_min").set_value(50.0).run()
    assert "1 compte rendu correspond" in shown(app)
    app.selectbox(key="finding_1_side").set_value("right").run()
    assert app.query_params == {"finding": ["and:cyst:::50", "or:pulmonary_infarct::right"]}
    app.button(key="finding_0_remove").click().run()
    assert app.query_params == {"finding": "and:pulmonary_infarct::right"}
    assert asked(app) == "infarctus pulmonaire (présent, à droite)"


def test_an_excluded_finding_leaves_the_reports_without_it(open_app: Open) -> None:
    app = open_app(finding=["and:pulmonary_embolism:any", "not:pleural_effusion"])
    assert asked(app) == "embolie pulmonaire (mentionné) ET PAS épanchement pleural"
    assert "2 comptes rendus correspondent" in shown(app)
    assert app.selectbox(key="finding_1_join").value == "not"
    app.selectbox(key="finding_1_join").set_value("and").run()
    assert "1 compte rendu correspond" in shown(app)


def test_the_concept_of_a_row_is_replaced_and_the_rest_of_it_kept(open_app: Open) -> None:
    app = open_app(finding=["and:pleural_effusion::right"])
    app.button(key="finding_0_concept").click().run()
    assert "Par quoi remplacer « épanchement pleural » ?" in [c.value for c in app.caption]
    pick(app, "infarctus", "pulmonary_infarct")
    assert app.query_params == {"finding": "and:pulmonary_infarct::right"}
    assert not any("Par quoi remplacer" in c.value for c in app.caption)


def test_the_most_frequent_findings_are_counted_and_a_click_adds_one(open_app: Open) -> None:
    app = open_app(lang="en")
    assert "pulmonary embolism  1" in app.pills(key="finding_top").options
    app.pills(key="finding_top").select("arachnoid_cyst").run()
    assert app.query_params == {"finding": "and:arachnoid_cyst", "lang": "en"}
    assert app.pills(key="finding_top").options == ["arachnoid cyst  1", "cyst  1"]
    app.pills(key="finding_top").unselect("arachnoid_cyst").run()
    assert app.query_params == {"lang": "en"}


def test_another_filter_keeps_the_findings_and_a_reset_drops_them(open_app: Open) -> None:
    app = open_app(finding=["and:cyst"])
    app.pills(key="filter_modality").select("MR").run()
    assert app.query_params == {"modality": "MR", "finding": "and:cyst"}
    app.button(key="filters_reset").click().run()
    assert app.query_params == {}


def test_hits_show_the_findings_that_were_asked_for(open_app: Open) -> None:
    page = shown(open_app(finding=["and:cyst::left"]))
    assert "Kyste arachnoïdien, à gauche, 46 × 30\u00a0mm</span>" in page
    assert 'rt-matched"' not in shown(open_app())


def test_a_finding_that_the_lexicon_lacks_is_refused_and_can_be_removed(open_app: Open) -> None:
    app = open_app(finding=["and:no_such_thing"])
    assert "Le lexique n&#x27;a pas cette constatation." in shown(app)
    app.button(key="finding_0_remove").click().run()
    assert "12 comptes rendus" in shown(app)


def test_links_to_a_report_keep_the_findings(open_app: Open) -> None:
    app = open_app(finding=["and:cyst"])
    assert ("Lire le compte rendu", f"finding=and%3Acyst&report={report_id(6)}") in links(app)


def test_a_report_shows_its_findings_and_a_switch_hides_them(open_app: Open) -> None:
    app = open_app("report", report=report_id(6))
    page = shown(app)
    title = "Kyste arachnoïdien\u00a0: présent, à gauche, 46 × 30\u00a0mm (antérieur 40\u00a0mm)"
    assert f'<span class="rt-f rt-f-present" title="{title}">Kyste arachnoïdien temporal gauche de</span>' in page
    assert '<li><span class="rt-f rt-f-present">Présent</span> 2</li>' in page
    app.toggle(key="findings_switch").set_value(False).run()
    assert 'class="rt-f ' not in shown(app)
    app.query_params = {"report": report_id(0)}
    app.run()
    assert 'class="rt-f ' not in shown(app)
    app.toggle(key="findings_switch").set_value(True).run()
    assert "Recherché</span> 1" in shown(app)


def test_a_report_without_findings_has_no_switch(open_app: Open) -> None:
    app = open_app("report", report=report_id(3))
    assert list(app.toggle) == []

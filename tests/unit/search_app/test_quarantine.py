"""The quarantine page, run by Streamlit itself against the stand-in API."""

import pytest
from streamlit.testing.v1 import AppTest

from indexer.report import Policy
from indexer.stores.catalog.base import QuarantineReason, Verdict
from search_app.client import ApiDown, DownReason
from search_app.i18n import texts
from search_app.review import MAX_WHY, fault_note
from search_app.screens.quarantine import note_line
from search_app.vocabulary import Language

from .conftest import Open
from .held_records import Fault, HeldRecords

WHY = "Faux positif : éponyme ou terme médical"


def shown(app: AppTest) -> str:
    """The HTML of the page."""
    return "\n".join(element.value for element in app.html)


def links(app: AppTest) -> dict[str, str]:
    """Query by label of every link to a page."""
    return {link.proto.label: link.proto.query_string for link in app.get("page_link")}


def position(app: AppTest) -> str:
    return next(html.split(">")[1].split("<")[0] for html in shown(app).splitlines() if "rt-position" in html)


def verdicts(app: AppTest) -> list[str]:
    return [str(button.key) for button in app.button if str(button.key).startswith("quarantine_re")]


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception
    return app


def give(app: AppTest, number: int, who: str = "", why: str = "") -> AppTest:
    if who:
        app.text_input(key="quarantine_reviewer_box").set_value(who).run()
    if why:
        app.text_area(key=f"quarantine_reason_{number}").set_value(why).run()
    return app


def test_the_first_record_is_shown_with_its_place_and_what_was_found(open_app: Open, held: HeldRecords) -> None:
    app = open_app("quarantine")
    page = shown(app)
    assert "Quarantaine</h2><span>3 comptes rendus attendent une décision" in page
    assert position(app) == "1 sur 3"
    assert "N° 1 · lot &lt;1&gt;.jsonl, ligne 101 · retenu le 3 mars 2025" in page
    assert 'title="Nom" data-name="Nom">Jeanne Morvan</mark>, née le <mark class="rt-id rt-id-time"' in page
    assert '<li class="rt-id rt-id-person">Nom</li><li class="rt-id rt-id-time">Date de naissance</li>' in page
    assert "<kbd>j</kbd> <kbd>→</kbd> Suivant" in page
    assert list(app.error) == []


def test_the_list_links_each_record_by_its_number_alone(open_app: Open, held: HeldRecords) -> None:
    app = open_app("quarantine", modality=["CT"])
    assert {label: query for label, query in links(app).items() if label.startswith("N°")} == {
        "N° 1 · Nom, Date de naissance": "modality=CT&record=1",
        "N° 2 · Nom, Numéro d'examen": "modality=CT&record=2",
        "N° 3 · Date, Nom": "modality=CT&record=3",
    }
    assert links(app)["Quarantaine"] == links(app)["Recherche"] == "modality=CT"


def test_the_address_names_the_record(open_app: Open, held: HeldRecords) -> None:
    app = open_app("quarantine", record="3")
    assert position(app) == "3 sur 3"
    assert "Examen du <mark" in shown(app)
    assert app.button(key="quarantine_next_3").disabled
    assert links(app)["English"] == "lang=en&record=3"


def test_markup_in_a_record_stays_text(open_app: Open, held: HeldRecords) -> None:
    page = shown(open_app("quarantine", record="2"))
    assert "&lt;script&gt;</mark>alert(&#x27;x&#x27;)&lt;/script&gt; **gras** [lien]" in page
    assert "<script>" not in page


def test_next_and_previous_walk_the_queue(open_app: Open, held: HeldRecords) -> None:
    app = open_app("quarantine")
    assert app.button(key="quarantine_previous_1").disabled
    press(app, "quarantine_next_1")
    assert (position(app), app.query_params) == ("2 sur 3", {"record": "2"})
    press(app, "quarantine_previous_2")
    assert (position(app), app.query_params) == ("1 sur 3", {"record": "1"})


def test_next_goes_on_to_the_next_page_of_the_list(open_app: Open, held: HeldRecords) -> None:
    held.fill(12)
    app = press(open_app("quarantine", record="10"), "quarantine_next_10")
    assert (position(app), app.query_params) == ("11 sur 12", {"record": "11", "page": "2"})
    app.pagination[0].set_value(1).run()
    assert (position(app), app.query_params) == ("1 sur 12", {})


def test_releasing_records_who_and_why_and_goes_on(open_app: Open, held: HeldRecords) -> None:
    app = give(open_app("quarantine"), 1, "Dr Roy", "médecin décédé")
    press(app, "quarantine_released_1")
    [made] = held.records[1].decisions
    assert (made.verdict, made.who, made.why) == (Verdict.RELEASED, "Dr Roy", "médecin décédé")
    assert (position(app), app.query_params) == ("1 sur 2", {"record": "2"})
    assert 'role="status">Le compte rendu n° 1 a été laissé passer : il est indexé.' in shown(app)
    assert app.text_area(key="quarantine_reason_2").value == ""


def test_the_name_is_asked_once(open_app: Open, held: HeldRecords) -> None:
    app = give(open_app("quarantine"), 1, "Dr <Roy>", WHY)
    press(app, "quarantine_rejected_1")
    assert "Au nom de</span> Dr &lt;Roy&gt;" in shown(app)
    assert "quarantine_reviewer_box" not in [field.key for field in app.text_input]
    give(app, 2, why=WHY)
    press(app, "quarantine_rejected_2")
    assert held.records[2].decisions[0].who == "Dr <Roy>"
    press(app, "quarantine_change")
    assert app.text_input(key="quarantine_reviewer_box").value == "Dr <Roy>"


def test_a_suggestion_fills_the_reason(open_app: Open, held: HeldRecords) -> None:
    app = press(open_app("quarantine"), "quarantine.suggestion.eponym_1")
    assert app.text_area(key="quarantine_reason_1").value == WHY
    assert sum(str(button.key).startswith("quarantine.suggestion") for button in app.button) == 4


@pytest.mark.parametrize(
    ("who", "why", "sentence"),
    [
        ("", WHY, "Indiquez votre nom : il est conservé avec la décision."),
        ("Dr Roy", "  ", "Indiquez le motif : il est conservé avec la décision."),
    ],
)
def test_without_name_or_reason_nothing_is_decided(
    open_app: Open, held: HeldRecords, who: str, why: str, sentence: str
) -> None:
    app = press(give(open_app("quarantine"), 1, who, why), "quarantine_released_1")
    assert f'role="alert">{sentence}' in shown(app)
    assert held.records[1].decisions == []
    assert app.text_input(key="quarantine_reviewer_box").value == who


def test_a_reason_stays_with_its_record(open_app: Open, held: HeldRecords) -> None:
    app = give(open_app("quarantine"), 1, "Dr Roy", WHY)
    press(app, "quarantine_next_1")
    assert app.text_area(key="quarantine_reason_2").value == ""
    press(app, "quarantine_previous_2")
    assert app.text_area(key="quarantine_reason_1").value == WHY
    assert app.text_input(key="quarantine_reviewer_box").value == "Dr Roy"


def test_what_was_typed_survives_another_page(open_app: Open, held: HeldRecords) -> None:
    app = give(open_app("quarantine"), 1, "Dr Roy", WHY)
    app.switch_page("screens/corpus.py").run()
    app.switch_page("screens/quarantine.py").run()
    assert app.text_area(key="quarantine_reason_1").value == WHY
    assert app.text_input(key="quarantine_reviewer_box").value == "Dr Roy"


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (400, "La décision sur le compte rendu n° 1 n&#x27;a pas été acceptée. Rien n&#x27;a changé."),
        (404, "Le compte rendu n° 1 n&#x27;est plus dans la quarantaine."),
        (500, "La décision sur le compte rendu n° 1 a échoué."),
        (503, "La décision sur le compte rendu n° 1 n&#x27;est pas enregistrée : l&#x27;index est occupé"),
    ],
)
def test_a_refusal_is_a_sentence_and_loses_nothing_typed(
    open_app: Open, held: HeldRecords, status: int, sentence: str
) -> None:
    held.fault = Fault(status, "some_code", "another radiotheque <command> is writing")
    app = press(give(open_app("quarantine"), 1, "Dr Roy", WHY), "quarantine_released_1")
    assert f'role="alert">{sentence}' in shown(app)
    assert "<small>L&#x27;API dit : another radiotheque &lt;command&gt; is writing</small>" in shown(app)
    assert app.text_area(key="quarantine_reason_1").value == WHY
    assert app.text_input(key="quarantine_reviewer_box").value == "Dr Roy"
    press(app, "quarantine_next_1")
    assert 'role="alert"' not in shown(app)


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (DownReason.UNREACHABLE, "La décision sur le compte rendu n° 4 n&#x27;est pas enregistrée : l&#x27;API"),
        (DownReason.TIMEOUT, "L&#x27;API n&#x27;a pas répondu à temps. La décision sur le compte rendu n° 4 a pu"),
    ],
)
def test_an_api_that_went_away_is_a_sentence(reason: DownReason, sentence: str) -> None:
    note = fault_note(4, ApiDown(reason, "http://127.0.0.1:1"))
    assert f'role="alert">{sentence}' in note_line(note, texts(Language.FR))
    assert (note.done, note.shown_at) == (False, 4)


def test_a_released_record_that_was_not_indexed_is_told_apart(open_app: Open, held: HeldRecords) -> None:
    held.indexes = False
    app = press(give(open_app("quarantine"), 1, "Dr Roy", WHY), "quarantine_released_1")
    assert "n° 1 est enregistrée, mais il n&#x27;a pas été indexé" in shown(app)


def test_after_the_last_decision_nothing_waits(open_app: Open, held: HeldRecords) -> None:
    held.fill(1)
    app = press(give(open_app("quarantine"), 1, "Dr Roy", WHY), "quarantine_rejected_1")
    page = shown(app)
    assert "Aucun compte rendu n&#x27;attend de décision" in page
    assert "Le compte rendu n° 1 a été écarté : il reste hors de l&#x27;index." in page
    assert (links(app)["Le revoir"], app.query_params) == ("record=1", {})
    assert [button.key for button in app.button if str(button.key).startswith("quarantine")] == []


def test_an_empty_quarantine_says_so(open_app: Open, held: HeldRecords) -> None:
    held.fill(0)
    app = open_app("quarantine")
    assert "0 compte rendu attend une décision" in shown(app)
    assert "Aucun compte rendu n&#x27;attend de décision" in shown(app)
    assert links(app)["Aller à la recherche"] == ""


def test_a_rejected_record_can_still_be_released(open_app: Open, held: HeldRecords) -> None:
    app = press(give(open_app("quarantine"), 1, "Dr Roy", "<doute>"), "quarantine_rejected_1")
    app.query_params = {"record": "1"}
    app.run()
    assert position(app) == "Déjà traité"
    assert "<strong>Écarté</strong> par Dr Roy, le 3 mars 2025<br>«\u00a0&lt;doute&gt;\u00a0»" in shown(app)
    assert verdicts(app) == ["quarantine_released_1"]
    press(give(app, 1, why=WHY), "quarantine_released_1")
    assert [made.verdict for made in held.records[1].decisions] == [Verdict.REJECTED, Verdict.RELEASED]


def test_a_released_record_is_not_decided_again(open_app: Open, held: HeldRecords) -> None:
    press(give(open_app("quarantine"), 1, "Dr Roy", WHY), "quarantine_released_1")
    app = open_app("quarantine", record="1")
    assert verdicts(app) == []
    assert "Ce compte rendu a été laissé passer : il ne se décide plus ici." in [c.value for c in app.caption]


def test_a_number_that_is_unknown_leaves_the_list(open_app: Open, held: HeldRecords) -> None:
    app = open_app("quarantine", record="99")
    assert [info.value for info in app.info] == [
        "Aucun compte rendu retenu ne porte ce numéro. Choisissez-en un dans la liste."
    ]
    assert links(app)["N° 3 · Date, Nom"] == "record=3"


def test_a_fault_of_the_gate_is_the_reason(open_app: Open, held: HeldRecords) -> None:
    fault = {"reason": QuarantineReason.GATE_FAULT, "identifiers": [], "categories": {}}
    held.records[1] = held.records[1].model_copy(update=fault)
    app = open_app("quarantine")
    assert "<span>Le contrôle n&#x27;a pas pu l&#x27;examiner</span></div>" in shown(app)
    assert "<mark" not in shown(app)
    assert "N° 1 · Le contrôle n'a pas pu l'examiner" in links(app)


@pytest.mark.parametrize("policy", Policy)
def test_the_page_says_what_the_gate_does(open_app: Open, held: HeldRecords, policy: Policy) -> None:
    held.policy = policy
    app = open_app("quarantine")
    said = {
        Policy.VERIFY: "Tout compte rendu où le contrôle trouve un identifiant est retenu ici",
        Policy.REDACT: "Le contrôle masque les identifiants",
        Policy.SURROGATE: "Le contrôle remplace les identifiants",
        Policy.OFF: "Plus rien n'est retenu.",
    }
    assert app.caption[0].value.startswith(said[policy])
    warned = ["Le contrôle de désidentification est désactivé : des comptes rendus peuvent nommer des patients."]
    assert [error.value for error in app.error] == (warned if policy is Policy.OFF else [])


def test_keys_press_the_buttons_of_the_record(open_app: Open, held: HeldRecords) -> None:
    [keys] = [c for c in open_app("quarantine").get("bidi_component") if "pressing_keys" in c.proto.component_name]
    assert '"j":"quarantine_next"' in keys.proto.json.replace(" ", "")
    assert '"x":"quarantine_rejected"' in keys.proto.json.replace(" ", "")


def test_reasons_and_names_are_no_longer_than_the_api_takes(open_app: Open, held: HeldRecords) -> None:
    app = open_app("quarantine")
    assert app.text_area(key="quarantine_reason_1").proto.max_chars == MAX_WHY
    assert app.text_input(key="quarantine_reviewer_box").proto.max_chars == 100


def test_nothing_of_a_record_but_its_number_reaches_an_address(open_app: Open, held: HeldRecords) -> None:
    app = press(give(open_app("quarantine"), 1, "Dr Roy", "morvan"), "quarantine_released_1")
    assert app.query_params == {"record": "2"}
    addresses = " ".join(links(app).values()).lower()
    assert [word for word in ("morvan", "roy", "baker", "jsonl") if word in addresses] == []


def test_the_page_speaks_english(open_app: Open, held: HeldRecords) -> None:
    app = open_app("quarantine", lang="en", record="2")
    assert position(app) == "2 of 3"
    assert app.button(key="quarantine_released_2").label == "Release"
    assert app.button(key="quarantine_rejected_2").label == "Reject"
    assert "Patiente" not in shown(app)

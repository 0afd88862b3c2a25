"""The front end in a real Chromium, on a real API over demo reports (`running_stack`, in conftest.py).

`running_stack` has `app_url` and `api_url`; its index has at least one report on a pulmonary embolism, and CT among
its modalities.
"""

import re
from collections.abc import Iterator
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

pytestmark = pytest.mark.e2e

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
QUERY = "embolie pulmonaire"
PATIENCE_MS = 20_000


class Stack(Protocol):
    app_url: str
    api_url: str


class Watched:
    """A page, what its console complained of, and every address outside this machine that it asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.outside: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))

    def _console(self, message: ConsoleMessage) -> None:
        # Opened below /, Streamlit first looks for its server there: a 404 of its own, not of our page.
        if message.type == "error" and "_stcore" not in message.location.get("url", ""):
            self.errors.append(message.text)

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1":
            self.outside.append(url)


@pytest.fixture
def watched() -> Iterator[Watched]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="fr-FR")
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        found = Watched(page)
        yield found
        browser.close()
    assert found.errors == []
    assert found.outside == []


def drawn(page: Page) -> None:
    """Wait for the end of the drawing that what is seen belongs to: nothing of the page before is left."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def opened(page: Page, stack: Stack) -> None:
    page.goto(stack.app_url)
    expect(page.locator(".rt-hit").first).to_be_visible()
    drawn(page)


def search(page: Page, stack: Stack, query: str = QUERY) -> None:
    opened(page, stack)
    box = page.locator(".st-key-query_box input")
    box.fill(query)
    box.press("Enter")
    expect(page.locator(".rt-hit mark").first).to_be_visible()
    drawn(page)


def parameters(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def reported(page: Page) -> str:
    return parameters(page)["report"][0]


def test_from_a_search_to_a_report_to_a_similar_case(watched: Watched, running_stack: Stack) -> None:
    page = watched.page
    search(page, running_stack)
    expect(page.locator(".rt-summary h2")).to_have_text("Comptes rendus trouvés")
    expect(page.locator(".rt-why-text").first).to_contain_text("mots retrouvés : embolie")

    page.get_by_role("link", name="Lire le compte rendu").first.click()
    expect(page.locator(".rt-report mark").first).to_be_visible()
    page.wait_for_url(re.compile(r"/report\?.*report="))
    first = reported(page)
    text = httpx.get(f"{running_stack.api_url}/v1/reports/{first}").json()["text"]
    drawn(page)
    conclusion = page.locator(".rt-part-conclusion .rt-text").first.inner_text()
    assert conclusion.split("\n")[0] in text

    similar = page.locator("#similar")
    similar.scroll_into_view_if_needed()
    expect(similar).to_contain_text("Cas semblables")
    drawn(page)
    page.get_by_role("link", name="Lire le compte rendu").first.click()
    page.wait_for_url(lambda url: f"report={first}" not in url and "report=" in url)
    expect(page.locator(".rt-report")).to_be_visible()
    assert reported(page) != first

    page.go_back()
    page.wait_for_url(re.compile(first))
    page.get_by_role("link", name="Retour aux résultats").click()
    expect(page.locator(".st-key-query_box input")).to_have_value(QUERY)


def test_a_filter_changes_the_counts_and_the_address_which_never_holds_the_query(
    watched: Watched, running_stack: Stack
) -> None:
    page = watched.page
    search(page, running_stack)
    before = page.locator(".rt-summary span").inner_text()
    page.get_by_test_id("stSidebar").get_by_role("button", name=re.compile("^Scanner")).click()
    page.wait_for_url(re.compile(r"modality=CT"))
    expect(page.locator(".rt-summary span")).to_contain_text("aux filtres")
    drawn(page)
    filters = {"modalities": ["CT"]}
    total = httpx.post(f"{running_stack.api_url}/v1/facets", json={"filters": filters}).json()["total"]
    shown = re.sub(r"\s", "", page.locator(".rt-summary span").inner_text())
    assert shown.startswith(f"{total}compte")
    assert page.locator(".rt-summary span").inner_text() != before
    expect(page.locator(".rt-hit .rt-modality").first).to_have_text("Scanner")
    assert set(page.locator(".rt-hit .rt-modality").all_inner_texts()) == {"Scanner"}
    assert parameters(page) == {"modality": ["CT"]}
    hrefs = [link.get_attribute("href") or "" for link in page.get_by_role("link").all()]
    assert [href for href in [page.url, *hrefs] if "embolie" in href or "pulmonaire" in href] == []


def test_an_address_opened_elsewhere_shows_the_same_filters(watched: Watched, running_stack: Stack) -> None:
    page = watched.page
    page.goto(f"{running_stack.app_url}/?modality=CT&age_min=40")
    expect(page.locator(".rt-hit").first).to_be_visible()
    expect(page.locator(".rt-summary span")).to_contain_text("aux filtres")
    drawn(page)
    assert set(page.locator(".rt-hit .rt-modality").all_inner_texts()) == {"Scanner"}


def test_a_finding_is_asked_for_and_marked_in_the_report(watched: Watched, running_stack: Stack) -> None:
    page = watched.page
    opened(page, running_stack)
    page.get_by_text("Constatations recherchées").click()
    box = page.locator(".st-key-finding_box input")
    box.fill("embolie pulm")
    box.press("Enter")
    page.locator(".st-key-finding_matches").get_by_text("embolie pulmonaire", exact=True).click()
    page.wait_for_url(re.compile("finding=and"))
    expect(page.locator(".rt-asked")).to_contain_text("embolie pulmonaire (présent)")
    filters = {"findings": [{"any_of": [{"concept": parameters(page)["finding"][0].removeprefix("and:")}]}]}
    total = httpx.post(f"{running_stack.api_url}/v1/facets", json={"filters": filters}).json()["total"]
    assert total > 0
    expect(page.locator(".rt-summary span")).to_contain_text(re.compile(rf"^{total} comptes? rendus? correspond"))
    expect(page.locator(".rt-matched").first).to_contain_text("Embolie pulmonaire")

    drawn(page)
    page.get_by_role("link", name="Lire le compte rendu").first.click()
    mark = page.locator(".rt-report .rt-f-present[title^='Embolie pulmonaire']").first
    expect(mark).to_be_visible()
    page.locator(".st-key-findings_switch label").click()
    expect(mark).to_have_count(0)


def test_the_language_changes_and_the_search_stays(watched: Watched, running_stack: Stack) -> None:
    page = watched.page
    search(page, running_stack)
    page.get_by_role("link", name="English").click()
    expect(page.locator(".rt-summary h2")).to_have_text("Reports found")
    page.wait_for_url(re.compile("lang=en"))
    expect(page.locator(".st-key-query_box input")).to_have_value(QUERY)
    page.get_by_role("link", name="Corpus").click()
    expect(page.locator(".rt-summary h2")).to_have_text("The indexed corpus")
    expect(page.locator("[class*='st-key-corpus_by_']")).to_have_count(6)


def test_the_slash_key_goes_to_the_query_box(watched: Watched, running_stack: Stack) -> None:
    page = watched.page
    opened(page, running_stack)
    page.locator(".rt-brand").click()
    box = page.locator(".st-key-query_box input")
    expect(box).to_have_attribute("aria-keyshortcuts", "/")  # the script of the key has been loaded
    page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value("")


def test_a_pasted_report_finds_similar_cases(watched: Watched, running_stack: Stack) -> None:
    page = watched.page
    opened(page, running_stack)
    page.get_by_text("Coller un compte rendu pour trouver des cas semblables").click()
    page.locator("textarea").fill("Défaut endoluminal des artères lobaires inférieures. Embolie pulmonaire bilatérale.")
    page.get_by_role("button", name="Chercher les cas semblables").click()
    expect(page.locator(".rt-like")).to_have_text("Cas semblables au compte rendu collé")
    expect(page.locator(".rt-hit").first).to_contain_text(re.compile("emboli", re.IGNORECASE))
    assert parameters(page) == {}


def test_a_held_back_report_is_rejected_by_a_key_and_released_after_all(watched: Watched, running_stack: Stack) -> None:
    page, api = watched.page, f"{running_stack.api_url}/v1"
    listed = httpx.get(f"{api}/quarantine").json()
    total, number = listed["total"], listed["held"][0]["number"]
    record = httpx.get(f"{api}/quarantine/{number}").json()
    indexed = httpx.post(f"{api}/facets", json={}).json()["total"]

    opened(page, running_stack)
    page.get_by_role("link", name="Quarantaine").click()
    expect(page.locator(".rt-position")).to_have_text(f"1 sur {total}")
    first = record["identifiers"][0]
    expect(page.locator("mark.rt-id").first).to_have_text(record["text"][first["start"] : first["end"]])
    page.locator(".st-key-quarantine_reviewer_box input").fill("Dr Roy")
    page.get_by_role("button", name="Faux positif : éponyme").click()
    expect(page.locator("textarea")).to_have_value("Faux positif : éponyme ou terme médical")
    drawn(page)

    page.locator("textarea").press("x")  # typed in a field, it is a letter
    expect(page.locator(".rt-position")).to_have_text(f"1 sur {total}")
    page.locator(".rt-position").click()
    expect(page.locator(f".st-key-quarantine_rejected_{number} button").first).to_have_attribute(
        "aria-keyshortcuts", "x"
    )
    page.keyboard.press("x")
    expect(page.locator(".rt-note-done")).to_contain_text(f"n° {number} a été écarté")
    assert httpx.get(f"{api}/quarantine").json()["total"] == total - 1

    page.get_by_role("link", name="Le revoir").click()
    expect(page.get_by_text("Déjà traité")).to_be_visible()
    drawn(page)  # until then the field and the buttons may be those of the record shown before
    page.locator(f".st-key-quarantine_reason_{number} textarea").fill("Relu : personne n'est nommé.")
    page.get_by_role("button", name="Laisser passer").click()
    expect(page.locator(".rt-note-done")).to_contain_text(f"n° {number} a été laissé passer : il est indexé.")
    made = httpx.get(f"{api}/quarantine/{number}").json()["decisions"]
    assert [(one["verdict"], one["who"]) for one in made] == [("rejected", "Dr Roy"), ("released", "Dr Roy")]
    for _attempt in range(40):  # the API takes up what was written at its next look at the stores
        if httpx.post(f"{api}/facets", json={}).json()["total"] > indexed:
            break
        page.wait_for_timeout(500)
    assert httpx.post(f"{api}/facets", json={}).json()["total"] == indexed + 1
    assert set(parameters(page)) <= {"record"}

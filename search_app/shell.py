"""What every page stands in: the language, the view, the client, the head of the page, and the API's faults."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from search_app.client import ApiDown, ApiRefused, Client
from search_app.i18n import Texts, texts
from search_app.render import escape
from search_app.settings import AppSettings
from search_app.state import View, read_view
from search_app.vocabulary import Policy

STYLE: Final = Path(__file__).with_name("style.css")
# Not in a folder named pages: until a first session has come, Streamlit would run what is there without app.py.
SEARCH_PAGE: Final = "screens/search.py"
REPORT_PAGE: Final = "screens/report.py"
CORPUS_PAGE: Final = "screens/corpus.py"
QUARANTINE_PAGE: Final = "screens/quarantine.py"
PAGES: Final = {SEARCH_PAGE: "app.search", CORPUS_PAGE: "app.corpus", QUARANTINE_PAGE: "app.quarantine"}
"""The pages of the masthead, with the keys of their names."""
SERVE_COMMAND: Final = "radiotheque serve"


@dataclass(frozen=True, slots=True)
class Screen:
    """What a page draws with."""

    t: Texts
    view: View
    api: Client


def current_view() -> View:
    """The view of the page's address."""
    return read_view({name: st.query_params.get_all(name) for name in st.query_params})


def current_screen() -> Screen:
    """The screen of this run."""
    view = current_view()
    return Screen(texts(view.language), view, _client(AppSettings()))


@st.cache_resource(show_spinner=False, max_entries=2, on_release=Client.close)
def _client(settings: AppSettings) -> Client:
    return Client(settings)


def go_to(view: View) -> None:
    """Put a view in the page's address; for callbacks, before the page is drawn again."""
    st.query_params.from_dict(view.params())


def masthead(screen: Screen, page: StreamlitPage) -> None:
    """Name, pages and language, on one line."""
    t, view = screen.t, screen.view.elsewhere()
    with st.container(key="masthead", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(
            f'<span class="rt-brand">{escape(t("app.title"))}</span>'
            f'<span class="rt-tagline">{escape(t("app.tagline"))}</span>'
        )
        for target, name in PAGES.items():
            here = page.title == t(name)
            with st.container(key=f"{'here' if here else 'elsewhere'}_{name.removeprefix('app.')}", width="content"):
                st.page_link(target, label=t(name), query_params=view.params())
        other = replace(screen.view, language=t.language.other)
        st.page_link(page, label=t("app.switch"), query_params=other.params())


def footer(screen: Screen) -> None:
    """What the tool is not."""
    st.html(f'<p class="rt-footer">{escape(screen.t("app.disclaimer"))}</p>')


def gate_banner(policy: Policy, t: Texts) -> None:
    """A warning if the gate lets everything through."""
    if policy is Policy.OFF:
        with st.container(key="gate_off"):
            st.error(t("quarantine.gate_off"), icon=":material/gpp_bad:")


def guarded(draw: Callable[[Screen], None]) -> None:
    """Draw a page; if the API is down or refuses, say so in its place."""
    screen = current_screen()
    try:
        draw(screen)
    except ApiDown as fault:
        _show_down(screen.t, fault)
    except ApiRefused as fault:
        _show_refused(screen.t, fault)


def _show_down(t: Texts, fault: ApiDown) -> None:
    with st.container(border=True, key="api_down"):
        st.html(
            f"<h2>{escape(t('fault.down'))}</h2><p>{escape(t(f'fault.down_{fault.reason}', address=fault.address))}</p>"
        )
        st.code(SERVE_COMMAND, language=None, width="content")
        st.html(f'<p class="rt-muted">{escape(t("fault.down_env"))}</p>')
        st.button(t("fault.retry"), type="primary")


def _show_refused(t: Texts, fault: ApiRefused) -> None:
    with st.container(border=True, key="api_refused"):
        sentence = fault.message or t("fault.refused_plain", status=str(fault.status))
        kind = "away.title" if fault.full_text_away else "fault.not_ready" if fault.not_ready else "fault.refused"
        st.html(f"<h2>{escape(t(kind))}</h2><p>{escape(sentence)}</p>")
        st.button(t("fault.retry"))

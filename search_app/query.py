"""The query of this session: words, or a pasted report. It is kept in the session and never in the address."""

from dataclasses import replace
from typing import Final

import streamlit as st

from search_app.client import Question
from search_app.components import QUERY_BOX
from search_app.i18n import Texts
from search_app.shell import Screen, current_view, go_to
from search_app.vocabulary import Mode

PAGE_SIZE: Final = 10
EXAMPLES: Final = ("search.example_1", "search.example_2", "search.example_3")

_TEXT: Final = "query_text"
_PASTED: Final = "pasted_text"
_PASTE_BOX: Final = "paste_box"
_MODE: Final = "mode_choice"
_SEEN_LIKE: Final = "like_seen"


def query_text() -> str:
    """The words of the current search; empty if there are none."""
    return str(st.session_state.get(_TEXT, "")).strip()


def pasted_text() -> str:
    """The report that was pasted to be resembled; empty if there is none."""
    return str(st.session_state.get(_PASTED, "")).strip()


def current_question(screen: Screen) -> Question:
    """What this session asks, at the page and with the filters of the address."""
    view = screen.view
    return Question(
        text=query_text() or None,
        like_id=view.like,
        like_text=pasted_text() or None,
        filters=view.filters,
        mode=view.mode,
        offset=(view.page - 1) * PAGE_SIZE,
        limit=PAGE_SIZE,
    )


def follow_like(screen: Screen) -> None:
    """Empty the query once when the address asks for the cases like another report."""
    if screen.view.like != st.session_state.get(_SEEN_LIKE):
        st.session_state[_SEEN_LIKE] = screen.view.like
        if screen.view.like:
            _set_query("")


def _set_query(text: str, pasted: str = "") -> None:
    st.session_state[_TEXT] = st.session_state[QUERY_BOX] = text
    st.session_state[_PASTED] = pasted


def _ask(text: str, pasted: str = "") -> None:
    _set_query(text, pasted)
    go_to(replace(current_view(), page=1, like=None))


def _box_changed() -> None:
    st.session_state[_TEXT] = st.session_state[QUERY_BOX]
    go_to(replace(current_view(), page=1))


def _paste_sent() -> None:
    _ask("", st.session_state[_PASTE_BOX])


def _mode_changed() -> None:
    go_to(replace(current_view(), page=1, mode=st.session_state[_MODE]))


def stop_resembling() -> None:
    """Back to a search by words."""
    _ask(query_text())


def query_box(t: Texts) -> None:
    """The box for the words, and its button; the Enter key does the same."""
    st.session_state.setdefault(QUERY_BOX, st.session_state.get(_TEXT, ""))
    with st.container(key="query_row", horizontal=True, vertical_alignment="center", gap="small"):
        st.text_input(
            t("search.label"),
            key=QUERY_BOX,
            type="search",
            label_visibility="collapsed",
            placeholder=t("search.placeholder"),
            on_change=_box_changed,
        )
        st.button(t("search.submit"), key="query_submit", type="primary")


def mode_choice(screen: Screen) -> None:
    """How to rank, and what may be typed."""
    t = screen.t
    if st.session_state.get(_MODE) != screen.view.mode:
        st.session_state[_MODE] = screen.view.mode
    with st.container(key="mode_row", horizontal=True, vertical_alignment="center", gap="medium"):
        st.segmented_control(
            t("search.mode"),
            list(Mode),
            key=_MODE,
            required=True,
            format_func=lambda mode: t(f"search.modes.{mode}"),
            label_visibility="collapsed",
            on_change=_mode_changed,
        )
        st.caption(t("search.help"), help=t("search.mode_help"), width="content")


def paste_box(t: Texts) -> None:
    """The box for a report to resemble."""
    with st.expander(t("paste.title"), icon=":material/content_paste:"):
        st.text_area(
            t("paste.label"),
            key=_PASTE_BOX,
            placeholder=t("paste.placeholder"),
            height=180,
            label_visibility="collapsed",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(t("paste.submit"), key="paste_submit", on_click=_paste_sent)
            st.caption(t("paste.privacy"))


def examples(t: Texts) -> None:
    """Three queries to click."""
    with st.container(key="examples", horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(t("search.examples"), width="content")
        for name in EXAMPLES:
            st.button(t(name), key=name, on_click=_ask, args=(t(name),))

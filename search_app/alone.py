"""Search by meaning alone while the full text is away: offered, done when it is chosen, and said with the results."""

from typing import Final

import streamlit as st

from search_app.answers import Found
from search_app.client import ApiRefused, Client, Question
from search_app.i18n import Texts
from search_app.render import escape

_CHOSEN: Final = "meaning_alone"


def as_chosen(question: Question) -> Question:
    """The question, by meaning alone if that was chosen in this session and there is something to compare."""
    return question.by_meaning_alone() if st.session_state.get(_CHOSEN) and question.has_meaning else question


def asked(api: Client, question: Question) -> Found:
    """The answer; what was chosen is forgotten as soon as the full text is there again."""
    found = api.search(as_chosen(question))
    if not st.session_state.get(_CHOSEN) or found.degraded is not None:
        return found
    _forget()
    return api.search(question)


def offer(question: Question, fault: ApiRefused, t: Texts) -> None:
    """In place of results: what is away, what may still be done, and the button that does it."""
    with st.container(border=True, key="full_text_away"):
        why = _why(question)
        st.html(
            f"<h2>{escape(t('away.title'))}</h2><p>{escape(t(f'away.{why}'))}</p>"
            f'<p class="rt-muted">{escape(t("away.said"))} {escape(fault.message)}</p>'
        )
        with st.container(horizontal=True):
            if why == "offered":
                st.button(t("away.alone"), key="search_alone", type="primary", on_click=_choose)
            st.button(t("fault.retry"), key="search_retry", on_click=_forget)


def notice(found: Found, t: Texts) -> None:
    """Above results that were found by meaning alone: what is missing, and the way back."""
    if found.degraded is None:
        return
    with st.container(key="alone_notice", horizontal=True, vertical_alignment="center"):
        st.html(
            f'<div role="status"><b>{escape(t("away.notice"))}</b> {escape(t("away.missing"))}'
            f"<small>{escape(t('away.said'))} {escape(found.degraded)}</small></div>",
            width="stretch",
        )
        st.button(t("away.again"), key="search_again", on_click=_forget)


def _why(question: Question) -> str:
    """Which sentence: meaning alone was tried, or can be, or there is nothing to compare."""
    if not question.has_meaning:
        return "nothing_asked"
    return "needed" if st.session_state.get(_CHOSEN) else "offered"


def _choose() -> None:
    st.session_state[_CHOSEN] = True


def _forget() -> None:
    st.session_state.pop(_CHOSEN, None)

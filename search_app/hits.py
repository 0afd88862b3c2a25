"""A list of hits as cards, with links to read them and to their similar cases."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from search_app.answers import Hit
from search_app.explain import hit_card
from search_app.shell import REPORT_PAGE, SEARCH_PAGE, Screen, current_view, go_to
from search_app.state import MAX_PAGE, View


def page_count(total: int | None, page: int, shown: int, size: int) -> int:
    """How many pages there are to offer: `total` reports at most, and no more than this page if it is not full.

    total: None where nothing is counted: one more page.
    """
    if shown < size:
        return max(page, 1)
    if total is None:
        return min(page + 1, MAX_PAGE)
    return min(max(-(-total // size), page, 1), MAX_PAGE)


def hit_list(screen: Screen, hits: Sequence[Hit], view: View, *, worded: bool) -> None:
    """Cards for hits. view: what the links keep of the address; worded: whether words were searched."""
    for hit in hits:
        with st.container(border=True, key=f"hit_{hit.rank}", gap="small"):
            st.html(hit_card(hit, screen.t, worded=worded))
            with st.container(horizontal=True, gap="medium"):
                reading = replace(view, report=hit.report_id)
                st.page_link(
                    REPORT_PAGE, label=screen.t("hit.read"), icon=":material/article:", query_params=reading.params()
                )
                resembling = replace(view, report=None, like=hit.report_id, page=1)
                st.page_link(
                    SEARCH_PAGE,
                    label=screen.t("hit.similar"),
                    icon=":material/join_inner:",
                    query_params=resembling.params(),
                )


def page_choice(view: View, pages: int) -> None:
    """Page numbers, which follow the address and change it."""
    key = f"result_page_{view.page}_{pages}"  # a widget of its own for each state, so that it starts at the address's
    st.pagination(pages, default=view.page, key=key, width="stretch", on_change=_page_changed, args=(key,))


def _page_changed(key: str) -> None:
    go_to(replace(current_view(), page=st.session_state[key], record=None))

"""The search page: a query, filters with counts, ranked hits."""

import re
from dataclasses import replace

import streamlit as st

from search_app import alone
from search_app.answers import Found
from search_app.builder import findings_builder, top_findings
from search_app.client import ApiRefused, Question
from search_app.counts import filter_counts, uncounted
from search_app.hits import hit_list, page_choice, page_count
from search_app.i18n import Texts
from search_app.query import (
    PAGE_SIZE,
    current_question,
    examples,
    follow_like,
    mode_choice,
    paste_box,
    query_box,
    stop_resembling,
)
from search_app.render import SEPARATOR, escape, exam_title
from search_app.shell import SEARCH_PAGE, Screen, guarded
from search_app.sidebar import filter_bar
from search_app.vocabulary import Facet, Mode

_IN_SECTION = re.compile(
    r"(?<!\S)-?(?:indication|technique|comparaison|comparison|r[ée]sultats|results|conclusion):(?=\S)", re.IGNORECASE
)


def draw(screen: Screen) -> None:
    """The page, from what the session asks and what the address says."""
    t = screen.t
    follow_like(screen)
    question = current_question(screen)
    query_box(t)
    mode_choice(screen)
    paste_box(t)
    findings_builder(screen)  # before the search, so that a finding that the API refuses can be removed
    try:
        found = alone.asked(screen.api, question)
    except ApiRefused as fault:
        if not fault.full_text_away:
            raise
        filter_bar(screen, uncounted(question.filters), counted=False)
        alone.offer(question, fault, t)
        return
    _filters(screen, question, found)
    _asked(screen, question)
    alone.notice(found, t)
    st.html(summary(question, found, t))
    if not found.hits:
        _nothing(screen, question, found)
        return
    hit_list(screen, found.hits, screen.view, worded=bool(question.text))
    pages = page_count(found.total, screen.view.page, len(found.hits), PAGE_SIZE)
    if pages > 1:
        page_choice(screen.view, pages)


def _filters(screen: Screen, question: Question, found: Found) -> None:
    if found.degraded is not None:
        filter_bar(screen, uncounted(question.filters), counted=False)
        return
    counts = filter_counts(screen.api, question.filters, question.text, found.facets)
    filter_bar(screen, counts)
    with st.sidebar:
        top_findings(screen, counts[Facet.FINDING])


def _asked(screen: Screen, question: Question) -> None:
    t = screen.t
    if not question.has_meaning:
        examples(t)
        return
    if not (question.like_id or question.like_text):
        return
    label = t("like.pasted")
    if question.like_id:
        label = t("like.report", exam=exam_title(screen.api.report(question.like_id).exam, t))
    with st.container(key="like_notice", horizontal=True, vertical_alignment="center"):
        st.html(f'<span class="rt-like">{escape(label)}</span>')
        st.button(t("like.clear"), key="like_clear", type="tertiary", icon=":material/close:", on_click=stop_resembling)


def summary(question: Question, found: Found, t: Texts) -> str:
    """The heading of the results, with the exact counts where there are some, as HTML."""
    key = "search.total_filtered" if question.filters else "search.total"
    counts = [] if found.total is None else [t(key, n=found.total)]
    if found.total and found.containing_all_words is not None:
        counts.append(t("search.all_words", n=found.containing_all_words))
    counts.append(t("search.took", ms=round(found.took_ms)))
    title = t("search.results" if question.has_meaning else "search.newest")
    return f'<div class="rt-summary"><h2>{escape(title)}</h2><span>{escape(SEPARATOR.join(counts))}</span></div>'


def advice(question: Question, t: Texts) -> list[str]:
    """What to relax when nothing was found, most likely first."""
    words = (question.text or "").split()
    checks = {
        "search.empty.phrase": '"' in (question.text or ""),
        "search.empty.section": bool(_IN_SECTION.search(question.text or "")),
        "search.empty.excluded": any(word.startswith("-") for word in words),
        "search.empty.filters": bool(question.filters),
        "search.empty.mode": question.mode is Mode.LEXICAL,
    }
    return [t(key) for key, applies in checks.items() if applies]


def _nothing(screen: Screen, question: Question, found: Found) -> None:
    t = screen.t
    if question.offset and found.total != 0:
        st.html(f'<div class="rt-nothing"><p>{escape(t("search.empty.beyond"))}</p></div>')
        first = replace(screen.view, page=1)
        st.page_link(SEARCH_PAGE, label=t("search.empty.first_page"), query_params=first.params())
        return
    steps = "".join(f"<li>{escape(step)}</li>" for step in advice(question, t))
    st.html(f'<div class="rt-nothing"><h3>{escape(t("search.empty.title"))}</h3><ul>{steps}</ul></div>')


if __name__ == "__main__":
    guarded(draw)

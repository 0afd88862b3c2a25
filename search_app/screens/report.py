"""The report page: a whole report, the patient's other exams, and similar cases."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from search_app.answers import Found, Report, Span
from search_app.client import ApiRefused, Question
from search_app.components import copy_button
from search_app.hits import hit_list
from search_app.i18n import Texts
from search_app.marks import legend
from search_app.query import query_text
from search_app.reading import report_body
from search_app.render import badges, escape, exam_date, exam_title, facts_line, facts_table
from search_app.shell import REPORT_PAGE, SEARCH_PAGE, Screen, guarded

MAX_RELATED: Final = 12
SIMILAR: Final = 5

_SWITCH: Final = "findings_switch"
_SHOWN: Final = "findings_shown"


def draw(screen: Screen) -> None:
    """The report that the address names."""
    t, view = screen.t, screen.view
    back = replace(view, report=None)
    st.page_link(SEARCH_PAGE, label=t("report.back"), icon=":material/arrow_back:", query_params=back.params())
    report = _report(screen)
    if report is None:
        st.info(t("report.unknown" if view.report else "report.missing"))
        return
    highlights = _highlights(screen, report)
    reading, side = st.columns([2.4, 1], gap="large")
    with reading, st.container(border=True, key="report_sheet"):
        st.html(_heading(report, t))
        _tools(report, highlights, t)
        st.html(report_body(report, highlights, t, findings=_findings_shown(report, t)))
    with side:
        _facts(report, t)
        _other_exams(screen, report)
    _similar(screen, report)


def _report(screen: Screen) -> Report | None:
    if not screen.view.report:
        return None
    try:
        return screen.api.report(screen.view.report)
    except ApiRefused as refusal:
        if refusal.not_found:
            return None
        raise


def _highlights(screen: Screen, report: Report) -> tuple[Span, ...]:
    words = query_text()
    return screen.api.highlights(report.report_id, words) if words else ()


def _heading(report: Report, t: Texts) -> str:
    return (
        f'<div class="rt-head rt-head-report">{badges(report.exam, t)}'
        f'<span class="rt-facts">{escape(facts_line(report.exam, t))}</span></div>'
    )


def _tools(report: Report, highlights: Sequence[Span], t: Texts) -> None:
    with st.container(key="report_tools", horizontal=True, vertical_alignment="center"):
        copy_button(report.text, t("report.copy"), t("report.copied"))
        if highlights:
            st.caption(t("report.marked", n=len(highlights)))


def _findings_shown(report: Report, t: Texts) -> bool:
    """The switch for the marks of findings, with their legend, and whether it is on; it stays for the session."""
    if not report.findings:
        return False
    st.session_state.setdefault(_SWITCH, st.session_state.get(_SHOWN, True))
    with st.container(key="report_findings", horizontal=True, vertical_alignment="center"):
        shown = st.toggle(t("finding.marked"), key=_SWITCH)
        st.session_state[_SHOWN] = shown
        if shown:
            st.html(legend(report.findings, t))
    return shown


def _facts(report: Report, t: Texts) -> None:
    st.html(f'<h3 class="rt-side">{escape(t("report.facts"))}</h3>{facts_table(report.exam, t)}')


def _other_exams(screen: Screen, report: Report) -> None:
    t = screen.t
    st.html(f'<h3 class="rt-side">{escape(t("report.others"))}</h3>')
    if not report.related_report_ids:
        st.caption(t("report.no_others"))
        return
    latest = report.related_report_ids[-MAX_RELATED:]
    exams = [report, *(screen.api.report(report_id) for report_id in latest)]
    with st.container(key="timeline", gap=None):
        for exam in sorted(exams, key=_day, reverse=True):
            if exam is report:
                st.html(f'<p class="rt-this">{escape(t("report.this_one", date=exam_date(exam.exam, t)))}</p>')
                continue
            address = replace(screen.view, report=exam.report_id)
            st.page_link(REPORT_PAGE, label=exam_title(exam.exam, t), query_params=address.params())
    hidden = len(report.related_report_ids) - len(latest)
    if hidden:
        st.caption(t("report.older", n=hidden))


def _day(report: Report) -> dt.date:
    return report.exam.exam_date or dt.date.min


def _similar(screen: Screen, report: Report) -> None:
    t = screen.t
    found = _resembling(screen, Question(like_id=report.report_id, limit=SIMILAR))
    st.html(f'<div class="rt-summary" id="similar"><h2>{escape(t("report.similar"))}</h2></div>')
    if found.degraded is not None:
        st.caption(t("away.similar"))
    if not found.hits:
        st.caption(t("report.no_similar"))
        return
    hit_list(screen, found.hits, screen.view, worded=False)
    resembling = replace(screen.view, report=None, like=report.report_id, page=1)
    st.page_link(SEARCH_PAGE, label=t("report.similar_all"), query_params=resembling.params())


def _resembling(screen: Screen, question: Question) -> Found:
    """Cases by words and meaning; by meaning alone while the full text is away, since the report itself is there."""
    try:
        return screen.api.search(question)
    except ApiRefused as fault:
        if not fault.full_text_away:
            raise
        return screen.api.search(question.by_meaning_alone())


if __name__ == "__main__":
    guarded(draw)

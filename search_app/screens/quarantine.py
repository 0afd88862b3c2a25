"""The quarantine page: what the gate held back, one record at a time, each with a decision to be taken."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from search_app.answers import HeldRecord
from search_app.client import ApiRefused
from search_app.components import pressing_keys
from search_app.held import categories_line, decisions_list, legend, place_of, record_facts, record_text
from search_app.hits import page_choice
from search_app.i18n import Texts
from search_app.render import escape
from search_app.review import (
    MAX_WHO,
    MAX_WHY,
    REVIEWER_BOX,
    Note,
    ask_reviewer,
    decide,
    fill_reason,
    fill_reviewer,
    keep_reason,
    keep_reviewer,
    note,
    reason_box,
    reviewer,
    reviewer_known,
    suggest_reason,
)
from search_app.shell import QUARANTINE_PAGE, SEARCH_PAGE, Screen, gate_banner, go_to, guarded
from search_app.state import View
from search_app.vocabulary import Verdict
from search_app.waiting import PAGE_SIZE, Queue, read_queue, view_after_decision, view_of

SUGGESTIONS: Final = (
    "quarantine.suggestion.eponym",
    "quarantine.suggestion.unrelated",
    "quarantine.suggestion.named",
    "quarantine.suggestion.source",
)
# Verdicts that may follow a verdict: what was released is indexed, and a rejection would not take it out again.
# (A comment: Streamlit would show a bare string of a page on the page.)
OPEN_TO: Final = {
    None: (Verdict.RELEASED, Verdict.REJECTED),
    Verdict.REJECTED: (Verdict.RELEASED,),
    Verdict.RELEASED: (),
}
ICONS: Final = {Verdict.RELEASED: ":material/check:", Verdict.REJECTED: ":material/block:"}

_PREVIOUS: Final = "quarantine_previous"
_NEXT: Final = "quarantine_next"
_PLACES: Final = {
    "j": _NEXT,
    "ArrowRight": _NEXT,
    "k": _PREVIOUS,
    "ArrowLeft": _PREVIOUS,
    "r": f"quarantine_{Verdict.RELEASED}",
    "x": f"quarantine_{Verdict.REJECTED}",
}
_STEP_KEYS: Final = ((("j", "→"), "quarantine.next"), (("k", "←"), "quarantine.previous"))
_VERDICT_KEYS: Final = {Verdict.RELEASED: ("r",), Verdict.REJECTED: ("x",)}


def draw(screen: Screen) -> None:
    """The record that the address names, else the first that waits; and the list of those that wait."""
    t = screen.t
    queue = read_queue(screen.api, screen.view.page)
    gate_banner(queue.listed.policy, t)
    st.html(heading(queue, t))
    st.caption(t(f"quarantine.policy.{queue.listed.policy}"))
    number = screen.view.record or queue.first
    _done(screen, number)
    if number is None:
        _nothing_waits(screen)
        return
    record = _record(screen, number)
    reading, side = st.columns([2, 1], gap="large")
    with reading, st.container(border=True, key="held_sheet"):
        if record is None:
            st.info(t("quarantine.unknown"))
        else:
            _sheet(screen, queue, record)
    with side:
        if record is not None:
            _decision(screen, queue, record)
        _waiting(screen, queue, number)
    pressing_keys(_PLACES)


def heading(queue: Queue, t: Texts) -> str:
    """The title, with how many records wait."""
    count = t("quarantine.waiting", n=queue.total)
    return f'<div class="rt-summary"><h2>{escape(t("quarantine.title"))}</h2><span>{escape(count)}</span></div>'


def _record(screen: Screen, number: int) -> HeldRecord | None:
    try:
        return screen.api.held_record(number)
    except ApiRefused as refusal:
        if refusal.not_found:
            return None
        raise


def _nothing_waits(screen: Screen) -> None:
    t = screen.t
    title, sentence = escape(t("quarantine.nothing")), escape(t("quarantine.nothing_more"))
    st.html(f'<div class="rt-nothing"><h3>{title}</h3><p>{sentence}</p></div>')
    with st.container(key="quarantine_leave", horizontal=True, horizontal_alignment="center"):
        elsewhere = screen.view.elsewhere()
        st.page_link(SEARCH_PAGE, label=t("quarantine.to_search"), query_params=elsewhere.params())


def _done(screen: Screen, number: int | None) -> None:
    found, t = note(), screen.t
    if found is None or not found.done or found.shown_at != number:
        return
    with st.container(key="quarantine_note", horizontal=True, vertical_alignment="center"):
        st.html(note_line(found, t))
        again = replace(screen.view, record=found.number)
        st.page_link(QUARANTINE_PAGE, label=t("quarantine.see_again"), query_params=again.params(), width="content")


def _fault(number: int, t: Texts) -> None:
    found = note()
    if found is not None and not found.done and found.shown_at == number:
        st.html(note_line(found, t))


def note_line(found: Note, t: Texts) -> str:
    """What came of the last decision, with the API's own words if it refused."""
    said = f"<small>{escape(t('quarantine.fault.said', message=found.said))}</small>" if found.said else ""
    sentence = escape(t(found.key, number=str(found.number)))
    kind, role = ("done", "status") if found.done else ("fault", "alert")
    return f'<p class="rt-note rt-note-{kind}" role="{role}">{sentence}{said}</p>'


def _sheet(screen: Screen, queue: Queue, record: HeldRecord) -> None:
    t = screen.t
    with st.container(key="held_head", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<span class="rt-position">{escape(position_line(queue, record, t))}</span>')
        _steps(screen, queue, record)
    st.html(record_facts(record, t) + legend(record, t))
    st.html(record_text(record, t))


def position_line(queue: Queue, record: HeldRecord, t: Texts) -> str:
    """Where a record stands in the queue, or that it doesn't: plain text."""
    position = queue.position(record.number)
    if position is not None:
        return t("quarantine.position", n=position + 1, total=queue.total)
    return t("quarantine.elsewhere" if record.verdict is None else "quarantine.settled")


def _steps(screen: Screen, queue: Queue, record: HeldRecord) -> None:
    position = queue.position(record.number)
    first = (queue.page - 1) * PAGE_SIZE
    ways = (
        (_PREVIOUS, "quarantine.previous", ":material/chevron_left:", -1 if position is None else position - 1),
        (_NEXT, "quarantine.next", ":material/chevron_right:", first if position is None else position + 1),
    )
    for place, name, icon, wanted in ways:
        view = view_of(screen.view, queue, wanted)
        with st.container(key=place, width="content"):
            st.button(
                screen.t(name),
                key=f"{place}_{record.number}",
                icon=icon,
                icon_position="right" if place == _NEXT else "left",
                disabled=view is None,
                on_click=go_to,
                args=(view or screen.view,),
            )


def _decision(screen: Screen, queue: Queue, record: HeldRecord) -> None:
    t, verdicts = screen.t, OPEN_TO[record.verdict]
    with st.container(border=True, key="held_decision", gap="small"):
        st.html(f'<h3 class="rt-side">{escape(t("quarantine.decision"))}</h3>{decisions_list(record.decisions, t)}')
        if not verdicts:
            st.caption(t("quarantine.final"))
            return
        _who(t)
        _why(record.number, t)
        _fault(record.number, t)
        after = view_after_decision(screen.view, queue, queue.position(record.number))
        with st.container(key="verdicts", horizontal=True, gap="small"):
            for verdict in verdicts:
                _verdict(screen, record.number, verdict, after)
        st.html(keys_line(verdicts, t))


def _verdict(screen: Screen, number: int, verdict: Verdict, after: View) -> None:
    with st.container(key=f"quarantine_{verdict}"):
        st.button(
            screen.t(f"quarantine.verdict.{verdict}"),
            key=f"quarantine_{verdict}_{number}",  # of this record only: a second click is none on the next record
            help=screen.t(f"quarantine.verdict_help.{verdict}"),
            icon=ICONS[verdict],
            width="stretch",
            on_click=decide,
            args=(screen.api, number, verdict, after),
        )


def _who(t: Texts) -> None:
    if reviewer_known():
        with st.container(key="reviewer", horizontal=True, vertical_alignment="center", gap="small"):
            st.html(f'<span class="rt-muted">{escape(t("quarantine.in_name_of"))}</span> {escape(reviewer())}')
            st.button(t("quarantine.change"), key="quarantine_change", type="tertiary", on_click=ask_reviewer)
        return
    fill_reviewer()
    st.text_input(
        t("quarantine.reviewer"),
        key=REVIEWER_BOX,
        max_chars=MAX_WHO,
        placeholder=t("quarantine.reviewer_placeholder"),
        autocomplete="name",
        on_change=keep_reviewer,
    )


def _why(number: int, t: Texts) -> None:
    fill_reason(number)
    st.text_area(
        t("quarantine.why"),
        key=reason_box(number),
        max_chars=MAX_WHY,
        height=76,
        placeholder=t("quarantine.why_placeholder"),
        on_change=keep_reason,
        args=(number,),
    )
    with st.container(key="suggestions", gap=None):
        for name in SUGGESTIONS:
            st.button(t(name), key=f"{name}_{number}", type="tertiary", on_click=suggest_reason, args=(number, t(name)))


def keys_line(verdicts: Sequence[Verdict], t: Texts) -> str:
    """The keys and what they do."""
    known = [*_STEP_KEYS, *((_VERDICT_KEYS[verdict], f"quarantine.verdict.{verdict}") for verdict in verdicts)]
    hints = "".join(
        f"<span>{' '.join(f'<kbd>{key}</kbd>' for key in keys)} {escape(t(name))}</span>" for keys, name in known
    )
    return f'<p class="rt-keys">{hints}</p>'


def _waiting(screen: Screen, queue: Queue, number: int) -> None:
    t = screen.t
    if queue.first is None:
        return
    st.html(f'<h3 class="rt-side">{escape(t("quarantine.list"))}</h3>')
    with st.container(key="waiting", gap=None):
        for held in queue.on_page:
            here = held.number == number
            address = replace(screen.view, record=held.number, page=queue.page)
            label = t("quarantine.item", number=str(held.number), found=categories_line(held, t))
            with st.container(key=f"waiting_here_{held.number}" if here else f"waiting_{held.number}", gap=None):
                st.page_link(QUARANTINE_PAGE, label=label, query_params=address.params())
                st.html(f'<span class="rt-held-place">{escape(place_of(held, t))}</span>')
    if queue.pages > 1:
        page_choice(replace(screen.view, page=queue.page), queue.pages)


if __name__ == "__main__":
    guarded(draw)

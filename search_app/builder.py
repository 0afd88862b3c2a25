"""The findings asked for, as rows to add, change and remove. The address is what counts; the widgets follow it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from search_app.answers import Concept, Count
from search_app.client import Client
from search_app.findings import (
    MAX_ROWS,
    MAX_SIZE,
    SIDES,
    FindingRow,
    Join,
    Status,
    normal,
    sentence,
    sized,
    toggled,
)
from search_app.i18n import Texts
from search_app.render import escape
from search_app.shell import Screen, current_view, go_to

TOP: Final = 12
"""How many of the most frequent findings are offered."""

SEARCH_BOX: Final = "finding_box"
MATCHES: Final = "finding_matches"
TOP_FINDINGS: Final = "finding_top"

_REPLACED: Final = "finding_replaced"
_MAX_WORDS: Final = 80
_ANY_SIDE: Final = ""
_PIXELS: Final = {"join": 84, "status": 170, "side": 128, "size_min": 86, "size_max": 86}


def findings_builder(screen: Screen) -> None:
    """The rows, the search for one more, and what they say together."""
    t, rows = screen.t, screen.view.filters.findings
    names = concept_names(screen.api, (row.concept for row in rows), t)
    with st.expander(t("finding.title"), icon=":material/manage_search:", expanded=bool(rows)):
        for place, row in enumerate(rows):
            _row(place, row, names, t)
        _search(screen, names)
    if rows:
        said = escape(sentence(rows, names, t))
        st.html(f'<p class="rt-asked"><span>{escape(t("finding.asked"))}</span> {said}</p>')


def top_findings(screen: Screen, counts: Sequence[Count]) -> None:
    """The most frequent findings of the set, for the sidebar; one that is chosen is a row."""
    t, rows = screen.t, screen.view.filters.findings
    known = {count.value: count.count for count in counts[:TOP]}
    if not known:
        return
    names = concept_names(screen.api, known, t)
    chosen = [concept for concept in known if FindingRow(concept) in rows]
    if st.session_state.get(TOP_FINDINGS) != chosen:
        st.session_state[TOP_FINDINGS] = chosen
    st.pills(
        t("facet.finding"),
        list(known),
        key=TOP_FINDINGS,
        selection_mode="multi",
        format_func=lambda concept: f"{names[concept]}  {t.number(known[concept])}",
        on_change=_top_changed,
        args=(tuple(known),),
    )


def concept_names(api: Client, ids: Iterable[str], t: Texts) -> dict[str, str]:
    """The names of concepts by id; an id that the lexicon does not have is its own name."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    named = {concept.id: concept.label(t.language) for concept in api.concepts_named(wanted).concepts}
    return {concept: named.get(concept, concept) for concept in wanted}


def _row(place: int, row: FindingRow, names: dict[str, str], t: Texts) -> None:
    _follow_address(place, row)
    joins = "finding.next." if place else "finding.first."
    with st.container(key=f"finding_row_{place}", horizontal=True, vertical_alignment="center", gap="xsmall"):
        _choice(place, "join", list(Join) if place else [Join.AND, Join.NOT], joins, t)
        st.button(
            names[row.concept],
            key=f"finding_{place}_concept",
            icon=":material/edit:",
            help=t("finding.change"),
            width="stretch",
            on_click=_replace,
            args=(place,),
        )
        _choice(place, "status", list(Status), "status.", t)
        _choice(place, "side", [_ANY_SIDE, *SIDES], "side.", t)
        _bound(place, "size_min", t("finding.from"), t)
        _bound(place, "size_max", t("finding.to"), t)
        st.button(
            t("finding.remove"),
            key=f"finding_{place}_remove",
            icon=":material/close:",
            type="tertiary",
            on_click=_remove,
            args=(place,),
        )


def _choice(place: int, name: str, offered: Sequence[str], prefix: str, t: Texts) -> None:
    st.selectbox(
        t(f"finding.{name}"),
        offered,
        key=f"finding_{place}_{name}",
        format_func=lambda value: t(f"{prefix}{value}") if value else t("finding.any_side"),
        label_visibility="collapsed",
        width=_PIXELS[name],
        on_change=_row_changed,
        args=(place,),
    )


def _bound(place: int, name: str, hint: str, t: Texts) -> None:
    st.number_input(
        t(f"finding.{name}"),
        0.0,
        MAX_SIZE,
        None,
        1.0,
        format="%0.5g",
        key=f"finding_{place}_{name}",
        placeholder=hint,
        label_visibility="collapsed",
        width=_PIXELS[name],
        on_change=_row_changed,
        args=(place,),
    )


def _values(row: FindingRow) -> dict[str, Any]:
    return {
        "join": row.join,
        "status": row.status,
        "side": row.side or _ANY_SIDE,
        "size_min": row.size_min,
        "size_max": row.size_max,
    }


def _follow_address(place: int, row: FindingRow) -> None:
    for name, value in _values(row).items():
        key = f"finding_{place}_{name}"
        if key not in st.session_state or st.session_state[key] != value:
            st.session_state[key] = value


def _search(screen: Screen, names: dict[str, str]) -> None:
    t, rows = screen.t, screen.view.filters.findings
    replaced = _replaced(rows)
    if replaced is None and len(rows) >= MAX_ROWS:
        st.caption(t("finding.full", n=MAX_ROWS))
        return
    if replaced is not None:
        with st.container(key="finding_replacing", horizontal=True, vertical_alignment="center"):
            st.caption(t("finding.replacing", label=names[rows[replaced].concept]), width="content")
            st.button(t("finding.keep"), key="finding_keep", type="tertiary", on_click=_replace, args=(None,))
    st.text_input(
        t("finding.search"),
        key=SEARCH_BOX,
        type="search",
        label_visibility="collapsed",
        placeholder=t("finding.placeholder"),
    )
    words = st.session_state[SEARCH_BOX].strip()[:_MAX_WORDS]
    if words:
        _matches(screen.api.concepts(words).concepts, t)


def _matches(found: Sequence[Concept], t: Texts) -> None:
    if not found:
        st.caption(t("finding.no_match"))
        return
    said = {concept.id: _with_wording(concept, t) for concept in found}
    st.pills(
        t("finding.matches"),
        list(said),
        key=MATCHES,
        format_func=said.__getitem__,
        label_visibility="collapsed",
        on_change=_picked,
    )


def _with_wording(concept: Concept, t: Texts) -> str:
    label = concept.label(t.language)
    if not concept.wording or concept.wording.casefold() in (concept.label_fr.casefold(), concept.label_en.casefold()):
        return label  # the wording is its own name, in this language or the other
    return t("finding.match", label=label, wording=concept.wording)


def _replaced(rows: Sequence[FindingRow]) -> int | None:
    """The place of the row that gets another concept, if one does."""
    place: int | None = st.session_state.get(_REPLACED)
    return place if place is not None and place < len(rows) else None


def _replace(place: int | None) -> None:
    st.session_state[_REPLACED] = place


def _picked() -> None:
    concept = st.session_state[MATCHES]
    if concept is None:
        return
    rows = list(current_view().filters.findings)
    replaced = _replaced(rows)
    if replaced is None:
        rows.append(FindingRow(concept))
    else:
        rows[replaced] = replace(rows[replaced], concept=concept)
    st.session_state[SEARCH_BOX] = ""
    st.session_state[MATCHES] = None
    _go(rows)


def _row_changed(place: int) -> None:
    rows = list(current_view().filters.findings)
    if place >= len(rows):
        return
    values = {name: st.session_state.get(f"finding_{place}_{name}", old) for name, old in _values(rows[place]).items()}
    row = sized(rows[place], values["size_min"], values["size_max"])
    rows[place] = replace(row, join=values["join"], status=values["status"], side=values["side"] or None)
    _go(rows)


def _remove(place: int) -> None:
    rows = list(current_view().filters.findings)
    _go(rows[:place] + rows[place + 1 :])


def _top_changed(offered: tuple[str, ...]) -> None:
    _go(toggled(current_view().filters.findings, offered, st.session_state[TOP_FINDINGS]))


def _go(rows: Sequence[FindingRow]) -> None:
    """Put the rows in the address. A replacement under way ends, since places may mean other rows."""
    st.session_state[_REPLACED] = None
    view = current_view()
    go_to(replace(view, filters=replace(view.filters, findings=normal(rows)), page=1))

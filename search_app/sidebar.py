"""The filters, with counts. The address is what counts: the widgets follow it, and each change goes back into it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from search_app.answers import Count, Facets
from search_app.i18n import Texts
from search_app.shell import Screen, current_view, go_to
from search_app.state import Filters
from search_app.vocabulary import Facet, Modality, Region, Sex

AGE_TOP: Final = 110
"""The slider's upper end, which means no upper bound."""

_MODALITY: Final = "filter_modality"
_REGION: Final = "filter_region"
_SEX: Final = "filter_sex"
_SITE: Final = "filter_site"
_AGE: Final = "filter_age"
_FROM: Final = "filter_from"
_TO: Final = "filter_to"
_OLDEST: Final = dt.date(1950, 1, 1)


def filters_of(values: dict[str, Any]) -> Filters:
    """The filters that the widgets' values say, findings apart. values: by widget key."""
    youngest, oldest = values[_AGE]
    return Filters(
        modalities=tuple(Modality(value) for value in values[_MODALITY]),
        regions=tuple(Region(value) for value in values[_REGION]),
        sexes=tuple(Sex(value) for value in values[_SEX]),
        sites=tuple(values[_SITE]),
        age_min=youngest or None,
        age_max=oldest if oldest < AGE_TOP else None,
        date_from=values[_FROM],
        date_to=values[_TO],
    )


def values_of(filters: Filters) -> dict[str, Any]:
    """The widgets' values for filters but findings, by widget key: the inverse of `filters_of`."""
    return {
        _MODALITY: [str(value) for value in filters.modalities],
        _REGION: [str(value) for value in filters.regions],
        _SEX: [str(value) for value in filters.sexes],
        _SITE: list(filters.sites),
        _AGE: (min(filters.age_min or 0, AGE_TOP), min(filters.age_max or AGE_TOP, AGE_TOP)),
        _FROM: filters.date_from,
        _TO: filters.date_to,
    }


def filter_bar(screen: Screen, counts: Facets, *, counted: bool = True) -> None:
    """The filters in the sidebar. counted: False for values without their numbers."""
    _follow_address(screen.view.filters)
    t = screen.t
    with st.sidebar:
        with st.container(key="filters_head", horizontal=True, vertical_alignment="center"):
            st.html(f'<span class="rt-filters">{t("filters.title")}</span>', width="stretch")
            if screen.view.filters:
                st.button(t("filters.reset"), key="filters_reset", type="tertiary", on_click=_reset)
        number = t.number if counted else None
        _choice(Facet.MODALITY, _MODALITY, counts, t, lambda value: t(f"modality.{value}"), number)
        _choice(Facet.REGION, _REGION, counts, t, lambda value: t(f"region.{value}"), number)
        _choice(Facet.SEX, _SEX, counts, t, lambda value: t(f"sex.{value}"), number)
        _ages(t)
        _dates(t)
        _sites(counts[Facet.SITE], t, number)


def _follow_address(filters: Filters) -> None:
    for key, value in values_of(filters).items():
        if key not in st.session_state or st.session_state[key] != value:
            st.session_state[key] = value


def _changed() -> None:
    view = current_view()
    values = {key: st.session_state.get(key, value) for key, value in values_of(view.filters).items()}
    go_to(replace(view, filters=replace(filters_of(values), findings=view.filters.findings), page=1))


def _reset() -> None:
    go_to(replace(current_view(), filters=Filters(), page=1))


def _choice(
    facet: Facet, key: str, counts: Facets, t: Texts, name: Callable[[str], str], number: Callable[[int], str] | None
) -> None:
    known = {count.value: count.count for count in counts[facet]}
    if not known:
        return
    st.pills(
        t(f"facet.{facet}"),
        list(known),
        key=key,
        selection_mode="multi",
        format_func=lambda value: f"{name(value)}  {number(known.get(value, 0))}" if number else name(value),
        on_change=_changed,
    )


def _sites(counts: tuple[Count, ...], t: Texts, number: Callable[[int], str] | None) -> None:
    known = {count.value: count.count for count in counts}
    if not known:
        return
    st.multiselect(
        t("filters.sites"),
        list(known),
        key=_SITE,
        placeholder=t("filters.sites_placeholder"),
        format_func=lambda value: f"{value}  ({number(known.get(value, 0))})" if number else value,
        on_change=_changed,
    )


def _ages(t: Texts) -> None:
    st.slider(t("filters.age"), 0, AGE_TOP, key=_AGE, format=t("filters.age_format"), on_change=_changed)


def _dates(t: Texts) -> None:
    for column, key, label in zip(st.columns(2), (_FROM, _TO), ("filters.date_from", "filters.date_to"), strict=True):
        column.date_input(
            t(label), key=key, min_value=_OLDEST, max_value="today", format=t("date.format"), on_change=_changed
        )

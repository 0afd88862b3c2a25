"""The corpus page: what is indexed, counted and drawn."""

from collections.abc import Sequence
from typing import Final

import altair as alt
import streamlit as st

from search_app.answers import Counted
from search_app.i18n import Texts
from search_app.plots import Bar, bars, columns, decades, described, largest_first, rows, without_gaps
from search_app.render import escape
from search_app.shell import Screen, gate_banner, guarded
from search_app.state import Filters
from search_app.vocabulary import Facet

INDEX_COMMAND: Final = "radiotheque index --help"
NOTES: Final = {"corpus.by_region": "corpus.regions_note"}


def draw(screen: Screen) -> None:
    """Counts of the whole index, whatever the filters of the address."""
    t = screen.t
    corpus = screen.api.facets(Filters())
    gate_banner(screen.api.held(limit=1).policy, t)
    st.html(f'<div class="rt-summary"><h2>{escape(t("corpus.title"))}</h2></div>')
    if not corpus.total:
        st.info(t("corpus.empty"))
        st.code(INDEX_COMMAND, language=None, width="content")
        return
    _figures(corpus, t)
    _plots(corpus, t)
    health = screen.api.health()
    if health.encoder and health.snapshot:
        st.caption(t("corpus.engine", encoder=health.encoder, snapshot=health.snapshot))


def _figures(corpus: Counted, t: Texts) -> None:
    years = [int(count.value) for count in corpus.facets.get(Facet.YEAR, ())]
    figures = {
        "corpus.reports": t.number(corpus.total),
        "corpus.period": t("corpus.period_value", first=str(min(years)), last=str(max(years))) if years else "",
        "corpus.modalities": t.number(len(corpus.facets.get(Facet.MODALITY, ()))),
        "corpus.sites": t.number(len(corpus.facets.get(Facet.SITE, ()))),
    }
    cells = "".join(
        f"<div><dt>{escape(t(key))}</dt><dd>{escape(value)}</dd></div>" for key, value in figures.items() if value
    )
    st.html(f'<dl class="rt-figures">{cells}</dl>')


def _plots(corpus: Counted, t: Texts) -> None:
    facets, unit = corpus.facets, t("corpus.unit")
    modalities = bars(largest_first(facets.get(Facet.MODALITY, ())), t, "modality.")
    regions = bars(largest_first(facets.get(Facet.REGION, ())), t, "region.")
    sites = bars(largest_first(facets.get(Facet.SITE, ())), t)
    sexes = bars(largest_first(facets.get(Facet.SEX, ())), t, "sex.")
    years = bars(without_gaps(facets.get(Facet.YEAR, ())), t)
    ages = decades(facets.get(Facet.AGE, ()), t)
    pairs = (
        (("corpus.by_modality", modalities, rows), ("corpus.by_region", regions, rows)),
        (("corpus.by_year", years, columns), ("corpus.by_age", ages, columns)),
        (("corpus.by_sex", sexes, rows), ("corpus.by_site", sites, rows)),
    )
    for pair in pairs:
        for cell, (key, data, draw_bars) in zip(st.columns(2, gap="medium"), pair, strict=True):
            if data:
                with cell:
                    _plot(key, data, draw_bars(data, unit), t)


def _plot(key: str, data: Sequence[Bar], chart: alt.LayerChart, t: Texts) -> None:
    with st.container(border=True, key=key.replace(".", "_"), height="stretch"):
        remark = f"<small>{escape(t(NOTES[key]))}</small>" if key in NOTES else ""
        st.html(f'<h3 class="rt-plot">{escape(t(key))}{remark}</h3>')
        st.altair_chart(chart, width="stretch", alt=described(t(key), data, t))


if __name__ == "__main__":
    guarded(draw)

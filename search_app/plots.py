"""The plots of the corpus page: pure functions from counts to Altair charts.

Counts are written on the bars by `Texts.number`, since Vega's own number formats follow the browser and not the
interface's language; the value axis, which would say the same less exactly, is left out.
"""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from search_app.answers import Count
from search_app.i18n import Texts
from search_app.theme import INK, MUTED, PRIMARY

# Altair looks at a pandas that another session's thread may still be importing, and fails; importing it here waits.
importlib.import_module("pandas")

_ROW_PIXELS = 30
_COLUMN_HEIGHT = 240
_MAX_COLUMN_LABELS = 14


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its length, and the length in words."""

    name: str
    count: int
    shown: str


def bars(counts: Sequence[Count], t: Texts, prefix: str = "") -> list[Bar]:
    """Bars in the order of `counts`. prefix: of the keys that name the values; empty to show the values themselves."""
    return [Bar(t(f"{prefix}{c.value}") if prefix else c.value, c.count, t.number(c.count)) for c in counts]


def largest_first(counts: Sequence[Count]) -> list[Count]:
    """Counts from the largest, equal ones by value."""
    return sorted(counts, key=lambda c: (-c.count, c.value))


def without_gaps(counts: Sequence[Count], step: int = 1) -> list[Count]:
    """Counts of whole numbers (years, decades) in order, the missing ones between the first and the last with 0."""
    known = {int(c.value): c.count for c in counts}
    if not known:
        return []
    return [Count(value=str(n), count=known.get(n, 0)) for n in range(min(known), max(known) + 1, step)]


def decades(counts: Sequence[Count], t: Texts) -> list[Bar]:
    """Bars of ages by tens, named "60–69"."""
    return [
        Bar(t("corpus.decade", first=c.value, last=str(int(c.value) + 9)), c.count, t.number(c.count))
        for c in without_gaps(counts, step=10)
    ]


def rows(data: Sequence[Bar], unit: str) -> alt.LayerChart:
    """Horizontal bars, for values with names."""
    base = _base(data).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=_names(limit=190)),
        x=alt.X("count:Q", axis=None, scale=_room(data, 1.12)),
        tooltip=_tooltip(unit),
    )
    drawn = base.mark_bar(color=PRIMARY, cornerRadiusEnd=3, height=16)
    labels = base.mark_text(align="left", dx=6, color=INK).encode(text="shown:N")
    return _layered(drawn, labels).properties(height=_ROW_PIXELS * (len(data) + 1))


def columns(data: Sequence[Bar], unit: str) -> alt.LayerChart:
    """Upright bars, for values with an order."""
    every = -(-len(data) // _MAX_COLUMN_LABELS)
    shown = [bar.name for bar in data[::every]]
    base = _base(data).encode(
        x=alt.X("name:N", sort=None, title=None, axis=_names(values=shown, labelAngle=0)),
        y=alt.Y("count:Q", axis=None, scale=_room(data, 1.1)),
        tooltip=_tooltip(unit),
    )
    drawn = base.mark_bar(color=PRIMARY, cornerRadiusEnd=3, width=alt.RelativeBandSize(0.7))
    labels = base.mark_text(baseline="bottom", dy=-4, color=INK).encode(text="shown:N")
    crowded = every > 1
    return _layered(drawn, *([] if crowded else [labels])).properties(height=_COLUMN_HEIGHT)


def described(title: str, data: Sequence[Bar], t: Texts) -> str:
    """A plot in words, for who cannot see it."""
    return t("corpus.alt", title=title, values=", ".join(f"{bar.name} {bar.shown}" for bar in data))


def _base(data: Sequence[Bar]) -> alt.Chart:
    values = [{"name": bar.name, "count": bar.count, "shown": bar.shown} for bar in data]
    return alt.Chart(alt.InlineData(values))


def _room(data: Sequence[Bar], factor: float) -> alt.Scale:
    """A scale from 0 to a little above the largest bar, so that its count has room."""
    return alt.Scale(domain=[0, factor * max((bar.count for bar in data), default=1)], nice=False)


def _names(**more: Any) -> alt.Axis:
    limit = more.pop("limit", 120)
    return alt.Axis(
        domain=False,
        ticks=False,
        grid=False,
        labelColor=MUTED,
        labelLimit=limit,
        labelPadding=8,
        labelFontSize=13,
        **more,
    )


def _tooltip(unit: str) -> list[alt.Tooltip]:
    return [alt.Tooltip("name:N", title=" "), alt.Tooltip("shown:N", title=unit)]


def _layered(*layers: alt.Chart) -> alt.LayerChart:
    chart: alt.LayerChart = (
        alt.layer(*layers, background="#FFFFFF").configure_view(stroke=None).configure_text(fontSize=13)
    )
    return chart

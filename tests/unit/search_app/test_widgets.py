"""The pure parts of filters, counts, pages, plots, theme and settings."""

import datetime as dt

import pytest
from pydantic import ValidationError

from search_app import theme
from search_app.answers import Count, Found
from search_app.client import Client, Question
from search_app.counts import filter_counts
from search_app.hits import page_count
from search_app.i18n import texts
from search_app.plots import Bar, bars, columns, decades, described, largest_first, rows, without_gaps
from search_app.screens.search import advice, summary
from search_app.settings import AppSettings
from search_app.sidebar import filters_of, values_of
from search_app.state import Filters
from search_app.vocabulary import Facet, Language, Modality, Mode, Region, Sex

FR = texts(Language.FR)
FILTERS = Filters(
    modalities=(Modality.CT,),
    regions=(Region.HEAD, Region.NECK),
    sexes=(Sex.MALE,),
    sites=("CHU Nord",),
    age_min=20,
    age_max=60,
    date_from=dt.date(2020, 1, 1),
    date_to=None,
)


@pytest.mark.parametrize("filters", [FILTERS, Filters()])
def test_filters_come_back_from_the_widgets(filters: Filters) -> None:
    assert filters_of(values_of(filters)) == filters


def test_ages_beyond_the_slider_stand_at_its_end() -> None:
    assert values_of(Filters(age_min=120))["filter_age"] == (110, 110)


@pytest.mark.parametrize(
    ("total", "page", "shown", "pages"),
    [(0, 1, 0, 1), (10, 1, 10, 1), (11, 1, 10, 2), (1000, 3, 10, 100), (1000, 3, 4, 3), (10**6, 1, 10, 991)],
)
def test_pages_end_where_the_ranking_does(total: int, page: int, shown: int, pages: int) -> None:
    assert page_count(total, page, shown, 10) == pages


def _by_value(counts: tuple[Count, ...]) -> list[tuple[str, int]]:
    return [(c.value, c.count) for c in counts]


def test_a_criterion_in_use_still_counts_its_other_values(client: Client) -> None:
    filters = Filters(modalities=(Modality.US,))
    found = client.search(Question(filters=filters))
    counts = filter_counts(client, filters, None, found.facets)
    assert _by_value(counts[Facet.MODALITY]) == [("CT", 4), ("MR", 3), ("DX", 2), ("US", 2), ("MG", 1)]
    assert _by_value(counts[Facet.REGION]) == [("abdomen", 1), ("lower_limb", 1)]


def test_a_chosen_value_that_nothing_has_is_kept_with_zero(client: Client) -> None:
    filters = Filters(modalities=(Modality.PT,), sites=("Hôpital du Lac",))
    counts = filter_counts(client, filters, None, client.search(Question(filters=filters)).facets)
    assert ("PT", 0) in _by_value(counts[Facet.MODALITY])
    assert _by_value(counts[Facet.SITE]) == [("Hôpital du Lac", 0)]


def test_bars_are_named_and_their_counts_written_out() -> None:
    counts = [Count(value="MR", count=1200), Count(value="CT", count=1200), Count(value="US", count=5000)]
    assert bars(largest_first(counts), FR, "modality.") == [
        Bar("Échographie", 5000, "5\u202f000"),
        Bar("Scanner", 1200, "1\u202f200"),
        Bar("IRM", 1200, "1\u202f200"),
    ]


def test_years_without_reports_leave_a_gap_of_zero() -> None:
    counts = [Count(value="2023", count=2), Count(value="2020", count=1)]
    assert _by_value(tuple(without_gaps(counts))) == [("2020", 1), ("2021", 0), ("2022", 0), ("2023", 2)]
    assert without_gaps([]) == []


def test_ages_are_named_by_their_decade() -> None:
    assert decades([Count(value="0", count=3), Count(value="10", count=1)], FR) == [
        Bar("0–9", 3, "3"),
        Bar("10–19", 1, "1"),
    ]


def test_rows_keep_their_order_and_columns_thin_out_their_labels() -> None:
    data = [Bar(str(1990 + n), n, str(n)) for n in range(30)]
    assert rows(data, "u").to_dict()["layer"][0]["encoding"]["y"]["sort"] is None
    chart = columns(data, "u").to_dict()
    assert chart["layer"][0]["encoding"]["x"]["axis"]["values"] == [str(1990 + n) for n in range(0, 30, 3)]
    assert len(chart["layer"]) == 1
    assert len(columns(data[:5], "u").to_dict()["layer"]) == 2


def test_a_plot_is_told_in_words() -> None:
    assert described("Par sexe", [Bar("Femme", 2, "2"), Bar("Homme", 1, "1")], FR) == "Par sexe : Femme 2, Homme 1"


def _found(total: int, all_words: int | None) -> Found:
    return Found(hits=(), total=total, containing_all_words=all_words, facets={}, mode=Mode.HYBRID, took_ms=41.6)


def test_the_summary_tells_the_exact_counts() -> None:
    question = Question(text="embolie pulmonaire", filters=Filters(sexes=(Sex.FEMALE,)))
    assert ("1\u202f000 comptes rendus correspondent aux filtres · 212 contiennent tous les mots · 42 ms") in summary(
        question, _found(1000, 212), FR
    )
    assert "Les plus récents</h2><span>7 comptes rendus · 42 ms" in summary(Question(), _found(7, None), FR)


def test_advice_names_only_what_can_be_relaxed() -> None:
    assert advice(Question(text="embolie"), FR) == []
    assert advice(Question(text="Conclusion : embolie T2:hypersignal"), FR) == []
    assert [line.split()[0] for line in advice(Question(text="rein Résultats:embolie"), FR)] == ["Cherchez"]
    assert [line.split()[0] for line in advice(Question(text='conclusion:"embolie massive"'), FR)] == [
        "Enlevez",
        "Cherchez",
    ]
    strict = Question(text='"embolie massive" -fracture', filters=FILTERS, mode=Mode.LEXICAL)
    assert [line.split()[0] for line in advice(strict, FR)] == ["Enlevez", "Enlevez", "Retirez", "Essayez"]


def test_streamlit_is_started_without_telemetry_and_on_this_machine_only() -> None:
    options = theme.command_line_options(8310)
    assert "--browser.gatherUsageStats=false" in options
    assert "--server.address=127.0.0.1" in options
    assert "--client.showErrorDetails=none" in options
    assert options[-1] == "--server.port=8310"
    assert theme.ENTRY.is_file()


def test_every_option_is_one_that_this_streamlit_knows() -> None:
    from streamlit import config

    assert set(theme.OPTIONS) <= set(config.get_config_options())


def test_the_address_of_the_api_loses_its_last_slash() -> None:
    assert AppSettings(api_url="http://127.0.0.1:1/").api_url == "http://127.0.0.1:1"


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="starting with http"):
        AppSettings(api_url="127.0.0.1:8300")

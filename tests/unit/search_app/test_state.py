import datetime as dt
from urllib.parse import urlencode

import pytest

from search_app.findings import MAX_ROWS, FindingRow, Join, Status
from search_app.state import MAX_PAGE, Filters, View, read_view
from search_app.vocabulary import Facet, Language, Laterality, Modality, Mode, Region, Sex

ID = "0123456789abcdef0123456789abcdef"
FULL = View(
    filters=Filters(
        modalities=(Modality.CT, Modality.MR),
        regions=(Region.UPPER_LIMB,),
        sexes=(Sex.FEMALE,),
        sites=("CHU Nord", "Hôpital d'À-Côté"),
        age_min=18,
        age_max=64,
        date_from=dt.date(2019, 1, 1),
        date_to=dt.date(2023, 12, 31),
        findings=(
            FindingRow("nodule", status=Status.POSSIBLE, side=Laterality.RIGHT, size_min=8.5, size_max=20.0),
            FindingRow("mass", Join.OR, side=Laterality.LEFT),
            FindingRow("emphysema", Join.NOT),
            FindingRow("nodule"),
            FindingRow("nodule"),
        ),
    ),
    mode=Mode.SEMANTIC,
    page=3,
    language=Language.EN,
    report=ID,
    like=ID[::-1],
    record=12,
)


def test_a_view_comes_back_from_its_own_address() -> None:
    assert read_view(FULL.params()) == FULL


def test_the_address_names_each_choice() -> None:
    assert FULL.params() == {
        "modality": ["CT", "MR"],
        "region": ["upper_limb"],
        "sex": ["F"],
        "site": ["CHU Nord", "Hôpital d'À-Côté"],
        "age_min": ["18"],
        "age_max": ["64"],
        "date_from": ["2019-01-01"],
        "date_to": ["2023-12-31"],
        "finding": [
            "and:nodule:possible:right:8.5:20",
            "or:mass::left",
            "not:emphysema",
            "and:nodule",
            "and:nodule",
        ],
        "mode": ["semantic"],
        "page": ["3"],
        "lang": ["en"],
        "report": [ID],
        "like": [ID[::-1]],
        "record": ["12"],
    }


def test_defaults_leave_the_address_empty() -> None:
    assert View().params() == {}
    assert read_view({}) == View()


def test_an_address_has_no_place_for_a_query() -> None:
    view = read_view({"q": ["embolie"], "query": ["embolie"], "text": ["embolie"]})
    assert view == View()
    assert "embolie" not in urlencode(view.params(), doseq=True)


@pytest.mark.parametrize(
    "params",
    [
        {"modality": ["XX"]},
        {"region": ["moon"]},
        {"age_min": ["-1"]},
        {"age_max": ["131"]},
        {"age_min": ["trente"]},
        {"date_from": ["2023-02-30"]},
        {"mode": ["magic"]},
        {"page": ["0"]},
        {"page": ["x"]},
        {"lang": ["de"]},
        {"report": ["../../etc/passwd"]},
        {"like": [ID.upper()]},
        {"report": [ID + "0"]},
        {"site": [""]},
        {"record": ["0"]},
        {"record": ["1e3"]},
        {"record": ["9" * 20]},
        {"finding": ["nodule"]},
        {"finding": ["xor:nodule"]},
        {"finding": ["and:Nodule droit"]},
        {"finding": ["and:<b>"]},
        {"finding": ["and:nodule:perhaps"]},
        {"finding": ["and:nodule::none"]},
        {"finding": ["and:nodule:::-1"]},
        {"finding": ["and:nodule:::nan"]},
        {"finding": ["and:nodule:::1e9"]},
        {"finding": ["and:nodule:::20:8"]},
        {"finding": ["and:nodule:::8:20:9"]},
    ],
    ids=lambda params: "-".join(f"{k}={v[0][:12]}" for k, v in params.items()),
)
def test_what_cannot_be_read_in_an_address_is_left_out(params: dict[str, list[str]]) -> None:
    assert read_view(params) == View()


def test_a_page_beyond_what_the_api_serves_becomes_the_last() -> None:
    assert read_view({"page": ["100000"]}).page == MAX_PAGE


def test_a_value_given_twice_counts_once() -> None:
    assert read_view({"modality": ["CT", "bad", "CT", "MR"]}).filters.modalities == (Modality.CT, Modality.MR)


def test_the_first_finding_of_an_address_is_never_an_alternative() -> None:
    assert read_view({"finding": ["or:nodule", "or:mass"]}).filters.findings == (
        FindingRow("nodule"),
        FindingRow("mass", Join.OR),
    )


def test_an_address_holds_no_more_findings_than_the_api_takes() -> None:
    assert len(read_view({"finding": ["and:nodule"] * (MAX_ROWS + 1)}).filters.findings) == MAX_ROWS


def test_dropping_a_criterion_keeps_the_others() -> None:
    without = FULL.filters.without(Facet.MODALITY)
    assert without.modalities == ()
    assert without.regions == (Region.UPPER_LIMB,)
    assert FULL.filters.without(Facet.YEAR) == FULL.filters


def test_filters_are_true_only_when_one_is_set() -> None:
    assert not Filters()
    assert Filters(age_min=0)


def test_the_repr_of_a_view_hides_the_reports() -> None:
    assert ID not in repr(FULL)
    assert ID[::-1] not in repr(FULL)


def test_another_page_keeps_filters_mode_and_language_only() -> None:
    assert FULL.elsewhere() == View(filters=FULL.filters, mode=FULL.mode, language=FULL.language)

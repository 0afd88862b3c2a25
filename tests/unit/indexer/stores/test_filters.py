"""`Filters.accepts` is what every engine is compared with: here it is compared with answers worked out by hand."""

import datetime as dt

import pytest

from indexer.report import BodyRegion, ExamMetadata, Modality, Sex
from indexer.stores.filters import Filters

EXAM = ExamMetadata(
    modality=Modality.CT,
    regions=(BodyRegion.THORAX, BodyRegion.ABDOMEN),
    sex=Sex.FEMALE,
    age=40,
    exam_date=dt.date(2020, 2, 29),
    site="nord",
)
UNKNOWN = ExamMetadata()

THAT_ACCEPT = {
    "nothing asked": Filters(),
    "its modality": Filters(modalities=frozenset({Modality.CT})),
    "one of two modalities": Filters(modalities=frozenset({Modality.MR, Modality.CT})),
    "one of its regions": Filters(regions=frozenset({BodyRegion.ABDOMEN})),
    "a region of its own among others": Filters(regions=frozenset({BodyRegion.HEAD, BodyRegion.THORAX})),
    "its sex": Filters(sexes=frozenset({Sex.FEMALE})),
    "its site": Filters(sites=frozenset({"sud", "nord"})),
    "its age as the least": Filters(age_min=40),
    "its age as the most": Filters(age_max=40),
    "its age alone": Filters(age_min=40, age_max=40),
    "from its day": Filters(date_from=dt.date(2020, 2, 29)),
    "to its day": Filters(date_to=dt.date(2020, 2, 29)),
    "all together": Filters(
        frozenset({Modality.CT}),
        frozenset({BodyRegion.THORAX}),
        frozenset({Sex.FEMALE}),
        frozenset({"nord"}),
        0,
        120,
        dt.date(2020, 1, 1),
        dt.date(2020, 12, 31),
    ),
}
THAT_REFUSE = {
    "another modality": Filters(modalities=frozenset({Modality.MR})),
    "another region": Filters(regions=frozenset({BodyRegion.HEAD})),
    "another sex": Filters(sexes=frozenset({Sex.MALE, Sex.UNKNOWN})),
    "another site": Filters(sites=frozenset({"Nord"})),
    "older": Filters(age_min=41),
    "younger": Filters(age_max=39),
    "later": Filters(date_from=dt.date(2020, 3, 1)),
    "earlier": Filters(date_to=dt.date(2020, 2, 28)),
    "an empty range": Filters(age_min=50, age_max=30),
    "one criterion of two": Filters(modalities=frozenset({Modality.CT}), sexes=frozenset({Sex.MALE})),
}


@pytest.mark.parametrize("filters", THAT_ACCEPT.values(), ids=THAT_ACCEPT)
def test_a_report_that_fits_is_accepted(filters: Filters) -> None:
    assert filters.accepts(EXAM)


@pytest.mark.parametrize("filters", THAT_REFUSE.values(), ids=THAT_REFUSE)
def test_a_report_that_does_not_fit_is_refused(filters: Filters) -> None:
    assert not filters.accepts(EXAM)


@pytest.mark.parametrize("name", [name for name in THAT_ACCEPT if name != "nothing asked"])
def test_a_report_that_lacks_the_value_fails_the_criterion(name: str) -> None:
    assert not THAT_ACCEPT[name].accepts(UNKNOWN)


def test_sex_unknown_is_a_value_that_can_be_asked_for() -> None:
    assert Filters(sexes=frozenset({Sex.UNKNOWN})).accepts(UNKNOWN)


def test_age_zero_is_an_age() -> None:
    infant = ExamMetadata(age=0)
    assert Filters(age_min=0).accepts(infant)
    assert Filters(age_max=0).accepts(infant)
    assert not Filters(age_min=1).accepts(infant)


def test_filters_are_true_when_something_is_asked() -> None:
    assert not Filters()
    assert all(THAT_REFUSE.values())
    assert Filters(age_min=0)
    assert Filters(age_max=0)

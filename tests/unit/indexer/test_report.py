"""The domain objects: they hide what they hold, and the fingerprint is all that a source says."""

import dataclasses
import datetime as dt

import pytest

from indexer.passage import Passage, PassageKind
from indexer.report import (
    BodyRegion,
    ExamMetadata,
    Modality,
    Origin,
    RawReport,
    Report,
    Section,
    SectionKind,
    Sex,
    content_fingerprint,
)
from indexer.stores.text.base import TextQuery

MARKER = "zzmarqueurzz"
EXAM = ExamMetadata(Modality.CT, (BodyRegion.THORAX,), Sex.FEMALE, 61, dt.date(2021, 3, 4), "nord", "fr")


@pytest.mark.parametrize(
    "held",
    [
        RawReport(MARKER, MARKER, {MARKER: MARKER}, Origin("archive.csv", 3)),
        ExamMetadata(site=MARKER),
        Report(MARKER, MARKER, MARKER, (), ExamMetadata(site=MARKER)),
        Passage(PassageKind.WHOLE, SectionKind.RESULTS, 0, 4, MARKER),
        TextQuery(terms=(MARKER,), phrases=((MARKER,),), excluded=(MARKER,)),
    ],
    ids=lambda held: type(held).__name__,
)
def test_repr_hides_texts_and_identifiers(held: object) -> None:
    assert MARKER not in repr(held)
    assert MARKER not in f"{held}"
    assert MARKER not in repr([held])


def test_a_raw_report_says_where_it_came_from() -> None:
    assert "archive.csv:3" in repr(RawReport("1", "t", {}, Origin("archive.csv", 3)))


def test_domain_objects_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'age'"):
        EXAM.age = 12  # type: ignore[misc]


CHANGED = {
    "text": ("Autre texte.", "p", EXAM),
    "patient": ("Texte.", "q", EXAM),
    "no patient": ("Texte.", None, EXAM),
    "modality": ("Texte.", "p", dataclasses.replace(EXAM, modality=Modality.MR)),
    "regions": ("Texte.", "p", dataclasses.replace(EXAM, regions=(BodyRegion.THORAX, BodyRegion.ABDOMEN))),
    "sex": ("Texte.", "p", dataclasses.replace(EXAM, sex=Sex.MALE)),
    "age": ("Texte.", "p", dataclasses.replace(EXAM, age=62)),
    "no age": ("Texte.", "p", dataclasses.replace(EXAM, age=None)),
    "date": ("Texte.", "p", dataclasses.replace(EXAM, exam_date=dt.date(2021, 3, 5))),
    "site": ("Texte.", "p", dataclasses.replace(EXAM, site="sud")),
    "language": ("Texte.", "p", dataclasses.replace(EXAM, language="en")),
}


@pytest.mark.parametrize("changed", CHANGED)
def test_the_fingerprint_changes_with_every_field(changed: str) -> None:
    assert content_fingerprint(*CHANGED[changed]) != content_fingerprint("Texte.", "p", EXAM)


def test_every_metadata_field_is_among_those_that_change_it() -> None:
    tried = {name.removeprefix("exam_") for name in CHANGED}
    assert {f.name.removeprefix("exam_") for f in dataclasses.fields(ExamMetadata)} <= tried


def test_all_fingerprints_of_changes_differ() -> None:
    assert len({content_fingerprint(*c) for c in CHANGED.values()}) == len(CHANGED)


def test_the_fingerprint_does_not_depend_on_the_order_of_regions() -> None:
    one = dataclasses.replace(EXAM, regions=(BodyRegion.THORAX, BodyRegion.ABDOMEN))
    other = dataclasses.replace(EXAM, regions=(BodyRegion.ABDOMEN, BodyRegion.THORAX))
    assert content_fingerprint("t", None, one) == content_fingerprint("t", None, other)


def test_a_report_takes_its_fingerprint_from_its_content() -> None:
    report = Report("1" * 32, "p", "Texte.", (), EXAM)
    assert report.fingerprint == content_fingerprint("Texte.", "p", EXAM)
    assert len(report.fingerprint) == 32


def test_the_fingerprint_is_the_same_in_every_version() -> None:
    # Kept from the first version: if it changes, every index is encoded anew.
    assert content_fingerprint("Texte.", "p", EXAM) == "b3a4fa9ee5aa706a58dd3f6f866c53f1"


def test_the_text_of_a_kind_joins_its_sections() -> None:
    text = "un deux trois"
    sections = (
        Section(SectionKind.RESULTS, 0, 2),
        Section(SectionKind.CONCLUSION, 3, 7),
        Section(SectionKind.RESULTS, 7, 13),
    )
    report = Report("1" * 32, None, text, sections, ExamMetadata())
    assert report.section_text(SectionKind.RESULTS) == "un\ntrois"
    assert report.section_text(SectionKind.TECHNIQUE) == ""

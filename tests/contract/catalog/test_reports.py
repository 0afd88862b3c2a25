"""What is staged is read back exactly, and the state says what every store holds."""

import datetime as dt
import itertools
from dataclasses import replace

import pytest
from sqlalchemy import event, select, update

from indexer.errors import StoreDamaged, StoreError
from indexer.report import (
    Assertion,
    BodyRegion,
    Change,
    ExamMetadata,
    Finding,
    Laterality,
    Measurement,
    Modality,
    Report,
    Section,
    SectionKind,
    Sex,
)
from indexer.stores.catalog.base import ReportState, Store
from indexer.stores.catalog.tables import ContentRow, ReportRow
from tests.contract.catalog.engines import Backend, only

A, B, C = "a" * 32, "b" * 32, "c" * 32


def settle_all(catalog, *reports):
    for store in Store:
        catalog.reports.settle(store, {report.report_id: report.fingerprint for report in reports})


def test_a_full_report_is_read_back_equal(catalog, run):
    report = Report(
        report_id=A,
        patient_key=B,
        text="INDICATION : Douleur.\r\nŒdème 🫁 à gauche, « 12,5 x 9 mm » e\u0301\t\u2028fin",
        sections=(Section(SectionKind.INDICATION, 12, 21), Section(SectionKind.RESULTS, 23, 60)),
        metadata=ExamMetadata(
            modality=Modality.CT,
            regions=(BodyRegion.THORAX, BodyRegion.ABDOMEN),
            sex=Sex.FEMALE,
            age=0,
            exam_date=dt.date(1999, 12, 31),
            site="Hôpital Nord",
            language="fr",
        ),
        findings=(
            Finding("edema", Assertion.PRESENT, Laterality.LEFT, SectionKind.RESULTS, 23, 28),
            Finding(
                "nodule",
                Assertion.HISTORICAL,
                Laterality.NONE,
                SectionKind.RESULTS,
                40,
                50,
                Measurement(current=(12.5, 9.0), prior=(0.1,), change=Change.INCREASED),
                site="lung",
            ),
            Finding("cyst", Assertion.ABSENT, Laterality.MIDLINE, SectionKind.RESULTS, 50, 51, Measurement(current=())),
        ),
        analysis="1-abc",
    )
    catalog.reports.stage([report], run)
    assert catalog.reports.get([A]) == {A: report}


def test_a_report_without_any_metadata_is_read_back_equal(catalog, run, make_report):
    report = make_report("a", text="")
    catalog.reports.stage([report], run)
    assert catalog.reports.get([A]) == {A: report}


@pytest.mark.parametrize(
    "choice", list(itertools.chain(Modality, BodyRegion, Sex, SectionKind, Assertion, Laterality)), ids=repr
)
def test_every_closed_choice_is_read_back(catalog, run, choice):
    metadata, finding = (
        {},
        {"assertion": Assertion.ASKED, "laterality": Laterality.NONE, "section": SectionKind.RESULTS},
    )
    if isinstance(choice, BodyRegion):
        metadata["regions"] = (choice,)
    elif isinstance(choice, Modality | Sex):
        metadata[type(choice).__name__.lower()] = choice
    else:
        finding[{SectionKind: "section"}.get(type(choice), type(choice).__name__.lower())] = choice
    report = Report(A, None, "x", (), ExamMetadata(**metadata), (Finding(concept="c", start=0, end=1, **finding),))
    catalog.reports.stage([report], run)
    assert catalog.reports.get([A]) == {A: report}


def test_a_text_of_200_000_characters_is_read_back_equal(catalog, run, make_report):
    report = make_report("a", text="é🫁x " * 50_000)
    catalog.reports.stage([report], run)
    assert catalog.reports.get([A])[A] == report


def test_the_fingerprint_that_was_staged_is_kept_rather_than_computed_anew(catalog, run):
    report = Report(A, None, "Texte.", (), ExamMetadata(), fingerprint="0" * 32)
    catalog.reports.stage([report], run)
    assert catalog.reports.get([A])[A].fingerprint == "0" * 32


def test_a_new_report_is_in_no_other_store_yet(catalog, run, make_report):
    report = make_report("a")
    catalog.reports.stage([report], run)
    expected = ReportState(report.fingerprint, text=None, vectors=None, deleted=False, last_run=run)
    assert catalog.reports.states([A, B]) == {A: expected}
    assert not expected.settled


def test_a_settled_report_is_held_everywhere_and_pends_no_more(catalog, run, make_report):
    report = make_report("a")
    catalog.reports.stage([report], run)
    catalog.reports.settle(Store.TEXT, {A: report.fingerprint})
    assert [key for key, _ in catalog.reports.pending(10)] == [A]
    catalog.reports.settle(Store.VECTORS, {A: report.fingerprint})
    assert catalog.reports.pending(10) == []
    assert catalog.reports.states([A])[A].settled


def test_a_changed_report_keeps_what_the_stores_hold_and_pends(catalog, run, make_report):
    old, new = make_report("a", text="Avant."), make_report("a", text="Après.", patient=C)
    catalog.reports.stage([old], run)
    settle_all(catalog, old)
    later = catalog.runs.begin([], {})
    catalog.reports.stage([new], later)
    expected = ReportState(new.fingerprint, old.fingerprint, old.fingerprint, deleted=False, last_run=later)
    assert catalog.reports.pending(10) == [(A, expected)]
    assert catalog.reports.get([A]) == {A: new}


def test_of_two_reports_with_one_id_in_a_batch_the_last_stays(catalog, run, make_report):
    first, last = make_report("a", text="Un."), make_report("a", text="Deux.")
    catalog.reports.stage([first, last], run)
    assert catalog.reports.get([A]) == {A: last}


def test_staging_nothing_changes_nothing(catalog, run):
    catalog.reports.stage([], run)
    catalog.reports.settle(Store.TEXT, {})
    assert list(catalog.reports.walk()) == []


def test_a_batch_with_one_bad_report_leaves_nothing_of_itself(catalog, run, make_report):
    bad = Report(B, None, "\ud800", (), ExamMetadata(), fingerprint="f" * 32)
    with pytest.raises(StoreError, match="lone surrogate"):
        catalog.reports.stage([make_report("a"), bad], run)
    assert list(catalog.reports.walk()) == []


def test_a_report_of_a_run_that_does_not_exist_is_refused(catalog, make_report):
    with pytest.raises(StoreError, match="refer to a run or a report that it does not have"):
        catalog.reports.stage([make_report("a")], 99)


@pytest.mark.parametrize(
    "bad", [{"text": "Pas\0de texte."}, {"metadata": ExamMetadata(site="Nord\0")}], ids=["text", "site"]
)
def test_a_nul_is_refused(catalog, run, make_report, bad):
    with pytest.raises(StoreError, match=r"cannot store .* a NUL character"):
        catalog.reports.stage([make_report("b"), make_report("a", **bad)], run)
    assert list(catalog.reports.walk()) == []


def test_a_number_that_no_database_holds_is_refused(catalog, run, make_report):
    with pytest.raises(StoreError, match="over 64 bits"):
        catalog.reports.stage([make_report("a", metadata=ExamMetadata(age=2**70))], run)


def test_touching_records_the_run_and_nothing_else(catalog, run, make_report):
    report = make_report("a")
    catalog.reports.stage([report, make_report("b")], run)
    later = catalog.runs.begin([], {})
    catalog.reports.touch([A, C], later)
    states = catalog.reports.states([A, B])
    assert states[A] == ReportState(report.fingerprint, None, None, deleted=False, last_run=later)
    assert states[B].last_run == run


def test_a_deleted_report_cannot_be_read_and_pends(catalog, run, make_report):
    report = make_report("a")
    catalog.reports.stage([report, make_report("b")], run)
    settle_all(catalog, report)
    assert catalog.reports.mark_deleted([A, C]) == 1
    assert catalog.reports.mark_deleted([A]) == 0
    assert set(catalog.reports.get([A, B])) == {B}
    expected = ReportState(report.fingerprint, report.fingerprint, report.fingerprint, deleted=True, last_run=run)
    assert catalog.reports.pending(1) == [(A, expected)]


def test_a_deleted_report_that_is_staged_again_is_alive(catalog, run, make_report):
    report = make_report("a")
    catalog.reports.stage([report], run)
    settle_all(catalog, report)
    catalog.reports.mark_deleted([A])
    catalog.reports.stage([report], run)
    assert catalog.reports.get([A]) == {A: report}
    assert catalog.reports.pending(10) == []


def test_only_deleted_reports_that_no_store_holds_are_forgotten(catalog, run, make_report):
    alive, held, gone = (make_report(name) for name in "abc")
    catalog.reports.stage([alive, held, gone], run)
    settle_all(catalog, held, gone)
    catalog.reports.mark_deleted([B, C])
    catalog.reports.settle(Store.TEXT, {B: None, C: None})
    catalog.reports.settle(Store.VECTORS, {C: None})
    catalog.reports.forget([A, B, C])
    assert [key for key, _ in catalog.reports.walk()] == [A, B]


@only(Backend.SQLITE)
def test_forgetting_a_report_overwrites_its_text(catalog, run, make_report, path):
    catalog.reports.stage([make_report("a", text="Texte qui doit disparaître.")], run)
    catalog.reports.mark_deleted([A])
    catalog.reports.forget([A])
    catalog.close()
    assert b"qui doit dispara" not in path.read_bytes()


def test_forgetting_a_report_removes_its_text(catalog, run, make_report):
    catalog.reports.stage([make_report("a"), make_report("b")], run)
    catalog.reports.mark_deleted([A])
    catalog.reports.forget([A])
    with catalog._database.reading() as connection:
        assert connection.scalars(select(ContentRow.report_id)).all() == [B]


def test_ids_by_the_thousand_are_found_and_changed(catalog, run, many_reports):
    reports = many_reports(1201)  # three chunks of ids, the last of 201
    ids = [report.report_id for report in reports]
    catalog.reports.stage(reports, run)
    later = catalog.runs.begin([], {})
    catalog.reports.touch(ids, later)
    assert catalog.reports.get(ids) == {report.report_id: report for report in reports}
    assert {state.last_run for state in catalog.reports.states(ids).values()} == {later}
    assert catalog.reports.mark_deleted(ids) == 1201
    catalog.reports.forget(ids)
    assert catalog.reports.states(ids) == {}


def test_walking_meets_every_report_once_in_order_of_id(catalog, run, many_reports):
    reports = many_reports(2000)  # two full pages: the walk must end by itself
    catalog.reports.stage(reports, run)
    walked = [key for key, _ in catalog.reports.walk()]
    assert walked == sorted(report.report_id for report in reports)


def test_walking_goes_on_while_reports_are_written(catalog, run, many_reports, make_report):
    reports = many_reports(1500)
    catalog.reports.stage(reports, run)
    walked = []
    for key, _ in catalog.reports.walk():
        if not walked:
            catalog.reports.stage([make_report("f")], run)
            catalog.reports.mark_deleted([reports[0].report_id])
        walked.append(key)
    assert walked == sorted([*(report.report_id for report in reports), "f" * 32])


def test_pending_returns_no_more_than_asked(catalog, run, many_reports):
    catalog.reports.stage(many_reports(5), run)
    assert len(catalog.reports.pending(3)) == 3


def test_pending_goes_on_after_an_id_in_order(catalog, run, make_report):
    catalog.reports.stage([make_report(name) for name in "cab"], run)
    assert [key for key, _ in catalog.reports.pending(2)] == [A, B]
    assert [key for key, _ in catalog.reports.pending(2, after=B)] == [C]
    assert catalog.reports.pending(2, after=C) == []


def test_a_patients_reports_come_oldest_first_and_undated_last(catalog, run, make_report):
    exams = {"d": dt.date(2021, 5, 1), "c": dt.date(2019, 5, 1), "a": None, "b": dt.date(2020, 1, 1)}
    reports = [make_report(name, patient="p", metadata=ExamMetadata(exam_date=date)) for name, date in exams.items()]
    catalog.reports.stage([*reports, make_report("e", patient="q"), make_report("f")], run)
    catalog.reports.mark_deleted([B])
    assert catalog.reports.patient_reports("p") == ["c" * 32, "d" * 32, A]
    assert catalog.reports.patient_reports("unknown") == []


def test_counts_say_what_each_store_owes(catalog, run, make_report):
    settled, half, new, deleted = (make_report(name) for name in "abcd")
    catalog.reports.stage([settled, half, new, deleted], run)
    settle_all(catalog, settled, deleted)
    catalog.reports.settle(Store.TEXT, {B: half.fingerprint})
    catalog.reports.mark_deleted(["d" * 32])
    catalog.reports.settle(Store.VECTORS, {"d" * 32: None})
    counts = catalog.counts()
    assert (counts.total, counts.deleted) == (4, 1)
    assert counts.pending_text == 2  # c is not there, d is there still
    assert counts.pending_vectors == 2  # b and c are not there, d is gone


EXPLAIN = {Backend.SQLITE: "EXPLAIN QUERY PLAN", Backend.POSTGRESQL: "EXPLAIN"}
SORTED = {Backend.SQLITE: "TEMP B-TREE", Backend.POSTGRESQL: "Sort"}


@pytest.mark.parametrize(
    ("call", "index"),
    [
        (lambda reports: reports.pending(10), "ix_report_unsettled"),
        (lambda reports: reports.patient_reports("p"), "ix_report_patient"),
    ],
    ids=["pending", "patient_reports"],
)
def test_a_query_over_all_reports_goes_by_an_index(backend, catalog, run, many_reports, call, index):
    reports = many_reports(3000)
    catalog.reports.stage(reports, run)
    settle_all(catalog, *reports[:-20])
    if backend is Backend.POSTGRESQL:
        with catalog._database.writing() as connection:
            connection.exec_driver_sql("ANALYZE report")
    executed = []
    engine = catalog._database._engine
    event.listen(engine, "before_cursor_execute", lambda *given: executed.append(given[2:4]))
    call(catalog.reports)
    statement, parameters = executed[-1]
    with catalog._database.reading() as connection:
        plan = [str(step) for step in connection.exec_driver_sql(f"{EXPLAIN[backend]} {statement}", parameters)]
    assert [step for step in plan if index in step]
    assert not [step for step in plan if SORTED[backend] in step and index == "ix_report_unsettled"]


@pytest.mark.parametrize(
    "changed",
    [{"modality": "XYZ"}, {"regions": "[1"}, {"regions": '["tail"]'}, {"regions": "7"}, {"sex": ""}],
    ids=str,
)
def test_a_report_with_fields_of_another_version_is_refused_without_quoting_them(catalog, run, make_report, changed):
    catalog.reports.stage([make_report("a")], run)
    with catalog._database.writing() as connection:
        connection.execute(update(ReportRow).values(changed))
    with pytest.raises(StoreDamaged, match="fields cannot be read") as caught:
        catalog.reports.get([A])
    assert caught.value.__suppress_context__


def test_reports_of_another_analysis_are_listed_in_order_and_restated(catalog, run, make_report):
    old, new = make_report("a"), replace(make_report("b"), analysis="2")
    catalog.reports.stage([old, new, make_report("c")], run)
    settle_all(catalog, old, new)
    assert catalog.reports.outdated("2", "", 10) == [A, C]
    assert catalog.reports.outdated("2", "", 1) == [A]
    assert catalog.reports.outdated("2", A, 10) == [C]
    found = Finding("cyst", Assertion.PRESENT, Laterality.LEFT, SectionKind.RESULTS, 0, 1)
    again = replace(old, findings=(found,), analysis="2")
    catalog.reports.restate([again])
    assert catalog.reports.get([A]) == {A: again}
    state = catalog.reports.states([A])[A]
    assert (state.text, state.vectors, state.fingerprint) == (None, old.fingerprint, old.fingerprint)
    assert catalog.reports.outdated("2", "", 10) == [C]
    catalog.reports.mark_deleted([C])
    assert catalog.reports.outdated("2", "", 10) == []


@pytest.mark.parametrize(
    "changed",
    [{"modality": Modality.MR}, {"regions": (BodyRegion.HEAD,)}, {"sex": Sex.MALE}, {"age": 40}],
    ids=lambda changed: next(iter(changed)),
)
def test_vectors_are_behind_where_what_they_are_filtered_by_is_restated(catalog, run, make_report, changed):
    moved, kept = make_report("a"), make_report("b")
    catalog.reports.stage([moved, kept], run)
    settle_all(catalog, moved, kept)
    again = replace(moved, metadata=replace(moved.metadata, **changed), analysis="2")
    catalog.reports.restate([again, replace(kept, analysis="2")])
    assert catalog.reports.get([A]) == {A: again}
    assert {key: state.vectors for key, state in catalog.reports.states([A, B]).items()} == {
        A: None,
        B: kept.fingerprint,
    }

"""No record that is kept aside is lost, doubled or altered."""

import datetime as dt

import pytest

from indexer.errors import StoreError
from indexer.report import Origin
from indexer.stores.catalog.base import Quarantined, QuarantineReason, Verdict

EMPTY = Quarantined(QuarantineReason.MISSING_TEXT, Origin("a.csv", 3), field="text", raw='{"id": "1", "text": ""}')
UNREADABLE = Quarantined(QuarantineReason.UNREADABLE, Origin("a.csv", 9))


def test_a_record_is_read_back_as_it_was_kept(catalog, run):
    before = dt.datetime.now(dt.UTC)
    catalog.quarantine.add([EMPTY, UNREADABLE], run)
    first, second = catalog.quarantine.list()
    assert (first.record, second.record) == (EMPTY, UNREADABLE)
    assert (first.run, first.resolved, first.at.tzinfo) == (run, False, dt.UTC)
    assert before <= first.at <= dt.datetime.now(dt.UTC)
    assert catalog.quarantine.get(first.entry_id) == first


def test_an_unknown_entry_is_none(catalog):
    assert catalog.quarantine.get(1) is None


@pytest.mark.parametrize("reason", list(QuarantineReason))
def test_every_reason_is_read_back(catalog, run, reason):
    catalog.quarantine.add([Quarantined(reason, Origin("a.csv", 1))], run)
    assert catalog.quarantine.list()[0].record.reason is reason
    assert catalog.quarantine.count() == {reason: 1}


@pytest.mark.parametrize(
    "raw",
    ['{"text": "a\ud800b"}', "a\x00b", "", "é🫁" * 150_000],
    ids=["lone surrogate", "NUL", "empty", "300,000 characters"],
)
def test_what_no_database_takes_as_text_is_kept_exactly(catalog, run, raw):
    record = Quarantined(QuarantineReason.WRONG_ENCODING, Origin("nom-\udcff.csv", 1), raw=raw)
    catalog.quarantine.add([record], run)
    assert catalog.quarantine.list()[0].record == record


def test_the_same_record_met_by_a_later_run_is_kept_once(catalog, run):
    catalog.quarantine.add([EMPTY, UNREADABLE], run)
    later = catalog.runs.begin([], {})
    catalog.quarantine.add([EMPTY], later)
    entries = catalog.quarantine.list()
    assert [(entry.record, entry.run) for entry in entries] == [(EMPTY, later), (UNREADABLE, run)]


def test_another_record_at_the_same_place_is_another_entry(catalog, run):
    changed = Quarantined(EMPTY.reason, EMPTY.origin, EMPTY.field, raw='{"id": "2", "text": ""}')
    catalog.quarantine.add([EMPTY, changed], run)
    assert [entry.record for entry in catalog.quarantine.list()] == [EMPTY, changed]


def test_the_same_record_at_another_place_is_another_entry(catalog, run):
    elsewhere = Quarantined(EMPTY.reason, Origin("a.csv", 4), EMPTY.field, EMPTY.raw)
    catalog.quarantine.add([EMPTY, elsewhere], run)
    assert [entry.record for entry in catalog.quarantine.list()] == [EMPTY, elsewhere]


def test_a_resolved_entry_is_listed_only_on_request_and_not_counted(catalog, run):
    catalog.quarantine.add([EMPTY, UNREADABLE], run)
    first, second = catalog.quarantine.list()
    catalog.quarantine.resolve([first.entry_id])
    assert catalog.quarantine.list() == [second]
    assert [entry.resolved for entry in catalog.quarantine.list(include_resolved=True)] == [True, False]
    assert catalog.quarantine.count() == {QuarantineReason.UNREADABLE: 1}


def test_a_resolved_record_that_fails_again_is_unresolved_for_its_new_reason(catalog, run):
    catalog.quarantine.add([EMPTY], run)
    (entry,) = catalog.quarantine.list()
    catalog.quarantine.resolve([entry.entry_id])
    again = Quarantined(QuarantineReason.MISSING_ID, EMPTY.origin, "id", EMPTY.raw)
    catalog.quarantine.add([again], run)
    (seen,) = catalog.quarantine.list()
    assert (seen.entry_id, seen.record, seen.at) == (entry.entry_id, again, entry.at)


def test_entries_come_in_pages_oldest_first(catalog, run):
    records = [Quarantined(QuarantineReason.NUL, Origin("a.csv", line)) for line in range(1, 6)]
    catalog.quarantine.add(records, run)
    page = catalog.quarantine.list(offset=1, limit=3)
    assert [entry.record.origin.line for entry in page] == [2, 3, 4]
    assert catalog.quarantine.list(offset=5) == []


def test_unresolved_entries_are_counted_by_reason(catalog, run):
    catalog.quarantine.add([EMPTY, UNREADABLE, Quarantined(QuarantineReason.UNREADABLE, Origin("b.csv", 1))], run)
    assert catalog.quarantine.count() == {QuarantineReason.MISSING_TEXT: 1, QuarantineReason.UNREADABLE: 2}


def test_adding_or_resolving_nothing_changes_nothing(catalog, run):
    catalog.quarantine.add([], run)
    catalog.quarantine.resolve([])
    assert catalog.quarantine.list(include_resolved=True) == []


def test_a_record_of_a_run_that_does_not_exist_is_refused(catalog):
    with pytest.raises(StoreError, match="refer to a run"):
        catalog.quarantine.add([EMPTY], 99)


HELD = Quarantined(
    QuarantineReason.IDENTIFIER, Origin("a.csv", 4), "text", '{"id": "4"}', '[[0, 3, "name", 0.95, "title"]]'
)


def test_decisions_are_kept_and_the_last_one_counts(catalog, run):
    catalog.quarantine.add([HELD, EMPTY], run)
    assert catalog.quarantine.released([HELD, EMPTY]) == [False, False]
    catalog.quarantine.decide(1, Verdict.RELEASED, "Dr A", "an eponym")
    assert catalog.quarantine.released([EMPTY, HELD]) == [False, True]
    assert [entry.verdict for entry in catalog.quarantine.list()] == [Verdict.RELEASED, None]
    catalog.quarantine.decide(1, Verdict.REJECTED, "Dr B", "no, a name")
    assert catalog.quarantine.released([HELD]) == [False]
    decided = catalog.quarantine.decisions(1)
    assert [(d.verdict, d.who, d.why) for d in decided] == [
        (Verdict.RELEASED, "Dr A", "an eponym"),
        (Verdict.REJECTED, "Dr B", "no, a name"),
    ]
    assert all(d.at.tzinfo is dt.UTC for d in decided)
    assert catalog.quarantine.get(1).record == HELD


def test_a_decision_outlives_the_run_that_meets_the_record_again(catalog, run):
    catalog.quarantine.add([HELD], run)
    catalog.quarantine.decide(1, Verdict.RELEASED, "Dr A", "an eponym")
    catalog.quarantine.add([HELD], catalog.runs.begin([], {}))
    assert catalog.quarantine.list()[0].verdict is Verdict.RELEASED


def test_no_decision_on_what_is_not_there(catalog):
    with pytest.raises(StoreError, match="no entry 9"):
        catalog.quarantine.decide(9, Verdict.REJECTED, "Dr A", "why")

"""A catalog that moves to another database arrives whole, is compared row by row, and goes on there."""

import datetime as dt
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.errors import InputError, StoreError
from indexer.report import Assertion, ExamMetadata, Finding, Laterality, Modality, Origin, Report, SectionKind
from indexer.stores.catalog.base import Quarantined, QuarantineReason, RunCounts, RunOutcome, Store, Verdict
from indexer.stores.catalog.catalog import Catalog, open_catalog
from indexer.stores.catalog.moving import Tally, move_catalog
from tests.contract.catalog.engines import Backend, only

ROWS = {"run": 2, "report": 2503, "report_content": 2503, "quarantine": 2, "decision": 1, "workspace_fact": 1}
ODD = Quarantined(QuarantineReason.WRONG_ENCODING, Origin("nom-\udcff.csv", 2), raw="a\x00b\ud800")
HELD = Quarantined(QuarantineReason.IDENTIFIER, Origin("a.csv", 4), "text", '{"id": "4"}', '[[0, 3, "name"]]')
FULL = Report(
    "a" * 32,
    "b" * 32,
    "Œdème 🫁 à gauche, « 12,5 x 9 mm »\te\u0301\r\n\\N \\. fin",
    (),
    ExamMetadata(modality=Modality.CT, age=0, exam_date=dt.date(1999, 12, 31), site="Hôpital\tNord"),
    (Finding("edema", Assertion.PRESENT, Laterality.LEFT, SectionKind.RESULTS, 0, 5),),
    analysis="1-abc",
)


@pytest.fixture
def filled(catalog: Catalog, many_reports) -> Catalog:
    """A catalog with something in every table, and what is hardest to carry over."""
    first = catalog.runs.begin(["été.csv", "nom-\udcff.csv"], {"encoder": "bundled"})
    catalog.runs.end(first, RunCounts(5, 3, 1, 1), RunOutcome.FINISHED, {"name": 2})
    run = catalog.runs.begin([], {})
    empty, doomed = replace(FULL, report_id="b" * 32, text=""), replace(FULL, report_id="c" * 32)
    catalog.reports.stage([*many_reports(2500), FULL, empty, doomed], run)
    catalog.reports.settle(Store.TEXT, {FULL.report_id: FULL.fingerprint})
    catalog.reports.mark_deleted([doomed.report_id])
    catalog.quarantine.add([ODD, HELD], run)
    catalog.quarantine.decide(2, Verdict.RELEASED, "Dr A", "un éponyme")
    catalog.workspace.set_fact("encoder", "modèle é 🫁")
    return catalog


def everything(catalog: Catalog) -> list[object]:
    """All that the catalog's users can read."""
    states = dict(catalog.reports.walk())
    entries = catalog.quarantine.list(include_resolved=True)
    decided = [catalog.quarantine.decisions(entry.entry_id) for entry in entries]
    read = [catalog.reports.get(list(states)), catalog.runs.recent(10), catalog.workspace.get_fact("encoder")]
    return [states, entries, decided, catalog.counts(), *read]


def test_everything_arrives_and_the_next_run_goes_on(filled, location, postgres):
    before, told = everything(filled), []
    tallies = move_catalog(location, postgres.url, lambda done, of: told.append((done, of)))
    assert {name: tally.rows for name, tally in tallies.items()} == ROWS
    total = 2 * sum(ROWS.values())
    assert told[0] == (1000, total)
    assert told[-1] == (total, total)
    with open_catalog(postgres.url) as moved:
        assert everything(moved) == before
        assert before == everything(filled), "the old one is as it was"
        run = moved.runs.begin([], {})
        assert run == 3
        moved.reports.stage([replace(FULL, report_id="d" * 32)], run)
        moved.quarantine.add([replace(ODD, origin=Origin("b.csv", 1))], run)
        assert [entry.entry_id for entry in moved.quarantine.list()] == [1, 2, 3]
        moved.quarantine.decide(3, Verdict.REJECTED, "Dr B", "non")


def test_there_and_back_is_the_same(filled, location, postgres, tmp_path):
    before = everything(filled)
    there = move_catalog(location, postgres.url)
    assert move_catalog(postgres.url, tmp_path / "back.sqlite") == there
    with open_catalog(tmp_path / "back.sqlite") as back:
        assert everything(back) == before


def test_a_checksum_sees_one_changed_character(filled, location, postgres, tmp_path):
    there = move_catalog(location, postgres.url)
    postgres.execute("UPDATE report_content SET text = replace(text, '1999', '1998') WHERE text LIKE '%1999.'")
    back = move_catalog(postgres.url, tmp_path / "back.sqlite")
    assert [name for name in there if there[name] != back[name]] == ["report_content"]
    assert there["report_content"].rows == back["report_content"].rows


def test_an_empty_catalog_moves_too(location, postgres):
    assert set(move_catalog(location, postgres.url).values()) == {Tally(0, 0)}
    with open_catalog(postgres.url) as moved:
        assert moved.runs.begin([], {}) == 1


def test_a_target_that_is_not_empty_is_refused(filled, location, postgres):
    with open_catalog(postgres.url) as other:
        other.workspace.set_fact("encoder", "another")
    with pytest.raises(InputError, match="is not empty: there are rows in workspace_fact; nothing was copied"):
        move_catalog(location, postgres.url)
    with open_catalog(postgres.url) as other:
        assert (other.counts().total, other.workspace.get_fact("encoder")) == (0, "another")


def test_a_catalog_is_not_moved_onto_itself(filled, location):
    with pytest.raises(InputError, match="is not empty"):
        move_catalog(location, location)
    assert filled.counts().total == ROWS["report"]


def test_a_target_that_stores_something_else_is_found_out_and_nothing_is_kept(filled, location, postgres):
    open_catalog(postgres.url).close()
    postgres.execute(
        "CREATE FUNCTION moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.site = 'Sud'; RETURN NEW; END $$"
    )
    postgres.execute("CREATE TRIGGER moved BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION moved()")
    with pytest.raises(StoreError, match=r"table report holds 2503 rows .* nothing was kept there: look for a trigger"):
        move_catalog(location, postgres.url)
    assert postgres.execute("SELECT (SELECT count(*) FROM run), (SELECT count(*) FROM report)") == [(0, 0)]
    postgres.execute("DROP TRIGGER moved ON report")
    assert move_catalog(location, postgres.url)["report"].rows == ROWS["report"]


@only(Backend.SQLITE)
def test_a_nul_of_an_older_catalog_is_refused_and_nothing_is_kept(catalog, location, postgres):
    run = catalog.runs.begin([], {})
    catalog.reports.stage([FULL], run)
    with catalog._database.writing() as connection:
        connection.exec_driver_sql("UPDATE report_content SET text = 'zzmarqueurzz' || char(0)")
    with pytest.raises(StoreError, match=r"cannot store a lone surrogate, a NUL character") as caught:
        move_catalog(location, postgres.url)
    assert "zzmarqueurzz" not in str(caught.value)
    assert postgres.execute("SELECT count(*) FROM report") == [(0,)]


KILLED = """
import os, signal, sys
from indexer.stores.catalog.moving import move_catalog

def die(done, of):
    if done >= of // 2 + 1000:
        os.kill(os.getpid(), signal.SIGKILL)

move_catalog(sys.argv[1], sys.argv[2], die)
"""


def test_a_kill_half_way_leaves_the_target_empty_and_the_next_try_succeeds(filled, location, postgres):
    command = [sys.executable, "-c", KILLED, str(location), postgres.url]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert postgres.execute("SELECT count(*) FROM report") == [(0,)]
    assert move_catalog(location, postgres.url)["report"].rows == ROWS["report"]

"""Reports that a cluster refuses: they are set apart with their record, all others are indexed, and nothing is lost."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from indexer.settings import TextEngineName, VectorEngineName
from indexer.steps import Step
from indexer.stores.catalog.base import Store
from indexer.stores.opensearch_indices import Indices
from tests.integration import dying
from tests.integration.bench import Bench, read_jsonl, write_jsonl
from tests.integration.conftest import NewBench
from tests.rig.opensearch import OpenSearchServer

REPORTS = 16
LIMIT = "index.mapping.nested_objects.limit"
SHORT = "Scanner thoracique. Ancien xanthogranulome fictif."
MARKER = "zzmarqueurzz"
MOST = {Store.TEXT: 30, Store.VECTORS: 150}
"""Findings and passages that a report may have: more than any of the corpus has, less than all have together."""
NOTHING = dict.fromkeys(Store, 0)


Narrow = Callable[[Mapping[Store, int]], None]


@dataclass
class Refusing:
    """An archive with one store or both on a cluster, whose server can be made to refuse the one long report of a corpus."""

    bench: Bench
    server: OpenSearchServer
    stores: tuple[Store, ...]
    corpus: list[dict[str, Any]]
    folder: Path

    def limit(self, most: Mapping[Store, int | None] = MOST) -> None:
        """How many findings (full text) or passages (vectors) a report may have from now on."""
        for store in self.stores:
            self.server.request("PUT", f"/radiotheque-{store}/_settings", {LIMIT: most[store]})

    def lift(self) -> None:
        """As many as servers allow by themselves."""
        self.limit(dict.fromkeys(Store))

    def short(self) -> Path:
        """The corpus and one more report, which any server takes."""
        return self._with(SHORT)

    def long(self) -> Path:
        """That report with the texts of all others in it."""
        return self._with("\n".join([MARKER, *(record["text"] for record in self.corpus)]))

    def states(self) -> str:
        """The quarantine, those that were indexed since included."""
        return self.bench.ok("quarantine", "list", "--all").out

    def old(self) -> list[str]:
        return self.bench.find('"xanthogranulome fictif"')

    def _with(self, text: str) -> Path:
        records = [*self.corpus[:5], {"id": "one more", "text": text}, *self.corpus[5:]]
        return write_jsonl(self.folder / "reports.jsonl", records)


@pytest.fixture(params=[(Store.TEXT,), (Store.VECTORS,), tuple(Store)], ids=["text", "vectors", "both"])
def refusing(
    request: pytest.FixtureRequest, new_bench: NewBench, opensearch_knn: OpenSearchServer, corpus: Path, tmp_path: Path
) -> Refusing:
    """16 reports, all indexed and the short one among them; from now on no more is taken than any of these needs."""
    stores: tuple[Store, ...] = request.param
    engines: dict[str, object] = {}
    if Store.TEXT in stores:
        engines["text_engine"] = TextEngineName.OPENSEARCH
    if Store.VECTORS in stores:
        engines["vector_engine"] = VectorEngineName.OPENSEARCH
    url, patience = opensearch_knn.url, 60.0
    bench = new_bench(index_batch=8, opensearch_url=url, opensearch_patience_seconds=patience, **engines)
    made = Refusing(bench, opensearch_knn, stores, read_jsonl(corpus)[: REPORTS - 1], tmp_path)
    assert bench.ok("index", made.short()).counts() == (REPORTS, REPORTS, 0, 0)
    assert len(made.old()) == 1
    made.limit()
    return made


def interrupted(refusing: Refusing) -> None:
    """A run that was killed when the long report was in the catalog, and in no other store."""
    dying.killed(dying.index_until, refusing.bench.settings(), refusing.long(), Step.CATALOG_WRITTEN, 1)


def test_a_refused_report_is_set_apart_with_its_record_and_the_run_goes_on(
    refusing: Refusing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bench = refusing.bench
    refusing.corpus[6]["text"] += "\nMention ajoutée : lipome imaginaire."
    outcome = bench.ok("index", refusing.long())
    assert outcome.counts() == (REPORTS, 1, REPORTS - 2, 1)
    assert "1 quarantined: refused by a store" in outcome.out
    assert len(bench.find('"lipome imaginaire"')) == 1
    assert refusing.old() == []
    held = bench.held()
    assert held["catalog"] == held["text"] == held["vectors"]
    assert len(held["catalog"]) == REPORTS - 1
    assert bench.agrees()
    shown = bench.ok("quarantine", "show", 1).out
    assert "refused by a store" in shown
    assert "reports.jsonl:6, mapper_parsing_exception" in shown
    assert MARKER in shown
    for said in (outcome.said, caplog.text, refusing.states(), bench.ok("status").said):
        assert MARKER not in said

    again = bench.ok("index", refusing.long())
    assert again.counts() == (REPORTS, 0, REPORTS - 1, 1)
    assert "0 of 1 indexed" in bench.ok("quarantine", "retry").out

    refusing.lift()
    assert bench.ok("index", refusing.long()).counts() == (REPORTS, 1, REPORTS - 1, 0)
    assert len(bench.find(MARKER)) >= 1
    assert "indexed since" in refusing.states()
    assert "The quarantine is empty." in bench.ok("quarantine", "list").out
    assert len(bench.held()["catalog"]) == REPORTS
    assert bench.agrees()


def test_a_retry_indexes_it_when_the_server_takes_more(refusing: Refusing) -> None:
    refusing.bench.ok("index", refusing.long())
    refusing.lift()
    assert "1 of 1 indexed" in refusing.bench.ok("quarantine", "retry").out
    assert "indexed since" in refusing.states()
    assert refusing.bench.agrees()


def test_pending_ones_stay_pending_until_their_source_comes_again(refusing: Refusing) -> None:
    interrupted(refusing)
    bench = refusing.bench
    outcome = bench.run("repair")
    assert outcome.code == 1
    assert "refused 1 reports (1 mapper_parsing_exception); all others are written" in outcome.sentence()
    assert "index their source again" in outcome.sentence()
    assert refusing.old() == []
    held = bench.held()
    assert len(held["catalog"]) == REPORTS
    assert {len(held[store]) for store in refusing.stores} == {REPORTS - 1}
    status = bench.run("status")
    assert (status.code, "1 missing" in status.out) == (1, True)
    assert bench.run("repair").sentence() == outcome.sentence()

    other = write_jsonl(refusing.folder / "other.jsonl", [{"id": "other", "text": "Radiographie du genou. Normal."}])
    met = bench.ok("index", other)
    assert met.counts() == (1, 1, 0, 0)
    assert "1 reports of earlier runs are still refused by a store" in met.err

    met = bench.ok("index", refusing.long())
    assert met.counts() == (REPORTS, 0, REPORTS - 1, 1)
    assert "still refused" not in met.err
    assert "refused by a store" in refusing.states()
    assert bench.agrees()


def test_pending_ones_are_repaired_when_the_server_takes_more(refusing: Refusing) -> None:
    interrupted(refusing)
    assert refusing.bench.run("repair").code == 1
    refusing.lift()
    assert "1 reports mended." in refusing.bench.ok("repair").out
    assert refusing.bench.agrees()
    assert len(refusing.bench.find(MARKER)) >= 1


@pytest.mark.parametrize("refusing", [tuple(Store)], indirect=True)
@pytest.mark.parametrize(("step", "time"), [(Step.SETTLED, 1), (Step.TEXT_COMMITTED, 2), (Step.SETTLED, 2)])
def test_killed_while_it_is_set_apart_the_next_run_finishes(refusing: Refusing, step: Step, time: int) -> None:
    """Before it is in quarantine; when it is, and half removed; when it is removed and not forgotten."""
    dying.killed(dying.index_until, refusing.bench.settings(), refusing.long(), step, time)
    assert refusing.bench.ok("index", refusing.long()).counts() == (REPORTS, 0, REPORTS - 1, 1)
    assert refusing.states().count("refused by a store") == 1
    assert len(refusing.bench.held()["catalog"]) == REPORTS - 1
    assert refusing.bench.agrees()


@pytest.fixture
def made_narrow(refusing: Refusing, monkeypatch: pytest.MonkeyPatch) -> Narrow:
    """Indices that are made from now on are given a limit before they are filled, as by an administrator."""
    make = Indices.make

    def narrowed(most: Mapping[Store, int]) -> None:
        def made(self: Indices, body: Any, *, live: bool) -> str:
            name = make(self, body, live=live)
            refusing.server.request("PUT", f"/{name}/_settings", {LIMIT: most[Store(self.store)]})
            return name

        monkeypatch.setattr(Indices, "make", made)

    return narrowed


def test_a_rebuild_leaves_out_what_the_new_index_refuses_and_says_so(refusing: Refusing, made_narrow: Narrow) -> None:
    bench = refusing.bench
    refusing.lift()
    bench.ok("index", refusing.long())
    made_narrow(MOST)
    asked = "all" if len(refusing.stores) > 1 else refusing.stores[0]
    outcome = bench.run("rebuild", "--store", asked)
    assert outcome.code == 1
    assert "Rebuilt." in outcome.out
    assert "refused 1 reports (1 mapper_parsing_exception); all others are written" in outcome.sentence()
    held = bench.held()
    assert {len(held[store]) for store in refusing.stores} == {REPORTS - 1}
    assert "1 missing" in bench.run("status").out
    refusing.lift()
    assert "1 reports mended." in bench.ok("repair").out
    assert bench.agrees()


@pytest.mark.parametrize("refusing", [(Store.VECTORS,)], indirect=True)
def test_a_rebuild_that_takes_nothing_changes_nothing(refusing: Refusing, made_narrow: Narrow) -> None:
    made_narrow(NOTHING)
    outcome = refusing.bench.run("rebuild", "--store", "vectors")
    assert outcome.code == 1
    assert "refused every report (mapper_parsing_exception), and the old index is kept" in outcome.sentence()
    assert refusing.bench.agrees()


@pytest.mark.parametrize("refusing", [(Store.TEXT,)], indirect=True)
def test_reports_understood_anew_that_are_refused_then_are_said_and_pending(refusing: Refusing, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[finding.our_finding]\nfr = "absence de"\nen = "our finding"\n', encoding="utf-8")
    refusing.limit(NOTHING)
    outcome = refusing.bench.run("reanalyse", lexicon_file=own)
    assert outcome.code == 1
    assert f"{REPORTS} reports understood anew." in outcome.out
    assert "radiotheque repair" in outcome.sentence()
    assert "missing" in refusing.bench.run("status").out
    refusing.lift()
    refusing.bench.ok("repair", lexicon_file=own)
    assert refusing.bench.agrees()
    found = json.loads(refusing.bench.ok("search", "", "--finding", "our_finding", "--json", lexicon_file=own).out)
    assert found["total"] > 0

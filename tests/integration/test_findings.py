"""Findings from a file of reports to the catalog, understood anew, looked up and scored, through the command line."""

import json
from pathlib import Path
from unittest import mock

import pytest

from indexer.language import understanding
from indexer.report import Assertion, Finding
from indexer.stores.catalog.catalog import open_catalog
from tests.integration.bench import Bench, write_jsonl
from tests.integration.serving import serving
from tests.rig.parts import missing

ROOT = Path(__file__).parents[2]
REPORTS = [
    {
        "id": "1",
        "text": "SCANNER THORACIQUE\nIndication :\nFemme de 60 ans, embolie pulmonaire ?\nRésultats :\n"
        "Nodule du lobe supérieur droit de 12 mm contre 9 mm.\nConclusion :\nPas d'embolie pulmonaire.",
    },
    {"id": "2", "text": "ÉCHOGRAPHIE ABDOMINALE\nRésultats :\nFoie : stéatose.\nReins : kyste gauche de 30 mm."},
]


@pytest.fixture
def understood(bench: Bench, tmp_path: Path) -> Bench:
    bench.ok("index", write_jsonl(tmp_path / "reports.jsonl", REPORTS))
    return bench


def findings(bench: Bench) -> dict[str, list[Finding]]:
    """The findings of each report, by the first word of its text."""
    with open_catalog(bench.data / "catalog.sqlite", read_only=True) as catalog:
        reports = catalog.reports.get([report_id for report_id, _state in catalog.reports.walk()])
    return {report.text.split()[0]: list(report.findings) for report in reports.values()}


def behind(bench: Bench) -> int:
    """How many reports the full text has still to take."""
    with open_catalog(bench.data / "catalog.sqlite", read_only=True) as catalog:
        return catalog.counts().pending_text


def test_findings_are_in_the_catalog_with_the_analysers_version(understood: Bench) -> None:
    held = findings(understood)
    ct = [(f.concept, f.assertion, f.laterality.value) for f in held["SCANNER"]]
    assert ct == [
        ("pulmonary_embolism", Assertion.ASKED, "none"),
        ("lung_nodule", Assertion.PRESENT, "right"),
        ("pulmonary_embolism", Assertion.ABSENT, "none"),
    ]
    nodule = held["SCANNER"][1].measurement
    assert nodule is not None
    assert (nodule.current, nodule.prior) == ((12.0,), (9.0,))
    assert [f.concept for f in held["ÉCHOGRAPHIE"]] == ["hepatic_steatosis", "renal_cyst"]
    with open_catalog(understood.data / "catalog.sqlite", read_only=True) as catalog:
        assert catalog.reports.outdated(understanding.analysis_version(), "", 10) == []
        assert len(catalog.reports.outdated("another", "", 10)) == 2


def test_what_the_text_says_of_the_exam_completes_the_record(understood: Bench) -> None:
    found = json.loads(understood.ok("search", "nodule", "--modality", "CT", "--sex", "F", "--json").out)
    assert found["total"] == 1


def test_reports_are_understood_anew_without_encoding(understood: Bench, tmp_path: Path) -> None:
    snapshot = understood.snapshot()
    assert "Nothing to do" in understood.ok("reanalyse").out
    own = tmp_path / "own.toml"
    own.write_text('[finding.our_finding]\nfr = "échographie abdominale"\nen = "our finding"\n', encoding="utf-8")
    assert "2 reports understood anew" in understood.ok("reanalyse", lexicon_file=own).out
    assert understood.snapshot() == snapshot
    assert understood.agrees()
    assert "our_finding" in {f.concept for f in findings(understood)["ÉCHOGRAPHIE"]}
    assert "Nothing to do" in understood.ok("reanalyse", lexicon_file=own).out


def test_an_interrupted_reanalysis_goes_on(understood: Bench, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[more.cyst]\nwords = ["poche liquide"]\n', encoding="utf-8")
    with mock.patch("indexer.stores.text.tantivy.TantivyText.write", side_effect=KeyboardInterrupt):
        assert understood.run("reanalyse", lexicon_file=own).code == 130
    assert behind(understood) == 2
    snapshot = understood.snapshot()
    understood.ok("repair", lexicon_file=own)
    assert behind(understood) == 0
    assert understood.snapshot() == snapshot  # only the full text was behind


def test_a_report_that_takes_too_long_is_quarantined(bench: Bench, tmp_path: Path) -> None:
    slow = {"id": "3", "text": "RÉSULTATS :\n" + "Kyste du rein droit de 12 mm.\n" * 3000}
    file = write_jsonl(tmp_path / "reports.jsonl", [*REPORTS, slow])
    assert bench.ok("index", file, analysis_seconds=0.2).counts() == (3, 2, 0, 1)
    assert "took too long to be understood" in bench.ok("quarantine", "list").out
    assert bench.ok("index", file, analysis_seconds=300).counts() == (3, 1, 2, 0)


def test_a_report_at_which_the_analyser_fails_is_quarantined_and_the_run_goes_on(bench: Bench, tmp_path: Path) -> None:
    file = write_jsonl(tmp_path / "reports.jsonl", REPORTS)
    with mock.patch("indexer.language.understanding.split_sections", side_effect=[IndexError("secret"), ()]):
        outcome = bench.ok("index", file, analysis_workers=1)
    assert outcome.counts() == (2, 1, 0, 1)
    listed = bench.ok("quarantine", "list").out
    assert "the analyser failed" in listed
    assert "secret" not in outcome.said + listed
    assert bench.ok("index", file).counts() == (2, 1, 1, 0)
    assert bench.agrees()


def test_a_faulty_lexicon_stops_at_once(bench: Bench, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[finding.x]\nfr = "x"\nen = "y"\nparents = ["nothing"]\n', encoding="utf-8")
    outcome = bench.run("lexicon", "check", own)
    assert outcome.code == 2
    assert "parent nothing: no such entry" in outcome.said


def test_the_lexicon_is_looked_up_and_counted(bench: Bench) -> None:
    assert "pulmonary_embolism" in bench.ok("lexicon", "search", "embolie pulm").out
    assert bench.run("lexicon", "search", "qqqqq").code == 1
    assert "findings" in bench.ok("lexicon", "stats").out
    assert bench.ok("lexicon", "check").out.startswith("Sound: ")


NODULE = {"concept": "lung_nodule", "status": ["present"], "side": "right", "size_min": 8}


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
def test_a_finding_filters_in_every_mode(understood: Bench, mode: str) -> None:
    with serving(understood.settings()) as api:
        api.ready()

        def total(*clauses: dict[str, object], text: str | None = "scanner kyste") -> int:
            answer = api.search(text=text, mode=mode, filters={"findings": list(clauses)})
            assert len(answer["hits"]) <= answer["total"]
            return int(answer["total"])

        assert total({"any_of": [NODULE]}) == 1
        assert total({"any_of": [{**NODULE, "size_min": 13}]}) == 0
        assert total({"any_of": [{**NODULE, "side": "left"}]}) == 0
        assert total({"any_of": [{"concept": "pulmonary_embolism"}]}) == 0  # denied, and asked
        assert total({"any_of": [{"concept": "pulmonary_embolism", "status": ["absent"]}]}) == 1
        assert total({"any_of": [NODULE]}, {"any_of": [{"concept": "renal_cyst"}]}) == 0
        assert total({"any_of": [NODULE, {"concept": "renal_cyst"}]}) == 2
        assert total({"any_of": [{"concept": "cyst"}], "excluded": True}) == 1  # a renal cyst is a cyst


def test_hits_and_reports_show_findings_with_their_labels(understood: Bench) -> None:
    with serving(understood.settings()) as api:
        api.ready()
        answer = api.search(filters={"findings": [{"any_of": [NODULE]}]})
        (hit,) = answer["hits"]
        (seen,) = hit["matched_findings"]
        assert (seen["label_fr"], seen["sizes_mm"], seen["prior_mm"]) == ("nodule pulmonaire", [12.0], [9.0])
        assert {"value": "lung_nodule", "count": 1} in answer["facets"]["finding"]
        report = api.get(f"reports/{hit['report_id']}").json()
        assert [f["concept"] for f in report["findings"]] == ["pulmonary_embolism", "lung_nodule", "pulmonary_embolism"]
        assert report["text"][seen["start"] : seen["end"]] == "Nodule du lobe supérieur droit"
        refused = api.post("search", filters={"findings": [{"any_of": [{"concept": "flying"}]}]})
        assert refused.status_code == 400
        assert "has no finding 'flying'" in refused.json()["error"]["message"]


def test_concepts_are_looked_up(understood: Bench) -> None:
    with serving(understood.settings()) as api:
        api.ready()
        found = api.post("concepts/search", words="embolie pulm", limit=3).json()["concepts"]
        assert found[0]["id"] == "pulmonary_embolism"
        assert [c["id"] for c in api.get("concepts?ids=renal_cyst,nothing,cyst").json()["concepts"]] == [
            "renal_cyst",
            "cyst",
        ]
        detail = api.get("concepts/renal_cyst").json()
        assert "cyst" in detail["parents"]
        assert detail["cim10"]
        assert api.post("concepts/search", words=" ").json() == {"concepts": []}
        assert api.get("concepts/nothing").status_code == 400


def test_findings_are_asked_for_in_the_terminal(understood: Bench) -> None:
    def total(*findings: str) -> int:
        asked = [part for one in findings for part in ("--finding", one)]
        return int(json.loads(understood.ok("search", "scanner", "--json", *asked).out)["total"])

    assert total("lung_nodule:present:right:>8") == 1
    assert total("lung_nodule:::<8") == 0
    assert total("-cyst", "lung_nodule") == 1
    assert total("renal_cyst:present:left:20-40") == 1
    assert "--finding is CONCEPT" in understood.run("search", "x", "--finding", "lung nodule").sentence()
    assert "has no finding 'flying'" in understood.run("search", "x", "--finding", "flying").sentence()


def test_findings_are_scored_against_labels(bench: Bench, tmp_path: Path) -> None:
    corpus = write_jsonl(tmp_path / "corpus.jsonl", [{"_id": r["id"], "text": r["text"]} for r in REPORTS])
    labels = [
        {"id": "1", "finding": "lung_nodule", "status": "present", "side": "right", "size_mm": 12},
        {"id": "1", "finding": "pulmonary_embolism", "status": "absent", "side": None, "size_mm": None},
        {"id": "2", "finding": "renal_cyst", "status": "absent", "side": None, "size_mm": None, "quote": "kyste"},
    ]
    file = write_jsonl(tmp_path / "findings.jsonl", labels)
    figures = json.loads(bench.ok("evaluate-findings", file, "--corpus", corpus, "--json").out)
    assert figures["status"]["present"] == {"precision": 0.5, "recall": 1.0, "f1": pytest.approx(2 / 3), "labels": 1}
    assert (figures["side_accuracy"], figures["size_accuracy"]) == (1.0, 1.0)
    shown = bench.ok("evaluate-findings", file, "--corpus", corpus).out
    assert "renal_cyst: expected absent, found present" in shown
    wrong = write_jsonl(tmp_path / "wrong.jsonl", [{**labels[0], "finding": "flying"}])
    assert "does not know: flying" in bench.run("evaluate-findings", wrong, "--corpus", corpus).sentence()


def test_on_the_developers_set_findings_reach_their_bars(bench: Bench) -> None:
    shared = ROOT.parent / "shared" / "dev_reports"
    if not shared.exists():
        missing("the developers' set is not here (shared/dev_reports)")
    figures = json.loads(
        bench.ok(
            *("evaluate-findings", shared / "findings.jsonl", "--corpus", shared / "reports" / "corpus.jsonl", "--json")
        ).out
    )
    status = figures["status"]
    assert status["present"]["f1"] >= 0.90
    assert status["absent"]["f1"] >= 0.95
    assert status["uncertain"]["f1"] >= 0.80

"""The HTTP API over a real socket: ready when it should be, exact in its counts, closed to what it does not know."""

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest

from api import service
from api.schemas import SearchMode
from indexer.language.sections import split_sections
from indexer.privacy.pseudonyms import Pseudonyms
from indexer.report import SectionKind
from tests.integration.bench import KEY, Bench, make_bench, read_jsonl, write_jsonl
from tests.integration.serving import Api, serving

Record = dict[str, Any]
REPORTS = 300


@pytest.fixture(scope="module")
def records(large_corpus: Path) -> dict[str, Record]:
    """The corpus by report id."""
    pseudonyms = Pseudonyms(KEY)
    return {pseudonyms.report_id("", record["id"]): record for record in read_jsonl(large_corpus)}


@pytest.fixture(scope="module")
def large_bench(tmp_path_factory, tiny_model, large_corpus) -> Bench:
    made = make_bench(tmp_path_factory.mktemp("api") / "data", tiny_model)
    made.ok("index", large_corpus)
    return made


@pytest.fixture(scope="module")
def api(large_bench: Bench) -> Iterator[Api]:
    with serving(large_bench.settings()) as running:
        running.ready()
        yield running


def error_of(response: httpx.Response) -> str:
    """The message of an error, in the one error body and nothing else."""
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    return str(body["error"]["message"])


# What passes, worked out from the corpus's own records.

FILTERS = [
    ({}, lambda r: True),
    ({"modalities": ["CT"]}, lambda r: r["modality"] == "CT"),
    ({"modalities": ["CT", "MR"]}, lambda r: r["modality"] in ("CT", "MR")),
    ({"regions": ["thorax"]}, lambda r: "thorax" in r["regions"]),
    ({"regions": ["abdomen", "pelvis"]}, lambda r: {"abdomen", "pelvis"} & set(r["regions"])),
    ({"sexes": ["F"]}, lambda r: r["sex"] == "F"),
    ({"age_min": 60}, lambda r: r["age"] >= 60),
    ({"age_max": 40}, lambda r: r["age"] <= 40),
    ({"age_min": 50, "age_max": 50}, lambda r: r["age"] == 50),
    ({"date_from": "2021-01-01"}, lambda r: r["exam_date"] >= "2021-01-01"),
    ({"date_to": "2020-12-31"}, lambda r: r["exam_date"] <= "2020-12-31"),
    ({"date_from": "2020-01-01", "date_to": "2020-12-31"}, lambda r: r["exam_date"][:4] == "2020"),
    (
        {"modalities": ["CT"], "sexes": ["M"], "age_min": 40, "date_from": "2019-01-01"},
        lambda r: (r["modality"], r["sex"]) == ("CT", "M") and r["age"] >= 40 and r["exam_date"] >= "2019-01-01",
    ),
]


def facets_of(records: list[Record]) -> dict[str, dict[str, int]]:
    counted = {
        "modality": Counter(r["modality"] for r in records),
        "region": Counter(region for r in records for region in r["regions"]),
        "sex": Counter(r["sex"] for r in records),
        "site": Counter(r["site"] for r in records),
        "year": Counter(r["exam_date"][:4] for r in records),
        "age": Counter(str(r["age"] // 10 * 10) for r in records),
    }
    return {name: dict(values) for name, values in counted.items()}


def shown_facets(answer: dict[str, Any]) -> dict[str, dict[str, int]]:
    """What the records say themselves: what their texts do, findings, is counted in the contract of the full text."""
    shown = ((name, values) for name, values in answer["facets"].items() if name != "finding")
    return {name: {v["value"]: v["count"] for v in values} for name, values in shown}


@pytest.mark.parametrize(
    ("filters", "passes"),
    FILTERS,
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_totals_and_facets_are_those_of_brute_force_in_every_mode(api, records, filters, passes):
    wanted = {report_id: record for report_id, record in records.items() if passes(record)}
    assert wanted
    expected = facets_of(list(wanted.values()))
    for mode in SearchMode:
        answer = api.search(text="pas de lésion", filters=filters, mode=mode, limit=100)
        assert answer["total"] == len(wanted)
        assert shown_facets(answer) == expected
        assert {hit["report_id"] for hit in answer["hits"]} <= wanted.keys()
        assert answer["hits"]
        if mode is not SearchMode.LEXICAL:
            assert len(answer["hits"]) == min(100, len(wanted))
    counted = api.post("facets", text="pas de lésion", filters=filters).json()
    assert (counted["total"], shown_facets(counted)) == (len(wanted), expected)


def test_a_site_filters_exactly(api, records):
    site = next(iter(records.values()))["site"]
    answer = api.search(text="pas de", filters={"sites": [site]}, limit=100)
    assert answer["total"] == sum(record["site"] == site for record in records.values())
    assert {hit["exam"]["site"] for hit in answer["hits"]} == {site}
    assert api.search(text="pas de", filters={"sites": ["Ailleurs"]})["hits"] == []


def folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("’", "'"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@pytest.mark.parametrize("mode", list(SearchMode))
def test_phrases_and_excluded_words_hold_in_every_mode(api, records, mode):
    phrase = re.compile(r"\bepanchement\W+pleural\b")
    excluded = re.compile(r"\bpneumothorax\b")
    wanted = {
        report_id
        for report_id, record in records.items()
        if phrase.search(folded(record["text"])) and not excluded.search(folded(record["text"]))
    }
    assert wanted
    answer = api.search(text='"épanchement pleural" -pneumothorax', mode=mode, limit=100)
    assert {hit["report_id"] for hit in answer["hits"]} == wanted
    assert answer["total"] == answer["containing_all_words"] == len(wanted)


@pytest.mark.parametrize("mode", list(SearchMode))
def test_words_of_a_section_hold_in_every_mode(api, records, mode):
    sought = {
        'conclusion:fracture -résultats:"pas de"': (r"\bfractur(e|es|ee|ees)\b", r"\bpas\W+de\b"),
        "CONCLUSION:kyste -Resultats:nodules": (r"\bkystes?\b", r"\bnodules?\b"),
    }
    for typed, (held, barred) in sought.items():
        wanted = {
            report_id: record["text"]
            for report_id, record in records.items()
            if re.search(held, section(record["text"], SectionKind.CONCLUSION))
            and not re.search(barred, section(record["text"], SectionKind.RESULTS))
        }
        assert 0 < len(wanted) < sum(bool(re.search(held, folded(record["text"]))) for record in records.values())
        answer = api.search(text=typed, mode=mode, limit=100)
        assert {hit["report_id"] for hit in answer["hits"]} == wanted.keys()
        assert answer["total"] == answer["containing_all_words"] == len(wanted)
        assert shown_facets(answer)["sex"] == Counter(records[report_id]["sex"] for report_id in wanted)
        assert api.post("facets", text=typed).json()["total"] == len(wanted)
        for hit in answer["hits"]:
            marked = [wanted[hit["report_id"]][s["start"] : s["end"]] for p in hit["passages"] for s in p["highlights"]]
            assert marked
            assert all(re.match(held, folded(word)) for word in marked)


def section(text: str, kind: SectionKind) -> str:
    return folded("\n".join(text[one.start : one.end] for one in split_sections(text) if one.kind is kind))


def test_without_a_query_the_filtered_reports_come_newest_first(api, records):
    answer = api.search(filters={"modalities": ["MR"]}, limit=100)
    dates = [hit["exam"]["exam_date"] for hit in answer["hits"]]
    assert dates == sorted((r["exam_date"] for r in records.values() if r["modality"] == "MR"), reverse=True)[:100]
    assert answer["containing_all_words"] is None


@pytest.mark.parametrize("mode", list(SearchMode))
def test_pages_do_not_overlap_and_equal_one_big_page(api, mode):
    asked = {"text": "nodule du lobe droit", "mode": mode}
    whole = api.search(**asked, limit=60)
    pages = [api.search(**asked, offset=offset, limit=20) for offset in (0, 20, 40)]
    assert [hit for page in pages for hit in page["hits"]] == whole["hits"]
    assert [hit["rank"] for hit in whole["hits"]] == list(range(1, len(whole["hits"]) + 1))
    assert len({hit["report_id"] for hit in whole["hits"]}) == len(whole["hits"])
    for page in pages:
        assert [page[key] for key in ("total", "facets")] == [whole[key] for key in ("total", "facets")]


def test_the_pages_of_the_newest_reports_do_not_overlap(api):
    whole = [hit["report_id"] for hit in api.search(limit=100)["hits"]]
    pages = [hit["report_id"] for offset in (0, 50) for hit in api.search(offset=offset, limit=50)["hits"]]
    assert pages == whole
    assert len(set(whole)) == 100


def test_the_shares_of_a_hit_add_up_to_its_score(api):
    for hit in api.search(text="fracture de la cheville", limit=20)["hits"]:
        shares = hit["lexical"]["contribution"] + hit["semantic"]["contribution"]
        assert hit["score"] == pytest.approx(shares, abs=2e-4)


def test_a_denied_finding_never_comes_first(api, records):
    hits = api.search(text="sans fracture", limit=100)["hits"]
    first_wrong = next((n for n, hit in enumerate(hits) if hit["contradicts"]), len(hits))
    assert all(hit["contradicts"] for hit in hits[first_wrong:])
    assert first_wrong > 0


def test_highlights_mark_the_words_of_the_query(api, records):
    for hit in api.search(text="fracture", mode="lexical", limit=20)["hits"]:
        text = records[hit["report_id"]]["text"]
        for passage in hit["passages"]:
            assert text[passage["start"] : passage["end"]] == passage["text"]
        marked = [text[s["start"] : s["end"]] for p in hit["passages"] for s in p["highlights"]]
        assert marked
        assert all(folded(word).startswith("fractur") for word in marked)
        assert hit["matched_words"] == ["fracture"]


def test_a_report_is_shown_whole_with_the_other_exams_of_its_patient(api, records):
    by_patient = Counter(record["patient_id"] for record in records.values())
    patient = by_patient.most_common(1)[0][0]
    theirs = sorted((r["exam_date"], i) for i, r in records.items() if r["patient_id"] == patient)
    assert len(theirs) > 1
    first = theirs[0][1]
    shown = api.get(f"reports/{first}").json()
    assert shown["text"] == records[first]["text"]
    assert shown["related_report_ids"] == [report_id for _date, report_id in theirs[1:]]
    assert [shown["exam"][key] for key in ("modality", "age", "exam_date")] == [
        records[first][key] for key in ("modality", "age", "exam_date")
    ]
    assert {"results", "conclusion"} <= {section["kind"] for section in shown["sections"]}


def test_highlights_of_a_report_stand_where_its_words_are(api, records):
    report_id, record = next((i, r) for i, r in records.items() if "fracture" in r["text"])
    found = api.post(f"reports/{report_id}/highlights", text="fracture").json()["highlights"]
    assert [record["text"][s["start"] : s["end"]].lower() for s in found].count("fracture") == len(
        re.findall(r"\bfracture\b", record["text"].lower())
    )


@pytest.mark.parametrize("mode", list(SearchMode))
def test_like_finds_others_than_the_report_itself(api, records, mode):
    report_id = next(iter(records))
    hits = api.search(like={"report_id": report_id}, mode=mode, limit=20)["hits"]
    assert len(hits) == 20
    assert report_id not in {hit["report_id"] for hit in hits}


@pytest.mark.parametrize("mode", [SearchMode.HYBRID, SearchMode.LEXICAL])  # the tiny model reads forty tokens of it
def test_a_pasted_report_finds_the_one_it_was_copied_from(api, records, mode):
    report_id = list(records)[17]
    hits = api.search(like={"text": records[report_id]["text"]}, mode=mode, limit=5)["hits"]
    assert hits[0]["report_id"] == report_id


def test_a_text_and_a_report_together_rank_by_both(api, records):
    report_id = next(iter(records))
    both = api.search(text='"pas de"', like={"report_id": report_id}, limit=20)
    assert report_id not in {hit["report_id"] for hit in both["hits"]}
    assert all(re.search(r"\bpas de\b", folded(records[hit["report_id"]]["text"])) for hit in both["hits"])
    alone = api.search(text='"pas de"', limit=20)
    assert both["total"] == alone["total"]
    assert [h["report_id"] for h in both["hits"]] != [h["report_id"] for h in alone["hits"]]


WRONG = [
    ({"limit": 0}, "limit"),
    ({"limit": 101}, "limit"),
    ({"offset": -1}, "offset"),
    ({"offset": 9901}, "offset"),
    ({"text": "x" * 20_001}, "text"),
    ({"mode": "magic"}, "mode"),
    ({"unknown": 1}, "unknown"),
    ({"filters": {"unknown": 1}}, "filters.unknown"),
    ({"filters": {"modalities": ["XX"]}}, "filters.modalities.0"),
    ({"filters": {"age_min": 131}}, "filters.age_min"),
    ({"filters": {"date_from": "hier"}}, "filters.date_from"),
    ({"like": {}}, "like"),
    ({"like": {"report_id": "0" * 32, "text": "x"}}, "like"),
    ({"like": {"text": "x" * 200_001}}, "like.text"),
]


@pytest.mark.parametrize(("body", "field"), WRONG, ids=[field + str(n) for n, (_, field) in enumerate(WRONG)])
def test_a_wrong_request_names_the_field(api, body, field):
    response = api.post("search", **body)
    assert response.status_code == 422
    assert error_of(response).startswith(f"{field}: ")


@pytest.mark.parametrize(("offset", "limit"), [(0, 100), (400, 100)])
def test_the_bounds_themselves_are_allowed(api, offset, limit):
    assert api.search(text="pas de", offset=offset, limit=limit)["total"] == REPORTS
    assert api.search(offset=9900, limit=100)["hits"] == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"text": "?!"}, "no word to search for"),
        ({"text": "pas de", "offset": 450, "limit": 100}, "a ranking is 500 reports deep"),
        ({"like": {"text": "  "}}, "the pasted report is empty"),
    ],
)
def test_a_search_that_makes_no_sense_is_a_400_with_a_sentence(api, body, said):
    response = api.post("search", **body)
    assert response.status_code == 400
    assert said in error_of(response)


def test_every_other_fault_has_the_same_error_body(api):
    missing = api.get("reports/" + "0" * 32)
    assert (missing.status_code, "no report with that id" in error_of(missing)) == (404, True)
    assert api.post("search", like={"report_id": "0" * 32}).status_code == 404
    malformed = api.get("reports/NOT-AN-ID")
    assert (malformed.status_code, error_of(malformed).startswith("report_id: ")) == (422, True)
    nowhere = api.get("nothing/here")
    assert (nowhere.status_code, bool(error_of(nowhere))) == (404, True)
    method = api.get("search")
    assert (method.status_code, bool(error_of(method))) == (405, True)
    no_json = api.client.post("/v1/search", content=b"{", headers={"content-type": "application/json"})
    assert (no_json.status_code, bool(error_of(no_json))) == (422, True)
    no_text = api.client.post("/v1/search", content=b"\xff", headers={"content-type": "application/json"})
    assert no_text.status_code in (400, 422)
    assert error_of(no_text)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8300", "127.0.0.1.evil.example"])
def test_another_host_name_is_refused(api, host):
    response = api.client.get("/v1/health/live", headers={"host": host})
    assert response.status_code == 400


def test_the_description_of_the_api_has_examples_and_the_error_body(api):
    described = api.get("openapi.json").json()
    assert described["components"]["schemas"]["SearchRequest"]["examples"][0]["text"] == "embolie pulmonaire bilatérale"
    for path in ("/v1/search", "/v1/facets", "/v1/reports/{report_id}", "/v1/health/ready"):
        (operation,) = described["paths"][path].values()
        assert operation["description"]
        assert "ErrorSchema" in str(operation["responses"]["422"])


def test_the_examples_of_the_api_are_answered(api):
    example = api.get("openapi.json").json()["components"]["schemas"]["SearchRequest"]["examples"][0]
    assert api.post("search", **example).status_code == 200


def test_the_event_loop_answers_while_a_search_is_slow(api):
    def slow(*arguments: Any) -> Any:
        import time

        time.sleep(1.5)
        return run_search(*arguments)

    run_search = service.run_search
    with mock.patch("api.routes.search.run_search", slow), ThreadPoolExecutor(4) as pool:
        searches = [pool.submit(api.search, text="fracture") for _ in range(4)]
        asked = dt.datetime.now(dt.UTC)
        assert api.client.get("/v1/health/live", timeout=1.0).json()["status"] == "live"
        assert (dt.datetime.now(dt.UTC) - asked).total_seconds() < 1.0
        assert not any(search.done() for search in searches)
        assert all(search.result()["hits"] for search in searches)


def test_it_becomes_ready_when_an_index_is_made_without_a_restart(new_bench, corpus):
    empty = new_bench()
    with serving(empty.settings()) as api:
        assert api.get("health/live").json()["status"] == "live"
        assert api.not_ready() == f"there is no index in {empty.data} yet; make one with: radiotheque index FILE"
        refused = api.post("search", text="fracture")
        assert (refused.status_code, "radiotheque index FILE" in error_of(refused)) == (503, True)
        empty.ok("index", corpus)
        ready = api.ready(snapshot=empty.snapshot())
        assert (ready["reports"], ready["encoder"]) == (40, "tiny-bert")
        assert api.search(text="pas de")["total"] == 40


def test_a_new_snapshot_is_picked_up_without_a_restart(indexed, tmp_path):
    other = write_jsonl(tmp_path / "more.jsonl", [{"id": "n", "text": "Xanthogranulome fictif du plexus choroïde."}])
    with serving(indexed.settings()) as api:
        api.ready()
        indexed.ok("index", other)
        api.ready(snapshot=indexed.snapshot())
        found = api.search(text="xanthogranulome fictif", mode="hybrid")
        assert found["total"] == 41
        assert found["hits"][0]["semantic"]["score"] is not None
        report_id = found["hits"][0]["report_id"]
        indexed.ok("delete", report_id, "--yes")
        assert api.get(f"reports/{report_id}").status_code == 404
        assert api.search(text='"xanthogranulome fictif"')["hits"] == []


def test_searches_go_on_while_an_index_run_commits(new_bench, corpus, large_corpus):
    bench = new_bench(index_batch=20, snapshot_poll_seconds=0.05)
    bench.ok("index", corpus)
    with serving(bench.settings()) as api, ThreadPoolExecutor(4) as pool:
        api.ready()
        process = pool.submit(bench.ok, "index", large_corpus, "--namespace", "second")

        def searching(number: int) -> list[int]:
            totals = []
            while not process.done():
                answer = api.search(text="pas de lésion", mode=list(SearchMode)[number], limit=100)
                # No half state: everything shown is counted, is whole, and comes once.
                ids = [hit["report_id"] for hit in answer["hits"]]
                assert len(ids) == len(set(ids)) == min(100, len(ids))
                assert all(hit["passages"] for hit in answer["hits"])
                assert answer["total"] >= 40
                totals.append(answer["total"])
            return totals

        seen = [future.result() for future in [pool.submit(searching, n) for n in range(3)]]
        assert process.result().counts() == (300, 300, 0, 0)
        assert all(seen)
        api.ready(snapshot=bench.snapshot())
        assert api.search(text="pas de")["total"] == 340
    assert bench.agrees()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.10", "example.org"])  # noqa: S104 (what must be refused)
def test_it_refuses_to_listen_beyond_this_machine(indexed, host):
    for outcome in (indexed.run("serve", "--host", host), indexed.run("serve", api_host=host)):
        assert outcome.code == 2
        assert outcome.sentence().startswith("the API listens on the loopback address only")

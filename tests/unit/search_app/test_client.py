import contextlib
import http.server
import logging
import socket
import threading
from collections.abc import Iterator

import pytest

from search_app.answers import Found, Report
from search_app.client import ApiDown, ApiRefused, Client, DownReason, NewDecision, Question
from search_app.findings import FindingRow
from search_app.settings import AppSettings
from search_app.state import Filters
from search_app.vocabulary import (
    Facet,
    IdentifierCategory,
    Laterality,
    Modality,
    Mode,
    Policy,
    QuarantineReason,
    SectionKind,
    Verdict,
)

from .held_records import HeldRecords
from .reports import REPORTS, report_id

MARKER = "patiente-secrète"


def test_a_search_brings_ranked_hits_with_their_reasons(client: Client) -> None:
    found = client.search(Question(text="kyste arachnoïdien"))
    best = found.hits[0]
    assert best.report_id == report_id(6)
    assert best.exam.modality is Modality.MR
    assert best.matched_words == ("kyste", "arachnoïdien")
    assert best.closest_section is SectionKind.CONCLUSION
    assert (found.total, found.containing_all_words) == (12, 1)


def test_filters_reach_the_api(client: Client) -> None:
    found = client.search(Question(filters=Filters(modalities=(Modality.US,), sites=("Hôpital du Lac",))))
    assert [hit.report_id for hit in found.hits] == [report_id(7)]


def test_a_report_of_the_index_is_resembled_without_itself(client: Client) -> None:
    ids = [hit.report_id for hit in client.search(Question(like_id=report_id(0))).hits]
    assert report_id(0) not in ids
    assert len(ids) == 10


def test_a_pasted_text_is_resembled(client: Client) -> None:
    found = client.search(Question(like_text="Rupture du ligament croisé antérieur"))
    assert found.hits[0].report_id == report_id(10)


def test_findings_reach_the_api_and_come_back_with_the_hits(client: Client) -> None:
    found = client.search(Question(filters=Filters(findings=(FindingRow("cyst", side=Laterality.LEFT, size_min=40),))))
    assert [hit.report_id for hit in found.hits] == [report_id(6)]
    [matched] = found.hits[0].matched_findings
    assert (matched.concept, matched.sizes_mm, matched.prior_mm) == ("arachnoid_cyst", (46, 30), (40,))


def test_concepts_are_found_by_words_and_by_ids(client: Client) -> None:
    [found] = client.concepts("leptoméningé").concepts
    assert (found.id, found.wording) == ("arachnoid_cyst", "kyste leptoméningé")
    named = client.concepts_named(["cyst", "no_such", "pleural_effusion"]).concepts
    assert [(c.id, c.label_en, c.wording) for c in named] == [
        ("cyst", "cyst", None),
        ("pleural_effusion", "pleural effusion", None),
    ]


def test_counts_come_by_facet(client: Client) -> None:
    counted = client.facets(Filters(modalities=(Modality.US,)))
    assert counted.total == 2
    assert {c.value: c.count for c in counted.facets[Facet.SITE]} == {"CHU Nord": 1, "Hôpital du Lac": 1}


def test_a_report_comes_whole(client: Client) -> None:
    report = client.report(report_id(0))
    assert report.text == REPORTS[0].text
    assert report.related_report_ids == (report_id(2), report_id(1))


def test_highlights_are_places_in_the_whole_text(client: Client) -> None:
    spans = client.highlights(report_id(7), "cholécystite")
    assert [REPORTS[7].text[s.start : s.end] for s in spans] == ["Cholécystite"]


def test_health_names_the_encoder(client: Client) -> None:
    assert client.health().encoder == "multilingual-e5-small"


def test_an_unknown_report_is_refused_with_the_sentence_of_the_api(client: Client) -> None:
    with pytest.raises(ApiRefused, match="no such report is in the index") as refused:
        client.report("f" * 32)
    assert refused.value.not_found
    assert refused.value.code == "unknown_report"


def test_an_id_cannot_leave_its_place_in_the_path(client: Client) -> None:
    with pytest.raises(ApiRefused, match="404"):
        client.report("../health/ready")


def test_an_api_that_is_not_ready_says_why(client: Client) -> None:
    with pytest.raises(ApiRefused, match="abîmé") as refused:
        client.search(Question(text="panne"))
    assert refused.value.not_ready


def test_a_request_that_breaks_the_contract_is_refused_without_quoting_it(client: Client) -> None:
    with pytest.raises(ApiRefused, match="422") as refused:
        client.search(Question(text=MARKER, limit=1000))
    assert MARKER not in str(refused.value)


def test_what_waits_in_the_quarantine_comes_without_texts(client: Client, held: HeldRecords) -> None:
    listed = client.held(offset=1, limit=1)
    assert (listed.policy, listed.total) == (Policy.VERIFY, 3)
    assert [(one.number, one.line, one.reason) for one in listed.held] == [(2, 102, QuarantineReason.IDENTIFIER)]
    assert listed.held[0].categories == {IdentifierCategory.NAME: 1, IdentifierCategory.EXAM_ID: 1}


def test_a_held_back_record_comes_with_its_text_and_what_was_found(client: Client, held: HeldRecords) -> None:
    record = client.held_record(1)
    assert record.text == held.records[1].text
    assert [(record.text[i.start : i.end], i.category) for i in record.identifiers] == [
        ("Jeanne Morvan", IdentifierCategory.NAME),
        ("12/03/1951", IdentifierCategory.BIRTH_DATE),
    ]


def test_a_decision_reaches_the_api_with_who_and_why(client: Client, held: HeldRecords) -> None:
    decided = client.decide(2, NewDecision(Verdict.RELEASED, "Dr Roy", "éponyme"))
    assert (decided.indexed, decided.waiting) == (1, 2)
    [made] = client.held_record(2).decisions
    assert (made.verdict, made.who, made.why) == (Verdict.RELEASED, "Dr Roy", "éponyme")


def test_a_record_that_is_not_in_the_quarantine_is_refused(client: Client, held: HeldRecords) -> None:
    with pytest.raises(ApiRefused, match="404") as refused:
        client.held_record(99)
    assert refused.value.not_found


def test_nothing_listening_is_the_api_being_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with Client(AppSettings(api_url=address)) as asked, pytest.raises(ApiDown, match="unreachable") as down:
        asked.report(report_id(1))
    assert down.value.reason is DownReason.UNREACHABLE
    assert down.value.address == address
    assert report_id(1) not in str(down.value)


def test_silence_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = AppSettings(api_url=f"http://127.0.0.1:{listener.getsockname()[1]}", app_timeout_seconds=0.05)
        with Client(settings) as asked, pytest.raises(ApiDown, match="timeout"):
            asked.search(Question(text=MARKER))


@contextlib.contextmanager
def _answering(status: int, body: bytes) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("body", [b"not json", b'{"report_id": 3, "text": "patiente-secr\xc3\xa8te"}'])
def test_an_answer_that_cannot_be_read_is_refused_without_quoting_it(body: bytes) -> None:
    with (
        _answering(200, body) as address,
        Client(AppSettings(api_url=address)) as asked,
        pytest.raises(ApiRefused, match="unreadable_answer") as refused,
    ):
        asked.report(report_id(1))
    assert MARKER not in f"{refused.value}{refused.value.__cause__}"


def test_an_error_page_of_something_else_is_a_refusal_without_a_sentence() -> None:
    with (
        _answering(502, b"<html>Bad gateway</html>") as address,
        Client(AppSettings(api_url=address)) as asked,
        pytest.raises(ApiRefused, match="502") as refused,
    ):
        asked.report(report_id(1))
    assert refused.value.message == ""


def test_addresses_with_report_ids_are_not_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.report(report_id(1))
    assert report_id(1) not in caplog.text


def test_what_holds_text_or_ids_hides_it_in_repr(client: Client, held: HeldRecords) -> None:
    found: Found = client.search(Question(text="embolie"))
    report: Report = client.report(report_id(0))
    question = Question(text=MARKER, like_id=report_id(0), like_text=MARKER, mode=Mode.LEXICAL)
    decision = NewDecision(Verdict.REJECTED, MARKER, MARKER)
    client.decide(1, decision)
    shown = f"{found!r}{report!r}{question!r}{decision!r}{client.held_record(1)!r}"
    for hidden in (MARKER, "Morvan", report_id(0), "Dyspnée", "embolie", "Embolie"):
        assert hidden not in shown


def test_a_question_gives_the_report_of_the_index_before_a_pasted_text() -> None:
    assert Question(like_id=report_id(1), like_text="x").body()["like"] == {"report_id": report_id(1)}
    assert "like" not in Question(text="x").body()
    assert Question(text="").body()["text"] is None

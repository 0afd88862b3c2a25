"""Whole reports are understood as they are labelled, as far as they were when that was last measured."""

import json
from pathlib import Path

import pytest

from indexer.language.evaluation import json_lines, read_labels, report_labels, score
from indexer.language.loading import load_lexicon
from indexer.language.understanding import Task, understand
from indexer.report import Assertion, ExamMetadata
from tests import report_set

FOLDER = Path(report_set.__file__).parent
FOLDERS = ("read", "unread")


@pytest.mark.parametrize("name", FOLDERS)
def test_every_label_quotes_its_report_and_none_is_there_twice(name: str) -> None:
    texts = {row["_id"]: row["text"] for _number, row in json_lines(FOLDER / name / "reports.jsonl")}
    rows = [json.loads(line) for line in (FOLDER / name / "findings.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows if row["quote"] not in texts[row["id"]]] == []
    assert len({(row["id"], row["finding"]) for row in rows}) == len(rows)
    assert {row["id"] for row in rows} == set(texts)


@pytest.mark.parametrize(
    ("name", "present", "absent", "sides", "sizes"),
    [("read", 0.985, 0.98, 0.97, 0.89), ("unread", 0.92, 0.92, 0.9, 0.78)],
)
def test_findings_are_understood_no_worse_than_they_were(
    name: str, present: float, absent: float, sides: float, sizes: float
) -> None:
    lexicon, labels = load_lexicon(), read_labels(FOLDER / name / "findings.jsonl")
    keys = {label.finding for label in labels}
    seen = {
        str(row["_id"]): report_labels(
            str(row["_id"]), understand(Task(str(row["text"]), ExamMetadata()), None, 60).findings, keys, lexicon
        )
        for _number, row in json_lines(FOLDER / name / "reports.jsonl")
    }
    result = score(labels, seen)
    assert result.by_status[Assertion.PRESENT].f1 >= present
    assert result.by_status[Assertion.ABSENT].f1 >= absent
    for (right, total), bar in ((result.sides, sides), (result.sizes, sizes)):
        assert right / total >= bar

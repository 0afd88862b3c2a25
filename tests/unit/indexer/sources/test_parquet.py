import datetime as dt
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.errors import MappingError, SourceError
from indexer.sources import Fault, Mapping, open_source


@pytest.fixture
def parquet(tmp_path):
    def _parquet(columns, **options):
        path = tmp_path / "a.parquet"
        pq.write_table(pa.table(columns), path, **options)
        return path

    return _parquet


def test_mapped_columns_become_text(parquet, read):
    path = parquet(
        {
            "NUM": pa.array([7, 8]),
            "CR": ["Foie normal.", "Rate normale."],
            "JOUR": pa.array([dt.date(2024, 3, 1), None]),
            "HEURE": pa.array(["2024-03-01T10:30:00", None]).cast(pa.timestamp("us")),
            "ZONES": pa.array([["thorax", "abdomen"], []]),
            "PATIENT": pa.array([{"sexe": "F", "nom": "x"}, {"sexe": None, "nom": "y"}]),
        }
    )
    outcome = read(path, "id=NUM", "text=CR", "exam_date=JOUR", "age=HEURE", "regions=ZONES", "sex=PATIENT.sexe")
    assert (outcome.ids, outcome.texts) == (["7", "8"], ["Foie normal.", "Rate normale."])
    assert [report.metadata for report in outcome.reports] == [
        {"exam_date": "2024-03-01", "age": "2024-03-01T10:30:00", "regions": "thorax,abdomen", "sex": "F"},
        {},
    ]


@pytest.mark.parametrize(
    "ids",
    [
        pa.array([7], pa.int64()),
        pa.array([7.0], pa.float64()),
        pa.array([Decimal("7.00")]),
        pa.array(["7"]).dictionary_encode(),
        pa.array([b"7"]),
    ],
)
def test_an_id_of_any_type_is_written_exactly(parquet, read, ids):
    assert read(parquet({"id": ids, "text": ["a"]})).ids == ["7"]


def test_a_long_id_keeps_its_digits(parquet, read):
    assert read(parquet({"id": pa.array([9_007_199_254_740_993]), "text": ["a"]})).ids == ["9007199254740993"]


def test_origin_is_the_row_across_row_groups(parquet, read):
    path = parquet({"id": pa.array(range(600)), "text": ["a"] * 600}, row_group_size=250)
    assert [report.origin.line for report in read(path).reports] == list(range(1, 601))


def test_missing_id_and_text_are_rejected_with_what_was_read(parquet, read):
    path = parquet({"id": ["1", None, "3", "4"], "text": ["a", "orphelin", None, " "]})
    outcome = read(path)
    assert outcome.ids == ["1"]
    assert outcome.faults == [(Fault.MISSING_ID, 2), (Fault.MISSING_TEXT, 3), (Fault.MISSING_TEXT, 4)]
    assert json.loads(outcome.rejected[0].raw or "") == {"text": "orphelin"}


def test_text_that_is_not_utf8_rejects_its_row_only(parquet, read):
    texts = pa.Array.from_buffers(pa.string(), 3, pa.array([b"a", b"\xe9", b"c"]).buffers())
    outcome = read(parquet({"id": ["1", "2", "3"], "text": texts}))
    assert outcome.ids == ["1", "3"]
    assert outcome.faults == [(Fault.WRONG_ENCODING, 2)]


def test_a_column_of_objects_is_unreadable(parquet, read):
    outcome = read(parquet({"id": ["1"], "text": pa.array([{"fr": "a"}])}))
    assert outcome.faults == [(Fault.UNREADABLE, 1)]


def test_nul_characters_are_passed_on(parquet, read):
    assert read(parquet({"id": ["1"], "text": ["a\0b"]})).texts == ["a\0b"]


def test_an_unknown_column_stops_before_the_first_record(parquet):
    path = parquet({"NUM": ["1"], "P": pa.array([{"sexe": "F"}])})
    with pytest.raises(MappingError, match=r"no column 'CR' for the field text: it has NUM, P, P\.sexe"):
        open_source(path, Mapping.parse(["id=NUM", "text=CR"]))


@pytest.mark.parametrize("content", ["", "ceci n'est pas du Parquet", "PAR1 ceci non plus PAR1"])
def test_what_is_not_parquet_stops_the_run(file, content):
    with pytest.raises(SourceError, match=r"a\.parquet cannot be read: it is not a Parquet file, or it is damaged"):
        open_source(file("a.parquet", content), Mapping.parse([]))


def test_a_damaged_page_stops_the_run(parquet):
    path = parquet(
        {"id": ["1"], "text": ["a" * 1000]}, write_page_checksum=True, compression="none", use_dictionary=False
    )
    content = path.read_bytes()
    path.write_bytes(content.replace(b"a" * 500, b"b" * 500))
    with pytest.raises(SourceError, match="damaged"):
        list(open_source(path, Mapping.parse([])).records())


def test_the_size_is_the_number_of_rows(parquet):
    assert open_source(parquet({"id": ["1", "2"], "text": ["a", "b"]}), Mapping.parse([])).size_hint() == 2

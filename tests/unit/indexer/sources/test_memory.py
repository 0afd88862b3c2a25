"""Memory does not grow with the source: 20 MB are read within 5."""

import gzip
import tracemalloc
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.sources import Mapping, open_source

REPORTS = 5_000
TEXT = "Examen sans particularité notable. " * 110
MOST_BYTES = 5_000_000


def _lines() -> Iterator[str]:
    yield "id;text\n"
    for number in range(REPORTS):
        yield f'{number};"{TEXT}\nligne deux ""citée"" du compte rendu"\n'


def _peak(path) -> tuple[int, int]:
    """Records read, and the most bytes that Python held meanwhile."""
    source = open_source(path, Mapping.parse([]))
    tracemalloc.start()
    try:
        return sum(1 for _ in source.records()), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_csv_is_read_in_constant_memory(tmp_path, name):
    path = tmp_path / name
    with gzip.open(path, "wt", compresslevel=1) if name.endswith("gz") else path.open("w") as stream:
        stream.writelines(_lines())
    records, peak = _peak(path)
    assert records == REPORTS
    assert peak < MOST_BYTES


def test_json_lines_are_read_in_constant_memory(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("w") as stream:
        stream.writelines(f'{{"id": {number}, "text": "{TEXT}"}}\n' for number in range(REPORTS))
    records, peak = _peak(path)
    assert records == REPORTS
    assert peak < MOST_BYTES


def test_a_quote_left_open_does_not_hold_the_rest_of_the_file(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("w") as stream:
        stream.write('id;text\n0;"jamais fermé\n')
        stream.writelines(f"{number};{TEXT}\n" for number in range(1, REPORTS))
    records, peak = _peak(path)
    assert records == REPORTS
    assert peak < 25_000_000  # bounded by MAX_RECORD_BYTES, of which two copies live for a moment


def test_parquet_is_read_in_constant_memory(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table({"id": range(REPORTS), "text": [f"{number} {TEXT}" for number in range(REPORTS)]})
    pq.write_table(table, path, use_dictionary=False)
    del table
    before = pa.total_allocated_bytes()
    arrow = [pa.total_allocated_bytes() - before for _ in open_source(path, Mapping.parse([])).records()]
    assert len(arrow) == REPORTS
    assert max(arrow) < 3 * MOST_BYTES
    assert _peak(path)[1] < MOST_BYTES

"""The tables of deploy/README.md follow from the figures that it states."""

import math
import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[3] / "deploy" / "README.md").read_text()
GB = 1e9


def stated(pattern: str) -> float:
    return float(re.search(pattern, README)[1].replace(",", ""))


def rows(heading: str) -> list[list[str]]:
    """The cells of the table that begins with the heading, without the lines of heading and rule."""
    table = README[README.index(heading) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip().replace(",", "") for cell in line.strip("|").split("|")] for line in table]


PASSAGES = stated(r"\| passages of a report \| ([\d.]+),")
DIMENSIONS = stated(r"each a vector of (\d+) dimensions")
LINKS = stated(r"m = (\d+) links")
TEXT = stated(r"full text in OpenSearch, a report \| ([\d,]+) bytes")
CATALOG = stated(r"catalog in PostgreSQL, a report \| ([\d,]+) bytes")
SHARD = stated(r"shards \| up to (\d+) GB")

VECTOR = {"none": 4 * DIMENSIONS, "32 ×": DIMENSIONS / 8}
"""Bytes of a vector as the graph holds it."""

SIZES = rows("| reports | compression")


def in_memory(compression: str) -> float:
    return 1.1 * (VECTOR[compression] + 8 * LINKS)


def on_disk(compression: str) -> float:
    return 4 * DIMENSIONS + VECTOR[compression] + 8 * LINKS


def test_the_bytes_of_a_vector_are_those_of_the_text():
    assert [in_memory("none"), in_memory("32 ×")] == pytest.approx([1830.4, 193.6])
    assert [on_disk("none"), on_disk("32 ×")] == [3200, 1712]
    for figure in ("= 1,830.4 bytes", "= 193.6 bytes", "= 3,200,", "= 1,712 bytes"):
        assert figure in README


def test_four_sizes_are_given():
    assert [row[0] for row in SIZES] == ["1 M", "10 M", "100 M", "500 M"]


@pytest.mark.parametrize("row", SIZES, ids=lambda row: row[0])
def test_the_table_of_sizes_follows_from_the_figures(row):
    reports = float(row[0].removesuffix(" M")) * 1e6
    compression, copies = row[1], int(row[2])
    memory, heap = (float(part) for part in row[4].split("/"))
    needed = reports * PASSAGES * in_memory(compression) * copies / GB
    room = (memory - heap) / 2
    nodes = math.ceil(needed / room) + (copies > 1)
    vectors, text = reports * PASSAGES * on_disk(compression) / GB, reports * TEXT / GB
    disk = (vectors + text) * (2 * copies + 1) / 0.8 / nodes
    shards = f"{math.ceil(vectors / SHARD)} / {math.ceil(text / SHARD)}"
    worked_out = [f"{needed:.1f}", row[4], str(nodes), f"{disk:.0f}", shards, f"{reports * CATALOG / GB:.0f}"]
    assert row[3:] == worked_out
    assert heap < 32


@pytest.mark.parametrize("column", range(1, 6))
def test_the_table_of_faiss_follows_from_the_bytes_of_a_vector(column):
    names = [cell.strip() for cell in README[README.index("| | fp16") :].splitlines()[0].strip("|").split("|")]
    size, vectors, reports = (float(row[column]) for row in rows("| | fp16"))
    kind = names[column]
    code = {"fp16": 2 * DIMENSIONS, "SQ8": DIMENSIONS}.get(kind) or float(kind.removeprefix("PQ"))
    assert size == code + 8
    assert [vectors, reports] == [round(500e6 * size / GB), round(500e6 * PASSAGES * size / GB)]

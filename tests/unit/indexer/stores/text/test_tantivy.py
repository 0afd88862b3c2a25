"""What is Tantivy's own: its errors become ours, and say nothing of any report."""

from pathlib import Path

import pytest

from indexer.errors import StoreDamaged, StoreLocked, StoreUnavailable
from indexer.stores.filters import Filters
from indexer.stores.text.base import TextQuery
from indexer.stores.text.tantivy import TantivyText
from tests.contract.text.engines import write
from tests.unit.indexer.stores.reports import make_report


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = TantivyText(tmp_path / "text")
    write(store, [make_report(1)])
    store.close()
    return tmp_path / "text"


def test_a_second_writer_is_refused_until_the_first_closes(folder: Path) -> None:
    first, second = TantivyText(folder), TantivyText(folder)
    write(first, [make_report(2)])
    with pytest.raises(StoreLocked, match="another process is writing to the full text"):
        write(second, [make_report(3)])
    first.close()
    write(second, [make_report(3)])
    assert second.count(TextQuery(), Filters()) == 3
    second.close()


def test_a_damaged_index_says_how_to_rebuild_it(folder: Path) -> None:
    (folder / "meta.json").write_text("{")
    with pytest.raises(StoreDamaged, match="radiotheque rebuild --store text"):
        TantivyText(folder)


def test_a_missing_segment_file_is_damage(folder: Path) -> None:
    for path in folder.glob("*.store"):
        path.unlink()
    with pytest.raises(StoreDamaged, match="cannot be read"):
        TantivyText(folder)


def test_a_folder_that_is_a_file_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "text").touch()
    with pytest.raises((StoreDamaged, StoreUnavailable), match="the full text in "):
        TantivyText(tmp_path / "text")


def test_an_index_of_another_schema_says_how_to_rebuild_it(tmp_path: Path) -> None:
    import tantivy

    (tmp_path / "text").mkdir()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("other")
    tantivy.Index(builder.build(), path=str(tmp_path / "text"))
    with pytest.raises(StoreDamaged, match="radiotheque rebuild --store text"):
        TantivyText(tmp_path / "text")

"""From a path to the source of its kind."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from indexer.errors import SourceError
from indexer.sources.base import Source
from indexer.sources.csv import CsvSource, parse_delimiter
from indexer.sources.encoding import Encoding
from indexer.sources.jsonl import JsonLinesSource
from indexer.sources.mapping import Mapping
from indexer.sources.parquet import ParquetSource
from indexer.sources.text_files import TextFilesSource


class SourceKind(StrEnum):
    """What a source can be; `text` is a .txt file or a folder of them."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    TEXT = "text"


_KIND_OF_SUFFIX = {
    ".csv": SourceKind.CSV,
    ".tsv": SourceKind.CSV,
    ".jsonl": SourceKind.JSONL,
    ".ndjson": SourceKind.JSONL,
    ".json": SourceKind.JSONL,
    ".parquet": SourceKind.PARQUET,
    ".pq": SourceKind.PARQUET,
    ".txt": SourceKind.TEXT,
}

_Opener = Callable[[Path, Mapping, Encoding, str | None], Source]
_OPENERS: dict[SourceKind, _Opener] = {
    SourceKind.CSV: CsvSource,
    SourceKind.JSONL: lambda path, mapping, encoding, _: JsonLinesSource(path, mapping, encoding),
    SourceKind.PARQUET: lambda path, mapping, _encoding, _: ParquetSource(path, mapping),
    SourceKind.TEXT: lambda path, mapping, encoding, _: TextFilesSource(path, mapping, encoding),
}


def open_source(
    path: Path,
    mapping: Mapping,
    *,
    encoding: Encoding | None = None,
    kind: SourceKind | None = None,
    delimiter: str | None = None,
) -> Source:
    """The source at a path, checked: its header, schema or first lines fit the mapping.

    encoding, delimiter: before those that the mapping's file may state; by default UTF-8, and found in the header.
    kind: by default known by the suffix, with or without .gz after it.
    Raises SourceError for what is missing, unknown or damaged, MappingError for a column that is not there.
    """
    if not path.exists():
        raise SourceError(f"{path} does not exist")
    chosen_kind = _kind_of(path) if kind is None else kind
    if path.is_dir() and chosen_kind is not SourceKind.TEXT:
        raise SourceError(f"{path} is a folder, which can only be read as {SourceKind.TEXT}, not as {chosen_kind}")
    sign = delimiter or mapping.delimiter
    source = _OPENERS[chosen_kind](
        path, mapping, encoding or mapping.encoding or Encoding.UTF8, parse_delimiter(sign) if sign else None
    )
    source.check()
    return source


def _kind_of(path: Path) -> SourceKind:
    if path.is_dir():
        return SourceKind.TEXT
    if not path.is_file():
        raise SourceError(f"{path} is neither a file nor a folder")
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    kind = _KIND_OF_SUFFIX.get(suffixes[-1]) if suffixes else None
    if kind is None:
        known = ", ".join(_KIND_OF_SUFFIX)
        raise SourceError(
            f"{path} is of an unknown kind: known are {known} (each also with .gz, except Parquet) and folders of .txt "
            f"files; or state the kind, one of {', '.join(SourceKind)}"
        )
    return kind

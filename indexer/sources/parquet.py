"""Parquet by pyarrow, streamed in small batches with only the mapped columns."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.errors import InputError, SourceError
from indexer.report import Origin, RawReport
from indexer.sources.base import Fault, Rejected
from indexer.sources.building import build_record
from indexer.sources.mapping import Field, Mapping
from indexer.sources.values import field_values

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_BATCH_ROWS = 256
_BUFFER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ParquetSource:
    """A Parquet file; its text columns are UTF-8 by the format's definition."""

    path: Path
    mapping: Mapping

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def check(self) -> None:
        """Raise SourceError for a damaged file, MappingError for a column that its schema does not have."""
        with self._opened() as file:
            self._columns(file)

    def records(self) -> Iterator[RawReport | Rejected]:
        """Every row; `origin.line` is its number, from 1."""
        with self._opened() as file:
            columns = self._columns(file)
            wanted = sorted(set(columns.values()))
            row = 0
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=wanted, use_threads=False):
                for cells in _rows(batch):
                    row += 1
                    yield self._read(cells, columns, Origin(self.name, row))

    def size_hint(self) -> int | None:
        """The number of rows, which the file states."""
        try:
            with self._opened() as file:
                return int(file.metadata.num_rows)
        except InputError:
            return None

    def _read(self, cells: dict[str, Any] | Fault, columns: dict[Field, str], origin: Origin) -> RawReport | Rejected:
        if isinstance(cells, Fault):
            return Rejected(cells, origin)
        try:
            values = field_values(cells, columns)
        except ValueError as exc:
            return Rejected(_fault_of(exc), origin)
        return build_record(values, self.mapping, origin)

    def _columns(self, file: "pq.ParquetFile") -> dict[Field, str]:
        return self.mapping.fit(list(_paths(file.schema_arrow)), str(self.path))

    @contextmanager
    def _opened(self) -> "Iterator[pq.ParquetFile]":
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            # With a buffer and without pre-buffering, pages are read as they are needed rather than whole row groups.
            with pq.ParquetFile(
                self.path, buffer_size=_BUFFER_BYTES, pre_buffer=False, page_checksum_verification=True
            ) as file:
                yield file
        except (pa.ArrowException, OSError) as exc:
            raise SourceError(f"{self.path} cannot be read: it is not a Parquet file, or it is damaged") from exc


def _paths(fields: "pa.Schema | pa.StructType", prefix: str = "") -> Iterator[str]:
    """Every column and dotted path of a schema."""
    import pyarrow as pa

    for field in fields:
        yield prefix + field.name
        if isinstance(field.type, pa.StructType):
            yield from _paths(field.type, f"{prefix}{field.name}.")


def _rows(batch: "pa.RecordBatch") -> Iterator[dict[str, Any] | Fault]:
    """The rows as Python values; where pyarrow cannot convert a batch, row by row with a fault for each bad one."""
    try:
        yield from batch.to_pylist()
    except ValueError:
        for position in range(batch.num_rows):
            try:
                yield batch.slice(position, 1).to_pylist()[0]
            except ValueError as exc:
                yield _fault_of(exc)


def _fault_of(error: ValueError) -> Fault:
    return Fault.WRONG_ENCODING if isinstance(error, UnicodeDecodeError) else Fault.UNREADABLE

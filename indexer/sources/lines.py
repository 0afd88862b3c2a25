"""The physical lines of a file, plain or gzip, in bounded memory."""

import gzip
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path

from indexer.errors import SourceError
from indexer.sources.base import MAX_RECORD_BYTES

_GZIP_MAGIC = b"\x1f\x8b"
_SKIP_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its end; `number` counts from 1. data: None if it is longer than MAX_RECORD_BYTES."""

    number: int
    data: bytes | None

    @property
    def blank(self) -> bool:
        """Whether nothing stands on it."""
        return self.data is not None and not self.data.strip()


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file being read: `stream` its bytes, uncompressed; `disk` the same as they lie on the disk."""

    stream: BufferedIOBase
    disk: BufferedIOBase
    disk_bytes: int

    def share_read(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return self.disk.tell() / self.disk_bytes if self.disk_bytes else 1.0


@contextmanager
def open_bytes(path: Path) -> Iterator[OpenFile]:
    """A file's bytes; gzip is known by its first bytes or by the suffix .gz.

    Raises SourceError, also in the middle of the block, if the file cannot be read or its gzip data is damaged.
    """
    try:
        with path.open("rb") as disk:
            zipped = path.suffix.lower() == ".gz" or disk.peek(2)[:2] == _GZIP_MAGIC
            stream: BufferedIOBase = gzip.GzipFile(fileobj=disk, mode="rb") if zipped else disk
            yield OpenFile(stream, disk, path.stat().st_size)
    except (gzip.BadGzipFile, EOFError, zlib.error) as exc:
        raise SourceError(f"{path} is not a whole gzip file: it is damaged or was cut short") from exc
    except OSError as exc:
        raise SourceError(f"{path} cannot be read: {exc.strerror or 'input error'}") from exc


def physical_lines(stream: BufferedIOBase) -> Iterator[Line]:
    """Lines as a line feed ends them; one longer than MAX_RECORD_BYTES is skipped over and yielded without its data."""
    number = 0
    while data := stream.readline(MAX_RECORD_BYTES + 1):
        number += 1
        if len(data) > MAX_RECORD_BYTES:
            _skip_to_line_end(stream, data)
            yield Line(number, None)
        else:
            yield Line(number, data)


def _skip_to_line_end(stream: BufferedIOBase, data: bytes) -> None:
    while data and not data.endswith(b"\n"):
        data = stream.readline(_SKIP_BYTES)


class RereadableLines:
    """Lines that can be put back and read again."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._returned: deque[Line] = deque()

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        return self._returned.popleft() if self._returned else next(self._lines)

    def put_back(self, lines: Sequence[Line]) -> None:
        """Lines to be read next, in this order."""
        self._returned.extendleft(reversed(lines))

"""Text files, one report each: a folder of them, or a single one."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import SourceError
from indexer.report import Origin, RawReport
from indexer.sources.base import MAX_RECORD_BYTES, Fault, Rejected
from indexer.sources.building import build_record, line_as_json
from indexer.sources.encoding import Encoding
from indexer.sources.lines import open_bytes
from indexer.sources.mapping import Field, Mapping

_SUFFIXES = (".txt", ".txt.gz")


@dataclass(frozen=True, slots=True)
class TextFilesSource:
    """Every .txt file below a folder, or one such file. Names that begin with a dot are left alone.

    The id of a report is the file's path below the folder without its suffix; there are no metadata.
    """

    path: Path
    mapping: Mapping
    encoding: Encoding = Encoding.UTF8

    @property
    def name(self) -> str:
        """The folder's or file's name."""
        return self.path.resolve().name

    def check(self) -> None:
        """Raise SourceError if there is no text file."""
        if next(self._files(), None) is None:
            raise SourceError(f"{self.path} holds no .txt file; name files of another kind one by one")

    def records(self) -> Iterator[RawReport | Rejected]:
        """One record per file, each folder's entries in the order of their names."""
        self.check()
        for relative in self._files():
            yield self._read(relative)

    def size_hint(self) -> int | None:
        """The number of files."""
        try:
            return sum(1 for _ in self._files())
        except SourceError:
            return None

    def _files(self) -> Iterator[str]:
        """Paths below the folder, with / between names."""
        return _walk(self.path, "") if self.path.is_dir() else iter([self.path.name])

    def _read(self, relative: str) -> RawReport | Rejected:
        folder = self.path if self.path.is_dir() else self.path.parent
        shown = f"{self.name}/{relative}" if self.path.is_dir() else relative
        origin = Origin(os.fsencode(shown).decode("utf-8", "backslashreplace"), 1)
        try:
            with open_bytes(folder / relative) as file:
                data = file.stream.read(MAX_RECORD_BYTES + 1)
            data = self.encoding.without_bom(data, relative)
        except SourceError:
            return Rejected(Fault.UNREADABLE, origin)
        if len(data) > MAX_RECORD_BYTES:
            return Rejected(Fault.UNREADABLE, origin)
        try:
            text = self.encoding.decode(data)
        except UnicodeDecodeError:
            return Rejected(Fault.WRONG_ENCODING, origin, line_as_json(data, self.encoding))
        values = {Field.ID: _without_suffix(relative), Field.TEXT: text}
        return build_record(values, self.mapping, origin)


def _walk(folder: Path, prefix: str) -> Iterator[str]:
    """Folder by folder, so that memory holds the entries of a few folders only; links to folders are not followed."""
    try:
        with os.scandir(folder) as entries:
            ordered = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    except OSError as exc:
        raise SourceError(f"the folder {folder} cannot be read: {exc.strerror}") from exc
    for name, is_folder in ordered:
        if name.startswith("."):
            continue
        if is_folder:
            yield from _walk(folder / name, f"{prefix}{name}/")
        elif name.lower().endswith(_SUFFIXES):
            yield prefix + name


def _without_suffix(path: str) -> str:
    longest = max((suffix for suffix in _SUFFIXES if path.lower().endswith(suffix)), key=len, default="")
    return path[: len(path) - len(longest)]

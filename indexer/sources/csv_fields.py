"""CSV after RFC 4180: where a record ends and how it is cut into fields.

The standard library's reader takes lines of text, so that one wrong byte or one forgotten quotation mark costs the
rest of the file. This one works on bytes (both encodings agree on ASCII, where quotes and delimiters are) and gives a
record up as soon as it cannot be right: text after a closing quote, a quote still open at the end of the file, or more
than MAX_RECORD_LINES or MAX_RECORD_BYTES.
"""

from indexer.sources.base import MAX_RECORD_BYTES
from indexer.sources.lines import Line, RereadableLines

MAX_RECORD_LINES = 10_000
_QUOTE = b'"'
_LINE_DONE = -1


class MalformedQuotes(ValueError):
    """Text after a closing quote."""


class FieldSplitter:
    """Cuts one record into fields, one physical line after the other."""

    def __init__(self, delimiter: bytes) -> None:
        self.fields: list[bytes] = []
        self._delimiter = delimiter
        self._quoted: list[bytes] = []
        self._in_quotes = False

    def feed(self, line: bytes) -> bool:
        """Take a line; whether the record ends with it. Raises MalformedQuotes."""
        position = 0
        while position != _LINE_DONE:
            if self._in_quotes:
                position = self._take_quoted(line, position)
            elif line.startswith(_QUOTE, position):
                self._in_quotes = True
                position += 1
            else:
                position = self._take_plain(line, position)
        return not self._in_quotes

    def _take_plain(self, line: bytes, start: int) -> int:
        """Take a field without quotes; returns where the next one starts."""
        end = line.find(self._delimiter, start)
        if end < 0:
            self.fields.append(line[start:].rstrip(b"\r\n"))
            return _LINE_DONE
        self.fields.append(line[start:end])
        return end + 1

    def _take_quoted(self, line: bytes, start: int) -> int:
        """Take text up to the next quote, which is doubled or closes the field; returns where to go on."""
        end = line.find(_QUOTE, start)
        if end < 0:
            self._quoted.append(line[start:])
            return _LINE_DONE
        self._quoted.append(line[start:end])
        if line.startswith(_QUOTE, end + 1):
            self._quoted.append(_QUOTE)
            return end + 2
        self.fields.append(b"".join(self._quoted))
        self._quoted, self._in_quotes = [], False
        return self._after_quotes(line, end + 1)

    def _after_quotes(self, line: bytes, start: int) -> int:
        """Blanks may stand between a closing quote and the delimiter or the end of the line, nothing else."""
        end = line.find(self._delimiter, start)
        if line[start : end if end >= 0 else len(line)].strip():
            raise MalformedQuotes
        return end + 1 if end >= 0 else _LINE_DONE


def take_record(lines: RereadableLines, delimiter: bytes) -> tuple[list[Line], list[bytes] | None]:
    """The lines of the next record and its fields; fields None if they cannot be told, no lines at the end."""
    taken: list[Line] = []
    splitter = FieldSplitter(delimiter)
    size = 0
    for line in lines:
        if not taken and line.blank:
            continue
        taken.append(line)
        size += len(line.data or b"")
        if line.data is None or size > MAX_RECORD_BYTES or len(taken) > MAX_RECORD_LINES:
            break
        try:
            if splitter.feed(line.data):
                return taken, splitter.fields
        except MalformedQuotes:
            break
    return taken, None

"""How text is written in bytes: stated by the user, never guessed."""

from enum import StrEnum
from typing import Self

from indexer.errors import SourceError

UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_SPELLINGS = {"utf8": "utf-8", "utf-8-sig": "utf-8", "cp1252": "windows-1252", "ansi": "windows-1252"}


class Encoding(StrEnum):
    """The encodings that a source may be in; UTF-8 with or without a byte order mark."""

    UTF8 = "utf-8"
    WINDOWS_1252 = "windows-1252"

    @classmethod
    def parse(cls, name: str) -> Self:
        """The encoding of that name, in any case; raises SourceError listing the known ones."""
        spelling = name.strip().casefold()
        try:
            return cls(_SPELLINGS.get(spelling, spelling))
        except ValueError:
            raise SourceError(f"unknown encoding {name!r}: known are {', '.join(cls)}") from None

    def decode(self, data: bytes) -> str:
        """Strict: raises UnicodeDecodeError at the first byte that this encoding does not have."""
        return data.decode(self.value)

    def preserve(self, data: bytes) -> str:
        """The same, with each undecodable byte as a lone surrogate (PEP 383), so that nothing is lost."""
        return data.decode(self.value, "surrogateescape")

    def without_bom(self, start: bytes, file: str) -> bytes:
        """The first bytes of a file, less a UTF-8 byte order mark.

        Raises SourceError if a mark says that the file is in another encoding than this one.
        """
        if start.startswith(_UTF16_BOMS):
            raise SourceError(f"{file} is in UTF-16: save it as UTF-8 and try again")
        if not start.startswith(UTF8_BOM):
            return start
        if self is not Encoding.UTF8:
            raise SourceError(f"{file} begins with the mark of UTF-8, but its encoding was given as {self}")
        return start.removeprefix(UTF8_BOM)

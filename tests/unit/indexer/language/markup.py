"""Annotated sentences: `{+mot+}` is affirmed, `{-mot-}` is denied.

    Pas d'{-embolie pulmonaire-}, mais un {+épanchement+} à droite.

Markup that is not exactly so is refused, so that no annotation goes unread.
"""

import re
from dataclasses import dataclass

_MARKED = re.compile(r"\{(?P<open>[+-])(?P<words>[^{}]*?)(?P<close>[+-])\}")


class MarkupError(ValueError):
    """A sentence whose annotations cannot be read."""


@dataclass(frozen=True)
class Annotated:
    """A sentence without its marks, and the pieces that were marked."""

    text: str
    affirmed: tuple[str, ...]
    denied: tuple[str, ...]


def parse(sentence: str) -> Annotated:
    """Read the marks of a sentence. Raises MarkupError if one of them, or the lack of any, is a mistake."""
    pieces: dict[str, list[str]] = {"+": [], "-": []}
    for mark in _MARKED.finditer(sentence):
        if mark["open"] != mark["close"]:
            raise MarkupError(f"a mark opens with {mark['open']} and closes with {mark['close']}")
        if not mark["words"] or mark["words"] != mark["words"].strip():
            raise MarkupError("a mark is empty, or has blanks at its edges")
        pieces[mark["open"]].append(mark["words"])
    text = _MARKED.sub(lambda mark: mark["words"], sentence)
    if "{" in text or "}" in text:
        raise MarkupError("a brace belongs to no mark")
    if not any(pieces.values()):
        raise MarkupError("nothing is marked")
    return Annotated(text, tuple(pieces["+"]), tuple(pieces["-"]))


def parse_file(content: str) -> list[Annotated]:
    """One sentence a line; blank lines and lines that begin with `#` are left out."""
    lines = [line.strip() for line in content.splitlines()]
    return [parse(line.replace("\\n", "\n")) for line in lines if line and not line.startswith("#")]

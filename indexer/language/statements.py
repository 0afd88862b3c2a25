"""The statements of a report: sentences, items of lists and labelled lines, each with its tokens and where it stands.

A statement ends at a full stop, a semicolon, a question or exclamation mark, and at a line end, unless the line was
wrapped: long, without final punctuation, and going on in lower case. Time is linear in the length of the text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.language.tokens import Token
from indexer.report import SectionKind

_WRAPPED_CHARS = 55
"""A line that long, without final punctuation, goes on in the next one if that begins in lower case."""
_ENDING = frozenset((".", ";", "!", "?", "…"))
_BULLETS = frozenset(("-", "•", "*", "–", "—", "·", "▪", "►", "+", ">", "o"))
_ABBREVIATED = frozenset(("dr", "pr", "cf", "env", "ex", "art", "vs", "no", "n", "st", "mme", "mr", "m", "c", "ca"))
"""Words whose full stop ends no sentence."""
MAX_TOKENS = 400
"""A longer statement is cut: no sentence says that much, and time stays linear."""


@dataclass(slots=True)
class Statement:
    """Tokens of one statement. line: its number in the section's lines.

    bullet: it is an item of a list. opens_line: it is the first of its line.
    """

    tokens: Sequence[Token]
    section: SectionKind
    line: int
    opens_line: bool
    bullet: bool


def statements(text: str, tokens: Sequence[Token], section: SectionKind) -> Iterator[Statement]:
    """The statements in the tokens of a section, in order."""
    line = begun_line = 0
    opens = True
    begun = 0
    for i, token in enumerate(tokens):
        if token.word == "\n":
            if _is_wrapped(text, tokens, begun, i):
                continue
            yield from _cut(tokens[begun:i], section, line, opens_line=opens)
            line, begun, opens = line + 1, i + 1, True
            begun_line = i + 1
        elif token.word in _ENDING and _ends(tokens, i):
            yield from _cut(tokens[begun : i + 1], section, line, opens_line=opens)
            begun, opens = i + 1, begun_line > i
    yield from _cut(tokens[begun:], section, line, opens_line=opens)


def _cut(tokens: Sequence[Token], section: SectionKind, line: int, *, opens_line: bool) -> Iterator[Statement]:
    said = [t for t in tokens if t.word != "\n"]
    start = 0
    while start < len(said) and not said[start].is_word and said[start].word not in ("?", "("):
        start += 1
    bullet = opens_line and any(t.word in _BULLETS for t in said[:start])
    for first in range(start, len(said), MAX_TOKENS):
        yield Statement(said[first : first + MAX_TOKENS], section, line, opens_line, bullet)


def _ends(tokens: Sequence[Token], i: int) -> bool:
    token = tokens[i]
    if token.word == "." and i > 0:
        before = tokens[i - 1]
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        if before.end == token.start:
            if after is not None and after.start == token.end and after.word[0].isdigit() and before.word[-1].isdigit():
                return False
            if before.word in _ABBREVIATED and after is not None and after.word != "\n":
                return False
    return True


def _is_wrapped(text: str, tokens: Sequence[Token], begun: int, i: int) -> bool:
    if i == begun or i + 1 >= len(tokens):
        return False
    last, following = tokens[i - 1], tokens[i + 1]
    if last.word in _ENDING or last.word in (":", "\n") or not following.is_word:
        return False
    start = text.rfind("\n", 0, tokens[i].start) + 1
    goes_on = text[following.start].islower() or last.word in (",", "de", "du", "la", "le", "et")
    return goes_on and tokens[i].start - start >= _WRAPPED_CHARS

"""What hands and machines do to a text: capitals without accents, ligatures undone, typing errors.

Every change is a list of edits, so that the offsets of mentions can follow.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from random import Random

from indexer.demo.model import Mention

TYPING_RATE = 0.15
_MOST_ERRORS = 4
_LIGATURE = re.compile("[œŒ]")
_CONSONANTS = frozenset("bcdflmnprstBCDFLMNPRST")
_WORD = re.compile(r"[^\W\d_]{5,}")
# Cues and sides carry the meaning: they are left as they are.
_SPARED = re.compile(r"absen|sans|aucun|droit|gauch|bilat|anormal|normal|négat|indemne", re.IGNORECASE)
_PLAIN = {ord(c): unicodedata.normalize("NFD", c)[0] for c in "àâäçéèêëîïôöùûüÿÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸ"}

Edit = tuple[int, int, str]


def without_ligatures(text: str, mentions: list[Mention]) -> str:
    """Write œ as oe; the mentions follow."""
    places = [found.start() for found in _LIGATURE.finditer(text)]
    if not places:
        return text
    for mention in mentions:
        mention.start += bisect_left(places, mention.start)
        mention.end += bisect_left(places, mention.end)
    return text.replace("œ", "oe").replace("Œ", "Oe")


def in_capitals(text: str) -> str:
    """Upper case without accents; same length, provided that there are no ligatures."""
    return text.upper().translate(_PLAIN)


def with_typing_errors(text: str, mentions: list[Mention], rng: Random) -> str:
    """Make one to four typing errors inside words of five letters or more; the mentions follow."""
    words = [found.span() for found in _WORD.finditer(text) if not _SPARED.search(found.group())]
    if not words:
        return text
    chosen = sorted({words[int(rng.random() * len(words))] for _ in range(rng.randint(1, _MOST_ERRORS))})
    borders = {border for mention in mentions for border in (mention.start - 1, mention.end)}
    edits = [edit for start, end in chosen if (edit := _error(text, start, end, rng)) and edit[0] not in borders]
    return _apply(text, mentions, edits)


def _error(text: str, start: int, end: int, rng: Random) -> Edit | None:
    # The first and the last letter stay, so that a mention keeps its ends.
    at = rng.randrange(start + 1, end - 2)
    kind = rng.randrange(5)
    if kind == 0:
        return (at, at + 2, text[at + 1] + text[at])
    if kind == 1:
        return (at, at + 1, "")
    if kind == 2 and text[at] in _CONSONANTS:
        return (at, at + 1, text[at] * 2)
    if kind == 3 and text[end : end + 2].strip() and text[end] == " ":
        return (end, end + 1, "") if text[end + 1].isalpha() else None
    accented = [i for i in range(start, end) if ord(text[i]) in _PLAIN]
    if not accented:
        return None
    place = accented[rng.randrange(len(accented))]
    return (place, place + 1, _PLAIN[ord(text[place])])


def _apply(text: str, mentions: list[Mention], edits: list[Edit]) -> str:
    out: list[str] = []
    done = 0
    ends: list[int] = []
    shifts = [0]
    for start, end, new in edits:
        out += (text[done:start], new)
        done = end
        ends.append(end)
        shifts.append(shifts[-1] + len(new) - (end - start))
    for mention in mentions:
        mention.start += shifts[bisect_right(ends, mention.start)]
        mention.end += shifts[bisect_right(ends, mention.end)]
    return "".join(out) + text[done:]

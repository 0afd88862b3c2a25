"""Which words a text affirms and which it denies, by clauses: what lexical ranking knows of negation.

The rule is NegEx's (Chapman et al., J Biomed Inform 2001) cut to word level: within a clause, everything after a cue
of negation is denied, everything before it affirmed, unless the cue follows what it denies ("embolie non retrouvée").
A clause ends at punctuation that separates statements, at a line end, and at words that turn the meaning (mais,
hormis ...). The cues and terminators are data, in `polarity.toml`.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from indexer.language.cues import folded, inflected, inside, spelt
from indexer.language.tables import table
from indexer.words import Word, fold, words


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of text with one polarity boundary: the index forms it affirms and those it denies, in order."""

    affirmed: tuple[str, ...]
    denied: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Cues:
    before: re.Pattern[str]
    after: re.Pattern[str]
    none: re.Pattern[str]
    end: re.Pattern[str]
    hints: frozenset[str]
    """Index forms of the cues' first words: a clause with none of them has no cue, which spares the search."""


def clauses(text: str) -> Iterator[Clause]:
    """The clauses of a text in order; those without a meaningful word are left out."""
    for piece in _pieces(text, _cues()):
        clause = _clause(piece)
        if clause.affirmed or clause.denied:
            yield clause


@lru_cache(maxsize=1)
def negation_words() -> frozenset[str]:
    """Index forms of the one-word cues that deny what follows (pas, sans, aucun ...): they name nothing themselves."""
    return frozenset(word.term for cue in table("polarity")["cues"]["before"] if " " not in cue for word in words(cue))


def _pieces(text: str, cues: _Cues) -> Iterator[str]:
    start = 0
    for end in cues.end.finditer(text):
        yield text[start : end.start()]
        start = end.start() if end.group().strip(" \n\t.;:!?") else end.end()
    yield text[start:]


@lru_cache(maxsize=20_000)  # radiology repeats itself: the sentences of normal exams
def _clause(piece: str) -> Clause:
    cues = _cues()
    found = list(words(piece))
    if cues.hints.isdisjoint(word.term for word in found):
        return Clause(_terms(found), ())
    # Pseudo-cues ("sans modification") are blanked, so that the words after them stay affirmed.
    cleared = cues.none.sub(lambda m: " " * len(m.group()), piece)
    before, after = cues.before.search(cleared), cues.after.search(cleared)
    if after and not (before and before.start() < after.start()):
        # What it denies stands first; another cue may follow ("fracture non visible, pas de luxation").
        return _denying(found, after.span(), cues.before.search(cleared, after.end()))
    return _denying(found, (0, 0), before)


def _denying(found: list[Word], after: tuple[int, int], before: re.Match[str] | None) -> Clause:
    """Denied is what ends before the cue `after` or starts behind the cue `before`, affirmed what stands between."""
    low, (high, end) = after[1], before.span() if before else (sys.maxsize, sys.maxsize)
    return Clause(
        _terms(w for w in found if w.start >= low and w.end <= high),
        _terms(w for w in found if w.end <= after[0] or w.start >= end),
    )


def _terms(found: Iterator[Word] | list[Word]) -> tuple[str, ...]:
    return tuple(word.term for word in found)


@lru_cache(maxsize=1)
def _cues() -> _Cues:
    vocabulary = table("polarity")
    turning = _alternatives(vocabulary["terminators"]["words"])
    return _Cues(
        before=_pattern(vocabulary["cues"]["before"]),
        after=_pattern(vocabulary["cues"]["after"]),
        none=re.compile(f"{_pattern(vocabulary['cues']['pseudo']).pattern}|{_extruded()}", re.IGNORECASE),
        end=re.compile(rf"[;:!?\n]|\.(?!\d)|\b(?:{turning})(?!\w)", re.IGNORECASE),
        hints=frozenset(
            w.term for kind in ("before", "after") for form in _forms(vocabulary["cues"][kind]) for w in words(form)
        ),
    )


def _pattern(cues: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_alternatives(cues)})(?!\w)", re.IGNORECASE)


def _forms(cues: list[str]) -> set[str]:
    return {form for cue in cues for one in spelt(cue) for form in inflected(one)}


def _alternatives(cues: list[str]) -> str:
    """Longest first; each word of a cue as written and without accents, the last one with its endings."""
    gap = rf"\s+(?:{_either(set(inside()))}\s+)?"
    return "|".join(_spelling(cue, gap) for cue in sorted(cues, key=len, reverse=True))


def _spelling(cue: str, gap: str) -> str:
    """A cue as a pattern, adverbs allowed between its words. Groups stay groups: spelt out they would be slow to search."""
    *parts, last = cue.split()
    words = [set(spelt(part)) for part in parts] + [_forms([last])]
    spelling = ""
    for choices in words:
        either = _either(choices - {""})
        optional = "" in choices
        spelling += f"(?:{either}{gap})?" if optional else either + gap
    return spelling.removesuffix(gap)


def _either(words: set[str]) -> str:
    every = {spelling for word in words for spelling in (word, fold(word))}
    pattern = "|".join(re.escape(word).replace("'", "['’]") for word in sorted(every, key=len, reverse=True))
    return f"(?:{pattern})" if len(every) > 1 else pattern


def _extruded() -> str:
    """A hernia that is "exclue": nothing is ruled out."""
    stops = "|".join(sorted(folded("extruded", "stops")))
    return (
        rf"\b(?:{'|'.join(sorted(folded('extruded', 'of')))})(?:\s+(?!(?:{stops})\b)[^\s,;:.()]+){{0,9}}?\s+exclue?s?\b"
    )

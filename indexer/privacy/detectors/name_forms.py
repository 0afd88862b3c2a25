"""Names without a title or a label: by their form, and in signatures. Weak evidence, so eponyms and vocabulary are refused."""

import re
from collections.abc import Iterator, Sequence

from indexer.privacy.detectors.name_chain import begins_statement, chain, named
from indexer.privacy.detectors.name_cues import Cues
from indexer.privacy.detectors.words import Shape, Word, Words
from indexer.privacy.identifiers import Identifier
from indexer.privacy.lexicon import first_names, is_eponym

_SIGNATURE_LINES = 7
_SIGNATURE_WORDS = 6
_COMMA = re.compile(r"\s*,?\s*")
_BEFORE_INITIAL = re.compile(
    r"(?:^|[\n:,;(/\-–&.]|\b(?:par|de|à|et|avec|chez|pour|by|and|le|la|du|au|dr|pr|dicté|relu|validé|signé))\Z", re.I
)
"""What stands before an initial that begins a name."""
_CAPITALS = 0.6
_FORM = 0.8


def by_form(words: Words, cues: Cues) -> Iterator[Identifier]:
    """By form alone: a listed first name beside a surname, or an initial before one."""
    index = 0
    while index < len(words) - 1:
        if words.is_vocabulary(index):
            index += 1
            continue
        end = index
        if words[index].flat not in cues.titles and not words[index].flat.endswith("'"):
            end = words.name_end(index, sure=words[index].shape is Shape.LOWER)
        if end - index < 2 or not _reads_as_name(words, index, end):
            index += 1
            continue
        yield named(words, index, end, _CAPITALS if words[index].caps else _FORM, "form")
        index = end


def _reads_as_name(words: Words, first: int, end: int) -> bool:
    found = words[first:end]
    parts = [w for w in found if w.shape is not Shape.INITIAL and len(w.flat) > 1]
    if not parts or (any(is_eponym(w.flat) for w in parts) and not words.surname_before_first_name(first)):
        return False
    unknown = [w for w in parts if not w.plain]
    if any(w.shape is Shape.LOWER for w in parts):  # "lemaire josiane"
        return len(parts) > 1 and all(w.listed for w in parts) and len(unknown) == len(parts)
    if len(parts) == 1:
        return bool(unknown) and _initial_and_surname(words, first, found, parts[0])
    return _first_name_and_surname(words, first, parts, unknown)


def _initial_and_surname(words: Words, first: int, found: Sequence[Word], surname: Word) -> bool:
    """J. MARTIN, COSTE J.; not "Bosniak I.", "BCLC B. Atlanta", "Pigtail 8 F. Amplatzer"."""
    before = words.text[max(0, words[first].start - 12) : words[first].start].rstrip(" ")
    if not _BEFORE_INITIAL.search(before):
        return False
    if found[0].shape is not Shape.INITIAL and (surname.shape is not Shape.UPPER or len(surname.flat) < 5):
        return False
    return surname.listed or (not surname.caps and len(surname.flat) > 3)


def _first_name_and_surname(words: Words, first: int, parts: list[Word], unknown: list[Word]) -> bool:
    if parts[0].caps and any(len(w.flat) < 4 for w in unknown):  # "ASCENSION DU PSA"
        return False
    given = first_names()
    # In capitals "DYSMENORRHEE SEVERE" has the form of a name: there the first name may be no word of the language.
    if not any(all(part in given for part in w.flat.split("-")) and not (w.caps and w.plain) for w in parts):
        return len(unknown) == len(parts) and _foreign_to_the_language(words, first, parts)
    # Martin Petit are two words of the language: a name only in the form MARTIN Petit.
    if words.surname_before_first_name(first):
        return any(w.listed and not w.plain for w in parts) or all(w.listed for w in parts)
    return bool(unknown)


def _foreign_to_the_language(words: Words, first: int, parts: list[Word]) -> bool:
    """Two capitalised words that no list knows, in small print and not where a statement begins: perhaps a name."""
    if any(w.caps or (w.shape is Shape.UPPER and len(w.flat) < 5) for w in parts):
        return False
    if parts[0].shape is Shape.UPPER and parts[1].shape is Shape.TITLE:  # AL-HUSSEINI Noor
        return True
    return all(w.shape is Shape.TITLE for w in parts) and not begins_statement(words, first)


def signatures(words: Words, cues: Cues) -> Iterator[Identifier]:
    """Lines of nothing but names: the last lines, and what follows a closing formula."""
    lines = _lines(words.text)
    closing = next((m.end() for m in cues.closing.finditer(words.flat)), len(words.text))
    for number, (start, end) in enumerate(lines):
        late = number >= len(lines) - _SIGNATURE_LINES or start > closing
        first, last = words.at(start), words.at(end)
        while first < last and words[first].flat.rstrip(".") in cues.titles:
            first += 1
        short = 1 <= last - first <= _SIGNATURE_WORDS and ":" not in words.text[start:end]
        if late and short and _is_signature(words, first, last, cues):
            yield named(words, first, last, _FORM, "signature")
    after = words.at(closing)
    if after < len(words) and _COMMA.fullmatch(words.text[closing : words[after].start]):
        yield from chain(words, after, _FORM, "closing", cues, sure=words[after].listed)


def _is_signature(words: Words, first: int, last: int, cues: Cues) -> bool:
    signed = words[first:last]
    parts = [w for w in signed if w.shape is not Shape.INITIAL and w.flat not in cues.titles]
    if not parts or any(not w.capitalised and w.flat not in cues.particles for w in signed):
        return False
    if any((w.plain and not w.listed) or w.flat in cues.never or is_eponym(w.flat) for w in parts):
        return False
    unknown = [w for w in parts if not w.plain and (w.listed or w.shape is Shape.TITLE or len(w.flat) > 4)]
    enough = len(signed) > 1
    return bool(unknown) and (enough or (len(unknown[0].flat) > 3 and unknown[0].listed))


def _lines(text: str) -> list[tuple[int, int]]:
    """Start and end of every line that is not blank."""
    return [(m.start(), m.end()) for m in re.finditer(r"[^\n]*\S[^\n]*", text)]

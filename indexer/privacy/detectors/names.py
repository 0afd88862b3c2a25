"""Names of people: after a title, a label, a verb or a relative; by their form; in a signature; and met again.

Each rule is a line of evidence with its own confidence. Titles are strong (Mme Petit is a name), forms are weak: they
need a listed first name, and refuse vocabulary and eponyms.
"""

import re
from collections.abc import Iterator

from indexer.privacy.detectors.name_chain import begins_statement, chain, is_acronym, named
from indexer.privacy.detectors.name_cues import Cues, read_cues
from indexer.privacy.detectors.name_forms import by_form, signatures
from indexer.privacy.detectors.words import Shape, Words
from indexer.privacy.identifiers import Category, Identifier
from indexer.privacy.lexicon import clinical_words, is_eponym, is_plain

_BREAK = re.compile(r"[\s.:/\u00a0]*")
_PERSON_NAME = re.compile(r"(?<![\w^])[^\W\d_][\w'’\- ]{0,40}(?:\^[\w'’\- ]{0,40})*\^[^\W\d_][\w'’\-]*")
"""DICOM's value representation PN (PS3.5, 6.2): family^given^middle^prefix^suffix."""
_AGED = re.compile(r", (?:âgée? de )?\d{1,2} (?:ans|mois|semaines|jours)\b")
_FORM = 0.8
_STRONG = 0.95


class NameDetector:
    """Finds NAME, titles left out."""

    def find(self, text: str) -> Iterator[Identifier]:
        """Names by every rule, then the same names wherever they stand again."""
        cues = read_cues()
        words = Words(text, cues.particles, cues.never)
        if not len(words):
            return
        found = [name for rule in _RULES for name in rule(words, cues)]
        yield from found
        yield from _met_again(words, found, cues)


def _titled(words: Words, cues: Cues) -> Iterator[Identifier]:
    for index, word in enumerate(words[:-1]):
        bare = word.flat.rstrip(".")
        if bare not in cues.titles or (index and words.gap(index) in ("'", "’")):
            continue
        gap = words.gap(index + 1)
        if not _BREAK.fullmatch(gap) or gap.count("\n") > 1:
            continue
        if bare in cues.short_titles and not _short_title(words, index, cues):
            continue
        yield from chain(words, index + 1, _STRONG, "title", cues, sure=True)


def _short_title(words: Words, index: int, cues: Cues) -> bool:
    """Whether `M`, `Me`, `Pr` ... is a title here: capitalised, and a name by its form after it."""
    word, following = words[index], words[index + 1]
    if word.shape is Shape.LOWER or "\n" in words.gap(index + 1) or _is_unit(words, index):
        return False
    if following.flat in cues.particles:
        return words.name_end(index + 1, sure=False) > index + 1
    if not following.capitalised:
        return False
    if following.shape is Shape.INITIAL or following.listed or not following.plain:
        return True
    if following.flat in clinical_words():  # M. Sartorius is a muscle
        return False
    # "M. Long a chuté" against "M. Long fibulaire", "PR ALLONGE".
    dotted = "." in words.text[word.start : following.start]
    after = words[index + 2] if index + 2 < len(words) else None
    return (
        dotted and not word.caps and not (after and after.plain and len(after.flat) > 4 and words.gap(index + 2) == " ")
    )


def _is_unit(words: Words, index: int) -> bool:
    """Whether `MM` or `M` follows a number: "NODULE DE 21 MM"; not "le 4 mai 2022 M. Marin"."""
    if words[index].flat != "mm" and not words[index].caps:
        return False
    return words.text[max(0, words[index].start - 3) : words[index].start].rstrip()[-1:].isdigit()


def _labelled(words: Words, cues: Cues) -> Iterator[Identifier]:
    for rule, pattern, confidence in (
        ("label", cues.label, 0.9),
        ("bare label", cues.bare_label, 0.8),
        ("by", cues.by, 0.85),
        ("relative", cues.kin, 0.85),
        ("relative", cues.kin_in_brackets, 0.8),
        ("married", cues.married, 0.9),
    ):
        for match in pattern.finditer(words.flat):
            first = words.at(match.end())
            if first >= len(words) or words[first].start - match.end() > 2:
                continue
            while first < len(words) - 1 and words[first].flat.rstrip(".") in cues.titles and words[first].capitalised:
                first += 1
            civil = rule == "label" and match.group().startswith(("nom", "prenom", "name", "surname", "patient name"))
            if _is_named(words, first, rule, cues, civil=civil):
                yield from chain(words, first, confidence, rule, cues, sure=True)


def _particular(words: Words, cues: Cues) -> Iterator[Identifier]:
    """First names before an age, DICOM's person names, typists' initials."""
    for match in _AGED.finditer(words.text):  # "chez Enzo, 3 ans"
        last = words.at(match.start()) - 1
        if last >= 0 and words[last].end == match.start() and _is_first_name(words, last):
            yield named(words, last, last + 1, _FORM, "aged")
    for match in _PERSON_NAME.finditer(words.text) if "^" in words.text else ():
        yield Identifier(match.start(), match.end(), Category.NAME, _STRONG, "DICOM person name")
    for match in cues.typist.finditer(words.flat):
        lone = len(match["who"]) < 4 and match.group().startswith("ref")  # "référence : IRM"; "Réf. : HA/CO"
        if not (lone or is_plain(match["who"]) or cues.never.issuperset(re.split("[/-]", match["who"]))):
            yield Identifier(match.start("who"), match.end("who"), Category.NAME, 0.75, "typist")


def _is_first_name(words: Words, index: int) -> bool:
    word = words[index]
    return word.shape is Shape.TITLE and (word.listed or not word.plain) and not is_eponym(word.flat)


def _is_named(words: Words, first: int, rule: str, cues: Cues, *, civil: bool) -> bool:
    """Whether what follows a label or a verb is a person by its form; "réalisé par IRM" is not.

    civil: after the label of a name itself, where any word is one.
    """
    end = words.name_end(first, sure=True)
    if end == first:
        return False
    word = next((w for w in words[first:end] if w.flat not in cues.particles), words[first])
    firm = any(w.listed and not w.plain for w in words[first:end]) or words.surname_before_first_name(first)
    if rule == "relative":  # "ma patiente Rose Dupin"
        firm = firm or any(w.shape is Shape.TITLE and not w.plain for w in words[first + 1 : end])
    if rule == "bare label":
        surname = word.shape is Shape.UPPER and not word.plain and not is_acronym(words, first, end)
        eponym = any(is_eponym(w.flat) for w in words[first:end])
        return word.capitalised and (firm or surname) and not eponym
    if word.shape is Shape.LOWER and word.flat not in cues.particles:
        return rule != "married" and firm
    if word.shape is Shape.INITIAL:
        return end > first + 1 or rule in ("label", "by")
    eponym, plain = rule == "by" and is_eponym(word.flat), word.plain and not word.listed and not firm
    abbreviated = is_acronym(words, first, end) or (rule == "by" and word.caps and len(word.flat) < 4 and not firm)
    return civil or not (eponym or plain or abbreviated)


def _met_again(words: Words, found: list[Identifier], cues: Cues) -> Iterator[Identifier]:
    """The words of names already found, wherever they stand again; not as an eponym, nor as a word of the language."""
    known: set[str] = set()
    for name in found:
        if name.confidence >= _FORM:
            known.update(w.flat for w in words[words.at(name.start) : words.at(name.end)] if len(w.flat) > 2)
    known -= cues.particles | cues.titles
    if not known:
        return
    covered = {place for name in found for place in range(words.at(name.start), words.at(name.end))}
    for index, word in enumerate(words):
        if index in covered or word.flat not in known or is_eponym(word.flat):
            continue
        if word.plain and (not word.capitalised or word.caps or not word.listed or begins_statement(words, index)):
            continue
        yield Identifier(word.start, word.end, Category.NAME, _FORM, "met again")


_RULES = (_titled, _labelled, _particular, by_form, signatures)

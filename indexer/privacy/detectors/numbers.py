"""Identifying numbers: social security (NIR, INS), professionals, patients and stays, examinations, devices.

A label is the strong evidence ("IPP : 8002145879"); the form alone is enough where nothing clinical has it (a NIR with
its key, a DICOM UID, an accession like CT2023-004512, a run of nine digits). Quantities are told by their unit.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from indexer.privacy.detectors.vocabulary import NUMBER_SIGN, UNIT, alternatives, before, compiled, vocabulary
from indexer.privacy.identifiers import Category, Identifier
from indexer.privacy.lexicon import flat

_S = r"[\s.\-]{0,2}"
_NIR = compiled(
    rf"(?P<body>[1-478]{_S}[0-9]{{2}}{_S}(?:0[1-9]|1[0-2]|[2-9][0-9]){_S}(?:[0-9]{{2}}|2[ab]){_S}[0-9]{{3}}{_S}[0-9]{{3}})"
    rf"(?:{_S}(?P<key>[0-9]{{2}}))?(?![0-9])"
)
_ANY_NIR = compiled(r"[0-9](?:[\s.\-]{0,2}[0-9ab]){8,16}(?![0-9a-z])")
_KEY = compiled(r"[\s,;/\-]{0,3}(?:cle|key)\s?:?\s?(?P<key>[0-9]{2})(?![0-9])")
_CODE = compiled(
    rf"""
    (?P<head> (?:(?:(?:[a-z]{{1,8}}[-/_.]){{1,3}}|[a-z]{{1,8}}|[a-z]{{1,4}}[ \n])(?=[0-9]))? (?:[a-z]-)? ) [0-9][0-9a-z]{{0,30}}
    (?: [-/_](?:[0-9][0-9a-z]{{0,20}}|[a-z]{{1,4}}[0-9]{{0,10}}(?![a-z])) | \.[0-9][0-9a-z]{{0,64}} ){{0,12}}
    (?: [ ][0-9]{{1,10}}(?:[-/][0-9a-z]{{1,6}})? (?! [0-9a-z%/] | [.,][0-9] | {UNIT} ) ){{0,9}}
    """
)
_MORE = compiled(r"\s?(?:,|;|et|/|\+|&|ou)\s?(?P<code>[a-z]{0,6}[-/]?[0-9][0-9a-z/-]{4,20})(?![0-9a-z])")
_ONLY_DATE = re.compile(r"[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-](?:[0-9]{2}){1,2}|(?:19|20)[0-9]{2}(?:-(?:19|20)[0-9]{2})?")
_SIGN = re.compile(r"n\s?[°ºo?]|num|number|#")
_QUANTITY = compiled(rf"[.,][0-9] | {UNIT}")
_RUN = re.compile(r"[0-9]{3,}")
_TOKEN_BEFORE = re.compile(r"[0-9a-z](?:[0-9a-z_/.-]{0,30})\Z")
_TOKEN_AFTER = re.compile(r"[0-9a-z_/-]{0,40}(?:\.[0-9][0-9a-z_/-]{0,64}){0,16}")
_UID = re.compile(r"[0-2](?:\.[0-9]{1,64}){5,}")
_RPPS = re.compile(r"1[0-9]{10}")
_DOCTOR = re.compile(r"\b(?:dr|docteur|pr|professeur|medecin|radiologue|signe)\b")
_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}(?:[ \u00a0]?[0-9A-Z]{4}){3,7}(?:[ \u00a0]?[0-9A-Z]{1,3})?(?![0-9A-Za-z])")
_CARD = compiled(r"[0-9]{4}(?:[\s-][0-9]{4}){3}(?![0-9])")
_GS1 = compiled(r"\(01\)[0-9]{14}(?:\([0-9]{2}\)[0-9a-z]{1,20}){0,4}")
_HEADER = compiled(r":[^\S\n]{0,20}+(?P<number>[0-9]{6,}+)(?=[^\S\n]{0,20}+(?:\n|$)|[^\S\n]{2})")
# What a word of digits may look like when nothing stands before it: form, category, confidence, rule.
_FORMS = [
    (
        re.compile(r"[a-z]{1,5}[-_/]?(?:19|20)?[0-9]{2}[-_/](?:[a-z]{1,5}[-_/]?)?[0-9]{4,}"),
        Category.EXAM_ID,
        0.8,
        "exam.form",
    ),
    (re.compile(r"[0-9]{2,4}[-_/][a-z]{1,5}[-_/]?[0-9]{4,}"), Category.EXAM_ID, 0.8, "exam.form"),
    (re.compile(r"[a-z]{1,5}[0-9]{2}[-_][0-9]{4,}"), Category.EXAM_ID, 0.7, "exam.form"),
    (re.compile(r"(?!nct|sn[0-9])[a-z]{1,6}[-_/]?[0-9]{6,}[a-z]?"), Category.EXAM_ID, 0.7, "exam.letters_digits"),
    (re.compile(r"[a-z]{1,3}-[0-9]{5}"), Category.EXAM_ID, 0.6, "exam.letters_digits"),
    (re.compile(r"[0-9]{2}[a-z]{1,3}[0-9]{5,}[a-z]?"), Category.PATIENT_ID, 0.6, "stay.form"),
    (re.compile(r"[0-9]{2,4}-[0-9]{5,}|[0-9]{8}-[0-9]{3,}"), Category.EXAM_ID, 0.6, "exam.digits"),
    (re.compile(r"[0-9]{9,}"), Category.PATIENT_ID, 0.6, "digits.nine"),
    (re.compile(r"[0-9]{7,8}"), Category.PATIENT_ID, 0.5, "digits.seven"),
    (re.compile(r"[a-z]{2}-[0-9]{3}-[a-z]{2}"), Category.PATIENT_ID, 0.5, "plate"),
]
_LABELLED = {
    "patient": Category.PATIENT_ID,
    "exam": Category.EXAM_ID,
    "provider": Category.PROVIDER_ID,
    "device": Category.DEVICE,
}


class NumberDetector:
    """Finds NIR, PROVIDER_ID, PATIENT_ID, EXAM_ID and DEVICE."""

    def find(self, text: str) -> Iterator[Identifier]:
        """Labelled numbers, then those whose form is enough."""
        plain = flat(text)
        if not any(map(str.isdigit, plain)):
            return
        yield from _nirs(plain)
        yield from _labelled(plain)
        yield from _formed(plain)
        yield from _accounts(text, plain)


def _nirs(plain: str) -> Iterator[Identifier]:
    for match in _NIR.finditer(plain):
        if (
            match["key"]
            and not before(plain, match.start(), 1).isalnum()
            and key_of(match["body"]) == int(match["key"])
        ):
            yield Identifier(match.start(), match.end(), Category.NIR, 0.98, "nir.key")
    for label in _nir_label().finditer(plain):
        number = _ANY_NIR.match(plain, label.end())
        if not number:
            continue
        yield Identifier(number.start(), number.end(), Category.NIR, 0.9, "nir.label")
        key = _KEY.match(plain, number.end())
        if key:
            yield Identifier(key.start("key"), key.end("key"), Category.NIR, 0.9, "nir.label_key")


def key_of(body: str) -> int:
    """Control key of a NIR's thirteen characters: 97 - n mod 97, where 2A counts as 19 and 2B as 18 (INSEE)."""
    digits = re.sub(r"[^0-9ab]", "", body).replace("2a", "19").replace("2b", "18")
    return 97 - int(digits) % 97


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the control digit of the others (ISO/IEC 7812), as in RPPS numbers."""
    doubled = [int(d) * 2 for d in reversed(digits[:-1])][::2]
    others = [int(d) for d in reversed(digits[:-1])][1::2]
    return (sum(d - 9 if d > 9 else d for d in doubled) + sum(others) + int(digits[-1])) % 10 == 0


def _labelled(plain: str) -> Iterator[Identifier]:
    for label in (*_label().finditer(plain), *_head().finditer(plain)):
        code = _CODE.match(plain, label.end())
        if not code or not _is_code(plain, label, code):
            continue
        kind = (
            label.lastgroup
            if label.lastgroup in _LABELLED
            else next((k for k in _LABELLED if label.groupdict().get(k)), "")
        )
        category = _LABELLED.get(kind, Category.PATIENT_ID)
        confidence = 0.95 if kind else 0.6
        yield Identifier(code.start(), code.end(), category, confidence, f"{category.value}.label")
        more = _MORE.match(plain, code.end())
        if more and kind:
            yield Identifier(more.start("code"), more.end("code"), category, 0.8, f"{category.value}.list")


def _is_code(plain: str, label: re.Match[str], code: re.Match[str]) -> bool:
    """Whether what follows a label is a number of the kind, not a quantity, a date or a word."""
    written, head = code.group(), code["head"]
    if _ONLY_DATE.fullmatch(written) or (head[-1:].isspace() and head.rstrip() in _not_codes()):
        return False
    digits = sum(map(str.isdigit, written))
    wanted = _digits_wanted(label, letters=any(map(str.isalpha, written)))
    if head[-1:].isspace():
        wanted = max(wanted, 5)
    if _is_quantity(plain, code.end()):
        wanted = max(wanted, 8)
    return digits >= wanted


def _digits_wanted(label: re.Match[str], *, letters: bool) -> int:
    """How many digits a number must have: the weaker its label, the more."""
    found = label.groupdict()
    if "alone" in found:
        return 5
    signed = bool(found["head"]) or bool(_SIGN.search(found["sep"]))
    assigned = any(sign in found["sep"] for sign in ":=")
    if found["strong"]:
        return 4 if signed or assigned or letters else 5
    if signed:
        return 3
    if assigned and letters:
        return 3
    return 4 if assigned or letters else 6


def _is_quantity(plain: str, end: int) -> bool:
    """Whether a unit or decimals stand behind a number."""
    return bool(_QUANTITY.match(plain, end))


def _formed(plain: str) -> Iterator[Identifier]:
    done = 0
    for run in _RUN.finditer(plain):
        if run.start() < done:
            continue
        lead = _TOKEN_BEFORE.search(before(plain, run.start(), 31))
        start = run.start() - (len(lead.group()) if lead else 0)
        tail = _TOKEN_AFTER.match(plain, run.end())
        end = done = tail.end() if tail else run.end()
        word = plain[start:end].rstrip("-_/")
        end = start + len(word)
        if _RPPS.fullmatch(word) and is_luhn(word) and _DOCTOR.search(before(plain, start, 80)):
            yield Identifier(start, end, Category.PROVIDER_ID, 0.85, "rpps.luhn")
        if _UID.fullmatch(word) and len(word) >= 20:
            yield Identifier(start, end, Category.EXAM_ID, 0.9, "exam.uid")
            continue
        form = next(((c, p, r) for pattern, c, p, r in _FORMS if pattern.fullmatch(word)), None)
        if form and not _is_quantity(plain, end):
            yield Identifier(start, end, *form)


def _accounts(text: str, plain: str) -> Iterator[Identifier]:
    for match in _IBAN.finditer(text):
        yield Identifier(match.start(), match.end(), Category.PATIENT_ID, 0.8, "iban")
    for match in _CARD.finditer(plain):
        yield Identifier(match.start(), match.end(), Category.PATIENT_ID, 0.7, "card")
    for match in _GS1.finditer(plain):
        yield Identifier(match.start(), match.end(), Category.DEVICE, 0.9, "device.gs1")
    for match in _HEADER.finditer(plain):
        yield Identifier(match.start("number"), match.end("number"), Category.PATIENT_ID, 0.5, "header.number")


@lru_cache(maxsize=1)
def _not_codes() -> frozenset[str]:
    return frozenset(vocabulary("numbers")["not_codes"]["words"])


@lru_cache(maxsize=1)
def _nir_label() -> re.Pattern[str]:
    strong = alternatives(vocabulary("numbers")["nir"]["strong"])
    return compiled(
        rf"\b(?:{strong})(?![a-z])[^0-9\n]{{0,12}}+(?:\([0-9]{{2}}\s[a-z]{{1,12}}\))?+[^0-9\n]{{0,8}}+\n?[^\S\n]{{0,4}}+(?=[0-9])"
    )


@lru_cache(maxsize=1)
def _label() -> re.Pattern[str]:
    """Label and separator: groups `head` (n°, code, réf.), the kind, `strong` and `sep`; read up to the number."""
    table = vocabulary("numbers")
    link = r"\s?(?:de\sl['’\s]\s?|de\sla\s|de\s|du\s|d['’\s]\s?|l['’]\s?)?"
    heads = alternatives(table["heads"]["words"])
    kinds = "|".join(
        f"(?P<{kind}>{alternatives([*words['strong'], *words['nouns']])})" for kind, words in _kinds(table)
    )
    strong = "|".join(alternatives(words["strong"]) for _, words in _kinds(table))
    return compiled(
        rf"(?<![a-z0-9/])(?P<head>(?:{NUMBER_SIGN}|(?:{heads})(?![a-z])\.?){link})?(?=(?P<strong>(?:{strong})(?![a-z]))?)(?:{kinds})(?![a-z])\.?{_separator(table)}"
    )


@lru_cache(maxsize=1)
def _head() -> re.Pattern[str]:
    """A head alone: "n° 778451236", "réf. : 2021-4587"."""
    table = vocabulary("numbers")
    heads = alternatives(table["heads"]["words"])
    return compiled(rf"(?<![a-z0-9/])(?P<alone>{NUMBER_SIGN}|(?:{heads})(?![a-z])\.?){_separator(table)}")


def _separator(table: dict[str, dict[str, list[str]]]) -> str:
    qualifiers = alternatives(table["qualifiers"]["words"])
    return rf"(?:\s(?:{qualifiers})(?![a-z])){{0,3}}(?P<sep>(?:\s?\([a-z0-9 .]{{1,20}}\))?+\s*+(?:{NUMBER_SIGN}|[#])?+\s*+[:=.]?+\s*+(?:{NUMBER_SIGN}|[#])?+\s*+)(?=[0-9a-z])"


def _kinds(table: dict[str, dict[str, list[str]]]) -> list[tuple[str, dict[str, list[str]]]]:
    return [(kind, table[category.value]) for kind, category in _LABELLED.items()]

"""The sections of a report, by its headings; what no heading claims is told by how its lines begin.

A heading stands at the start of a line, alone on it, before a colon, or by its full name before a full stop
("Indication. Toux."); in capitals it may go straight on into its text ("CONCLUSION Pas de fracture."). Bold marks, bullets and numbers before it are allowed, and so is one wrong
letter in a long one ("Indicaiton :"). A report of several exams has each section several times.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from indexer.language.clinical import describes_images, is_clinical, seen_from
from indexer.language.tables import table
from indexer.report import Section, SectionKind
from indexer.words import fold

# Possessive, so that a line of nothing but blanks or rules takes time in proportion to its length, not to its square.
_MARKS = r"(?:[^\S\n]|[*#_>•\-=])*+(?:(?:\d{1,2}|[IVX]{1,4})[.)/\-][^\S\n]*)?+(?:[^\S\n]|[*_])*+"
_NAME = r"[^\W\d_][\w'’ /,().\-]{1,48}?"
_NAMED = re.compile(
    rf"^{_MARKS}(?:(?P<colon>{_NAME})(?:[^\S\n]|[*_])*[:：](?:[^\S\n]|[*_])*|(?P<alone>{_NAME})(?:[^\S\n]|[*_.=])*$)",
    re.MULTILINE,
)
_STOPPED = re.compile(rf"^{_MARKS}(?P<stopped>[^\W\d_][\w'’ ]{{4,28}})\.[^\S\n]+(?=\S)", re.MULTILINE)
_BEHIND = re.compile(
    r"(?<=[.?!;] )(?P<behind>[Rr](?:[ée]sultats?)|[Cc]onclusions?|R[ÉE]SULTATS?|CONCLUSIONS?|Findings|FINDINGS|IMPRESSION)"
    r"[^\S\n]*[:：][^\S\n]*"
)
"""What may follow in the line of another heading ("Indication : toux. Résultats : nodule.")."""
_INLINE = re.compile(rf"^{_MARKS}(?P<capitals>[A-ZÉÈÊ]{{6,16}})(?=[^\S\n]+\S)[^\S\n]+", re.MULTILINE)
_TITLE = re.compile(r"\s*+[^\n.:;?!]{3,100}+(?=\n|$)")
"""A first line without punctuation: the name of the exam."""
_EXAM_LINE = re.compile(r"\s*+[^\n:;?!]{3,160}+(?=\n|$)")
"""A line that may name a further exam, or say more of it."""
_ADMINISTRATIVE = re.compile(
    r"\s*+(?=[^\n]{0,100}(?:n°|\b(?:demandé|prescrit|adressé) par\b|\b(?:prescripteur|dr|docteur)\b))[^\n]{3,100}+\n",
    re.IGNORECASE,
)
"""A line about the request, above the name of the exam."""
_SALUTATION = re.compile(r"\s*(?:(?:mon|ma) )?(?:ch[eè]re?s?|dear) [^\n.:]{3,40}[,.!]?\s*$", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*\([^()\n]*\)\.?\s*$")
_SOUGHT = re.compile(
    r"\b(?:recherche|suspicion|bilan|surveillance|contrôle) (?:de|du|des|d['’])|\bà (?:caractériser|explorer)\b",
    re.IGNORECASE,
)
_LINE = re.compile(r"[^\n]+")
_BLANKS = re.compile(r"[\s'’/,().‑_\-]+")
_PAST = re.compile(r"(?:^|\n)[^\w\n]*(?:antecedents?(?: \w+)?|atcds?|past medical history|pmh)[\s:：.*_]*$")
_HEADING_CHARS = 40
_FUZZY_FROM = 7
_DRAWN = ("=>", "⇒")
"""How a conclusion begins that has no heading ("=> fracture du scaphoïde")."""


def split_sections(text: str) -> tuple[Section, ...]:
    """The sections of a text in order, without their headings, not overlapping; empty ones are left out."""
    headings = _headings(text)
    if headings and _is_title(text, headings[0]):
        headings = headings[1:]
    if not headings:
        return tuple(_unnamed(text, 0, len(text), titled=True))
    ends = [start for start, _end, _kind in headings[1:]] + [len(text)]
    found = list(_trimmed(text, SectionKind.PREAMBLE, 0, headings[0][0]))
    for (_start, body, kind), end in zip(headings, ends, strict=True):
        found.extend(_trimmed(text, kind, body, end))
    if SectionKind.RESULTS not in {kind for _start, _end, kind in headings}:
        found = list(_with_unnamed_results(text, found))
    return tuple(found)


def _is_title(text: str, heading: tuple[int, int, SectionKind]) -> bool:
    """Whether a first heading of results is the title, the exam's name below it ("COMPTE RENDU", "IRM cérébrale")."""
    start, end, kind = heading
    below = _EXAM_LINE.match(text, end)
    return kind is SectionKind.RESULTS and not text[:start].strip() and below is not None and _names_exam(below.group())


def tells_the_past(text: str, section: Section) -> bool:
    """Whether a section's heading is one of antecedents: what stands below it is past."""
    before = fold(text[max(0, section.start - _HEADING_CHARS) : section.start])
    return _PAST.search(before) is not None


def _with_unnamed_results(text: str, sections: list[Section]) -> Iterator[Section]:
    """Results that no heading names end the part before the conclusion: all but its first line, or but a title."""
    before = [s for s in sections if s.kind is not SectionKind.CONCLUSION]
    for section in sections:
        if not before or section is not before[-1]:
            yield section
        elif section.kind is SectionKind.PREAMBLE:
            yield from _unnamed(text, section.start, section.end, titled=True)
        else:
            first = _LINE.match(text, section.start, section.end)
            middle = first.end() if first else section.start
            yield from _trimmed(text, section.kind, section.start, middle)
            yield from _unnamed(text, middle, section.end, titled=False)


def _unnamed(text: str, start: int, end: int, *, titled: bool) -> Iterator[Section]:
    """Text without headings: a title, then lines told by their beginning, and from the first other one the results.

    A line that opens a conclusion ("Au total, ...") begins one; the rest of the text is its own.
    """
    pieces: list[tuple[int, SectionKind]] = []
    at = start
    if titled and (title := _title_end(text, start, end)) is not None:
        pieces.append((start, SectionKind.PREAMBLE))
        at = title
    known: SectionKind | None = None
    lines = [line for line in _LINE.finditer(text, at, end) if line.group().strip()]
    for number, line in enumerate(lines):
        opened = _opened(line.group())
        if opened is None and titled and known not in (SectionKind.RESULTS, SectionKind.CONCLUSION):
            goes_on = known is SectionKind.INDICATION and lines[number - 1].end() == line.start() - 1
            opened = _told(lines, number, goes_on=goes_on)
        if opened is SectionKind.CONCLUSION or known not in (SectionKind.RESULTS, SectionKind.CONCLUSION):
            known = opened or SectionKind.RESULTS
            if not pieces or pieces[-1][1] is not known:
                pieces.append((line.start(), known))
    if pieces and pieces[-1][1] is SectionKind.INDICATION and (seen := seen_from(lines[-1].group())) is not None:
        pieces.append((lines[-1].start() + seen, SectionKind.RESULTS))  # all in one paragraph
    if [kind for _begun, kind in pieces] == [SectionKind.PREAMBLE]:  # a title alone is all that is said
        pieces = [(start, SectionKind.RESULTS)]
    for (begun, kind), (following, _next) in pairwise([*pieces, (end, SectionKind.RESULTS)]):
        yield from _trimmed(text, kind, begun, following)


def _title_end(text: str, start: int, end: int) -> int | None:
    """Where the name of the exam ends that a text begins with, a line about the request above it left aside.

    Lines below that name further exams belong to it, and so do sentences about them ("TDM injectée. Astreinte de nuit.").
    """
    request = _ADMINISTRATIVE.match(text, start, end)
    below = _TITLE.match(text, request.end(), end) if request else None
    title = below or _TITLE.match(text, start, end)
    at = title.end() if title else None
    while (named := _EXAM_LINE.match(text, start if at is None else at, end)) and _names_exam(named.group()):
        at = named.end()
    return at


def _names_exam(line: str) -> bool:
    begins = _exams().match(fold(line).strip()) is not None
    return begins and not describes_images(line) and not is_clinical(line)


def _told(lines: list[re.Match[str]], number: int, *, goes_on: bool) -> SectionKind | None:
    """What one of the first lines is: the indication tells of the patient, asks, or has the technique behind it."""
    line = lines[number].group()
    if is_clinical(line, goes_on=goes_on) or _SALUTATION.match(line):
        return SectionKind.INDICATION
    if _IN_BRACKETS.match(line):
        return SectionKind.TECHNIQUE
    if number > 0:
        return None
    asks = "?" in line or _SOUGHT.search(line) is not None
    followed = len(lines) > 1 and _opened(lines[1].group()) is SectionKind.TECHNIQUE
    return SectionKind.INDICATION if asks or followed else None


def _opened(line: str) -> SectionKind | None:
    if line.rstrip().endswith("?"):  # what is asked comes before what is found
        return SectionKind.INDICATION
    if line.lstrip().startswith(_DRAWN):
        return SectionKind.CONCLUSION
    beginning = " ".join(_BLANKS.sub(" ", fold(line[:120])).split())
    return next((kind for kind, pattern in _openers().items() if pattern.match(beginning)), None)


def _headings(text: str) -> list[tuple[int, int, SectionKind]]:
    """Start and end of each heading, with what it opens, in order."""
    # Of a line that can be read in both ways, the name in full wins ("RESULTATS DE L'EXAMEN :").
    matches = {
        m.start(): (m, kind)
        for p in (_BEHIND, _STOPPED, _INLINE, _NAMED)
        for m in p.finditer(text)
        if (kind := _kind(m))
    }
    found = [(start, match.end(), kind) for start, (match, kind) in sorted(matches.items(), key=lambda item: item[0])]
    for i, (before, after) in enumerate(pairwise(found)):
        if (
            before[2] is SectionKind.RESULTS
            and after[2] is SectionKind.COMPARISON
            and not text[before[1] : after[0]].strip()
        ):
            found[i + 1] = (
                after[0],
                after[1],
                SectionKind.RESULTS,
            )  # "Résultats / Comparaison au scanner de mai : ..."
    return found


def _kind(match: re.Match[str]) -> SectionKind | None:
    name = _BLANKS.sub(" ", fold(match[match.lastgroup or 0])).strip()
    exact = heading_names().get(name)
    if exact is not None or match.lastgroup in ("capitals", "stopped", "behind"):
        return exact
    if match.lastgroup == "colon":
        led = next((kind for words, kind in _leading().items() if name.startswith(f"{words} ")), None)
        if led is not None:  # "Résultat en comparaison au scanner de 2014 :"
            return led
    return _near(name)


@lru_cache(maxsize=20_000)
def _near(name: str) -> SectionKind | None:
    """What the heading opens that a long name is one wrong letter away from; kept, since labels come again and again."""
    if len(name) < _FUZZY_FROM or name in _innocent():
        return None
    near = extractOne(name, _long_names(), scorer=OSA.distance, score_cutoff=1)
    return heading_names()[near[0]] if near else None


def _trimmed(text: str, kind: SectionKind, start: int, end: int) -> tuple[Section, ...]:
    body = text[start:end]
    start += len(body) - len(body.lstrip())
    end -= len(body) - len(body.rstrip())
    return (Section(kind, start, end),) if start < end else ()


@lru_cache(maxsize=1)
def heading_names() -> dict[str, SectionKind]:
    """Folded heading -> section kind, from `headings.toml`."""
    return {fold(name): SectionKind(kind) for kind, names in table("headings")["headings"].items() for name in names}


@lru_cache(maxsize=1)
def _long_names() -> tuple[str, ...]:
    return tuple(name for name in heading_names() if len(name) >= _FUZZY_FROM)


@lru_cache(maxsize=1)
def _leading() -> dict[str, SectionKind]:
    return {fold(word): SectionKind(kind) for kind, words in table("headings")["leading"].items() for word in words}


@lru_cache(maxsize=1)
def _innocent() -> frozenset[str]:
    return frozenset(fold(word) for word in table("headings")["innocent"]["words"])


@lru_cache(maxsize=1)
def _openers() -> dict[SectionKind, re.Pattern[str]]:
    """Section kind -> pattern of the folded beginnings of its lines."""
    return {
        SectionKind(kind): re.compile(rf"(?:{'|'.join(re.escape(fold(words)) for words in beginnings)})\b")
        for kind, beginnings in table("headings")["openers"].items()
    }


@lru_cache(maxsize=1)
def _exams() -> re.Pattern[str]:
    words = {fold(word) for listed in table("exam_words")["modality"].values() for word in listed}
    return re.compile(
        rf"\W*(?:compte[ -]rendu (?:d'|de l'|du |de |des )(?:une? )?)?(?:{'|'.join(map(re.escape, words))})s?\b"
    )

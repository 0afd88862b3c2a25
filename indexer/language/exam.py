"""What a text tells of the exam and the patient when the record does not: modality, regions, contrast, sex, age, side.

The title counts first, then the technique, then the indication; a region that none of them names is that of the organs
described. Only what is stated is taken; an exam of several modalities has the one named first.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from indexer.language.sides import side_words, together
from indexer.language.tables import table
from indexer.language.tokens import TRANSPARENT, Token, stems, tokenise
from indexer.language.wordings import Wordings, longest
from indexer.report import BodyRegion, ExamMetadata, Laterality, Modality, Section, SectionKind, Sex

_TITLE_CHARS = 220
_AGE = re.compile(
    r"(?:\b(?:homme|femme|patiente?|enfant|gar[çc]on|fille|fillette|nourrisson|[âa]g[ée]e?s?|sujet|monsieur|madame|m\.|mme|man|woman)"
    r"\s*,?\s*(?:[âa]g[ée]e?\s*)?(?:de|d['’])?\s*)(?P<years>\d{1,3})\s*(?P<unit>ans?|mois|jours?|semaines?)\b"
    r"|^\s*(?P<first>\d{1,3})\s*ans\b|\b(?P<english>\d{1,3})[- ]year[- ]old\b",
    re.IGNORECASE | re.MULTILINE,
)
_OLDEST = 120


@dataclass(frozen=True, slots=True)
class Stated:
    """What a text states of its exam. contrast: whether a contrast agent was injected; None if it does not say.

    side: of what was examined. title: the words that name the exam.
    """

    modality: Modality | None = None
    regions: tuple[BodyRegion, ...] = ()
    sex: Sex = Sex.UNKNOWN
    age: int | None = None
    contrast: bool | None = None
    side: Laterality = Laterality.NONE
    title: str = ""


def stated_exam(text: str, sections: Sequence[Section]) -> Stated:
    """What a text states of its exam."""
    title, technique, indication = _parts(text, sections)
    parts = [(part, tokenise(part)) for part in (title, technique, indication)]
    told = [_words(tokens) for _part, tokens in parts]
    regions: tuple[BodyRegion, ...] = next((r for r in map(_regions, told) if r), ())
    return Stated(
        modality=next((m for m in map(_modality, told) if m), None),
        regions=regions,
        sex=_sex([*told[0], *told[2]]),
        age=_age(f"{title}\n{indication}"),
        contrast=_contrast([*told[0], *told[1]]),
        side=next((s for part in parts if (s := _side(*part)) is not Laterality.NONE), Laterality.NONE),
        title=title,
    )


def completed(metadata: ExamMetadata, stated: Stated) -> ExamMetadata:
    """The record's metadata, with what the text states where the record is silent."""
    return replace(
        metadata,
        modality=metadata.modality or stated.modality,
        regions=metadata.regions or stated.regions,
        sex=stated.sex if metadata.sex is Sex.UNKNOWN else metadata.sex,
        age=stated.age if metadata.age is None else metadata.age,
    )


def _parts(text: str, sections: Sequence[Section]) -> tuple[str, str, str]:
    """Title, technique and indication. The title is what stands before the first section's body, or the first lines."""
    start = min((s.start for s in sections if s.kind is not SectionKind.PREAMBLE), default=len(text))
    title = text[: min(start, _TITLE_CHARS)].strip() or text.strip()[:80].split("\n")[0]
    by_kind = {
        kind: " ".join(text[s.start : s.end] for s in sections if s.kind is kind)
        for kind in (SectionKind.TECHNIQUE, SectionKind.INDICATION)
    }
    return title, by_kind[SectionKind.TECHNIQUE][:400], by_kind[SectionKind.INDICATION][:400]


def _words(tokens: Sequence[Token]) -> list[tuple[str, str]]:
    """(table's name, value) of every exam word; of overlapping words of one table the longest."""
    found = _exam_words().find(tokens)
    return [m.payload for name in table("exam_words") for m in longest(m for m in found if m.payload[0] == name)]


def _regions(found: list[tuple[str, str]]) -> tuple[BodyRegion, ...]:
    named = {value for name, values in found if name == "region" for value in values.split()}
    return tuple(region for region in BodyRegion if region.value in named)


def _modality(found: list[tuple[str, str]]) -> Modality | None:
    ranks = [value for name, value in found if name == "modality"]
    order = list(table("exam_words")["modality"])
    return Modality(min(ranks, key=order.index)) if ranks else None


def _sex(found: list[tuple[str, str]]) -> Sex:
    counts = Counter(value for name, value in found if name == "sex")
    return Sex(next(iter(counts))) if len(counts) == 1 else Sex.UNKNOWN


def _contrast(found: list[tuple[str, str]]) -> bool | None:
    values = {value for name, value in found if name == "contrast"}
    return ("with" in values) if values else None


def _age(part: str) -> int | None:
    match = _AGE.search(part)
    if match is None:
        return None
    number = int(match["years"] or match["first"] or match["english"])
    unit = (match["unit"] or "ans").lower()
    age = number if unit.startswith("an") else number // 12 if unit == "mois" else 0
    return age if age <= _OLDEST else None


def _side(part: str, tokens: Sequence[Token]) -> Laterality:
    return together(list(side_words(tokens, part, Laterality.NONE).values()))


@lru_cache(maxsize=1)
def _exam_words() -> Wordings[tuple[str, str]]:
    """Every word with its table and value; a word of several regions has them all."""
    return Wordings(
        ((stems(word), (name, value)) for word, name, value in _meanings()),
        key=lambda token: token.stem,
        transparent=TRANSPARENT,
    )


def _meanings() -> Iterator[tuple[str, str, str]]:
    for name, values in table("exam_words").items():
        words: dict[str, list[str]] = {}
        for value, listed in values.items():
            for word in listed:
                words.setdefault(word, []).append(value)
        for word, found in words.items():
            yield word, name, " ".join(found)

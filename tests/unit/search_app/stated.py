"""Findings of the invented reports, the few concepts that the stand-in API knows, and its answers on them."""

from dataclasses import dataclass

from api.schemas import (
    ConceptSchema,
    ConceptsResponse,
    FilterSchema,
    FindingCriterionSchema,
    FindingSchema,
    ReportSchema,
)
from indexer.language.concepts import Sidedness
from indexer.report import Assertion, Laterality


@dataclass(frozen=True)
class Known:
    fr: str
    en: str
    words: tuple[str, ...] = ()
    parent: str | None = None


CONCEPTS = {
    "cyst": Known("kyste", "cyst"),
    "arachnoid_cyst": Known("kyste arachnoïdien", "arachnoid cyst", ("kyste leptoméningé",), "cyst"),
    "pulmonary_embolism": Known("embolie pulmonaire", "pulmonary embolism", ("EP",)),
    "pulmonary_infarct": Known("infarctus pulmonaire", "pulmonary infarct"),
    "pleural_effusion": Known("épanchement pleural", "pleural effusion"),
    "liver_metastasis": Known("métastase hépatique", "liver metastasis"),
}

_PRESENT, _ABSENT, _ASKED = Assertion.PRESENT, Assertion.ABSENT, Assertion.ASKED
_NONE, _LEFT, _RIGHT, _BOTH = Laterality.NONE, Laterality.LEFT, Laterality.RIGHT, Laterality.BILATERAL
_Stated = tuple[str, str, Assertion, Laterality, list[float], list[float]]

STATED: dict[int, list[_Stated]] = {
    0: [
        ("pulmonary_embolism", "embolie pulmonaire", _ASKED, _NONE, [], []),
        ("pulmonary_infarct", "infarctus pulmonaire", _PRESENT, _RIGHT, [22], []),
        ("pleural_effusion", "épanchement pleural droit", _PRESENT, _RIGHT, [], []),
        ("pulmonary_embolism", "Embolie pulmonaire bilatérale", _PRESENT, _BOTH, [], []),
    ],
    1: [("pulmonary_embolism", "images d'embolie pulmonaire", _ABSENT, _NONE, [], [])],
    6: [
        ("arachnoid_cyst", "Kyste arachnoïdien temporal gauche de", _PRESENT, _LEFT, [46, 30], [40]),
        ("arachnoid_cyst", "Kyste arachnoïdien temporal gauche avec", _PRESENT, _LEFT, [], []),
    ],
    8: [
        ("pulmonary_embolism", "embolie pulmonaire", _ABSENT, _NONE, [], []),
        ("liver_metastasis", "Métastases hépatiques", _PRESENT, _NONE, [], []),
    ],
}


def findings_of(n: int, found: ReportSchema) -> list[FindingSchema]:
    """What the n-th invented report states."""
    return [_finding(found, *stated) for stated in STATED.get(n, [])]


def _finding(
    found: ReportSchema, concept: str, words: str, assertion: Assertion, side: Laterality, sizes: list, prior: list
) -> FindingSchema:
    start = found.text.index(words)
    return FindingSchema(
        concept=concept,
        label_fr=CONCEPTS[concept].fr,
        label_en=CONCEPTS[concept].en,
        assertion=assertion,
        laterality=side,
        site=None,
        change=None,
        sizes_mm=sizes,
        prior_mm=prior,
        section=next(s.kind for s in found.sections if s.start <= start < s.end),
        start=start,
        end=start + len(words),
    )


def ancestors(concept: str) -> set[str]:
    parent = CONCEPTS[concept].parent
    return {concept} | ({parent} if parent else set())


def unknown_concepts(filters: FilterSchema) -> list[str]:
    return [c.concept for clause in filters.findings for c in clause.any_of if c.concept not in CONCEPTS]


def accepted(found: ReportSchema, filters: FilterSchema) -> bool:
    return all(
        clause.excluded != any(_meets(finding, c) for finding in found.findings for c in clause.any_of)
        for clause in filters.findings
    )


def matched(found: ReportSchema, filters: FilterSchema) -> list[FindingSchema]:
    criteria = [c for clause in filters.findings if not clause.excluded for c in clause.any_of]
    return [finding for finding in found.findings if any(_meets(finding, c) for c in criteria)]


def _meets(finding: FindingSchema, criterion: FindingCriterionSchema) -> bool:
    size = max(finding.sizes_mm, default=None)
    sides = {criterion.side, Laterality.BILATERAL} if criterion.side else set(Laterality)
    return (
        criterion.concept in ancestors(finding.concept)
        and finding.assertion in criterion.status
        and finding.laterality in sides
        and (criterion.size_min is None or (size is not None and size >= criterion.size_min))
        and (criterion.size_max is None or (size is not None and size <= criterion.size_max))
    )


def affirmed(found: ReportSchema) -> set[str]:
    return {a for f in found.findings if f.assertion is Assertion.PRESENT for a in ancestors(f.concept)}


def named(ids: str) -> ConceptsResponse:
    """The answer to GET /v1/concepts."""
    return ConceptsResponse(concepts=[_concept(c, None) for c in ids.split(",") if c in CONCEPTS])


def concepts(words: str, limit: int) -> ConceptsResponse:
    """The answer to POST /v1/concepts/search."""
    found = []
    for concept, known in CONCEPTS.items():
        wording = next((w for w in (known.fr, known.en, *known.words) if words.lower() in w.lower()), None)
        if wording:
            found.append(_concept(concept, wording))
    return ConceptsResponse(concepts=found[:limit])


def _concept(concept: str, wording: str | None) -> ConceptSchema:
    known = CONCEPTS[concept]
    return ConceptSchema(
        id=concept, label_fr=known.fr, label_en=known.en, region=None, side=Sidedness.NONE, wording=wording
    )

"""Findings on the wire: filters compiled for the stores, mentions with their labels, the lexicon looked up."""

from collections.abc import Iterable, Sequence

from api.schemas import (
    ConceptDetailSchema,
    ConceptSchema,
    FindingClauseSchema,
    FindingCriterionSchema,
    FindingSchema,
)
from indexer.documents import stated_findings
from indexer.errors import QueryError
from indexer.language.concepts import Concept, Lexicon
from indexer.report import AFFIRMED, Assertion, Finding, Laterality
from indexer.stores.filters import FindingClause, FindingCriterion
from indexer.words import folded_words

_BOTH = {side: frozenset((side, Laterality.BILATERAL)) for side in (Laterality.LEFT, Laterality.RIGHT)}


def to_clauses(schemas: Iterable[FindingClauseSchema], lexicon: Lexicon) -> tuple[FindingClause, ...]:
    """The wire's clauses as the stores take them. Raises QueryError for a concept that the lexicon does not have."""
    clauses: list[FindingClause] = []
    for schema in schemas:
        criteria = tuple(_criterion(one, lexicon) for one in schema.any_of)
        clauses.append(FindingClause(criteria, schema.excluded))
        if not schema.excluded and len(criteria) == 1 and criteria[0].assertions == {Assertion.ABSENT}:
            affirmed = FindingCriterion(criteria[0].concept, assertions=AFFIRMED, sides=criteria[0].sides)
            clauses.append(FindingClause((affirmed,), excluded=True))
    return tuple(clauses)


def _criterion(schema: FindingCriterionSchema, lexicon: Lexicon) -> FindingCriterion:
    if schema.concept not in lexicon.concepts:
        raise QueryError(
            f"the lexicon has no finding {schema.concept!r}; look for its id with POST /v1/concepts/search "
            "or radiotheque lexicon search"
        )
    sides = frozenset[Laterality]() if schema.side is None else _BOTH.get(schema.side, frozenset((schema.side,)))
    return FindingCriterion(
        schema.concept,
        assertions=frozenset(schema.status),
        sides=sides,
        sections=frozenset(schema.sections),
        size_min=schema.size_min,
        size_max=schema.size_max,
    )


def matched(findings: Sequence[Finding], clauses: Iterable[FindingClause], lexicon: Lexicon) -> list[Finding]:
    """The findings of a report that meet a criterion of a clause that is not an exclusion."""
    criteria = [one for clause in clauses if not clause.excluded for one in clause.any_of]
    stated = stated_findings(findings, lexicon)
    return [f for f, seen in zip(findings, stated, strict=True) if any(one.accepts(seen) for one in criteria)]


def finding_schema(finding: Finding, lexicon: Lexicon) -> FindingSchema:
    """A mention with its concept's labels; one that the lexicon no longer has is called by its id."""
    concept = lexicon.concepts.get(finding.concept)
    measurement = finding.measurement
    return FindingSchema(
        concept=finding.concept,
        label_fr=concept.fr if concept else finding.concept,
        label_en=concept.en if concept else finding.concept,
        assertion=finding.assertion,
        laterality=finding.laterality,
        site=finding.site,
        sizes_mm=list(measurement.current) if measurement else [],
        prior_mm=list(measurement.prior) if measurement else [],
        change=measurement.change if measurement else None,
        section=finding.section,
        start=finding.start,
        end=finding.end,
    )


def find_concepts(words: str, limit: int, lexicon: Lexicon) -> list[ConceptSchema]:
    """Findings of which every word asked for begins a word of one wording: by label first, then the shortest wording."""
    asked = folded_words(words)
    if not asked:
        return []
    found = []
    for concept, wordings in lexicon.spelt:
        hits = [
            (not is_label, len(spelt), wording)
            for is_label, wording, spelt in wordings
            if all(any(word.startswith(part) for word in spelt) for part in asked)
        ]
        if hits:
            found.append((min(hits), concept))
    found.sort(key=lambda item: (item[0], item[1].id))
    return [_schema(concept, wording) for (_rank, _length, wording), concept in found[:limit]]


def named_concepts(ids: Iterable[str], lexicon: Lexicon) -> list[ConceptSchema]:
    """Findings by id, in the order given; unknown ones are left out."""
    return [_schema(lexicon.concepts[i], None) for i in ids if i in lexicon.concepts]


def concept_detail(concept_id: str, lexicon: Lexicon) -> ConceptDetailSchema:
    """All that is known of a finding. Raises QueryError."""
    concept = lexicon.concepts.get(concept_id)
    if concept is None:
        raise QueryError("the lexicon has no finding of that id; look for it with POST /v1/concepts/search")
    children = [c.id for c in lexicon.concepts.values() if concept_id in c.broader]
    return ConceptDetailSchema(
        **_schema(concept, None).model_dump(),
        words_fr=[*concept.words, *concept.abbreviations],
        words_en=list(concept.en_words),
        parents=list(concept.broader),
        children=sorted(children),
        cim10=list(concept.cim10),
        radlex=concept.radlex,
    )


def _schema(concept: Concept, wording: str | None) -> ConceptSchema:
    return ConceptSchema(
        id=concept.id,
        label_fr=concept.fr,
        label_en=concept.en,
        region=concept.region,
        side=concept.side,
        wording=wording,
    )

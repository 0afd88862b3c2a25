"""Sizes told in one place of a report for what is named in another: the results measure, the conclusion names."""

from collections.abc import Iterable, Sequence

from indexer.language.concepts import Concept, Lexicon
from indexer.language.memory import Ledger, Measured, Stated
from indexer.language.sizing import Sizing
from indexer.report import AFFIRMED, Assertion, Laterality, SectionKind

_BEARING = frozenset(
    (
        "lesion",
        "hemorrhage",
        "fluid_collection",
        "effusion",
        "infarction",
        "fracture",
        "hernia",
        "stone",
        "aneurysm",
        "endometriosis",
        "lymphadenopathy",
    )
)
"""What may be described and measured before it is named; a steatosis or an arthrosis is not."""
_SEEN_AS = {"fluid_collection": frozenset(("hemorrhage", "lesion")), "contrast_enhancement": frozenset(("lesion",))}
"""What a finding that says only what is seen may turn out to be."""


class Conclusions:
    """Gives findings the sizes that a report states elsewhere."""

    def __init__(self, lexicon: Lexicon, sizing: Sizing) -> None:
        self._lexicon = lexicon
        self._sizing = sizing

    def size(self, stated: list[Stated], ledger: Ledger) -> None:
        """Size what is named without a size: of its organ, or of what the results describe there."""
        self._size_by_organ(stated, ledger.organ_sizes)
        self._size_named(stated, ledger.measured)

    def _size_by_organ(self, stated: list[Stated], organ_sizes: dict[str, list[float]]) -> None:
        """An enlarged organ has the sizes stated for it anywhere, if its mentions state none; the first of them has them."""
        sized = self._sized(stated)
        for one in stated:
            concept = self._lexicon.concepts[one.mention.concept]
            if one.assertion not in AFFIRMED or concept.id in sized:
                continue
            at = concept.sites if concept.sized_by_organ else ()
            around = self._measured_at(concept)
            found = [v for site in at for v in organ_sizes.get(site, ())]
            found = found or [v for s, told in organ_sizes.items() if around & self._lexicon.wholes(s) for v in told]
            if found or concept.sized_by_organ:
                one.current.extend(found)
                sized.add(concept.id)

    def _measured_at(self, concept: Concept) -> set[str]:
        """The sites whose size is a finding's: its own, or those of what it is a kind of."""
        if concept.measured_at:
            return set(concept.measured_at)
        kinds = (self._lexicon.concepts[kind] for kind in self._lexicon.ancestors(concept.id))
        return {site for kind in kinds for site in kind.measured_at}

    def _size_named(self, stated: list[Stated], measured: Sequence[Measured]) -> None:
        """What only the conclusion names has the sizes that the results give of what they describe at its organ.

        Not where two unrelated findings could be meant, nor over another side. Of equal mentions the first has them, and kinds
        are compared rather than mentions: time stays linear in a text that repeats itself.
        """
        sized = self._sized(stated)
        unsized = _by_kind(s for s in stated if self._is_named(s) and s.mention.concept not in sized)
        described = _by_kind(s for s in stated if s.current and _is_affirmed_result(s))
        for one, *_again in unsized:
            rivals = (other for other, *_ in unsized if self._sizing.share_organ(one, other))
            if not all(self._are_related(one, other) for other in rivals):
                continue
            lesions = [d for same in described if self._may_be(same[0], one) for d in same]
            one.current.extend(v for d in lesions for v in d.current)
            one.prior.extend(v for d in lesions for v in d.prior)
            if not lesions:
                one.current.extend(v for told in measured if self._may_be_of(told, one) for v in told.values)

    def _sized(self, stated: Iterable[Stated]) -> set[str]:
        """The concepts of which a mention has a size, with all that they are kinds of."""
        return {kind for one in stated if one.current for kind in self._lexicon.ancestors(one.mention.concept)}

    def _is_named(self, stated: Stated) -> bool:
        return (
            stated.section is SectionKind.CONCLUSION
            and stated.assertion in AFFIRMED
            and not _BEARING.isdisjoint(self._lexicon.ancestors(stated.mention.concept))
        )

    def _may_be(self, described: Stated, named: Stated) -> bool:
        """Whether the conclusion may name what the results describe: something broader, or only said to be seen."""
        seen = self._lexicon.ancestors(described.mention.concept)
        kinds = self._lexicon.ancestors(named.mention.concept)
        vague = self._sizing.is_vague(described.mention.concept) and "lesion" in kinds
        broader = described.mention.concept != named.mention.concept and described.mention.concept in kinds
        turned = any(look in seen and not kinds.isdisjoint(names) for look, names in _SEEN_AS.items())
        if not (vague or broader or turned) or not _may_be_together(described.side, named.side):
            return False
        if broader:
            return self._sizing.share_organ(described, named)
        parents = self._lexicon.concepts[named.mention.concept].parents
        homes = {site for parent in parents for site in self._lexicon.concepts[parent].sites}
        at = self._lexicon.sites_of(described.mention.concept, described.mention.site)
        wider = any(not homes.isdisjoint(self._lexicon.wholes(site)) for site in at)
        return wider or self._sizing.share_organ(described, named)

    def _may_be_of(self, told: Measured, named: Stated) -> bool:
        """Whether a size of something described without a name is that of a finding: at its organ, and of lymph nodes only."""
        wholes = {whole for site in told.sites for whole in self._lexicon.wholes(site)}
        nodes = "lymph_node" in wholes
        kinds = self._lexicon.ancestors(named.mention.concept)
        if nodes is not ("lymphadenopathy" in kinds) or "aneurysm" in kinds:  # which is measured as the artery
            return False
        if not _may_be_together(told.side, named.side):
            return False
        return nodes or not wholes.isdisjoint(self._homes(named))

    def _homes(self, named: Stated) -> set[str]:
        """The sites that a finding may be described at: the one told for it, else those that it is at home in."""
        site = named.mention.site
        return {site} if site else set(self._lexicon.homes(named.mention.concept))

    def _are_related(self, one: Stated, other: Stated) -> bool:
        a, b = one.mention.concept, other.mention.concept
        return a in self._lexicon.ancestors(b) or b in self._lexicon.ancestors(a) or self._sizing.is_vague(b)


def _is_affirmed_result(stated: Stated) -> bool:
    return stated.section is SectionKind.RESULTS and stated.assertion is Assertion.PRESENT


def _may_be_together(one: Laterality, other: Laterality) -> bool:
    return len({one, other} - {Laterality.NONE, Laterality.BILATERAL}) <= 1


def _by_kind(stated: Iterable[Stated]) -> list[list[Stated]]:
    """Mentions together that have concept, site and side in common, each group in order."""
    kinds: dict[tuple[str, str | None, Laterality], list[Stated]] = {}
    for one in stated:
        kinds.setdefault((one.mention.concept, one.mention.site, one.side), []).append(one)
    return list(kinds.values())

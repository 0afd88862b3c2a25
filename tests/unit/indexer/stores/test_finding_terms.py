"""Terms of findings mean what the filters' definition says."""

from itertools import product
from random import Random

from indexer.report import Assertion, Laterality, SectionKind
from indexer.stores.filters import FindingCriterion, StatedFinding
from indexer.stores.finding_terms import asked_terms, stated_terms

CONCEPTS = ("cyst", "nodule")
ASSERTIONS = (Assertion.PRESENT, Assertion.ABSENT)
SIDES = (Laterality.LEFT, Laterality.BILATERAL)
SECTIONS = (SectionKind.RESULTS, SectionKind.CONCLUSION)
SIZES = (None, 0.0, 0.1, 8.0, 8.1, 12.0, 1638.3, 5000.0)


def findings() -> list[StatedFinding]:
    return [
        StatedFinding(frozenset((concept, "lesion")), *rest)
        for concept, *rest in product(CONCEPTS, ASSERTIONS, SIDES, SECTIONS, SIZES)
    ]


def test_the_terms_say_exactly_what_a_criterion_accepts() -> None:
    random = Random(7)  # noqa: S311 (cases, no secrets)
    terms = [(finding, set(stated_terms([finding]))) for finding in findings()]
    accepted = 0
    for _case in range(300):
        criterion = FindingCriterion(
            random.choice([*CONCEPTS, "lesion", "stone"]),
            assertions=frozenset(random.sample(ASSERTIONS, random.randint(0, 2))),
            sides=frozenset(random.sample(SIDES, random.randint(0, 2))),
            sections=frozenset(random.sample(SECTIONS, random.randint(0, 2))),
            size_min=random.choice([None, 0.0, 0.05, 8.0, 8.05, 12.0, 1700.0]),
            size_max=random.choice([None, 0.0, 8.0, 12.0, 20.0, 1638.3]),
        )
        asked = set(asked_terms(criterion))
        for finding, stated in terms:
            assert bool(asked & stated) == criterion.accepts(finding), (criterion, finding)
            accepted += criterion.accepts(finding)
    assert accepted > 1000


def test_a_range_of_sizes_is_few_terms() -> None:
    present, left = frozenset((Assertion.PRESENT,)), frozenset((Laterality.LEFT,))
    # 1 to 16,382 tenths: three blocks at either end on each of six levels, and two of 4,096 between them.
    assert len(asked_terms(FindingCriterion("cyst", present, left, size_min=0.1, size_max=1638.2))) == 38
    assert asked_terms(FindingCriterion("cyst", size_min=9.0, size_max=8.0)) == []


def test_two_findings_do_not_make_a_third() -> None:
    nodule = StatedFinding(frozenset(("nodule",)), Assertion.PRESENT, Laterality.LEFT, SectionKind.RESULTS, 12.0)
    cyst = StatedFinding(frozenset(("cyst",)), Assertion.ABSENT, Laterality.RIGHT, SectionKind.RESULTS)
    stated = set(stated_terms([nodule, cyst]))
    present = frozenset((Assertion.PRESENT,))
    assert not stated & set(asked_terms(FindingCriterion("cyst", assertions=present)))
    assert not stated & set(asked_terms(FindingCriterion("cyst", size_min=10.0)))
    assert not stated & set(asked_terms(FindingCriterion("nodule", sides=frozenset((Laterality.RIGHT,)))))
    assert stated & set(asked_terms(FindingCriterion("nodule", assertions=present, size_min=10.0)))

"""The annotated passages are read as they are annotated."""

import pytest

from indexer.language.loading import load_lexicon
from indexer.report import Finding
from tests.language_set.passages import Expected, MarkupError, Passage, parse_passage, passages
from tests.unit.indexer.language.reading import read

PASSAGES = passages()
_TOLERANCE = 0.05


def test_there_are_at_least_five_hundred_passages_of_every_area() -> None:
    assert len(PASSAGES) >= 500
    assert len({p.origin.split(":")[0] for p in PASSAGES}) >= 5


def test_every_annotated_finding_is_in_the_lexicon() -> None:
    known = load_lexicon().concepts
    assert sorted({e.concept for p in PASSAGES for e in p.expected} - set(known)) == []


@pytest.mark.parametrize("passage", [p for p in PASSAGES if not p.failing], ids=lambda p: p.origin)
def test_a_passage_is_read_as_annotated(passage: Passage) -> None:
    assert list(disagreements(passage)) == []


@pytest.mark.parametrize("passage", [p for p in PASSAGES if p.failing], ids=lambda p: p.origin)
def test_what_is_known_to_fail_still_does(passage: Passage) -> None:
    assert list(disagreements(passage)) != [], "it is read right now: take its ? away"


def disagreements(passage: Passage) -> list[str]:
    """What is read otherwise than annotated, what is missed, and what is read beside it."""
    left = list(read(passage.text, *passage.regions, section=passage.section))
    found: list[str] = []
    matched: list[tuple[Expected, Finding]] = []
    for expected in passage.expected:
        here = [f for f in left if f.concept == expected.concept and f.start < expected.end and f.end > expected.start]
        if not here:
            found.append(f"missed: {expected.concept}")
            continue
        best = min(here, key=lambda f: len(list(_differences(expected, f))))
        left.remove(best)
        matched.append((expected, best))
        found.extend(_differences(expected, best))
    left = [f for f in left if not any(_is_implied(expected, best, f) for expected, best in matched)]
    return [*found, *(f"read beside it: {f.concept} {f.assertion.value}" for f in left)]


def _is_implied(expected: Expected, best: Finding, other: Finding) -> bool:
    """Whether a finding on the same words is what the annotated one implies (hepatosplenomegaly: hepatomegaly)."""
    above = load_lexicon().ancestors(expected.concept)
    return other.concept in above and (other.start, other.assertion) == (best.start, best.assertion)


def _differences(expected: Expected, found: Finding) -> list[str]:
    differences = []
    if found.assertion is not expected.assertion:
        differences.append(f"{expected.concept}: {found.assertion.value}, not {expected.assertion.value}")
    if expected.side is not None and found.laterality is not expected.side:
        differences.append(f"{expected.concept}: side {found.laterality.value}, not {expected.side.value}")
    current = max(found.measurement.current, default=None) if found.measurement else None
    prior = max(found.measurement.prior, default=None) if found.measurement else None
    for what, wanted, got in (("size", expected.size, current), ("prior size", expected.prior, prior)):
        if (wanted is None) != (got is None) or (wanted and got and abs(wanted - got) > _TOLERANCE):
            differences.append(f"{expected.concept}: {what} {got}, not {wanted}")
    return differences


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("Un [kyste|renal_cyst.", "left open"),
        ("Un [kyste|renal_cyst there].", "'there' is not a valid Assertion"),
        ("Un [kyste|renal_cyst present upwards].", "'upwards' is not a valid Laterality"),
        ("{knee} Un [kyste|renal_cyst present].", "'knee' is neither a region nor a section"),
    ],
)
def test_malformed_markup_is_refused(line: str, complaint: str) -> None:
    with pytest.raises(MarkupError, match=complaint):
        parse_passage(line, "here:1")


def test_markup_is_read() -> None:
    passage = parse_passage("{abdomen, indication} [Kyste|renal_cyst asked left 12mm prior=9mm]\\nvu.", "here:1")
    assert passage.text == "Kyste\nvu."
    (expected,) = passage.expected
    assert (expected.start, expected.end, expected.size, expected.prior) == (0, 5, 12.0, 9.0)

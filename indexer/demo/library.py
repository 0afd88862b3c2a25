"""The clinical content once read: concepts, slots, organs, findings and exam types."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

from indexer.demo.model import Assertion, Laterality, Sex
from indexer.demo.template import Slot, Template

T = TypeVar("T")


class State(StrEnum):
    """How a finding stands in one exam; it chooses the sentences."""

    PRESENT = "present"
    UNCERTAIN = "uncertain"
    HISTORICAL = "historical"
    GROWING = "growing"
    STABLE = "stable"
    SHRINKING = "shrinking"
    RESOLVED = "resolved"


EVOLVING = (State.GROWING, State.STABLE, State.SHRINKING, State.RESOLVED)
ASSERTION_OF = dict.fromkeys(State, Assertion.PRESENT) | {
    State.UNCERTAIN: Assertion.UNCERTAIN,
    State.HISTORICAL: Assertion.HISTORICAL,
    State.RESOLVED: Assertion.ABSENT,
}


class Weighted(Generic[T]):
    """Items drawn in proportion to their weights, in a fixed order."""

    def __init__(self, pairs: Iterable[tuple[T, float]]) -> None:
        kept = [(item, weight) for item, weight in pairs if weight > 0]
        self.items = [item for item, _ in kept]
        self.weights = [weight for _, weight in kept]
        self._sums = list(accumulate(self.weights))

    def __bool__(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.items)

    def draw(self, rng: Random) -> T:
        """Draw one item; the table must not be empty."""
        return self.items[bisect(self._sums, rng.random() * self._sums[-1])]


class Sentences:
    """A list of interchangeable sentences, those for telegraphic reports apart."""

    def __init__(self, templates: Iterable[Template] = ()) -> None:
        self.every = tuple(templates)
        self.plain = tuple(t for t in self.every if "terse" not in t.conditions)
        self.terse = tuple(t for t in self.every if "terse" in t.conditions)

    def __bool__(self) -> bool:
        """Whether there is any sentence."""
        return bool(self.every)

    @cached_property
    def concepts(self) -> frozenset[str]:
        """Every concept that some sentence names."""
        return frozenset(concept for template in self.every for concept in template.concepts)

    @property
    def readings(self) -> int:
        """How many different texts the list can give, slots apart."""
        return sum(len(template.variants) for template in self.plain)


@dataclass(frozen=True, slots=True)
class SlotValue:
    """One filling: its written forms, and the side that it implies."""

    id: str
    forms: dict[str, str]
    side: Laterality | None


@dataclass(frozen=True)
class SlotSpec:
    """What may fill a slot: a list of values or a range of numbers."""

    name: str
    values: Weighted[SlotValue]
    numbers: tuple[float, float, int] | None
    per_report: bool


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing said of a normal organ; key is "organ.aspect"."""

    key: str
    normal: Sentences


@dataclass(frozen=True, slots=True)
class Organ:
    """An organ or system as the report goes through it."""

    key: str
    heading: str
    group: str
    aspects: tuple[Aspect, ...]
    whole: Sentences


@dataclass(frozen=True)
class Finding:
    """An abnormality: where it is described, how it varies, how it is worded in each state."""

    key: str
    concept: str
    at: tuple[str, ...]
    replaces: frozenset[str]
    removes: frozenset[str]
    sides: Weighted[Laterality]
    size: tuple[int, int] | None
    growth: tuple[int, int]
    sex: Sex | None
    ages: tuple[int, int]
    slots: tuple[SlotSpec, ...]
    certainty: Weighted[State]
    course: dict[State, float]
    chronic: bool
    results: dict[State, Sentences]
    conclusion: dict[State, Sentences]
    indications: Sentences
    followup: Sentences
    history: Sentences
    compared: Sentences
    mimics: Sentences
    advice: Sentences
    companions: tuple[tuple[str, float], ...]

    @cached_property
    def sentences(self) -> tuple[tuple[str, Sentences], ...]:
        """Every list of sentences with its name in the file."""
        named = [(f"results.{state}", found) for state, found in self.results.items()]
        named += [(f"conclusion.{state}", found) for state, found in self.conclusion.items()]
        for name in ("indications", "followup", "history", "compared", "mimics", "advice"):
            named.append((name, getattr(self, name)))
        return tuple(named)


@dataclass(frozen=True)
class Exam:
    """A type of exam: whom it is for, what it looks at, what it finds and how often."""

    key: str
    modality: str
    regions: tuple[str, ...]
    name: str
    weight: float
    sex: Sex | None
    female: float
    ages: tuple[int, int, int]
    sides: Weighted[Laterality]
    normal: float
    again: Weighted[str]
    compares: frozenset[str]
    gap_days: tuple[int, int]
    organs: tuple[Organ, ...]
    always: frozenset[str]
    findings: Weighted[Finding]
    incidental: tuple[tuple[Finding, float], ...]
    titles: Sentences
    indications: Sentences
    histories: Sentences
    families: Sentences
    technique: Sentences
    conclusion_normal: Sentences
    conclusion_denies: Sentences
    defined: dict[str, Finding]
    slots: dict[str, SlotSpec]

    @cached_property
    def aspects(self) -> frozenset[str]:
        """Keys of everything this exam looks at."""
        return frozenset(aspect.key for organ in self.organs for aspect in organ.aspects)

    @cached_property
    def usable(self) -> dict[str, Finding]:
        """Findings of its file that this exam can show, whether it lists them or not."""
        return {key: finding for key, finding in self.defined.items() if self.place_of(finding)}

    def place_of(self, finding: Finding) -> str | None:
        """Return the first aspect of this exam at which the finding is described, or None."""
        return next((key for key in finding.at if key in self.aspects), None)

    @cached_property
    def sentences(self) -> tuple[tuple[str, Sentences], ...]:
        """Every list of sentences with its name in the file."""
        names = (
            "titles",
            "indications",
            "histories",
            "families",
            "technique",
            "conclusion_normal",
            "conclusion_denies",
        )
        return tuple((name.replace("_", "."), getattr(self, name)) for name in names)


@dataclass(frozen=True)
class Library:
    """All the content: exam types by key, concepts with their wordings, and what each concept implies."""

    exams: dict[str, Exam]
    wordings: dict[str, tuple[str, ...]]
    implies: dict[str, frozenset[str]]

    def closure(self, concept: str) -> frozenset[str]:
        """Return the concept and all that it implies."""
        return self._closures.get(concept) or frozenset((concept,))

    @cached_property
    def _closures(self) -> dict[str, frozenset[str]]:
        return {concept: self._reach(concept) for concept in self.wordings}

    def _reach(self, concept: str) -> frozenset[str]:
        seen = {concept}
        todo = [concept]
        while todo:
            for broader in self.implies.get(todo.pop(), ()):
                if broader not in seen:
                    seen.add(broader)
                    todo.append(broader)
        return frozenset(seen)


def slots_of(sentences: Iterable[Sentences]) -> list[Slot]:
    """List the slots that these sentences use, each once, in order."""
    found = (slot for some in sentences for template in some.every for slot in template.slots)
    return list(dict.fromkeys(found))

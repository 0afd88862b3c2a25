"""Reads every sentence of the data files as an editor would: slots, mentions, French, unmarked findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from indexer.demo.french import SIDE_FORMS, article_forms, slip
from indexer.demo.library import Finding, Library, SlotSpec
from indexer.demo.model import Assertion, Laterality
from indexer.demo.template import CLOSE, WITHOUT, Mark, Slot, Template, Variant

SIDE_SLOTS = frozenset(SIDE_FORMS[Laterality.RIGHT]) | {"autre droit", "autre droite", "autre à droite"}
SIZE_SLOTS = frozenset(("size", "size2", "size3", "sizes", "small"))
PRIOR_SLOTS = frozenset(("prior", "prior_date", "prior_exam", "interval"))
PERSON_SLOTS = frozenset(("e", "age", "il", "homme"))
BUILTIN = SIDE_SLOTS | SIZE_SLOTS | PRIOR_SLOTS | PERSON_SLOTS | {"num"}
FLAGS = frozenset(
    [
        "unilateral",
        "bilateral",
        "left",
        "right",
        "midline",
        "male",
        "female",
        "child",
        "adult",
        "old",
        "terse",
        "compared",
        "first",
    ]
)
# The only lists whose sentences are always written with an earlier exam at hand.
COMPARING = ("growing", "stable", "shrinking", "resolved", "followup", "compared")
_ENDS = (".", "?", "!", ":")
_TURNS = 4


@dataclass(frozen=True)
class Place:
    """Where a sentence stands: its list, the slots and finding that it may use, whether it needs a stop."""

    list_name: str
    slots: Mapping[str, SlotSpec]
    finding: Finding | None = None
    stop: bool = True
    sided: bool = False
    foreign_slots: frozenset[str] = field(default_factory=frozenset)

    @property
    def both_sides(self) -> bool:
        """Whether the finding may be bilateral."""
        return self.finding is not None and Laterality.BILATERAL in self.finding.sides.items


class Proofreader:
    """Checks sentences against one library."""

    def __init__(self, library: Library) -> None:
        self._known = library.wordings
        self._wording = _WordingIndex(library.wordings)

    def problem(self, template: Template, place: Place) -> str | None:
        """Return the first thing wrong with a sentence, or None."""
        return next(self._problems(template, place), None)

    def _problems(self, template: Template, place: Place) -> Iterator[str]:
        yield from self._bad_conditions(template, place)
        for concept in template.concepts:
            if concept not in self._known:
                yield f"concept {concept!r} is not declared under [concepts]"
        for slot in template.slots:
            yield from _bad_builtin(slot, place) if slot.name in BUILTIN else _bad_own_slot(slot, place)
        bilateral = place.both_sides and not {"unilateral", "left", "right"} & set(template.conditions)
        for variant in template.variants:
            for turn in range(1 if variant.fixed else _TURNS):
                yield from _bad_text(variant, place, turn, bilateral=bilateral)
            if unmarked := self._wording.unmarked(variant):
                yield f"{unmarked[0]!r} names {unmarked[1]} outside a mention"
            yield from _bad_measure(variant)

    def _bad_conditions(self, template: Template, place: Place) -> Iterator[str]:
        for condition in template.conditions:
            name, equals, value = condition.partition("=")
            if name == WITHOUT:
                if value not in self._known:
                    yield f"condition {condition!r}: the concept is not declared under [concepts]"
            elif equals:
                if name not in place.slots or value not in {v.id for v in place.slots[name].values.items}:
                    yield f"condition {condition!r}: no such slot or value id"
            elif condition[:5] in ("size>", "size<"):
                if not condition[5:].isdigit():
                    yield f"condition {condition!r}: a number of mm is wanted"
            elif condition not in FLAGS:
                known = ", ".join(sorted(FLAGS))
                yield f"unknown condition {condition!r}; known: {known}, size>N, size<N, slot=id, without=concept"


def _bad_builtin(slot: Slot, place: Place) -> Iterator[str]:
    name = slot.name
    if slot.form and name != "prior_exam":
        yield f"slot {name!r} has no form {slot.form!r}"
    if name in SIZE_SLOTS | {"prior"} and (place.finding is None or place.finding.size is None):
        yield f"slot {name!r} needs a finding with size = [least, most]"
    if name in SIDE_SLOTS and place.finding is None and not place.sided:
        yield f"slot {name!r} has no side here"
    if name in PRIOR_SLOTS and place.list_name not in COMPARING:
        yield f"slot {name!r} is for lists about an earlier exam: {', '.join(COMPARING)}"


def _bad_own_slot(slot: Slot, place: Place) -> Iterator[str]:
    spec = place.slots.get(slot.name)
    if spec is None and slot.name not in place.foreign_slots:
        yield f"slot {slot.name!r} is not defined; built in: {', '.join(sorted(BUILTIN))}"
    for value in spec.values.items if spec else ():
        if slot.form not in value.forms:
            yield f"slot {slot.name!r}: value {value.id!r} has no form {slot.form!r}"


def _bad_text(variant: Variant, place: Place, turn: int, *, bilateral: bool) -> Iterator[str]:
    text, spans = variant.render(lambda slot: _sample(slot, place.slots, turn, bilateral=bilateral))
    if not text or text != text.strip():
        yield f"empty, or space at an end: {text!r}"
    if place.stop and not text.endswith(_ENDS):
        yield f"no full stop at the end of {text!r}"
    if found := slip(text):
        yield f"French or spacing slip {found!r}"
    for start, end, _ in spans:
        if start == end or text[start:end] != text[start:end].strip():
            yield f"empty mention or space inside one: {text[start:end]!r}"
        if text[start - 1 : start].isalnum() or text[end : end + 1].isalnum():
            yield f"the mention {text[start:end]!r} cuts a word"


def _bad_measure(variant: Variant) -> Iterator[str]:
    asserted = any(isinstance(op, Mark) and op.assertion is Assertion.PRESENT for op in variant.ops)
    for op, after in zip(variant.ops, variant.ops[1:], strict=False):
        number = isinstance(op, Slot) and op.name == "num"
        if number and asserted and isinstance(after, str) and after.startswith((" mm", " cm")):
            yield "the size of a finding is written {size}, so that the truth knows it, not {num}"


def _sample(slot: Slot, slots: Mapping[str, SlotSpec], turn: int, *, bilateral: bool) -> str:
    if slot.name in SIDE_SLOTS:
        side = Laterality.BILATERAL if bilateral and turn % 2 else Laterality.LEFT
        return SIDE_FORMS[side].get(slot.name, "droite")
    if slot.name == "prior_exam":
        return article_forms(("le scanner", "l'IRM", "la radiographie", "l'échographie")[turn])[slot.form]
    if slot.name in _PERSON_SAMPLES:
        return _PERSON_SAMPLES[slot.name][turn % 2]
    spec = slots.get(slot.name)
    if spec and spec.values:
        values = spec.values.items
        return values[turn * 7 % len(values)].forms[slot.form]
    return "12"


_PERSON_SAMPLES = {
    "e": ("", "e"),
    "il": ("il", "elle"),
    "homme": ("homme", "femme"),
    "age": ("12 ans", "8 mois"),
}


class _WordingIndex:
    """Finds the wordings of concepts in text that no mention covers; plurals in s and x count as the same."""

    def __init__(self, wordings: Mapping[str, tuple[str, ...]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for concept, phrases in wordings.items():
            for phrase in phrases:
                words = _words(phrase)
                self._by_first.setdefault(words[0], []).append((words, concept))

    def unmarked(self, variant: Variant) -> tuple[str, str] | None:
        """Return the words and the concept of the first unmarked wording, or None."""
        for text in _outside(variant):
            words = _words(text)
            for at, word in enumerate(words):
                for phrase, concept in self._by_first.get(word, ()):
                    if words[at : at + len(phrase)] == phrase:
                        return " ".join(phrase), concept
        return None


def _words(text: str) -> tuple[str, ...]:
    for sign in "'’.,:;()-/":
        text = text.replace(sign, " ")
    return tuple(_singular(word) for word in text.split())


def _singular(word: str) -> str:
    # An acronym stays as it is: "EP" is not "ep".
    return word if word.isupper() and len(word) > 1 else word.lower().rstrip("sx")


def _outside(variant: Variant) -> Iterable[str]:
    inside = False
    for op in variant.ops:
        if isinstance(op, Mark):
            inside = True
        elif op is CLOSE:
            inside = False
        elif isinstance(op, str) and not inside:
            yield op

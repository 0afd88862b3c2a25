"""One report being written: fills slots, tests conditions, chooses sentences that contradict nothing said before."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from indexer.demo.french import OPPOSITE, SIDE_FORMS, article_forms, sizes, written_date
from indexer.demo.library import Library, Sentences, SlotValue, State
from indexer.demo.model import Assertion, Laterality, Mention, Section, Sex
from indexer.demo.patients import Lesion, Visit, draw_slot
from indexer.demo.styles import Style
from indexer.demo.template import OWN_SIDE, WITHOUT, Mark, Slot, Template, Variant, side_of

# What is said of the patient's or the family's past is not about the examined side.
_ELSEWHERE = (Assertion.HISTORICAL, Assertion.FAMILY)
_STATED = (Section.RESULTS, Section.CONCLUSION)
_SIDED = (Laterality.LEFT, Laterality.RIGHT, Laterality.BILATERAL)
_SIDE_WORDS = re.compile(r"\b([Dd]roite?s?|[Gg]auches?|[Bb]ilatéra(l|le|ux|les)|[Dd]eux|D|G)\b")


@dataclass(slots=True)
class Said:
    """A sentence with its mentions; offsets are relative to its text."""

    text: str
    mentions: list[Mention]


class Scene:
    """The state of one report: affirmed and denied concepts so far, slots drawn, the lesion being described."""

    def __init__(self, library: Library, visit: Visit, style: Style, rng: Random) -> None:
        self.library, self.visit, self.style, self.rng = library, visit, style, rng
        self.affirmed: set[str] = set()
        self.denied: set[str] = set()
        self.asked: set[str] = set()
        self.lesion: Lesion | None = None
        self.slots: dict[str, SlotValue | str] = {}
        self.centimetres = rng.random() < style.centimetres
        self.flags = frozenset(
            (
                "female" if visit.sex is Sex.FEMALE else "male",
                "child" if visit.age < 16 else "adult",
                "old" if visit.age >= 70 else "",
                "terse" if style.terse else "",
                "compared" if visit.past else "first",
                visit.side.value,
                "unilateral" if visit.side in OPPOSITE else "",
            )
        )
        for lesion in visit.lesions:
            if lesion.state not in (State.HISTORICAL, State.RESOLVED):
                self.affirmed |= library.closure(lesion.finding.concept)

    def say(self, sentences: Sentences, section: Section, lesion: Lesion | None = None) -> Said | None:
        """Choose, render and record one sentence; None if none is fit."""
        self.lesion = lesion
        variant = self._choose(sentences)
        if variant is None:
            return None
        text, spans = variant.render(self.fill)
        side = self.side
        other = OPPOSITE.get(side, Laterality.NONE)
        mentions = []
        for start, end, mark in spans:
            laterality = side_of(mark.side, side, other) if self._tells_side(mark, variant, text) else Laterality.NONE
            if laterality is Laterality.NONE and mark.assertion not in _ELSEWHERE:
                laterality = self.visit.side
            sized = mark.own and lesion is not None and lesion.finding.size is not None
            size = float(lesion.dims[0]) if sized and variant.states_size and lesion else None
            prior = float(lesion.prior[0]) if sized and variant.states_prior and lesion and lesion.prior else None
            mentions.append(Mention(mark.concept, mark.assertion, laterality, size, prior, section, start, end))
        if section in _STATED:
            self._record(variant)
        first = text[0]
        if first.islower():
            text = first.upper() + text[1:]
        return Said(text, mentions)

    def _tells_side(self, mark: Mark, variant: Variant, text: str) -> bool:
        """Whether the sentence lets its reader know the lesion's side: by words of its own or of a slot."""
        if mark.side not in OWN_SIDE or self.side not in _SIDED or _SIDE_WORDS.search(text):
            return True
        values = (self._slot_value(op.name) for op in variant.ops if isinstance(op, Slot) and op.name not in _BUILTIN)
        return any(isinstance(value, SlotValue) and value.side is self.side for value in values)

    @property
    def side(self) -> Laterality:
        """Side of the lesion being described, else of the exam."""
        return self.lesion.side if self.lesion else self.visit.side

    def _record(self, variant: Variant) -> None:
        self.denied |= variant.denies
        for concept in variant.affirms:
            self.affirmed |= self.library.closure(concept)

    def _choose(self, sentences: Sentences) -> Variant | None:
        if self.style.terse and sentences.terse and self.rng.random() < 0.8:
            found = self._first_fit(sentences.terse)
            if found:
                return found
        return self._first_fit(sentences.plain)

    def _first_fit(self, templates: tuple[Template, ...]) -> Variant | None:
        random, many = self.rng.random, len(templates)
        start = int(random() * many)
        for i in range(many):
            template = templates[(start + i) % many]
            if template.conditions and not all(self._holds(c) for c in template.conditions):
                continue
            variants = template.variants
            count = len(variants)
            turn = int(random() * count)
            for j in range(count):
                variant = variants[(turn + j) % count]
                if self._fits(variant):
                    return variant
        return None

    def _fits(self, variant: Variant) -> bool:
        if variant.denies and not self.affirmed.isdisjoint(variant.denies):
            return False
        if variant.affirms and self.denied:
            return all(self.library.closure(concept).isdisjoint(self.denied) for concept in variant.affirms)
        return True

    def _holds(self, condition: str) -> bool:
        lesion = self.lesion
        if condition in ("unilateral", "bilateral", "left", "right", "midline"):
            side = self.side
            return side in OPPOSITE if condition == "unilateral" else side.value == condition
        if condition in self.flags:
            return True
        if condition[:5] == "size>":
            return lesion is not None and lesion.dims[0] > int(condition[5:])
        if condition[:5] == "size<":
            return lesion is not None and 0 < lesion.dims[0] < int(condition[5:])
        name, equals, wanted = condition.partition("=")
        if name == WITHOUT:
            return wanted not in self.affirmed
        value = self._slot_value(name) if equals else None
        return isinstance(value, SlotValue) and value.id == wanted

    def _slot_value(self, name: str) -> SlotValue | str:
        if self.lesion and name in self.lesion.slots:
            return self.lesion.slots[name]
        if name not in self.slots:
            self.slots[name] = draw_slot(self.visit.exam.slots[name], self.rng)
        return self.slots[name]

    def fill(self, slot: Slot) -> str:
        """Write what a slot stands for."""
        name = slot.name
        if name in _BUILTIN:
            return _BUILTIN[name](self, slot)
        value = self._slot_value(name)
        return value if isinstance(value, str) else value.forms[slot.form]

    def size(self, dimensions: tuple[int, ...]) -> str:
        """Write dimensions in the unit and manner of this report."""
        return sizes(dimensions, centimetres=self.centimetres and dimensions[0] >= 10, cross=self.style.cross)


def _side(scene: Scene, slot: Slot) -> str:
    forms = SIDE_FORMS.get(scene.side)
    return forms[slot.name] if forms else slot.name


def _other_side(scene: Scene, slot: Slot) -> str:
    side = OPPOSITE.get(scene.side, Laterality.LEFT)
    return SIDE_FORMS[side][slot.name.removeprefix("autre ")]


def _dims(scene: Scene) -> tuple[int, int, int]:
    return scene.lesion.dims if scene.lesion else (10, 8, 6)


def _age(scene: Scene, _slot: Slot) -> str:
    age, visit = scene.visit.age, scene.visit
    if age >= 2:
        return f"{age} ans"
    months = (visit.day.year - visit.birth.year) * 12 + visit.day.month - visit.birth.month
    return f"{max(1, months - (visit.day.day < visit.birth.day))} mois"


def _number(scene: Scene, slot: Slot) -> str:
    low, high, places = slot.numbers
    value = low + (high - low) * scene.rng.random()
    return f"{value:.{places}f}".replace(".", ",")


def _prior_day(scene: Scene, _slot: Slot) -> str:
    past = scene.visit.past
    return written_date(past.day, scene.style.dates) if past else ""


def _prior_exam(scene: Scene, slot: Slot) -> str:
    past = scene.visit.past
    return article_forms(past.exam.name if past else scene.visit.exam.name)[slot.form]


def _interval(scene: Scene, _slot: Slot) -> str:
    past = scene.visit.past
    months = max(1, round((scene.visit.day - past.day).days / 30.4)) if past else 1
    return f"{months} mois" if months < 24 else f"{months // 12} ans"


def _female(scene: Scene) -> bool:
    return scene.visit.sex is Sex.FEMALE


_BUILTIN: dict[str, Callable[[Scene, Slot], str]] = {
    **dict.fromkeys(SIDE_FORMS[Laterality.RIGHT], _side),
    **dict.fromkeys(("autre droit", "autre droite", "autre à droite"), _other_side),
    "size": lambda scene, _slot: scene.size(_dims(scene)[:1]),
    "size2": lambda scene, _slot: scene.size(_dims(scene)[:2]),
    "size3": lambda scene, _slot: scene.size(_dims(scene)),
    "sizes": lambda scene, _slot: scene.size(_dims(scene)[: 1 + int(scene.rng.random() * 2.3)]),
    "small": lambda scene, _slot: scene.size((max(1, _dims(scene)[1] * 2 // 3),)),
    "prior": lambda scene, _slot: scene.size((scene.lesion.prior or scene.lesion.dims)[:1] if scene.lesion else (0,)),
    "prior_date": _prior_day,
    "prior_exam": _prior_exam,
    "interval": _interval,
    "num": _number,
    "age": _age,
    "e": lambda scene, _slot: "e" if _female(scene) else "",
    "il": lambda scene, _slot: "elle" if _female(scene) else "il",
    "homme": lambda scene, _slot: "femme" if _female(scene) else "homme",
}

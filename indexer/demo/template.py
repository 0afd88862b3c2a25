r"""The sentence markup of the data files, compiled once into flat variants that render fast.

    @unilateral,size>20 <Volumineux|Gros> [épanchement pleural] {droit} de {size}, sans [pneumothorax|pneumothorax:absent].

`@a,b ` conditions, `<x|y>` alternatives, `[words|concept:assertion:side]` a mention, `{form name}` a slot.
The full rules stand in data/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from indexer.demo.model import Assertion, Laterality

E = TypeVar("E", bound=StrEnum)
MAX_VARIANTS = 400
ASSERTED = (Assertion.PRESENT, Assertion.UNCERTAIN)
WITHOUT = "without"
"""`@without=concept`: the sentence denies a concept without naming it, so it is left out where that is affirmed."""


class MarkupError(ValueError):
    """A sentence that does not follow the markup."""


class SideRule(StrEnum):
    """Where a mention's laterality comes from. SELF: it names the finding itself, whose size it takes as well."""

    SAME = "same"
    SELF = "self"
    OTHER = "other"
    LEFT = "left"
    RIGHT = "right"
    BILATERAL = "bilateral"
    MIDLINE = "midline"
    NONE = "none"


OWN_SIDE = (SideRule.SAME, SideRule.SELF)


@dataclass(frozen=True, slots=True)
class Mark:
    """A mention in a sentence: its concept, what is said of it, and whether it is the finding's own."""

    concept: str
    assertion: Assertion
    side: SideRule
    own: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """A place filled when the sentence is rendered."""

    name: str
    form: str
    numbers: tuple[float, float, int] = (0.0, 0.0, 0)


@dataclass(frozen=True, slots=True)
class _Close:
    """End of a mention."""


CLOSE = _Close()
Op = str | Slot | Mark | _Close
Span = tuple[int, int, Mark]


@dataclass(frozen=True, slots=True)
class Variant:
    """One flat reading of a template.

    affirms, denies: concepts that its mentions state as present or uncertain, and as absent
    (a denial of the other side only is in neither).
    """

    ops: tuple[Op, ...]
    affirms: frozenset[str]
    denies: frozenset[str]
    states_size: bool
    states_prior: bool
    fixed: tuple[str, tuple[Span, ...]] | None

    def render(self, fill: Callable[[Slot], str]) -> tuple[str, Sequence[Span]]:
        """Return the text and its mentions, offsets relative to the text."""
        if self.fixed is not None:
            return self.fixed
        return _render(self.ops, fill)


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence of the data files, with its conditions."""

    source: str
    conditions: tuple[str, ...]
    variants: tuple[Variant, ...]
    slots: tuple[Slot, ...] = field(default=())
    concepts: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a bare mention means in a given list: own concept (None outside findings) and assertion."""

    concept: str | None
    assertion: Assertion


def compile_template(source: str, defaults: Defaults) -> Template:
    """Compile one sentence. Raises MarkupError."""
    conditions, body = _conditions(source)
    parser = _Parser(body, defaults)
    variants = tuple(_variant(ops) for ops in parser.parse())
    ops = [op for variant in variants for op in variant.ops]
    slots = tuple(dict.fromkeys(op for op in ops if isinstance(op, Slot)))
    concepts = tuple(dict.fromkeys(op.concept for op in ops if isinstance(op, Mark)))
    return Template(source, conditions, variants, slots, concepts)


def _conditions(source: str) -> tuple[tuple[str, ...], str]:
    if not source.startswith("@"):
        return (), source
    head, _, body = source.partition(" ")
    return tuple(head[1:].split(",")), body


def _render(ops: Iterable[Op], fill: Callable[[Slot], str]) -> tuple[str, list[Span]]:
    out: list[str] = []
    spans: list[Span] = []
    at = start = 0
    mark: Mark | None = None
    for op in ops:
        kind = type(op)
        if kind is Mark:
            mark, start = op, at  # type: ignore[assignment]
        elif kind is _Close:
            spans.append((start, at, mark))  # type: ignore[arg-type]
        else:
            text = op if kind is str else fill(op)  # type: ignore[arg-type]
            out.append(text)  # type: ignore[arg-type]
            at += len(text)  # type: ignore[arg-type]
    return "".join(out), spans


def _variant(ops: list[Op]) -> Variant:
    flat = _merged(ops)
    marks = [op for op in flat if isinstance(op, Mark)]
    names = {op.name for op in flat if isinstance(op, Slot)}
    fixed = None
    if not names:
        text, spans = _render(flat, lambda slot: slot.name)
        fixed = (text, tuple(spans))
    return Variant(
        ops=tuple(flat),
        affirms=frozenset(m.concept for m in marks if m.assertion in ASSERTED),
        denies=frozenset(m.concept for m in marks if m.assertion is Assertion.ABSENT and m.side is not SideRule.OTHER),
        states_size=bool(names & {"size", "size2", "size3", "sizes"}),
        states_prior="prior" in names,
        fixed=fixed,
    )


def _merged(ops: list[Op]) -> list[Op]:
    """Join neighbouring texts, and absorb the spaces that an empty alternative leaves behind."""
    out: list[Op] = []
    owed = ""  # a space met and not yet written: it goes after the end of a mention, and never before a stop
    for op in ops:
        if isinstance(op, str):
            text = owed + op.lstrip(" ") if owed else op
            if owed and op.lstrip(" ")[:1] in (".", ",", ")"):
                text = text[1:]
            owed = " " if text.endswith(" ") else ""
            text = text.rstrip(" ")
            if text and out and isinstance(out[-1], str):
                out[-1] = out[-1] + text
            elif text:
                out.append(text)
        else:
            if owed and op is not CLOSE:
                out = _append(out, owed)
                owed = ""
            out.append(op)
    return _append(out, owed)


def _append(out: list[Op], text: str) -> list[Op]:
    if text and out and isinstance(out[-1], str):
        out[-1] = out[-1] + text
    elif text:
        out.append(text)
    return out


_TOKEN = re.compile(r"[\[\]<>|{}]|[^\[\]<>|{}]+")
_REF = re.compile(r"([a-z0-9_]*)(?::([a-z]*))?(?::([a-z]+))?")
_NUMBERS = re.compile(r"num (\d+(?:,\d+)?) (\d+(?:,\d+)?)")
_SLOT = re.compile(r"(?:(de |à |- ?))?([A-Za-z_]\w*)(?:\.(\w+))?")


class _Parser:
    """Recursive descent over one sentence; every rule returns the list of its readings."""

    def __init__(self, body: str, defaults: Defaults) -> None:
        self.tokens: list[str] = _TOKEN.findall(body)
        self.at = 0
        self.defaults = defaults
        self.in_mention = False

    def parse(self) -> list[list[Op]]:
        readings = self._sequence(frozenset())
        if self.at < len(self.tokens):
            raise MarkupError(f"unexpected {self.tokens[self.at]!r}")
        return readings

    def _sequence(self, stops: frozenset[str]) -> list[list[Op]]:
        readings: list[list[Op]] = [[]]
        while self.at < len(self.tokens) and self.tokens[self.at] not in stops:
            token = self.tokens[self.at]
            self.at += 1
            choices = self._item(token)
            readings = [before + after for before in readings for after in choices]
            if len(readings) > MAX_VARIANTS:
                raise MarkupError(f"more than {MAX_VARIANTS} readings; split it into several sentences")
        return readings

    def _item(self, sign: str) -> list[list[Op]]:
        if sign == "[":
            return self._mention()
        if sign == "<":
            return self._alternatives()
        if sign == "{":
            return [[self._slot()]]
        if sign in "]>|}":
            raise MarkupError(f"unexpected {sign!r}")
        return [[sign]]

    def _expect(self, sign: str) -> None:
        if self.at >= len(self.tokens) or self.tokens[self.at] != sign:
            raise MarkupError(f"{sign!r} is missing")
        self.at += 1

    def _alternatives(self) -> list[list[Op]]:
        readings = self._sequence(frozenset("|>"))
        while self.at < len(self.tokens) and self.tokens[self.at] == "|":
            self.at += 1
            readings = readings + self._sequence(frozenset("|>"))
        self._expect(">")
        return readings

    def _mention(self) -> list[list[Op]]:
        if self.in_mention:
            raise MarkupError("a mention inside a mention")
        self.in_mention = True
        words = self._sequence(frozenset("|]"))
        self.in_mention = False
        reference = ""
        if self.at < len(self.tokens) and self.tokens[self.at] == "|":
            self.at += 1
            reference = self.tokens[self.at] if self.at < len(self.tokens) else ""
            self.at += 1
        self._expect("]")
        mark = self._mark(reference)
        return [[mark, *reading, CLOSE] for reading in words]

    def _mark(self, reference: str) -> Mark:
        found = _REF.fullmatch(reference)
        if not found:
            raise MarkupError(f"mention reference {reference!r}, wanted concept:assertion:side")
        concept = found[1] or self.defaults.concept
        if not concept:
            raise MarkupError("a mention outside a finding must name its concept: [words|concept]")
        own = concept == self.defaults.concept
        assertion = _member(Assertion, found[2], self.defaults.assertion)
        side = _member(SideRule, found[3], SideRule.SAME if own else SideRule.NONE)
        return Mark(concept, assertion, side, own or side is SideRule.SELF)

    def _slot(self) -> Slot:
        body = self.tokens[self.at] if self.at < len(self.tokens) else ""
        self.at += 1
        self._expect("}")
        if numbers := _NUMBERS.fullmatch(body):
            places = max(len(n.partition(",")[2]) for n in numbers.groups())
            low, high = (float(n.replace(",", ".")) for n in numbers.groups())
            return Slot("num", "", (low, high, places))
        if body in ("à droite", "autre droit", "autre droite", "autre à droite"):
            return Slot(body, "")
        found = _SLOT.fullmatch(body)
        if not found:
            raise MarkupError(f"slot {body!r}, wanted {{name}}, {{de name}}, {{à name}}, {{- name}} or {{name.form}}")
        return Slot(found[2], found[3] or (found[1] or "").strip())


def _member(kind: type[E], value: str | None, default: E) -> E:
    if not value:
        return default
    try:
        return kind(value)
    except ValueError:
        raise MarkupError(f"{value!r} is none of {', '.join(kind)}") from None


def side_of(rule: SideRule, own: Laterality, other: Laterality) -> Laterality:
    """Resolve a mention's laterality from its rule, the finding's side and the opposite one."""
    if rule in OWN_SIDE:
        return own
    if rule is SideRule.OTHER:
        return other
    return Laterality(rule.value)

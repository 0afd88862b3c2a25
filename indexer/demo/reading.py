"""From the TOML files to a validated Library."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from indexer.demo.entry import Entry
from indexer.demo.errors import DemoDataError
from indexer.demo.french import article_forms
from indexer.demo.library import (
    ASSERTION_OF,
    EVOLVING,
    Aspect,
    Exam,
    Finding,
    Library,
    Organ,
    Sentences,
    SlotSpec,
    SlotValue,
    State,
    Weighted,
)
from indexer.demo.model import Assertion, Laterality, Sex
from indexer.demo.template import Defaults
from indexer.demo.validation import validate

T = TypeVar("T")
MODALITIES = ("CT", "MR", "US", "DX", "MG", "XA", "RF", "NM", "PT")
REGIONS = (
    "head", "neck", "thorax", "breast", "heart", "abdomen", "pelvis", "spine", "upper_limb", "lower_limb", "whole_body",
)  # fmt: skip
_LISTS = {
    "indications": Assertion.ASKED,
    "followup": Assertion.ASKED,
    "history": Assertion.HISTORICAL,
    "compared": Assertion.HISTORICAL,
    "mimics": Assertion.ABSENT,
    "advice": Assertion.PRESENT,
}


@dataclass
class _Area:
    """One file, with what it takes from those that it uses."""

    name: str
    slots: dict[str, SlotSpec] = field(default_factory=dict)
    organs: dict[str, Organ] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    exams: dict[str, Exam] = field(default_factory=dict)


@lru_cache(maxsize=1)
def library() -> Library:
    """Read and validate every file of the data folder, once. Raises DemoDataError."""
    folder = files("indexer.demo") / "data"
    texts = {item.name: item.read_text(encoding="utf-8") for item in folder.iterdir() if item.name.endswith(".toml")}
    # The shared concepts first: where another file differs, it is that file that is at fault.
    order = sorted(texts, key=lambda name: (name != "concepts.toml", name))
    return read_library({name: texts[name] for name in order})


def library_of(paths: Iterable[Path]) -> Library:
    """Read and validate the given files, with concepts.toml and the files that they use."""
    folder = Path(str(files("indexer.demo") / "data"))
    todo = [folder / "concepts.toml", *paths]
    texts: dict[str, str] = {}
    while todo:
        path = todo.pop(0)
        if path.name not in texts:
            texts[path.name] = path.read_text(encoding="utf-8")
            used = _parse(path.name, texts[path.name]).strings("uses", ())
            todo += [folder / f"{name}.toml" for name in used]
    return read_library(texts)


def read_library(texts: Mapping[str, str]) -> Library:
    """Build the library from file names and their TOML. Raises DemoDataError, naming the file and the entry."""
    roots = {name: _parse(name, text) for name, text in texts.items()}
    wordings, implies = _concepts(roots.values())
    areas: dict[str, _Area] = {}
    for name in roots:
        _area(name, roots, areas, ())
    exams: dict[str, Exam] = {}
    for name, area in areas.items():
        for key, exam in area.exams.items():
            if key in exams:
                raise DemoDataError(name, f"exam.{key}", "another file has this exam")
            exams[key] = exam
    found = Library(exams, wordings, implies)
    for name, area in areas.items():
        validate(name, area.slots, area.organs, area.findings, area.exams, library=found)
    return found


def _parse(name: str, text: str) -> Entry:
    try:
        return Entry(name, "", tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        raise DemoDataError(name, "top level", f"not valid TOML: {exc}") from exc


def _concepts(roots: Iterable[Entry]) -> tuple[dict[str, tuple[str, ...]], dict[str, frozenset[str]]]:
    wordings: dict[str, tuple[str, ...]] = {}
    implies: dict[str, frozenset[str]] = {}
    for root in roots:
        _add_wordings(root.entry("concepts"), wordings)
        broader = root.entry("implies")
        for key in broader.keys():  # noqa: SIM118 (Entry is not a mapping)
            implies[key] = implies.get(key, frozenset()) | frozenset(broader.strings(key))
    for root in roots:
        for key in root.entry("implies").keys():  # noqa: SIM118
            undeclared = [concept for concept in (key, *sorted(implies[key])) if concept not in wordings]
            if undeclared:
                raise root.error(f"implies.{key}: concept {undeclared[0]!r} is not declared under [concepts]")
    return wordings, implies


def _add_wordings(table: Entry, wordings: dict[str, tuple[str, ...]]) -> None:
    for key in table.keys():  # noqa: SIM118
        words = table.strings(key)
        if not words:
            raise table.error(f"{key} has no label")
        known = wordings.get(key, words)
        if known[0] != words[0]:
            raise table.error(f"{key} is {words[0]!r} here and {known[0]!r} in another file")
        wordings[key] = tuple(dict.fromkeys(known + words))


def _area(name: str, roots: Mapping[str, Entry], areas: dict[str, _Area], above: tuple[str, ...]) -> _Area:
    if name in areas:
        return areas[name]
    if name not in roots or name in above:
        raise DemoDataError(above[-1], "uses", f"{name} does not exist or uses this file in its turn")
    root, area = roots[name], _Area(name)
    for used in root.strings("uses", ()):
        other = _area(f"{used}.toml", roots, areas, (*above, name))
        area.slots |= other.slots
        area.organs |= other.organs
        area.findings |= other.findings
    area.slots |= {key: _slot(key, entry) for key, entry in root.entries("slot")}
    area.organs |= {key: _organ(key, entry) for key, entry in root.entries("organ")}
    area.findings |= {key: _finding(key, entry, area.slots) for key, entry in root.entries("finding")}
    area.exams = {key: _exam(key, entry, area) for key, entry in root.entries("exam")}
    root.finish()
    areas[name] = area
    return area


def _slot(key: str, entry: Entry) -> SlotSpec:
    numbers = None
    if entry.has("range"):
        low, high = entry.integers("range", 2)
        places = int(entry.number("places", 0))
        numbers = (low / 10**places, high / 10**places, places)
    values = Weighted(_slot_value(entry, value) for value in entry.tables("values"))
    scope = entry.text("scope", "finding")
    if scope not in ("finding", "report"):
        raise entry.error(f"scope = {scope!r}; known: finding, report")
    if bool(values) == bool(numbers):
        raise entry.error("either values or range is wanted")
    entry.finish()
    return SlotSpec(key, values, numbers, scope == "report")


def _slot_value(parent: Entry, value: object) -> tuple[SlotValue, float]:
    if isinstance(value, str):
        return SlotValue(value, article_forms(value), None), 1.0
    entry = Entry(parent.file, f"{parent.path}.values", value)
    text = entry.text("fr")
    side = entry.member("side", Laterality, entry.text("side")) if entry.has("side") else None
    weight = entry.number("weight", 1.0)
    extra = {key: entry.text(key) for key in entry.keys() if key not in ("fr", "side", "weight", "id")}  # noqa: SIM118
    found = SlotValue(entry.text("id", text), article_forms(text) | extra, side)
    return found, weight


def _organ(key: str, entry: Entry) -> Organ:
    defaults = Defaults(None, Assertion.ABSENT)
    normal = entry.entry("normal")
    aspects = tuple(Aspect(f"{key}.{name}", normal.sentences(name, defaults)) for name in normal.keys())  # noqa: SIM118
    organ = Organ(key, entry.text("heading"), entry.text("group", ""), aspects, entry.sentences("whole", defaults))
    if not aspects:
        raise entry.error("no [normal] sentences")
    entry.finish()
    return organ


def _by_state(entry: Entry, key: str, concept: str) -> dict[State, Sentences]:
    table = entry.entry(key)
    found = {}
    for name in table.keys():  # noqa: SIM118
        state = table.member(key, State, name)
        found[state] = table.sentences(name, Defaults(concept, ASSERTION_OF[state]))
    return found


def _sex(entry: Entry) -> Sex | None:
    return entry.member("sex", Sex, entry.text("sex")) if entry.has("sex") else None


def _finding(key: str, entry: Entry, shared: Mapping[str, SlotSpec]) -> Finding:
    concept = entry.text("concept", key)
    own = {name: _slot(name, sub) for name, sub in entry.entries("slot")}
    results = _by_state(entry, "results", concept)
    course = entry.members("course", State) or {state: 1.0 for state in EVOLVING if state in results}
    low, high = entry.integers("ages", 2, (0, 120))
    slow, fast = entry.integers("growth", 2, (20, 80))
    size = entry.integers("size", 2) if entry.has("size") else None
    lists = {name: entry.sentences(name, Defaults(concept, said)) for name, said in _LISTS.items()}
    conclusion = _by_state(entry, "conclusion", concept)
    used = {
        slot.name
        for some in (*results.values(), *conclusion.values(), *lists.values())
        for t in some.every
        for slot in t.slots
    }
    specs = own | {name: spec for name, spec in shared.items() if name in used and name not in own}
    finding = Finding(
        key=key,
        concept=concept,
        at=entry.strings("at"),
        replaces=frozenset(entry.strings("replaces", ())),
        removes=frozenset(entry.strings("removes", ())),
        sides=Weighted(entry.members("sides", Laterality).items()),
        size=(size[0], size[1]) if size else None,
        growth=(slow, fast),
        sex=_sex(entry),
        ages=(low, high),
        slots=tuple(spec for spec in specs.values() if not spec.per_report),
        certainty=Weighted((entry.members("certainty", State) or {State.PRESENT: 1.0}).items()),
        course=course,
        chronic=entry.flag("chronic"),
        results=results,
        conclusion=conclusion,
        companions=tuple(entry.weights("companions").items()),
        **lists,
    )
    entry.finish()
    return finding


def _exam(key: str, entry: Entry, area: _Area) -> Exam:
    low, usual, high = entry.integers("ages", 3)
    gap = entry.integers("gap_days", 2, (60, 500))
    organs = tuple(_known(entry, "organs", name, area.organs) for name in entry.strings("organs"))
    conclusion = entry.entry("conclusion")
    asked, absent = Defaults(None, Assertion.ASKED), Defaults(None, Assertion.ABSENT)
    again = entry.weights("again") or {key: 1.0}
    exam = Exam(
        key=key,
        modality=_one_of(entry, "modality", entry.text("modality"), MODALITIES),
        regions=tuple(_one_of(entry, "regions", region, REGIONS) for region in entry.strings("regions")),
        name=entry.text("name"),
        weight=entry.number("weight"),
        sex=_sex(entry),
        female=entry.number("female", 0.5),
        ages=(low, usual, high),
        sides=Weighted(entry.members("sides", Laterality).items()),
        normal=entry.number("normal"),
        again=Weighted(again.items()),
        compares=frozenset(entry.strings("compares", ())) | {key},
        gap_days=(gap[0], gap[1]),
        organs=organs,
        always=frozenset(entry.strings("always", ())),
        findings=Weighted(
            (_known(entry, "findings", n, area.findings), w) for n, w in entry.weights("findings").items()
        ),
        incidental=tuple(
            (_known(entry, "incidental", n, area.findings), p) for n, p in entry.weights("incidental").items()
        ),
        titles=entry.sentences("titles", asked),
        indications=entry.sentences("indications", asked),
        histories=entry.sentences("histories", Defaults(None, Assertion.HISTORICAL)),
        families=entry.sentences("families", Defaults(None, Assertion.FAMILY)),
        technique=entry.sentences("technique", absent),
        conclusion_normal=conclusion.sentences("normal", absent),
        conclusion_denies=conclusion.sentences("denies", absent),
        defined=dict(area.findings),
        slots=area.slots,
    )
    conclusion.finish()
    entry.finish()
    return exam


def _known(entry: Entry, key: str, name: str, table: Mapping[str, T]) -> T:
    if name not in table:
        raise entry.error(f"{key}: {name!r} is not defined in this file nor in those that it uses")
    return table[name]


def _one_of(entry: Entry, key: str, value: str, valid: tuple[str, ...]) -> str:
    if value not in valid:
        raise entry.error(f"{key}: {value!r} is none of {', '.join(valid)}")
    return value

"""Reads the annotated passages; malformed markup is refused.

One passage a line, a line break in it written \\n, comments after #. A line may begin with its context in braces:
regions of the exam and at most one section (`{thorax, indication}`); a line that begins with ? is a known failing. A
mention is `[words|concept assertion ...]`, then in any order a side (left, right, bilateral, midline), a size (`12mm`) and an
earlier size (`prior=6mm`). Whatever a passage names is annotated; other mentions found there are false.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.report import Assertion, BodyRegion, Laterality, SectionKind

FOLDER = Path(__file__).parent
_CONTEXT = re.compile(r"\{([^{}]*)\}\s*")
_MENTION = re.compile(r"\[([^\[\]|]+)\|([a-z0-9_]+) ([^\[\]|]+)\]")
_SIZE = re.compile(r"(prior=)?(\d+(?:\.\d+)?)mm")


@dataclass(frozen=True, slots=True)
class Expected:
    """A mention as annotated: characters start to end (exclusive) of the passage's text; sizes in mm."""

    concept: str
    assertion: Assertion
    start: int
    end: int
    side: Laterality | None = None
    size: float | None = None
    prior: float | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage without its markup, and what it says. failing: known to be read wrongly, to be mended."""

    origin: str
    text: str
    expected: tuple[Expected, ...]
    regions: frozenset[BodyRegion]
    section: SectionKind
    failing: bool


class MarkupError(ValueError):
    """A passage that is not marked up as it should be."""


def passages() -> list[Passage]:
    """Every passage of every file, in order."""
    return [p for path in sorted(FOLDER.glob("*.txt")) for p in read_passages(path)]


def read_passages(path: Path) -> Iterator[Passage]:
    """The passages of one file. Raises MarkupError with the line."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield parse_passage(line.strip(), f"{path.stem}:{number}")


def parse_passage(line: str, origin: str) -> Passage:
    """One line as a passage."""
    failing = line.startswith("?")
    line = line.removeprefix("?").lstrip().replace("\\n", "\n")
    regions, section = frozenset[BodyRegion](), SectionKind.RESULTS
    if context := _CONTEXT.match(line):
        regions, section = _context(context[1], origin)
        line = line[context.end() :]
    text, expected, at = "", [], 0
    for match in _MENTION.finditer(line):
        text += line[at : match.start()]
        expected.append(_expected(match, len(text), origin))
        text += match[1]
        at = match.end()
    text += line[at:]
    if set("[]|{}") & set(text):
        raise MarkupError(f"{origin}: a mark is left open or malformed")
    return Passage(origin, text, tuple(expected), regions, section, failing)


def _context(words: str, origin: str) -> tuple[frozenset[BodyRegion], SectionKind]:
    regions, section = set(), SectionKind.RESULTS
    for word in (w.strip() for w in words.split(",")):
        if word in set(BodyRegion):
            regions.add(BodyRegion(word))
        elif word in set(SectionKind):
            section = SectionKind(word)
        else:
            raise MarkupError(f"{origin}: {word!r} is neither a region nor a section")
    return frozenset(regions), section


def _expected(match: re.Match[str], start: int, origin: str) -> Expected:
    assertion, *options = match[3].split()
    side, sizes = None, dict[str, float]()
    try:
        for option in options:
            if size := _SIZE.fullmatch(option):
                sizes[size[1] or ""] = float(size[2])
            else:
                side = Laterality(option)
        stated = Assertion(assertion)
    except ValueError as exc:
        raise MarkupError(f"{origin}: {exc}") from exc
    end = start + len(match[1])
    return Expected(match[2], stated, start, end, side, sizes.get(""), sizes.get("prior="))

"""The gate's development set: invented passages with their identifiers marked as `[[LABEL|words]]`.

    python -m tests.privacy_set.passages out.jsonl      what `radiotheque evaluate-privacy` reads

Malformed markup is refused: a passage with a wrong mark would measure nothing.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indexer.privacy.identifiers import Category

_FILES = ("identifiers.txt", "traps.txt", "lines.txt")
_MARK = re.compile(r"\[\[(?P<label>[A-Z_]+)\|(?P<words>[^\[\]|]+)\]\]")


class MarkupError(ValueError):
    """A passage whose marks cannot be read."""


@dataclass(frozen=True)
class Annotated:
    """A passage without its marks, and the identifiers in it: (start, end, category)."""

    passage_id: str
    text: str
    spans: tuple[tuple[int, int, Category], ...]


def parse(passage_id: str, marked: str) -> Annotated:
    """Read one passage. Raises MarkupError."""
    text, spans, done = "", [], 0
    for match in _MARK.finditer(marked):
        if match["label"].lower() not in set(Category):
            raise MarkupError(f"{passage_id}: unknown label {match['label']}; valid: {', '.join(Category)}")
        text += marked[done : match.start()]
        spans.append((len(text), len(text) + len(match["words"]), Category(match["label"].lower())))
        text += match["words"]
        done = match.end()
    text += marked[done:]
    if "[[" in text or "]]" in text:
        raise MarkupError(f"{passage_id}: a mark is not closed or not of the form [[LABEL|words]]")
    return Annotated(passage_id, text, tuple(spans))


def check_passages() -> Iterator[Annotated]:
    """The check set, written without knowledge of the rules: what it shows is nearer to what other texts will."""
    return _read(("check.txt",))


def passages() -> Iterator[Annotated]:
    """Every passage of the development set."""
    return _read(_FILES)


def _read(names: tuple[str, ...]) -> Iterator[Annotated]:
    seen: set[str] = set()
    for name in names:
        for block in re.split(r"^=== ", (Path(__file__).parent / name).read_text(encoding="utf-8"), flags=re.MULTILINE)[
            1:
        ]:
            passage_id, _, body = block.partition("\n")
            if passage_id in seen:
                raise MarkupError(f"{passage_id} stands twice")
            seen.add(passage_id)
            yield parse(passage_id.strip(), body.strip("\n"))


def write(path: Path) -> None:
    """The set as JSON Lines: id, text, spans with start, end and label."""
    with path.open("w", encoding="utf-8") as out:
        for passage in passages():
            spans = [{"start": s, "end": e, "label": label.value} for s, e, label in passage.spans]
            out.write(
                json.dumps({"id": passage.passage_id, "text": passage.text, "spans": spans}, ensure_ascii=False) + "\n"
            )


if __name__ == "__main__":
    write(Path(sys.argv[1]))

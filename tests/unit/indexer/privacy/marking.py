"""What a detector finds in a text, written as marks in the text itself."""

from indexer.privacy.identifiers import Detector, resolve
from tests.privacy_set.passages import parse


def unmarked(marked: str) -> str:
    return parse("example", marked).text


def marked_by(detector: Detector, text: str) -> str:
    """The text with each identifier found as `[[LABEL|words]]`; overlapping ones as one."""
    out, done = "", 0
    for one in resolve(detector.find(text)):
        out += f"{text[done : one.start]}[[{one.category.value.upper()}|{text[one.start : one.end]}]]"
        done = one.end
    return out + text[done:]

"""Whether a line that no heading announces tells of the patient, not of the images.

It names a person with an age ("F 34 a, ..."), or it has more words of complaints, illness and treatment than of what is
seen: a report's first line may as well be its result. Both lists are in `clinical.toml`.
"""

import re
from functools import lru_cache

from indexer.language.tables import table
from indexer.words import fold

_CHARS = 600
"""Of a longer line the beginning is read."""
_ENOUGH = 2
"""So many different words of the patient tell; and as many again for each word of what is seen ("Breslow 4,2 mm")."""
_FIRST = 3
"""One complaint is enough among so many words that a line begins with ("Chute à vélo.")."""
_AGE = r"[ ,.(]{0,2}(?:agee?s? )?(?:de |d')?\d{1,3} ?(?:ans?|a|mois|semaines?|jours?|years?)\b"
_PERSON = re.compile(
    r"\b(?:hommes?|femme|dame|patiente?|pte?|(?:monsieur|madame|mademoiselle|mr|mme|mlle)(?: [a-z]\b\.?)?|enfant|garcon|fille|fillette"
    r"|nourrisson|nouveau-nee?|jeune \w+|adolescente?|sujet|man|woman|boy|girl|male|female)" + _AGE
)
_BEGINNING = re.compile(
    rf"\W{{0,3}}(?:(?:[hfm]|bebe){_AGE}|\d{{1,3}} ?(?:ans|mois)\b(?! apres)|\d{{1,3}} ?(?:[fm]|y/?o)\b"
    r"|\d{1,3}[- ](?:year|month|week|day)s?[- ]old|[^.\d]{3,40}, \d{1,3} ans[,.])"
)
_SPACES = re.compile(r"\s+")
_SENTENCE = re.compile(r"[^\s.?!;][^\n.?!;]*(?:[.?!;](?!\s)[^\n.?!;]*)*")


def is_clinical(line: str, *, goes_on: bool = False) -> bool:
    """Whether a line is about the patient. goes_on: it stands right below one that is. Reads its first characters."""
    said = _folded(line)
    seen = len(_words("seen").findall(said))
    if _BEGINNING.match(said) or _PERSON.match(said):
        return seen < _ENOUGH
    if _PERSON.search(said) and not seen:
        return True
    complaints = set(_words("complaint").findall(said))
    if complaints and not seen and _words("complaint").search(" ".join(said.split()[:_FIRST])):
        return True
    return len(complaints | set(_words("patient").findall(said))) >= (_ENOUGH - goes_on) * (1 + seen)


def describes_images(line: str) -> bool:
    """Whether a line has words of what is seen."""
    return _words("seen").search(_folded(line)) is not None


def is_about_patient(line: str) -> bool:
    """Whether a line has words of complaints, illness or treatment."""
    said = _folded(line)
    return any(_words(name).search(said) is not None for name in ("complaint", "patient"))


def seen_from(line: str) -> int | None:
    """Where, in a line that begins with the patient, the first sentence of nothing but images begins."""
    for sentence in _SENTENCE.finditer(line, 0, _CHARS):
        said = sentence.group()
        if sentence.start() > 0 and describes_images(said) and not is_about_patient(said):
            return sentence.start()
    return None


def _folded(line: str) -> str:
    return _SPACES.sub(" ", fold(line[:_CHARS])).replace("’", "'").strip()


@lru_cache(maxsize=3)
def _words(name: str) -> re.Pattern[str]:
    words = "|".join(table("clinical")[name])
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")

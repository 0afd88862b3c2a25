"""French surface forms: articles, elision, sides, numbers, sizes, dates; and a check for the usual slips."""

from __future__ import annotations

import re
from datetime import date

from indexer.demo.model import Laterality

# Words with an aspirated h met in radiology: no elision before them.
_ASPIRATED = (
    "hernie",
    "hanche",
    "haut",
    "hil",
    "huit",
    "hachur",
    "halo",
    "hamart",
    "handicap",
    "hauteur",
    "héros",
    "houppe",
)
_VOWELS = "aàâeéèêiîïoôœuùûyh"

_SIDE_SLOTS = ("droit", "droite", "droits", "droites", "à droite", "D")
_SIDE_WORDS = {
    Laterality.RIGHT: ("droit", "droite", "droits", "droites", "à droite", "D"),
    Laterality.LEFT: ("gauche", "gauche", "gauches", "gauches", "à gauche", "G"),
    Laterality.BILATERAL: (
        "bilatéral", "bilatérale", "bilatéraux", "bilatérales", "des deux côtés", "bilat.",
    ),
    Laterality.MIDLINE: (
        "médian", "médiane", "médians", "médianes", "sur la ligne médiane", "médian",
    ),
}  # fmt: skip
SIDE_FORMS = {side: dict(zip(_SIDE_SLOTS, words, strict=True)) for side, words in _SIDE_WORDS.items()}
OPPOSITE = {Laterality.LEFT: Laterality.RIGHT, Laterality.RIGHT: Laterality.LEFT}
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def elides(word: str) -> bool:
    """Say whether de, le, la lose their vowel before this word."""
    low = word.lower()
    return low[:1] in _VOWELS and not low.startswith(_ASPIRATED) and low[:3] not in ("yeu", "yao", "onz", "oui")


def article_forms(text: str) -> dict[str, str]:
    """Give a noun phrase in its four uses: as it is (""), bare ("-"), after de ("de") and after à ("à").

    text starts with its article, le, la, l', les, or has none.
    """
    if text.startswith("le "):
        return {"": text, "-": text[3:], "de": "du " + text[3:], "à": "au " + text[3:]}
    if text.startswith("les "):
        return {"": text, "-": text[4:], "de": "des " + text[4:], "à": "aux " + text[4:]}
    if text.startswith(("la ", "l'")):
        bare = text[3:] if text.startswith("la ") else text[2:]
        return {"": text, "-": bare, "de": "de " + text, "à": "à " + text}
    return {"": text, "-": text, "de": ("d'" if elides(text) else "de ") + text, "à": "à " + text}


def decimal(value: float, places: int = 0) -> str:
    """Write a number with a decimal comma and no useless zero: 1,2 or 3."""
    if places == 0:
        return str(round(value))
    text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return text.replace(".", ",")


def sizes(dimensions: tuple[int, ...], *, centimetres: bool, cross: str) -> str:
    """Write one to three dimensions given in mm: "12 x 9 mm" or "1,2 x 0,9 cm"."""
    if centimetres:
        return cross.join(decimal(mm / 10, 1) for mm in dimensions) + " cm"
    return cross.join(str(mm) for mm in dimensions) + " mm"


def written_date(day: date, form: str) -> str:
    """Write a date: form is "slash", "dot" or "words"."""
    if form == "words":
        number = "1er" if day.day == 1 else str(day.day)
        return f"{number} {MONTHS[day.month - 1]} {day.year}"
    return day.strftime("%d.%m.%Y" if form == "dot" else "%d/%m/%Y")


_CONTRACTION = re.compile(r"\b(?:de|à) (?:le|les)\b(?! (?:long|plus))", re.IGNORECASE)
_ELISION = re.compile(r"\b(?:de|le|la|que|ne|se|jusque|lorsque) ([a-zàâéèêîïôœùûh]\w*)", re.IGNORECASE)
_APOSTROPHE = re.compile(r"\b(?:[dlnsjc]|qu)'([^aàâeéèêiîïoôœuùûyh0-9])", re.IGNORECASE)
_ASPIRATED_ELIDED = re.compile(rf"\b[dl]'(?:{'|'.join(_ASPIRATED)})", re.IGNORECASE)
# A paired organ in the singular is never "bilatéral": the sentence wants @unilateral.
_PAIRED = re.compile(
    r"\b(?:rein|poumon|sein|ovaire|genou|hanche|épaule|bras|pied|membre|lobe|testicule"
    r"|(?:kyste|nodule|calcul)(?: \w+)?) bilatérale?\b",
    re.IGNORECASE,
)
_SPACING = re.compile(r"  | [.,)]|\( |[\[\]{}<>|@]|\.\.|,\.|,,")


def slip(text: str) -> str | None:
    """Return the first grammatical or typographic slip of a text, or None.

    Looks for contractions and elisions, missing or wrong, for doubled or misplaced spaces, for left-over markup.
    """
    for pattern in (_CONTRACTION, _APOSTROPHE, _ASPIRATED_ELIDED, _SPACING, _PAIRED):
        if found := pattern.search(text):
            return text[max(0, found.start() - 10) : found.end() + 10]
    for found in _ELISION.finditer(text):
        if elides(found.group(1)) and not _acronym(found.group(1)):
            return found.group(0)
    return None


def _acronym(word: str) -> bool:
    """Say whether a word is read letter by letter: "de IRM" is a slip, "de HSD" is not."""
    return word.isupper() and word[:1].upper() in "HUY"

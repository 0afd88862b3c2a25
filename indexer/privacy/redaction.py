"""What stands in the place of identifiers in a redacted report."""

from collections.abc import Callable, Sequence

from indexer.privacy.identifiers import Category, Identifier

MARKS = {
    Category.NAME: "[NOM]",
    Category.BIRTH_DATE: "[DATE DE NAISSANCE]",
    Category.DATE: "[DATE]",
    Category.AGE: "[PLUS DE 89 ANS]",
    Category.ADDRESS: "[ADRESSE]",
    Category.LOCATION: "[LIEU]",
    Category.PHONE: "[TÉLÉPHONE]",
    Category.EMAIL: "[COURRIEL]",
    Category.URL: "[SITE]",
    Category.NIR: "[NIR]",
    Category.PROVIDER_ID: "[N° PROFESSIONNEL]",
    Category.PATIENT_ID: "[N° PATIENT]",
    Category.EXAM_ID: "[N° EXAMEN]",
    Category.HOSPITAL: "[ÉTABLISSEMENT]",
    Category.COMPANY: "[ENTREPRISE]",
    Category.DEVICE: "[N° DE SÉRIE]",
}


def replaced(text: str, found: Sequence[Identifier], replacement: Callable[[Identifier], str]) -> str:
    """The text with every identifier replaced. found: in order, none overlapping."""
    pieces, done = [], 0
    for one in found:
        pieces += [text[done : one.start], replacement(one)]
        done = one.end
    return "".join([*pieces, text[done:]])


def redacted(text: str, found: Sequence[Identifier]) -> str:
    """The text with a category mark for every identifier."""
    return replaced(text, found, lambda one: MARKS[one.category])

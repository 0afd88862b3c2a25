"""Markup of what the gate held back: pure functions from answers to HTML, as in `render.py`."""

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from search_app.answers import Decision, Held, HeldRecord, Identifier
from search_app.i18n import Texts
from search_app.render import SEPARATOR, escape
from search_app.vocabulary import IdentifierCategory


class Family(StrEnum):
    """What an identifier tells of a patient; each family has one colour."""

    PERSON = "person"
    TIME = "time"
    PLACE = "place"
    CONTACT = "contact"
    NUMBER = "number"


FAMILIES: Final = {
    IdentifierCategory.NAME: Family.PERSON,
    IdentifierCategory.BIRTH_DATE: Family.TIME,
    IdentifierCategory.DATE: Family.TIME,
    IdentifierCategory.AGE: Family.TIME,
    IdentifierCategory.ADDRESS: Family.PLACE,
    IdentifierCategory.LOCATION: Family.PLACE,
    IdentifierCategory.HOSPITAL: Family.PLACE,
    IdentifierCategory.COMPANY: Family.PLACE,
    IdentifierCategory.PHONE: Family.CONTACT,
    IdentifierCategory.EMAIL: Family.CONTACT,
    IdentifierCategory.URL: Family.CONTACT,
    IdentifierCategory.NIR: Family.NUMBER,
    IdentifierCategory.PROVIDER_ID: Family.NUMBER,
    IdentifierCategory.PATIENT_ID: Family.NUMBER,
    IdentifierCategory.EXAM_ID: Family.NUMBER,
    IdentifierCategory.DEVICE: Family.NUMBER,
}


def identified(text: str, identifiers: Iterable[Identifier], t: Texts) -> str:
    """Escaped text with every identifier marked in its family's colour, and its category as title and label.

    Of two that overlap, the second is marked from the end of the first; what lies outside the text is cut off.
    """
    pieces: list[str] = []
    done = 0
    for found in sorted(identifiers, key=lambda one: (one.start, one.end)):
        start, end = max(found.start, done), min(found.end, len(text))
        if start < end:
            pieces += [escape(text[done:start]), _mark(escape(text[start:end]), found.category, t)]
            done = end
    return "".join([*pieces, escape(text[done:])])


def _mark(inside: str, category: IdentifierCategory, t: Texts) -> str:
    name = escape(t(f"quarantine.category.{category}"))
    # The label is drawn by the style sheet, so that it is not copied with the text.
    return f'<mark class="rt-id rt-id-{FAMILIES[category]}" title="{name}" data-name="{name}">{inside}</mark>'


def legend(held: Held, t: Texts) -> str:
    """Why a record was held back: the categories found, in their colours, with how many there are of each."""
    items = "".join(
        f'<li class="rt-id rt-id-{FAMILIES[category]}">{escape(_counted(category, n, t))}</li>'
        for category, n in held.categories.items()
    )
    return (
        f'<div class="rt-legend"><span>{escape(reason_of(held, t))}</span>{f"<ul>{items}</ul>" if items else ""}</div>'
    )


def categories_line(held: Held, t: Texts) -> str:
    """What was found in a record, in a few words: plain text."""
    names = [_counted(category, n, t) for category, n in held.categories.items()]
    return ", ".join(names) or reason_of(held, t)


def _counted(category: IdentifierCategory, n: int, t: Texts) -> str:
    name = t(f"quarantine.category.{category}")
    return name if n == 1 else t("quarantine.times", name=name, n=n)


def reason_of(held: Held, t: Texts) -> str:
    """Why a record was held back: plain text."""
    return t(f"quarantine.reason.{held.reason.name.lower()}")


def place_of(held: Held, t: Texts) -> str:
    """The file and the line that a record came from: plain text."""
    return t("quarantine.place", file=held.file, line=held.line)


def record_facts(held: Held, t: Texts) -> str:
    """Which record it is, from where, and since when it is held back."""
    number, since = t("quarantine.number", number=str(held.number)), t("quarantine.since", date=_day(held.at, t))
    return f'<p class="rt-facts rt-held-facts">{escape(SEPARATOR.join([number, place_of(held, t), since]))}</p>'


def record_text(record: HeldRecord, t: Texts) -> str:
    """The whole text, its line breaks kept, with what was found in it."""
    if not record.text.strip():
        return f'<p class="rt-muted">{escape(t("quarantine.no_text"))}</p>'
    return f'<p class="rt-text">{identified(record.text, record.identifiers, t)}</p>'


def decisions_list(decisions: Iterable[Decision], t: Texts) -> str:
    """What was decided so far, oldest first."""
    items = "".join(f"<li>{_decision(one, t)}</li>" for one in decisions)
    return f'<ul class="rt-decisions">{items}</ul>' if items else ""


def _decision(one: Decision, t: Texts) -> str:
    verdict = t(f"quarantine.decided.{one.verdict}")
    by = t("quarantine.decided_by", who=one.who, date=_day(one.at, t))
    return f"<strong>{escape(verdict)}</strong> {escape(by)}<br>{escape(t('quarantine.quoted', words=one.why))}"


def _day(at: dt.datetime, t: Texts) -> str:
    return t.date(at.astimezone().date())

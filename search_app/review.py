"""A reviewer's session: name, reasons as typed so far, and what came of the last decision.

All of it stays in the session. A reason belongs to its record: going to another record and back loses nothing, and
no reason is ever recorded for a record that it was not typed for.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import streamlit as st

from search_app.client import ApiDown, ApiFault, ApiRefused, Client, NewDecision
from search_app.shell import go_to
from search_app.state import View
from search_app.vocabulary import Verdict

MAX_WHO: Final = 100
MAX_WHY: Final = 500
"""Characters; the API takes no longer reasons."""

REVIEWER_BOX: Final = "quarantine_reviewer_box"

_REVIEWER: Final = "quarantine_reviewer"
_KNOWN: Final = "quarantine_reviewer_known"
_REASONS: Final = "quarantine_reasons"
_NOTE: Final = "quarantine_note"

_REFUSALS: Final[dict[int, str]] = {
    HTTPStatus.BAD_REQUEST: "quarantine.fault.refused",
    HTTPStatus.UNPROCESSABLE_ENTITY: "quarantine.fault.refused",
    HTTPStatus.NOT_FOUND: "quarantine.fault.gone",
    HTTPStatus.SERVICE_UNAVAILABLE: "quarantine.fault.busy",
}


@dataclass(frozen=True, slots=True)
class Note:
    """What came of the last decision, on record `number`.

    key: of its sentence. shown_at: the record beside which it is shown, None if none is left. done: whether the
    decision was recorded. said: the API's own words, if any.
    """

    key: str
    number: int
    shown_at: int | None
    done: bool = False
    said: str = ""


def reviewer() -> str:
    """The reviewer's name; empty until it is given."""
    return str(st.session_state.get(REVIEWER_BOX, st.session_state.get(_REVIEWER, ""))).strip()


def reviewer_known() -> bool:
    """Whether a decision was recorded in the reviewer's name, so that it need not be asked again."""
    return bool(st.session_state.get(_KNOWN)) and bool(reviewer())


def ask_reviewer() -> None:
    """Ask for the name again."""
    st.session_state[_KNOWN] = False


def keep_reviewer() -> None:
    """Keep the name that was typed, whatever becomes of its field."""
    st.session_state[_REVIEWER] = st.session_state[REVIEWER_BOX]


def fill_reviewer() -> None:
    """Put the kept name into its field, before it is drawn."""
    st.session_state.setdefault(REVIEWER_BOX, st.session_state.get(_REVIEWER, ""))


def reason_box(number: int) -> str:
    """The key of the field for a record's reason."""
    return f"quarantine_reason_{number}"


def reason(number: int) -> str:
    """The reason typed for a record so far."""
    return str(st.session_state.get(reason_box(number), _reasons().get(number, ""))).strip()


def keep_reason(number: int) -> None:
    """Keep the reason that was typed, whatever becomes of its field."""
    _reasons()[number] = st.session_state[reason_box(number)]


def fill_reason(number: int) -> None:
    """Put the kept reason into its field, before it is drawn."""
    st.session_state.setdefault(reason_box(number), _reasons().get(number, ""))


def suggest_reason(number: int, sentence: str) -> None:
    """Take a ready-made reason."""
    st.session_state[reason_box(number)] = _reasons()[number] = sentence


def note() -> Note | None:
    """What came of the last decision."""
    found: Note | None = st.session_state.get(_NOTE)
    return found


def decide(api: Client, number: int, verdict: Verdict, after: View) -> None:
    """Record a decision and go on to `after`; if something is missing or fails, stay, and keep what was typed."""
    who, why = reviewer(), reason(number)
    if not who or not why:
        missing = "quarantine.missing_reason" if who else "quarantine.missing_reviewer"
        st.session_state[_NOTE] = Note(missing, number, number)
        return
    try:
        decided = api.decide(number, NewDecision(verdict, who, why))
    except ApiFault as fault:
        st.session_state[_NOTE] = fault_note(number, fault)
        return
    done = Note(_done(verdict, decided.indexed), number, after.record, done=True)
    st.session_state.update({_REVIEWER: who, _KNOWN: True, _NOTE: done})
    _reasons().pop(number, None)
    go_to(after)


def fault_note(number: int, fault: ApiFault) -> Note:
    """A fault of the API as a sentence, beside the record that it kept from being decided on."""
    if isinstance(fault, ApiRefused):
        return Note(_REFUSALS.get(fault.status, "quarantine.fault.failed"), number, number, said=fault.message)
    failure = fault.reason if isinstance(fault, ApiDown) else "failed"
    return Note(f"quarantine.fault.{failure}", number, number)


def _done(verdict: Verdict, indexed: int) -> str:
    if verdict is Verdict.RELEASED and not indexed:
        return "quarantine.done.unindexed"
    return f"quarantine.done.{verdict}"


def _reasons() -> dict[int, str]:
    kept: dict[int, str] = st.session_state.setdefault(_REASONS, {})
    return kept

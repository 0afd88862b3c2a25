"""The gate: every report passes it, and what it does is counted. It fails closed.

Detectors say what identifies; the policy says what becomes of the report. A detector that raises is no permission: the
report is held back.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from indexer.privacy.detectors.abroad import AbroadDetector
from indexer.privacy.detectors.addresses import AddressDetector
from indexer.privacy.detectors.companies import CompanyDetector
from indexer.privacy.detectors.contacts import ContactDetector
from indexer.privacy.detectors.dates import DateDetector
from indexer.privacy.detectors.hospitals import HospitalDetector
from indexer.privacy.detectors.names import NameDetector
from indexer.privacy.detectors.numbers import NumberDetector
from indexer.privacy.detectors.places import PlaceDetector
from indexer.privacy.identifiers import Category, Detector, Identifier, resolve
from indexer.privacy.known import known_identifiers
from indexer.privacy.own_rules import OwnRules, load_own_rules
from indexer.privacy.pseudonyms import Pseudonyms
from indexer.privacy.redaction import redacted
from indexer.privacy.surrogates import Surrogates
from indexer.report import MASK, Policy, Screening
from indexer.settings import Settings

DETECTORS = (
    NameDetector,
    ContactDetector,
    NumberDetector,
    DateDetector,
    AddressDetector,
    PlaceDetector,
    HospitalDetector,
    CompanyDetector,
    AbroadDetector,
)
RULES_VERSION = "3"
"""Raised whenever a rule or a list changes: it is kept with every report and run."""


@dataclass(frozen=True, slots=True)
class Screened:
    """What came of a report at the gate.

    text: to be indexed, None if the report is held back. found: what was found in the original text, in order.
    shift_days: by how much the report's own dates are to move. fault: why a detector failed, by its kind only.
    """

    text: str | None
    found: tuple[Identifier, ...]
    shift_days: int = 0
    fault: str | None = None

    def __repr__(self) -> str:
        return f"Screened(text={MASK}, found={len(self.found)}, fault={self.fault!r})"

    def note(self, policy: Policy, *, released: bool = False) -> Screening:
        """What the catalog keeps of it: counts only."""
        return Screening(policy, RULES_VERSION, dict(Counter(one.category for one in self.found)), released)


class Gate:
    """Finds identifiers and applies the policy. own: an institution's names, patterns and words to keep.

    threshold: confidence from which something found counts. tolerated: categories that hold no report back under
    `verify`; the other policies replace them all the same.
    """

    def __init__(
        self,
        policy: Policy,
        detectors: Sequence[Detector],
        *,
        threshold: float = 0.5,
        tolerated: Iterable[Category] = (),
        own: OwnRules | None = None,
    ) -> None:
        self.policy = policy
        self._own = own or OwnRules()
        self._detectors = tuple(detectors)
        self._threshold = threshold
        self._tolerated = frozenset(tolerated)

    def find(self, text: str, known: Sequence[str] = ()) -> list[Identifier]:
        """Every identifier above the threshold, in order, none overlapping. known: the record's identifying values."""
        found = [one for detector in (*self._detectors, self._own) for one in detector.find(text)]
        found += known_identifiers(text, [value for value in known if value.strip()])
        return resolve(
            one for one in found if one.confidence >= self._threshold and not self._own.keeps(text[one.start : one.end])
        )

    def screen(self, text: str, known: Sequence[str], pseudonyms: Pseudonyms, patient: str) -> Screened:
        """Apply the policy to a text. patient: the key that surrogates are drawn for."""
        if self.policy is Policy.OFF:
            return Screened(text, ())
        try:
            found = tuple(self.find(text, known))
        except Exception as exc:  # noqa: BLE001 (fails closed: whatever it is, the report is held back)
            return Screened(None, (), fault=type(exc).__name__)
        if self.policy is Policy.VERIFY:
            held = any(one.category not in self._tolerated for one in found)
            return Screened(None if held else text, found)
        if self.policy is Policy.REDACT:
            return Screened(redacted(text, found), found)
        surrogates = Surrogates(pseudonyms, patient)
        return Screened(surrogates.applied(text, found), found, surrogates.shift_days)


def load_gate(settings: Settings) -> Gate:
    """The gate that the settings ask for. Raises SettingsError, PrivacyError."""
    return Gate(
        settings.privacy_policy,
        [kind() for kind in DETECTORS] if settings.privacy_policy is not Policy.OFF else [],
        threshold=settings.privacy_threshold,
        tolerated=settings.privacy_tolerated,
        own=load_own_rules(settings.privacy_rules) if settings.privacy_rules else None,
    )

"""Fictional patients over time: who is examined, when, what is found, and how it evolves."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from indexer.demo.french import decimal
from indexer.demo.library import Exam, Finding, Library, SlotSpec, SlotValue, State, Weighted
from indexer.demo.model import Laterality, Sex

FIRST_DAY, LAST_DAY = date(2016, 1, 1), date(2025, 12, 31)
MOST_LESIONS = 5
_OLDEST = 89
"""Above it an age in a text identifies: the demo corpus has none."""
_EXAMS_PER_PATIENT = Weighted(((1, 46), (2, 26), (3, 13), (4, 8), (5, 4), (6, 3)))
_AGAIN_RATE = 0.65
_NEW_MAIN_RATE = 0.2
_COMPARED_RATE = 0.92


@dataclass(frozen=True, slots=True)
class Lesion:
    """One finding in one patient at one exam. dims: three dimensions in mm, largest first; prior: former ones."""

    finding: Finding
    state: State
    side: Laterality
    slots: dict[str, SlotValue | str]
    dims: tuple[int, int, int]
    prior: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class PastExam:
    """An earlier exam of the same patient."""

    exam: Exam
    day: date
    side: Laterality
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Visit:
    """One exam of one patient, ready to be reported; the main lesion comes first if has_main."""

    exam: Exam
    day: date
    sex: Sex
    birth: date
    side: Laterality
    lesions: tuple[Lesion, ...]
    has_main: bool
    past: PastExam | None

    @property
    def age(self) -> int:
        """Age in whole years on the day."""
        return _age(self.birth, self.day)


@dataclass
class Patient:
    """What stays from one exam to the next."""

    sex: Sex
    birth: date
    lesions: dict[str, Lesion] = field(default_factory=dict)
    past: list[PastExam] = field(default_factory=list)


class Clinic:
    """Draws patients from a library."""

    def __init__(self, library: Library) -> None:
        self._exams = list(library.exams.values())
        self._by_key = library.exams
        self._first = Weighted((exam, exam.weight) for exam in self._exams)

    def visits(self, rng: Random) -> Iterator[Visit]:
        """Yield the exams of one new patient, in order of date."""
        wanted = _EXAMS_PER_PATIENT.draw(rng)
        exam = self._first.draw(rng)
        patient, day = _patient(exam, wanted, rng)
        side = _side(exam, rng)
        for _ in range(wanted):
            visit = _examine(patient, exam, day, side, rng)
            yield visit
            low, high = exam.gap_days
            day += timedelta(days=rng.randint(low, high))
            if day > LAST_DAY:
                return
            following = self._following(patient, exam, side, day, rng)
            if following is None:
                return
            exam, side = following

    def _following(
        self, patient: Patient, exam: Exam, side: Laterality, day: date, rng: Random
    ) -> tuple[Exam, Laterality] | None:
        age = _age(patient.birth, day)
        if exam.again and rng.random() < _AGAIN_RATE:
            other = self._by_key[exam.again.draw(rng)]
            if _eligible(other, patient.sex, age):
                return other, side if other.sides and side is not Laterality.NONE else _side(other, rng)
        fit = [other for other in self._exams if _eligible(other, patient.sex, age)]
        if not fit:
            return None
        sums = list(accumulate(other.weight for other in fit))
        other = fit[bisect(sums, rng.random() * sums[-1])]
        return other, _side(other, rng)


def _age(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _eligible(exam: Exam, sex: Sex, age: int) -> bool:
    if exam.female in (0.0, 1.0) and sex is not (Sex.FEMALE if exam.female else Sex.MALE):
        return False
    return exam.sex in (None, sex) and exam.ages[0] <= age <= min(exam.ages[2], _OLDEST)


def _side(exam: Exam, rng: Random) -> Laterality:
    return exam.sides.draw(rng) if exam.sides else Laterality.NONE


def _patient(exam: Exam, wanted: int, rng: Random) -> tuple[Patient, date]:
    sex = exam.sex or (Sex.FEMALE if rng.random() < exam.female else Sex.MALE)
    low, usual, high = exam.ages
    age = min(int(rng.triangular(low, high + 0.999, usual)), _OLDEST)
    span = (LAST_DAY - FIRST_DAY).days
    day = FIRST_DAY + timedelta(days=int(span * rng.random() * (1.0 if wanted == 1 else 0.75)))
    birth = date(day.year - age, day.month, min(day.day, 28)) - timedelta(days=rng.randrange(364))
    return Patient(sex, birth), day


def _examine(patient: Patient, exam: Exam, day: date, side: Laterality, rng: Random) -> Visit:
    past = _comparable(patient, exam, side)
    if past and rng.random() > _COMPARED_RATE:
        past = None
    chosen = _Choice(patient, exam, side, _age(patient.birth, day))
    for lesion in list(patient.lesions.values()):
        if (then := _carried(lesion, exam, side, past, rng)) and chosen.fits(then.finding):
            chosen.lesions.append(then)
    followed = chosen.put_main_first()
    if rng.random() < (_NEW_MAIN_RATE if followed else 1.0 - exam.normal):
        has_main = chosen.add(exam.findings.draw(rng), rng, first=not followed) or followed
    else:
        has_main = followed
    for finding, rate in exam.incidental:
        if rng.random() < rate and not _would_have_been_seen(patient, finding):
            chosen.add(finding, rng)
    visit = Visit(exam, day, patient.sex, patient.birth, side, tuple(chosen.lesions), has_main, past)
    _remember(patient, visit)
    return visit


def _would_have_been_seen(patient: Patient, finding: Finding) -> bool:
    """Whether an earlier exam that shows such a lasting finding did not: it then does not turn up later."""
    return finding.chronic and any(past.exam.usable.get(finding.key) is finding for past in patient.past)


def _comparable(patient: Patient, exam: Exam, side: Laterality) -> PastExam | None:
    fit = (past for past in reversed(patient.past) if past.exam.key in exam.compares and past.side is side)
    return next(fit, None)


def _remember(patient: Patient, visit: Visit) -> None:
    seen = {lesion.finding.key for lesion in visit.lesions}
    for key in [k for k, old in patient.lesions.items() if visit.exam.usable.get(k) is old.finding and k not in seen]:
        # Not seen again by an exam that would show it: healed.
        if not visit.exam.sides or patient.lesions[key].side is visit.side:
            del patient.lesions[key]
    for lesion in visit.lesions:
        patient.lesions[lesion.finding.key] = lesion
        if lesion.state is State.RESOLVED:
            del patient.lesions[lesion.finding.key]
    keys = frozenset(lesion.finding.key for lesion in visit.lesions)
    patient.past.append(PastExam(visit.exam, visit.day, visit.side, keys))


def _carried(lesion: Lesion, exam: Exam, side: Laterality, past: PastExam | None, rng: Random) -> Lesion | None:
    finding = lesion.finding
    if exam.usable.get(finding.key) is not finding or (exam.sides and lesion.side is not side):
        return None
    if lesion.state is State.HISTORICAL:
        return lesion
    known = past is not None and finding.key in past.keys
    course = {state: weight for state, weight in finding.course.items() if _may_take(lesion, state)}
    if known and course and lesion.state is not State.UNCERTAIN:
        return _evolved(lesion, Weighted(course.items()).draw(rng), rng)
    if not finding.chronic:
        return None
    state = lesion.state if lesion.state is State.UNCERTAIN else State.PRESENT
    return replace(lesion, state=state, prior=None)


def _may_take(lesion: Lesion, state: State) -> bool:
    size, largest = lesion.finding.size, lesion.dims[0]
    if size is None or state not in (State.GROWING, State.SHRINKING):
        return True
    return largest <= size[1] * 1.3 if state is State.GROWING else largest >= 6


def _evolved(lesion: Lesion, state: State, rng: Random) -> Lesion:
    low, high = lesion.finding.growth
    rate = 1.0 + rng.uniform(low, high) / 100
    factor = {State.GROWING: rate, State.SHRINKING: 1 / rate}.get(state, 1.0)
    a, b, c = (max(1, round(mm * factor)) for mm in lesion.dims)
    if state is State.GROWING and a == lesion.dims[0]:
        a += 1
    return replace(lesion, state=state, dims=(a, b, c), prior=lesion.dims)


class _Choice:
    """The lesions of one exam, kept compatible with the patient and with each other."""

    def __init__(self, patient: Patient, exam: Exam, side: Laterality, age: int) -> None:
        self.patient, self.exam, self.side, self.age = patient, exam, side, age
        self.lesions: list[Lesion] = []

    def put_main_first(self) -> bool:
        """Put first the carried lesion that this exam is for; say whether there is one."""
        main = {finding.key for finding in self.exam.findings.items}
        self.lesions.sort(key=lambda lesion: not (lesion.prior and lesion.finding.key in main))
        return bool(self.lesions) and self.lesions[0].prior is not None and self.lesions[0].finding.key in main

    def fits(self, finding: Finding) -> bool:
        low, high = finding.ages
        if finding.sex not in (None, self.patient.sex) or not low <= self.age <= high:
            return False
        place = self.exam.place_of(finding)
        if place is None or len(self.lesions) >= MOST_LESIONS:
            return False
        return all(self._agree(finding, place, lesion.finding) for lesion in self.lesions)

    def _agree(self, finding: Finding, place: str, other: Finding) -> bool:
        there = self.exam.place_of(other) or ""
        return (
            finding.concept != other.concept
            and not {place, place.partition(".")[0]} & other.removes
            and not {there, there.partition(".")[0]} & finding.removes
        )

    def add(self, finding: Finding, rng: Random, *, first: bool = False) -> bool:
        if not self.fits(finding):
            return False
        lesion = _lesion(finding, self.side, rng)
        self.lesions.insert(0, lesion) if first else self.lesions.append(lesion)
        if lesion.state is not State.HISTORICAL:
            for key, rate in finding.companions:
                if rng.random() < rate and key in self.exam.usable:
                    self.add(self.exam.usable[key], rng)
        return True


def _lesion(finding: Finding, exam_side: Laterality, rng: Random) -> Lesion:
    slots: dict[str, SlotValue | str] = {spec.name: draw_slot(spec, rng) for spec in finding.slots}
    side = exam_side
    if side is Laterality.NONE and finding.sides:
        side = finding.sides.draw(rng)
    for value in slots.values():
        if isinstance(value, SlotValue) and value.side:
            side = value.side
    return Lesion(finding, finding.certainty.draw(rng), side, slots, _dims(finding, rng))


def _dims(finding: Finding, rng: Random) -> tuple[int, int, int]:
    if finding.size is None:
        return (0, 0, 0)
    low, high = finding.size
    # Squared: small lesions are commoner than large ones.
    largest = round(low + (high - low) * rng.random() ** 2)
    second = max(1, round(largest * rng.uniform(0.6, 0.97)))
    return (largest, second, max(1, round(second * rng.uniform(0.65, 1.0))))


def draw_slot(spec: SlotSpec, rng: Random) -> SlotValue | str:
    """Draw a filling of a slot."""
    if spec.numbers is None:
        return spec.values.draw(rng)
    low, high, places = spec.numbers
    return decimal(rng.uniform(low, high), places)

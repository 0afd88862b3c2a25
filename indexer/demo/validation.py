"""What the data files must hold beyond their shape: references that lead somewhere, and enough variety."""

from __future__ import annotations

from collections.abc import Mapping

from indexer.demo.errors import DemoDataError
from indexer.demo.library import EVOLVING, Exam, Finding, Library, Organ, Sentences, SlotSpec, State
from indexer.demo.proofreading import SIDE_SLOTS, Place, Proofreader

_LEAST_READINGS = {"results.present": 4, "conclusion.present": 2}
_LEAST_IN_EXAM = {"titles": 2, "indications": 3, "technique": 2, "conclusion.normal": 3}


def validate(
    file: str,
    slots: Mapping[str, SlotSpec],
    organs: Mapping[str, Organ],
    findings: Mapping[str, Finding],
    exams: Mapping[str, Exam],
    *,
    library: Library,
) -> None:
    """Check one file, with what it takes from others. Raises DemoDataError at the first fault."""
    check = _Check(file, library, slots)
    for organ in organs.values():
        check.organ(organ)
    for finding in findings.values():
        check.finding(finding, organs, findings)
    for exam in exams.values():
        check.exam(exam)


class _Check:
    def __init__(self, file: str, library: Library, slots: Mapping[str, SlotSpec]) -> None:
        self.file, self.library, self.slots = file, library, slots
        self.reader = Proofreader(library)
        self.report_slots = frozenset(name for name, spec in slots.items() if spec.per_report)

    def fail(self, entry: str, problem: str) -> DemoDataError:
        return DemoDataError(self.file, entry, problem)

    def organ(self, organ: Organ) -> None:
        entry = f"organ.{organ.key}"
        for aspect in organ.aspects:
            name = aspect.key.partition(".")[2]
            # An organ may be used by an exam that has a side: its sentences may then write it.
            self.sentences(f"{entry}.normal", name, aspect.normal, Place(name, self.slots, sided=True))
            if aspect.normal.readings < 2:
                raise self.fail(f"{entry}.normal.{name}", "two readings or more are wanted, @terse ones apart")
        self.sentences(entry, "whole", organ.whole, Place("whole", self.slots, sided=True))

    def finding(self, finding: Finding, organs: Mapping[str, Organ], findings: Mapping[str, Finding]) -> None:
        entry = f"finding.{finding.key}"
        if finding.concept not in self.library.wordings:
            raise self.fail(entry, f"concept {finding.concept!r} is not declared under [concepts]")
        self._references(entry, finding, organs, findings)
        self._states(entry, finding)
        slots = {spec.name: spec for spec in finding.slots}
        for name, sentences in finding.sentences:
            place = Place(name.rpartition(".")[2], slots, finding, foreign_slots=self.report_slots)
            self.sentences(entry, name, sentences, place)
            least = _LEAST_READINGS.get(name, 0)
            if sentences and sentences.readings < least:
                raise self.fail(f"{entry}.{name}", f"{sentences.readings} readings; {least} or more are wanted")

    def _references(
        self, entry: str, finding: Finding, organs: Mapping[str, Organ], findings: Mapping[str, Finding]
    ) -> None:
        aspects = {aspect.key for organ in organs.values() for aspect in organ.aspects}
        for key in (*finding.at, *sorted(finding.replaces)):
            if key not in aspects:
                raise self.fail(entry, f"at/replaces: {key!r} is no organ.aspect of this file")
        for key in sorted(finding.removes):
            if key not in organs and key not in aspects:
                raise self.fail(entry, f"removes: {key!r} is no organ nor organ.aspect of this file")
        for key, _ in finding.companions:
            if key not in findings:
                raise self.fail(entry, f"companions: {key!r} is no finding of this file")

    def _states(self, entry: str, finding: Finding) -> None:
        if not finding.results:
            raise self.fail(entry, "no results sentences")
        for state in (*finding.certainty.items, *finding.course):
            if state not in finding.results:
                raise self.fail(entry, f"state {state} has a weight and no results.{state} sentences")
        if any(state in EVOLVING for state in finding.certainty.items):
            raise self.fail(entry, "certainty takes present, uncertain and historical only")
        sided = [spec for spec in finding.slots if any(value.side for value in spec.values.items)]
        if len(sided) > 1 or (sided and finding.sides):
            raise self.fail(entry, "the side comes from sides or from one slot, not from both")

    def exam(self, exam: Exam) -> None:
        entry = f"exam.{exam.key}"
        for name, sentences in exam.sentences:
            if sentences.readings < _LEAST_IN_EXAM.get(name, 0):
                raise self.fail(f"{entry}.{name}", f"{_LEAST_IN_EXAM[name]} readings or more are wanted")
            place = Place(name, self.slots, stop=name != "titles", sided=bool(exam.sides))
            self.sentences(entry, name, sentences, place)
        self._exam_references(entry, exam)
        for finding in exam.findings.items:
            for state in finding.certainty.items:
                if state is not State.HISTORICAL and not finding.conclusion.get(state):
                    raise self.fail(entry, f"finding {finding.key} has no conclusion.{state} sentences")

    def _exam_references(self, entry: str, exam: Exam) -> None:
        for key in sorted(exam.always - exam.aspects):
            raise self.fail(entry, f"always: {key!r} is no organ.aspect of this exam")
        for key in (*exam.again.items, *sorted(exam.compares)):
            if key not in self.library.exams:
                raise self.fail(entry, f"again/compares: {key!r} is no exam")
        for finding in (*exam.findings.items, *(finding for finding, _ in exam.incidental)):
            self._usable(entry, exam, finding)

    def _usable(self, entry: str, exam: Exam, finding: Finding) -> None:
        if exam.place_of(finding) is None:
            raise self.fail(entry, f"finding {finding.key} is at {', '.join(finding.at)}: no organ of this exam")
        names = {slot.name for _, some in finding.sentences for t in some.every for slot in t.slots}
        sided = finding.sides or exam.sides or any(v.side for spec in finding.slots for v in spec.values.items)
        if names & SIDE_SLOTS and not sided:
            raise self.fail(entry, f"finding {finding.key} writes its side and has none: give it sides")

    def sentences(self, entry: str, name: str, sentences: Sentences, place: Place) -> None:
        for template in sentences.every:
            if problem := self.reader.problem(template, place):
                raise self.fail(f"{entry}.{name}", f"{problem}, in {template.source!r}")

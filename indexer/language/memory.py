"""What a section's statements leave for those behind them: topic, side, label, the finding named last, sizes of organs."""

from collections import deque
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from indexer.language.labels import Labels
from indexer.language.places import Mention, Reading, Surroundings
from indexer.language.scopes import Scope
from indexer.language.sides import together
from indexer.language.statements import Statement
from indexer.language.tokens import Token
from indexer.report import Assertion, BodyRegion, Change, Laterality, SectionKind

_RECENT = 6
_BARE_TOKENS = 6
"""A statement no longer than that names hardly more than a finding ("Pas de lithiase visible.")."""
_SIDED = frozenset((BodyRegion.UPPER_LIMB, BodyRegion.LOWER_LIMB))


@dataclass(frozen=True, slots=True)
class Exam:
    """What is known of the exam. side: of the limb or breast examined; titled_side: where its title says so.

    sites: those that its title names.

    titled: the regions that its title names; those of the exam where it names none.
    """

    regions: frozenset[BodyRegion] = frozenset()
    side: Laterality = Laterality.NONE
    sites: tuple[str, ...] = ()
    titled: frozenset[BodyRegion] = frozenset()
    titled_side: Laterality = Laterality.NONE

    @property
    def one_sided(self) -> bool:
        """Whether all that is seen is on the exam's side."""
        if self.titled == {BodyRegion.BREAST}:  # an indication tells of one breast, both are looked at
            return self.side is self.titled_side and self.side in (Laterality.LEFT, Laterality.RIGHT)
        limb = not self.titled.isdisjoint(_SIDED)  # "IRM du bassin et de la hanche gauche"
        return self.side is not Laterality.NONE and limb and self.titled <= _SIDED | {BodyRegion.PELVIS}


@dataclass(slots=True)
class Stated:
    """A mention in the making."""

    mention: Mention
    assertion: Assertion
    side: Laterality
    tokens: Sequence[Token]
    section: SectionKind
    current: list[float] = field(default_factory=list)
    prior: list[float] = field(default_factory=list)
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """Sizes (mm) of something that is described at some sites and not named."""

    sites: tuple[str, ...]
    side: Laterality
    values: tuple[float, ...]


@dataclass(slots=True)
class Ledger:
    """What is kept of a whole report. organ_sizes: by site. described: sites and side of what is described, not named.

    known: findings that the indication says to be there, beside those that it asks for.
    measured: what is measured of that.
    """

    organ_sizes: dict[str, list[float]] = field(default_factory=dict)
    described: list[tuple[tuple[str, ...], Laterality]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    measured: list[Measured] = field(default_factory=list)


class Memory:
    """What the statements of a section leave for those behind them. past: the section is one of antecedents."""

    _TOPIC_STATEMENTS = 3

    def __init__(self, exam: Exam, labels: Labels, ledger: Ledger) -> None:
        self.exam = exam
        self.ledger = ledger
        self.labels = labels
        self.side = exam.side
        self.carried: Assertion | None = None
        self.past = False
        self.last: Stated | None = None
        self.recent: deque[Stated] = deque(maxlen=_RECENT)
        self.homes: tuple[str, ...] = ()
        self._topics: tuple[str, ...] = ()
        self._topic_side = Laterality.NONE
        self._of_parts = False
        self._age = 0
        self._line = -1

    def turn(self, statement: Statement) -> None:
        """A new statement begins."""
        if self.carried is not None and not (statement.bullet or statement.line == self._line):
            self.carried = None
        self._age += 1
        if self._age > self._TOPIC_STATEMENTS:
            self._topics, self._topic_side = (), Laterality.NONE

    def surroundings(self, statement: Statement, labelled: int) -> Surroundings:
        """For the mentions of the next statement. labelled: how many tokens of it its label takes."""
        homes = self.homes if len(statement.tokens) <= _BARE_TOKENS else ()
        topics = (*self._topics, *self.exam.sites)
        return Surroundings(self.exam.regions, self.labels.sites, topics, homes, labelled)

    def side_for(self, mention: Mention, wholes: Set[str]) -> Laterality:
        """The side of a finding that its statement gives none. wholes: its site and all that this is a part of.

        "Rein gauche petit. Dilatation pyélocalicielle": a part of the organ of the statement before is on its side.
        """
        if mention.inherited is not None and mention.inherited in self.labels.sites:
            said = self.labels.side
        elif mention.inherited is not None and mention.inherited in self._topics:
            said = self._topic_side
        else:
            said = self.labels.side
            if said is Laterality.NONE and self._of_parts and not wholes.isdisjoint(self._topics):
                said = self._topic_side
        return self.exam.side if said is Laterality.NONE and self.exam.one_sided else said

    def learn(
        self,
        statement: Statement,
        reading: Reading,
        stated: list[Stated],
        sides: dict[int, Laterality],
        reach: Sequence[Scope],
    ) -> None:
        """Take in a statement that was read. sides: of words and of sites that are always on one side."""
        tokens = statement.tokens
        if reading.free:
            first = reading.free[0]
            self._topics = tuple(dict.fromkeys(p.site for p in reading.free[:3]))
            self._topic_side = together([s for i, s in sides.items() if first.first <= i <= first.last + 1])
            self._of_parts = True
            self._age = 0
        elif stated and stated[-1].mention.site:
            self._topics = (stated[-1].mention.site,)
            self._topic_side = stated[-1].side
            self._of_parts = False
            self._age = 0
        if sides:
            said = sides[max(sides)]
            if said in (Laterality.LEFT, Laterality.RIGHT):
                self.side = said
        self.last = stated[-1] if stated else (self.last if not reading.free else None)
        self.recent.extend(one for one in stated if one.assertion is Assertion.PRESENT)
        if tokens and tokens[-1].word == ":" and not stated:
            denied = [s for s in reach if s.assertion is Assertion.ABSENT and s.end >= len(tokens) - 1]
            if denied:
                self.carried = Assertion.ABSENT
        self._line = statement.line

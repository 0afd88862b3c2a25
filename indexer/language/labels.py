"""The label in force: the site before a colon at the start of a line, or alone on its line, over what stands below it."""

from collections.abc import Sequence

from indexer.language.places import Place
from indexer.language.sides import is_side
from indexer.language.statements import Statement
from indexer.language.tokens import Token
from indexer.report import Laterality

LABEL_TOKENS = 9
_ALONE_TOKENS = 6
_SIDE_TOKENS = 3


class Labels:
    """The labels of a section as it is read. sites: those of the label in force, nearest first."""

    def __init__(self) -> None:
        self.sites: tuple[str, ...] = ()
        self.side = Laterality.NONE
        self._over_list: tuple[str, ...] = ()
        self._list_side = Laterality.NONE
        self._line = -1

    def read(self, statement: Statement, places: Sequence[Place], *, has_findings: bool) -> int:
        """See whether a statement opens with a label; returns how many of its tokens the label takes."""
        self._leave(statement)
        tokens = statement.tokens
        colon = next((i for i, t in enumerate(tokens[:LABEL_TOKENS]) if t.word == ":"), None)
        sites = tuple(p.site for p in places if colon is not None and p.last <= colon)
        if colon is not None and not sites and _names_a_side(tokens[:colon]):
            sites = self._over_list  # "A droite :" goes on with what the label above was about
        if colon is not None and (sites or _names_a_side(tokens[:colon])):
            alone = statement.opens_line and colon == len(tokens) - 1
            self._set(sites, alone=alone)
            self._line = statement.line
            return colon
        if statement.opens_line and not has_findings and not places and _is_a_side(tokens):
            self._set(self._over_list, alone=True)  # "Lobe gauche" on its own line
            self._line = statement.line
            return len(tokens)
        if statement.opens_line and not has_findings and places and self._is_alone(statement, places):
            self._set(tuple(p.site for p in places), alone=True)
            self._line = statement.line
            return len(tokens)
        return 0

    def take_side(self, side: Laterality) -> None:
        """The side that the label names."""
        self.side = side
        if self._over_list == self.sites:
            self._list_side = side

    def _set(self, sites: tuple[str, ...], *, alone: bool) -> None:
        if alone:
            self._over_list, self._list_side = sites, Laterality.NONE
            self.sites = sites
        else:
            self.sites = (*sites, *self._over_list)
        self.side = Laterality.NONE

    def _leave(self, statement: Statement) -> None:
        """A label on its own line holds until the next one; one with text behind it, to the end of its line."""
        if statement.line != self._line:
            self.sites, self.side = self._over_list, self._list_side

    @staticmethod
    def _is_alone(statement: Statement, places: Sequence[Place]) -> bool:
        """Whether a short line is nothing but sites: "FOIE", "Étage abdominal"."""
        tokens = statement.tokens
        words = [t for t in tokens if t.is_word]
        named = sum(p.last - p.first for p in places)
        return len(words) <= _ALONE_TOKENS and tokens[-1].is_word and named * 2 >= len(words)


def _is_a_side(tokens: Sequence[Token]) -> bool:
    """Whether a line is nothing but the name of a side ("À gauche", "Lobe droit")."""
    return tokens[-1].is_word and _names_a_side(tokens)


def _names_a_side(tokens: Sequence[Token]) -> bool:
    words = [t for t in tokens if t.is_word]
    return 0 < len(words) <= _SIDE_TOKENS and any(is_side(t) for t in words)

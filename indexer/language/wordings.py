"""Finds wordings in tokens: a trie over stems, with modifiers allowed in between ("épanchement [minime] pleural")."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from indexer.language.tokens import Token

_Payload = TypeVar("_Payload")
_MAX_SKIPPED = 2
_MAX_SPAN = 14
"""No wording reaches over more tokens than this, transparent ones and modifiers included."""


class Match(NamedTuple, Generic[_Payload]):
    """Tokens `first` to `last` (exclusive) are a wording of `payload`; words: how many of it, skipped ones left out."""

    first: int
    last: int
    words: int
    payload: _Payload


@dataclass(slots=True)
class _Node(Generic[_Payload]):
    following: dict[str, "_Node[_Payload]"] = field(default_factory=dict)
    payloads: list[_Payload] = field(default_factory=list)


class Wordings(Generic[_Payload]):
    """A set of wordings, each with what it stands for.

    key: what of a token is compared. transparent: words that may stand anywhere inside a wording. modifiers: keys of those
    of which two may.
    """

    def __init__(
        self,
        wordings: Iterable[tuple[Sequence[str], _Payload]],
        *,
        key: Callable[[Token], str],
        transparent: frozenset[str],
        modifiers: frozenset[str] = frozenset(),
    ) -> None:
        """wordings: the keys of each, in order, transparent ones left out."""
        self._root: _Node[_Payload] = _Node()
        self._key = key
        self._transparent = transparent
        self._modifiers = modifiers
        for keys, payload in wordings:
            node = self._root
            for part in keys:
                node = node.following.setdefault(part, _Node())
            if payload not in node.payloads:
                node.payloads.append(payload)

    def find(self, tokens: Sequence[Token]) -> list[Match[_Payload]]:
        """Every wording that starts at any token; they may overlap. Time is linear in the number of tokens."""
        starts = self._root.following
        found: list[Match[_Payload]] = []
        keys = [self._key(token) for token in tokens]
        for i, key in enumerate(keys):
            node = starts.get(key)
            if node is not None:
                self._follow(tokens, keys, i, i + 1, node, 1, 0, found)
        return found

    def _follow(
        self,
        tokens: Sequence[Token],
        keys: Sequence[str],
        first: int,
        at: int,
        node: _Node[_Payload],
        words: int,
        skipped: int,
        found: list[Match[_Payload]],
    ) -> None:
        found.extend(Match(first, at, words, payload) for payload in node.payloads)
        if not node.following:
            return
        end = min(len(tokens), first + _MAX_SPAN)
        while at < end:
            following = node.following.get(keys[at])
            if following is not None:
                self._follow(tokens, keys, first, at + 1, following, words + 1, skipped, found)
            if tokens[at].word in self._transparent:
                at += 1
            elif keys[at] in self._modifiers and skipped < _MAX_SKIPPED:
                at, skipped = at + 1, skipped + 1
            else:
                return


def longest(matches: Iterable[Match[_Payload]]) -> list[Match[_Payload]]:
    """Of overlapping matches the one of most words, the first of equal ones; in order of place."""
    matches = list(matches)
    if len(matches) < 2:
        return matches
    taken: set[int] = set()
    kept: list[Match[_Payload]] = []
    for match in sorted(matches, key=lambda m: (-m.words, m.first, m.last)):
        if taken.isdisjoint(range(match.first, match.last)):
            taken.update(range(match.first, match.last))
            kept.append(match)
    return sorted(kept, key=lambda m: m.first)

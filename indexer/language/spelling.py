"""Mends typing errors in words of the lexicon: "épanchemnt", "spnélomégalie".

Only a word that no French word list knows is mended, and only to a lexicon word with the same first letter, at a
restricted Damerau-Levenshtein distance of 1 from five letters on, 2 from ten on.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from indexer.language.tokens import Token, stem_of
from indexer.words import fold

_SHORTEST = 5
_TWO_ERRORS = 10


class Speller:
    """Mends against one set of folded words."""

    def __init__(self, words: frozenset[str]) -> None:
        self._stems = frozenset(stem_of(w) for w in words)
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        for word in sorted(words):
            if len(word) >= _SHORTEST - 1 and word.isalpha():
                self._by_letter[word[0]].extend((word, word + "s"))
        self._mended = lru_cache(maxsize=50_000)(self._mend)

    def mended(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens, those of mended words with the right word and stem; places stay."""
        return [self._token(t) if len(t.word) >= _SHORTEST and t.stem not in self._stems else t for t in tokens]

    def _token(self, token: Token) -> Token:
        right = self._mended(token.word)
        return token._replace(word=right, stem=stem_of(right)) if right != token.word else token

    def _mend(self, word: str) -> str:
        if not word.isalpha() or word in _french():
            return word
        allowed = 2 if len(word) >= _TWO_ERRORS else 1
        best = extractOne(word, self._by_letter[word[0]], scorer=OSA.distance, score_cutoff=allowed)
        return best[0] if best else word


@lru_cache(maxsize=1)
def _french() -> frozenset[str]:
    """The folded words of pyspellchecker's French list."""
    from spellchecker import SpellChecker

    return frozenset(fold(word) for word in SpellChecker(language="fr").word_frequency.words())

"""Which language a text is in: py3langid's character n-grams, for the languages met in French archives.

A text with several words that only French has needs no n-grams; they take a tenth of what screening a report takes.
"""

from functools import lru_cache
from typing import Any

LANGUAGES = ("fr", "en", "de", "es", "it", "pt")
_ENOUGH = 600
_ONLY_FRENCH = frozenset(
    ("les", "une", "pas", "dans", "avec", "sans", "aux", "sur", "et", "est", "du", "au", "ou", "par", "absence")
)
_SEVERAL = 4


def language_of(text: str) -> tuple[str, float]:
    """ISO 639-1 code and probability, 0 to 1; short texts have low ones. Reads the first six hundred characters."""
    beginning = text[:_ENOUGH]
    if len(_ONLY_FRENCH.intersection(beginning.lower().split())) >= _SEVERAL:
        return "fr", 1.0
    language, probability = _identifier().classify(beginning)
    return str(language), float(probability)


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier

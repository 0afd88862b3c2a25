"""Telephone and fax numbers, e-mail and web addresses.

`phonenumbers` was weighed and left out: what it adds (which numbers are assigned) matters little here, where a number
that is not assigned is hidden just as well.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from indexer.privacy.detectors.vocabulary import NUMBER_SIGN, UNIT, alternatives, before, compiled, vocabulary
from indexer.privacy.identifiers import Category, Identifier
from indexer.privacy.lexicon import flat

# The ten digits of France and its overseas territories, in pairs or as 0 800 123 456. "05/12/2022 10:31" must not look
# like one: either every pair is set apart or none is. "/91" is a second number that shares the first digits.
_PAIRS = r"(?: [0-9]{8} | (?:[\s.\-–·]{1,3}[0-9]{2}){4} | (?:/[0-9]{2}){4} )"
_PHONE = compiled(
    rf"""
    (?: \(? (?:\+|00) \s? (?:33|262|590|594|596|508|681|687|689) [\s.\-]{{0,2}} (?:\(\s?0\s?\)|0)? \s? [1-9] {_PAIRS}
      | \(? 0 \s? [1-9] \)? {_PAIRS}
      | 0 \s? [89][0-9]{{2}} (?:[\s.\-]?[0-9]{{3}}){{2}} | 0[1-9][0-9]{{2}} (?:[\s.\-][0-9]{{2}}){{3}}
    )
    (?! [0-9] ) (?: \s?/\s?[0-9]{{2}} (?![0-9/]) )?
    """
)
_ABROAD = compiled(r"(?: \+ \s? [1-9] (?:[\s().\-/]{0,3}[0-9]){7,13} | 00 [1-9] (?:[\s.\-]?[0-9]){9,12} ) (?![0-9])")
_LOOSE = compiled(r"[(+]{0,2} [0-9] (?: (?: [\s().\-–/·] | \s[-–/]\s | \s?\(0\)\s? | \)\s? )? [0-9] ){6,14} (?![0-9])")
_INTERNAL = compiled(
    rf"(?: [0-9]{{3,8}} | [0-9]{{2}}(?:[\s.][0-9]{{2}}){{1,3}} | [0-9]\s[0-9]{{2}}(?:\s[0-9]{{2}}){{1,3}} ) (?! [0-9/] | [.,][0-9] | {UNIT})"
)
_EMAIL = compiled(
    r"""
    (?<![\w.+%-]) [\w.+%'-]{1,64}+
    (?: \s?@\s? | \s?[(\[{]\s?(?:at|arobase|a|@)\s?[)\]}]\s? | \sarobase\s )
    [a-z0-9-]{1,63}+ (?: \.[a-z0-9-]{2,63}+ | \s?[(\[]?\s?(?:dot|point)\s?[)\]]?\s?[a-z]{2,6} ){1,5}
    | (?<![\w.+%-]) [\w.+%'-]{1,64}+ (?: @{1,2}[a-z0-9-]{2,63}+ (?:\.[a-z0-9-]{2,63}+){0,5} | \sat\s[a-z0-9-]{2,63}\sdot\s[a-z]{2,6} )
    """
)
_LINK = compiled(r"(?: (?:https?|s?ftp|file) : // | www [0-9]? \. ) [^\s<>\"«»]{1,2000}+")
_AT_SIGNS = ("@", "arobase", "(at)", "[at]", "{at}", "( at", "[ at", " at ", "(a)", "[a]")
_TRAILING = ".,;:!?)]}'’"


class ContactDetector:
    """Finds PHONE, EMAIL and URL."""

    def find(self, text: str) -> Iterator[Identifier]:
        """Labelled and unlabelled ones; a label is not part of them."""
        plain = flat(text)
        yield from _phones(plain)
        yield from _labelled_phones(plain)
        if any(sign in plain for sign in _AT_SIGNS):
            yield from _emails(plain)
        if "." in plain:
            yield from _addresses_of_web(text, plain)


def _phones(plain: str) -> Iterator[Identifier]:
    for match in _PHONE.finditer(plain):
        if not _inside_number(plain, match.start()):
            yield Identifier(match.start(), match.end(), Category.PHONE, 0.9, "phone.france")
    for match in _ABROAD.finditer(plain):
        if not _inside_number(plain, match.start()):
            yield Identifier(match.start(), match.end(), Category.PHONE, 0.8, "phone.abroad")


def _inside_number(plain: str, start: int) -> bool:
    return bool(re.search(r"[0-9][.,/-]?\Z", before(plain, start, 2)))


def _labelled_phones(plain: str) -> Iterator[Identifier]:
    for label in _label().finditer(plain):
        loose = _LOOSE.match(plain, label.end())
        if loose:
            yield Identifier(loose.start(), loose.end(), Category.PHONE, 0.95, "phone.label")
    for label in _internal_label().finditer(plain):
        internal = _INTERNAL.match(plain, label.end())
        if internal:
            yield Identifier(internal.start(), internal.end(), Category.PHONE, 0.8, "phone.internal")


@lru_cache(maxsize=1)
def _label() -> re.Pattern[str]:
    words = alternatives(vocabulary("contacts")["labels"])
    return compiled(rf"(?: \b(?:{words})(?![a-z]) | [☎✆📞📠] ) [^0-9\n+(]{{0,25}}+ \n? [^\S\n]{{0,8}}+ (?=[(+0-9])")


@lru_cache(maxsize=1)
def _internal_label() -> re.Pattern[str]:
    words = alternatives(vocabulary("contacts")["internal"])
    return compiled(
        rf"\b(?:{words})(?![a-z])\.?+ (?:\s(?:interne|medecin|radiologue|garde|externe|le|au|du))?+ \s?{NUMBER_SIGN}?+ [\s:.=-]{{0,5}}+ (?=[0-9])"
    )


def _emails(plain: str) -> Iterator[Identifier]:
    for match in _EMAIL.finditer(plain):
        yield Identifier(match.start(), match.end(), Category.EMAIL, 0.97 if "@" in match.group() else 0.8, "email")


def _addresses_of_web(text: str, plain: str) -> Iterator[Identifier]:
    for match in _LINK.finditer(plain) if "www" in plain or "//" in plain else ():
        end = match.start() + len(match.group().rstrip(_TRAILING))
        yield Identifier(match.start(), end, Category.URL, 0.95, "url.link")
    for match in _bare_domain().finditer(text):
        end = match.start() + len(match.group().rstrip(_TRAILING))
        yield Identifier(match.start(), end, Category.URL, 0.8, "url.domain")


@lru_cache(maxsize=1)
def _bare_domain() -> re.Pattern[str]:
    """On the text itself: an ending in capitals (`lésion.Com`) is the next sentence's first word."""
    endings = alternatives(vocabulary("contacts")["domains"])
    return re.compile(
        rf"(?<![\w.@-])(?:[A-Za-z0-9][A-Za-z0-9-]{{1,62}}+\.){{1,4}}(?:{endings})(?![\w-])(?:/[^\s<>\"«»]{{0,500}}+)?"
        r"|(?<![\w.@-])(?:[A-Z0-9][A-Z0-9-]{1,62}+\.){1,4}(?:FR|COM|ORG|NET|EU)(?![\w-])(?:/[^\s<>\"«»]{0,500}+)?"
        r"|(?<![\w.])(?:1[0-9]{1,2}|[2-9][0-9]{1,2})(?:\.[0-9]{1,3}){3}(?![\w.])"
    )

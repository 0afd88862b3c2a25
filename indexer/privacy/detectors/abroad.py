"""Addresses, telephones and numbers as French-speaking countries beside France write them: Belgium, Switzerland, Québec ...

There the number stands behind the street, postcodes have four figures or letters, telephones other groups.
"""

import re
from collections.abc import Iterator

from indexer.privacy.identifiers import Category, Identifier

_CAPITAL = r"[A-ZÀ-Þ][\w'’.-]*"
_NAME = rf"{_CAPITAL}(?:[ -](?:(?:de|du|des|la|le|les|en|sur|à|aux?|l'|d')[ -]?)*{_CAPITAL}){{0,4}}"
_STREET = r"(?:[Rr]ue|[Aa]venue|[Aa]v\.|[Bb]oul(?:evard|\.)|[Bb]d|[Cc]hemin|[Cc]h\.|[Pp]lace|[Qq]uai|[Cc]haussée|[Rr]oute|[Aa]llée|[Ll]ot\.?|[Ii]mmeuble|[Rr]ésidence)"
_NUMBER = r"\d{1,4}\s?(?:bis|ter|[a-zA-Z])?(?:[ ,]{1,2}(?:bte|boîte|bus|app\.?)\s?\d{1,4})?"
# Blood counts and the like, whose values may have five figures: "CRP 210, GB 14500".
_MEASURED = (
    r"(?i:g[brn]|pn[ne]|pla?q[a-z]*|plt|leuco[a-zé]*|lympho[a-zé]*|poly[a-zé]*|h[ée]maties|wbc|bnp|nt|ck|cpk|ldh|b?hcg|lipas[a-zé]*"
    r"|ferritin[a-zé]*|tropo[a-zé]*|d|asat|alat|ggt|psa|afp|ca)"
)
_LINK = r"(?:de la|de l'|de|du|des|le|la|les|au|aux|à)"

_PATTERNS: tuple[tuple[re.Pattern[str], Category, float, str], ...] = (
    (
        re.compile(
            rf"\b{_STREET} (?:{_LINK} ?)*{_NAME}(?: {_LINK} {_CAPITAL}){{0,2}},? {_NUMBER}\b(?!\s?(?:mm|cm|%|[/.,]\d))"
        ),
        Category.ADDRESS,
        0.8,
        "address.number_behind",
    ),
    (re.compile(rf"\b(?:CH|B|L|LU|BE)[- ]\d{{4}}[ \u00a0]{_NAME}"), Category.LOCATION, 0.9, "location.country_code"),
    (
        re.compile(rf"(?<=\d)(?:\s?[-–,]\s|\n)(?P<here>[1-9]\d{{3}} {_NAME})(?=\s*(?:\n|$|[-–,.(]))"),
        Category.LOCATION,
        0.6,
        "location.four_figures",
    ),
    (re.compile(rf"(?<=, )(?!{_MEASURED}\b){_CAPITAL} \d{{5}}\b"), Category.LOCATION, 0.7, "location.code_behind"),
    (
        re.compile(
            r"(?<![\d.-])(?:\+?1[ .-])?\(?[2-9]\d{2}\)?[ .-][2-9]\d{2}[ .-]\d{4}(?!\d)(?:,? (?:poste|ext\.?) ?\d{1,5})?"
        ),
        Category.PHONE,
        0.8,
        "phone.north_america",
    ),
    (re.compile(r"(?<![\d./])0\d{2,3}[./ ]\d{2,3}(?:[. ]\d{2,3}){2,3}(?![\d./])"), Category.PHONE, 0.7, "phone.abroad"),
    (re.compile(r"\b\d{1,2}\.(?:I{1,3}|IV|VI{0,3}|IX|XI{0,2})\.\d{4}\b"), Category.DATE, 0.6, "date.roman_month"),
    (re.compile(r"\b[A-Z]{4} ?\d{4} ?\d{4}\b"), Category.PATIENT_ID, 0.8, "patient_id.nam"),
    (
        re.compile(r"\b(?:INAMI|n° RCC|RCC|GLN|AVS)\s?:?\s?(?P<here>[A-Z]?[ -]?\d[\d.\- ]{4,18}\d)"),
        Category.PROVIDER_ID,
        0.9,
        "provider_id.abroad",
    ),
    (re.compile(r"(?<!\d)756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}(?!\d)"), Category.NIR, 0.9, "nir.switzerland"),
)


_CANADIAN = re.compile(r"\b[A-CEGHJ-NPR-TVXY]\d[A-Z][ -]\d[A-Z]\d\b")
_TOWN_BEFORE = re.compile(rf"{_NAME},? ?(?:\([\w -]{{2,20}}\),? ?)?\Z")


class AbroadDetector:
    """Finds ADDRESS, LOCATION, PHONE, DATE, PATIENT_ID, PROVIDER_ID and NIR in the forms of other French-speaking countries."""

    def find(self, text: str) -> Iterator[Identifier]:
        """What any of the patterns matches; its group `here`, if it has one, is the identifier."""
        for pattern, category, confidence, rule in _PATTERNS:
            for match in pattern.finditer(text):
                start, end = match.span("here" if "here" in pattern.groupindex else 0)
                yield Identifier(start, end, category, confidence, rule)
        for code in _CANADIAN.finditer(text):
            town = _TOWN_BEFORE.search(text, max(0, code.start() - 60), code.start())
            yield Identifier(
                town.start() if town else code.start(), code.end(), Category.LOCATION, 0.9, "location.canada"
            )

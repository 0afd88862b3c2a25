"""Sites and the ways their radiologists write: headings, layout, units, capitals, length."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from indexer.demo.library import Weighted
from indexer.demo.model import Section


class Layout(StrEnum):
    """How the results are set."""

    PARAGRAPH = "paragraph"
    LINES = "lines"
    BULLETS = "bullets"
    HEADED = "headed"
    BLOCKS = "blocks"


class Ending(StrEnum):
    """How the conclusion is set."""

    SENTENCES = "sentences"
    NUMBERED = "numbered"
    BULLETS = "bullets"
    REPEATED = "repeated"


@dataclass(frozen=True)
class Style:
    """A way of writing.

    headings: text put before each section, its line break or space included; an absent one has no heading.
    detail: probability that each normal aspect is said. whole: that a normal organ is said in one sentence.
    centimetres: probability that the report gives sizes in cm.
    """

    name: str
    headings: dict[Section, str]
    title: str
    layouts: tuple[Layout, ...]
    endings: tuple[Ending, ...]
    detail: float
    whole: float
    omits: frozenset[Section] = frozenset()
    gap: str = "\n\n"
    terse: bool = False
    capitals: bool = False
    ligatures: bool = False
    curly: bool = False
    centimetres: float = 0.3
    cross: str = " x "
    dates: str = "slash"
    main_first: float = 0.0
    no_conclusion: float = 0.0
    bullet: str = "- "


def _headings(indication: str, technique: str, comparison: str, results: str, conclusion: str) -> dict[Section, str]:
    texts = (indication, technique, comparison, results, conclusion)
    return {section: text for section, text in zip(Section, texts, strict=True) if text}


CLASSIC = Style(
    name="classic",
    headings=_headings("INDICATION :\n", "TECHNIQUE :\n", "COMPARAISON :\n", "RÉSULTATS :\n", "CONCLUSION :\n"),
    title="{upper}",
    layouts=(Layout.LINES, Layout.PARAGRAPH),
    endings=(Ending.SENTENCES, Ending.SENTENCES, Ending.NUMBERED),
    detail=0.85,
    whole=0.1,
    ligatures=True,
)
BOLD = Style(
    name="bold",
    headings=_headings(
        "**Indication**\n",
        "**Technique**\n",
        "**Examens antérieurs**\n",
        "**Résultats**\n",
        "**Conclusion**\n",
    ),
    title="**{as_is}**",
    layouts=(Layout.BLOCKS, Layout.LINES),
    endings=(Ending.NUMBERED, Ending.BULLETS),
    detail=0.95,
    whole=0.05,
    curly=True,
    ligatures=True,
    dates="words",
    cross=" × ",
    centimetres=0.1,
)
BY_ORGAN = Style(
    name="by_organ",
    headings=_headings("Motif : ", "Technique : ", "Comparaison : ", "Résultat :\n", "Conclusion : "),
    title="{as_is}",
    layouts=(Layout.HEADED,),
    endings=(Ending.SENTENCES, Ending.BULLETS),
    detail=0.8,
    whole=0.25,
    gap="\n",
    centimetres=0.2,
)
PROSE = Style(
    name="prose",
    headings=_headings("", "", "", "", "AU TOTAL : "),
    title="{as_is}",
    layouts=(Layout.PARAGRAPH, Layout.LINES),
    endings=(Ending.SENTENCES, Ending.REPEATED),
    detail=0.8,
    whole=0.15,
    ligatures=True,
    dates="words",
    main_first=0.5,
    cross=" sur ",
    centimetres=0.4,
)
TERSE = Style(
    name="terse",
    headings=_headings("Indication: ", "Technique: ", "Comparaison: ", "Résultats:\n", "CCL: "),
    title="{as_is}",
    layouts=(Layout.BULLETS, Layout.HEADED),
    endings=(Ending.SENTENCES, Ending.REPEATED),
    detail=0.7,
    whole=0.7,
    terse=True,
    gap="\n",
    cross="x",
    centimetres=0.15,
    main_first=0.4,
    no_conclusion=0.05,
)
CAPITALS = Style(
    name="capitals",
    headings=_headings("INDICATION : ", "TECHNIQUE : ", "COMPARAISON : ", "RESULTATS :\n", "CONCLUSION :\n"),
    title="{as_is}",
    layouts=(Layout.LINES, Layout.PARAGRAPH, Layout.BULLETS),
    endings=(Ending.SENTENCES, Ending.BULLETS),
    detail=0.75,
    whole=0.3,
    capitals=True,
    gap="\n",
    cross="X",
    centimetres=0.5,
)
IMPRESSION = Style(
    name="impression",
    headings=_headings("RENSEIGNEMENTS CLINIQUES\n", "TECHNIQUE\n", "COMPARAISON\n", "CONSTATATIONS\n", "IMPRESSION\n"),
    title="{upper}",
    layouts=(Layout.HEADED, Layout.LINES),
    endings=(Ending.NUMBERED,),
    detail=0.9,
    whole=0.1,
    dates="dot",
    main_first=0.2,
    ligatures=True,
)
NO_INDICATION = Style(
    name="no_indication",
    headings=_headings("", "Technique\n", "Comparaison\n", "Analyse\n", "Synthèse\n"),
    title="{as_is}",
    layouts=(Layout.BULLETS, Layout.LINES),
    endings=(Ending.BULLETS, Ending.SENTENCES),
    detail=0.8,
    whole=0.2,
    omits=frozenset((Section.INDICATION,)),
    bullet="• ",
)
STYLES = (CLASSIC, BOLD, BY_ORGAN, PROSE, TERSE, CAPITALS, IMPRESSION, NO_INDICATION)

# Fictional sites, the share of the exams that each does, and how its radiologists write.
SITES: Weighted[tuple[str, Weighted[Style]]] = Weighted(
    (
        (("Site Nord", Weighted(((CLASSIC, 5), (TERSE, 3), (CAPITALS, 1)))), 26),
        (("Site Sud", Weighted(((BY_ORGAN, 5), (PROSE, 2), (NO_INDICATION, 1)))), 22),
        (("Site Océan", Weighted(((PROSE, 5), (CLASSIC, 2), (BOLD, 1)))), 16),
        (("Site Montagne", Weighted(((CAPITALS, 4), (TERSE, 2), (BY_ORGAN, 2)))), 12),
        (("Site Canal", Weighted(((IMPRESSION, 5), (BOLD, 2), (NO_INDICATION, 2)))), 12),
        (("Site Plateau", Weighted(((BOLD, 4), (NO_INDICATION, 3), (IMPRESSION, 1)))), 12),
    )
)

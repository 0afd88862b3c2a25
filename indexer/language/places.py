"""What stands in a statement: the sites that it names, the findings at them, and the words that hold them together or apart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from indexer.language.sides import is_side
from indexer.language.tokens import TRANSPARENT, Token
from indexer.report import BodyRegion

JOINS = frozenset(("et", "ou", "ni", "and", "or", "nor", ",", "/", "-", "puis", "voire", "que", "qu"))
"""Words and marks that join findings or sites."""

_JOINED_TOKENS = 3
GENERIC = frozenset(
    [
        "bone",
        "joint",
        "muscle",
        "tendon",
        "ligament",
        "soft_tissue",
        "skin",
        "artery",
        "vein",
        "blood_vessel",
        "lymph_node",
        "head",
        "neck",
        "thorax",
        "abdomen",
        "pelvis",
        "spine",
        "upper_limb",
        "lower_limb",
        "face",
        "digestive_tract",
    ]
)
"""Sites that leave open which organ it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """A site named in a statement: tokens `first` to `last` (exclusive)."""

    site: str
    first: int
    last: int


@dataclass(slots=True)
class Mention:
    """A finding named in a statement. first, last: tokens of its head; phrase_end: where its noun phrase ends.

    place: its site where the statement names it. inherited: its site where a label or an earlier statement does.
    """

    concept: str
    first: int
    last: int
    phrase_end: int
    place: Place | None = None
    inherited: str | None = None
    denied: bool = False

    @property
    def site(self) -> str | None:
        """The site, from wherever it is known."""
        return self.place.site if self.place else self.inherited


@dataclass(slots=True)
class Surroundings:
    """What is known before a statement is read. labels: sites of the label in force, nearest first. topics: sites
    that the statements before were about. homes: sites at which the findings named last are at home, where nothing else tells.
    regions: those of the exam. labelled: how many tokens the label takes that the statement opens with.
    """

    regions: frozenset[BodyRegion] = frozenset()
    labels: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    homes: tuple[str, ...] = ()
    labelled: int = 0


@dataclass(slots=True)
class Reading:
    """What stands in a statement. free: sites that belong to no finding, in order. after_join: tokens behind a joining word.
    sided: words of side. bracketed: token in a bracket -> the one behind the bracket.

    shared: first token of a head -> the site of the finding that it is joined to ("épanchement ni épaississement pleural").
    """

    mentions: list[Mention] = field(default_factory=list)
    places: Sequence[Place] = ()
    free: list[Place] = field(default_factory=list)
    after_join: frozenset[int] = frozenset()
    sided: frozenset[int] = frozenset()
    bracketed: Mapping[int, int] = field(default_factory=dict)
    shared: dict[int, str] = field(default_factory=dict)

    def is_aside(self, place: Place, at: int) -> bool:
        """Whether a place stands in a bracket that is closed before a token: it says nothing of what is behind."""
        return self.in_aside(place.first, at)

    def in_aside(self, token: int, at: int) -> bool:
        """Whether a token stands in a bracket that is closed before another."""
        return self.bracketed.get(token, at + 1) <= at

    def joins(self, place: Place) -> bool:
        """Whether a joining word stands right before a place."""
        return place.first in self.after_join

    def joined_to(self, place: Place | None) -> Iterator[Place]:
        """The sites that a place is joined to, before it ("la vésicule et les voies biliaires"), the nearest first."""
        for before in reversed(self.places):
            if place is not None and before.last <= place.first:
                if not self.joins(place) or place.first - before.last > _JOINED_TOKENS:
                    return
                yield before
                place = before


def with_words(tokens: Sequence[Token], places: Sequence[Place]) -> Reading:
    """What is known of a statement before its findings: its sites, and its words of joining, of side and in brackets."""
    ends = frozenset(p.last for p in places)
    joins = frozenset(i for i in range(1, len(tokens)) if _follows_join(tokens, i, ends))
    sided = frozenset(i for i, token in enumerate(tokens) if is_side(token))
    return Reading(places=places, after_join=joins, sided=sided, bracketed=_bracketed(tokens))


def _bracketed(tokens: Sequence[Token]) -> dict[int, int]:
    """Tokens in the innermost brackets of a statement -> the token behind the bracket."""
    opened: int | None = None
    found: dict[int, int] = {}
    for i, token in enumerate(tokens):
        if token.word == "(":
            opened = i
        elif token.word == ")" and opened is not None:
            found.update(dict.fromkeys(range(opened, i + 1), i + 1))
            opened = None
    return found


def _follows_join(tokens: Sequence[Token], at: int, ends: frozenset[int]) -> bool:
    """Whether a joining word stands before a token. A hyphen joins only what it stands behind: a site ends there."""
    before = at - 1
    if tokens[before].word == "-" and before not in ends:  # "sous-rénal", "fronto-orbitaire"
        return False
    while before >= 0 and tokens[before].word in TRANSPARENT and tokens[before].word != "-":
        before -= 1
    return before >= 0 and tokens[before].word in JOINS

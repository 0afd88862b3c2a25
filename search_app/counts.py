"""Counts beside the filters: for each criterion, what each of its values would give with the other criteria kept."""

from search_app.answers import Count, Facets
from search_app.client import Client
from search_app.state import Filters
from search_app.vocabulary import Facet, Modality, Region, Sex

BY_VALUE = (Facet.MODALITY, Facet.REGION, Facet.SEX, Facet.SITE, Facet.FINDING)
_CLOSED = {Facet.MODALITY: tuple(Modality), Facet.REGION: tuple(Region), Facet.SEX: tuple(Sex)}


def filter_counts(client: Client, filters: Filters, text: str | None, found: Facets) -> Facets:
    """`found` (counts of the filtered set), and for a criterion in use the counts without it.

    The counts of the filtered set show only what is chosen already; one small request for each criterion in use
    says what the other values would add. Chosen values that nothing has are kept, with 0.
    """
    counts: Facets = {}
    for facet in BY_VALUE:
        chosen = filters.chosen(facet)
        values = client.facets(filters.without(facet), text).facets if chosen else found
        counts[facet] = _with_chosen(values.get(facet, ()), chosen)
    return counts


def uncounted(filters: Filters) -> Facets:
    """The values to choose from where nothing can be counted: every closed choice, and what is chosen."""
    return {
        facet: tuple(Count(value=v, count=0) for v in dict.fromkeys((*_CLOSED.get(facet, ()), *filters.chosen(facet))))
        for facet in BY_VALUE
    }


def _with_chosen(counts: tuple[Count, ...], chosen: tuple[str, ...]) -> tuple[Count, ...]:
    known = {count.value for count in counts}
    ranked = sorted((c for c in counts if c.count > 0 or c.value in chosen), key=lambda c: (-c.count, c.value))
    return (*ranked, *(Count(value=value, count=0) for value in chosen if value not in known))

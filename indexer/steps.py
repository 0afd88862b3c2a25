"""The named steps of a batch's commit, in order: where a kill is tried in the tests."""

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """A point that a batch passes on its way into the stores."""

    CATALOG_WRITTEN = "catalog written"
    TEXT_COMMITTED = "text committed"
    SNAPSHOT_WRITING = "snapshot half written"
    BEFORE_SWITCH = "snapshot written, pointer not switched"
    SWITCHED = "pointer switched"
    SETTLED = "batch settled in the catalog"


OnStep = Callable[[Step], None]


def unobserved(_step: Step) -> None:
    """What is called at each step when nobody watches."""

"""The engines that the suite runs on, and marks for what only one of them has."""

from enum import StrEnum
from pathlib import Path

import pytest

Location = Path | str


class Backend(StrEnum):
    """Where a catalog can be kept."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


def only(backend: Backend) -> pytest.MarkDecorator:
    """For a test, or a module, about one engine's own."""
    return pytest.mark.parametrize("backend", [backend], indirect=True)

"""The vocabularies beside the code: TOML files of this package."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """The content of `NAME.toml`, read once."""
    return tomllib.loads((files("indexer.language") / f"{name}.toml").read_text(encoding="utf-8"))

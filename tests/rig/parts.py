"""What to do where a part that a test needs is not on this machine."""

import os
from typing import NoReturn

import pytest

REQUIRE_ALL = "RADIOTHEQUE_TEST_REQUIRE_ALL"


def missing(what: str) -> NoReturn:
    """Skip with a sentence that says what to install; where every test is required, fail with it."""
    if os.environ.get(REQUIRE_ALL):
        pytest.fail(f"{what} ({REQUIRE_ALL} is set: nothing may be skipped)", pytrace=False)
    pytest.skip(what)

"""The stand-in API, and the application run against it without a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from search_app.client import Client
from search_app.settings import AppSettings

from .held_records import HELD, HeldRecords
from .stand_in import FullText, serving

APP = Path(__file__).parents[3] / "search_app" / "app.py"

Open = Callable[..., AppTest]


@pytest.fixture(scope="session")
def api_url() -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def held() -> HeldRecords:
    """Three records in the stand-in's quarantine, each with two identifiers."""
    HELD.fill()
    return HELD


@pytest.fixture
def full_text(monkeypatch: pytest.MonkeyPatch) -> type[FullText]:
    """The stand-in's full text, which a test may take away."""
    monkeypatch.setattr(FullText, "away", False)
    return FullText


@pytest.fixture
def client(api_url: str) -> Iterator[Client]:
    with Client(AppSettings(api_url=api_url)) as asked:
        yield asked


@pytest.fixture
def open_app(api_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens the application: `open_app(screen, parameter=value)`."""
    monkeypatch.setenv("RADIOTHEQUE_API_URL", api_url)

    def opened(screen: str = "", **params: str | list[str]) -> AppTest:
        app = AppTest.from_file(APP, default_timeout=20)
        app.query_params.update(params)
        if screen:
            app.switch_page(f"screens/{screen}.py")
            app.query_params.update(params)
        app.run()
        assert not app.exception
        return app

    yield opened
    st.cache_resource.clear()

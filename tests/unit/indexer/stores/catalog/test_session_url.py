"""How a URL becomes a session: encrypted beyond this machine, and nothing of what it states is overruled."""

import pytest
from sqlalchemy import make_url

from indexer.stores.catalog.postgresql import session_url


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    for name in ("PGHOST", "PGHOSTADDR", "PGSSLMODE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("postgresql://me@127.0.0.1/base", None),
        ("postgresql://me@[::1]:5433/base", None),
        ("postgresql://me@localhost/base", None),
        ("postgresql:///base", None),
        ("postgresql:///base?host=/var/run/postgresql", None),
        ("postgresql://me@db.example.org/base", "require"),
        ("postgresql://me@10.0.0.1/base", "require"),
        ("postgresql:///base?host=localhost,db.example.org", "require"),
        ("postgresql://localhost/base?hostaddr=10.0.0.1", "require"),
        ("postgresql://me@db.example.org/base?sslmode=verify-full", "verify-full"),
        ("postgresql://me@db.example.org/base?sslmode=disable", "disable"),
    ],
)
def test_a_connection_beyond_this_machine_is_encrypted(url, mode):
    assert session_url(make_url(url)).query.get("sslmode") == mode


def test_what_libpqs_variables_state_is_heeded(monkeypatch):
    monkeypatch.setenv("PGHOST", "db.example.org")
    assert session_url(make_url("postgresql:///base")).query["sslmode"] == "require"
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    assert "sslmode" not in session_url(make_url("postgresql://db.example.org/base")).query


def test_what_a_url_states_wins_over_the_defaults():
    query = session_url(make_url("postgresql://h/b?connect_timeout=3&options=-c%20lock_timeout%3D5")).query
    assert (query["connect_timeout"], query["application_name"]) == ("3", "radiotheque")
    assert str(query["options"]).startswith("-c lock_timeout=10000 ")
    assert str(query["options"]).endswith(" -c lock_timeout=5"), "the last one counts"


@pytest.mark.parametrize(
    ("stated", "driver"), [("postgresql", "postgresql+psycopg"), ("postgresql+psycopg", "postgresql+psycopg")]
)
def test_the_driver_is_the_one_that_is_installed(stated, driver):
    assert session_url(make_url(f"{stated}://h/b")).drivername == driver

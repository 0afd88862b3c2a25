"""A part that is missing is skipped with what to install, and fails where everything is required."""

import pytest

from tests.rig import postgres
from tests.rig.parts import REQUIRE_ALL


def start() -> None:
    with postgres.running_postgres():
        pytest.fail("a server was started without its binaries")


@pytest.fixture(autouse=True)
def no_binaries(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres, "_DEBIAN", tmp_path)


def test_without_postgresql_its_tests_are_skipped_with_what_to_install(monkeypatch):
    monkeypatch.delenv(REQUIRE_ALL, raising=False)
    with pytest.raises(pytest.skip.Exception, match="not on this machine; install it with: apt-get install postgresql"):
        start()


def test_where_every_test_is_required_a_missing_part_fails(monkeypatch):
    monkeypatch.setenv(REQUIRE_ALL, "1")
    with pytest.raises(pytest.fail.Exception, match=r"install it with: apt-get .*nothing may be"):
        start()


def test_the_newest_installed_server_is_taken(tmp_path):
    for version in ("9", "15", "tools"):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        for program in ("initdb", "postgres"):
            (folder / program).touch()
    assert postgres.binaries() == tmp_path / "15" / "bin"

"""A part that is missing is skipped with what to install, and fails where everything is required."""

from pathlib import Path

import pytest

from tests.rig import jars, opensearch, postgres
from tests.rig.jars import Flavour
from tests.rig.parts import REQUIRE_ALL


def start() -> None:
    with postgres.running_postgres():
        pytest.fail("a server was started without its binaries")


@pytest.fixture(autouse=True)
def no_binaries(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres, "_DEBIAN", tmp_path)
    monkeypatch.setattr(jars, "_JVMS", tmp_path)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def test_without_postgresql_its_tests_are_skipped_with_what_to_install(monkeypatch):
    monkeypatch.delenv(REQUIRE_ALL, raising=False)
    with pytest.raises(pytest.skip.Exception, match="not on this machine; install it with: apt-get install postgresql"):
        start()


def test_where_every_test_is_required_a_missing_part_fails(monkeypatch):
    monkeypatch.setenv(REQUIRE_ALL, "1")
    with pytest.raises(pytest.fail.Exception, match=r"install it with: apt-get .*nothing may be"):
        start()


def jdk(home: Path, version: str) -> Path:
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "javac").touch()
    (home / "release").write_text(f'IMPLEMENTOR="Somebody"\nJAVA_VERSION="{version}"\n')
    return home


@pytest.mark.parametrize("flavour", Flavour)
def test_without_a_jdk_opensearch_is_skipped_with_what_to_install(flavour, monkeypatch, tmp_path):
    jdk(tmp_path / "old", "17.0.15")
    monkeypatch.delenv(REQUIRE_ALL, raising=False)
    with (
        pytest.raises(pytest.skip.Exception, match="needs a JDK of version 21 or newer; install one"),
        opensearch.running_opensearch(flavour),
    ):
        pytest.fail("a node was started without a JDK")


def test_without_maven_opensearch_is_skipped_with_what_to_install(monkeypatch, tmp_path):
    jdk(tmp_path / "new", "21.0.2")
    monkeypatch.delenv(REQUIRE_ALL, raising=False)
    with (
        pytest.raises(pytest.skip.Exception, match=r"Maven.*install it with: apt-get install maven"),
        opensearch.running_cluster(),
    ):
        pytest.fail("nodes were started without their jars")


def test_the_newest_installed_jdk_is_taken_unless_one_is_set(monkeypatch, tmp_path):
    set_by_user = jdk(tmp_path / "elsewhere" / "mine", "21")
    for version in ("9.0.4", "25.0.1", "21.0.2"):
        jdk(tmp_path / version, version)
    (tmp_path / "only-runs-programs").mkdir()
    assert jars.jdk() == tmp_path / "25.0.1"
    monkeypatch.setenv("JAVA_HOME", str(set_by_user))
    assert jars.jdk() == set_by_user


def test_the_newest_installed_server_is_taken(tmp_path):
    for version in ("9", "15", "tools"):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        for program in ("initdb", "postgres"):
            (folder / program).touch()
    assert postgres.binaries() == tmp_path / "15" / "bin"

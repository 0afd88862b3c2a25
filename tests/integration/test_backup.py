"""Backups: the very commands of deploy/README.md, on a real cluster with k-NN and a real PostgreSQL, and a folder's copy.

Only what a container is differs: `docker compose exec` and `run` start the same programs here.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.settings import TextEngineName, VectorEngineName
from tests.integration.bench import Bench
from tests.integration.conftest import NewBench
from tests.rig.opensearch import OpenSearchServer
from tests.rig.parts import missing
from tests.rig.postgres import PASSWORD, PostgresServer

REPORTS = 40
NIGHT = "2026-11-27"
"""Of the guide's example."""

_ROOT = Path(__file__).parents[2]
_DATABASE = "radiotheque"
_ADMINISTRATOR = "postgres"
_CONTAINERS = """set -euo pipefail
sudo() { "$@"; }
date() { [ "$*" = +%F ] && echo NIGHT; }
docker() {
  case "$*" in
    "compose exec -T "*) shift 4; "$@" ;;
    "compose run --rm -T --entrypoint sh indexer "*) shift 7; sh "$@" ;;
    "compose run --rm indexer "*) shift 4; "$PYTHON" -m api "$@" ;;
    *) echo "not a command of the guide: $*" >&2; return 2 ;;
  esac
}
""".replace("NIGHT", NIGHT)


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """The server with the database and the administrator that the guide names, both gone at the end."""
    postgres_server.execute(f"CREATE ROLE {_ADMINISTRATOR} SUPERUSER LOGIN PASSWORD '{PASSWORD}'")
    postgres_server.execute(f"CREATE DATABASE {_DATABASE} TEMPLATE template0")
    yield postgres_server
    postgres_server.drop(_DATABASE)
    postgres_server.execute(f"DROP ROLE {_ADMINISTRATOR}")


@pytest.fixture
def on_servers(new_bench: NewBench, opensearch_knn: OpenSearchServer, database: PostgresServer) -> Bench:
    """An empty data folder, and everything on servers."""
    engines = {"text_engine": TextEngineName.OPENSEARCH.value, "vector_engine": VectorEngineName.OPENSEARCH.value}
    return new_bench(index_batch=8, opensearch_url=opensearch_knn.url, catalog_url=database.url(_DATABASE), **engines)


def answers(bench: Bench) -> list[list[str]]:
    return [bench.find("pas de fracture", "--mode", mode, "--limit", REPORTS) for mode in ("lexical", "semantic")]


@pytest.mark.slow
def test_what_the_guide_says_brings_everything_back_and_an_older_snapshot_is_brought_up_to_date(
    on_servers: Bench, corpus: Path, opensearch_knn: OpenSearchServer, database: PostgresServer, tmp_path: Path
) -> None:
    if shutil.which("curl") is None:
        missing("curl, which the guide asks OpenSearch with, is not on this machine: apt-get install curl")
    on_servers.ok("index", corpus)
    before, found = on_servers.held(), answers(on_servers)
    assert {len(held) for held in before.values()} == {REPORTS}
    guide = Guide(on_servers, opensearch_knn, database, tmp_path)
    guide.run(0, 1)
    (snapshot,) = opensearch_knn.request("GET", f"/_snapshot/backup/{NIGHT}")["snapshots"]
    assert (snapshot["state"], len(snapshot["indices"])) == ("SUCCESS", 2)

    doomed = sorted(before["catalog"])[3]
    on_servers.ok("delete", doomed, "--yes")
    opensearch_knn.request("DELETE", "/_snapshot/backup")
    opensearch_knn.wipe()
    database.drop(_DATABASE)
    database.execute(f"CREATE DATABASE {_DATABASE} TEMPLATE template0")
    (on_servers.data / "pseudonyms.key").unlink()

    said = guide.run(0, 2)
    assert "The stores agree." in said
    assert on_servers.held() == before
    assert answers(on_servers) == found
    assert on_servers.ok("index", corpus).counts() == (REPORTS, 0, REPORTS, 0)
    on_servers.ok("rebuild", "--store", "text")
    assert on_servers.agrees()

    on_servers.ok("delete", doomed, "--yes")
    opensearch_knn.request("DELETE", "/radiotheque*")
    asked = {"indices": "radiotheque*", "include_global_state": False}
    opensearch_knn.request("POST", f"/_snapshot/backup/{NIGHT}/_restore?wait_for_completion=true", asked)
    assert on_servers.run("status").code == 1
    assert "1 reports mended" in on_servers.ok("repair").out
    assert on_servers.agrees()


def test_a_copy_of_a_data_folder_is_a_backup(indexed: Bench) -> None:
    before, found = indexed.held(), answers(indexed)
    copy, key = indexed.data.with_name("copy"), indexed.data.with_name("kept-apart")
    subprocess.run(["cp", "--archive", indexed.data, copy], check=True)
    (copy / "pseudonyms.key").rename(key)
    indexed.ok("delete", sorted(before["catalog"])[3], "--yes")
    shutil.rmtree(indexed.data)
    copy.rename(indexed.data)
    key.rename(indexed.data / "pseudonyms.key")
    assert indexed.agrees()
    assert (indexed.held(), answers(indexed)) == (before, found)


class Guide:
    """The blocks of commands under the guide's title *Backup*: the repository, a night's backup, the way back."""

    def __init__(self, bench: Bench, opensearch: OpenSearchServer, postgres: PostgresServer, folder: Path) -> None:
        text = (_ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
        self._blocks = re.findall(r"```\n(.*?)```", text.partition("## Backup")[2].partition("\n## ")[0], re.DOTALL)
        self._folder = folder / "host"
        safe = folder / "safe"
        safe.mkdir()
        self._folder.mkdir()
        shutil.copy(bench.data / "pseudonyms.key", safe)
        (safe / "operator_password").write_text("of nobody here")
        self._places = {
            "https://localhost:9200": opensearch.url,
            "/usr/share/opensearch/snapshots": str(opensearch.folder / "repository"),
            "/var/lib/radiotheque": str(bench.data),
            "/safe/": f"{safe}/",
        }
        connection = {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGPASSWORD": PASSWORD}
        python = {"PYTHON": sys.executable, "PYTHONPATH": str(_ROOT)}
        self._environment = {**os.environ, **bench.environment(), **connection, **python}

    def run(self, *numbers: int) -> str:
        """Run blocks in one shell, as they are written but for the places; what they print."""
        commands = "".join(self._blocks[number] for number in numbers)
        for place, here in self._places.items():
            commands = commands.replace(place, here)
        script = ["bash", "-c", _CONTAINERS + commands]
        done = subprocess.run(
            script, cwd=self._folder, env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

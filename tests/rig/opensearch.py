"""OpenSearch nodes in temporary folders: `opensearch_server` and `opensearch_knn_server` (one a session each, with
`opensearch` and `opensearch_knn` emptied after each test), and `opensearch_cluster` (three nodes, for a module's tests).
One with the security plugin is started with the configuration that a test gives: `running_opensearch(..., secured=...)`.
"""

import contextlib
import json
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.rig.jars import Flavour, Jars, jars
from tests.rig.ports import free_port

_PATIENCE = 180.0
_HEAP_MB = 512
_CLUSTER = "radiotheque-rig"
# A disk that is nearly full blocks every index: a test of that turns it on. Disks are then looked at as often as may be.
_EVERY_NODE = {
    "cluster.name": _CLUSTER,
    "network.host": "127.0.0.1",
    "cluster.routing.allocation.disk.threshold_enabled": "false",
    "cluster.info.update.interval": "10s",
}


@dataclass(frozen=True)
class Secured:
    """What a node with the security plugin is started with, and who its administrator is.

    configuration: a folder that is copied to be the node's `config`. ca: the authority of the node's certificate.
    """

    configuration: Path
    ca: Path
    user: str
    password: str = field(repr=False)


@dataclass
class OpenSearchServer:
    """A node in a JVM of its own. It is started again on the same port, over the same data, after it was stopped or killed.

    settings: of OpenSearch, beside those of every node; they are read at each start.
    """

    folder: Path
    flavour: Flavour
    name: str = "node"
    settings: dict[str, Any] = field(default_factory=lambda: {"discovery.type": "single-node"})
    heap_mb: int = _HEAP_MB
    secured: Secured | None = None
    http_port: int = field(default_factory=free_port)
    transport_port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"https://localhost:{self.http_port}" if self.secured else f"http://127.0.0.1:{self.http_port}"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def start(self) -> None:
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start the process and do not wait: a node of a cluster is ready when others are."""
        if self._process is not None and self._process.poll() is None:
            return
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        settings = self.folder / "settings.yml"
        settings.write_text(json.dumps(self._all_settings()))  # YAML too
        with self.log.open("ab") as log:
            command = [*self._java(jars(self.flavour)), str(settings), *self.flavour.plugins]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=self.folder)

    def wait_until_ready(self, nodes: int = 1, status: str = "yellow") -> None:
        """Wait until the node is in a cluster of so many nodes, and every index has its primaries (green: its replicas)."""
        deadline = time.monotonic() + _PATIENCE
        path = f"/_cluster/health?wait_for_nodes={nodes}&wait_for_status={status}&timeout=2s"
        while not self._answers(path):
            running = self._process is not None and self._process.poll() is None
            assert running, self._last_words()
            assert time.monotonic() < deadline, self._last_words()
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it as an administrator does."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(_PATIENCE)
            self._process = None

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.kill()
        self._process.wait(_PATIENCE)
        self._process.stdin.close()
        self._process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask as the administrator; the answer, parsed. path: with its slash."""
        response = httpx.request(method, self.url + path, json=body, timeout=60, **self._as_administrator())
        assert response.is_success, response.text
        return response.json()

    def wipe(self) -> None:
        """Leave it as if it were new: no index, alias, template or setting."""
        self.request("PUT", "/_cluster/settings", {"persistent": {"*": None}, "transient": {"*": None}})
        for path in (
            "/*?expand_wildcards=all",
            "/_index_template/*",
            "/_component_template/*",
            "/_search/point_in_time/_all",
        ):
            self.request("DELETE", path)

    def _all_settings(self) -> dict[str, Any]:
        own = {
            "node.name": self.name,
            "path.home": str(self.folder),
            "path.repo": str(self.folder / "repository"),
            "http.port": self.http_port,
            "transport.port": self.transport_port,
        }
        return {**_EVERY_NODE, **own, **self.settings}

    def _java(self, found: Jars) -> list[str]:
        memory = [f"-Xms{self.heap_mb}m", f"-Xmx{self.heap_mb}m", "-XX:+UseSerialGC"]
        options = ["--enable-native-access=ALL-UNNAMED", "--add-modules=jdk.incubator.vector", "-Djna.nosys=true"]
        places = [f"-Djava.io.tmpdir={self.folder / 'tmp'}", "-Dlog4j2.level=WARN", "-cp", found.class_path]
        return [str(found.java), *memory, *options, *places, "Node"]

    def _answers(self, path: str) -> bool:
        try:
            return httpx.get(self.url + path, timeout=5, **self._as_administrator()).is_success
        except httpx.TransportError:
            return False

    def _as_administrator(self) -> dict[str, Any]:
        if self.secured is None:
            return {}
        verified = ssl.create_default_context(cafile=str(self.secured.ca))
        return {"auth": (self.secured.user, self.secured.password), "verify": verified}

    def _last_words(self) -> str:
        return self.log.read_text()[-3000:]


@dataclass(frozen=True)
class OpenSearchCluster:
    """Nodes that know each other; each can be killed and started again."""

    nodes: list[OpenSearchServer]

    @property
    def urls(self) -> list[str]:
        return [node.url for node in self.nodes]

    def start(self) -> None:
        """Start what does not run, and wait until all are together and every index is green."""
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.wait_until_ready(len(self.nodes), "green")

    def manager(self) -> OpenSearchServer:
        """The node that the others elected."""
        elected = next(node for node in self.nodes if node._answers("/")).request(
            "GET", "/_cat/cluster_manager?format=json"
        )[0]["node"]
        return next(node for node in self.nodes if node.name == elected)

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()


@contextlib.contextmanager
def running_opensearch(
    flavour: Flavour,
    settings: Mapping[str, Any] | None = None,
    heap_mb: int = _HEAP_MB,
    secured: Secured | None = None,
) -> Iterator[OpenSearchServer]:
    """A new server of one node, until the block ends. settings: of OpenSearch, by their dotted names."""
    jars(flavour)
    with _folder() as folder:
        alone = {"discovery.type": "single-node", **(settings or {})}
        server = OpenSearchServer(folder, flavour, settings=alone, heap_mb=heap_mb, secured=secured)
        if secured is not None:
            shutil.copytree(secured.configuration, folder / "config")
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def running_cluster(flavour: Flavour = Flavour.PLAIN, size: int = 3) -> Iterator[OpenSearchCluster]:
    """A new cluster of nodes in JVMs of their own, until the block ends."""
    jars(flavour)
    with _folder() as folder:
        nodes = [OpenSearchServer(folder / f"node-{i}", flavour, f"node-{i}") for i in range(size)]
        for node in nodes:
            node.settings = {
                "discovery.seed_hosts": [f"127.0.0.1:{other.transport_port}" for other in nodes],
                "cluster.initial_cluster_manager_nodes": [other.name for other in nodes],
            }
        cluster = OpenSearchCluster(nodes)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


@pytest.fixture(scope="session")
def opensearch_server() -> Iterator[OpenSearchServer]:
    """The one plain server of the session; a test that stops it starts it again."""
    with running_opensearch(Flavour.PLAIN) as server:
        yield server


@pytest.fixture(scope="session")
def opensearch_knn_server() -> Iterator[OpenSearchServer]:
    """The one server with k-NN of the session; a test that stops it starts it again."""
    with running_opensearch(Flavour.KNN) as server:
        yield server


@pytest.fixture
def opensearch(opensearch_server: OpenSearchServer) -> Iterator[OpenSearchServer]:
    """The plain server, empty again when the test ends."""
    yield opensearch_server
    opensearch_server.start()
    opensearch_server.wipe()


@pytest.fixture
def opensearch_knn(opensearch_knn_server: OpenSearchServer) -> Iterator[OpenSearchServer]:
    """The server with k-NN, empty again when the test ends."""
    yield opensearch_knn_server
    opensearch_knn_server.start()
    opensearch_knn_server.wipe()


@pytest.fixture(scope="module")
def opensearch_cluster() -> Iterator[OpenSearchCluster]:
    """Three nodes for a module's tests; a test that kills one starts it again."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def opensearch_knn_cluster() -> Iterator[OpenSearchCluster]:
    """Three nodes with k-NN for a module's tests; a test that kills one starts it again."""
    with running_cluster(Flavour.KNN) as cluster:
        yield cluster


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="radiotheque-opensearch-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)

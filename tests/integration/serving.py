"""The real API on a free port of this machine, in a thread, and a client that talks to it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn

from api.app import create_app
from indexer.settings import Settings

_PATIENCE = 60.0


@dataclass(frozen=True)
class Api:
    """A client of a running API."""

    client: httpx.Client
    port: int

    def post(self, path: str, /, **body: Any) -> httpx.Response:
        return self.client.post(f"/v1/{path}", json=body)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(f"/v1/{path}")

    def search(self, **body: Any) -> dict[str, Any]:
        response = self.post("search", **body)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def ready(self, snapshot: str | None = None) -> dict[str, Any]:
        """Wait until the API is ready, and has taken up this snapshot if one is named."""
        return self._until(200, lambda answer: snapshot in (None, answer["snapshot"]))

    def not_ready(self) -> str:
        """Wait until the API says why it is not ready, past the opening of the stores."""
        return str(self._until(503, lambda answer: answer["detail"] != "the stores are being opened")["detail"])

    def _until(self, status: int, wanted: Any) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            response = self.get("health/ready")
            if response.status_code == status and wanted(response.json()):
                found: dict[str, Any] = response.json()
                return found
            time.sleep(0.02)
        raise AssertionError(f"no {status} from health/ready, but {response.status_code}: {response.text}")


@contextmanager
def serving(settings: Settings) -> Iterator[Api]:
    """The API over a data folder, until the block ends."""
    config = uvicorn.Config(create_app(settings), host="127.0.0.1", port=0, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="api")
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield Api(client, port)
    finally:
        server.should_exit = True
        thread.join(30)

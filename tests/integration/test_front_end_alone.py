"""The front end asks nobody outside anything, not even where a page of another origin connects."""

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from search_app import theme
from tests.rig.ports import free_port

PATIENCE = 60.0
HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Origin": "http://elsewhere.example",
}


class Outside:
    """Stands for the internet: the proxy that every HTTP library would go through, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:  # closed
                return
            with connection:
                self.asked.append(connection.recv(200))
                connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def outside():
    stands = Outside()
    yield stands
    stands.close()


@pytest.fixture
def front_end(outside: Outside, tmp_path: Path):
    """The address of a front end whose way to the internet is watched."""
    port = free_port()
    command = [sys.executable, "-m", "search_app.server", "run", str(theme.ENTRY), *theme.command_line_options(port)]
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), outside.url)
    kept = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env={**kept, **proxies}, stdout=log, stderr=log, cwd=Path(__file__).parents[2]
        )
        try:
            yield _answering(port)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _answering(port: int) -> str:
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/_stcore/health", trust_env=False).is_success:
                return address
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the front end did not start")


def test_a_page_of_another_origin_is_refused_and_nobody_is_asked(front_end: str, outside: Outside) -> None:
    answer = httpx.get(f"{front_end}/_stcore/stream", headers=HANDSHAKE, timeout=PATIENCE, trust_env=False)
    assert answer.status_code == 403
    assert outside.asked == []

"""The demo itself, started as a newcomer would, is what the browser drives."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rig.parts import missing

CHROMIUM = Path("/usr/bin/chromium")
REPORTS = 150
READY_SECONDS = 240.0


@dataclass(frozen=True)
class RunningStack:
    app_url: str
    api_url: str


@pytest.fixture(scope="session")
def running_stack(bundled_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """`radiotheque demo` on a small corpus with the bundled encoder, stopped by Ctrl-C at the end."""
    if not CHROMIUM.exists():
        missing("Chromium is not on this machine; install it with: apt-get install chromium")
    folder = tmp_path_factory.mktemp("demo")
    (folder / "models").symlink_to(bundled_models.resolve())
    command = [sys.executable, "-m", "api", "demo", "--reports", str(REPORTS), "--data-dir", str(folder)]
    environment = {**os.environ, "RADIOTHEQUE_API_PORT": "0", "RADIOTHEQUE_APP_PORT": "0"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as demo:
        timer = threading.Timer(READY_SECONDS, demo.kill)
        timer.start()
        printed = _until_ready(demo)
        timer.cancel()
        yield RunningStack(_address(printed, "ready"), _address(printed, "API"))
        demo.send_signal(signal.SIGINT)
        # Two servers end in turn, each with the requests in flight.
        assert demo.wait(timeout=60) == 0


def _until_ready(demo: subprocess.Popen[str]) -> str:
    printed = ""
    for line in demo.stdout or ():
        printed += line
        if "Ctrl-C" in line:
            return printed
    pytest.fail(f"the demo ended before it was ready; it printed: {printed}")


def _address(printed: str, name: str) -> str:
    found = re.search(rf"{name}.*?(http://127\.0\.0\.1:\d+)", printed)
    assert found, printed
    return found[1]

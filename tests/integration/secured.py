"""What the tests of a secured OpenSearch ask, and what proves who asks."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from tests.integration.bench import Bench
from tests.integration.deployed import run
from tests.rig.opensearch import OpenSearchServer


def asking(server: OpenSearchServer, secrets: Path, user: str, password: str) -> Callable[..., httpx.Response]:
    """Requests as a user of the cluster, without this program between."""
    verified = ssl.create_default_context(cafile=str(secrets / "ca.pem"))

    def ask(method: str, path: str, body: Any = None) -> httpx.Response:
        return httpx.request(method, server.url + path, json=body, auth=(user, password), verify=verified, timeout=30)

    return ask


def wrong(bench: Bench, *arguments: object, code: int = 1, **options: object) -> str:
    """The one sentence that a command ends with. code: 2 for settings that are wrong."""
    outcome = bench.run(*arguments, **options)
    assert outcome.code == code, outcome.said
    return outcome.sentence()


def searched(bench: Bench) -> dict[str, list[str]]:
    """What every way of asking finds."""
    ways = {
        "hybrid": (),
        "lexical": ("--mode", "lexical"),
        "semantic": ("--mode", "semantic"),
        "filtered": ("--mode", "semantic", "--modality", "CT", "--finding", "-fracture:present"),
    }
    found = {way: bench.find("pas de fracture", "--limit", 20, *arguments) for way, arguments in ways.items()}
    assert all(found.values()), found
    return found


def changed(server: OpenSearchServer, secrets: Path, old: str, new: str) -> None:
    """Let the user of deploy change its password."""
    ask = asking(server, secrets, "radiotheque", old)
    answer = ask("PUT", "/_plugins/_security/api/account", {"current_password": old, "password": new})
    assert answer.status_code == 200, answer.text


def signed(folder: Path, secrets: Path, user: str) -> dict[str, object]:
    """The settings of a client certificate that the authority of make-secrets.sh has signed."""
    key, request, made = (folder / f"{user}.{kind}" for kind in ("key", "csr", "pem"))
    new = ["-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={user}", "-keyout", key, "-out", request]
    assert run("openssl", "req", *new).returncode == 0
    authority = ["-CA", secrets / "ca.pem", "-CAkey", secrets / "ca.key", "-set_serial", "7", "-days", "2"]
    assert run("openssl", "x509", "-req", "-in", request, *authority, "-out", made).returncode == 0
    return {"opensearch_client_certificate": made, "opensearch_client_key": key}

"""deploy/ as the tests use it: its compose file, its settings, and the secrets that it makes."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def run(*command: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """A command, and what it said."""
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **options)


def environment() -> dict[str, str]:
    """What radiotheque.env states."""
    lines = (DEPLOY / "radiotheque.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def secret_file(secrets: Path, name: str) -> Path:
    """The file that a secret of the compose file is made of, in the folder that make-secrets.sh made."""
    return secrets / Path(COMPOSE["secrets"][name]["file"]).name


def node_configuration(folder: Path, secrets: Path, brought: Path) -> Path:
    """The configuration's folder of the node as the compose file mounts it, over what the plugin brings.

    Without the settings file: `node_settings` reads it.
    """
    root, settings = "/usr/share/opensearch/config/", "/usr/share/opensearch/config/opensearch.yml"
    shutil.copytree(brought, folder / "opensearch-security")
    service = COMPOSE["services"]["opensearch"]
    mounts = [volume.split(":")[:2] for volume in service["volumes"]]
    files = [(DEPLOY / source, target) for source, target in mounts if target.startswith(root) and target != settings]
    files += [(secret_file(secrets, secret["source"]), secret["target"]) for secret in service["secrets"]]
    for source, target in files:
        place = folder / target.removeprefix(root)
        place.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, place)
    return folder


def node_settings(repository: Path) -> dict[str, Any]:
    """What the node's settings file states, but for what belongs to a container, and to a plugin that is not published."""
    written: dict[str, Any] = yaml.safe_load((DEPLOY / "opensearch" / "opensearch.yml").read_text())
    stated = {name: value for name, value in written.items() if not name.startswith("search.insights.")}
    own = {"network.host": "127.0.0.1", "bootstrap.memory_lock": False, "path.repo": [str(repository)]}
    assert own.keys() < stated.keys()
    return stated | own

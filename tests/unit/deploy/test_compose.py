"""What deploy/ promises: no secret inline, nobody root, one port on the loopback address, and settings that exist."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from indexer.settings import Settings
from search_app.settings import AppSettings
from tests.rig.parts import missing

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

OF_ONES_OWN = {"secrets", "snapshots", "import"}
"""Folders of an installation, not of the project."""

JOBS = {name for name, service in SERVICES.items() if "profiles" in service}
WRITABLE_ROOT = {"opensearch"}  # it writes its keystore beside its configuration

every_service = pytest.mark.parametrize("name", SERVICES)


def lint(program: str, *arguments: object) -> None:
    found = Path(sys.executable).with_name(program)
    if not found.exists():
        missing(f"{program} is not installed; install it with: make install")
    done = subprocess.run([found, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def environment() -> dict[str, str]:
    lines = (DEPLOY / "radiotheque.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_the_compose_files_follow_the_specification():
    lint("check-jsonschema", "--builtin-schema", "vendor.compose-spec", *sorted(DEPLOY.glob("compose*.yaml")))


def test_the_yaml_is_clean():
    lint("yamllint", "--strict", "--config-file", DEPLOY / ".yamllint.yaml", DEPLOY)


def test_the_dockerfile_is_clean():
    lint("hadolint", DEPLOY / "Dockerfile")


def test_every_setting_in_deploy_exists():
    fields = {*Settings.model_fields, *AppSettings.model_fields}
    known = {f"RADIOTHEQUE_{field.upper()}" for field in fields}
    texts = [path.read_text() for path in DEPLOY.rglob("*") if path.is_file() and not OF_ONES_OWN & {*path.parts}]
    used = set(re.findall(r"\bRADIOTHEQUE_[A-Z_]+\b", "\n".join(texts)))
    assert used - known == set()
    assert "RADIOTHEQUE_CATALOG_URL" in used & known


def test_the_settings_can_be_read():
    settings = Settings(_env_file=DEPLOY / "radiotheque.env", data_dir=environment()["RADIOTHEQUE_DATA_DIR"])
    assert str(settings.data_dir) == "/var/lib/radiotheque"
    assert settings.catalog_url is not None
    assert settings.catalog_url.get_secret_value() == environment()["RADIOTHEQUE_CATALOG_URL"]


@every_service
def test_nobody_is_root_or_can_become_it(name):
    service = SERVICES[name]
    assert int(service["user"].split(":")[0]) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "pid", "ipc"} & service.keys()
    assert service.get("read_only", False) == (name not in WRITABLE_ROOT)


@every_service
def test_every_service_has_its_limits(name):
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert float(limits["cpus"]) > 0
    assert re.fullmatch(r"\d+[mg]", limits["memory"])


@every_service
def test_every_service_that_stays_says_whether_it_is_well(name):
    check = SERVICES[name]["healthcheck"]
    assert check.get("disable", False) == (name in JOBS)
    assert name in JOBS or (check["test"] and check["timeout"] and check["start_period"])


@every_service
def test_images_are_pinned(name):
    tag = SERVICES[name]["image"].partition(":")[2]
    assert re.match(r"\d", tag), tag


def test_our_image_has_the_version_of_the_project():
    version = PROJECT["project"]["version"]
    gpu = yaml.safe_load((DEPLOY / "compose.gpu.yaml").read_text())["services"]
    ours = [name for name, service in SERVICES.items() if "build" in service]
    assert ours == ["api", "app", "indexer"]
    for services, engine in ((SERVICES, "cpu"), (gpu, "gpu")):
        assert {services[name]["image"] for name in ours} == {f"radiotheque:{version}-{engine}"}
        assert {services[name]["build"]["args"]["ENGINE"] for name in ours} == {engine}
        assert (ROOT / "requirements" / f"{engine}.txt").exists()


def test_only_the_front_end_is_published_and_only_on_the_loopback_address():
    app_port = Settings.model_fields["app_port"].default
    assert {name: s["ports"] for name, s in SERVICES.items() if "ports" in s} == {"web": [f"127.0.0.1:{app_port}:8080"]}
    proxied = re.findall(r"proxy_pass\s+(\S+);", (DEPLOY / "web" / "default.conf").read_text())
    assert proxied == [f"http://127.0.0.1:{app_port}"]


def test_the_api_is_on_the_loopback_address_of_a_network_that_it_shares_with_the_front_end():
    sharing = {name for name, service in SERVICES.items() if service.get("network_mode") == "service:web"}
    assert sharing == {"api", "app"}
    assert "RADIOTHEQUE_API_HOST" not in environment()
    port = Settings.model_fields["api_port"].default
    assert f"http://127.0.0.1:{port}/v1/health/live" in str(SERVICES["api"]["healthcheck"])


def test_the_stores_have_no_way_out():
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert {name: s["networks"] for name, s in SERVICES.items() if "networks" in s} == {
        "opensearch": ["inside"],
        "postgres": ["inside"],
        "web": ["inside", "outside"],
        "indexer": ["inside"],
    }


def test_no_secret_is_inline():
    stated = environment() | {k: v for s in SERVICES.values() for k, v in s.get("environment", {}).items()}
    secret = [key for key in stated if re.search("PASS|SECRET|TOKEN|KEY", key) and not re.search("FILE$", key)]
    assert secret == []
    assert [value for value in stated.values() if re.search(r"://[^/@]*:[^/@]*@", value)] == []
    assert all(secret["file"].startswith("secrets/") for secret in COMPOSE["secrets"].values())
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_opensearch_keeps_no_record_of_queries():
    settings = yaml.safe_load((DEPLOY / "opensearch" / "opensearch.yml").read_text())
    for metric in ("latency", "cpu", "memory"):  # of its plugin for query insights, all on by default
        assert settings[f"search.insights.top_queries.{metric}.enabled"] is False
    assert not [name for name in settings if "audit" in name or "slowlog" in name]


def test_a_node_has_room_beside_its_heap():
    node = SERVICES["opensearch"]
    least, most = re.fullmatch(r"-Xms(\d+)g -Xmx(\d+)g", node["environment"]["OPENSEARCH_JAVA_OPTS"]).groups()
    assert least == most
    assert 2 * int(most) <= int(node["deploy"]["resources"]["limits"]["memory"].removesuffix("g"))


def test_every_secret_that_is_pointed_at_is_mounted():
    pointed = {value.rpartition("=")[2] for value in environment().values() if "/run/secrets/" in value}
    assert pointed == {f"/run/secrets/{name}" for name in SERVICES["api"]["secrets"]}
    assert SERVICES["indexer"]["secrets"] == SERVICES["api"]["secrets"]
    assert "secrets" not in SERVICES["app"]


def test_every_mounted_file_exists():
    made_by_hand = {"./snapshots", "./import"}
    mounts = [volume.split(":")[0] for s in SERVICES.values() for volume in s.get("volumes", [])]
    files = {mount for mount in mounts if mount.startswith("./")}
    assert made_by_hand < files
    assert [mount for mount in sorted(files - made_by_hand) if not (DEPLOY / mount).is_file()] == []
    assert {mount for mount in mounts if not mount.startswith("./")} == COMPOSE["volumes"].keys()


def test_the_image_runs_as_an_ordinary_user_and_without_the_developers_tools():
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER")] == [f"USER {SERVICES['api']['user']}"]
    assert not [line for line in lines if line.startswith("ADD") or ":latest" in line]
    removed = next(line for line in lines if "uv pip uninstall" in line).split("uninstall")[1].split()
    tools = {re.split("[>=]", requirement)[0] for requirement in PROJECT["dependency-groups"]["dev"]}
    assert set(removed) == tools - {"pyyaml"}  # transformers needs it as well

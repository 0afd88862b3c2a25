"""What deploy/make-secrets.sh and deploy/postgres/catalog.sql make, on a real PostgreSQL over verified TLS."""

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
import yaml

from tests.integration.deployed import COMPOSE, DEPLOY, environment, run, secret_file
from tests.rig import postgres as rig
from tests.rig.parts import missing
from tests.rig.ports import free_port

KEPT_ELSEWHERE = {"ca.key", "operator_password"}


class Server(NamedTuple):
    port: int
    sockets: Path
    binaries: Path


@pytest.fixture(scope="module")
def server(secrets: Path) -> Iterator[Server]:
    """A server that is set up as compose.yaml does it, with the secrets in its own account's hands."""
    binaries = rig.binaries()
    if binaries is None:
        missing("PostgreSQL is not on this machine; install it with: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="radiotheque-deploy-"))
    account, port = rig._account(), free_port()
    shutil.copytree(secrets, folder / "secrets")
    for path in (folder, *(folder / "secrets").iterdir(), folder / "secrets"):
        shutil.chown(path, account["user"], account["group"])
    script = folder / "catalog.sql"
    script.write_text((DEPLOY / "postgres" / "catalog.sql").read_text().replace("/run/secrets", f"{folder}/secrets"))
    options = COMPOSE["services"]["postgres"]["command"][1:]
    for name in ("postgres_pem", "postgres_key"):
        file = secret_file(folder / "secrets", name)
        options = [option.replace(f"/run/secrets/{name}", str(file)) for option in options]
    own = ["-p", port, "-k", folder, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    data, log = folder / "data", folder / "log"
    auth = ["--auth-local", "trust", "--auth-host", "scram-sha-256"]
    try:
        assert run(binaries / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", *auth, **account).returncode == 0
        started = " ".join(map(str, [*own, *options]))
        up = run(binaries / "pg_ctl", "-D", data, "-w", "-l", log, "-o", started, "start", **account)
        assert up.returncode == 0, log.read_text()
        asked = run(binaries / "psql", "-h", folder, "-p", port, "-U", "postgres", "-f", script, **account)
        assert asked.returncode == 0, asked.stderr
        yield Server(port, folder, binaries)
    finally:
        run(binaries / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop", **account)
        shutil.rmtree(folder)


@pytest.fixture
def url(server: Server, secrets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The catalog's URL of radiotheque.env; the name `postgres` leads to the server here."""
    passwords = tmp_path / "pgpass"
    passwords.write_text((secrets / "pgpass").read_text().replace(":5432:", f":{server.port}:"))
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    moved = environment()["RADIOTHEQUE_CATALOG_URL"].replace(":5432", f":{server.port}")
    return moved.replace("/run/secrets/ca", f"{secrets}/ca.pem") + "&hostaddr=127.0.0.1"


def test_every_secret_of_the_compose_file_is_made_for_the_one_who_reads_it(secrets):
    files = {name: secret_file(secrets, name) for name in COMPOSE["secrets"]}
    assert {path.name for path in secrets.iterdir()} == {path.name for path in files.values()} | KEPT_ELSEWHERE
    for service in COMPOSE["services"].values():
        reader = int(service["user"].split(":")[0])
        for mounted in service.get("secrets", []):
            name = mounted if isinstance(mounted, str) else mounted["source"]
            found = files[name].stat()
            if name == "ca":
                assert stat.S_IMODE(found.st_mode) == 0o444
            else:
                assert (name, found.st_uid, stat.S_IMODE(found.st_mode)) == (name, reader, 0o400)


def test_secrets_in_use_are_not_replaced(secrets):
    before = {path.name: path.read_bytes() for path in secrets.iterdir()}
    done = run("bash", DEPLOY / "make-secrets.sh", secrets)
    assert (done.returncode, "exists already" in done.stderr) == (2, True)
    assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before


@pytest.mark.parametrize(("user", "file"), [("radiotheque", "opensearch_password"), ("operator", "operator_password")])
def test_the_hash_of_a_user_of_opensearch_is_that_of_the_password(secrets, user, file):
    users = yaml.safe_load((secrets / "internal_users.yml").read_text())
    mapping = yaml.safe_load((DEPLOY / "opensearch" / "roles_mapping.yml").read_text())
    assert [user] in [role["users"] for role in mapping.values() if "users" in role]
    stated = users[user]["hash"]
    check = "print crypt(<STDIN>, shift)"
    assert run("perl", "-e", check, stated, input=(secrets / file).read_text()).stdout == stated
    assert run("perl", "-e", check, stated, input="another").stdout != stated


@pytest.mark.parametrize("name", ["opensearch", "postgres"])
def test_a_certificate_is_good_for_its_server_and_no_other(secrets, name):
    def verified(host: str) -> bool:
        pair = secrets / "ca.pem", secrets / f"{name}.pem"
        return run("openssl", "verify", "-verify_hostname", host, "-CAfile", *pair).returncode == 0

    assert verified(name)
    assert verified("localhost")
    assert not verified("elsewhere")
    key = (secrets / f"{name}.key").read_text()
    assert key.startswith("-----BEGIN PRIVATE KEY-----")  # PKCS#8, as OpenSearch wants it


def test_the_catalog_is_reached_by_its_owner_over_verified_tls(url):
    with psycopg.connect(url) as connection:
        told = connection.execute(
            "SELECT ssl, current_user, rolsuper FROM pg_stat_ssl, pg_roles WHERE pid = pg_backend_pid() "
            "AND rolname = current_user"
        ).fetchone()
        assert told == (True, "radiotheque", False)
        connection.execute("CREATE TABLE of_ours (id int)")
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)


def test_a_server_with_another_certificate_is_refused(url, secrets, tmp_path):
    other = tmp_path / "other.pem"
    made = ["-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Radiotheque CA", "-out", other]
    assert run("openssl", "req", *made, "-keyout", tmp_path / "other.key").returncode == 0
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        psycopg.connect(url.replace(f"{secrets}/ca.pem", str(other)))
    with pytest.raises(psycopg.OperationalError, match="does not match host name"):
        psycopg.connect(url.replace("@postgres:", "@elsewhere:"))


def test_a_dump_brings_the_catalog_back_as_the_guide_says(server, url, tmp_path):
    """The lines of deploy/README.md, with the programs of this machine for those of the container."""
    guide = (DEPLOY / "README.md").read_text()
    typed = re.findall(r"^docker compose exec -T postgres (pg_(?:dump|restore) .*)$", guide, re.MULTILINE)
    dump, restore = (re.sub(r"catalog-\S+( \S+)?\.dump", "catalog.dump", command) for command in typed)
    there = {**os.environ, "PGHOST": str(server.sockets), "PGPORT": str(server.port)}

    def administrator(command: str) -> None:
        done = run("bash", "-c", f"{server.binaries}/{command}", cwd=tmp_path, env=there)
        assert done.returncode == 0, done.stderr

    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (id int PRIMARY KEY); INSERT INTO kept VALUES (42)")
    administrator(dump)
    for statement in ("DROP DATABASE radiotheque WITH (FORCE)", "CREATE DATABASE radiotheque OWNER radiotheque"):
        administrator(f'psql --username=postgres --command="{statement}"')
    administrator(restore)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT id FROM kept").fetchall() == [(42,)]
        connection.execute("ALTER TABLE kept ADD COLUMN more int")  # it is its owner's again

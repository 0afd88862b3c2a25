"""OpenSearch with its security plugin, set up by what deploy/ ships: TLS, users, roles, certificates, a snapshot."""

import json
import re
import shutil
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.bench import Bench, read_jsonl, write_jsonl
from tests.integration.conftest import NewBench
from tests.integration.deployed import COMPOSE, DEPLOY, environment, node_configuration, node_settings, run, secret_file
from tests.integration.secured import asking, changed, searched, signed, wrong
from tests.integration.serving import serving
from tests.rig.jars import Flavour, jars
from tests.rig.opensearch import OpenSearchServer, Secured, running_opensearch
from tests.rig.parts import missing
from tests.rig.proxy import certificate

REPORTS, FEW = 40, 16
MARKER = "zz-Mot-de-passe-42-zz"
REFUSED = "does not let this user do it; see RADIOTHEQUE_OPENSEARCH_USER and its roles there"
UNKNOWN = "does not know this user by this password or certificate; see RADIOTHEQUE_OPENSEARCH_USER, "
UNPROVEN = "does not prove who it is; see RADIOTHEQUE_OPENSEARCH_CA_BUNDLE"

GUIDE = (DEPLOY / "README.md").read_text()


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the compose file mounts for them."""
    return tmp_path_factory.mktemp("snapshots")


@pytest.fixture(scope="module")
def secured_server(
    tmp_path_factory: pytest.TempPathFactory, secrets: Path, snapshots: Path
) -> Iterator[OpenSearchServer]:
    """The node of the compose file; besides, client certificates are turned on, as the comment in config.yml says."""
    if shutil.which("curl") is None:
        missing(
            "curl, which the health check and the guide use, is not on this machine; install it with: apt-get install curl"
        )
    folder = tmp_path_factory.mktemp("secured")
    configuration = node_configuration(folder / "config", secrets, jars(Flavour.SECURE).configuration)
    knocking = configuration / "opensearch-security" / "config.yml"
    text = knocking.read_text()
    assert text.count("http_enabled: false") == 1
    knocking.write_text(text.replace("http_enabled: false", "http_enabled: true"))
    password = (secrets / "operator_password").read_text()
    secured = Secured(configuration, secrets / "ca.pem", "operator", password)
    with running_opensearch(Flavour.SECURE, node_settings(snapshots), secured=secured) as server:
        yield server


@pytest.fixture
def opensearch_secured(secured_server: OpenSearchServer) -> Iterator[OpenSearchServer]:
    """The node, without an index of ours when the test ends."""
    yield secured_server
    for path in ("/radiotheque*", "/_index_template/*"):
        secured_server.request("DELETE", path)


@pytest.fixture
def bench(new_bench: NewBench, opensearch_secured: OpenSearchServer, secrets: Path) -> Bench:
    """An empty data folder with the settings of radiotheque.env, but for the catalog, which is a file here."""
    files = {f"/run/secrets/{name}": str(secret_file(secrets, name)) for name in COMPOSE["secrets"]}
    stated = {
        name.removeprefix("RADIOTHEQUE_").lower(): files.get(value, value)
        for name, value in environment().items()
        if name not in {"RADIOTHEQUE_DATA_DIR", "RADIOTHEQUE_CATALOG_URL", "PGPASSFILE"}
    }
    assert {"opensearch_user", "opensearch_password_file", "opensearch_ca_bundle"} < stated.keys()
    stated["opensearch_url"] = opensearch_secured.url
    return new_bench(index_batch=20, opensearch_patience_seconds=5.0, **stated)


@pytest.fixture
def few(corpus: Path, tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "few.jsonl", read_jsonl(corpus)[:FEW])


def test_the_health_check_of_the_compose_file_passes_and_everything_else_wants_a_user(
    secured_server: OpenSearchServer, secrets: Path
) -> None:
    command = COMPOSE["services"]["opensearch"]["healthcheck"]["test"]
    assert command.count(":9200/") == 1
    here = command.replace(":9200/", f":{secured_server.http_port}/")
    assert run("sh", "-c", here, cwd=secured_server.folder).returncode == 0
    verified = ssl.create_default_context(cafile=str(secrets / "ca.pem"))
    assert httpx.get(secured_server.url, verify=verified).status_code == 401
    with pytest.raises(httpx.TransportError, match="disconnected without sending a response"):
        httpx.get(secured_server.url.replace("https", "http"))


def test_the_user_of_deploy_may_do_all_that_the_commands_and_the_api_ask(
    bench: Bench, corpus: Path, tmp_path: Path, opensearch_secured: OpenSearchServer
) -> None:
    assert bench.ok("index", corpus).counts() == (REPORTS, REPORTS, 0, 0)
    assert bench.agrees()
    said = bench.ok("doctor").out
    assert "opensearch 3.5.0, 1 node(s), green" in said
    assert "with k-NN (lucene)" in said
    before = searched(bench)
    for store in ("text", "vectors"):
        bench.ok("rebuild", "--store", store)
        bench.ok("rollback", "--store", store)
    assert searched(bench) == before
    records = read_jsonl(corpus)
    records[5]["text"] += "\nMention ajoutée : xanthogranulome fictif."
    assert bench.ok("index", write_jsonl(tmp_path / "changed.jsonl", records)).counts() == (REPORTS, 1, REPORTS - 1, 0)
    (met,) = bench.find('"xanthogranulome fictif"')
    with serving(bench.settings()) as api:
        api.ready()
        for mode in ("hybrid", "lexical", "semantic"):
            assert met in [hit["report_id"] for hit in api.search(text="xanthogranulome fictif", mode=mode)["hits"]]
        assert api.get(f"reports/{met}").status_code == 200
    bench.ok("delete", met, "--yes")
    bench.ok("reanalyse")
    opensearch_secured.request("DELETE", "/radiotheque-text-000001,radiotheque-vectors-000001")
    assert "is missing; mend it with: radiotheque repair" in wrong(bench, "status")
    bench.ok("repair")
    assert bench.agrees()
    assert {len(held) for held in bench.held().values()} == {REPORTS - 1}
    assert "xanthogranulome" not in opensearch_secured.log.read_text()


def test_the_user_of_deploy_reaches_nothing_else_on_the_cluster(
    opensearch_secured: OpenSearchServer, secrets: Path
) -> None:
    ask = asking(opensearch_secured, secrets, "radiotheque", (secrets / "opensearch_password").read_text())
    opensearch_secured.request("PUT", "/others/_doc/1?refresh=true", {"a": 1})
    try:
        for method, path, body in (
            ("GET", "/others/_search", None),
            ("PUT", "/others/_doc/2", {"a": 2}),
            ("DELETE", "/others", None),
            ("GET", "/_alias/others", None),
            ("GET", "/.opendistro_security/_search", None),
            ("GET", "/_plugins/_security/api/internalusers", None),
            ("PUT", "/_cluster/settings", {"persistent": {"action.auto_create_index": "true"}}),
            ("PUT", "/_snapshot/own", {"type": "fs", "settings": {"location": "own"}}),
        ):
            assert ask(method, path, body).status_code == 403, path
        assert opensearch_secured.request("GET", "/others/_count")["count"] == 1
    finally:
        opensearch_secured.request("DELETE", "/others")


class TestReader:
    @pytest.fixture
    def reader(
        self, bench: Bench, few: Path, opensearch_secured: OpenSearchServer, tmp_path: Path
    ) -> Iterator[dict[str, object]]:
        """The settings of a user with the reading role, over an index that the other one made."""
        bench.ok("index", few)
        path = "/_plugins/_security/api/internalusers/radiotheque_reader"
        opensearch_secured.request("PUT", path, {"password": MARKER})
        secret = tmp_path / "reader"
        secret.write_text(f"{MARKER}\n")
        yield {"opensearch_user": "radiotheque_reader", "opensearch_password_file": secret}
        opensearch_secured.request("DELETE", path)

    def test_it_finds_what_the_other_one_finds(self, bench: Bench, reader: dict[str, object]) -> None:
        reading = Bench(bench.data, bench.encoder, {**bench.options, **reader})
        assert searched(reading) == searched(bench)
        assert reading.agrees()
        assert "with k-NN" in reading.ok("doctor").out
        with serving(reading.settings()) as api:
            api.ready()
            assert api.search(text="fracture")["hits"]

    def test_it_writes_nothing(
        self,
        bench: Bench,
        reader: dict[str, object],
        few: Path,
        opensearch_secured: OpenSearchServer,
        secrets: Path,
        tmp_path: Path,
    ) -> None:
        held = bench.held()
        more = write_jsonl(tmp_path / "more.jsonl", [{**read_jsonl(few)[0], "id": "new"}])
        doomed = sorted(held["catalog"])[0]
        for arguments in (("rebuild", "--store", "text"), ("rebuild", "--store", "vectors"), ("index", more)):
            assert REFUSED in wrong(bench, *arguments, **reader)
        assert REFUSED in wrong(bench, "delete", doomed, "--yes", **reader)
        ask = asking(opensearch_secured, secrets, "radiotheque_reader", MARKER)
        for method, path, body in (
            ("PUT", "/radiotheque-text/_doc/1", {}),
            ("DELETE", "/radiotheque-text-000001", None),
            ("POST", "/radiotheque-text/_delete_by_query", {"query": {"match_all": {}}}),
            ("POST", "/_aliases", {"actions": [{"remove": {"index": "radiotheque-text-000001", "alias": "*"}}]}),
            ("PUT", "/radiotheque-text/_settings", {"index": {"blocks.write": True}}),
        ):
            assert ask(method, path, body).status_code == 403, path
        now = bench.held()
        assert (now["text"], now["vectors"]) == (held["text"], held["vectors"])


class TestWhoIsWho:
    """One clear sentence, without the secret, and at once: waiting would not help."""

    def test_a_wrong_password(self, bench: Bench, few: Path, tmp_path: Path) -> None:
        secret = tmp_path / "password"
        secret.write_text(MARKER)
        outcome = bench.run("index", few, opensearch_password_file=secret)
        assert (outcome.code, UNKNOWN in outcome.sentence()) == (1, True)
        assert MARKER not in outcome.said
        assert UNKNOWN in bench.run("doctor", opensearch_password_file=secret).out

    def test_files_that_are_no_certificates(self, bench: Bench, few: Path, secrets: Path, tmp_path: Path) -> None:
        own, _key = certificate(tmp_path, "radiotheque")
        shown = {"opensearch_client_certificate": own, "opensearch_client_key": secrets / "opensearch.key"}
        assert "PEM files that belong together" in wrong(bench, "index", few, code=2, **shown)
        bundle = secrets / "opensearch_password"
        said = wrong(bench, "index", few, code=2, opensearch_ca_bundle=bundle)
        assert f"{bundle}, which RADIOTHEQUE_OPENSEARCH_CA_BUNDLE names, holds no certificates" in said
        assert bundle.read_text() not in said

    def test_a_server_whose_authority_is_not_ours(self, bench: Bench, few: Path, tmp_path: Path) -> None:
        other, _key = certificate(tmp_path, "another")
        assert UNPROVEN in wrong(bench, "index", few, opensearch_ca_bundle=other)

    def test_a_server_of_another_name(self, bench: Bench, few: Path, secured_server: OpenSearchServer) -> None:
        url = secured_server.url.replace("localhost", "127.0.0.1")
        assert UNPROVEN in wrong(bench, "index", few, opensearch_url=url)

    def test_encryption_that_the_settings_do_not_state(
        self, bench: Bench, few: Path, secured_server: OpenSearchServer
    ) -> None:
        url = secured_server.url.replace("https", "http")
        assert "does not answer; check that it runs, and RADIOTHEQUE_OPENSEARCH_URL" in wrong(
            bench, "index", few, opensearch_url=url, opensearch_patience_seconds=0.1
        )


class TestClientCertificate:
    @pytest.fixture
    def certified(self, bench: Bench) -> Bench:
        """The settings without a user and a password."""
        without = {"opensearch_user", "opensearch_password_file"}
        options = {name: value for name, value in bench.options.items() if name not in without}
        return Bench(bench.data, bench.encoder, options)

    def test_it_stands_for_user_and_password(self, certified: Bench, few: Path, secrets: Path, tmp_path: Path) -> None:
        options = signed(tmp_path, secrets, "radiotheque")
        assert certified.ok("index", few, **options).counts() == (FEW, FEW, 0, 0)
        assert "The stores agree." in certified.ok("status", **options).out

    def test_one_of_somebody_without_a_role_opens_nothing(
        self, certified: Bench, few: Path, secrets: Path, tmp_path: Path
    ) -> None:
        assert REFUSED in wrong(certified, "index", few, **signed(tmp_path, secrets, "somebody"))

    def test_one_that_vouches_for_itself_opens_nothing(self, certified: Bench, few: Path, tmp_path: Path) -> None:
        own, key = certificate(tmp_path, "radiotheque")
        stated = {"opensearch_client_certificate": own, "opensearch_client_key": key}
        assert "does not accept the client certificate, or wants one" in wrong(certified, "index", few, **stated)

    def test_without_one_nobody_is_let_in(self, certified: Bench, few: Path) -> None:
        assert UNKNOWN in wrong(certified, "index", few)


class TestGuide:
    """What deploy/README.md says to type, typed; only where a container is named, this machine stands for it."""

    @pytest.fixture
    def typed(self, opensearch_secured: OpenSearchServer, secrets: Path, snapshots: Path) -> Callable[[str], None]:
        places = {
            "docker compose exec -T opensearch curl": "curl",
            "sudo cat /safe/operator_password": f"cat {secrets}/operator_password",
            "https://localhost:9200/": f"{opensearch_secured.url}/",
            "/usr/share/opensearch/snapshots": str(snapshots),
            "$(date +%F)": "2026-11-27",
        }

        def here(text: str) -> str:
            for theirs, ours in places.items():
                text = text.replace(theirs, ours)
            return text

        (function,) = re.findall(r"^ask\(\) \{.*?\}$", GUIDE, re.MULTILINE | re.DOTALL)
        assert all(theirs in function for theirs in list(places)[:3])

        def typed(command: str) -> None:
            done = run("bash", "-c", f"{here(function)}\n{here(command)}", cwd=opensearch_secured.folder)
            assert done.returncode == 0, done.stdout + done.stderr
            assert json.loads(done.stdout).get("error") is None

        return typed

    def test_a_snapshot_brings_the_index_back(
        self, bench: Bench, few: Path, opensearch_secured: OpenSearchServer, typed: Callable[[str], None]
    ) -> None:
        backup, restore = (
            re.findall("^ask [A-Z]+ .*", part, re.MULTILINE)
            for part in GUIDE.split("## Backup")[1].split("**Restore**")
        )
        assert (len(backup), len(restore)) == (2, 2)
        bench.ok("index", few)
        bench.ok("rebuild", "--store", "text")
        before = searched(bench)
        for command in backup:
            typed(command)
        opensearch_secured.request("DELETE", "/_snapshot/backup")
        opensearch_secured.request("DELETE", "/radiotheque*")
        assert bench.run("status").code == 1
        for command in restore:
            typed(command)
        assert bench.agrees()
        assert searched(bench) == before
        bench.ok("rollback")
        assert bench.agrees()
        opensearch_secured.request("DELETE", "/_snapshot/backup")

    def test_a_cluster_takes_the_requests_of_an_upgrade(self, typed: Callable[[str], None]) -> None:
        upgrade = re.findall("`(ask [A-Z]+ [^`]*)`", GUIDE.split("## Upgrade")[1].split("\n## ")[0])
        assert len(upgrade) == 4
        for command in upgrade:
            typed(command)

    def test_a_user_changes_its_own_password(
        self, bench: Bench, few: Path, opensearch_secured: OpenSearchServer, secrets: Path, tmp_path: Path
    ) -> None:
        before = (secrets / "opensearch_password").read_text()
        changed(opensearch_secured, secrets, before, MARKER)
        try:
            assert UNKNOWN in wrong(bench, "index", few)
            secret = tmp_path / "new"
            secret.write_text(MARKER)
            assert bench.ok("index", few, opensearch_password_file=secret).counts()[1] == FEW
        finally:
            changed(opensearch_secured, secrets, MARKER, before)

"""The one typed settings object: defaults, environment, and errors that show no value."""

from pathlib import Path

import pytest

from indexer.errors import SettingsError
from indexer.settings import BUNDLED, Device, Settings, TextEngineName, read_settings


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RADIOTHEQUE_INDEX_BATCH", "zzmarqueur"),
        ("RADIOTHEQUE_INDEX_BATCH", "-98765"),
        ("RADIOTHEQUE_ENCODER_BATCH", "98765"),
        ("RADIOTHEQUE_ENCODER_DEVICE", "zzmarqueur"),
        ("RADIOTHEQUE_API_PORT", "98765"),
        ("RADIOTHEQUE_SNAPSHOT_POLL_SECONDS", "-98765"),
        ("RADIOTHEQUE_MAX_TEXT_CHARS", "zzmarqueur"),
        ("RADIOTHEQUE_CATALOG_URL", "mysql://zzmarqueur@host/x"),
        ("RADIOTHEQUE_CATALOG_POOL", "98765"),
    ],
)
def test_a_bad_value_is_named_by_its_variable_and_not_shown(
    variable: str, value: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"{variable}: ") as caught:
        read_settings()
    assert value not in str(caught.value)
    assert caught.value.exit_code == 2
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_every_bad_value_is_named_at_once(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADIOTHEQUE_API_PORT", "none")
    monkeypatch.setenv("RADIOTHEQUE_INDEX_BATCH", "many")
    with pytest.raises(SettingsError, match=r"RADIOTHEQUE_INDEX_BATCH: .*; RADIOTHEQUE_API_PORT: "):
        read_settings()


def test_a_closed_choice_lists_its_members(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADIOTHEQUE_ENCODER_DEVICE", "gpu")
    with pytest.raises(SettingsError, match="'auto', 'cpu' or 'cuda'"):
        read_settings()


def test_the_environment_sets_and_an_override_wins(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADIOTHEQUE_ENCODER_DEVICE", "cpu")
    monkeypatch.setenv("RADIOTHEQUE_INDEX_BATCH", "12")
    settings = read_settings(index_batch=34)
    assert (settings.encoder_device, settings.index_batch) == (Device.CPU, 34)


def test_the_env_file_of_the_working_folder_is_read(elsewhere: Path) -> None:
    (elsewhere / ".env").write_text("RADIOTHEQUE_API_PORT=1234\nSOMETHING_ELSE=1\n")
    assert read_settings().api_port == 1234


def test_defaults_need_nothing_and_stay_on_this_machine(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RADIOTHEQUE_DATA_DIR")
    settings = read_settings()
    assert settings.api_host == "127.0.0.1"
    assert settings.encoder == BUNDLED
    assert settings.data_dir == Path.home() / ".local" / "share" / "radiotheque"


def test_every_path_is_below_the_data_folder(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert [
        path.relative_to(tmp_path).as_posix()
        for path in (
            settings.catalog_path,
            settings.text_dir,
            settings.vectors_dir,
            settings.models_dir,
            settings.key_path,
        )
    ] == ["catalog.sqlite", "text", "vectors", "models", "pseudonyms.key"]


def test_a_catalog_on_a_server_is_found_by_its_url_and_its_password_is_not_shown(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql://user:zzmarqueur@host/base"
    monkeypatch.setenv("RADIOTHEQUE_CATALOG_URL", url)
    settings = read_settings(data_dir=elsewhere)
    assert settings.catalog_location == url
    assert "zzmarqueur" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_without_a_url_and_in_a_folder_of_its_own_the_catalog_is_a_file(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADIOTHEQUE_CATALOG_URL", "")
    assert read_settings(data_dir=elsewhere).catalog_location == elsewhere / "catalog.sqlite"
    monkeypatch.setenv("RADIOTHEQUE_CATALOG_URL", "postgresql://user@host/base")
    own = read_settings(data_dir=elsewhere, index_batch=7).in_folder(elsewhere / "own")
    assert (own.catalog_location, own.index_batch) == (elsewhere / "own" / "catalog.sqlite", 7)


def test_every_setting_has_one_line_of_help() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_documentation_lists_every_setting() -> None:
    text = (Path(__file__).parents[3] / "docs" / "settings.md").read_text(encoding="utf-8")
    missing = [name for name in Settings.model_fields if f"| `RADIOTHEQUE_{name.upper()}` |" not in text]
    assert missing == []


@pytest.mark.parametrize(
    "url",
    [
        "https://search.example.org:9200",
        "https://a:9200, https://b:9200/",
        "http://127.0.0.1:9201",
        "http://[::1]:9200",
    ],
)
def test_a_cluster_is_named_by_addresses_that_are_encrypted_or_of_this_machine(url: str, elsewhere: Path) -> None:
    hosts = read_settings(opensearch_url=url).opensearch_hosts
    assert len(hosts) == url.count("://")
    assert all(host.rstrip("/") == host for host in hosts)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://zzmarqueur.example.org:9200", "reports would cross the network unencrypted; use https://"),
        ("https://a:9200,http://zzmarqueur:9200", "reports would cross the network unencrypted; use https://"),
        ("https://user:zzmarqueur@a:9200", "it holds a user; state it in RADIOTHEQUE_OPENSEARCH_USER"),
        ("zzmarqueur:9200", "wanted: https://host:port"),
        ("https://a:9200/zzmarqueur", "wanted: https://host:port"),
    ],
)
def test_any_other_address_of_a_cluster_is_refused_with_what_to_do(url: str, said: str, elsewhere: Path) -> None:
    with pytest.raises(SettingsError, match=f"RADIOTHEQUE_OPENSEARCH_URL: .*{said}") as caught:
        read_settings(opensearch_url=url)
    assert "zzmarqueur" not in str(caught.value)


def test_plain_http_to_another_machine_can_be_allowed(elsewhere: Path) -> None:
    url = "http://search.example.org:9200"
    assert read_settings(opensearch_url=url, opensearch_allow_plain_http=True).opensearch_hosts == (url,)


def test_an_index_in_a_folder_of_its_own_has_its_full_text_there(elsewhere: Path) -> None:
    own = read_settings(text_engine="opensearch").in_folder(elsewhere / "own")
    assert own.text_engine is TextEngineName.TANTIVY


@pytest.mark.parametrize("compression", ["8x", "16x", "32x"])
def test_more_compression_than_lucene_has_is_refused_with_what_to_set(compression, elsewhere):
    with pytest.raises(
        SettingsError, match=r"RADIOTHEQUE_OPENSEARCH_KNN_COMPRESSION: .*lucene compresses 1x or 4x; .*KNN_ENGINE=faiss"
    ):
        read_settings(opensearch_knn_compression=compression)
    stated = read_settings(opensearch_knn_engine="faiss", opensearch_knn_compression=compression)
    assert stated.opensearch_knn_compression.value == compression
    assert read_settings(opensearch_knn_compression="4x").opensearch_knn_compression.value == "4x"

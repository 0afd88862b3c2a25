"""The settings of indexer, API and command line: environment variables `RADIOTHEQUE_*` or a `.env` file."""

from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from indexer.errors import SettingsError
from indexer.report import IdentifierCategory, Policy

BUNDLED = "bundled"
POSTGRESQL = "postgresql://"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Device(StrEnum):
    """Where the encoder runs; `auto` takes a GPU when there is one."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class TextEngineName(StrEnum):
    """What keeps the full text: a folder, or an OpenSearch cluster."""

    TANTIVY = "tantivy"
    OPENSEARCH = "opensearch"


class VectorEngineName(StrEnum):
    """What keeps the vectors: a folder that FAISS loads, or an OpenSearch cluster with the k-NN plugin."""

    FAISS = "faiss"
    OPENSEARCH = "opensearch"


class KnnEngine(StrEnum):
    """Which library of the k-NN plugin finds neighbours."""

    LUCENE = "lucene"
    FAISS = "faiss"


class KnnCompression(StrEnum):
    """How many times smaller vectors are in memory; above `1x` the full ones on the disk correct the ranking."""

    NONE = "1x"
    FOUR = "4x"
    EIGHT = "8x"
    SIXTEEN = "16x"
    THIRTY_TWO = "32x"


class Settings(BaseSettings):
    """Each field is the environment variable RADIOTHEQUE_<FIELD>; docs/settings.md lists them all."""

    model_config = SettingsConfigDict(env_prefix="RADIOTHEQUE_", env_file=".env", extra="ignore", frozen=True)

    data_dir: Annotated[Path, Field(description="Folder of the catalog, the indexes, the key and the models.")] = (
        Path.home() / ".local" / "share" / "radiotheque"
    )
    catalog_url: Annotated[
        SecretStr | None,
        Field(
            description="`postgresql://user@host:port/database` of the catalog; by default a SQLite file in the data folder."
        ),
    ] = None
    catalog_pool: Annotated[
        int, Field(ge=2, le=500, description="The most connections that one process keeps to a PostgreSQL catalog.")
    ] = 8
    text_engine: Annotated[
        TextEngineName,
        Field(description="`tantivy` keeps the full text in the data folder, `opensearch` on a cluster."),
    ] = TextEngineName.TANTIVY
    vector_engine: Annotated[
        VectorEngineName,
        Field(
            description="`faiss` keeps the vectors in the data folder, `opensearch` on a cluster with its k-NN plugin."
        ),
    ] = VectorEngineName.FAISS
    opensearch_allow_plain_http: Annotated[
        bool,
        Field(description="Without it `http://` is refused for any host but this machine: reports would be readable."),
    ] = False
    opensearch_url: Annotated[
        str, Field(description="`https://host:port` of the cluster; of several nodes, all of them, parted by commas.")
    ] = "http://127.0.0.1:9200"
    opensearch_index: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9][a-z0-9_-]{0,99}$",
            description="What the names of the cluster's indices begin with; one of its own for each index.",
        ),
    ] = "radiotheque"
    opensearch_user: Annotated[str | None, Field(description="User of the cluster.")] = None
    opensearch_password_file: Annotated[
        Path | None, Field(description="File with that user's password, readable by its owner only.")
    ] = None
    opensearch_client_certificate: Annotated[
        Path | None, Field(description="PEM file of a client certificate, instead of user and password.")
    ] = None
    opensearch_client_key: Annotated[
        Path | None, Field(description="PEM file of its key, where the certificate's file does not hold it.")
    ] = None
    opensearch_ca_bundle: Annotated[
        Path | None, Field(description="PEM file of the authorities that may vouch for the cluster.")
    ] = None
    opensearch_shards: Annotated[
        int, Field(ge=1, le=1024, description="Parts of a new index; about one for every 30 GiB.")
    ] = 1
    opensearch_replicas: Annotated[
        int, Field(ge=0, le=20, description="Copies of each part beside the first, as far as there are nodes for them.")
    ] = 1
    opensearch_knn_engine: Annotated[
        KnnEngine, Field(description="`lucene` or `faiss`: the k-NN plugin's library for a new index of vectors.")
    ] = KnnEngine.LUCENE
    opensearch_knn_compression: Annotated[
        KnnCompression,
        Field(description="`1x`, `4x`, `8x`, `16x` or `32x` smaller vectors in memory; above `4x` with `faiss` only."),
    ] = KnnCompression.NONE
    opensearch_timeout_seconds: Annotated[
        float, Field(gt=0, description="Seconds that one request to the cluster may take.")
    ] = 30.0
    opensearch_patience_seconds: Annotated[
        float,
        Field(ge=0, description="Seconds for which a writing command tries again while the cluster is away or busy."),
    ] = 120.0
    encoder: Annotated[
        str, Field(description="`bundled` (multilingual-e5-small), or a sentence-transformers model's name or path.")
    ] = BUNDLED
    encoder_query_prompt: Annotated[
        str | None, Field(description="Text put before a query; by default the model's own `query` prompt.")
    ] = None
    encoder_document_prompt: Annotated[
        str | None, Field(description="Text put before a passage; by default the model's own `document` prompt.")
    ] = None
    encoder_device: Annotated[Device, Field(description="`auto`, `cpu` or `cuda`.")] = Device.AUTO
    encoder_batch: Annotated[int, Field(ge=1, le=4096, description="Passages encoded at once.")] = 16
    index_batch: Annotated[int, Field(ge=1, le=10_000, description="Reports committed at once.")] = 128
    max_text_chars: Annotated[
        int, Field(ge=100, description="Characters above which a report is quarantined as too long.")
    ] = 200_000
    privacy_policy: Annotated[
        Policy,
        Field(
            description="What becomes of a report with identifiers: `verify` holds it back, `redact` marks them, "
            "`surrogate` replaces them, `off` lets everything pass."
        ),
    ] = Policy.VERIFY
    privacy_off_acknowledged: Annotated[
        bool, Field(description="Without it the policy `off` is refused: reports may then name patients.")
    ] = False
    privacy_threshold: Annotated[
        float, Field(gt=0, le=1, description="Confidence, 0 to 1, from which something found counts as an identifier.")
    ] = 0.5
    privacy_tolerated: Annotated[
        frozenset[IdentifierCategory],
        Field(description="Categories, as a JSON list, that hold no report back under `verify`."),
    ] = frozenset({IdentifierCategory.DATE})
    privacy_rules: Annotated[
        Path | None, Field(description="A TOML file with an institution's own names, patterns and words to keep.")
    ] = None
    lexicon_file: Annotated[
        Path | None, Field(description="A TOML file with an institution's own findings, sites and wordings.")
    ] = None
    analysis_workers: Annotated[
        int, Field(ge=0, le=256, description="Processes that screen reports and find what they say; 0 for one a core.")
    ] = 0
    analysis_seconds: Annotated[
        float, Field(gt=0, description="Seconds after which a report that is not understood yet is quarantined.")
    ] = 10.0
    api_host: Annotated[str, Field(description="Address that the API listens on; loopback only for now.")] = "127.0.0.1"
    api_port: Annotated[int, Field(ge=0, le=65535, description="Port of the API.")] = 8300
    app_port: Annotated[int, Field(ge=0, le=65535, description="Port of the front end.")] = 8310
    snapshot_poll_seconds: Annotated[
        float, Field(gt=0, description="How often, in seconds, the API looks for a newer snapshot.")
    ] = 2.0

    @field_validator("catalog_url")
    @classmethod
    def _a_server_or_none(cls, value: SecretStr | None) -> SecretStr | None:
        stated = value.get_secret_value() if value else ""
        if stated and not stated.startswith(POSTGRESQL):
            raise ValueError(f"wanted: {POSTGRESQL}user@host:port/database, or nothing for a file in the data folder")
        return value if stated else None

    @field_validator("opensearch_url")
    @classmethod
    def _encrypted_beyond_this_machine(cls, value: str, info: ValidationInfo) -> str:
        for host in _hosts(value):
            parts = urlsplit(host)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
                raise ValueError("wanted: https://host:port, of several nodes all of them, parted by commas")
            if parts.username or parts.password:
                raise ValueError(
                    "it holds a user; state it in RADIOTHEQUE_OPENSEARCH_USER and RADIOTHEQUE_OPENSEARCH_PASSWORD_FILE"
                )
            allowed = info.data.get("opensearch_allow_plain_http") or parts.hostname in _LOOPBACK
            if parts.scheme == "http" and not allowed:
                raise ValueError(
                    "reports would cross the network unencrypted; use https://, "
                    "or RADIOTHEQUE_OPENSEARCH_ALLOW_PLAIN_HTTP=true in a network that is encrypted by other means"
                )
        return value

    @model_validator(mode="after")
    def _off_is_acknowledged(self) -> Self:
        if self.privacy_policy is Policy.OFF and not self.privacy_off_acknowledged:
            raise ValueError("the gate can be off only with RADIOTHEQUE_PRIVACY_OFF_ACKNOWLEDGED=true")
        return self

    @field_validator("opensearch_knn_compression")
    @classmethod
    def _compressed_by_an_engine_that_can(cls, value: KnnCompression, info: ValidationInfo) -> KnnCompression:
        lucene = info.data.get("opensearch_knn_engine") is KnnEngine.LUCENE
        if lucene and value not in (KnnCompression.NONE, KnnCompression.FOUR):
            raise ValueError("lucene compresses 1x or 4x; for more, set RADIOTHEQUE_OPENSEARCH_KNN_ENGINE=faiss")
        return value

    @property
    def catalog_path(self) -> Path:
        """The SQLite file of the catalog, where no server keeps it."""
        return self.data_dir / "catalog.sqlite"

    @property
    def catalog_location(self) -> Path | str:
        """Where the catalog is: its file, or its URL, which may hold a password."""
        return self.catalog_url.get_secret_value() if self.catalog_url else self.catalog_path

    @property
    def opensearch_hosts(self) -> tuple[str, ...]:
        """The cluster's addresses, one a node."""
        return tuple(_hosts(self.opensearch_url))

    def in_folder(self, data_dir: Path) -> Self:
        """The same settings for an index of its own in another folder, all its stores included."""
        return self.model_copy(
            update={
                "data_dir": data_dir,
                "catalog_url": None,
                "text_engine": TextEngineName.TANTIVY,
                "vector_engine": VectorEngineName.FAISS,
            }
        )

    @property
    def text_dir(self) -> Path:
        """The folder of the embedded full-text index."""
        return self.data_dir / "text"

    @property
    def vectors_dir(self) -> Path:
        """The folder of the vector snapshots."""
        return self.data_dir / "vectors"

    @property
    def models_dir(self) -> Path:
        """The folder into which the bundled encoder is unpacked."""
        return self.data_dir / "models"

    @property
    def key_path(self) -> Path:
        """The file of the workspace's pseudonym key."""
        return self.data_dir / "pseudonyms.key"


def _hosts(urls: str) -> list[str]:
    return [host.strip().rstrip("/") for host in urls.split(",")]


def read_settings(**overrides: Any) -> Settings:
    """The settings of the environment, with `overrides` on top.

    Raises SettingsError naming the variable at fault, never its value.
    """
    try:
        return Settings(**overrides)
    except ValidationError as exc:
        faults = "; ".join(f"RADIOTHEQUE_{_variable(e['loc'])}: {e['msg']}" for e in exc.errors())
        raise SettingsError(f"settings cannot be used: {faults}") from None


def _variable(location: tuple[int | str, ...]) -> str:
    """The variable at fault; of a rule over several, the policy's."""
    return str(location[0] if location else "privacy_policy").upper()


@lru_cache(maxsize=1)
def process_settings() -> Settings:
    """The one settings object of this process."""
    return read_settings()

"""A data folder with its stores, opened together: what the pipeline writes to and the API reads from."""

import dataclasses
import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from indexer.errors import DataFolderUnwritable, StoreLocked, StoreUnavailable
from indexer.files import finish_exchange
from indexer.passage import EncoderIdentity
from indexer.privacy.pseudonyms import Pseudonyms, load_key
from indexer.settings import Settings, TextEngineName, VectorEngineName
from indexer.steps import OnStep, unobserved
from indexer.stores.catalog.catalog import Catalog, is_catalog, open_catalog
from indexer.stores.text.base import TextEngine, TextStore
from indexer.stores.text.opensearch import OpenSearchEngine
from indexer.stores.text.tantivy import TantivyEngine
from indexer.stores.vectors.base import VectorEngine, VectorWriter
from indexer.stores.vectors.embedded import SnapshotEngine
from indexer.stores.vectors.opensearch import OpenSearchVectorEngine

KEY_FACT = "pseudonym key check value"
_ENCODER_FACT = "encoder"
_LOCK = "writer.lock"

_TEXT_ENGINES: dict[TextEngineName, Callable[[Settings], TextEngine]] = {
    TextEngineName.TANTIVY: lambda settings: TantivyEngine(settings.text_dir),
    TextEngineName.OPENSEARCH: OpenSearchEngine,
}
_VECTOR_ENGINES: dict[VectorEngineName, Callable[[Settings], VectorEngine]] = {
    VectorEngineName.FAISS: lambda settings: SnapshotEngine(settings.vectors_dir),
    VectorEngineName.OPENSEARCH: OpenSearchVectorEngine,
}


@dataclasses.dataclass(frozen=True)
class Foundation:
    """What stands even when the other stores are damaged: the catalog, from which they can be rebuilt, and the key."""

    settings: Settings
    catalog: Catalog
    pseudonyms: Pseudonyms

    def remember_encoder(self, encoder: EncoderIdentity) -> None:
        """Record which encoder makes the vectors."""
        self.catalog.workspace.set_fact(_ENCODER_FACT, json.dumps(dataclasses.asdict(encoder)))


@dataclasses.dataclass(frozen=True)
class Workspace(Foundation):
    """The stores of a data folder, open for writing."""

    text: TextStore
    vectors: VectorWriter


@contextmanager
def open_foundation(settings: Settings) -> Iterator[Foundation]:
    """Open a data folder for writing, made on first use, without its full text and vectors; one writer at a time.

    Raises StoreLocked if another process writes, KeyMismatch.
    """
    with write_lock(settings.data_dir), catalog_of(settings) as catalog, catalog.held():
        pseudonyms = load_key(settings.key_path, catalog.workspace.get_fact(KEY_FACT))
        catalog.workspace.set_fact(KEY_FACT, pseudonyms.check_value)
        for folder in (settings.text_dir, settings.vectors_dir):
            finish_exchange(folder)
        yield Foundation(settings, catalog, pseudonyms)


@contextmanager
def open_workspace(settings: Settings, encoder: EncoderIdentity, on_step: OnStep = unobserved) -> Iterator[Workspace]:
    """Open a data folder and all its stores for writing.

    Raises what `open_foundation` does, EncoderMismatch if another encoder made the index, StoreDamaged.
    """
    # The writer compares encoders before anything is written for the new one.
    with open_foundation(settings) as found, closing(vector_engine(settings).writer(encoder, on_step)) as vectors:
        found.remember_encoder(encoder)
        with closing(text_engine(settings).open(make=True)) as text:
            yield Workspace(settings, found.catalog, found.pseudonyms, text, vectors)


def text_engine(settings: Settings) -> TextEngine:
    """Where the settings say that the full text is; asks nothing of it yet."""
    return _TEXT_ENGINES[settings.text_engine](settings)


def vector_engine(settings: Settings) -> VectorEngine:
    """Where the settings say that the vectors are; asks nothing of it yet."""
    return _VECTOR_ENGINES[settings.vector_engine](settings)


def catalog_of(settings: Settings, *, read_only: bool = False) -> Catalog:
    """The catalog that the settings name, file or server; raises what `open_catalog` does."""
    return open_catalog(settings.catalog_location, read_only=read_only, pool=settings.catalog_pool)


def has_catalog(settings: Settings) -> bool:
    """Whether there is a catalog where the settings say; raises StoreUnavailable if its server cannot be reached."""
    return settings.catalog_path.exists() if settings.catalog_url is None else is_catalog(settings.catalog_location)


def require_index(settings: Settings) -> None:
    """Raise StoreUnavailable if nothing was indexed yet, for commands that would only make an empty index."""
    if not has_catalog(settings):
        raise StoreUnavailable(f"there is no index in {settings.data_dir}; make one with: radiotheque index FILE")


@contextmanager
def write_lock(data_dir: Path) -> Iterator[None]:
    """Hold the data folder for writing; the operating system releases it when the process ends, however it ends."""
    make_data_dir(data_dir)
    with (data_dir / _LOCK).open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise StoreLocked(
                f"another radiotheque command is writing to {data_dir}; wait until it ends, then run this again"
            ) from exc
        yield


def make_data_dir(data_dir: Path) -> None:
    """Make the data folder, readable by its owner only. Raises DataFolderUnwritable if it cannot be made or written."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = data_dir / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as exc:
        raise DataFolderUnwritable(
            f"the data folder {data_dir} cannot be written ({exc.strerror}); choose another with RADIOTHEQUE_DATA_DIR"
        ) from exc

"""The open stores behind the API: loaded in the background, exchanged when the indexer makes a newer snapshot."""

import logging
import threading
from dataclasses import dataclass

from api.away import naming_itself
from api.query import parse_query
from indexer.encoders.base import Encoder
from indexer.encoders.sentence_transformer import load_encoder
from indexer.errors import RadiothequeError, StoreUnavailable
from indexer.language.concepts import Lexicon
from indexer.language.loading import load_lexicon
from indexer.settings import Settings
from indexer.stores.catalog.catalog import Catalog
from indexer.stores.text.base import TextStore
from indexer.stores.vectors.base import VectorEngine, VectorStore
from indexer.workspace import catalog_of, has_catalog, text_engine, vector_engine

_log = logging.getLogger(__name__)
_DIED = "the stores could not be opened because of a defect; the API's log has it: radiotheque doctor may tell more"
_OPENING = "the stores are being opened"
_NO_INDEX = "there is no index in {folder} yet; make one with: radiotheque index FILE"


@dataclass(frozen=True, slots=True)
class OpenStores:
    """What a request works with from its beginning to its end, whatever is exchanged meanwhile."""

    catalog: Catalog
    text: TextStore
    vectors: VectorStore | None
    encoder: Encoder
    lexicon: Lexicon

    def close(self) -> None:
        """Close every store."""
        self.catalog.close()
        self.text.close()
        if self.vectors:
            self.vectors.close()


class Engine:
    """Opens the stores in a thread of its own and keeps them up to date. Closed with `stop`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stores: OpenStores | None = None
        self._encoder: Encoder | None = None
        self._vectors: VectorEngine = vector_engine(settings)
        self._fault = _OPENING
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stores", daemon=True)

    @property
    def settings(self) -> Settings:
        """What the engine was made with."""
        return self._settings

    @property
    def lexicon(self) -> Lexicon:
        """The lexicon, loaded at its first use. Raises LexiconError."""
        return load_lexicon(self._settings.lexicon_file)

    def start(self) -> None:
        """Begin to open the stores."""
        self._thread.start()

    def stop(self) -> None:
        """End the watch and close the stores."""
        self._stopping.set()
        self._thread.join()
        if self._stores:
            self._stores.close()
            self._stores = None

    @property
    def stores(self) -> OpenStores:
        """The open stores. Raises StoreUnavailable with the reason while they are not."""
        if self._stores is None:
            died = self._thread.ident is not None and not self._thread.is_alive()
            raise StoreUnavailable(_DIED if died else self._fault)
        return self._stores

    @property
    def trouble(self) -> str | None:
        """What is wrong with stores that are open: one that was there has gone. None if nothing is."""
        return self._fault if self._stores is not None and self._fault != _OPENING else None

    def refresh(self) -> None:
        """Open what is not open yet, and take up what was committed since."""
        if self._encoder is None:
            self._encoder = load_encoder(self._settings)
            _warm(self._encoder)
        if self._stores is None:
            self._stores = self._open(self._encoder)
            return
        self._stores.text.refresh()
        held = self._stores.vectors.state if self._stores.vectors else None
        if self._vectors.current() != held:
            vectors = self._vectors.open(self._encoder.identity)
            self._stores = OpenStores(self._stores.catalog, self._stores.text, vectors, self._encoder, self.lexicon)

    def _open(self, encoder: Encoder) -> OpenStores:
        settings = self._settings
        if not has_catalog(settings):
            raise StoreUnavailable(_NO_INDEX.format(folder=settings.data_dir))
        catalog = catalog_of(settings, read_only=True)
        try:
            vectors = self._vectors.open(encoder.identity)
            text = naming_itself(text_engine(settings).open())
            return OpenStores(catalog, text, vectors, encoder, self.lexicon)
        except BaseException:
            catalog.close()
            raise

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                self.refresh()
                self._fault = _OPENING
            except FileNotFoundError:
                _log.info("a snapshot was replaced while it was being opened; the next look finds the newer one")
            except RadiothequeError as exc:
                if self._fault != str(exc):
                    _log.warning("the stores cannot be opened or read: %s", exc)
                self._fault = str(exc)
            self._stopping.wait(self._settings.snapshot_poll_seconds)


def _warm(encoder: Encoder) -> None:
    """Pay once, before the first user comes, what torch and the language model load at their first use."""
    encoder.encode_query(parse_query("radiographie").text)

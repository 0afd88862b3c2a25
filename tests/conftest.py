"""What every test stands on: a fixed time zone, fixed seeds, no network, no configured data folder, and two encoders."""

import os
import random
import time
from pathlib import Path

import numpy as np
import pytest

from indexer.encoders.bundled import ensure_unpacked
from indexer.encoders.sentence_transformer import SentenceTransformerEncoder, load_encoder
from indexer.settings import Device, Settings
from tests.rig.parts import REQUIRE_ALL as _REQUIRE_ALL
from tests.tiny_model import write_tiny_model

pytest_plugins = ["tests.rig.postgres", "tests.rig.opensearch"]

_SEED = 20260
_KEPT_MODELS = "RADIOTHEQUE_TEST_MODELS"

# Set when this file is loaded, before any library reads them, so that processes that tests start have them too.
os.environ["TZ"] = "Europe/Paris"
time.tzset()
os.environ["HF_HUB_OFFLINE"] = "1"
for _name in [
    name for name in os.environ if name.startswith("RADIOTHEQUE_") and name not in (_KEPT_MODELS, _REQUIRE_ALL)
]:
    del os.environ[_name]
# A test that forgets to name a data folder fails here instead of touching the user's own.
os.environ["RADIOTHEQUE_DATA_DIR"] = f"{os.devnull}/radiotheque"


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    random.seed(_SEED)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(_SEED)


@pytest.fixture(scope="session")
def bundled_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with the bundled encoder in it, unpacked once a session (about 10 s).

    RADIOTHEQUE_TEST_MODELS names a folder that is kept from one session to the next.
    """
    kept = os.environ.get(_KEPT_MODELS)
    folder = Path(kept) if kept else tmp_path_factory.mktemp("models")
    ensure_unpacked(folder)
    return folder


@pytest.fixture(scope="session")
def bundled_encoder(bundled_models: Path, tmp_path_factory: pytest.TempPathFactory) -> SentenceTransformerEncoder:
    # `models_dir` is `data_dir / "models"`: a link serves where the kept folder has another name.
    data = tmp_path_factory.mktemp("bundled")
    (data / "models").symlink_to(bundled_models.resolve(), target_is_directory=True)
    return load_encoder(Settings(data_dir=data, encoder_device=Device.CPU))


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a real sentence-transformers model of two layers: `RADIOTHEQUE_ENCODER` can name it."""
    return write_tiny_model(tmp_path_factory.mktemp("tiny") / "tiny-bert")


@pytest.fixture(scope="session")
def tiny_encoder(tiny_model: Path) -> SentenceTransformerEncoder:
    """The tiny model, loaded: 32 dimensions, a window of some 40 tokens, milliseconds a passage."""
    return load_encoder(Settings(encoder=str(tiny_model), encoder_device=Device.CPU))


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, so that no `.env` of the developer's is read."""
    monkeypatch.chdir(tmp_path)
    return tmp_path

"""Corpora and data folders of the integration tests. All of them encode with the tiny model."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from indexer.demo.corpus import write_corpus
from tests.integration.bench import Bench, make_bench
from tests.integration.deployed import DEPLOY, run
from tests.rig.parts import missing

NewBench = Callable[..., Bench]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The tiny model gains nothing by threads, which only wait for each other where the machine is busy."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 invented reports."""
    return write_corpus(tmp_path_factory.mktemp("corpus"), 40, 11, planting=0.0).reports


@pytest.fixture(scope="session")
def large_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 invented reports."""
    return write_corpus(tmp_path_factory.mktemp("large-corpus"), 300, 12, planting=0.0).reports


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What deploy/make-secrets.sh makes."""
    if os.geteuid() != 0 or not (shutil.which("openssl") and shutil.which("perl")):
        missing("make-secrets.sh gives files to other users: it needs root, openssl and perl")
    folder = tmp_path_factory.mktemp("deploy") / "secrets"
    done = run("bash", DEPLOY / "make-secrets.sh", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def new_bench(tmp_path: Path, tiny_model: Path, elsewhere: Path) -> NewBench:
    """Makes data folders: `new_bench("name", index_batch=8)`."""

    def made(name: str = "data", **options: object) -> Bench:
        return make_bench(tmp_path / name, tiny_model, **options)

    return made


@pytest.fixture
def bench(new_bench: NewBench) -> Bench:
    """An empty data folder."""
    return new_bench(index_batch=8)


@pytest.fixture
def indexed(bench: Bench, corpus: Path) -> Bench:
    """A data folder with the 40 reports."""
    assert bench.ok("index", corpus).counts() == (40, 40, 0, 0)
    return bench

"""OpenSearch as Java sees it: a JDK, the jars that Maven fetches once, and the few classes of our own, compiled.

They are kept in ~/.cache/radiotheque-rig (or under XDG_CACHE_HOME) by the digest of what they are made from: only the
first run needs Maven.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.rig.parts import missing

_SOURCES = Path(__file__).parent / "java"
_JVMS = Path("/usr/lib/jvm")
_OLDEST_JDK = 21


class Flavour(Enum):
    """Which OpenSearch: its file in `java/` is `<value>.pom.xml`."""

    PLAIN = "plain"
    """3.8.0, as it is."""
    KNN = "knn"
    """3.5.0 with the k-NN plugin, whose Lucene engine needs no native library."""
    SECURE = "secure"
    """The same with the security plugin: TLS, users and roles."""

    @property
    def plugins(self) -> tuple[str, ...]:
        """Classes to load besides those of every node."""
        return _PLUGINS[self]


_KNN = "org.opensearch.knn.plugin.KNNPlugin"
_PLUGINS: dict[Flavour, tuple[str, ...]] = {
    Flavour.PLAIN: (),
    Flavour.KNN: (_KNN,),
    Flavour.SECURE: (_KNN, "org.opensearch.security.OpenSearchSecurityPlugin"),
}


@dataclass(frozen=True)
class Jars:
    """What starts a node: the `java` program, its class path, and the configuration that its plugins bring (`*.yml`)."""

    java: Path
    class_path: str
    configuration: Path


def jdk() -> Path | None:
    """The home of a JDK that OpenSearch runs on: the one that is set, else the newest installed; None if there is none."""
    javac = shutil.which("javac")
    homes = [Path(os.environ.get("JAVA_HOME") or os.devnull), *([Path(javac).resolve().parents[1]] if javac else [])]
    homes += sorted(_JVMS.glob("*"), key=_java_version, reverse=True)
    return next((home for home in homes if _java_version(home) >= _OLDEST_JDK), None)


def jars(flavour: Flavour) -> Jars:
    """Fetch and compile what is not there yet."""
    home = jdk()
    if home is None:
        missing("OpenSearch needs a JDK of version 21 or newer; install one, such as Temurin 25, or set JAVA_HOME")
    stand_ins = sorted((_SOURCES / "knn").glob("*.java")) if _KNN in flavour.plugins else []
    sources = [_SOURCES / "Node.java", *stand_ins]
    kept = _cache() / f"{flavour.value}-{_digest([*sorted(_SOURCES.glob('*.pom.xml')), *sources])}"
    if not kept.is_dir():
        _make(kept, home, _SOURCES / f"{flavour.value}.pom.xml", sources)
    # The node's own jars come before those of its plugins, some of which are other versions of the same.
    class_path = os.pathsep.join(f"{kept}/{part}" for part in ("classes", "jars/*", "plugins/*"))
    return Jars(home / "bin" / "java", class_path, kept / "plugins" / "config")


def _make(kept: Path, home: Path, pom: Path, sources: list[Path]) -> None:
    """Fill a new folder and rename it: another session may be doing the same, and one that was killed leaves no half."""
    maven = shutil.which("mvn")
    if maven is None:
        missing(
            "Maven, which fetches OpenSearch's jars, is not on this machine; install it with: apt-get install maven"
        )
    kept.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".new-", dir=kept.parent))
    try:
        copy = [maven, "-q", "-B", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={folder}/jars"]
        _run(copy, {**os.environ, "JAVA_HOME": str(home)})
        for archive in (folder / "jars").glob("*.zip"):
            with zipfile.ZipFile(archive) as plugin:
                wanted = [name for name in plugin.namelist() if name.endswith((".jar", ".yml"))]
                plugin.extractall(folder / "plugins", wanted)
            archive.unlink()
        _run([home / "bin" / "javac", "-nowarn", "-cp", f"{folder}/jars/*", "-d", folder / "classes", *sources])
        if not kept.is_dir():
            folder.rename(kept)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str | Path], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "radiotheque-rig"


def _digest(files: list[Path]) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _java_version(home: Path) -> int:
    """The JDK's major version; 0 where there is no JDK, or only what runs programs."""
    release = home / "release"
    if not release.is_file() or not (home / "bin" / "javac").exists():
        return 0
    stated = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(), re.MULTILINE)
    return int(stated[1]) if stated else 0

"""Imports go one way, and the rules that no linter knows hold. Reads the source; imports none of it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("indexer", "api", "search_app")

ROOMS = ("indexer.sources", "indexer.privacy", "indexer.language", "indexer.encoders")
STORES = ("indexer.stores.catalog", "indexer.stores.text", "indexer.stores.vectors")
ABOVE = (
    "indexer.documents",
    "indexer.screening",
    "indexer.reading",
    "indexer.settling",
    "indexer.pipeline",
    "indexer.workspace",
    "indexer.maintenance",
    "indexer.console",
    "indexer.cli",
)
"""What puts the rooms to use: no room knows it. Every `*_cli` counts as well."""

FLOOR = (
    "indexer.report",
    "indexer.errors",
    "indexer.settings",
    "indexer.steps",
    "indexer.workers",
    "indexer.stores.filters",
)
"""What every room stands on: it knows no room."""

ENGINES = (
    "indexer.stores.text.tantivy",
    "indexer.stores.text.opensearch",
    "indexer.stores.vectors.faiss",
    "indexer.stores.vectors.opensearch",
)
FRONT_DOOR = "api.__main__"

ENVIRONMENT_READERS = {
    # HF_HUB_OFFLINE: no model is ever fetched.
    "indexer.encoders.sentence_transformer",
    # Processes that are started with the environment of this one.
    "api.demo",
    "search_app.cli",
}
PRINTING_ALLOWED: set[str] = set()


@dataclass(frozen=True)
class Module:
    """A source file: its dotted name, and what it imports, by line."""

    name: str
    tree: ast.Module
    is_package: bool

    def imports(self) -> Iterator[tuple[int, str]]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + self.is_package]
        return ".".join([*parts, node.module] if node.module else parts)


@cache
def modules(root: Path) -> list[Module]:
    found = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            found.append(Module(name, ast.parse(path.read_text(encoding="utf-8")), is_package))
    return found


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def wrong_imports(root: Path) -> list[str]:
    """Every import against the rules, as `module:line imports name`."""
    return [
        f"{module.name}:{line} imports {name}"
        for module in modules(root)
        for line, name in module.imports()
        if not _may_import(module.name, name)
    ]


def _may_import(module: str, name: str) -> bool:
    return not any(within(name, forbidden) for forbidden in _forbidden(module)) and not (
        _is_room(module) and _is_command(name)
    )


def _forbidden(module: str) -> Iterator[str]:
    package = module.split(".", maxsplit=1)[0]
    if package == "search_app":
        yield from ("indexer", "api")
    elif package == "indexer":
        yield from ("api", "search_app")
    elif module != FRONT_DOOR:
        yield "search_app"
    for room in (*ROOMS, *STORES):
        if within(module, room):
            yield from (other for other in (*ROOMS, *STORES, *ABOVE) if other != room)
    if module in FLOOR:
        yield from (*ROOMS, *STORES, *ABOVE)
    if module in ENGINES:
        folder = module.rpartition(".")[0]
        yield from (engine for engine in _siblings(module) if within(engine, folder))


def _siblings(engine: str) -> list[str]:
    return [other for other in ENGINES if other != engine]


def _is_room(module: str) -> bool:
    return any(within(module, room) for room in (*ROOMS, *STORES))


def _is_command(name: str) -> bool:
    return re.match(r"indexer\.\w+_cli\b", name) is not None


def environment_readers(root: Path) -> set[str]:
    """Modules that touch the process's environment."""
    return {m.name for m in modules(root) if any(_reads_environment(node) for node in ast.walk(m.tree))}


def _reads_environment(node: ast.AST) -> bool:
    names = ("environ", "environb", "getenv", "putenv")
    if isinstance(node, ast.Attribute):
        return isinstance(node.value, ast.Name) and node.value.id == "os" and node.attr in names
    return isinstance(node, ast.ImportFrom) and node.module == "os" and any(a.name in names for a in node.names)


def printers(root: Path) -> set[str]:
    return {
        m.name
        for m in modules(root)
        for node in ast.walk(m.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    }


def without_docstring(root: Path) -> list[str]:
    return [m.name for m in modules(root) if m.is_package and not ast.get_docstring(m.tree)]


def folders_without_init(root: Path) -> list[str]:
    """Folders with Python files that are no package."""
    return [
        str(folder.relative_to(root))
        for package in PACKAGES
        for folder in sorted({path.parent for path in (root / package).rglob("*.py")})
        if not (folder / "__init__.py").is_file()
    ]


def test_every_package_is_looked_at():
    names = {m.name for m in modules(ROOT)}
    assert {"indexer.pipeline", "api.app", "api.__main__", "search_app.client"} <= names
    assert all(any(within(name, room) for name in names) for room in (*ROOMS, *STORES))
    assert set(ENGINES) <= names
    assert set(ABOVE) <= names


def test_imports_go_one_way():
    assert wrong_imports(ROOT) == []


def test_the_environment_is_read_by_the_settings_and_named_exceptions_only():
    assert environment_readers(ROOT) <= ENVIRONMENT_READERS


def test_no_exception_is_listed_that_needs_none():
    assert environment_readers(ROOT) == ENVIRONMENT_READERS


def test_nothing_prints_past_the_console():
    assert printers(ROOT) == PRINTING_ALLOWED


def test_every_package_says_what_it_is_for():
    assert without_docstring(ROOT) == []
    assert folders_without_init(ROOT) == []


@pytest.fixture
def planted(tmp_path: Path):
    """Writes a source file into a tree of its own."""

    def _planted(path: str, content: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        return tmp_path

    return _planted


@pytest.mark.parametrize(
    ("path", "content", "found"),
    [
        ("search_app/a.py", "import indexer.report", "search_app.a:1 imports indexer.report"),
        ("search_app/a.py", "from api import schemas", "search_app.a:1 imports api.schemas"),
        ("indexer/a.py", "def f():\n    import api.app", "indexer.a:2 imports api.app"),
        ("indexer/a.py", "from search_app.client import Client", "indexer.a:1 imports search_app.client.Client"),
        ("api/app.py", "import search_app.cli", "api.app:1 imports search_app.cli"),
        (
            "indexer/sources/a.py",
            "from indexer.privacy import pseudonyms",
            "indexer.sources.a:1 imports indexer.privacy.pseudonyms",
        ),
        ("indexer/sources/a.py", "from ..privacy import b", "indexer.sources.a:1 imports indexer.privacy.b"),
        ("indexer/sources/__init__.py", "from ..language import b", "indexer.sources:1 imports indexer.language.b"),
        (
            "indexer/stores/text/a.py",
            "import indexer.stores.catalog",
            "indexer.stores.text.a:1 imports indexer.stores.catalog",
        ),
        ("indexer/encoders/a.py", "from indexer import pipeline", "indexer.encoders.a:1 imports indexer.pipeline"),
        ("indexer/report.py", "import indexer.sources", "indexer.report:1 imports indexer.sources"),
        ("indexer/language/a.py", "import indexer.status_cli", "indexer.language.a:1 imports indexer.status_cli"),
    ],
)
def test_an_import_against_the_rules_is_found(planted, path, content, found):
    assert wrong_imports(planted(path, content)) == [found]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("api/__main__.py", "import search_app.cli"),
        ("api/a.py", "from indexer.stores.text import base"),
        ("indexer/sources/a.py", "from indexer.sources import b\nfrom indexer.report import Report"),
        ("indexer/pipeline.py", "from indexer.sources import base"),
    ],
)
def test_an_import_within_the_rules_is_not(planted, path, content):
    assert wrong_imports(planted(path, content)) == []


@pytest.mark.parametrize("code", ["import os\nos.environ['A']", "from os import environ", "import os\nos.getenv('A')"])
def test_a_module_that_reads_the_environment_is_found(planted, code):
    assert environment_readers(planted("api/a.py", code)) == {"api.a"}


def test_a_print_and_a_package_without_words_are_found(planted):
    root = planted("api/__init__.py", "print('x')")
    planted("indexer/rooms/a.py", "")
    assert printers(root) == {"api"}
    assert without_docstring(root) == ["api"]
    assert folders_without_init(root) == ["indexer/rooms"]

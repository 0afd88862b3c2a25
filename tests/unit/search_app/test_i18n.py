import ast
import datetime as dt
import re
from pathlib import Path

import pytest

import search_app
from search_app.client import DownReason
from search_app.findings import Join, Status
from search_app.i18n import UnknownText, texts
from search_app.vocabulary import (
    Assertion,
    Change,
    Facet,
    IdentifierCategory,
    Language,
    Laterality,
    Modality,
    Mode,
    Policy,
    QuarantineReason,
    Region,
    SectionKind,
    Sex,
    Verdict,
)

FR, EN = texts(Language.FR), texts(Language.EN)
SOURCES = sorted(path for path in Path(search_app.__file__).parent.rglob("*.py") if path.name != "cli.py")
KEYS = [
    "search",
    "app",
    "filters",
    "facet",
    "modality",
    "region",
    "sex",
    "section",
    "exam",
    "hit",
    "why",
    "report",
    "corpus",
    "quarantine",
    "fault",
    "like",
    "paste",
    "date",
    "finding",
    "assertion",
    "side",
    "change",
    "status",
]


def test_both_languages_have_the_same_keys() -> None:
    assert FR.keys() == EN.keys()


@pytest.mark.parametrize("key", sorted(FR.keys()))
def test_both_languages_fill_in_the_same_values(key: str) -> None:
    def holes(language: Language) -> set[str]:
        return set(re.findall(r"{(\w+)}", str(texts(language)._sentences[key])))

    assert holes(Language.FR) == holes(Language.EN)


@pytest.mark.parametrize(
    ("prefix", "choices"),
    [
        ("modality", Modality),
        ("region", Region),
        ("sex", Sex),
        ("section", SectionKind),
        ("search.modes", Mode),
        ("facet", Facet),
        ("assertion", Assertion),
        ("side", Laterality),
        ("change", Change),
        ("status", Status),
        ("finding.next", Join),
        ("quarantine.category", IdentifierCategory),
        ("quarantine.policy", Policy),
        ("quarantine.verdict", Verdict),
        ("quarantine.verdict_help", Verdict),
        ("quarantine.decided", Verdict),
        ("quarantine.done", Verdict),
        ("quarantine.fault", DownReason),
    ],
)
def test_every_closed_choice_has_a_name(prefix: str, choices: type[Modality]) -> None:
    assert {f"{prefix}.{choice}" for choice in choices} <= FR.keys()


def test_every_reason_for_holding_a_record_back_has_a_name() -> None:
    assert {f"quarantine.reason.{reason.name.lower()}" for reason in QuarantineReason} <= FR.keys()


def test_every_key_that_the_code_names_exists() -> None:
    named = {
        node.value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(rf"({'|'.join(KEYS)})(\.[a-z_0-9]+)+", node.value)
        if not node.value.endswith((".py", "_"))  # files of pages, and beginnings of keys
    }
    assert "search.placeholder" in named
    assert named <= FR.keys()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_module_has_words_of_the_interface(path: Path) -> None:
    assert [
        words
        for words in _shown_strings(path)
        if re.search(r"[À-ÿ]|(?<![.\w])[A-Z][a-z]{2,}|[a-z]{2,} [a-z]{2,}", words)
    ] == []


def _shown_strings(path: Path) -> list[str]:
    """String constants but docstrings, types, errors, settings' descriptions, markup, SVG and JavaScript."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            hidden.add(node.value)
        if isinstance(node, ast.FunctionDef) and node.returns:
            hidden.add(node.returns)
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and _name(node) in {"Field", "__init__"}):
            hidden.update(ast.walk(node))
    strings = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in hidden
    ]
    if path.name == "vocabulary.py":  # the API's own values, which are never shown
        return []
    codes = {
        "components.py": r"(?s).*[{<].*",
        "theme.py": r"<.*",
        "shell.py": "radiotheque serve",
        "quarantine.py": r"Arrow\w+",  # names of keys
    }
    code = codes.get(path.name)
    kept = [words for words in strings if not (code and re.fullmatch(code, words))]
    return [re.sub(r"<[^<>]*>?|^[^<>]*>", "", words) for words in kept if not words.startswith("radiotheque index")]


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def test_the_forms_of_one_and_many_follow_each_language() -> None:
    assert FR("search.total", n=0) == "0 compte rendu"
    assert FR("search.total", n=1) == "1 compte rendu"
    assert FR("search.total", n=2) == "2 comptes rendus"
    assert EN("search.total", n=0) == "0 reports"
    assert EN("search.total", n=1) == "1 report"


def test_numbers_are_grouped_as_each_language_does() -> None:
    assert FR("search.total_filtered", n=1_234_567) == "1\u202f234\u202f567 comptes rendus correspondent aux filtres"
    assert EN.number(1_234_567) == "1,234,567"


def test_years_are_not_grouped() -> None:
    assert FR("corpus.period_value", first="2019", last="2024") == "2019 – 2024"


def test_dates_are_in_words() -> None:
    assert FR.date(dt.date(2023, 8, 1)) == "1er août 2023"
    assert FR.date(dt.date(2023, 12, 31)) == "31 décembre 2023"
    assert EN.date(dt.date(2023, 8, 1)) == "1 August 2023"


def test_a_share_is_in_whole_percents() -> None:
    assert FR.percent(0.754) == "75\u00a0%"
    assert EN.percent(1) == "100%"


def test_sizes_have_their_unit_and_only_the_tenths_they_need() -> None:
    assert FR.millimetres(46, 30.5) == "46 × 30,5\u00a0mm"
    assert EN.millimetres(12.0, 7.5) == "12 × 7.5\u00a0mm"


def test_a_missing_text_is_named() -> None:
    with pytest.raises(UnknownText, match=r"no\.such: no such text in fr\.toml"):
        FR("no.such")


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    assert FR("like.report", exam="{n} {0}") == "Cas semblables à : {n} {0}"

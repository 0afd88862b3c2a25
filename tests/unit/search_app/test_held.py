"""Markup of held-back records."""

import datetime as dt

from search_app.answers import Decision, Held, HeldRecord, Identifier
from search_app.held import FAMILIES, categories_line, decisions_list, identified, legend, record_facts, record_text
from search_app.i18n import texts
from search_app.vocabulary import IdentifierCategory, Language, QuarantineReason, Verdict

FR, EN = texts(Language.FR), texts(Language.EN)
AT = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)
HOSTILE = "<script>alert('x')</script>"


def held(reason: QuarantineReason = QuarantineReason.IDENTIFIER, **categories: int) -> Held:
    found = {IdentifierCategory(name): n for name, n in categories.items()}
    return Held(number=7, reason=reason, file="lot <1>.jsonl", line=1204, at=AT, verdict=None, categories=found)


def found(start: int, end: int, category: IdentifierCategory = IdentifierCategory.NAME) -> Identifier:
    return Identifier(start=start, end=end, category=category)


def test_every_category_has_a_colour() -> None:
    assert set(FAMILIES) == set(IdentifierCategory)


def test_an_identifier_is_marked_with_its_category_named() -> None:
    assert identified("Née le 12/03/1951.", [found(7, 17, IdentifierCategory.BIRTH_DATE)], FR) == (
        'Née le <mark class="rt-id rt-id-time" title="Date de naissance" data-name="Date de naissance">'
        "12/03/1951</mark>."
    )


def test_identifiers_that_overlap_leave_the_text_whole() -> None:
    shown = identified("abcdefgh", [found(4, 99), found(2, 5), found(3, 4), found(-4, 1), found(6, 6)], EN)
    name = '<mark class="rt-id rt-id-person" title="Name" data-name="Name">'
    assert shown == f"{name}a</mark>b{name}cde</mark>{name}fgh</mark>"


def test_text_of_a_record_stays_text() -> None:
    shown = identified(HOSTILE, [found(1, 7)], FR)
    assert "<script" not in shown
    assert shown.startswith("&lt;<mark ")
    assert shown.endswith(">script</mark>&gt;alert(&#x27;x&#x27;)&lt;/script&gt;")


def test_the_legend_counts_each_category_in_its_colour() -> None:
    assert legend(held(name=2, phone=1), FR) == (
        '<div class="rt-legend"><span>Identifiants trouvés par le contrôle</span><ul>'
        '<li class="rt-id rt-id-person">Nom × 2</li><li class="rt-id rt-id-contact">Téléphone</li></ul></div>'
    )


def test_without_identifiers_the_reason_stands_alone() -> None:
    fault = held(QuarantineReason.GATE_FAULT)
    assert legend(fault, EN) == '<div class="rt-legend"><span>The gate could not examine it</span></div>'
    assert categories_line(fault, FR) == "Le contrôle n'a pas pu l'examiner"


def test_the_list_says_what_was_found() -> None:
    assert categories_line(held(name=2, date=1), FR) == "Nom × 2, Date"


def test_the_facts_of_a_record_are_escaped() -> None:
    assert record_facts(held(), FR) == (
        '<p class="rt-facts rt-held-facts">N° 7 · lot &lt;1&gt;.jsonl, ligne 1\u202f204 · retenu le 1er mars 2025</p>'
    )


def test_a_record_without_text_says_so() -> None:
    record = HeldRecord(**dict(held()), text=" \n", identifiers=(), decisions=())
    assert record_text(record, EN) == '<p class="rt-muted">This report has no text that can be read.</p>'


def test_decisions_show_who_and_why_escaped() -> None:
    made = Decision(verdict=Verdict.REJECTED, who="<b>Roy</b>", why=HOSTILE, at=AT)
    assert decisions_list([made], FR) == (
        '<ul class="rt-decisions"><li><strong>Écarté</strong> par &lt;b&gt;Roy&lt;/b&gt;, le 1er mars 2025<br>'
        "«\u00a0&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;\u00a0»</li></ul>"
    )
    assert decisions_list([], FR) == ""

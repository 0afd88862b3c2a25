"""The markup of sentences."""

from __future__ import annotations

import pytest

from indexer.demo.model import Assertion
from indexer.demo.template import Defaults, MarkupError, SideRule, compile_template

OWN = Defaults("lung_nodule", Assertion.PRESENT)


def _texts(source: str) -> list[str]:
    return [variant.render(lambda slot: slot.name)[0] for variant in compile_template(source, OWN).variants]


def test_alternatives_multiply_and_empty_ones_leave_no_space() -> None:
    assert _texts("[Nodule <pulmonaire|>] de <un|deux> lobes<, net|>.") == [
        "Nodule pulmonaire de un lobes, net.",
        "Nodule pulmonaire de un lobes.",
        "Nodule pulmonaire de deux lobes, net.",
        "Nodule pulmonaire de deux lobes.",
        "Nodule de un lobes, net.",
        "Nodule de un lobes.",
        "Nodule de deux lobes, net.",
        "Nodule de deux lobes.",
    ]


def test_a_mention_excludes_the_space_left_by_an_empty_alternative() -> None:
    variant = compile_template("Un [nodule <pulmonaire|>] droit.", OWN).variants[1]
    text, spans = variant.render(lambda slot: slot.name)
    assert text == "Un nodule droit."
    assert [(text[start:end], mark.own) for start, end, mark in spans] == [("nodule", True)]


def test_a_mention_takes_the_assertion_of_its_list_unless_it_has_its_own() -> None:
    template = compile_template("[Nodule], sans [atélectasie|atelectasis:absent] ni [autre|:absent:other].", OWN)
    _, spans = template.variants[0].render(lambda slot: slot.name)
    marks = [(mark.concept, mark.assertion.value, mark.side) for _, _, mark in spans]
    assert marks == [
        ("lung_nodule", "present", SideRule.SAME),
        ("atelectasis", "absent", SideRule.NONE),
        ("lung_nodule", "absent", SideRule.OTHER),
    ]
    assert template.variants[0].denies == {"atelectasis"}
    assert template.variants[0].affirms == {"lung_nodule"}


def test_conditions_and_slots_are_read() -> None:
    template = compile_template("@unilateral,size>20 [Nodule] {de lobe} de {size}, {num 0,8 1,4} UI.", OWN)
    assert template.conditions == ("unilateral", "size>20")
    assert [(slot.name, slot.form, slot.numbers) for slot in template.slots] == [
        ("lobe", "de", (0.0, 0.0, 0)),
        ("size", "", (0.0, 0.0, 0)),
        ("num", "", (0.8, 1.4, 1)),
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("<a|b", "'>' is missing"),
        ("[nodule", "']' is missing"),
        ("un } seul", "unexpected '}'"),
        ("[a [b]]", "a mention inside a mention"),
        ("[a|b:maybe]", "'maybe' is none of present"),
        ("{un slot impossible ici}", "slot 'un slot impossible ici'"),
        ("<a|b>" * 9, "more than 400 readings"),
    ],
)
def test_faulty_markup_is_refused(source: str, message: str) -> None:
    with pytest.raises(MarkupError, match=message.replace("(", r"\(")):
        compile_template(source, OWN)


def test_a_mention_outside_findings_must_name_its_concept() -> None:
    with pytest.raises(MarkupError, match="must name its concept"):
        compile_template("Pas de [nodule].", Defaults(None, Assertion.ABSENT))


def test_a_mention_of_the_lesion_itself_is_the_findings_own_under_another_name() -> None:
    template = compile_template("[Masse|lung_mass::self] évocatrice de [cancer|lung_cancer:uncertain:same].", OWN)
    _, spans = template.variants[0].render(lambda slot: slot.name)
    assert [(mark.concept, mark.assertion.value, mark.side, mark.own) for _, _, mark in spans] == [
        ("lung_mass", "present", SideRule.SELF, True),
        ("lung_cancer", "uncertain", SideRule.SAME, False),
    ]

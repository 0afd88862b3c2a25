"""Chooses what a report says, section by section, before it is laid out."""

from __future__ import annotations

from dataclasses import dataclass, field

from indexer.demo.library import EVOLVING, Aspect, Organ, Sentences, State
from indexer.demo.model import Assertion, Section
from indexer.demo.patients import Lesion
from indexer.demo.scene import Said, Scene
from indexer.demo.styles import Ending
from indexer.demo.template import Defaults, compile_template

_HISTORY_RATE, _FAMILY_RATE, _MIMIC_RATE, _ADVICE_RATE, _NO_PRIOR_RATE = 0.3, 0.06, 0.35, 0.55, 0.12
_ANSWER_RATE, _OWN_INDICATION_RATE, _REPEATED_DENIAL_RATE = 0.7, 0.65, 0.35


def _sentences(*sources: str) -> Sentences:
    return Sentences(compile_template(source, Defaults(None, Assertion.ABSENT)) for source in sources)


COMPARED = _sentences(
    "<Comparé|Examen comparé|Comparaison> {à prior_exam} du {prior_date}.",
    "<Examen antérieur|Examen de référence|Antériorité disponible> : {- prior_exam} du {prior_date}.",
    "<On dispose|Nous disposons> pour comparaison {de prior_exam} du {prior_date}.",
    "{- prior_exam} du {prior_date}.",
)
NO_PRIOR = _sentences("<Pas d'examen antérieur disponible|Aucun document antérieur à disposition>.", "Premier examen.")


@dataclass
class OrganText:
    """What is said of one organ."""

    organ: Organ
    said: list[Said] = field(default_factory=list)
    found: bool = False


@dataclass
class Draft:
    """A report's content. results holds organs in reading order; conclusion one entry per item."""

    title: Said | None
    sections: dict[Section, list[Said]]
    organs: list[OrganText]
    conclusion: list[list[Said]]


def compose(scene: Scene) -> Draft:
    """Choose every sentence of the report. Findings come first, so that nothing normal contradicts them."""
    exam = scene.visit.exam
    indication = _indication(scene)
    scene.asked = {m.concept for said in indication for m in said.mentions if m.assertion is Assertion.ASKED}
    described = {id(lesion): _described(scene, lesion) for lesion in scene.visit.lesions}
    conclusion = _conclusion(scene)
    sections = {
        Section.INDICATION: indication,
        Section.TECHNIQUE: _some(scene.say(exam.technique, Section.TECHNIQUE)),
        Section.COMPARISON: _comparison(scene),
    }
    title = scene.say(exam.titles, Section.TECHNIQUE)
    return Draft(title, sections, _organs(scene, described), conclusion)


def _some(said: Said | None) -> list[Said]:
    return [said] if said else []


def _indication(scene: Scene) -> list[Said]:
    if Section.INDICATION in scene.style.omits:
        return []
    exam, visit, random = scene.visit.exam, scene.visit, scene.rng.random
    main = visit.lesions[0] if visit.has_main else None
    said: Said | None = None
    if main and random() < _OWN_INDICATION_RATE:
        known = visit.past is not None and main.state in EVOLVING
        said = scene.say(main.finding.followup if known else main.finding.indications, Section.INDICATION, main)
    said = said or scene.say(exam.indications, Section.INDICATION)
    out = _some(said)
    past = [lesion for lesion in visit.lesions if lesion.finding.history and random() < 0.6]
    if past:
        out += _some(scene.say(past[0].finding.history, Section.INDICATION, past[0]))
    elif random() < _HISTORY_RATE and not any(lesion.finding.history for lesion in visit.lesions):
        out += _some(scene.say(exam.histories, Section.INDICATION))
    if random() < _FAMILY_RATE:
        out += _some(scene.say(exam.families, Section.INDICATION))
    return out


def _comparison(scene: Scene) -> list[Said]:
    visit = scene.visit
    if visit.past is None:
        none = scene.rng.random() < _NO_PRIOR_RATE and Section.COMPARISON in scene.style.headings
        return _some(scene.say(NO_PRIOR, Section.COMPARISON)) if none else []
    out = _some(scene.say(COMPARED, Section.COMPARISON))
    for lesion in visit.lesions[:1]:
        if lesion.prior and lesion.finding.compared and scene.rng.random() < 0.5:
            out += _some(scene.say(lesion.finding.compared, Section.COMPARISON, lesion))
    return out


def _described(scene: Scene, lesion: Lesion) -> list[Said]:
    finding = lesion.finding
    said = _some(scene.say(finding.results[lesion.state], Section.RESULTS, lesion))
    if lesion.state in (State.PRESENT, State.UNCERTAIN) and finding.mimics and scene.rng.random() < _MIMIC_RATE:
        said += _some(scene.say(finding.mimics, Section.RESULTS, lesion))
    return said


def _organs(scene: Scene, described: dict[int, list[Said]]) -> list[OrganText]:
    visit = scene.visit
    places: dict[str, list[Said]] = {}
    for lesion in visit.lesions:
        places.setdefault(visit.exam.place_of(lesion.finding) or "", []).extend(described[id(lesion)])
    silent = {key for lesion in visit.lesions for key in lesion.finding.replaces | lesion.finding.removes}
    out = [_organ(scene, organ, places, silent) for organ in visit.exam.organs]
    out = [text for text in out if text.said]
    if scene.rng.random() < scene.style.main_first:
        out.sort(key=lambda text: not text.found)
    return out


def _organ(scene: Scene, organ: Organ, places: dict[str, list[Said]], silent: set[str]) -> OrganText:
    text, random = OrganText(organ), scene.rng.random
    keys = [aspect.key for aspect in organ.aspects]
    touched = any(key in places or key in silent for key in keys) or organ.key in silent
    if not touched and organ.whole and random() < scene.style.whole:
        whole = scene.say(organ.whole, Section.RESULTS)
        if whole:
            text.said.append(whole)
            return text
    for aspect in organ.aspects:
        if aspect.key in places:
            text.said += places[aspect.key]
            text.found = True
        elif aspect.key not in silent and organ.key not in silent and _worth_saying(scene, aspect):
            text.said += _normal(scene, aspect.normal)
    return text


def _worth_saying(scene: Scene, aspect: Aspect) -> bool:
    """What was asked, and what the exam is for, is always answered; the rest depends on the style."""
    expected = aspect.key in scene.visit.exam.always or not scene.asked.isdisjoint(aspect.normal.concepts)
    return expected or scene.rng.random() < scene.style.detail


def _normal(scene: Scene, sentences: Sentences) -> list[Said]:
    before = set(scene.denied)
    said = scene.say(sentences, Section.RESULTS)
    if said is None:
        return []
    again = said.mentions and all(mention.concept in before for mention in said.mentions)
    return [] if again and scene.rng.random() > _REPEATED_DENIAL_RATE else [said]


def _conclusion(scene: Scene) -> list[list[Said]]:
    visit, exam = scene.visit, scene.visit.exam
    if scene.rng.random() < scene.style.no_conclusion:
        return []
    items = [item for lesion in visit.lesions if (item := _concluded(scene, lesion))]
    if not items and not any(lesion.state is not State.HISTORICAL for lesion in visit.lesions):
        return [_some(scene.say(_answers(exam.conclusion_normal, scene), Section.CONCLUSION))]
    rate = 0.3 if visit.has_main and items else 1.0
    if exam.conclusion_denies and scene.rng.random() < rate:
        denial = scene.say(_answers(exam.conclusion_denies, scene), Section.CONCLUSION)
        if denial:
            items.insert(len(items) if visit.has_main else 0, [denial])
    if visit.has_main and items and scene.rng.random() < _ADVICE_RATE:
        items[0] += _some(scene.say(visit.lesions[0].finding.advice, Section.CONCLUSION, visit.lesions[0]))
    return items


def _answers(sentences: Sentences, scene: Scene) -> Sentences:
    """Prefer the sentences that answer what the indication asked."""
    asked = scene.asked
    if not asked or (scene.visit.has_main and scene.rng.random() > _ANSWER_RATE):
        return sentences
    fit = [template for template in sentences.every if not asked.isdisjoint(template.concepts)]
    return Sentences(fit) if fit else sentences


def _concluded(scene: Scene, lesion: Lesion) -> list[Said]:
    repeated = Ending.REPEATED in scene.style.endings and scene.rng.random() < 0.3
    finding = lesion.finding
    source = finding.conclusion.get(lesion.state)
    if not source:
        return []
    said = scene.say(finding.results[lesion.state] if repeated else source, Section.CONCLUSION, lesion)
    return _some(said)

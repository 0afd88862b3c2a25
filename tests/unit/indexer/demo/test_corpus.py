"""The corpus as a whole: reproducible, varied, coherent, with a truth that points at the right words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from indexer.demo.corpus import concepts, generate, write_corpus
from indexer.demo.french import slip
from indexer.demo.model import Assertion, DemoReport, Section, Sex
from indexer.demo.reading import library
from indexer.language.loading import load_lexicon

REPORTS = 4000
SEED = 11
ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def corpus() -> list[DemoReport]:
    return list(generate(REPORTS, SEED))


def test_same_seed_gives_the_same_bytes_whatever_the_hash_seed() -> None:
    program = (
        "import hashlib; from indexer.demo.corpus import generate;"
        "h = hashlib.sha256();"
        "[h.update((r.report_line() + r.truth_line()).encode()) for r in generate(200, 5)];"
        "print(h.hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(digests) == 1


def test_another_seed_gives_other_texts() -> None:
    first, second = ({report.text for report in generate(50, seed)} for seed in (1, 2))
    assert not first & second


def test_ids_and_number_of_reports(corpus: list[DemoReport]) -> None:
    assert [report.id for report in corpus] == [f"D{number:06d}" for number in range(1, REPORTS + 1)]


def test_every_mention_lies_on_whole_words_of_the_text(corpus: list[DemoReport]) -> None:
    for report in corpus:
        for mention in report.findings:
            words = report.text[mention.start : mention.end]
            assert words, report.id
            assert words == words.strip(), (report.id, words)
            assert not report.text[mention.start - 1].isalpha(), (report.id, words)
            assert not report.text[mention.end : mention.end + 1].isalpha(), (report.id, words)


def test_mentions_keep_their_words_through_noise(corpus: list[DemoReport]) -> None:
    # Words of the pure label seen for a concept in clean reports, against all mentions: at least the first letter holds.
    firsts: dict[str, Counter[str]] = defaultdict(Counter)
    for report in corpus:
        for mention in report.findings:
            firsts[mention.concept][_plain(report.text[mention.start])] += 1
    known: dict[str, set[str]] = {concept: set() for concept in firsts}
    for exam in library().exams.values():
        lists = [some for _, some in exam.sentences]
        lists += [aspect.normal for organ in exam.organs for aspect in organ.aspects]
        lists += [organ.whole for organ in exam.organs]
        lists += [some for finding in exam.usable.values() for _, some in finding.sentences]
        for some in lists:
            for template in some.every:
                for variant in template.variants:
                    text, spans = variant.render(lambda slot: "x")
                    for start, _, mark in spans:
                        known.setdefault(mark.concept, set()).add(_plain(text[start]))
    for concept, letters in firsts.items():
        assert set(letters) <= known[concept], concept


def _plain(letter: str) -> str:
    return letter.lower().translate(str.maketrans("éèêœâ", "eeeoa"))


def test_results_never_affirm_and_deny_the_same_concept_on_the_same_side(corpus: list[DemoReport]) -> None:
    for report in corpus:
        said = defaultdict(set)
        for mention in report.findings:
            if mention.section in (Section.RESULTS, Section.CONCLUSION):
                said[mention.concept, mention.laterality].add(mention.assertion)
        for key, assertions in said.items():
            assert not {Assertion.PRESENT, Assertion.ABSENT} <= assertions, (report.id, key)


def test_what_is_broader_than_a_present_concept_is_not_denied(corpus: list[DemoReport]) -> None:
    found = library()
    for report in corpus:
        stated = [m for m in report.findings if m.section in (Section.RESULTS, Section.CONCLUSION)]
        denied = {m.concept for m in stated if m.assertion is Assertion.ABSENT}
        for mention in stated:
            if mention.assertion is Assertion.PRESENT:
                assert not (found.closure(mention.concept) - {mention.concept}) & denied, report.id


def test_known_wordings_are_all_mentions(corpus: list[DemoReport]) -> None:
    long = {label for words in library().wordings.values() for label in words if " " in label and label.islower()}
    pattern = re.compile(rf"\b(?:{'|'.join(re.escape(label) for label in sorted(long))})\b")
    checked = 0
    for report in corpus:
        spans = [(m.start, m.end) for m in report.findings]
        for found in pattern.finditer(report.text):
            checked += 1
            assert any(start < found.end() and found.start() < end for start, end in spans), (
                report.id,
                found.group(),
            )
    assert checked > REPORTS


def test_diagnosis_is_normal_or_stated_in_the_report_itself_or_by_a_kind_of_it(corpus: list[DemoReport]) -> None:
    lexicon = load_lexicon()
    for report in corpus:
        if report.diagnosis != "normal":
            stated = {m.concept for m in report.findings if m.assertion is not Assertion.ABSENT}
            kinds = lexicon.descendants(report.diagnosis) if report.diagnosis in lexicon.concepts else set()
            assert stated & {report.diagnosis, *kinds}, report.id


def test_sex_and_age_fit_the_exam(corpus: list[DemoReport]) -> None:
    exams = library().exams
    for report in corpus:
        exam = exams[report.exam_type]
        assert exam.ages[0] <= report.age <= exam.ages[2], report.id
        assert exam.sex in (None, report.sex), report.id


def test_womens_and_mens_organs_stay_with_them(corpus: list[DemoReport]) -> None:
    womens = re.compile(r"\b(ut[ée]r(us|in)|ovai?r|annexiel|grossesse|enceinte)", re.IGNORECASE)
    mens = re.compile(r"\b(prostat|testic|s[ée]minal)", re.IGNORECASE)
    for report in corpus:
        wrong = mens if report.sex is Sex.FEMALE else womens
        results = report.text
        assert not wrong.search(results), report.id


def test_every_exam_type_appears(corpus: list[DemoReport]) -> None:
    assert {report.exam_type for report in corpus} == set(library().exams)


def test_a_patient_keeps_sex_and_ages_with_the_calendar(corpus: list[DemoReport]) -> None:
    patients = defaultdict(list)
    for report in corpus:
        patients[report.patient_id].append(report)
    assert max(len(exams) for exams in patients.values()) == 6
    for exams in patients.values():
        assert len({exam.sex for exam in exams}) == 1
        for before, after in pairwise(exams):
            assert before.exam_date < after.exam_date
            years = (after.exam_date - before.exam_date).days / 365.25
            assert abs((after.age - before.age) - years) < 1.01


def test_dates_lie_in_the_ten_years(corpus: list[DemoReport]) -> None:
    days = [report.exam_date.isoformat() for report in corpus]
    assert min(days) >= "2016-01-01"
    assert max(days) <= "2025-12-31"


def test_prior_sizes_are_those_of_an_earlier_report(corpus: list[DemoReport]) -> None:
    stated: dict[tuple[str, str], set[float]] = defaultdict(set)
    compared = agreed = 0
    for report in corpus:
        now = []
        for mention in report.findings:
            key = (report.patient_id, mention.concept)
            if mention.prior_size_mm is not None and stated[key]:
                compared += 1
                agreed += mention.prior_size_mm in stated[key]
            now += [(key, mention.size_mm)] if mention.size_mm is not None else []
        for key, size in now:
            stated[key].add(size)
    assert compared > 20
    # An earlier report may describe the lesion without its size; a later one may then differ from an older size.
    assert agreed / compared >= 0.98


def test_stated_sizes_are_written_near_their_mention(corpus: list[DemoReport]) -> None:
    for report in corpus:
        for mention in report.findings:
            if mention.size_mm is not None:
                forms = {
                    str(round(mention.size_mm)),
                    f"{mention.size_mm / 10:.1f}".rstrip("0").rstrip(".").replace(".", ","),
                }
                around = report.text[max(0, mention.start - 160) : mention.end + 160]
                assert any(re.search(rf"(?<!\d){form}(?!\d)", around) for form in forms), (report.id, mention)


def test_french_has_none_of_the_usual_slips(corpus: list[DemoReport]) -> None:
    clean = [report for report in corpus if not report.text.isupper()]
    texts = [report.text.replace("’", "'").replace("**", "") for report in clean]
    faulty = [found for text in texts for line in text.splitlines() if (found := slip(line.lstrip("-• ")))]
    # A typing error can make a slip of its own ("del'artère", a space dropped): they stay rare.
    assert len(faulty) < 0.01 * len(texts), faulty[:5]


def test_texts_are_long_enough_and_rarely_repeated(corpus: list[DemoReport]) -> None:
    lengths = sorted(len(report.text.split()) for report in corpus)
    assert lengths[REPORTS // 4] >= 60
    assert lengths[-1] < 500
    assert len({report.text for report in corpus}) >= 0.99 * REPORTS


def test_the_files_hold_one_line_a_report_and_agree(tmp_path: Path) -> None:
    paths = write_corpus(tmp_path / "demo", 30, 7)
    reports = [json.loads(line) for line in paths.reports.read_text(encoding="utf-8").splitlines()]
    truths = [json.loads(line) for line in paths.truth.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in reports] == [line["id"] for line in truths]
    assert len(reports) == 30
    names = sorted(path.name for path in paths.reports.parent.iterdir())
    assert names == ["findings.jsonl", "reports.jsonl", "truth.jsonl"]
    known = concepts()
    for report, truth in zip(reports, truths, strict=True):
        for finding in truth["findings"]:
            assert finding["concept"] in known
            assert report["text"][finding["start"] : finding["end"]].strip()


def test_an_interrupted_write_leaves_the_former_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = write_corpus(tmp_path, 5, 1)
    before = paths.reports.read_bytes()

    def broken(reports: int, seed: int, **_options: object) -> list[DemoReport]:
        raise OSError("disk full")

    monkeypatch.setattr("indexer.demo.corpus.generate", broken)
    with pytest.raises(OSError, match="disk full"):
        write_corpus(tmp_path, 5, 2)
    assert paths.reports.read_bytes() == before
    assert not list(tmp_path.glob(".*partial"))

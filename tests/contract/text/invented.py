"""Invented reports as the full text takes them, and questions about them: what two engines are compared on."""

import hashlib
from collections.abc import Iterator
from random import Random

from api.query import parse_query
from indexer.batching import batched
from indexer.demo.corpus import concepts, generate
from indexer.demo.model import DemoReport
from indexer.documents import text_document
from indexer.language.understanding import Task, Understanding, Understood
from indexer.pipeline import understood
from indexer.report import Assertion, BodyRegion, ExamMetadata, Laterality, Modality, Report, Sex
from indexer.stores.filters import Filters, FindingClause, FindingCriterion
from indexer.stores.text.base import TextDocument, TextQuery
from indexer.workers import Workers

_BATCH = 512
_WORDINGS = ("{0}", "{0}", "sans {0}", "{0} sans {1}", '"{0}"', "{0} {1}", "{0} -{2}", "pas de {0} ni {1}")
_WORDINGS_OF_SECTIONS = (
    "conclusion:{2}",
    '{1} conclusion:"{0}"',
    "{0} -conclusion:{2}",
    'indication:{2} -résultats:"{0}"',
    "résultats:{2} pas de {0}",
)


def documents(count: int, seed: int) -> Iterator[TextDocument]:
    """Invented reports, understood."""
    with Workers() as workers:
        understanding = Understanding(None, 60.0, workers)
        for invented in batched(generate(count, seed, planting=0.0), _BATCH):
            reports = [_report(one) for one in invented]
            found = understanding.of([Task(report.text, report.metadata) for report in reports])
            for report, one in zip(reports, found, strict=True):
                assert isinstance(one, Understood)
                yield text_document(understood(report, one, understanding.version), None)


def questions(count: int, seed: int) -> list[tuple[TextQuery, Filters]]:
    """Typed queries with filters: every fourth has no words, every fifth asks of sections, every third has no filters."""
    luck = Random(seed)  # noqa: S311 (invents, guards nothing)
    return [
        (
            TextQuery() if number % 4 == 3 else parse_query(_typed(luck, of_sections=number % 5 == 0)).lexical,
            Filters() if number % 3 == 0 else _filters(luck),
        )
        for number in range(count)
    ]


def _report(invented: DemoReport) -> Report:
    exam = ExamMetadata(
        modality=Modality(invented.modality),
        regions=tuple(BodyRegion(region) for region in invented.regions),
        sex=Sex(invented.sex),
        age=invented.age,
        exam_date=invented.exam_date,
        site=invented.site,
    )
    report_id = hashlib.blake2b(invented.id.encode(), digest_size=16).hexdigest()
    return Report(report_id, None, invented.text, (), exam)


def _typed(luck: Random, *, of_sections: bool) -> str:
    labels = list(concepts().values())
    words = [word for label in labels for word in label.split() if len(word) > 4]
    return luck.choice(_WORDINGS_OF_SECTIONS if of_sections else _WORDINGS).format(
        luck.choice(labels), luck.choice(labels), luck.choice(words)
    )


def _filters(luck: Random) -> Filters:
    first = luck.randint(18, 70)
    sizes = luck.choice([(None, None), (None, None), (8.0, None), (None, 20.0), (5.0, 30.0)])
    criterion = FindingCriterion(
        luck.choice(list(concepts())),
        assertions=luck.choice([frozenset(), frozenset({Assertion.PRESENT}), frozenset({Assertion.ABSENT})]),
        sides=luck.choice([frozenset(), frozenset(), frozenset({Laterality.LEFT, Laterality.BILATERAL})]),
        size_min=sizes[0],
        size_max=sizes[1],
    )
    return Filters(
        modalities=luck.choice([frozenset(), frozenset({Modality.CT}), frozenset({Modality.MR, Modality.US})]),
        sexes=luck.choice([frozenset(), frozenset({Sex.FEMALE})]),
        age_min=luck.choice([None, first]),
        age_max=luck.choice([None, first + 30]),
        findings=luck.choice([(), (FindingClause((criterion,), excluded=luck.random() < 0.3),)]),
    )

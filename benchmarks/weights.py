"""How much of hybrid's lead is owed to weights chosen on the same queries: the lexical weight chosen anew by folds.

    radiotheque --data-dir /tmp/set index SET/corpus.jsonl --map id=_id --map text=text
    python -m benchmarks.weights SET /tmp/set

For each task: the mean at every weight, and what five folds reach when each is scored with the weight that is best on
the other four.
"""

import argparse
import dataclasses
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest import mock

from api import ranking
from api.engine import Engine
from api.evaluation import Engine as SetEngine
from api.evaluation import RetrievalSet, by_query, load_set, run_set
from api.schemas import SearchMode
from indexer.privacy.pseudonyms import load_key
from indexer.settings import read_settings
from indexer.workspace import KEY_FACT

GRID = (0.0, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 4.0)
FOLDS = 5
_MEASURE = {"similar": "nDCG@10", "label": "nDCG@10"}


def measured(dataset: RetrievalSet, engine: SetEngine, weight: float) -> dict[str, dict[str, float]]:
    """Every measure of every query with this lexical weight for all kinds of query."""
    weights = {kind: dataclasses.replace(w, lexical=weight) for kind, w in ranking.WEIGHTS.items()}
    with mock.patch.dict(ranking.WEIGHTS, weights):
        return by_query(dataset, run_set(dataset, engine, SearchMode.HYBRID))


def cross_validated(values: Mapping[float, Mapping[str, float]], queries: Sequence[str]) -> float:
    """Mean over the queries, each scored with the weight that is best on the folds that it is not in."""
    shuffled = random.Random(5).sample(list(queries), len(queries))  # noqa: S311 - no secret is made
    total = 0.0
    for fold in range(FOLDS):
        held = shuffled[fold::FOLDS]
        others = [q for q in shuffled if q not in set(held)]
        best = max(values, key=lambda w: sum(values[w][q] for q in others))
        total += sum(values[best][q] for q in held)
    return total / len(queries)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path)
    parser.add_argument("index", type=Path)
    options = parser.parse_args()
    dataset, settings = load_set(options.set), read_settings(data_dir=options.index.absolute())
    engine = Engine(settings)
    engine.refresh()
    stores = engine.stores
    key = load_key(settings.key_path, stores.catalog.workspace.get_fact(KEY_FACT))
    searched = SetEngine(stores.text, stores.vectors, stores.encoder, lambda document: key.report_id("", document))
    at = {weight: measured(dataset, searched, weight) for weight in GRID}
    tasks: dict[str, list[str]] = defaultdict(list)
    for query in dataset.queries:
        tasks[query.task].append(query.query_id)
    print("| task | " + " | ".join(f"{weight:g}" for weight in GRID) + " | cross-validated |")
    print("|---" * (len(GRID) + 2) + "|")
    for task, queries in tasks.items():
        values = {weight: at[weight][_MEASURE.get(task, "RR")] for weight in GRID}
        means = [sum(found[q] for q in queries) / len(queries) for found in values.values()]
        cells = [*means, cross_validated(values, queries)]
        print(f"| {task} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")


if __name__ == "__main__":
    main()

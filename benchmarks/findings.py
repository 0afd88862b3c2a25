"""How many reports a second are understood on one core and on two, and how time and memory grow.

    python -m benchmarks.findings             2,000 invented reports, a minute

The curves show that time grows with the length of a text and not with its square, whatever it is made of.
"""

import argparse
import os
import resource
import time
from collections.abc import Callable

from indexer.demo.corpus import generate
from indexer.language.understanding import Task, Understanding, understand
from indexer.report import ExamMetadata
from indexer.workers import Workers

_SHAPES = {
    "statements": "Pas d'épanchement pleural. Kyste du rein droit de 12 x 9 mm contre 8 mm. ",
    "lines": "- Foie : kyste du segment IV\n",
    "commas": "kyste du rein droit, ",
    "no punctuation": "pas de kyste ni fracture ou masse et nodule ",
    "brackets": "(kyste ",
}
_SIZES = (10_000, 100_000, 1_000_000)
_LONG = 3600.0


def seconds(work: Callable[[], object], times: int = 2) -> float:
    """Of the best of some."""
    best = float("inf")
    for _ in range(times):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=2_000)
    options = parser.parse_args()
    tasks = [Task(report.text, ExamMetadata()) for report in generate(options.reports, seed=7)]
    length = sum(len(task.text) for task in tasks) / len(tasks)
    print(f"{len(tasks)} reports of {length:.0f} characters\n\n| processes | reports/s |\n|---|---|")
    rates = {workers: _rate(tasks, workers) for workers in (1, 2)}
    for workers, rate in rates.items():
        print(f"| {workers} | {rate:.0f} |")
    print(f"\ntwo over one: {rates[2] / rates[1]:.2f}\n")
    peaks = []
    for part in range(4):
        quarter = tasks[part * len(tasks) // 4 : (part + 1) * len(tasks) // 4]
        for task in quarter:
            understand(task, None, _LONG)
        peaks.append(f"{_peak():.0f}")
    print(f"peak MiB after each quarter: {', '.join(peaks)}\n")
    print("| ms per 1,000 characters, text of |", " | ".join(f"{size:,}" for size in _SIZES), "|")
    print("|---|" + "---|" * len(_SIZES))
    for name, unit in _SHAPES.items():
        costs = [_cost((unit * (size // len(unit) + 1))[:size]) for size in _SIZES]
        print(f"| {name} |", " | ".join(f"{cost:.2f}" for cost in costs), "|")


def _rate(tasks: list[Task], workers: int) -> float:
    """Reports a second, each read once, after the workers have loaded the lexicon: what is said again is remembered."""
    with Workers(workers) as processes:
        understanding = Understanding(None, _LONG, processes)
        first, others = tasks[: 64 * workers], tasks[64 * workers :]
        understanding.of(first)
        return len(others) / seconds(lambda: understanding.of(others), 1)


def _cost(text: str) -> float:
    task = Task(text, ExamMetadata())
    return seconds(lambda: understand(task, None, _LONG), 1) / len(text) * 1_000_000


if __name__ == "__main__":
    if hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) < 2:
        print("One core only: the figure for two processes says nothing.")
    main()

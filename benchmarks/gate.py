"""How many reports a second pass the gate on one core, and which detector takes how long.

    python -m benchmarks.gate                 2,000 invented reports, half a minute

The curve shows that time grows with the length of the text and not with its square.
"""

import argparse
import os
import time
from collections.abc import Callable

from indexer.demo.corpus import generate
from indexer.privacy.gate import DETECTORS, Gate
from indexer.report import Policy

_STATEMENT = "Pas d'épanchement pleural. Kyste de Baker de 12 x 9 mm, L4-L5, comparé au scanner du 12/03/2021. "


def seconds(work: Callable[[], object]) -> float:
    """Of the best of three."""
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=2_000)
    options = parser.parse_args()
    os.sched_setaffinity(0, {0})
    texts = [report.text for report in generate(options.reports, seed=7)]
    length = sum(map(len, texts)) / len(texts)
    gate = Gate(Policy.VERIFY, [kind() for kind in DETECTORS])
    gate.find(texts[0])
    whole = seconds(lambda: [gate.find(text) for text in texts])
    print(f"{len(texts)} reports of {length:.0f} characters: {len(texts) / whole:.0f} reports/s on one core\n")
    print("| detector | ms a report |\n|---|---|")
    for kind in DETECTORS:
        detector = kind()
        took = seconds(lambda found=detector: [list(found.find(text)) for text in texts])
        print(f"| {kind.__name__} | {took / len(texts) * 1000:.2f} |")
    print("\n| characters | seconds | ms per 1,000 characters |\n|---|---|---|")
    for size in (10_000, 100_000, 1_000_000):
        text = (_STATEMENT * (size // len(_STATEMENT) + 1))[:size]
        took = seconds(lambda text=text: gate.find(text))
        print(f"| {size:,} | {took:.2f} | {took / size * 1_000_000:.2f} |")


if __name__ == "__main__":
    main()

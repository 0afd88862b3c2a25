"""For authors: `python -m indexer.demo.check FILE.toml --samples 5` validates files and prints reports."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from indexer.demo.corpus import generate_from
from indexer.demo.errors import DemoDataError
from indexer.demo.french import slip
from indexer.demo.library import Library
from indexer.demo.model import DemoReport
from indexer.demo.reading import library_of

_REPORTS = 2000


def main(arguments: list[str] | None = None) -> int:
    """Validate the files, then print sample reports with their mentions; 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="data files to check")
    parser.add_argument("--samples", type=int, default=3, help="reports to print for each exam type (default 3)")
    parser.add_argument("--seed", type=int, default=1, help="another seed shows other reports")
    parser.add_argument("--exam", help="only this exam type")
    options = parser.parse_args(arguments)
    try:
        found = library_of(options.files)
    except DemoDataError as exc:
        sys.stdout.write(f"ERROR {exc}\n")
        return 1
    return _show(found, options.samples, options.seed, options.exam)


def _show(found: Library, samples: int, seed: int, exam: str | None) -> int:
    shown: Counter[str] = Counter()
    texts: set[str] = set()
    slips: list[str] = []
    for report in generate_from(found, _REPORTS, seed):
        texts.add(report.text)
        slips += _slips(report)
        if shown[report.exam_type] < samples and exam in (None, report.exam_type):
            shown[report.exam_type] += 1
            sys.stdout.write(f"{_marked(report)}\n{'=' * 100}\n")
    sys.stdout.write(f"OK: {len(found.exams)} exam types, {_REPORTS} reports, {len(texts)} different texts\n")
    if slips:
        sys.stdout.write(f"slips to look at (typing errors make a few): {' / '.join(slips[:10])}\n")
    return 0


def _slips(report: DemoReport) -> list[str]:
    if report.text.isupper():
        return []
    lines = report.text.replace("’", "'").replace("**", "").splitlines()
    return [found for line in lines if (found := slip(line.lstrip("-• ")))]


def _marked(report: DemoReport) -> str:
    head = (
        report.id,
        report.patient_id,
        report.exam_type,
        report.sex,
        str(report.age),
        str(report.exam_date),
    )
    lines = [
        f"  {m.section:<10} {m.assertion:<10} {m.laterality:<9} {m.concept:<28}"
        f" {m.size_mm or '':>5} {m.prior_size_mm or '':>5}  {report.text[m.start : m.end]!r}"
        for m in report.findings
    ]
    title = f"{' '.join(head)} -> {report.diagnosis}"
    return "\n".join([title, "-" * 100, report.text, "-" * 100, *lines])


if __name__ == "__main__":
    sys.exit(main())

"""What the command line's areas share: where they print, how they show progress, how they get their settings."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from indexer.settings import Settings

out = Console()
err = Console(stderr=True)

_PLAIN_SECONDS = 5.0

Advance = Callable[[int, str], None]
"""Called with how many are done in all, and what to say beside it."""


def settings_of(context: typer.Context) -> Settings:
    """The settings that the front door put into the context."""
    settings = context.find_object(Settings)
    if settings is None:
        raise RuntimeError("this command must be reached through `radiotheque`")
    return settings


@dataclass
class _Pace:
    started: float
    said: float = 0.0

    def rate(self, done: int) -> float:
        return done / max(time.monotonic() - self.started, 1e-9)


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Advance]:
    """A progress bar with rate and time left on a terminal; elsewhere a plain line every few seconds. On stderr."""
    pace = _Pace(time.monotonic())
    if not sys.stderr.isatty():
        yield _plain(label, total, pace)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=err) as bar:
        task = bar.add_task(label, total=total, rate="", note="")

        def advance(done: int, note: str) -> None:
            bar.update(task, completed=done, rate=f"{pace.rate(done):.1f}/s", note=note)

        yield advance


def _plain(label: str, total: int | None, pace: _Pace) -> Advance:
    def advance(done: int, note: str) -> None:
        now = time.monotonic()
        if now - pace.said < _PLAIN_SECONDS and done != total:
            return
        pace.said = now
        rate = pace.rate(done)
        of = f" of {total}" if total else ""
        left = f", {max(total - done, 0) / rate:.0f} s left" if total and rate else ""
        err.print(f"{label}: {done}{of}, {rate:.1f}/s{left}{', ' + note if note else ''}", highlight=False)

    return advance


def adding(advance: Advance) -> Callable[[int], None]:
    """For work that tells how many more are done, not how many in all."""
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        advance(done, "")

    return count
